"""Nesterov's equation itself."""
