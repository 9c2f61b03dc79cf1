"""Trained systems."""
