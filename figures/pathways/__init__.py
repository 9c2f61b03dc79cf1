"""Figures of the section on pathways."""
