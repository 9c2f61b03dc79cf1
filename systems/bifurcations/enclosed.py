r"""A learned field in balls, with all its derivatives up to the third: what bifurcation points are proved with.

A jet holds a value and its partial derivatives by sorted tuples of variables: () the value, (0,), (0, 1), (0, 0, 2), …
A layer maps all of them by its weights; tanh by t' = 1 − t², t'' = −2tt', t''' = −2t'(1 − 3t²) and the chain rule

    (t∘v)_i = t'v_i,   (t∘v)_ij = t'v_ij + t''v_iv_j,
    (t∘v)_ijk = t'v_ijk + t''(v_ijv_k + v_ikv_j + v_jkv_i) + t'''v_iv_jv_k.

The weights are the floats that training left, taken exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np

from gronwall.theory import rigor
from gronwall.theory.bifurcations.hopf import HopfPoint, hopf_point
from gronwall.theory.bifurcations.zeros import proved_zero
from systems.bifurcations.kernels import PLAIN
from systems.bifurcations.learned import Learned

__all__ = ["hopf_normal_form", "jets", "proved_hopf"]

Index = tuple[int, ...]


def indices(order: int, variables: int = 3) -> list[Index]:
    """All sorted tuples of so many variables up to an order."""
    return [index for k in range(order + 1) for index in combinations_with_replacement(range(variables), k)]


def jets(learned: Learned, at: Sequence[Any], order: int) -> list[dict[Index, Any]]:
    """f̂_1 … f̂_d with their derivatives in (u, parameter) up to an order at most 3, at balls.

    Raises ValueError for a head or a scaling other than the plain ones.
    """
    net, told = learned.net, learned.scaling
    if net.head != PLAIN or told.mean.any() or (told.deviation != 1).any() or told.parameter != (0.0, 1.0):
        raise ValueError("expected a plain head on states and a parameter that are not normalised")
    wanted = indices(order, net.d + 1)
    columns = [[_seed(i, at, index) for index in wanted] for i in range(net.d + 1)]
    layers = learned.layers()
    for place, (W, b) in enumerate(layers):
        columns = _mapped(W, b, columns)
        if place < len(layers) - 1:
            columns = [_tanh(dict(zip(wanted, row, strict=True)), wanted) for row in columns]
    return [dict(zip(wanted, row, strict=True)) for row in columns]


def _seed(i: int, at: Sequence[Any], index: Index) -> Any:
    return at[i] if index == () else rigor.ball(int(index == (i,)))


def _mapped(W: np.ndarray, b: np.ndarray, columns: list[list[Any]]) -> list[list[Any]]:
    """Wᵀ on every column, and b on the values."""
    product_ = rigor.matrix(W.T, dyadic=True) * rigor.matrix(columns)
    rows = [[product_[i, j] for j in range(product_.ncols())] for i in range(product_.nrows())]
    return [[row[0] + rigor.dyadic(float(shift)), *row[1:]] for row, shift in zip(rows, b, strict=True)]


def _tanh(v: dict[Index, Any], wanted: list[Index]) -> list[Any]:
    t = v[()].tanh()
    first = 1 - t * t
    second = -2 * t * first
    third = -2 * first * (1 - 3 * t * t)
    found = []
    for index in wanted:
        if len(index) == 0:
            found.append(t)
        elif len(index) == 1:
            found.append(first * v[index])
        elif len(index) == 2:
            i, j = index
            found.append(first * v[index] + second * v[(i,)] * v[(j,)])
        else:
            i, j, k = index
            mixed = v[(i, j)] * v[(k,)] + v[(i, k)] * v[(j,)] + v[(j, k)] * v[(i,)]
            found.append(first * v[index] + second * mixed + third * v[(i,)] * v[(j,)] * v[(k,)])
    return found


def proved_hopf(learned: Learned, guess: Sequence[float], radius: Fraction = Fraction(1, 10**7)) -> list[Any]:
    """Balls (x, y, α) of the only point near a guess at which a planar learned field rests with trace 0.

    Krawczyk's test on (f̂, tr Df̂).  A Hopf point where the determinant is positive too, which `hopf_normal_form` asks.
    Raises ArithmeticError where nothing is proved.
    """

    def F(at: Sequence[Any]) -> list[Any]:
        f, g = jets(learned, at, 1)
        return [f[()], g[()], f[(0,)] + g[(1,)]]

    def dF(at: Sequence[Any]) -> list[list[Any]]:
        f, g = jets(learned, at, 2)
        rows = [[component[(i,)] for i in range(3)] for component in (f, g)]
        return [*rows, [f[_sorted(0, i)] + g[_sorted(1, i)] for i in range(3)]]

    return proved_zero(F, dF, list(guess), radius)


def _sorted(*index: int) -> Index:
    return tuple(sorted(index))


def hopf_normal_form(learned: Learned, at: Sequence[Any]) -> HopfPoint:
    """The normal form in balls at a proved point.  Raises ArithmeticError where ω² > 0 is not certain."""
    f, g = jets(learned, at, 3)
    A = [[component[(i,)] for i in range(2)] for component in (f, g)]
    omega2 = A[0][0] * A[1][1] - A[0][1] * A[1][0]
    if not rigor.certainly_gt(omega2, 0):
        raise ArithmeticError(f"the determinant {omega2} is not certainly positive: no Hopf point is proved")

    def second(u: Sequence[Any], v: Sequence[Any]) -> list[Any]:
        return [_summed(component, (u, v)) for component in (f, g)]

    def third(u: Sequence[Any], v: Sequence[Any], w: Sequence[Any]) -> list[Any]:
        return [_summed(component, (u, v, w)) for component in (f, g)]

    return hopf_point(A, second, third, omega2)


def _summed(component: dict[Index, Any], vectors: Sequence[Sequence[Any]]) -> Any:
    """Σ ∂_ij… f u_i v_j … over all i, j, …"""
    terms = []
    for chosen in product(range(2), repeat=len(vectors)):
        term = component[_sorted(*chosen)]
        for i, vector in zip(chosen, vectors, strict=True):
            term = vector[i] * term
        terms.append(term)
    return sum(terms[1:], terms[0])
