"""Routes of the gradient: discrete, continuous, checkpoints, reversible."""
