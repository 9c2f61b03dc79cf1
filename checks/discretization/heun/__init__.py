"""Heun's networks."""
