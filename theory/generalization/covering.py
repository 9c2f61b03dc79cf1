r"""Covers and packings of Lipschitz functions on [0, 1], built and counted (Kolmogorov, Tikhomirov 1959).

The scalar class  G = {g : [0, 1] → [−R, R], |g(s) − g(t)| <= K |s − t|}  in the sup norm, and the class of paths

    Θ = {θ : [0, 1] → ℝ^m,  sup_t Σ_i |θ_i(t)| <= R,  every θ_i K-Lipschitz},   ‖θ‖_{1,∞} = sup_t Σ_i |θ_i(t)|,

of Marion 2023 (arXiv 2305.06648).  N(ε) is the covering number: centres anywhere.  With ⌈·⌉ rounding up,

    2^{⌈K/ε⌉ − 1}  <=  N_G(ε)  <=  ⌈R/ε⌉ 2^{⌈K/ε⌉}      (the left side for R >= K),

so log N_G(ε) = (K/ε) log 2 up to log(2⌈R/ε⌉): neither side can be improved by a factor.  Functions here are piecewise
linear with rational knots, so that every distance is an exact Fraction.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gronwall.theory.arithmetic import log, scalar

__all__ = [
    "Centre", "Polygon", "Rule", "cells", "centre_distance", "code_length", "codes_packing_log", "coordinate_encode",
    "cover_count", "cover_log", "encode", "enumerate_centres", "gilbert_varshamov", "grid_centres", "path_distance",
    "path_norm", "shrunk", "sup_distance", "tents", "walk", "walk_packing_log",
]  # fmt: skip

Array = NDArray[np.float64]
Rule = Literal["end", "present"]


# ---------------------------------------------------------------- functions


@dataclass(frozen=True)
class Polygon:
    """A continuous piecewise linear function on [0, 1]: its knots, from 0 to 1, and its values there."""

    knots: tuple[Fraction, ...]
    values: tuple[Fraction, ...]

    def __call__(self, t: Fraction) -> Fraction:
        """g(t), exactly."""
        i = min(bisect_right(self.knots, t), len(self.knots) - 1)
        t0, t1, g0, g1 = self.knots[i - 1], self.knots[i], self.values[i - 1], self.values[i]
        return g0 + (g1 - g0) * (t - t0) / (t1 - t0)

    def times(self, factor: Fraction) -> Polygon:
        """factor · g."""
        return Polygon(self.knots, tuple(factor * g for g in self.values))

    def lipschitz(self) -> Fraction:
        """The largest |slope|."""
        t, g = self.knots, self.values
        return max(abs((g[i] - g[i - 1]) / (t[i] - t[i - 1])) for i in range(1, len(t)))


def constant_polygon(value: Fraction) -> Polygon:
    """The constant function."""
    return Polygon((Fraction(0), Fraction(1)), (value, value))


def sup_distance(f: Polygon, g: Polygon) -> Fraction:
    """max_t |f(t) − g(t)|: attained at a knot of one of them."""
    return max(abs(f(t) - g(t)) for t in {*f.knots, *g.knots})


def path_norm(theta: Sequence[Polygon]) -> Fraction:
    """‖θ‖_{1,∞} = sup_t Σ_i |θ_i(t)|, by convexity at a knot."""
    return path_distance(theta, [constant_polygon(Fraction(0))] * len(theta))


def path_distance(theta: Sequence[Polygon], other: Sequence[Polygon]) -> Fraction:
    """‖θ − θ̃‖_{1,∞}: a sum of convex functions between the knots of all coordinates, so attained at one of them."""
    knots = {t for g in (*theta, *other) for t in g.knots}
    return max(sum((abs(f(t) - g(t)) for f, g in zip(theta, other, strict=True)), Fraction(0)) for t in knots)


# ---------------------------------------------------------------- the cover


@dataclass(frozen=True)
class Centre:
    """A centre of the cover: where it starts and one sign a cell; its slope is ±K, its cells are `cell` long.

    The last cell ends at 1 and may be shorter.  A centre is its own code: log₂ ⌈R/ε⌉ bits and one bit a cell.
    """

    start: Fraction
    signs: tuple[int, ...]
    K: Fraction
    cell: Fraction

    @cached_property
    def polygon(self) -> Polygon:
        knots = [min(k * self.cell, Fraction(1)) for k in range(len(self.signs) + 1)]
        steps = [sign * self.K * (b - a) for sign, a, b in zip(self.signs, knots, knots[1:], strict=False)]
        if not steps:
            return constant_polygon(self.start)
        return Polygon(tuple(knots), tuple(accumulate(steps, initial=self.start)))


def cells(K: Fraction, eps: Fraction, rule: Rule = "end") -> int:
    """⌈K/ε⌉ cells, of length ε/K; twice as many for the rule "present".  None for K = 0."""
    return math.ceil((1 if rule == "end" else 2) * Fraction(K) / eps)


def encode(
    g: Polygon, R: Fraction, K: Fraction, eps: Fraction, rule: Rule = "end", stretch: Fraction = Fraction(1)
) -> Centre:
    r"""A centre c with |g − c| <= ε everywhere, for a K-Lipschitz g with values in [−R, R].

    c starts at the nearest of −R + ε + 2εj, j = 0 … ⌈R/ε⌉ − 1, so |g − c| <= ε at 0.  Then cell by cell:

    * rule "end", cells of length h = ε/K: slope +K if g at the *end* of the cell is at least c at its beginning, −K
      otherwise.  At the end |g − c| <= ε, since g(end) − c(beginning) lies in [0, 2ε] or [−2ε, 0) and c moves by ε
      that way; between, g − c is monotone (|g'| <= K), so it lies between two numbers of [−ε, ε].
    * rule "present", cells of length h = ε/(2K): slope +K if g >= c at the *beginning*, −K otherwise.  The gap moves
      towards zero, by at most 2Kh = ε.  A centre that looks ahead needs half as many cells.

    `stretch` makes the cells longer than is allowed: for showing that it fails.
    """
    start_index = min(max(math.floor((g(Fraction(0)) + R) / (2 * eps)), 0), math.ceil(R / eps) - 1)
    start = -R + eps + 2 * eps * start_index
    if K == 0:
        return Centre(start, (), K, Fraction(1))
    cell = stretch * eps / K / (1 if rule == "end" else 2)
    signs, c, t = [], start, Fraction(0)
    while t < 1:
        end = min(t + cell, Fraction(1))
        signs.append(1 if g(end if rule == "end" else t) >= c else -1)
        c, t = c + signs[-1] * K * (end - t), end
    return Centre(start, tuple(signs), K, cell)


def centre_distance(g: Polygon, centre: Centre) -> Fraction:
    """max_t |g(t) − c(t)|."""
    return sup_distance(g, centre.polygon)


def enumerate_centres(R: Fraction, K: Fraction, eps: Fraction, rule: Rule = "end") -> Iterator[Centre]:
    """Every centre: ⌈R/ε⌉ starts times 2^cells signs."""
    cell = eps / K / (1 if rule == "end" else 2) if K else Fraction(1)
    for j in range(math.ceil(R / eps)):
        for signs in product((1, -1), repeat=cells(K, eps, rule)):
            yield Centre(-R + eps + 2 * eps * j, signs, K, cell)


def cover_count(R: Fraction, K: Fraction, eps: Fraction, rule: Rule = "end") -> int:
    """⌈R/ε⌉ 2^{⌈K/ε⌉}: so many centres cover the scalar class (2^{⌈2K/ε⌉} with the rule "present")."""
    return math.ceil(R / eps) << cells(K, eps, rule)


def coordinate_encode(theta: Sequence[Polygon], R: Fraction, K: Fraction, eps: Fraction) -> list[Centre]:
    """A centre of Θ: every coordinate at ε/m, so ‖θ − c‖_{1,∞} <= Σ_i ε/m = ε."""
    return [encode(g, R, K, eps / len(theta)) for g in theta]


def shrunk(theta: Sequence[Polygon], R: Fraction) -> list[Polygon]:
    r"""θ · min(1, R/‖θ‖_{1,∞}): brings a centre, whose norm is at most R + ε, back into Θ.

    ‖c − c'‖ = max(‖c‖ − R, 0) <= ε, so a cover at ε by anything becomes one at 2ε by members of Θ.
    """
    factor = min(Fraction(1), R / path_norm(theta)) if path_norm(theta) else Fraction(1)
    return [g.times(factor) for g in theta]


def grid_centres(weights: Array, R: float, K: float, eps: float) -> Array:
    r"""The centres (rule "end", precision ε) of all entries of weights at once, on the grid k/L: L x … in and out.

    weights: W_0 … W_{L−1} at k/L, entries at most R in absolute value and K-Lipschitz in k/L (affine in between,
    constant from (L − 1)/L on).  In floats: |W − c| <= ε up to rounding.  The code of an entry is `code_length`(1, …).
    """
    L, n = len(weights), cells(Fraction(K), Fraction(eps))
    grid = np.arange(L) / L
    index = np.clip(np.floor((weights[0] + R) / (2 * eps)), 0, math.ceil(R / eps) - 1)
    c, centres, cell = -R + eps + 2 * eps * index, np.empty_like(weights), eps / K if n else 1.0
    for j in range(max(n, 1)):
        begin, end = j * cell, min((j + 1) * cell, 1.0)
        place = min(end * L, L - 1.0)
        k = min(int(place), L - 2) if L > 1 else 0
        target = weights[k] + (place - k) * (weights[k + 1] - weights[k]) if L > 1 else weights[0]
        slope = np.where(target >= c, K, -K) if n else 0.0 * c
        inside = (grid >= begin) & ((grid < end) if j + 1 < n else (grid <= 1))
        centres[inside] = c + slope * (grid[inside] - begin).reshape(-1, *[1] * (weights.ndim - 1))
        c = c + slope * (end - begin)
    return centres


def cover_log(m: Any, R: Any, K: Any, eps: Any) -> tuple[Any, Any]:
    r"""(p, s) with log N_Θ(ε) <= p + s:  p = m log(2(1 + mR/ε)),  s = m² K log 2/ε;  p = m log(1 + mR/ε) for K = 0.

    Coordinates at ε/m, ⌈x⌉ <= x + 1:  N <= ((1 + mR/ε) 2^{1 + mK/ε})^m.  No condition on ε.  The paper's form, as
    recalled, has 16mR/ε and log 4 in their places.  Floats, balls and SymPy expressions.
    """
    two = log(scalar(2, eps))
    p = m * log(1 + m * R / eps)
    return (p, 0 * two) if K == 0 else (p + m * two, m * m * K * two / eps)


def code_length(entries: int, R: float, K: float, precision: float) -> float:
    """Nats that the centres of `entries` coordinates take at `precision` each: log⌈R/ε⌉ + ⌈K/ε⌉ log 2 a coordinate."""
    starts, bits = max(math.ceil(R / precision), 1), math.ceil(K / precision)
    return entries * (math.log(starts) + bits * math.log(2))


# ---------------------------------------------------------------- packings


def walk(signs: Sequence[int], K: Fraction) -> Polygon:
    """The polygon from 0 with slopes ±K on n equal cells.  Two of them, first different in a cell, end it 2K/n apart.

    So 2^n of them are pairwise at least 2K/n apart, and a ball of radius ε < K/n holds at most one.  |g| <= K.
    """
    n = len(signs)
    return Polygon(
        tuple(Fraction(k, n) for k in range(n + 1)),
        tuple(accumulate((sign * K / n for sign in signs), initial=Fraction(0))),
    )


def tents(signs: Sequence[int], K: Fraction) -> Polygon:
    """Σ ± tents of height K/(2n) on n equal cells: pairwise K/n apart, with values in ±K/(2n) however small R is."""
    n = len(signs)
    values = [Fraction(0)]
    for sign in signs:
        values += [sign * K / (2 * n), Fraction(0)]
    return Polygon(tuple(Fraction(k, 2 * n) for k in range(2 * n + 1)), tuple(values))


def most_cells(K: Fraction, eps: Fraction) -> int:
    """The largest n with n ε < K: ⌈K/ε⌉ − 1."""
    return math.ceil(Fraction(K) / eps) - 1


def walk_packing_log(K: Fraction, eps: Fraction, like: Any) -> Any:
    """log N_G(ε) >= (⌈K/ε⌉ − 1) log 2 for R >= K: that many walks, pairwise more than 2ε apart."""
    return most_cells(K, eps) * log(scalar(2, like))


def gilbert_varshamov(m: int, distance: int) -> int:
    """⌈2^m/Σ_{k<D} C(m, k)⌉ words of m bits differ pairwise in at least D places (take them greedily)."""
    return -(-(1 << m) // sum(math.comb(m, k) for k in range(distance)))


def codes_packing_log(m: int, distance: int, K: Fraction, eps: Fraction, like: Any) -> Any:
    r"""log N_Θ(ε) >= (⌈KD/ε⌉ − 1) log A for R >= mK, A = `gilbert_varshamov`(m, D).

    Coordinates walk with slopes ±K on n cells, the m signs of a cell a word of the code.  In the first cell where two
    paths differ they come apart by Σ_i |·| >= 2KD/n > 2ε for n < KD/ε.  With D = m/4 this is of order m²K/ε.
    """
    return most_cells(K * distance, eps) * log(scalar(gilbert_varshamov(m, distance), like))
