r"""What orbits look like in the long run: Lyapunov exponents, how far two sets lie apart, loops of a cycle.

Exponents: a frame Q is carried by the derivative of Kutta's step and made orthogonal again, Q R; λ_i is the mean of
ln R_ii a unit of time (Benettin et al. 1980).  Their sum is the mean of tr Df along the orbit, which is added up beside
it.  Both are kept by block of time, so that an interval says what a finite orbit leaves open.

Two sets A, B of points, in units of the deviations of the true one:

    Hausdorff    max(max_a min_b |a − b|, max_b min_a |a − b|)                         which places are visited at all
    occupation   mean over directions e of ∫|F_A − F_B| of the projections on e        how often (sliced Wasserstein)

What two halves of one true orbit are apart is the floor of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import t as student
from threadpoolctl import threadpool_limits

from systems.bifurcations.stacked import Slopes

__all__ = ["Exponents", "exponents", "hausdorff", "loops", "maxima", "occupation"]

Array = np.ndarray
DIRECTIONS = 64
DISTINCT = 0.01
"""Maxima are one where they differ by less than this share of the size of the orbit."""


@dataclass(frozen=True)
class Exponents:
    """By block of time: λ (blocks, rows, d), the largest first on the whole, and the mean trace (blocks, rows)."""

    blocks: Array
    traces: Array

    @property
    def means(self) -> Array:
        """λ over all blocks: rows x d."""
        return np.asarray(self.blocks.mean(axis=0))

    def halves(self, level: float = 0.99) -> Array:
        """Half of the interval of each mean, as if blocks were independent: rows x d."""
        count = len(self.blocks)
        spread = self.blocks.std(axis=0, ddof=1) / np.sqrt(count)
        return np.asarray(student.ppf((1 + level) / 2, count - 1) * spread)


def exponents(
    slopes: Slopes, start: Array, parameter: Array, *, step: float, before: float, blocks: int, length: float
) -> Exponents:
    """Of orbits from rows of starts, after a time `before`, over so many blocks of a length; NaN where one leaves."""
    u = np.array(start, dtype=float)
    rows, d = u.shape
    Q = np.tile(np.eye(d), (rows, 1, 1))
    often = max(1, round(0.1 / step))
    told, traces = np.zeros((blocks, rows, d)), np.zeros((blocks, rows))
    with threadpool_limits(1), np.errstate(all="ignore"):
        for _ in range(round(before / step / often)):
            u, Q, _, _ = _carried(slopes, u, Q, parameter, step, often)
        steps = round(length / step / often)
        for block in range(blocks):
            for _ in range(steps):
                u, Q, grown, trace = _carried(slopes, u, Q, parameter, step, often)
                told[block] += grown
                traces[block] += trace
        return Exponents(told / (steps * often * step), traces / (steps * often))


def _carried(
    slopes: Slopes, u: Array, Q: Array, parameter: Array, h: float, steps: int
) -> tuple[Array, Array, Array, Array]:
    """u and the frame after so many steps, ln R_ii of its new factor, and the sum of the traces."""
    trace = np.zeros(len(u))
    for _ in range(steps):
        k1, J1 = slopes(u, parameter)
        K1 = J1 @ Q
        k2, J2 = slopes(u + h / 2 * k1, parameter)
        K2 = J2 @ (Q + h / 2 * K1)
        k3, J3 = slopes(u + h / 2 * k2, parameter)
        K3 = J3 @ (Q + h / 2 * K2)
        k4, J4 = slopes(u + h * k3, parameter)
        K4 = J4 @ (Q + h * K3)
        u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        Q = Q + h / 6 * (K1 + 2 * K2 + 2 * K3 + K4)
        trace += np.trace(J1 + 2 * J2 + 2 * J3 + J4, axis1=1, axis2=2) / 6
    fine = np.isfinite(Q).all(axis=(1, 2))
    Q, R = np.linalg.qr(np.where(fine[:, None, None], Q, np.eye(Q.shape[1])))
    grown = np.log(abs(np.diagonal(R, axis1=1, axis2=2)))
    return u, Q, np.where(fine[:, None], grown, np.nan), trace


# ---------------------------------------------------------------- sets


def hausdorff(a: Array, b: Array) -> float:
    """max(max_a min_b |a − b|, max_b min_a |a − b|) of points x d; infinite where a point is."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    return float(max(cKDTree(b).query(a)[0].max(), cKDTree(a).query(b)[0].max()))


def occupation(a: Array, b: Array) -> float:
    """The mean over directions of ∫|F_A − F_B| of the projections; a and b have as many points, (n, d)."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    e = directions(a.shape[1])
    return float(abs(np.sort(a @ e, axis=0) - np.sort(b @ e, axis=0)).mean())


def directions(d: int) -> Array:
    """Directions that fill half a circle or half a sphere evenly: d x 64."""
    k = np.arange(DIRECTIONS) + 0.5
    if d == 2:
        return np.array([np.cos(np.pi * k / DIRECTIONS), np.sin(np.pi * k / DIRECTIONS)])
    height, turn = k / DIRECTIONS, np.pi * (1 + np.sqrt(5)) * k
    around = np.sqrt(1 - height**2)
    return np.array([around * np.cos(turn), around * np.sin(turn), height])


# ---------------------------------------------------------------- loops


def maxima(x: Array) -> Array:
    """The maxima of equidistant samples, by the parabola through three of them."""
    a, b, c = x[:-2], x[1:-1], x[2:]
    at = (b > a) & (b >= c)
    a, b, c = a[at], b[at], c[at]
    return np.asarray(b - (a - c) ** 2 / (8 * (a - 2 * b + c)))


def loops(x: Array, most: int = 16) -> int:
    """How many maxima a period has: the least k with x_{i+k} = x_i to a share of the size; 0 for none up to `most`."""
    tops = maxima(x)
    size = float(np.ptp(x))
    if not np.isfinite(size) or len(tops) < 2 * most or size == 0:
        return 0
    for k in range(1, most + 1):
        if abs(tops[k:] - tops[:-k]).max() < DISTINCT * size:
            return k
    return 0
