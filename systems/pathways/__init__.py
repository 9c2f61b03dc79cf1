"""Simulated strains of the limonene pathway, and what is learned from their series."""
