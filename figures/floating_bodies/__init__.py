"""Figures of the section on floating bodies."""
