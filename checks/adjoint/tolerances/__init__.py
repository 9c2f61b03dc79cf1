"""Tolerances, evaluations, batches."""
