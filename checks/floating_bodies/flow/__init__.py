"""Plane flows by their streamfunctions."""
