"""Growth and stability."""
