"""Forecasts with a wrong field, between parameters and beyond them, and through an axis that leaks."""
