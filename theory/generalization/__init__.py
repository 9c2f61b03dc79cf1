"""Bounds of the gap between training and test, and the covers behind them."""
