"""Other people's solvers, as the claims on them see them."""
