"""What is learned from two simulated strains, and asked for a third."""
