"""Drag: energy, volumes of states, and what trajectories say of masses."""
