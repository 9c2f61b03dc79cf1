"""Networks with an equation inside, on digits."""
