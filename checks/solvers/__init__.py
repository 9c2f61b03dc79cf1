"""Claims about other people's solvers, torchdiffeq and SciPy."""
