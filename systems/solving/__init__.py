"""Adaptive solvers of many members at once."""
