"""Figures: a module a subject, or a folder with a module a room. Records in, figures out, and nothing computed."""
