"""Convolutions whose filters move: their norms, what moves with them, and the atoms they are made of."""
