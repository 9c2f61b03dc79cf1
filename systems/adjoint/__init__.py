"""What is measured of the adjoint method: routes of gradients, flows, latent equations, networks on digits."""
