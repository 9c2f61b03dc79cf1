"""What an error of the field does to equilibria and bifurcations."""
