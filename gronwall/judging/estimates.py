"""What a rate states, and what the order estimator answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderEstimate:
    """What a sweep says about ``error ~ C * n**(-order)`` (``C * h**order`` where the sizes were given as h or tol).

    ``order`` is the median estimate of the limit, ``seen`` the slope at the fine end; ``interval`` covers both (the
    limit alone where the remainder is taken as powers); ``window`` the first and the last size, from coarse to fine,
    of the likeliest window; ``floor`` the round-off level that cut the sweep, None where none did; ``slopes`` the local
    orders between neighbouring usable sizes; ``noise`` the scatter of the (mean) log error about the fit.
    """

    verdict: str
    order: float | None
    interval: tuple[float, float] | None
    window: tuple[float, float] | None
    floor: float | None
    reason: str
    slopes: tuple[float, ...] = ()
    noise: float | None = None
    seen: float | None = None


@dataclass(frozen=True)
class Stated:
    """The statement, in the refinement: error ~ refinement^(-order), to ± within."""

    order: float
    within: float
    at_least: bool
    confidence: float
