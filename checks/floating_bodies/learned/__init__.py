"""What networks of more or less structure learn of simulated bodies."""
