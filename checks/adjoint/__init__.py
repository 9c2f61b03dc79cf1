"""Claims about the adjoint method, continuous normalizing flows and latent ODEs (Chen et al. 2018)."""
