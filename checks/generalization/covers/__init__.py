"""Covers, packings, chaining."""
