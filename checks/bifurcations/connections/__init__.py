"""Orbits that connect equilibria and cycles: where the dynamics changes as a whole."""
