"""Training many networks at once, and the protocol of an experiment."""
