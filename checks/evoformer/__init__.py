"""The Evoformer: its block as steps of a method, its symmetries, what bounds it, and its gradients in memory."""
