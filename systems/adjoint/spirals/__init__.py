"""Latent equations and recurrent networks on spirals."""
