"""Balls from SymPy, by a walk of the tree, and rational points at which to try an identity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory.rigor.balls import Ball, ball, power
from gronwall.theory.rigor.door import arb, fmpq

_UNARY: dict[Any, str] = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.cot: "cot",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.coth: "coth", sp.asin: "asin", sp.acos: "acos",
    sp.atan: "atan", sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.erf: "erf",
    sp.Abs: "__abs__", sp.sign: "sgn",
}  # fmt: skip


def from_sympy(expr: Any, values: Mapping[Any, Any]) -> Ball:
    """The ball of a real SymPy expression at values {symbol: ball or exact number}, by a walk of the tree.

    Never through lambdify, which turns 1/3 into a float.  Raises TypeError for a Float, KeyError for a symbol
    without a value, NotImplementedError for a function without a ball here, ValueError for infinity and nan.
    Where the expression is not real (log of a negative ball) the result is the NaN ball.
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
    if e.is_Add:
        return sum((walk(a) for a in e.args[1:]), walk(e.args[0]))
    if e.is_Mul:
        return math.prod((walk(a) for a in e.args[1:]), start=walk(e.args[0]))
    if e.is_Pow:
        return _power(e, walk)
    if isinstance(e, (sp.Max, sp.Min)):
        balls = [walk(a) for a in e.args]
        best = balls[0]
        for b in balls[1:]:
            best = best.max(b) if isinstance(e, sp.Max) else best.min(b)
        return best
    if e.func in _UNARY:
        return getattr(walk(e.args[0]), _UNARY[e.func])()
    raise NotImplementedError(
        f"from_sympy() has no ball for {e.func.__name__} in {e}: rewrite it with "
        f"{', '.join(sorted(f.__name__ for f in _UNARY))}, Max, Min and powers"
    )


def _power(e: Any, walk: Callable[[Any], Ball]) -> Ball:
    base, exponent = e.args
    if base is sp.E:
        return walk(exponent).exp()
    b = walk(base)
    if exponent.is_Rational:
        p, q = int(exponent.p), int(exponent.q)
        return power(b if q == 1 else (b.sqrt() if q == 2 else b.root(q)), p)
    return b ** walk(exponent)


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
