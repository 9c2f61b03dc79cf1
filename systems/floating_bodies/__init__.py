"""Bodies that a plane flow carries: simulated worlds, and networks of more or less structure that learn them."""
