"""Periodic orbits: what multiplies a disturbance, where they double, and two that are proved."""
