r"""Recursive checkpointing: which states to hold, so that the fewest steps are computed again on the way back.

With s slots and each step computed at most r times, C(s + r, s) steps can be reversed.

Source: Griewank, Walther 2000 (revolve).
"""

from __future__ import annotations

from functools import cache
from math import comb

__all__ = ["checkpoint_cost", "checkpoint_split", "need_slots"]


def checkpoint_cost(n: int, slots: int) -> int:
    r"""The least number of steps computed again on the way back, over n steps with `slots` states held:

        r n − C(s + r, s + 1),   r the least integer with n <= C(s + r, s).
    It solves the recursion c(n, s) = min_{0<m<n} m + c(n − m, s − 1) + c(m, s), c(1, s) = 0 (advance to m, hold that
    state, reverse what is after it, then what is before), c(n, 1) = n(n − 1)/2.  A slot holds the start.
    """
    need_slots(n, slots)
    r = _repetitions(n, slots)
    return r * n - comb(slots + r, slots + 1)


def need_slots(n: int, slots: int) -> None:
    """Raises ValueError for less than one step or one slot."""
    if n < 1 or slots < 1:
        raise ValueError(f"got n = {n} steps and {slots} slots: expected at least one of each (a slot holds the start)")


@cache
def _repetitions(n: int, slots: int) -> int:
    """The least r with n <= C(s + r, s)."""
    r = 0
    while comb(slots + r, slots) < n:
        r += 1
    return r


def checkpoint_split(n: int, slots: int) -> int:
    """m, the state to hold next among n > 1 steps: any m with C(s + r − 2, s) <= m <= C(s + r − 1, s) and
    C(s + r − 2, s − 1) <= n − m <= C(s + r − 1, s − 1) is best; the least of them is taken.
    """
    r = _repetitions(n, slots)
    least = comb(slots + r - 2, slots) if r >= 2 else 0
    return max(least, n - comb(slots - 1 + r, slots - 1), 1)
