"""Strategies for domains of claims that Hypothesis has not, or not so quickly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

__all__ = ["rationals"]


def rationals(low: Any, high: Any, of: int) -> st.SearchStrategy[Fraction]:
    """The fractions k/of from one end to the other: exact numbers, as cheap to draw as whole ones.

    low, high: whatever Fraction takes, "1/8" or 2.  Shrinks to what is nearest to 0.  `hypothesis.strategies.fractions`
    draws all denominators up to one, at a hundred times the cost; this draws one.  Raises ValueError where none is between.
    """  # noqa: E501
    first, last = math.ceil(Fraction(low) * of), math.floor(Fraction(high) * of)
    if first > last:
        raise ValueError(f"rationals({low!r}, {high!r}, {of}): no fraction k/{of} lies between the two ends")
    return st.integers(first, last).map(lambda k: Fraction(k, of))
