"""Problems and schemes that the claims on Runge–Kutta methods share."""
