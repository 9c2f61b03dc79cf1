"""Residual networks and flows whose generalization is bounded, and the experiments on images."""
