"""Residual networks against their equation, run backwards, and in the linear case."""
