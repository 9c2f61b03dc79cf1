"""What can be certified of a network of one's own."""
