"""Gradients through equations and through schemes; flows."""
