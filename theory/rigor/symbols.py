"""Balls from SymPy, by a walk of the tree, and rational points at which to try an identity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory.rigor.balls import Ball, above_zero, ball, is_nonnegative
from gronwall.theory.rigor.door import arb, fmpq
from gronwall.theory.rigor.powers import absolute, general_power, power, rational_power

_UNARY: dict[Any, str] = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.cot: "cot",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.coth: "coth", sp.asin: "asin", sp.acos: "acos",
    sp.atan: "atan", sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.erf: "erf",
    sp.sign: "sgn",
}  # fmt: skip
_POSITIVE = (sp.exp, sp.cosh)
_OF_THE_SIGN = (sp.sinh, sp.tanh, sp.asin, sp.atan, sp.asinh, sp.atanh, sp.erf)
"""f(x) >= 0 where x >= 0."""


def from_sympy(expr: Any, values: Mapping[Any, Any]) -> Ball:
    """The ball of a real SymPy expression at values {symbol: ball or exact number}, by a walk of the tree.

    Never through lambdify, which turns 1/3 into a float.  Raises TypeError for a Float, KeyError for a symbol
    without a value, NotImplementedError for a function without a ball here, ValueError for infinity and nan.
    Where the expression is not real (log of a negative ball) the result is the NaN ball.  What cannot be negative (a
    square, an absolute value, sums and products of such) is a ball without negative numbers, so roots of it are finite.
    """
    known = {symbol: ball(value) for symbol, value in values.items()}
    seen: dict[Any, Ball] = {}

    def walk(e: Any) -> Ball:
        if e not in seen:
            seen[e] = _node(e, known, walk)
        return seen[e]

    return walk(sp.sympify(expr))


def _node(e: Any, known: Mapping[Any, Ball], walk: Callable[[Any], Ball]) -> Ball:
    if e in known:
        return known[e]
    if e.is_Float:
        raise TypeError(f"from_sympy() met the Float {e}: write Rational(1, 10), not 0.1")
    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e is sp.pi:
        return arb.pi()
    if e is sp.E:
        return arb.const_e()
    if e is sp.EulerGamma:
        return arb.const_euler()
    if e.is_Symbol:
        raise KeyError(f"from_sympy() has no value for {e}: got values for {sorted(map(str, known))}")
    if e in (sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise ValueError(f"from_sympy() met {e}: expected a finite expression")
    if e.is_Pow:
        return _power(e, walk)
    if e.is_Add or e.is_Mul or isinstance(e, (sp.Max, sp.Min)):
        return _combined(e, [walk(a) for a in e.args])
    if isinstance(e, sp.Abs):
        return absolute(walk(e.args[0]))
    if e.func in _UNARY:
        b = walk(e.args[0])
        value = getattr(b, _UNARY[e.func])()
        never_negative = e.func in _POSITIVE or (e.func in _OF_THE_SIGN and b.lower() >= 0)
        return above_zero(value) if never_negative else value
    raise NotImplementedError(
        f"from_sympy() has no ball for {e.func.__name__} in {e}: rewrite it with "
        f"{', '.join(sorted(f.__name__ for f in _UNARY))}, Abs, Max, Min and powers"
    )


def _combined(e: Any, balls: list[Ball]) -> Ball:
    """The sum, the product, the maximum or the minimum: >= 0 where its parts are."""
    value = balls[0]
    if e.is_Add:
        value = sum(balls[1:], value)
    elif e.is_Mul:
        value = math.prod(balls[1:], start=value)
    else:
        for b in balls[1:]:
            value = value.max(b) if isinstance(e, sp.Max) else value.min(b)
    signs = [_sign(b.lower() >= 0, b.upper() <= 0) for b in balls]
    return above_zero(value) if _nonnegative_by_parts(e, signs) else value


def _sign(above: bool, below: bool) -> int | None:
    return 1 if above else (-1 if below else None)


def _nonnegative_by_parts(e: Any, signs: list[int | None]) -> bool:
    """Is a sum, product, maximum or minimum >= 0, by the signs of its arguments (None: not known)?"""
    if e.is_Mul:
        return None not in signs and signs.count(-1) % 2 == 0
    return 1 in signs if isinstance(e, sp.Max) else set(signs) == {1}


def _power(e: Any, walk: Callable[[Any], Ball]) -> Ball:
    base, exponent = e.args
    if base is sp.E:
        return above_zero(walk(exponent).exp())
    b = walk(base)
    if exponent.is_Integer:
        return power(b, int(exponent))
    if not is_nonnegative(b):
        b = _without_negative(base, walk)
    if exponent.is_Rational:
        return rational_power(b, Fraction(int(exponent.p), int(exponent.q)))
    return general_power(b, walk(exponent))


def _without_negative(e: Any, walk: Callable[[Any], Ball]) -> Ball:
    """The ball of e without its negative numbers where e, or a polynomial e in factors, touches 0 and no more."""
    if e.is_Add and walk(e).contains(0) and not _touches_zero(e, walk) and e.is_polynomial(*e.free_symbols):
        e = sp.factor(e)  # x² − 2xy + y² is a square, x − x² a product
    b = walk(e)
    return above_zero(b) if _touches_zero(e, walk) else b


def _touches_zero(e: Any, walk: Callable[[Any], Ball]) -> bool:
    """Is e >= 0, up to the rounding of the radii of what it is made of?  Then below 0 it has no root to enclose."""
    b = walk(e)
    if is_nonnegative(b):
        return True
    if not (e.is_Add or e.is_Mul):
        return False
    return _nonnegative_by_parts(e, [_sign(_touches_zero(a, walk), is_nonnegative(-walk(a))) for a in e.args])


def rational_points(symbols: Iterable[Any], count: int, rng_seed: int = 0) -> list[dict[Any, Fraction]]:
    """`count` deterministic random points {symbol: Fraction}, each coordinate of size 1/4 to 4 and never 0.

    The sign of a coordinate respects the symbol's assumptions (positive, negative); an integer symbol gets an
    integer of size 1 to 9.  An identity that holds at a few such points holds with near certainty, and a
    difference that is not zero at one of them is refuted for sure.
    """
    rng = np.random.default_rng(rng_seed)
    ordered = sorted(symbols, key=sp.default_sort_key)
    return [{symbol: _coordinate(symbol, rng) for symbol in ordered} for _ in range(count)]


def _coordinate(symbol: Any, rng: np.random.Generator) -> Fraction:
    denominator = int(rng.choice([97, 101, 103, 107, 109, 113]))
    size = Fraction(int(rng.integers(denominator // 4 + 1, 4 * denominator)), denominator)
    if symbol.is_integer:
        size = Fraction(int(rng.integers(1, 10)))
    sign = 1 if rng.random() < 0.5 else -1
    if symbol.is_nonnegative:
        sign = 1
    if symbol.is_nonpositive:
        sign = -1
    return sign * size
