"""Figures of the section on bifurcations."""
