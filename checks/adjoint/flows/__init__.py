"""Change of variables, latent equations."""
