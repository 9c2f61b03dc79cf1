"""Figures, one module a subject: records in, matplotlib figures out. Nothing here computes a result."""
