"""Continuous filter atoms: norms of filters, what moves with them, and the atoms of the disk."""
