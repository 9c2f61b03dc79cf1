"""Claims about Nesterov neural ODEs."""
