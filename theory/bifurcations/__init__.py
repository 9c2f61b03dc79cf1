"""Dynamics across bifurcations: the three systems of van Tegelen et al., their bifurcations, and cycles."""
