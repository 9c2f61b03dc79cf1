"""Residual networks trained on images: their gaps, the differences of their weights, bounds on them."""
