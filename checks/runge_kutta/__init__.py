"""Claims about Runge–Kutta schemes."""
