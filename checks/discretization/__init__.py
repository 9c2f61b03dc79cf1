"""Claims about residual networks and the ODEs they approximate."""
