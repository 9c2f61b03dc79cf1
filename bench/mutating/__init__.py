"""How mutants of our own code are tried: a copy of the checkout, which tests reach what, and their runs."""
