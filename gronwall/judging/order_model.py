r"""The slope of a sweep, averaged over what is not known about it.

The model, in $t = \log m$ with $m$ growing towards the fine end $t_N$ (see :mod:`gronwall.judging.order`):

.. math:: \log e(t_i) = a - p\,t_i + g(t_i) + \varepsilon_i, \qquad
          \varepsilon \sim N\bigl(0,\ \sigma^2 I + \tfrac12\,\mathrm{diag}(r)^2 + \tfrac12\,r r^\top\bigr), \qquad
          g \sim N(0, A^2 G)

* ``a``, ``p``: constant and order, with flat priors.
* ``g``: the *drift*, what separates the sweep from a power law; ``A`` is its size where it is largest (the start of
  the window $m_1$ or the fine end $m_N$), and ``G`` one of

  - ``SERIES``: $g = \sum_{i \ge 0} \gamma_i\, (m_1/m)^j (m_0/m)^{ij}$ with independent coefficients, the logarithm of
    $1 + c\,m^{-j} + d\,m^{-2j} + \dots$ for an expansion that converges from $m_0$ on;
  - ``ROUGH``: $g \propto m^{-q}\, u(t)$ with $u$ a Gaussian process of correlation $\exp(-(t-t')^2 / 2\ell^2)$. With
    $q > 0$ it dies out; with $q < 0$ it grows towards the fine end (a plateau, an instability).

* ``sigma``: multiplicative noise. ``r = tau / e``: additive round-off of level ``tau``, known up to a hypothesis; one
  half of it is independent from point to point, the other is a bias common to all.
* the *window* starts at point ``k``: points before it follow no law, with residuals of size ``MESS``.

All is Gaussian given (k, G, A, sigma, tau), so the posterior of the order is a mixture of Gaussians over a grid of
these, weighted by prior times evidence. There are three estimands: the *limit* ($p$ where the drift dies out, else
the slope), the *slope* at the fine end ($p - D$ with $D$ the secant of $g$ over the last two points), and the *law*
before a drift that grows ($p$ where it grows, else the limit).

With $X = [1, -t]$ and $Q$ an orthonormal basis of its complement, the contrasts $Q^\top y$ carry the evidence, and
$\hat p = p_{ols} - \mathrm{cov}(p_{ols}, Q^\top y)\,(Q^\top K Q)^{-1} Q^\top y$ with $K = A^2 G + \sigma^2 W$. In the
eigenbasis of $Q^\top G Q$ (after whitening by $W$) every grid point is a sum over modes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SIGMA: Array = 2.0 ** np.concatenate([np.arange(-22, -10, 3), np.arange(-10, 2)])
"""Grid of noise levels, 2.4e-7 to 2: coarse where noise does not matter."""
SIGMA_PRIOR: Array = np.where(np.arange(len(SIGMA)) < 4, 3.0, 1.0) / (4 * 3.0 + len(SIGMA) - 4)
"""Prior weights of the noise levels: log-uniform."""
AMPLITUDE: Array = np.concatenate([[0.0], 10.0 ** np.arange(-4.0, 0.6, 0.5)])
"""Grid of drift amplitudes: none, or 1e-4 to 3."""
AMPLITUDE_PRIOR: Array = np.concatenate([[1.0 / 3.0], np.full(len(AMPLITUDE) - 1, 2.0 / 3.0 / (len(AMPLITUDE) - 1))])
"""One third for no drift at all, the rest log-uniform."""
SERIES = ((1, 1.0), (1, 0.5), (2, 1.0), (2, 0.5))
"""Drifts that are a series in m^-1 or m^-2: the exponent j, and m0 over the m where the window starts."""
ROUGH = (1.0, 2.0, 0.0, -1.0, -2.0)
"""Exponents q of the drifts with a random factor."""
DRIFT_PRIOR: Array = np.array([0.24, 0.24, 0.17, 0.17, 0.06, 0.04, 0.03, 0.025, 0.025])
"""Prior weights of the drifts: SERIES, then ROUGH."""
EXPONENT: Array = np.array([float(j) for j, _ in SERIES] + list(ROUGH))
"""How fast each drift dies out towards the fine end (positive: there is a limit) or grows (negative)."""
LIMIT, SLOPE, LAW = range(3)
"""The estimands: the limit, the slope at the fine end, and the law before a drift that grows."""
TERMS = 8
"""Terms of a series."""
CORRELATION = 3.0
"""The least length over which a rough drift's factor u changes, in units of log n."""
MESS = 1.5
"""Size (in log error) of what a point before the window does."""
ROUNDED = 1e-4
"""Relative round-off below which it needs no term of its own."""
NEGLIGIBLE = 3e-4
"""Posterior mass that may be left out of the mixture."""
LEAST = 4
"""Points that a window needs: two for the line, two to contradict it."""
WINDOWS = 12
"""Windows that are tried, at most."""


@dataclass(frozen=True)
class Sweep:
    """The points above the floor, under one hypothesis about round-off.

    ``n`` (N,) from coarse to fine; ``t`` (N,) log of the refinement, increasing; ``y`` (R, N) log errors; ``r`` (R, N)
    round-off relative to the error; ``log_prior`` log weight of the hypothesis, the density of the points that it
    leaves out included.
    """

    n: Array
    t: Array
    y: Array
    r: Array
    log_prior: float


@dataclass(frozen=True)
class Mixture:
    """The posterior: weights (n,) that sum to one, means and variances (3, n) of the three estimands.

    ``source``, ``start``, ``grows``, ``amplitude``, ``noise`` (n,) say where a component comes from: which sweep, the
    first point of its window, whether it drifts away at the fine end, the largest size of the drift, and the noise of
    the mean over replicates.
    """

    weight: Array
    mean: Array
    var: Array
    source: NDArray[np.intp]
    start: NDArray[np.intp]
    grows: NDArray[np.bool_]
    amplitude: Array
    noise: Array

    def likeliest(self) -> tuple[int, int]:
        """The sweep with the largest weight, and in it the start of the window with the largest weight."""
        source = int(np.argmax(np.bincount(self.source, weights=self.weight)))
        here = self.source == source
        return source, int(np.argmax(np.bincount(self.start[here], weights=self.weight[here])))


def posterior(sweeps: list[Sweep]) -> Mixture:
    """The components of every hypothesis about the floor and of every window."""
    places = [(source, start) for source, sweep in enumerate(sweeps) for start in _starts(sweep)]
    parts = [_window(sweeps[source], start) for source, start in places]
    top = max(float(log_weight.max()) for log_weight, _, _ in parts)
    weight, mean, var, origin = [], [], [], []
    for place, (log_weight, means, variances) in zip(places, parts, strict=True):
        keep = log_weight > top - 25.0
        weight.append(np.exp(log_weight[keep] - top))
        mean.append(means[:, keep])
        var.append(variances[:, keep])
        grid = np.argwhere(keep)
        origin.append(np.column_stack([np.tile(place, (len(grid), 1)), grid]))
    w, where = np.concatenate(weight), np.concatenate(origin)
    ranked = np.argsort(w)
    chosen = np.sort(ranked[np.cumsum(w[ranked]) >= NEGLIGIBLE * w.sum()])
    source, start, sigma, drift, amplitude = where[chosen].T
    return Mixture(
        weight=w[chosen] / w[chosen].sum(),
        mean=np.concatenate(mean, axis=1)[:, chosen],
        var=np.concatenate(var, axis=1)[:, chosen],
        source=source,
        start=start,
        grows=(EXPONENT[drift] < 0) & (amplitude > 0),
        amplitude=AMPLITUDE[amplitude],
        noise=SIGMA[sigma],
    )


def _starts(sweep: Sweep) -> list[int]:
    """Where a window may start: everywhere, or evenly spread over a long sweep."""
    last = len(sweep.t) - LEAST
    return sorted({round(last * i / (WINDOWS - 1)) for i in range(WINDOWS)})


def quantiles(mixture: Mixture, estimand: int, level: float) -> tuple[float, float, float]:
    """Lower end, median and upper end of the central interval at ``level`` of one estimand: LIMIT, SLOPE or LAW."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    mean, sd = mixture.mean[estimand], np.sqrt(mixture.var[estimand])
    lo, hi = float((mean - 9 * sd).min()), float((mean + 9 * sd).max())

    def excess(x: float, target: float) -> float:
        return float(mixture.weight @ ndtr((x - mean) / sd)) - target

    lower, median, upper = (
        float(brentq(excess, lo, hi, args=(target,), xtol=1e-6)) for target in (0.5 - level / 2, 0.5, 0.5 + level / 2)
    )
    return lower, median, upper


@dataclass(frozen=True)
class _Modes:
    """A window whitened and diagonalised, for S noise matrices and Q drifts, with M = N - 2 modes.

    Per mode (S, Q, M): ``mu`` its variance at unit amplitude, ``score`` the data in it, ``limit`` and ``slope`` its
    covariances with the errors of the two estimands. ``extra``: two (S, Q) variances that drift adds to these. Per
    matrix (S,): ``noise`` the variance that unit noise adds, ``ols`` least squares, ``constant`` log determinants.
    """

    mu: Array
    score: Array
    limit: Array
    slope: Array
    extra: tuple[Array, Array]
    noise: Array
    ols: Array
    constant: Array


def _diagonalised(t: Array, y: Array, w: Array) -> _Modes:
    """The modes of K = sigma^2 W + A^2 G, with ``w`` (S, N, N), ``t`` and ``y`` (N,)."""
    root = np.linalg.cholesky(w)
    whiten = np.linalg.inv(root)
    g, cross, own = _drift(t)
    design = np.stack([np.ones(len(t)), t[-1] - t], axis=1)  # columns of a and of p
    basis, r = np.linalg.qr(whiten @ design, mode="complete")
    upper = r[:, :2, :2]
    # p_ols = b . z on whitened data z, with b = Q1 R^-T (0, 1)
    unit = np.broadcast_to(np.array([[0.0], [1.0]]), (len(w), 2, 1))
    b = (basis[:, :, :2] @ np.linalg.solve(np.swapaxes(upper, 1, 2), unit))[:, :, 0]
    z, null = whiten @ y, basis[:, :, 2:]
    gw = whiten[:, None] @ g @ np.swapaxes(whiten, 1, 2)[:, None]  # (S, Q, N, N)
    cw = cross @ np.swapaxes(whiten, 1, 2)  # (S, Q, N)
    mu, vectors = np.linalg.eigh(np.swapaxes(null, 1, 2)[:, None] @ gw @ null[:, None])
    modes = null[:, None] @ vectors  # (S, Q, N, M)
    gb = (gw @ b[:, None, :, None])[..., 0]  # (S, Q, N)
    limit = (gb[:, :, None, :] @ modes)[:, :, 0]
    bgb, bc = (gb * b[:, None]).sum(-1), (cw * b[:, None]).sum(-1)
    return _Modes(
        mu=np.maximum(mu, 0.0),
        score=(z[:, None, None, :] @ modes)[:, :, 0],
        limit=limit,
        slope=limit + (cw[:, :, None, :] @ modes)[:, :, 0],
        extra=(bgb, bgb + 2 * bc + own),
        noise=(b * b).sum(-1),
        ols=(b * z).sum(-1),
        constant=-np.log(np.abs(upper[:, 0, 0] * upper[:, 1, 1]))
        - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1),
    )


def _window(sweep: Sweep, start: int) -> tuple[Array, Array, Array]:
    """One window: log weights (sigma, drift, A), means and variances (3, sigma, drift, A)."""
    t, y, r = sweep.t[start:], sweep.y.mean(axis=0)[start:], sweep.r[:, start:]
    w = np.eye(len(t))[None]  # where round-off is negligible, else one W for each sigma
    if (r > ROUNDED).any():
        common = r.mean(axis=0)
        added = np.diag((r**2).mean(axis=0) / len(r)) + np.outer(common, common)
        w = w + 0.5 * added / SIGMA[:, None, None] ** 2
    modes = _diagonalised(t, y, w)
    s2, a2 = SIGMA[:, None, None] ** 2, AMPLITUDE[None, None, :] ** 2
    kappa = a2[..., None] * modes.mu[:, :, None, :] + s2[..., None]  # (sigma, drift, A, M)
    pull = modes.score[:, :, None, :] / kappa
    log_weight = (
        -0.5 * (np.log(2 * np.pi * kappa) + pull * modes.score[:, :, None, :]).sum(axis=-1)
        + modes.constant[:, None, None]
        + _replicates(sweep.y[:, start:], t)[:, None, None]
        + np.log(SIGMA_PRIOR)[:, None, None]
        + np.log(DRIFT_PRIOR)[None, :, None]
        + np.log(AMPLITUDE_PRIOR)
        + sweep.log_prior
        - np.log(len(_starts(sweep)))
        + _mess(sweep, start)
    )
    mean, var = np.empty((3, *log_weight.shape)), np.empty((3, *log_weight.shape))
    for row, to, extra in ((LAW, modes.limit, modes.extra[0]), (SLOPE, modes.slope, modes.extra[1])):
        toward = to[:, :, None, :]
        mean[row] = modes.ols[:, None, None] - a2 * (toward * pull).sum(axis=-1)
        explained = a2**2 * (toward**2 / kappa).sum(axis=-1)
        var[row] = a2 * extra[:, :, None] + s2 * modes.noise[:, None, None] - explained
    for values in (mean, var):
        values[LIMIT] = np.where(EXPONENT[:, None] > 0, values[LAW], values[SLOPE])
        values[LAW] = np.where(EXPONENT[:, None] < 0, values[LAW], values[LIMIT])
    return log_weight, mean, np.maximum(var, 1e-14)


def _drift(t: Array) -> tuple[Array, Array, Array]:
    """At unit amplitude: covariance G (Q, N, N), its covariance with D (Q, N), var D (Q,); D is g's last secant.

    The amplitude is that at the window's start where the drift dies out, else that at the fine end.
    """
    step = np.exp(t[-1] - t)  # m_N / m
    both = np.outer(step, step)
    scaled = both / step[0] ** 2
    ratio = np.stack([scaled**j for j, _ in SERIES])
    damped = ratio * np.array([reach ** (2 * j) for j, reach in SERIES])[:, None, None]
    total = np.ones_like(ratio)
    for _ in range(TERMS - 1):
        total = 1.0 + damped * total
    length = max(CORRELATION, 3.0 * float(np.median(np.diff(t))))
    u = np.exp(-0.5 * ((t[:, None] - t[None, :]) / length) ** 2)
    rough = [(scaled if q > 0 else both) ** q * u for q in ROUGH]
    cov = np.concatenate([ratio * total, np.stack(rough)])
    last = t[-1] - t[-2]
    cross = (cov[:, -1] - cov[:, -2]) / last
    return cov, cross, (cross[:, -1] - cross[:, -2]) / last


def _replicates(y: Array, t: Array) -> Array:
    r"""Log likelihood of the differences between R rows, for each sigma (the noise of the mean over the rows).

    The R - 1 orthonormal contrasts of the rows follow, each, constant + drift + noise of level s, with a drift of
    their own. Half of the prior says that noise is independent between rows, $s = \sqrt R\,\sigma$; the other half
    that part of it is common to them, $s \le \sqrt R\,\sigma$ (log-uniform).
    """
    rows, size = y.shape
    if rows == 1:
        return np.zeros(len(SIGMA))
    helmert = np.linalg.qr(np.eye(rows) - 1.0 / rows)[0][:, : rows - 1].T
    null = np.linalg.qr(np.ones((size, 1)), mode="complete")[0][:, 1:]
    mu, vectors = np.linalg.eigh(null.T @ _drift(t)[0] @ null)
    square = (((helmert @ y @ null)[None] @ vectors) ** 2).sum(axis=1)  # (Q, N-1)
    kappa = rows * SIGMA[:, None, None, None] ** 2 + AMPLITUDE[:, None] ** 2 * np.maximum(mu, 0.0)[None, :, None, :]
    each = -0.5 * ((rows - 1) * np.log(2 * np.pi * kappa) + square[None, :, None, :] / kappa).sum(axis=-1)
    each = each + np.log(DRIFT_PRIOR)[None, :, None] + np.log(AMPLITUDE_PRIOR)
    independent = np.logaddexp.reduce(each.reshape(len(SIGMA), -1), axis=1)
    common = np.logaddexp.accumulate(independent + np.log(SIGMA_PRIOR))
    return np.asarray(np.logaddexp(independent, common) - np.log(2.0), dtype=np.float64)


def _mess(sweep: Sweep, start: int) -> float:
    """Log density of the points before the window: residuals of size MESS about the window's line, row by row."""
    if start == 0:
        return 0.0
    t, y = sweep.t, sweep.y
    mean = y.mean(axis=0)
    slope, constant = np.polyfit(t[start:], mean[start:], 1)
    left = y - mean
    own = (left - left[:, start:].mean(axis=1)[:, None])[:, :start]
    square = len(y) * np.sum((mean[:start] - constant - slope * t[:start]) ** 2) + np.sum(own**2)
    return float(-0.5 * square / MESS**2 - y.shape[0] * start * np.log(MESS * np.sqrt(2 * np.pi)))
