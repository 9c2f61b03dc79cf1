"""Claims about certified norms and enclosures."""
