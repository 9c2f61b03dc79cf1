"""Floating bodies: what a flow does to them, and what structured networks can say of it."""
