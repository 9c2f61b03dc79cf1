"""The intensity of a Poisson process as a latent equation."""
