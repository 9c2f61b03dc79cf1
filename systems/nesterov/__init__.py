"""Runs of Nesterov layers and gradients through their pieces."""
