"""Residual networks as discretized equations: perceptrons, networks run backwards, the memory-free adjoint, digits."""
