"""The bounds themselves."""
