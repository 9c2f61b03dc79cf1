"""Figures: a module a subject, or a folder with a module a room. Records in, matplotlib figures out; nothing here computes a result."""
