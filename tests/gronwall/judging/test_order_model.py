"""The order's models against their formulas: dense Gaussian densities and kriging, term by term."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import norm

from gronwall.judging import order_model as model
from gronwall.judging import powers


def series(t: np.ndarray, j: int, reach: float) -> np.ndarray:
    """Covariance of sum_i gamma_i (m_1/m)^j (m_0/m)^(ij) with m_0 = reach m_1, over the eight terms."""
    m = np.exp(t)
    rows = [(m[0] / m) ** j * (reach * m[0] / m) ** (i * j) for i in range(8)]
    return sum(np.outer(row, row) for row in rows)


def rough(t: np.ndarray, q: float, length: float) -> np.ndarray:
    """Covariance of (m/m_*)^(-q) u(t), u of that length, m_* where it is largest: the start or the fine end."""
    size = np.exp(-q * (t - (t[0] if q > 0 else t[-1])))
    return np.outer(size, size) * np.exp(-((t[:, None] - t) ** 2) / (2 * length**2))


def drifts(t: np.ndarray) -> list[np.ndarray]:
    length = max(3.0, 3 * np.median(np.diff(t)))
    return [series(t, 1, 1.0), series(t, 1, 0.5), series(t, 2, 1.0), series(t, 2, 0.5)] + [
        rough(t, q, length) for q in (1.0, 2.0, 0.0, -1.0, -2.0)
    ]


SIGMA = np.concatenate([2.0 ** np.array([-22.0, -19, -16, -13]), 2.0 ** np.arange(-10.0, 2)])
SIGMA_PRIOR = np.array([3 / 24] * 4 + [1 / 24] * 12)
AMPLITUDE = np.array([0, *10 ** np.array([-4, -3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5])])
AMPLITUDE_PRIOR = np.array([1 / 3] + [1 / 15] * 10)
DRIFT_PRIOR = [0.24, 0.24, 0.17, 0.17, 0.06, 0.04, 0.03, 0.025, 0.025]
DIES_OUT = [True] * 6 + [False] * 3
GROWS = [False] * 7 + [True] * 2


def kriged(y: np.ndarray, t: np.ndarray, K: np.ndarray, G: np.ndarray) -> tuple[float, list[float], list[float]]:
    """Log evidence under flat priors for constant and order; means and variances of the order and of p - D."""
    X, order = np.stack([np.ones_like(t), -t], axis=1), np.array([0.0, 1.0])
    inverse = np.linalg.inv(K)
    M = X.T @ inverse @ X
    beta = np.linalg.solve(M, X.T @ inverse @ y)
    left = y - X @ beta
    log = -0.5 * (np.linalg.slogdet(2 * np.pi * K)[1] + np.linalg.slogdet(M / (2 * np.pi))[1] + y @ inverse @ left)
    means, variances = [], []
    secant = np.zeros(len(t))
    for D in (secant, np.eye(len(t))[-1] - np.eye(len(t))[-2]):
        D = D / (t[-1] - t[-2])
        c = G @ D
        direction = order + X.T @ inverse @ c
        means.append(float(beta[1] - c @ inverse @ left))
        variances.append(float(D @ c - c @ inverse @ c + direction @ np.linalg.solve(M, direction)))
    return float(log), means, variances


def between_rows(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Log density of the contrasts of rows, by sigma: half for independent noise, half for less than that."""
    if len(y) == 1:
        return np.zeros(len(SIGMA))
    contrasts = np.linalg.svd(np.eye(len(y)) - 1 / len(y))[0][:, :-1].T
    space = np.linalg.svd(np.eye(len(t)) - 1 / len(t))[0][:, :-1]
    data = contrasts @ y @ space
    own = np.zeros(len(SIGMA))
    for i, sigma in enumerate(SIGMA):
        for G, prior in zip(drifts(t), DRIFT_PRIOR, strict=True):
            for A, weight in zip(AMPLITUDE, AMPLITUDE_PRIOR, strict=True):
                K = space.T @ (len(y) * sigma**2 * np.eye(len(t)) + A**2 * G) @ space
                value, vectors = np.linalg.eigh(K)  # scipy's density refuses what is singular up to rounding
                sd = np.sqrt(np.maximum(value, len(y) * sigma**2))
                own[i] += prior * weight * np.exp(np.sum(norm.logpdf(data @ vectors, scale=sd)))
    return np.log(0.5 * own + 0.5 * np.cumsum(own * SIGMA_PRIOR))


def brute_force(sweeps: list[model.Sweep], starts: list[int]) -> dict[tuple[int, int, float, float, int], tuple]:
    """Log weight, means and variances of limit, slope and law, by hypothesis, window, sigma, amplitude and drift.

    Beside them the condition of the covariance that is inverted: its digits are lost here.
    """
    found = {}
    for source, sweep in enumerate(sweeps):
        for start in starts:
            t, y, r = sweep.t[start:], sweep.y[:, start:], sweep.r[:, start:]
            slope, constant = np.polyfit(t, y.mean(axis=0), 1)
            of_each_row = (y - y.mean(axis=0)).mean(axis=1)[:, None]
            before = sweep.y[:, :start] - of_each_row - constant - slope * sweep.t[:start]
            mess = norm.logpdf(before, scale=1.5).sum()
            rounding = 0.5 * (np.diag((r**2).mean(axis=0) / len(r)) + np.outer(r.mean(axis=0), r.mean(axis=0)))
            rows = between_rows(y, t)
            for s, sigma in enumerate(SIGMA):
                for a, A in enumerate(AMPLITUDE):
                    for d, G in enumerate(drifts(t)):
                        K = sigma**2 * np.eye(len(t)) + rounding + A**2 * G
                        log, (law, secant), (var, svar) = kriged(y.mean(axis=0), t, K, A**2 * G)
                        log += rows[s] + mess + np.log(SIGMA_PRIOR[s] * AMPLITUDE_PRIOR[a] * DRIFT_PRIOR[d])
                        log += sweep.log_prior - np.log(len(starts))
                        limit = (law, var) if DIES_OUT[d] else (secant, svar)
                        growing = (law, var) if GROWS[d] else limit
                        found[source, start, sigma, A, d] = (
                            log, (limit[0], secant, growing[0]), (limit[1], svar, growing[1]), np.linalg.cond(K)
                        )  # fmt: skip
    return found


def a_sweep(
    rows: int, points: int, rounding: float, log_prior: float, *, seed: int, spacing: float = 1.0
) -> model.Sweep:
    rng = np.random.default_rng(seed)
    t = spacing * (np.cumsum(rng.uniform(0.4, 0.9, points)) - 0.5)
    y = -1.7 * t + np.exp(-t) + 0.05 * rng.standard_normal((rows, points)) + rng.standard_normal((rows, 1))
    return model.Sweep(n=np.exp(t), t=t, y=y, r=rounding * np.exp(t) * rng.uniform(1, 2, y.shape), log_prior=log_prior)


@pytest.mark.parametrize(
    ("rows", "points", "starts", "spacing"), [(1, 6, [0, 1, 2], 1.0), (3, 5, [0, 1], 1.0), (1, 4, [0], 1.8)]
)
def test_every_component_of_the_mixture_is_the_gaussian_of_the_formulas(rows, points, starts, spacing, monkeypatch):
    monkeypatch.setattr(model, "NEGLIGIBLE", 0.0)
    hypotheses = ((0.02 / spacing**4, -0.3), (0.0, -1.4))
    sweeps = [a_sweep(rows, points, rounding, prior, seed=3, spacing=spacing) for rounding, prior in hypotheses]
    found = model.posterior(sweeps)
    expected = list(brute_force(sweeps, starts).items())
    logs = np.array([log for _, (log, *_) in expected])
    weights = np.exp(logs - np.logaddexp.reduce(logs))
    assert found.weight.sum() == pytest.approx(1)
    told = {}  # several drifts are alike where there is no amplitude: what is compared is their sum
    for i in range(len(found.weight)):
        key = (int(found.source[i]), int(found.start[i]), float(found.noise[i]), float(found.amplitude[i]),
               bool(found.grows[i]))  # fmt: skip
        told.setdefault(key, []).append((found.weight[i], found.mean[:, i], found.var[:, i]))
    wanted = {}
    for ((source, start, sigma, A, d), (_, mean, var, cond)), weight in zip(expected, weights, strict=True):
        key = (source, start, sigma, A, GROWS[d] and A > 0)
        wanted.setdefault(key, []).append((weight, np.array(mean), np.array(var), cond))
    assert set(told) <= set(wanted)
    for key, parts in wanted.items():
        mass, lost = sum(weight for weight, *_ in parts), 2.0**-49 * max(cond for *_, cond in parts)
        if mass < 1e-9:
            continue
        assert sum(weight for weight, _, _ in told[key]) == pytest.approx(mass, rel=1e-4 + lost)
        for moment in (1, 2):
            mine, theirs = (sum(p[0] * p[moment] for p in side[key]) for side in (told, wanted))
            assert mine == pytest.approx(theirs, rel=1e-4 + lost, abs=1e-9 * mass)


def test_quantiles_are_those_of_the_mixture_and_the_likeliest_window_has_the_most_weight():
    sweeps = [a_sweep(2, 7, rounding, prior, seed=5) for rounding, prior in ((0.02, -3.0), (0.001, -0.1))]
    found = model.posterior(sweeps)
    assert found.weight.min() > 0
    for estimand in (model.LIMIT, model.SLOPE, model.LAW):
        for level in (0.5, 0.99):
            below = [
                found.weight @ norm.cdf(x, found.mean[estimand], np.sqrt(found.var[estimand]))
                for x in model.quantiles(found, estimand, level)
            ]
            assert below == pytest.approx([0.5 - level / 2, 0.5, 0.5 + level / 2], abs=1e-4)
    by_source = [found.weight[found.source == k].sum() for k in (0, 1)]
    source, start = found.likeliest()
    assert source == int(np.argmax(by_source))
    by_start = [found.weight[(found.source == source) & (found.start == k)].sum() for k in range(4)]
    assert start == int(np.argmax(by_start))


def test_little_of_the_mixture_is_left_out(monkeypatch):
    sweep = a_sweep(1, 6, 0.0, 0.0, seed=9)
    some = model.posterior([sweep])
    monkeypatch.setattr(model, "NEGLIGIBLE", 0.0)
    whole = model.posterior([sweep])
    assert len(some.weight) < len(whole.weight)
    assert model.quantiles(some, model.SLOPE, 0.99) == pytest.approx(
        model.quantiles(whole, model.SLOPE, 0.99), abs=0.05
    )


@pytest.mark.parametrize("points", [4, 9, 15, 40])
def test_windows_start_everywhere_or_evenly_spread_and_keep_four_points(points):
    t = np.log(2.0) * np.arange(points)
    y = -2.0 * t[None] + 0.3 * np.random.default_rng(points).standard_normal((1, points))
    found = model.posterior([model.Sweep(np.exp(t), t, y, 0 * y, 0.0)])
    starts = sorted(set(found.start.tolist()))
    allowed = range(points - 3) if points <= 15 else {round((points - 4) * k / 11) for k in range(12)}
    assert set(starts) <= set(allowed)
    assert starts[0] == 0


# --------------------------------------------------------------------------- a series in powers


NOISES = 2.0 ** np.arange(-24.0, 2, 2)


def in_powers(t: np.ndarray, y: np.ndarray, r: np.ndarray, p: float, parts: np.ndarray | None = None) -> np.ndarray:
    """Log evidence of a candidate by noise: 1 = sum_j a_j (m/m_N)^-(p + s j) e_N/e + noise, and of the square of e.

    Of a vector, with its components over e in the place of 1, each with coefficients of its own; no square.
    """
    m, e = np.exp(t - t[-1]), np.exp(y - y[-1])
    data = np.ones((1, len(t))) if parts is None else parts.T
    kinds = (1, 2) if parts is None else (1,)
    logs = []
    for power in kinds:
        rounding = 0.5 * power**2 * (np.diag(r**2) + np.outer(r, r))
        K = rounding + (power * NOISES[:, None, None]) ** 2 * np.eye(len(t))
        for s in (1, 2):
            terms = np.array([m ** -(power * p + s * j) / e**power for j in range(6)])
            for radius, (smaller, prior) in itertools.product((1 / 8, 1 / 2, 2), ((1, 0.6), (4, 0.2), (16, 0.2))):
                size = 1.5 * (radius * m[0]) ** (s * np.arange(6)) * np.where(np.arange(6) > 0, smaller, 1)
                whole = K + (size[:, None] * terms).T @ (size[:, None] * terms)
                log = np.log(prior / (6 * len(kinds))) + len(t) * np.log(power)
                for component in data:
                    square = (
                        np.linalg.solve(whole, np.tile(component[:, None], (len(NOISES), 1, 1)))[..., 0] @ component
                    )
                    log = log - 0.5 * (np.linalg.slogdet(2 * np.pi * whole)[1] + square)
                logs.append(log)
    return np.logaddexp.reduce(np.array(logs), axis=0)


PARTS = np.array([[0.6, -0.8], [0.7, -0.7141], [0.8, -0.6], [0.86, -0.51], [0.9, -0.436]])


@pytest.mark.parametrize("parts", [None, PARTS, PARTS[:, 1:]])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("stated", [2.0, 3.2])
def test_the_limit_of_a_series_in_powers_is_weighted_by_the_densities_of_the_formula(stated, whole, parts):
    n = np.array([3.0, 5, 8, 12, 16])
    t = np.log(n / n[0])
    y = np.log(0.3 * n**-2.0 * (1 + 0.8 / n)) + 2e-3 * np.array([1, -2, 1.5, 0.5, -1])
    rounding = [1e-3 * n / 16, 4e-3 * n / 16]
    found = powers.limit_of_powers(t, y, rounding, stated, whole, parts)
    seen = -(y[-1] - y[-2]) / (t[-1] - t[-2])
    steps = [k for k in range(-200, 201) if min(-2, seen - stated - 1.03) <= 0.05 * k <= max(2, seen - stated + 1.03)]
    candidates = stated + 0.05 * np.array(steps)
    assert np.abs(found.p[[0, -1]] - candidates[[0, -1]]).max() < 0.08
    candidates = found.p
    apart, weight_of = (1, 20_000.0) if whole else (2, 70.0)  # an integer or a half more or less
    prior = np.where(np.abs((candidates - stated) * apart % 1 - 0.5) > 0.46, weight_of, 1.0)
    before = np.log(1.5 * np.sqrt(2 * np.pi)) * (1 if parts is None else parts.shape[1])

    def evidence(k, r, p):
        return in_powers(t[k:], y[k:], r[k:], p, None if parts is None else parts[k:]) - k * before

    log = np.array([[[evidence(k, r, p) for p in candidates] for r in rounding] for k in (0, 1)])
    weight = np.exp(log) * prior[:, None]
    weight /= weight.sum()
    assert found.weight == pytest.approx(weight.sum(axis=(0, 1, 3)), abs=1e-6)
    assert found.noise == pytest.approx(np.exp(weight.sum(axis=(0, 1, 2)) @ np.log(NOISES)), rel=1e-4)
    assert found.start == int(np.argmax(weight.sum(axis=(1, 2, 3))))


def test_the_interval_of_candidates_is_the_shortest_with_enough_weight():
    rng = np.random.default_rng(2)
    for _ in range(20):
        p = 1 + 0.05 * np.arange(30)
        weight = rng.gamma(0.3, size=30)
        limit = powers.Limit(p, weight / weight.sum(), 0.0, 0)
        lo, middle, hi = limit.interval(0.9)
        enough = [j - i for i in range(30) for j in range(i, 30) if limit.weight[i : j + 1].sum() >= 0.9]
        assert hi - lo == pytest.approx(0.05 * (min(enough) + 1))
        assert limit.share(lo + 0.025, hi - 0.025) >= 0.9
        assert limit.weight[p < middle - 1e-9].sum() < 0.5 <= limit.weight[p <= middle + 1e-9].sum()
        assert limit.share(1.1, 1.2) == pytest.approx(limit.weight[2:5].sum())
        assert limit.share(1.08, 1.22) == pytest.approx(limit.weight[2:5].sum())


def test_errors_that_follow_no_series_and_too_few_of_them_have_no_limit():
    n = 2.0 ** np.arange(2, 9)
    t, noise = np.log(n), np.exp(0.1 * np.random.default_rng(1).standard_normal(7))
    y = np.log(n**-2.0 * noise)
    assert powers.limit_of_powers(t, y, [0 * t], 2.0) is None
    assert powers.limit_of_powers(t[:3], -2 * t[:3], [0 * t[:3]], 2.0) is None
    assert powers.limit_of_powers(t[:1], -2 * t[:1], [0 * t[:1]], 2.0) is None
    assert powers.limit_of_powers(t[:4], -2 * t[:4], [0 * t[:4]], 2.0).share(2, 2) > 0.5
