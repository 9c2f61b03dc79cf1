"""Judging a measurement: verdicts and the order estimator. Nothing here measures."""
