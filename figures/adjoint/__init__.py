"""Figures of the adjoint method."""
