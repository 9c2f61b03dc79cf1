"""Atoms of Fourier and Bessel on the disk."""
