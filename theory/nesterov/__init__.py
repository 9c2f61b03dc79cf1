"""Nesterov's equation: limit, adjoint, stability."""
