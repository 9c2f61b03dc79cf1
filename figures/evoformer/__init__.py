"""Figures of the section on the Evoformer."""
