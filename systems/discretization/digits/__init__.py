"""Residual networks trained on digits, with stored states and with rebuilt ones."""
