"""Derivatives regressed and integrated: what the window misses, and how the error is told."""
