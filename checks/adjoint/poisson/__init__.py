"""The intensity of a Poisson process."""
