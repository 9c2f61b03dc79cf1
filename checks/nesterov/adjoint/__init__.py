"""The adjoint of Nesterov's equation."""
