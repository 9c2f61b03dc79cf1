"""Certified constants and the ladder of bounds."""
