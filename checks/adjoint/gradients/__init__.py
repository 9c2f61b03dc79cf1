"""The adjoint equation and its gradients."""
