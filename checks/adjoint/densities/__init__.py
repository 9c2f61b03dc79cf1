"""Flows trained to carry densities."""
