"""Equilibria of the three systems, and where they change."""
