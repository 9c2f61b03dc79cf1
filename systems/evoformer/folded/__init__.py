"""Chains to fold from a few of their distances, by stacks of blocks and by a continuous model."""
