"""Linear networks."""
