"""The keywords that a judge reads, as plain numbers, with what is wrong with them said."""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall.claims import Variant
from gronwall.measuring.bench import Bench, Failed
from gronwall.measuring.precision import DIRECTIONS, machine_epsilon

ALWAYS_STATED = {
    "bound": ("sharp",),
    "rate": ("order", "within", "scale", "at_least", "direction", "q", "dtype", "remainder"),
    "identity": ("tol", "why", "ops"),
    "comparison": ("factor", "equivalent_within"),
    "reproduction": ("published", "within"),
}
"""Keywords the judge reads; changing only these leaves a mutant with the claim's own measurement."""
OPTIONAL = ("sharp", "tol", "why", "equivalent_within", "q")
POSITIVE = ("within", "scale", "ops", "factor", "equivalent_within", "sharp", "tol", "q")
WORDS = {"direction": DIRECTIONS, "remainder": ("powers",), "dtype": None}
"""Keywords that are words, and which words."""


def stated(bench: Bench, variant: Variant | None) -> dict[str, Any]:
    """What the judge reads of a claim, or of a wrong version of it."""
    return {key: _plain(key, bench.stated(key, variant)) for key in ALWAYS_STATED[bench.claim.kind]}


def _plain(key: str, value: Any) -> Any:
    """A keyword the judge reads, as a plain number (exact ones are welcome). Raises :class:`Failed`."""
    if key == "why":
        return None if value is None else str(value)
    if key in WORDS:
        return _word(key, value)
    if key == "at_least":
        return bool(value)
    if value is None and key in OPTIONAL:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if isinstance(value, str) or not np.isfinite(number):
        raise Failed(f"{key}={value!r} is no finite number")
    if (key in POSITIVE and number < 0) or (key in POSITIVE and key != "tol" and number == 0):
        raise Failed(f"{key}={value!r} must be positive")
    if key == "equivalent_within" and number >= 1:
        raise Failed(f"equivalent_within={value!r}: 0.1 states that two methods are within 10 % of each other")
    return number


def _word(key: str, value: Any) -> str | None:
    if value is None:
        return None
    if key == "dtype":
        name = getattr(value, "__name__", str(value)).removeprefix("torch.")
        try:
            machine_epsilon(name)
        except ValueError as mistake:
            raise Failed(str(mistake)) from None
        return name
    allowed = WORDS[key] or ()
    if value not in allowed:
        raise Failed(f"{key}={value!r} is not one of {', '.join(map(repr, allowed))}")
    return str(value)


def count(bench: Bench, key: str, variant: Variant | None) -> int:
    """A keyword that counts something. Raises :class:`Failed`."""
    value = bench.stated(key, variant)
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise Failed(f"{key}={value!r}, expected a whole number from 1 on")
    return int(value)
