"""Fields that are learned on series of a few parameters, and the bifurcations they have."""
