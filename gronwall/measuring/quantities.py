"""The numbers a claim returns: compared, and stored (:mod:`gronwall.measuring.sides` reads them)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.measuring.sides import Side, Unusable, as_ball, floats, lowest, read, repeated, to_float

SLACK_ULPS = 4
"""``measured <= predicted`` is read with this many units in the last place of ``predicted``."""


@dataclass(frozen=True)
class Pair:
    """One measured and one predicted number, and how they compare.

    ``ratio`` is measured/predicted where that says something (predicted > 0, not 0/0), else None.
    ``state`` is ``below``, ``above`` or ``undecided`` (balls that overlap).
    """

    measured: Any
    predicted: Any
    ratio: float | None
    state: str
    grade: str
    eps: float
    entry: int
    vacuous: bool = False

    def severity(self) -> tuple[int, float]:
        """What orders pairs from the most harmless to the worst."""
        if self.state == "above":
            return (3, math.inf if self.ratio is None else self.ratio)
        return (2 if self.state == "undecided" else 1, -math.inf if self.ratio is None else self.ratio)

    def stored(self) -> dict[str, Any]:
        return {
            "measured": store(self.measured),
            "predicted": store(self.predicted),
            "ratio": self.ratio,
            "grade": self.grade,
            "eps": self.eps,
            "entry": self.entry,
        }


def compare(measured: Any, predicted: Any) -> Pair:
    """The worst entry of ``measured <= predicted``.

    ``predicted`` has the shape of ``measured`` or is one number. Raises :class:`Unusable`.
    """
    left, right = read(measured, "measured"), read(predicted, "predicted")
    if right.shape not in (left.shape, ()):
        raise Unusable(
            f"wrong shape: measured has {left.shape}, predicted has {right.shape}; "
            "predicted is one number or has the shape of measured"
        )
    grade, eps = lowest(left.grade, right.grade), max(left.eps, right.eps)
    if grade == "measured" and "enclosed" not in (left.grade, right.grade):
        return _worst_float(floats(left), np.broadcast_to(floats(right), floats(left).shape), eps)
    pairs = zip(left.entries, repeated(right, len(left.entries)), strict=True)
    if grade == "derived":
        return max((_exact_pair(m, p, i) for i, (m, p) in enumerate(pairs)), key=Pair.severity)
    balls = [_ball_pair(as_ball(m), as_ball(p), grade, eps, i) for i, (m, p) in enumerate(pairs)]
    return max(balls, key=Pair.severity)


def slack(predicted: float, eps: float) -> float:
    """``SLACK_ULPS`` units in the last place of a predicted float."""
    return SLACK_ULPS * eps * abs(predicted) if math.isfinite(predicted) else 0.0


def _worst_float(m: NDArray[np.float64], p: NDArray[np.float64], eps: float) -> Pair:
    with np.errstate(all="ignore"):
        allowed = np.where(np.isfinite(p), p + SLACK_ULPS * eps * np.abs(p), p)
        above = ~(m <= allowed)
        known = (p > 0) & ((m != 0) | (p != 0)) & np.isfinite(m)
        ratio = np.where(known, np.where(np.isinf(p), 0.0, m / p), np.nan)
    rank = np.where(np.isnan(ratio), np.where(above, np.inf, -np.inf), ratio)
    i = int(np.lexsort((rank, above))[-1])
    value = float(ratio[i])
    return Pair(
        float(m[i]),
        float(p[i]),
        value if math.isfinite(value) else None,
        "above" if above[i] else "below",
        "measured",
        eps,
        i,
        bool(np.all(np.isposinf(p))),
    )


def _exact_pair(m: Fraction, p: Fraction, i: int) -> Pair:
    ratio = to_float(m / p) if p > 0 else None
    return Pair(m, p, ratio if ratio is not None and math.isfinite(ratio) else None, "below" if m <= p else "above",
                "derived", 0.0, i)  # fmt: skip


def _ball_pair(m: Any, p: Any, grade: str, eps: float, i: int) -> Pair:
    from gronwall.theory import rigor

    allowed = p + rigor.dyadic(slack(to_float(p), eps)) if grade == "measured" else p
    below, above = rigor.certainly_le(m, allowed), rigor.certainly_gt(m, allowed)
    ratio = None
    if rigor.certainly_gt(p, rigor.ball(0)):
        ratio = rigor.lower(m / p)
    return Pair(
        m,
        p,
        ratio if ratio is not None and math.isfinite(ratio) else None,
        "below" if below else "above" if above else "undecided",
        grade,
        eps,
        i,
    )


@dataclass(frozen=True)
class Difference:
    """Two sides of an identity, and how far they are apart.

    ``gap`` is the norm of the difference, ``scale`` the larger norm of the two sides (floats), or
    ``gap`` the largest radius and ``scale`` the largest midpoint (balls). ``equal`` is decided for
    exact numbers and for balls that separate, else None.
    """

    grade: str
    gap: float
    scale: float
    eps: float
    equal: bool | None
    zero_side: bool


def difference(left: Any, right: Any) -> Difference:
    """Compare the two sides of an identity; ``right`` has the shape of ``left`` or is one number."""
    a, b = read(left, "left"), read(right, "right")
    if b.shape not in (a.shape, ()):
        raise Unusable(f"wrong shape: left has {a.shape}, right has {b.shape}")
    grade, eps = lowest(a.grade, b.grade), max(a.eps, b.eps)
    others = repeated(b, len(a.entries))
    if grade == "derived":
        gaps = [abs(x - y) for x, y in zip(a.entries, others, strict=True)]
        return Difference("derived", to_float(max(gaps)), _largest(a, b), 0.0, max(gaps) == 0, False)
    if "enclosed" in (a.grade, b.grade):
        return _ball_difference(a, b, others, grade, eps)
    x, y = floats(a), np.broadcast_to(floats(b), floats(a).shape)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise Unusable("one side has an infinite entry; infinity minus infinity is no difference")
    gap, nx, ny = (_norm(v) for v in (x - y, x, y))
    return Difference("measured", gap, max(nx, ny), eps, None, nx == 0 or ny == 0)


def tolerance(stated: Mapping[str, Any], scale: float, eps: float, zero_side: bool) -> float:
    """How large the gap of an identity may be: ``tol * max(1, scale)`` or ``ops * eps * scale``.

    Without ``tol`` the scale is taken as 1 where one side is exactly zero; balls count eps of float64.
    """
    if stated["tol"] is not None:
        return float(stated["tol"]) * max(1.0, scale)
    return float(stated["ops"]) * (eps or 2.0**-52) * (scale if scale > 0 and not zero_side else 1.0)


def _norm(v: NDArray[np.float64]) -> float:
    top = float(np.max(np.abs(v)))
    return top * float(np.linalg.norm(v / top)) if top > 0 else 0.0


def _largest(*sides: Side) -> float:
    return max(abs(to_float(x)) for side in sides for x in side.entries)


def _ball_difference(a: Side, b: Side, others: list[Any], grade: str, eps: float) -> Difference:
    from gronwall.theory import rigor

    apart, width = False, 0.0
    for x, y in zip(a.entries, others, strict=True):
        gap = as_ball(x) - as_ball(y)
        apart = apart or rigor.certainly_gt(abs(gap), rigor.ball(0))
        width = max(width, rigor.upper(abs(gap)))
    return Difference(grade, width, _largest(a, b), eps, False if apart and grade == "enclosed" else None, False)


def store(number: Any) -> Any:
    """A number of any arithmetic as JSON, without loss."""
    if isinstance(number, Fraction):
        return {"exact": f"{number.numerator:x}/{number.denominator:x}"}
    if isinstance(number, float | int):
        value = float(number)
        return value if math.isfinite(value) else {"float": repr(value)}
    from gronwall.theory import rigor

    return {"ball": rigor.to_json(number)}


def restore(stored: Any) -> Any:
    """The inverse of :func:`store`."""
    if not isinstance(stored, dict):
        return float(stored)
    if "exact" in stored:
        numerator, denominator = stored["exact"].split("/")
        return Fraction(int(numerator, 16), int(denominator, 16))
    if "float" in stored:
        return float(stored["float"])
    from gronwall.theory import rigor

    return rigor.from_json(stored["ball"])


def at_rising_precision(evaluate: Callable[[], Any], undecided: Callable[[Any], bool], cap: int = 2048) -> Any:
    """Evaluate, and while the outcome is undecided evaluate again with twice the bits, up to ``cap``."""
    from gronwall.theory import rigor

    bits = 128
    while True:
        with rigor.precision(bits):
            outcome = evaluate()
        if bits >= cap or not undecided(outcome):
            return outcome
        bits *= 2


def working_precision() -> Any:
    """The precision at which balls are first tried."""
    from gronwall.theory import rigor

    return rigor.precision(128)
