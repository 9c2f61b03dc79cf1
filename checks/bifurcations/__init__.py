"""Claims about dynamics across bifurcations."""
