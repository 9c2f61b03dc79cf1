"""The two sides of a claim on every instance, with and without a mutant, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.measuring import sides

MOST = 400
"""Entries of a side that are compared one by one; of more, so many at even distances."""
ROUNDING = 1e-9
"""Sides that differ by less than this share of their size, or by 64 eps of their arithmetic, are the same."""

Side = dict[str, Any]
"""``values`` and ``eps``, or the ``text`` of an expression with free symbols."""
Sides = dict[str, list[Side]]
"""Measured and predicted (or the one value of a rate), by instance."""


def told(returned: Any, pairs: bool) -> list[Side]:
    """What a claim's function returned, side by side, as JSON."""
    parts = returned if pairs and isinstance(returned, tuple | list) and len(returned) == 2 else (returned,)
    return [_told(part) for part in parts]


def _told(value: Any) -> Side:
    try:
        side = sides.read(value, "a side")
        numbers = np.asarray(sides.floats(side), dtype=float).ravel()
    except Exception:  # no number: an expression, or what the measuring refuses
        return {"text": str(value)[:2000]}
    if numbers.size > MOST:
        places = np.linspace(0, numbers.size - 1, MOST).astype(int)
        numbers = np.append(numbers[places], [np.linalg.norm(numbers), numbers.max(), numbers.min()])
    finite = np.where(np.isfinite(numbers), numbers, np.sign(numbers) * np.finfo(float).max)
    return {"values": finite.tolist(), "eps": side.eps}


@dataclass(frozen=True)
class Change:
    """What a mutant changed of the sides: which, on how many of the instances, and whether a bound is looser for it."""

    side: str = ""
    direction: str = ""
    elsewhere: bool = False

    def __bool__(self) -> bool:
        return bool(self.side)


NAMES = ("measured", "predicted")


def change(before: Sides, after: Sides, kind: str) -> Change:
    """What differs between the sides of the same instances.

    Of a rate the errors count up to one factor: how they fall is what is stated.
    """
    shared = [key for key in before if key in after and len(before[key]) == len(after[key])]
    if kind == "rate":
        return (
            Change("measured") if not _proportional([(before[key][0], after[key][0]) for key in shared]) else Change()
        )
    changed: set[int] = set()
    moved: list[tuple[float, float]] = []
    for key in shared:
        here = {place for place, pair in enumerate(zip(before[key], after[key], strict=True)) if _differs(*pair)}
        changed |= here
        old, new = _ratio(before[key]), _ratio(after[key])
        if kind == "bound" and old is not None and new is not None:
            moved.append((old, new))
    if not changed:
        return Change()
    side = "both" if len(changed) == 2 else NAMES[next(iter(changed))]
    return Change(side, _direction(moved), _elsewhere(moved))


def _differs(before: Side, after: Side) -> bool:
    if "text" in before or "text" in after:
        return before.get("text") != after.get("text")
    old, new = np.asarray(before["values"]), np.asarray(after["values"])
    if old.shape != new.shape:
        return True
    allowed = max(ROUNDING, 64 * before["eps"], 64 * after["eps"]) * _size(old, new)
    return bool(np.any(np.abs(old - new) > allowed))


def _size(old: NDArray[np.float64], new: NDArray[np.float64]) -> float:
    return float(max(np.abs(old).max(initial=0.0), np.abs(new).max(initial=0.0)))


def _proportional(pairs: list[tuple[Side, Side]]) -> bool:
    """Are all errors the same up to one factor?"""
    if any("text" in side for pair in pairs for side in pair):
        return all(old == new for old, new in pairs)
    old = np.array([np.linalg.norm(pair[0]["values"]) for pair in pairs])
    new = np.array([np.linalg.norm(pair[1]["values"]) for pair in pairs])
    if not old.size or np.array_equal(old, new):
        return True
    if not (old > 0).all() or not (new > 0).all():
        return False
    factors = new / old
    return bool(np.ptp(factors) <= 1e-6 * factors.max())


def _ratio(pair: list[Side]) -> float | None:
    """The largest measured/predicted of an instance; None where there is none."""
    if len(pair) != 2 or any("text" in side for side in pair):
        return None
    measured, predicted = (np.asarray(side["values"], dtype=float) for side in pair)
    if measured.shape != predicted.shape and predicted.size != 1:
        return None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = measured / predicted
    found = found[np.isfinite(found)]
    return float(found.max()) if found.size else None


def _direction(moved: list[tuple[float, float]]) -> str:
    """Do all ratios that change fall (``loosens``) or rise (``tightens``), or some so and some otherwise?"""
    apart = [(old, new) for old, new in moved if abs(old - new) > ROUNDING * max(abs(old), abs(new))]
    if not apart:
        return ""
    if all(new < old for old, new in apart):
        return "loosens"
    return "tightens" if all(new > old for old, new in apart) else "either way"


def _elsewhere(moved: list[tuple[float, float]]) -> bool:
    """Did the best ratio stay while others fell?"""
    if not moved:
        return False
    best, now = max(old for old, _ in moved), max(new for _, new in moved)
    stays = abs(best - now) <= ROUNDING * abs(best)
    return stays and any(new < old * (1 - 1e-6) for old, new in moved if old > 0)


def joined(changes: Mapping[str, Change]) -> Change:
    """What a mutant changed over all cases of a claim."""
    real = [one for one in changes.values() if one]
    if not real:
        return Change()
    sides_ = {one.side for one in real}
    directions = {one.direction for one in real if one.direction}
    return Change(
        next(iter(sides_)) if len(sides_) == 1 else "both",
        next(iter(directions)) if len(directions) == 1 else "either way" if directions else "",
        all(one.elsewhere for one in real),
    )
