"""One block: the order of its updates, its symmetries, and what it adds at most."""
