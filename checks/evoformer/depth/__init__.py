"""Blocks as steps in time, and what steps cost."""
