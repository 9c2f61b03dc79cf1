"""Lipschitz constants of flows and networks."""
