"""Gradients of the continuous model: what they hold in memory, and how far the adjoint is from them."""
