"""The numbers a claim returns: read, compared, stored.

Three arithmetics decide three grades: exact numbers (``derived``), balls (``enclosed``), floats
(``measured``). A comparison of two sides has the lower grade of the two: a float taints.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRADES = ("measured", "enclosed", "derived")
"""From the lowest to the highest."""

SLACK_ULPS = 4
"""``measured <= predicted`` is read with this many units in the last place of ``predicted``."""


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
    if value.has(sympy.Float) or value.is_finite is False:
        return float(value)
    return rigor.from_sympy(value, {})


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
        except TypeError as mistake:
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
        return _worst_float(_floats(left), np.broadcast_to(_floats(right), _floats(left).shape), eps)
    pairs = zip(left.entries, _repeated(right, len(left.entries)), strict=True)
    if grade == "derived":
        return max((_exact_pair(m, p, i) for i, (m, p) in enumerate(pairs)), key=Pair.severity)
    balls = [_ball_pair(_as_ball(m), _as_ball(p), grade, eps, i) for i, (m, p) in enumerate(pairs)]
    return max(balls, key=Pair.severity)


def _repeated(side: Side, count: int) -> list[Any]:
    entries = list(side.entries)
    return entries * count if len(entries) == 1 else entries


def _floats(side: Side) -> NDArray[np.float64]:
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


def _as_ball(number: Any) -> Any:
    from gronwall.theory import rigor

    if isinstance(number, float | np.floating):
        if not math.isfinite(number):
            raise Unusable(f"one side is {number}, an infinite float, against a ball")
        return rigor.dyadic(float(number))
    return rigor.ball(number)


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
    others = _repeated(b, len(a.entries))
    if grade == "derived":
        gaps = [abs(x - y) for x, y in zip(a.entries, others, strict=True)]
        return Difference("derived", to_float(max(gaps)), _largest(a, b), 0.0, max(gaps) == 0, False)
    if "enclosed" in (a.grade, b.grade):
        return _ball_difference(a, b, others, grade, eps)
    x, y = _floats(a), np.broadcast_to(_floats(b), _floats(a).shape)
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
        gap = _as_ball(x) - _as_ball(y)
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
