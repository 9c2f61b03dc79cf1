"""The distance between a network and its equation."""
