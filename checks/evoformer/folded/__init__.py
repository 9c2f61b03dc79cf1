"""Chains folded by stacks of blocks and by a continuous model."""
