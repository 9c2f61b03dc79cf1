r"""Certified Lipschitz constants and logarithmic norms of f(x) = V σ(Wx + b), 0 <= σ' <= 1 (tanh, relu).

Any difference is f(x) − f(y) = V D W (x − y) with a diagonal D of slopes in [0, 1], so with Euclidean norms

    ‖f(x) − f(y)‖ <= L ‖x − y‖,                  L = max ‖V D W‖,
    ⟨f(x) − f(y), x − y⟩ <= μ ‖x − y‖²,          μ = max λmax((V D W + (V D W)ᵀ)/2),
    ‖x + hf(x) − y − hf(y)‖ <= q ‖x − y‖,        q = max ‖I + h V D W‖.

All three are convex in D, so their maxima lie at the 2^w corners of the cube, D of zeros and ones: the *corner*
constants.  For W with independent rows every corner is approached (σ' takes every value in (0, 1) at will), and then
no smaller constant will do.  Cheaper and larger: products of norms, which diagonal scalings S sharpen (D commutes
with S, so V D W = (V S⁻¹) D (S W)).  On a box that the states stay in,
`enclosure.jacobian_over` gives the local Jacobian, and `rigor` its norms.

V is d x w, W is w x d, both matrices of balls (`rigor.matrix`); every result is a ball, whose upper end is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.theory import rigor
from gronwall.theory.arithmetic import scalar

__all__ = [
    "corner_euler_factor", "corner_logarithmic_norm", "corner_norm", "corners", "logarithmic_norm_bound",
    "product_norm", "scaled_norm",
]  # fmt: skip

Array = NDArray[np.float64]

MOST_UNITS = 12
"""Up to this width all 2^w corners are visited."""


def product_norm(V: Any, W: Any) -> Any:
    """‖V‖ ‖W‖ >= L, since ‖D‖ <= 1: the constant of the textbooks."""
    return rigor.spectral_norm(V) * rigor.spectral_norm(W)


def scaled_norm(V: Any, W: Any, S: Sequence[Any] | None = None) -> Any:
    r"""‖V S⁻¹‖ ‖S W‖ >= L for any diagonal S > 0 (w exact numbers); None: one that makes it small, found in floats."""

    def norm_and_pull(v: Array, w: Array) -> tuple[float, Array]:
        right, left = np.linalg.svd(v, full_matrices=False), np.linalg.svd(w, full_matrices=False)
        return float(right[1][0] * left[1][0]), right[2][0] ** 2 - left[0][:, 0] ** 2

    V, W, S, inverse = (V, W, *_exactly(S)) if S is not None else _scaled(V, W, norm_and_pull)
    return rigor.spectral_norm(_columns_times(V, inverse)) * rigor.spectral_norm(_rows_times(W, S))


def logarithmic_norm_bound(V: Any, W: Any, S: Sequence[Any] | None = None) -> Any:
    r"""μ <= ‖V S⁻¹ + WᵀS‖²/4 for any diagonal S > 0, without visiting corners; None: one that makes it small.

    With a_i = v_i·x, b_i = w_i·x for the columns v_i of V and the rows w_i of W, and slopes 0 <= D_i <= 1,
        xᵀV D W x = Σ D_i a_i b_i <= Σ max(a_i b_i, 0) <= Σ (a_i/S_i + S_i b_i)²/4 = |(V S⁻¹ + WᵀS)ᵀx|²/4.
    One unit attains it with S² = |v|/|w|:  μ = (v·w + |v||w|)/2.
    """

    def norm_and_pull(v: Array, w: Array) -> tuple[float, Array]:
        left, sizes, _ = np.linalg.svd(v + w.T, full_matrices=False)
        a, b = left[:, 0] @ v, w @ left[:, 0]
        return float(sizes[0]), (a**2 - b**2) / max(float(sizes[0]) ** 2, 1e-300)

    V, W, S, inverse = (V, W, *_exactly(S)) if S is not None else _scaled(V, W, norm_and_pull)
    U = _columns_times(V, inverse) + _rows_times(W, S).transpose()
    return rigor.spectral_norm(U) ** 2 / 4


def _scaled(
    V: Any, W: Any, norm_and_pull: Callable[[Array, Array], tuple[float, Array]]
) -> tuple[Any, Any, list[Any], list[Any]]:
    """V, W, and a diagonal S at which a norm of (V S⁻¹, S W) is small, as exact balls, and its inverse.

    What floats cannot hold is left to exact powers of two: unit i enters as v_i/2^k_i, 2^k_i w_i, of about one length,
    and all of them over one 2^m, so that entries of any size do; where none is extreme, k_i and m are 0.  A unit with
    v_i = 0 or w_i = 0 adds nothing to V D W, and is left out.
    """
    if not (rigor.is_finite(V) and rigor.is_finite(W)):
        raise ValueError("got a matrix with an entry that is NaN or infinite: expected finite balls")
    sizes = [(_exponent([V[i, k] for i in range(V.nrows())]), _exponent(W.tolist()[k])) for k in range(W.nrows())]
    kept = [k for k, (of_v, of_w) in enumerate(sizes) if of_v is not None and of_w is not None]
    if not kept:
        kept, sizes = [0], [(0, 0)]
        V, W = 0 * V, 0 * W
    V, W = _kept_columns(V, kept), _kept_columns(W.transpose(), kept).transpose()
    exponents = [sizes[k] for k in kept]
    extreme = max(abs(e) for pair in exponents for e in pair) > SAFE  # type: ignore[arg-type]
    k = [(of_v - of_w) // 2 if extreme else 0 for of_v, of_w in exponents]  # type: ignore[operator]
    m = max(max(of_v - k_i, of_w + k_i) for (of_v, of_w), k_i in zip(exponents, k, strict=True)) if extreme else 0  # type: ignore[operator]
    v = _midpoints(_columns_times(V, [_two_to(-k_i - m) for k_i in k]))
    w = _midpoints(_rows_times(W, [_two_to(k_i - m) for k_i in k]))
    S = [rigor.dyadic(float(s)) * _two_to(k_i) for s, k_i in zip(_scaling(v, w, norm_and_pull), k, strict=True)]
    return V, W, *_exactly(S)


def _scaling(v: Array, w: Array, norm_and_pull: Callable[[Array, Array], tuple[float, Array]]) -> Array:
    """S at which a norm of (v S⁻¹, S w) is small.

    A heuristic: from S_i² = |v_i|/|w_i|, the best for Frobenius norms, a descent along log S in the direction that
    the top singular vectors pull, which keeps the least norm it saw.  Where V and −Wᵀ nearly cancel the pull knows no
    bounds, so S stays within e^±REACH of where it started.
    """
    lengths = [np.maximum(np.linalg.norm(part, axis=axis), 1e-100) for part, axis in ((v, 0), (w, 1))]
    S = best = start = np.sqrt(lengths[0] / lengths[1])
    least = np.inf
    for k in range(60):
        size, pull = norm_and_pull(v / S, S[:, None] * w)
        if size < least:
            best, least = S, size
        S = np.clip(S * np.exp(np.clip(pull / (2 + k / 4), -REACH, REACH)), start / FARTHEST, start * FARTHEST)
    return np.asarray(best)


REACH = 60
FARTHEST = np.exp(REACH)
SAFE = 300
"""Numbers between 2^-300 and 2^300 have squares, quotients and norms among the floats."""


def _exponent(entries: Sequence[Any]) -> int | None:
    """e with |entry| < 2^e for all of them, and 2^(e−1) not above all; None where they are exactly zero."""
    greatest = [entry.abs_upper() for entry in entries]
    parts = [[int(part) for part in bound.man_exp()] for bound in greatest if not bound.is_zero()]
    return max((man.bit_length() + exp for man, exp in parts), default=None)


def _two_to(k: int) -> Any:
    return rigor.ball(Fraction(2) ** k)


def _kept_columns(A: Any, kept: Sequence[int]) -> Any:
    return rigor.from_entries(A.nrows(), len(kept), [A[i, k] for i in range(A.nrows()) for k in kept])


def _exactly(S: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """S as balls, and its inverse."""
    exact = [rigor.ball(s) for s in S]
    return exact, [1 / s for s in exact]


def corners(w: int) -> Iterator[tuple[int, ...]]:
    """The corners of [0, 1]^w.  Raises ValueError for more than 2^12 of them."""
    if w > MOST_UNITS:
        raise ValueError(f"got {w} units, 2^{w} corners: expected at most {MOST_UNITS}; use scaled_norm instead")
    return product((0, 1), repeat=w)


def corner_norm(V: Any, W: Any) -> Any:
    """L = max over D of zeros and ones of ‖V D W‖: the Lipschitz constant; approached, for W of full row rank."""
    return _greatest(rigor.spectral_norm(_between(V, D, W)) for D in corners(W.nrows()))


def corner_logarithmic_norm(V: Any, W: Any) -> Any:
    """μ = max over D of zeros and ones of λmax((V D W + (V D W)ᵀ)/2): the one-sided Lipschitz constant.

    Never negative: D = 0 is a corner, a perceptron that is saturated in every unit contracts nothing.
    """
    return _greatest(rigor.logarithmic_norm(_between(V, D, W)) for D in corners(W.nrows()))


def corner_euler_factor(V: Any, W: Any, h: Any) -> Any:
    """q = max over D of zeros and ones of ‖I + h V D W‖: what one Euler step does to a difference, at most."""
    one = rigor.identity(V.nrows())
    return _greatest(rigor.spectral_norm(one + _between(V, D, W) * scalar(h, V)) for D in corners(W.nrows()))


# ---------------------------------------------------------------- helpers


def _greatest(values: Iterator[Any]) -> Any:
    """A ball that contains the largest of the balls' points."""
    found = next(values)
    for value in values:
        found = found.max(value)
    return found


def _between(V: Any, D: Sequence[int], W: Any) -> Any:
    """V D W, by leaving out the units whose slope is zero."""
    kept = [i for i, on in enumerate(D) if on]
    if not kept:
        return 0 * (V * W)
    left = [V[i, k] for i in range(V.nrows()) for k in kept]
    right = [W[k, j] for k in kept for j in range(W.ncols())]
    return rigor.from_entries(V.nrows(), len(kept), left) * rigor.from_entries(len(kept), W.ncols(), right)


def _columns_times(V: Any, factors: Sequence[Any]) -> Any:
    """V diag(factors)."""
    rows, columns = V.nrows(), V.ncols()
    return rigor.from_entries(rows, columns, [V[i, j] * factors[j] for i in range(rows) for j in range(columns)])


def _rows_times(W: Any, factors: Sequence[Any]) -> Any:
    """diag(factors) W."""
    rows, columns = W.nrows(), W.ncols()
    return rigor.from_entries(rows, columns, [factors[i] * W[i, j] for i in range(rows) for j in range(columns)])


def _midpoints(A: Any) -> Any:
    """The midpoints as a float array."""
    return np.array([rigor.midpoint(entry) for entry in A.entries()]).reshape(A.nrows(), A.ncols())
