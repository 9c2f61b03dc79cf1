"""Nesterov layers: figures by room."""
