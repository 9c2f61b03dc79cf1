r"""The limit of a sweep whose error is a series in powers of n: Richardson's extrapolation with its uncertainty.

.. math:: e(m) = \Bigl|\sum_{j \ge 0} c_j\, m^{-(p + s j)}\Bigr|, \qquad s \in \{1, 2\}

The error of a one-step method on a smooth problem, of composite quadrature, of a difference quotient is such a series
(with $s = 2$ for a symmetric method). Where it is the norm of a vector, each component is one, all with the same p;
where the components are not known, the square of the norm is one, with 2p in the place of p.
The general model (:mod:`gronwall.judging.order_model`) does not know that, so between the pre-asymptotic part and
round-off, where orders five to eight are seen, it leaves much open.

Relative to the measured error everything is linear: $1 = \sum_j a_j\,(m/m_N)^{-(p + s j)}\, e_N / e(m) + \varepsilon$,
(for the components of a vector $e_i(m)/e(m)$ stands in the place of the 1, with coefficients of their own),
with $a_j \sim N(0, A^2 B^{2 [j > 0]} (m_c / m_N)^{2 s j})$ (a series that converges from $m_c$ on, whose leading
coefficient may be B times smaller than the others suggest: methods are designed so), and $\varepsilon$ relative noise
of unknown size beside round-off of known size. For each candidate p the evidence is a Gaussian density, averaged over
where the window starts, $m_c$, B, s, scalar or norm, the noise and the level of round-off. Candidates lie ``STEP``
apart; where the statement promises integer powers, the others hardly count.

It can be wrong where the error is no such series: a factor $\log n$, an exponent between the candidates, a plateau.
Then either no candidate fits to better than ``SMOOTH`` and nothing is said, or the answer is wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 0.05
"""Distance of the candidates for p."""
HALVES = 70.0
"""Candidates that differ from the stated order by a multiple of 1/2 weigh so much more than the others: nine in ten."""
WHOLE = 20000.0
"""... and where the powers are integers, those that differ from it by an integer: 999 in 1000."""
AROUND = 2.0
"""How far from the stated order the candidates reach, and one beyond the slope that is seen at the fine end..."""
FARTHEST = 8.0
"""... but no farther than this."""
TERMS = 6
"""Terms of the series."""
AMPLITUDE = 1.5
"""Size of the leading term at the fine end, relative to the error."""
RADIUS = (0.125, 0.5, 2.0)
"""Where the series converges from, over the m where the window starts."""
SMALLER = {1.0: 0.6, 4.0: 0.2, 16.0: 0.2}
"""How much smaller the leading coefficient may be than the others suggest, with prior weights: most are not."""
NOISE = 2.0 ** np.arange(-24.0, 2.0, 2.0)
"""Relative noise of one error."""
MESS = 1.5
"""Size (in log error) of what a point before the window does."""
SMOOTH = 0.02
"""Noise above which the errors are not smooth enough to be extrapolated."""
FEW, ROUGH = 5, 2.0
"""Every fifth candidate alone, under the most round-off, tells whether errors are rougher than twice that."""
LEAST = 4
"""Points of a window."""
LARGEST = 150.0
"""Logarithm of the largest number that is squared; errors that differ by more are no series."""
WINDOWS = 6
"""Windows that are tried, at most: those with the most points."""


Kinds = tuple[tuple[float, int], ...]
ERROR_OR_SQUARE: Kinds = ((1.0, 1), (2.0, 1), (1.0, 2), (2.0, 2))
"""Distance s of the powers, and 1 where the error is the series, 2 where its square is."""
COMPONENTS: Kinds = ((1.0, 1), (2.0, 1))
"""... of the components of a vector, which have signs."""


@dataclass(frozen=True)
class Limit:
    """Candidates for p (n,) with their posterior weights, the noise of the fit, and the first point of its window."""

    p: Array
    weight: Array
    noise: float
    start: int

    def share(self, lo: float, hi: float) -> float:
        """The weight of the candidates in [lo, hi]."""
        inside = (self.p > lo - STEP / 2) & (self.p < hi + STEP / 2)
        return float(self.weight[inside].sum())

    def interval(self, level: float) -> tuple[float, float, float]:
        """Lower end, median and upper end of the shortest interval at ``level``, as wide as candidates resolve."""
        below = np.concatenate([[0.0], np.cumsum(self.weight)])
        last = np.searchsorted(below, below[:-1] + level * below[-1])  # candidates i to last[i] - 1 weigh enough
        whole = last < len(below)
        first = int(np.argmin(np.where(whole, last - np.arange(len(last)), len(below))))
        median = int(np.searchsorted(below[1:], 0.5 * below[-1]))
        half = STEP / 2
        return float(self.p[first]) - half, float(self.p[median]), float(self.p[last[first] - 1]) + half


def limit_of_powers(
    t: Array,
    y: Array,
    rounding: list[Array],
    stated: float,
    whole: bool = False,
    parts: Array | None = None,
    *,
    small: bool = False,
) -> Limit | None:
    """The posterior of the limit order in ``t`` (N,), log refinement, for log errors ``y`` (N,).

    ``rounding`` holds hypotheses about the round-off of each error, relative to it (N,); ``whole`` promises that the
    order differs from the stated one by an integer; ``parts`` (N, k) are components relative to the error, where it is
    the norm of a vector; ``small`` lets the leading term of a norm be as small as that of a component.
    None where there are too few points, or they are not smooth.
    """
    if len(t) < LEAST or np.ptp(y) > LARGEST:
        return None
    ends = -(y[-1] - y[-2]) / (t[-1] - t[-2]) - stated + np.array([-1.0, 1.0])
    least, most = (STEP * np.round(np.clip(ends, -FARTHEST, FARTHEST) / STEP)).tolist()
    steps = np.arange(round(min(-AROUND, least) / STEP), round(max(AROUND, most) / STEP) + 1)
    candidates = stated + STEP * steps
    apart, weight_of = (1.0, WHOLE) if whole else (0.5, HALVES)
    prior = np.where(steps % round(apart / STEP) == 0, weight_of, 1.0)
    few, most_rounding = slice(int(-steps[0]) % FEW, None, FEW), [np.max(rounding, axis=0)]
    if _noise(_posterior(t, y, most_rounding, candidates[few], prior[few], parts, small=small)) > ROUGH * SMOOTH:
        return None
    weight = _posterior(t, y, rounding, candidates, prior, parts, small=small)
    noise = _noise(weight)
    if noise > SMOOTH:
        return None
    start = int(np.argmax(weight.sum(axis=(1, 2, 3))))
    return Limit(candidates, weight.sum(axis=(0, 1, 3)), noise, start)


def _posterior(
    t: Array,
    y: Array,
    rounding: list[Array],
    candidates: Array,
    prior: Array,
    parts: Array | None,
    *,
    small: bool,
) -> Array:
    """The weights (window, rounding, p, noise)."""
    kinds = ERROR_OR_SQUARE if parts is None else COMPONENTS
    data = np.ones((len(t), 1)) if parts is None else parts
    starts = range(len(t) - LEAST + 1)[:WINDOWS]
    log = np.stack([
        np.stack([
            _evidence(t[start:], y[start:], data[start:], r[start:], candidates, kinds, small=small)
            - _left_out(data[:start].size)
            for r in rounding
        ])
        for start in starts
    ])  # fmt: skip
    weight = np.exp(log - log.max()) * prior[:, None]
    return np.asarray(weight / weight.sum())


def _noise(weight: Array) -> float:
    """The noise of the fit, a geometric mean."""
    return float(np.exp(weight.sum(axis=(0, 1, 2)) @ np.log(NOISE)))


def _left_out(numbers: int) -> float:
    return numbers * float(np.log(MESS * np.sqrt(2 * np.pi)))


def _evidence(t: Array, y: Array, data: Array, r: Array, candidates: Array, kinds: Kinds, *, small: bool) -> Array:
    """Log evidence (p, noise) of one window under one hypothesis on round-off, averaged over m_c, B and the kinds.

    ``small``: of a square the leading coefficient is smaller by B squared, where that of the error is by B.
    """
    back = t[-1] - t  # log(m_N / m) >= 0
    found = []
    j = np.arange(TERMS)
    for s, power in kinds:
        relative = power * (y[-1] - y)  # log (e_N / e)^power
        exponents = power * candidates[:, None] + s * j
        basis = exponents[:, None, :] * back[None, :, None] + relative[None, :, None]  # log, (p, N, j)
        rounded = power**2 * (np.diag(0.5 * r**2) + 0.5 * np.outer(r, r))
        for radius, (smaller, prior) in product(RADIUS, SMALLER.items()):
            size = s * j * (np.log(radius) - back[0]) + np.minimum(j, power if small else 1) * np.log(smaller)
            scaled = AMPLITUDE * np.exp(np.minimum(basis + size, LARGEST))
            value, vectors = np.linalg.eigh(scaled @ np.swapaxes(scaled, 1, 2) + rounded)
            score = np.square(np.swapaxes(vectors, 1, 2) @ data).sum(axis=2)  # of all components
            kappa = np.maximum(value, 0.0)[:, :, None] + (power * NOISE) ** 2  # (p, N, noise)
            log = -0.5 * (data.shape[1] * np.log(2 * np.pi * kappa) + score[:, :, None] / kappa).sum(axis=1)
            found.append(log + np.log(prior) + len(t) * np.log(power))
    return np.asarray(np.logaddexp.reduce(np.stack(found), axis=0) - np.log(len(kinds) * len(RADIUS)))
