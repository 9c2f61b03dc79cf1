"""Norms of small convolutions, on the torus, on the plane, with edges, and by atoms."""
