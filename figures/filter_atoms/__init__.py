"""Figures of the section on filter atoms."""
