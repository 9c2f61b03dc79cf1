"""Deciding whether two SymPy expressions are equal: by simplification, and at rational points in balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gronwall.measuring.sides import Unusable, is_symbolic

POINTS = 3
"""Random rational points at which the two sides are also compared in balls."""


def is_undecided_symbol(left: Any, right: Any) -> bool:
    """Is this for SymPy to decide? Not where there are floats and no symbols: those are plain numbers."""
    flat = [entry for side in (left, right) for entry in _flat(side)]
    sides = [entry for entry in flat if is_symbolic(entry)]
    if not sides or any(side.free_symbols for side in sides):
        return bool(sides)
    import sympy

    return not any(isinstance(entry, float) for entry in flat) and not any(s.has(sympy.Float) for s in sides)


def _flat(side: Any) -> list[Any]:
    """The entries of nested lists and of arrays of objects; anything else is one entry."""
    if isinstance(side, list | tuple) or str(getattr(side, "dtype", "")) == "object":
        return [entry for item in side for entry in _flat(item)]
    return [side]


def symbolic_difference(left: Any, right: Any, seed: int) -> dict[str, Any]:
    """``left - right`` entry by entry: is it zero, where does it differ, is there a float inside?

    ``equal`` is True when every entry simplifies to zero and no rational point contradicts it, False
    when a point separates the sides in balls (or the difference is a nonzero number), None otherwise.
    """
    import sympy

    a, b = _entries(left), _entries(right)
    if len(b) == 1 and len(a) > 1 and not isinstance(right, sympy.MatrixBase):
        b = b * len(a)
    if len(a) != len(b) or (isinstance(right, sympy.MatrixBase) and _shape(left) != _shape(right)):
        raise Unusable(f"wrong shape: left has {_shape(left)}, right has {_shape(right)}")
    if not a:
        raise Unusable("left is empty")
    differences = [x - y for x, y in zip(a, b, strict=True)]
    if any(d is sympy.nan or d.has(sympy.nan, sympy.zoo, sympy.oo) for d in differences):
        raise Unusable("a side is not finite (nan, zoo or oo)")
    tainted = any(x.has(sympy.Float) for x in a + b)
    symbols = sorted(set().union(*(d.free_symbols for d in differences), *(x.free_symbols for x in a + b)), key=str)
    point, witness = _separating_point(differences, symbols, seed)
    zero: list[bool | None] = [None] * len(differences) if point is not None else [_is_zero(d) for d in differences]
    return {
        "symbolic": True,
        "grade": "measured" if tainted else "derived",
        "equal": False if point is not None or False in zero else True if all(zero) else None,
        "gap": 0.0,
        "scale": 1.0,
        "eps": 0.0,
        "zero_side": False,
        "free": bool(symbols),
        "difference": str(_first_nonzero(differences, zero) if witness is None else witness)[:300],
        "point": point,
    }


def _first_nonzero(differences: list[Any], zero: list[bool | None]) -> Any:
    return next((d for d, z in zip(differences, zero, strict=True) if not z), 0)


def _entries(value: Any) -> list[Any]:
    import sympy

    if isinstance(value, sympy.MatrixBase):
        return list(value)
    if isinstance(value, list | tuple) or str(getattr(value, "dtype", "")) == "object":
        return [entry for item in value for entry in _entries(item)]
    if isinstance(value, float) and value != value:
        raise Unusable("one side is NaN")
    return [sympy.sympify(value)]


def _shape(value: Any) -> tuple[int, ...]:
    if hasattr(value, "shape"):
        return tuple(value.shape)
    return (len(value),) if isinstance(value, list | tuple) else ()


def _is_zero(difference: Any) -> bool | None:
    """True or False where it is certain, None where simplification got nowhere.

    It comes after the rational points, which settle almost every difference that is not zero; to bring
    such a one over a common denominator could take for ever.
    """
    import sympy

    for simplify in (lambda d: d, sympy.expand, sympy.cancel, sympy.simplify):
        try:
            simpler = simplify(difference)
        except (NotImplementedError, TypeError, ValueError, AttributeError, sympy.PolynomialError):
            continue
        if simpler == 0 or simpler.is_zero:
            return True
    if difference.has(sympy.Float):
        return None
    return False if not difference.free_symbols and difference.is_zero is False else None


def _separating_point(differences: list[Any], symbols: list[Any], seed: int) -> tuple[dict[str, str] | None, Any]:
    """A rational point at which a ball around some difference excludes zero, and that difference; or None twice."""
    from gronwall.theory import rigor

    for drawn in rigor.rational_points(symbols, POINTS, seed % 2**63):
        values = {symbol: _admissible(symbol, value) for symbol, value in drawn.items()}
        for difference in differences:
            if difference == 0:
                continue
            with rigor.precision(256):
                try:
                    ball = rigor.from_sympy(difference, {s: rigor.ball(v) for s, v in values.items()})
                except (NotImplementedError, TypeError):  # a float, an imaginary unit, a function without a ball
                    if _apart_by_digits(difference, values):
                        return {str(s): str(Fraction(v)) for s, v in values.items()}, difference
                    continue
                except (KeyError, ZeroDivisionError):
                    continue
                if rigor.is_finite(ball) and rigor.certainly_gt(abs(ball), rigor.ball(0)):
                    return {str(s): str(Fraction(v)) for s, v in values.items()}, difference
    return None, None


def _apart_by_digits(difference: Any, values: dict[Any, Fraction]) -> bool:
    """Is a difference without a ball far from zero in fifty digits, against the size of its terms?

    Half of a float's digits are granted where there are floats inside.
    """
    import sympy

    if difference.has(sympy.Integral, sympy.Sum, sympy.Product, sympy.Derivative, sympy.Limit):
        return False
    point = {symbol: sympy.Rational(value.numerator, value.denominator) for symbol, value in values.items()}
    try:
        terms = [abs(complex(term.subs(point).evalf(50))) for term in sympy.Add.make_args(difference)]
        gap = abs(complex(difference.subs(point).evalf(50)))
    except (TypeError, ValueError, ArithmeticError, AttributeError, NotImplementedError):
        return False
    return bool(gap > (1e-8 if difference.has(sympy.Float) else 1e-20) * max(1.0, *terms))


def _admissible(symbol: Any, value: Fraction) -> Fraction:
    """The drawn point, moved to where the symbol's own assumptions hold."""
    if symbol.is_integer:
        value = Fraction(1 + abs(value.numerator))
    if symbol.is_nonnegative:
        return abs(value)
    return -abs(value) if symbol.is_nonpositive else value
