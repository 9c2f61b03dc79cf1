"""Claims about how far the risk of neural ODEs and residual networks is from their empirical risk."""
