"""One side of a comparison: what a claim returned, read as exact numbers, balls or floats.

Three arithmetics decide three grades: exact numbers (``derived``), balls (``enclosed``), floats
(``measured``). A comparison of two sides has the lower grade of the two: a float taints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRADES = ("measured", "enclosed", "derived")
"""From the lowest to the highest."""


class Unusable(Exception):
    """Something was returned that no comparison can be made with; the claim's verdict is ``error``."""


def lowest(*grades: str) -> str:
    """The lowest of the grades: what a claim may call itself that used all of them."""
    return min(grades, key=GRADES.index)


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its entries, flattened, in one arithmetic.

    ``entries`` is a float64 array for ``measured``, a list of ``Fraction`` for ``derived`` and a
    list of balls for ``enclosed``; ``eps`` is that of the dtype the floats came in.
    """

    entries: Any
    shape: tuple[int, ...]
    grade: str
    eps: float


def is_symbolic(value: Any) -> bool:
    """A SymPy expression or matrix."""
    return str(type(value).__module__).split(".")[0] == "sympy" or hasattr(value, "free_symbols")


def read(value: Any, name: str) -> Side:
    """Read what a claim returned as one side of a comparison.

    Raises :class:`Unusable` for NaN (one entry is enough), an empty array, complex numbers, balls
    that are not finite, and anything that is no number.
    """
    from gronwall.theory import rigor

    if value is None or isinstance(value, str | bytes | dict):
        raise Unusable(f"{name} is {value!r}, not a number, an array or a ball")
    if is_symbolic(value):
        value = _constant(value, name)
    if rigor.contains_ball(value):
        return _read_balls(value, name)
    if (isinstance(value, Fraction | int) and not isinstance(value, bool)) or _is_flint_exact(value):
        return Side([_fraction(value)], (), "derived", 0.0)
    return _read_array(value, name)


def _constant(value: Any, name: str) -> Any:
    import sympy

    from gronwall.theory import rigor

    if isinstance(value, sympy.MatrixBase):
        entries = np.empty(len(value), dtype=object)
        entries[:] = [_constant(entry, name) for entry in value]
        return entries.reshape(value.shape)
    if value.free_symbols:
        raise Unusable(f"{name} has free symbols {sorted(map(str, value.free_symbols))}; a comparison needs numbers")
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    try:
        return float(value) if value.has(sympy.Float) or value.is_finite is False else rigor.from_sympy(value, {})
    except (TypeError, ValueError, NotImplementedError) as mistake:  # nan, zoo, an imaginary unit
        raise Unusable(f"{name} is {value}: {mistake}") from None


def _is_flint_exact(value: Any) -> bool:
    return type(value).__name__ in ("fmpz", "fmpq")


def _fraction(value: Any) -> Fraction:
    if type(value).__name__ == "fmpq":
        return Fraction(int(value.p), int(value.q))
    return Fraction(value) if isinstance(value, Fraction) else Fraction(int(value))


def _read_balls(value: Any, name: str) -> Side:
    from gronwall.theory import rigor

    shape = np.shape(value) if isinstance(value, list | tuple | np.ndarray) else ()
    if type(value).__name__ in ("arb_mat", "acb_mat"):
        shape = (value.nrows(), value.ncols())
    entries, grade = [], "enclosed"
    for entry in _flat(value):
        if isinstance(entry, float | np.floating):
            if not math.isfinite(entry):
                raise Unusable(f"{name} has an entry {entry} among balls")
            entry, grade = rigor.dyadic(float(entry)), "measured"
        try:
            (ball,) = rigor.ball_entries(entry)
        except (TypeError, ValueError) as mistake:
            raise Unusable(f"{name}: {mistake}") from None
        if not rigor.is_finite(ball):
            raise Unusable(f"{name} has a ball that is not finite: {ball}")
        entries.append(ball)
    return Side(entries, tuple(shape), grade, 2.0**-52 if grade == "measured" else 0.0)


def _flat(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        return list(value.ravel())
    if isinstance(value, list | tuple):
        return [entry for item in value for entry in _flat(item)]
    if hasattr(value, "entries"):
        return list(value.entries())
    return [value]


def _read_array(value: Any, name: str) -> Side:
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu().resolve_conj().numpy() if "bfloat16" not in str(value.dtype) else value.float()
    elif isinstance(value, list | tuple) and any(hasattr(v, "detach") for v in value):
        value = [v.detach().cpu().numpy() if hasattr(v, "detach") else v for v in value]
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as mistake:
        raise Unusable(f"{name} is not a rectangular array of numbers: {mistake}") from None
    if array.size == 0:
        raise Unusable(f"{name} is empty (shape {array.shape})")
    if array.dtype.kind == "c":
        raise Unusable(f"{name} is complex ({array.dtype}); compare real quantities such as a modulus")
    if array.dtype.kind == "O":
        return _read_objects(array, name)
    if array.dtype.kind in "iu":
        return Side([Fraction(int(x)) for x in array.ravel()], array.shape, "derived", 0.0)
    if array.dtype.kind not in "fb":
        raise Unusable(f"{name} has the dtype {array.dtype}, not numbers")
    entries = array.astype(np.float64).ravel()
    nans = np.flatnonzero(np.isnan(entries))
    if nans.size:
        place = "" if array.ndim == 0 else f" at entry {tuple(map(int, np.unravel_index(nans[0], array.shape)))}"
        raise Unusable(f"{name} is NaN{place}")
    eps = max(float(np.finfo(array.dtype).eps), 2.0**-52) if array.dtype.kind == "f" else 2.0**-52
    return Side(entries, array.shape, "measured", eps)


def _read_objects(array: NDArray[Any], name: str) -> Side:
    entries = [_constant(x, name) if is_symbolic(x) else x for x in array.ravel()]
    if all(
        (isinstance(x, Fraction | int | np.integer) and not isinstance(x, bool)) or _is_flint_exact(x) for x in entries
    ):
        return Side([_fraction(x) for x in entries], array.shape, "derived", 0.0)
    from gronwall.theory import rigor

    if any(rigor.is_ball(x) for x in entries):
        side = _read_balls(entries, name)
        return Side(side.entries, array.shape, side.grade, side.eps)
    try:
        return _read_array(np.array([float(x) for x in entries]).reshape(array.shape), name)
    except (TypeError, ValueError):
        raise Unusable(f"{name} holds {type(entries[0]).__name__} objects, not numbers") from None


def repeated(side: Side, count: int) -> list[Any]:
    entries = list(side.entries)
    return entries * count if len(entries) == 1 else entries


def floats(side: Side) -> NDArray[np.float64]:
    if isinstance(side.entries, np.ndarray):
        return side.entries
    return np.array([to_float(x) for x in side.entries], dtype=np.float64)


def to_float(number: Any) -> float:
    """A number of any arithmetic as a float (the midpoint of a ball), infinite where it overflows."""
    if isinstance(number, Fraction | int):
        try:
            return float(number)
        except OverflowError:
            return math.inf if number > 0 else -math.inf
    if isinstance(number, float):
        return number
    from gronwall.theory import rigor

    return float(rigor.midpoint(number))


def as_ball(number: Any) -> Any:
    from gronwall.theory import rigor

    if isinstance(number, float | np.floating):
        if not math.isfinite(number):
            raise Unusable(f"one side is {number}, an infinite float, against a ball")
        return rigor.dyadic(float(number))
    return rigor.ball(number)
