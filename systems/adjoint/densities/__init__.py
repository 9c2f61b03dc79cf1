"""Flows that carry densities in the plane."""
