"""The one door to python-flint: nothing else imports it."""

from __future__ import annotations

import flint
from flint import acb, acb_mat, arb, arb_mat, fmpq, fmpz

__all__ = ["acb", "acb_mat", "arb", "arb_mat", "context", "fmpq", "fmpz"]

context = flint.ctx
"""Holds the precision that every operation rounds to."""
