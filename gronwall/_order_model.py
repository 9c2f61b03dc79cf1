r"""The slope of a sweep, averaged over what is not known about it.

The model, in $t = \log m$ with $m$ growing towards the fine end (see :mod:`gronwall.order`):

.. math:: \log e(t_i) = a - p\,t_i + g(t_i) + \varepsilon_i, \qquad
          g(t) = A\,e^{-q (t - t_N)}\,u(t), \qquad
          \varepsilon_i \sim N\bigl(0,\ \sigma^2 + (\tau_i / e_i)^2\bigr)

* ``a``, ``p``: constant and order, with flat priors.
* ``g``: the *drift*, what separates the sweep from a power law. ``u`` is a Gaussian process with unit variance and
  correlation $\exp(-(t-t')^2 / 2\ell^2)$. ``q > 0`` is a pre-asymptotic remainder, which dies out like $m^{-q}$;
  ``q < 0`` is a departure that grows towards the fine end (a plateau, an instability); ``q = 0`` neither.
* ``sigma``: multiplicative noise. ``tau``: the additive round-off, known up to a hypothesis (:class:`Floor`).
* the *window* starts at point ``k``: points before it follow no law, with residuals of size ``MESS``.

Everything is Gaussian given $(k, q, A, \sigma, \text{floor})$, so the posterior of the order is a mixture of Gaussians
over a grid of these, weighted by prior times evidence. There are two estimands, and both are kept: the *limit* (``p``
where ``q > 0``) and the *slope at the fine end*, $p - g'(t_N)$. Nobody can tell from finitely many points which of the
two a sweep is about to follow, so the interval covers both.
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
"""Grid of drift amplitudes at the fine end: none, or 1e-4 to 3."""
SERIES = ((1, 1.0), (1, 0.5), (2, 1.0), (2, 0.5))
"""Drifts that are a power series in 1/m or 1/m^2: the step in the exponent and m0 / (m at the window's start)."""
ROUGH = (1.0, 2.0, 0.0, -1.0, -2.0)
"""Exponents ``q`` of the drifts with a random factor."""
PRIOR: Array = np.array([0.24, 0.24, 0.17, 0.17, 0.06, 0.04, 0.03, 0.025, 0.025])
"""Prior weights of the drifts: SERIES, then ROUGH."""
DIES: NDArray[np.bool_] = np.array([True] * len(SERIES) + [q > 0 for q in ROUGH])
"""Whether a drift dies out towards the fine end, so that there is a limit."""
TERMS = 8
"""Terms of a series."""
CORRELATION = 2.0
"""The least length over which the drift's factor ``u`` changes, in units of log n."""
MESS = 1.5
"""Size (in log error) of what a point before the window does."""
NEGLIGIBLE = 1e-4
"""Posterior mass that may be left out of the mixture."""
LEAST = 4
"""Points that a window needs: two for the line, two to contradict it."""


@dataclass(frozen=True)
class Sweep:
    """Points above the floor under one hypothesis about it.

    ``t`` (N,) log of the refinement, increasing; ``y`` (R, N) log errors; ``d`` (N,) variance of the log error that
    round-off causes; ``log_prior``: log weight of the hypothesis, the points left out included; ``name``: its label.
    """

    t: Array
    y: Array
    d: Array
    log_prior: float
    name: str


@dataclass(frozen=True)
class Mixture:
    """Gaussian components of the posterior: log weight, the two means, the two variances, and where they come from."""

    log_weight: Array
    mean: Array  # (2, n): limit, fine-end slope
    var: Array  # (2, n)
    start: NDArray[np.intp]
    drift: NDArray[np.intp]
    amplitude: Array
    noise: Array
    sweep: NDArray[np.intp]


def posterior(sweeps: list[Sweep]) -> Mixture:
    """The components of every hypothesis about the floor and every window, with weights that sum to one."""
    parts = []
    for index, sweep in enumerate(sweeps):
        for start in range(len(sweep.t) - LEAST + 1):
            parts.append(_window(sweep, start, index))
    joined = Mixture(*(np.concatenate([getattr(p, f) for p in parts], axis=-1) for f in Mixture.__dataclass_fields__))
    weight = joined.log_weight - joined.log_weight.max()
    weight = weight - np.log(np.exp(weight).sum())
    ranked = np.argsort(weight)
    keep = np.ones(len(weight), dtype=bool)
    keep[ranked[np.cumsum(np.exp(weight[ranked])) < NEGLIGIBLE]] = False
    kept = Mixture(*(getattr(joined, f)[..., keep] for f in Mixture.__dataclass_fields__))
    object.__setattr__(kept, "log_weight", weight[keep] - np.log(np.exp(weight[keep]).sum()))
    return kept


def quantiles(mixture: Mixture, level: float) -> Array:
    """Central intervals (2, 2) of the two estimands at ``level``: rows limit and fine-end slope, columns lo and hi."""
    from scipy.special import ndtr

    weight = np.exp(mixture.log_weight)
    tail = (1.0 - level) / 2.0
    out = np.empty((2, 2))
    for row in range(2):
        mean, sd = mixture.mean[row], np.sqrt(mixture.var[row])
        for column, target in enumerate((tail, 1.0 - tail)):
            lo, hi = float((mean - 9 * sd).min()), float((mean + 9 * sd).max())
            for _ in range(40):
                middle = 0.5 * (lo + hi)
                if float(weight @ ndtr((middle - mean) / sd)) < target:
                    lo = middle
                else:
                    hi = middle
                if hi - lo < 1e-5 * (1.0 + abs(middle)):
                    break
            out[row, column] = 0.5 * (lo + hi)
    return out


def _window(sweep: Sweep, start: int, index: int) -> Mixture:
    """The components of one window: batched over (noise shape, q), then over (sigma, A) in the eigenbasis."""
    t, y, d = sweep.t[start:], sweep.y.mean(axis=0)[start:], sweep.d[start:]
    size = len(t)
    centre = t - t[-1]
    noisy = bool(np.any(d > 1e-8))
    # K = sigma^2 (W + (A/sigma)^2 G); W = 1 where round-off is negligible, else 1 + d/sigma^2, one W for each sigma.
    shape = 1.0 + d / SIGMA[:, None] ** 2 if noisy else np.ones((1, size))  # (S, N)
    g, cross, own = _drift(centre)  # (Q, N, N), (Q, N), (Q,)
    root = np.sqrt(shape)
    design = np.stack([np.ones(size), -centre], axis=1)  # columns a, p
    x = design / root[:, :, None]  # (S, N, 2)
    z = y / root  # (S, N)
    basis, r = np.linalg.qr(x, mode="complete")
    null = basis[:, :, 2:]  # (S, N, N-2)
    upper = r[:, :2, :2]
    logdet_x = 2.0 * np.log(np.abs(upper[:, 0, 0] * upper[:, 1, 1]))
    pick = np.linalg.solve(np.swapaxes(upper, 1, 2), np.broadcast_to(np.array([[0.0], [1.0]]), (len(shape), 2, 1)))
    # p_ols = b . z with b in the range of x; here b = Q1 R^{-T} e_p
    b = (basis[:, :, :2] @ pick)[:, :, 0]  # (S, N)
    gw = g[None] / (root[:, None, :, None] * root[:, None, None, :])  # (S, Q, N, N)
    cw = cross[None] / root[:, None, :]  # (S, Q, N)
    projected = np.swapaxes(null, 1, 2)[:, None] @ gw @ null[:, None]
    mu, vectors = np.linalg.eigh(projected)  # (S, Q, N-2)
    mu = np.maximum(mu, 0.0)
    modes = null[:, None] @ vectors  # (S, Q, N, N-2)
    score = np.einsum("sn,sqnm->sqm", z, modes)
    gb = np.einsum("sqij,sj->sqi", gw, b)
    to_limit = np.einsum("sqi,sqim->sqm", gb, modes)
    to_slope = to_limit + np.einsum("sqi,sqim->sqm", cw, modes)
    bgb = np.einsum("sqi,si->sq", gb, b)
    bc = np.einsum("sqi,si->sq", cw, b)
    bb = np.einsum("si,si->s", b, b)
    ols = np.einsum("si,si->s", b, z)

    s2 = SIGMA[:, None, None] ** 2  # (sigma, q, A)
    a2 = AMPLITUDE[None, None, :] ** 2
    kappa = a2[..., None] * mu[:, :, None, :] + s2[..., None]  # (sigma, q, A, modes)
    scored, lim, slo = score[:, :, None, :], to_limit[:, :, None, :], to_slope[:, :, None, :]
    whitening = 0.5 * np.log(shape).sum(axis=1)[:, None, None]
    log_evidence = (
        -0.5 * (np.log(kappa) + scored**2 / kappa).sum(axis=-1)
        - 0.5 * logdet_x[:, None, None]
        - whitening
        - 0.5 * (size - 2) * np.log(2 * np.pi)
    )
    mean, var = [], []
    for to, extra in ((lim, bgb), (slo, bgb + 2 * bc + own[None, :])):
        mean.append(ols[:, None, None] - (a2[..., None] * to * scored / kappa).sum(axis=-1))
        raw = a2 * extra[:, :, None] + s2 * bb[:, None, None]
        var.append(raw - (a2[..., None] ** 2 * to**2 / kappa).sum(axis=-1))
    prior = np.log(PRIOR)[None, :, None] + np.log(_amplitude_prior())[None, None, :]
    log_weight = log_evidence + prior + sweep.log_prior - np.log(len(sweep.t) - LEAST + 1)
    log_weight = log_weight + np.log(SIGMA_PRIOR)[:, None, None]
    log_weight = log_weight + _replicates(sweep.y[:, start:], t)[:, None, None]
    log_weight = log_weight + _mess(sweep, start)
    grid = np.broadcast_to
    full = log_weight.shape
    means = np.stack([np.where(DIES[None, :, None], mean[0], mean[1]), mean[1]])
    variances = np.stack([np.where(DIES[None, :, None], var[0], var[1]), var[1]])
    flat = means.reshape(2, -1), np.maximum(variances, 1e-14).reshape(2, -1)
    count = flat[0].shape[1]
    return Mixture(
        log_weight=log_weight.ravel(),
        mean=flat[0],
        var=flat[1],
        start=np.full(count, start),
        drift=grid(np.arange(len(PRIOR))[None, :, None], full).ravel(),
        amplitude=grid(AMPLITUDE[None, None, :], full).ravel(),
        noise=grid(SIGMA[:, None, None], full).ravel(),
        sweep=np.full(count, index),
    )


def _drift(centre: Array) -> tuple[Array, Array, Array]:
    """At unit amplitude: covariance of g (Q, N, N), its covariance with D (Q, N), var D (Q,); D is g's last secant."""
    step = np.exp(-centre)  # m_N / m
    cov = np.empty((len(PRIOR), len(centre), len(centre)))
    for index, (j, reach) in enumerate(SERIES):
        ratio = np.outer(step, step) ** j
        damp = (reach / step[0]) ** (2 * j)
        cov[index] = sum(ratio ** (i + 1) * damp**i for i in range(TERMS))
    gap = (centre[:, None] - centre[None, :]) / _correlation(centre)
    u = np.exp(-0.5 * gap**2)
    for index, q in enumerate(ROUGH, start=len(SERIES)):
        cov[index] = np.outer(step, step) ** q * u
    last = centre[-1] - centre[-2]
    cross = (cov[:, -1] - cov[:, -2]) / last
    return cov, cross, (cross[:, -1] - cross[:, -2]) / last


def _correlation(centre: Array) -> float:
    """The correlation length of u: a few octaves, and never less than a few steps of the sweep."""
    return max(CORRELATION, 3.0 * float(np.median(np.diff(centre))))


def _amplitude_prior() -> Array:
    """One third for no drift at all, the rest log-uniform."""
    rest = len(AMPLITUDE) - 1
    return np.concatenate([[1.0 / 3.0], np.full(rest, 2.0 / 3.0 / rest)])


def _replicates(y: Array, t: Array) -> Array:
    r"""Log likelihood of the differences between R rows, for each sigma (the noise of the mean over the rows).

    The R - 1 orthonormal contrasts of the rows follow, each, constant + drift + noise of level s, with a drift of their
    own. Half of the prior says that noise is independent between rows, $s = \sqrt R\,\sigma$; the other half that part of
    it is common to them, $s \le \sqrt R\,\sigma$ (log-uniform).
    """
    rows, size = y.shape
    if rows == 1:
        return np.zeros(len(SIGMA))
    helmert = np.linalg.qr(np.eye(rows) - 1.0 / rows)[0][:, : rows - 1].T
    g, _, _ = _drift(t - t[-1])
    null = np.linalg.qr(np.ones((size, 1)), mode="complete")[0][:, 1:]
    mu, vectors = np.linalg.eigh(null.T @ g @ null)
    score = (helmert @ y @ null)[None] @ vectors  # (Q, R-1, N-1)
    s2 = rows * SIGMA[:, None, None, None] ** 2
    kappa = s2 + (AMPLITUDE**2)[:, None] * np.maximum(mu, 0.0)[None, :, None, :]  # (sigma, Q, A, N-1)
    square = (score**2).sum(axis=1)[None, :, None, :]
    each = -0.5 * ((rows - 1) * np.log(2 * np.pi * kappa) + square / kappa).sum(axis=-1)
    each = each + np.log(PRIOR)[None, :, None] + np.log(_amplitude_prior())
    independent = np.logaddexp.reduce(each.reshape(len(SIGMA), -1), axis=1)
    common = np.logaddexp.accumulate(independent + np.log(SIGMA_PRIOR))
    return np.asarray(np.logaddexp(independent, common) - np.log(2.0), dtype=np.float64)


def _mess(sweep: Sweep, start: int) -> float:
    """Log density of the points before the window: residuals of size MESS about the window's line."""
    if start == 0:
        return 0.0
    t, y = sweep.t, sweep.y.mean(axis=0)
    slope, constant = np.polyfit(t[start:], y[start:], 1)
    residual = y[:start] - constant - slope * t[:start]
    rows = sweep.y.shape[0]
    total = -0.5 * np.sum((residual / MESS) ** 2) - start * np.log(MESS * np.sqrt(2 * np.pi))
    if rows > 1:
        left = sweep.y - y - (sweep.y[:, start:] - y[start:]).mean(axis=1)[:, None]
        total += -0.5 * np.sum((left[:, :start] / MESS) ** 2) - (rows - 1) * start * np.log(MESS * np.sqrt(2 * np.pi))
    return float(total)
