r"""Norms of small convolutions: on the torus, on the plane, with zeros or a mirror around the image.

W has channels out x in and taps L x L, L = 2r + 1;  (W x)_o(u) = Σ_i Σ_{|v|_∞ <= r} W_oi(v) x_i(u + v).

    symbol            Ŵ(θ) = Σ_v W(v) e^{iv·θ}, a matrix out x in
    on the torus      ‖W‖ = max over θ ∈ (2π/n)Z² of ‖Ŵ(θ)‖          images of n x n, around the edges
    on the plane      ‖W‖ = max over all θ of ‖Ŵ(θ)‖                  images on Z²
    with zeros        a section of the plane's operator: ‖W‖ <= the plane's, and with the window s_j = sin(πj/(n + 1))
                      ‖W‖ >= |Σ_v W(v) c_{v1} c_{v2} e^{iv·θ}|,  c_k = Σ_j s_j s_{j+|k|} / Σ_j s_j²   (one channel, any θ)
    all ones, 3 x 3   with zeros exactly (1 + 2cos(π/(n + 1)))²
    mass              N(W) = ‖(‖W_oi‖₁)_oi‖ >= every one of them (Young, Schur); attained at θ = 0 by filters >= 0
    mirror            a border of one pixel: ‖P‖ = 2 for n >= 4, for some pixels stand there four times

Source: J. Sedghi, V. Gupta, P. M. Long (2019) for symbols on the torus; A. Böttcher, B. Silbermann for sections.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.theory import rigor
from gronwall.theory.arithmetic import cos, sin, sqrt

__all__ = [
    "mass", "matrix_of", "mirror", "mirror_norm", "ones_with_zeros", "plane_norm", "symbol", "torus_norm", "window",
    "window_bound",
]  # fmt: skip

Array = NDArray[np.float64]


def taps(L: int) -> range:
    """The offsets −r … r of L = 2r + 1 taps.  Raises ValueError for an even number of taps."""
    if L % 2 == 0:
        raise ValueError(f"got filters of {L} taps: expected an odd number")
    return range(-(L // 2), L // 2 + 1)


def mass(W: Any) -> Any:
    """N(W) = ‖(‖W_oi‖₁)_oi‖: the spectral norm of the matrix of sums of |taps|.  W: out x in x L x L."""
    return np.linalg.norm(np.abs(np.asarray(W, dtype=float)).sum(axis=(2, 3)), 2)


def symbol(W: Array, theta: Array) -> NDArray[np.complex128]:
    """Σ_v W(v) e^{iv·θ} for many θ: (many, 2) -> (many, out, in)."""
    v = np.array(taps(W.shape[2]))
    first, second = (np.exp(1j * np.outer(angle, v)) for angle in theta.T)
    return np.einsum("oikl,mk,ml->moi", W, first, second)  # type: ignore[no-any-return]


def torus_norm(W: Array, n: int) -> float:
    """max over θ = 2πk/n of ‖Ŵ(θ)‖."""
    angle = 2 * np.pi * np.arange(n) / n
    theta = np.stack(np.meshgrid(angle, angle, indexing="ij"), axis=-1).reshape(-1, 2)
    return float(np.linalg.norm(symbol(W, theta), 2, axis=(1, 2)).max())


def matrix_of(W: Array, n: int, border: str = "torus") -> Array:
    """The convolution of images of n x n as a matrix, pixel by pixel: out·n² x in·n²; border "torus" or "zeros"."""
    outs, ins, L, _ = W.shape
    A = np.zeros((outs, n, n, ins, n, n))
    for a in range(n):
        for b in range(n):
            for i, j in np.ndindex(L, L):
                k, m = a + i - L // 2, b + j - L // 2
                if border == "torus" or (0 <= k < n and 0 <= m < n):
                    A[:, a, b, :, k % n, m % n] += W[:, :, i, j]
    return A.reshape(outs * n * n, ins * n * n)


# ---------------------------------------------------------------- the plane, in balls


def plane_norm(w: Sequence[Sequence[Fraction]], tol: float = 2.0**-30) -> Any:
    r"""A ball that contains max_θ |ŵ(θ)| of one filter, by branch and bound; its radius is about tol.

    |ŵ(θ)|² = Σ_k R_k cos(k·θ) with R the autocorrelation of w, exact for exact taps.  Over a box B about its centre c
    it is inside g(c) + ∇g(B)·(B − c); a box that lies below the best value seen is left.
    """
    terms = _autocorrelation(w)
    plane = any(m for _, m, _ in terms)
    boxes = [((Fraction(i, 4), Fraction(j, 4)), Fraction(1, 8)) for i in range(-4, 4) for j in range(4)]
    boxes = [((x + half, y + half), half) for (x, y), half in boxes if plane or not y]
    # in units of π; g is even, so y >= 0 will do
    best = rigor.ball(0)
    while True:
        above = best
        kept = []
        for centre, half in boxes:
            value, most = _over(terms, centre, half)
            best = best.max(value.lower())
            kept.append((most, centre, half))
        kept = [one for one in kept if not one[0] < best]
        for most, _, _ in kept:
            above = above.max(most)
        if above.upper() - best.lower() <= tol * max(1.0, rigor.upper(best)) or kept[0][2] < Fraction(1, 2**40):
            return sqrt(best.union(above))
        boxes = [
            ((x + sx * half / 2, y + sy * half / 2), half / 2)
            for _, (x, y), half in kept
            for sx in (-1, 1)
            for sy in ((-1, 1) if plane else (0,))
        ]


def _autocorrelation(w: Sequence[Sequence[Fraction]]) -> list[tuple[int, int, Any]]:
    """(k, l, R) with |ŵ(θ)|² = Σ R cos(kθ₁ + lθ₂), k, l and −k, −l together; (k, 0, R) where they are on a line."""
    found: dict[tuple[int, int], Fraction] = {}
    entries = [(i, j, Fraction(value)) for i, row in enumerate(w) for j, value in enumerate(row)]
    for i, j, a in entries:
        for k, m, b in entries:
            shift = max((i - k, j - m), (k - i, m - j))
            found[shift] = found.get(shift, Fraction(0)) + a * b
    kept = [(k, m, rigor.ball(value)) for (k, m), value in found.items() if value]
    first = max((k, m) for k, m, _ in kept)
    if all(k * first[1] == m * first[0] for k, m, _ in kept):
        return [(gcd(k, m), 0, R) for k, m, R in kept]
    return kept


def _over(terms: list[tuple[int, int, Any]], centre: tuple[Fraction, Fraction], half: Fraction) -> tuple[Any, Any]:
    """Σ R cos(k·θ) at the centre, and a ball of what it is at most over the box; θ in units of π."""
    pi = rigor.pi()
    width = rigor.around_zero(half)
    value, slopes = rigor.ball(0), [rigor.ball(0), rigor.ball(0)]
    for k, m, R in terms:
        at = pi * rigor.ball(k * centre[0] + m * centre[1])
        value = value + R * cos(at)
        over = sin(at + pi * (k * width + m * width))
        slopes = [slope - R * power * over for slope, power in zip(slopes, (k, m), strict=True)]
    reach = value + pi * width * slopes[0] + pi * width * slopes[1]
    return value, reach.upper()


# ---------------------------------------------------------------- edges


def window(k: int, n: int, pi: Any = np.pi) -> Any:
    """c_k = ((n + 1 − |k|) cos(πk/(n + 1)) + sin(π|k|/(n + 1)) cot(π/(n + 1)))/(n + 1), and 0 for |k| >= n."""
    if abs(k) >= n:
        return 0 * pi
    a = pi / (n + 1)
    return ((n + 1 - abs(k)) * cos(abs(k) * a) + sin(abs(k) * a) * cos(a) / sin(a)) / (n + 1)


def window_bound(w: Array, n: int, angles: int = 64) -> float:
    """max over a grid of θ of |Σ_v w(v) c_{v1} c_{v2} e^{iv·θ}| <= ‖w‖ with zeros around n x n."""
    c = np.array([window(k, n) for k in taps(len(w))])
    damped = w * np.outer(c, c)
    return torus_norm(damped[None, None], angles)


def ones_with_zeros(n: int, pi: Any = np.pi) -> Any:
    """(1 + 2cos(π/(n + 1)))²: nine ones on n x n with zeros around."""
    return (1 + 2 * cos(pi / (n + 1))) ** 2


def mirror(n: int) -> list[list[int]]:
    """The border of one pixel by reflection, along one axis: (n + 2) x n of zeros and ones, n >= 2."""
    if n < 2:
        raise ValueError(f"mirror({n}): a border by reflection needs two pixels")
    rows = [1, *range(n), n - 2]
    return [[int(k == at) for k in range(n)] for at in rows]


def mirror_norm(n: int) -> int:
    """2 for every n but n = 3, where the pixel in the middle stands nine times: 3."""
    return 3 if n == 3 else 2
