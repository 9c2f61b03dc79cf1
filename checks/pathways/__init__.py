"""Metabolic pathways: what may be learned of their dynamics from a few time series."""
