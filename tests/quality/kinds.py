r"""More random sweeps whose true order is known: the edges where estimators err.

Beside the methods of :mod:`problems`, here are orders six and eight, difference quotients far into their round-off (by
h and by 1/h), half precision, plateaus in float32, tolerances of a controlled solver, single runs of Monte Carlo, noise
of 30 %, references that are hardly finer than the sweep, an exact zero or an error that is small by luck in a clean
sweep, a leading coefficient that is small by design, vectors with their signs. The truth and the classes are those of
:mod:`problems`: the secant slope of the exact error at the last two sizes above the floor, to within 0.05 (right) or at
least 0.5 away from the claim (wrong).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from tests.quality import problems as usual
from tests.quality.problems import LONG, Law, Problem, _classified

WIDE = {"float64": 2.0**-52, "float32": 2.0**-23}


def more_problems(seed: int, laws: int, batch: int = 16) -> Iterator[Problem]:
    """The problems of ``laws`` random laws of these kinds, ``batch`` instances each, a function of ``seed`` only."""
    for index in range(laws):
        rng = np.random.default_rng([seed, 7, index])
        make = KINDS[str(rng.choice(list(KINDS)))]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield from make(rng, batch)


def _claimed(rng: np.random.Generator, law: Law, noise: float, shake: Callable[[np.ndarray], np.ndarray], **more: Any):
    """The problems of one law, a row each: its own order claimed, and where it is right sometimes another one."""
    for exact, measured in zip(law.exact[:, None], law.measured[:, None], strict=True):
        shaken = shake(measured).astype(measured.dtype)
        claims = [law.order]
        if law.fault is None and rng.random() < 0.4:
            claims.append(law.order + float(rng.choice([-1.0, -0.5, 0.5, 1.0])))
        for claim in claims:
            found = _classified(law, exact, measured, shaken, claim, noise)
            yield replace(found, **more)


def _quiet(measured: np.ndarray) -> np.ndarray:
    return measured


# --------------------------------------------------------------------------- orders six and eight


def _gauss(points: int) -> tuple[list[Any], list[Any]]:
    """Nodes in [0, 1] and weights of Gauss's rule, in extended precision (Newton from NumPy's)."""
    x = np.polynomial.legendre.leggauss(points)[0].astype(LONG)
    for _ in range(3):
        before, p = np.ones_like(x), x
        for k in range(2, points + 1):
            before, p = p, ((2 * k - 1) * x * p - (k - 1) * before) / k
        slope = points * (x * p - before) / (x * x - 1)
        x = x - p / slope
    return list((1 + x) / 2), list(1 / ((1 - x * x) * slope * slope))


def _high_orders(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """Composite Gauss rules of order 6 and 8 on a function with poles nearby, right or with one wrong node."""
    points = int(rng.integers(3, 5))
    nodes, weights = _gauss(points)
    fault = "node" if rng.random() < 0.5 else None
    if fault:
        nodes[-1] = nodes[-1] - LONG(10.0 ** rng.uniform(-6, -2))
    ratio = float(rng.choice([2**0.5, 1.5, 2.0]))
    n = np.unique(np.round(rng.integers(1, 9) * ratio ** np.arange(rng.integers(6, 11))).astype(int))
    near = rng.uniform(0.03, 0.6, (batch, 1)).astype(np.float32).astype(LONG)
    centre = rng.uniform(0.2, 0.8, (batch, 1)).astype(np.float32).astype(LONG)
    truth = (np.arctan((1 - centre) / near) + np.arctan(centre / near))[:, 0] / near[:, 0]
    run = {}
    for kind in (LONG, np.float64):
        a, c, columns = near.astype(kind), centre.astype(kind), []
        for panels in n:
            left, h = np.arange(panels).astype(kind) / kind(panels), kind(1) / kind(panels)
            total = sum(
                h * kind(w) * (1 / ((left[None] + h * kind(x) - c) ** 2 + a * a)).sum(axis=1)
                for x, w in zip(nodes, weights, strict=True)
            )
            columns.append(np.abs(total.astype(LONG) - truth))
        run[kind] = np.stack(columns, axis=1)
    law = Law(f"gauss/{points}", fault, 2 * points, n, run[LONG], run[np.float64].astype(np.float64))
    for row, size in zip(_claimed(rng, law, 0.0, _quiet, twist="high order"), _sizes(truth), strict=False):
        yield replace(row, asked={"scale": size, **row.asked})


def _sizes(truth: np.ndarray) -> Iterator[float]:
    while True:
        yield float(np.abs(truth).max())


# --------------------------------------------------------------------------- differences, far into round-off


def _deep_differences(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """Difference quotients with h down to 1e-9 and beyond, by 1/h, by h, or by h and nothing said."""
    ratio = float(rng.choice([2.0, 4.0, 10.0**0.5, 10.0]))
    n = np.round(4 * ratio ** np.arange(int(rng.uniform(5, 12) / np.log10(ratio)) + 1))
    law = usual._difference(rng, n, batch, np.float64, bool(rng.random() < 0.4))
    direction = [None, "h", "1/h", "n"][int(rng.integers(4))]
    yield from _claimed(rng, law, 0.0, _quiet, twist="deep difference", asked={"direction": direction})


# --------------------------------------------------------------------------- few bits


def _half_precision(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """Runge-Kutta in half precision."""
    n = usual.sweep(rng, largest=256)
    law = usual._ode(rng, n, batch, np.float16, bool(rng.random() < 0.5))
    yield from _claimed(rng, law, 0.0, _quiet, twist="half precision")


def _plateaus(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """A law with a plateau a hundred to a hundred thousand times the precision of float32, or none."""
    order = float(rng.integers(1, 5))
    n = usual.sweep(rng, largest=1 << 14)
    level = 10.0 ** rng.uniform(-4, -2, (batch, 1)) if rng.random() < 0.6 else np.zeros((batch, 1))
    x = n.astype(LONG)[None]
    exact = 10.0 ** rng.uniform(-1, 1.5, (batch, 1)) * x**-order * (1 + rng.normal(0, 1, (batch, 1)) / x) + level
    eps = WIDE["float32"]
    rounding = eps * np.sqrt(n)[None] ** rng.choice([0.0, 1.0]) * rng.standard_normal((batch, len(n)))
    measured = np.abs(exact + rounding).astype(np.float32)
    law = Law("plateau", "plateau" if level.any() else None, order, n, np.abs(exact), measured)
    yield from _claimed(rng, law, 0.0, _quiet, twist="plateau")


# --------------------------------------------------------------------------- tolerances


def _tolerances(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """A controlled solver's errors, proportional to a power of the tolerance up to the luck of its steps."""
    order = float(rng.choice([0.5, 2 / 3, 0.8, 1.0]))
    decades = np.sort(rng.uniform(2, 10, 1))[0] + 1
    n = 10.0 ** (2 + np.linspace(0, decades, int(rng.integers(5, 16))))
    fault = str(rng.choice(["plateau", "slower"])) if rng.random() < 0.4 else None
    x = n.astype(LONG)[None]
    exact = 10.0 ** rng.uniform(-1, 1, (batch, 1)) * x**-order
    if fault == "plateau":
        exact = exact + exact[:, :1] * 10.0 ** rng.uniform(-4, -1, (batch, 1))
    elif fault == "slower":
        exact = exact * x**0.5
    rounding = WIDE["float64"] * x ** (1 / rng.uniform(2, 6)) * rng.standard_normal(exact.shape)
    law = Law("tolerances", fault, order, n, np.abs(exact), np.abs(exact + rounding).astype(np.float64))
    noise = float(rng.choice([0.05, 0.15, 0.3]))
    direction = ["tol", None, "1/h"][int(rng.integers(3))]
    yield from _claimed(rng, law, noise, _shaken(rng, noise), twist="tolerances", asked={"direction": direction})


# --------------------------------------------------------------------------- noise


def _shaken(rng: np.random.Generator, noise: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda measured: measured * np.exp(noise * rng.standard_normal(measured.shape))


def _monte_carlo(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """The error of a mean of n numbers, a single run or the root mean square of several."""
    n = np.round(10 * float(rng.choice([2.0, 4.0, 10.0])) ** np.arange(rng.integers(5, 10)))
    exact = 10.0 ** rng.uniform(-1, 1, (batch, 1)) * n.astype(LONG)[None] ** -0.5
    law = Law("monte carlo", None, 0.5, n, exact, exact.astype(np.float64))
    runs = int(rng.choice([1, 1, 4, 64]))
    chi = lambda measured: measured * np.sqrt(np.mean(rng.standard_normal((runs, *measured.shape)) ** 2, axis=0))  # noqa: E731
    for claim in (0.5, 1.0, 2.0):
        for row in law.exact[:, None]:
            found = _classified(law, row, row.astype(np.float64), chi(row.astype(np.float64)), claim, 1.0)
            kind = "right" if claim == 0.5 else "wrong" if found.kind != "between" else "between"
            yield replace(found, kind=kind, twist="monte carlo")


def _noisy(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """The usual laws with noise of 30 %."""
    law = usual.random_law(rng, batch)
    yield from _claimed(rng, law, 0.3, _shaken(rng, 0.3), twist="noisy")


def _lucky(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """The usual laws, where one error inside is exactly zero or far too small."""
    law = usual.random_law(rng, batch)

    def one_small(measured: np.ndarray) -> np.ndarray:
        found = measured.copy()
        place = int(rng.integers(1, found.shape[1] - 1))
        found[:, place] *= 0.0 if rng.random() < 0.4 else 10.0 ** -rng.uniform(0.7, 3)
        return found

    if len(law.n) > 4:
        yield from _claimed(rng, law, 0.0, one_small, twist="lucky")


# --------------------------------------------------------------------------- references


def _references(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """Errors against the solution on a finer grid, one to eight octaves beyond the sweep."""
    order = float(rng.integers(1, 5))
    n = usual.sweep(rng, largest=1 << 12)
    finest = float(n[-1] * 2.0 ** rng.integers(1, 9))
    c = rng.normal(0, 2, (batch, 1)).astype(LONG)

    def law_at(m: Any) -> np.ndarray:
        return np.asarray(m**-order * (1 + c / m))

    size = 10.0 ** rng.uniform(-1, 1, (batch, 1))
    exact = size * np.abs(law_at(n.astype(LONG)[None]) - law_at(LONG(finest)))
    rounding = WIDE["float64"] * rng.standard_normal(exact.shape)
    law = Law("reference", None, order, n, exact, np.abs(exact + rounding).astype(np.float64))
    yield from _claimed(rng, law, 0.0, _quiet, twist="reference")


# --------------------------------------------------------------------------- methods with a small leading error


def _small_leading(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """The norm of two series in powers whose leading coefficient is small: Runge-Kutta methods are designed so.

    The sweep begins near the next order and comes down to its own. One whose slopes have come down by a tenth within it
    is right although it may not be there yet: a drift towards the stated order never refutes.
    """
    order = float(rng.integers(1, 9))
    n = usual.sweep(rng, largest=512)
    u = (n[0] / n.astype(LONG))[None]
    lead = 10.0 ** rng.uniform(-2.5, 0, (2, batch, 1)) * rng.choice([-1.0, 1.0], (2, batch, 1))
    next_, after = rng.standard_normal((2, 2, batch, 1)) * [[[[1.0]]], [[[0.5]]]]
    parts = 10.0 ** rng.uniform(-5, -2) * u**order * (lead + next_ * u + after * u**2)
    exact = np.sqrt((parts**2).sum(axis=0))
    rounding = WIDE["float64"] * np.sqrt(n) * rng.standard_normal((2, batch, len(n))) / 8
    law = Law("small leading", None, order, n, exact, np.sqrt(((parts + rounding) ** 2).sum(axis=0)).astype(np.float64))
    for found in _claimed(rng, law, 0.0, _quiet, twist="small leading"):
        yield replace(found, kind="right") if found.kind == "early" and _comes_down(found) else found


def _comes_down(found: Problem) -> bool:
    """Have the exact slopes come down by a tenth from where they were, and a tenth from the next order on?"""
    exact = np.log(found.exact[0].astype(float))
    slopes = -np.diff(exact) / np.diff(np.log(found.n.astype(float)))
    last = int(np.argmin(np.abs(slopes - found.truth)))
    on_its_way = found.asymptotic < found.truth < found.asymptotic + 0.9
    return bool(on_its_way and slopes[: last + 1].max() - found.truth >= 0.1)


# --------------------------------------------------------------------------- vectors


def _vectors(rng: np.random.Generator, batch: int) -> Iterator[Problem]:
    """Vector errors with their signs: series in powers, whose components change sign, or what is no such series.

    A component may be of a higher order than the whole. The faults: a factor log n, a power that is no integer, a
    plateau, a component of a lower order that begins to show.
    """
    order, d = float(rng.integers(1, 9)), int(rng.integers(1, 7))
    n = usual.sweep(rng, largest=512)
    fault = str(rng.choice(["logarithm", "power", "plateau", "slow component"])) if rng.random() < 0.5 else None
    shift = float(rng.choice([-0.5, -0.3, 0.3, 0.5]))
    u = (n[0] / n.astype(LONG))[None, :, None]  # (problem, n, component)
    lead = 10.0 ** rng.uniform(-1.5, 0, (batch, 1, d)) * rng.choice([-1.0, 1.0], (batch, 1, d))
    lead = lead * ((rng.random((batch, 1, d)) > 0.2) | (np.arange(d) == 0))
    size = 10.0 ** rng.uniform(-5, -1)
    parts = lead + sum(rng.standard_normal((batch, 1, d)) * u**j / j for j in (1, 2, 3))
    parts = size * u**order * parts
    if fault == "logarithm":
        parts = parts * (1 - np.log(u))
    elif fault == "power":
        parts = parts * u**shift
    added = LONG(0) * parts
    if fault in ("plateau", "slow component"):
        slower = u ** (0.0 if fault == "plateau" else order - 1)
        added = size * 10.0 ** rng.uniform(-4, -1) * rng.standard_normal((batch, 1, d)) * slower
    parts = parts + added
    seen = parts + WIDE["float64"] * np.sqrt(n)[:, None] * rng.standard_normal(parts.shape) / 8
    norm = float(rng.choice([2, np.inf]))
    exact, measured = (np.linalg.norm(x.astype(np.float64), norm, axis=2) for x in (parts, seen))
    limit = {"plateau": 0.0, "slow component": order - 1, "power": order + shift}.get(str(fault), order)
    unseen = np.linalg.norm(added[:, -1].astype(np.float64), norm, axis=1) < UNSEEN * exact[:, -1]
    law = Law(f"vector/{d}", fault, order, n, exact.astype(LONG), measured)
    for row, vectors in enumerate(seen.astype(np.float64)):
        asked: dict[str, Any] = {"error": vectors, "norm": norm}
        if fault is None and rng.random() < 0.7:
            asked["remainder"] = "powers"
        for claim in (order, order + float(rng.choice([-1.0, -0.5, 0.5, 1.0]))):
            sweeps = law.exact[row : row + 1], measured[row : row + 1], measured[row : row + 1]
            found = _classified(law, *sweeps, claim, 0.0)
            kind = found.kind
            if kind == "early" and _comes_down(found):
                kind = "right"
            elif kind == "wrong" and claim == limit:  # true far beyond the sweep, and a component may show it
                kind = "early"
            elif kind == "wrong" and claim == order and limit != order and unseen[row]:
                kind = "hidden"
            yield replace(found, twist="vector", asked=asked, kind=kind)


UNSEEN = 0.05
"""A fault that adds less than this share to the finest error of a vector cannot be seen."""


KINDS: dict[str, Callable[[np.random.Generator, int], Iterator[Problem]]] = {
    "high order": _high_orders,
    "deep difference": _deep_differences,
    "half precision": _half_precision,
    "plateau": _plateaus,
    "tolerances": _tolerances,
    "monte carlo": _monte_carlo,
    "noisy": _noisy,
    "lucky": _lucky,
    "reference": _references,
    "small leading": _small_leading,
    "vector": _vectors,
}
