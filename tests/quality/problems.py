r"""Random sweeps whose true order is known by a second route, for judging the order estimator.

A *law* is a method, right or with a planted fault, that was really run: Runge–Kutta schemes on random nonlinear,
non-autonomous ODEs with exact solutions in closed form, composite quadrature, finite differences, and synthetic error
laws. Each law is run twice on the same sweep: in the problem's arithmetic (float32 or float64), which gives the errors
that the estimator sees (after multiplicative noise), and in 80-bit extended precision against the closed form, which
gives the truth and which no estimator sees.

**The truth** of a problem is the secant slope of the exact, noise-free error over the last two values of n above the
floor. A value of n is above the floor while the arithmetic changes the exact error by less than 10 % there and at every
coarser n. A problem needs four such values.

* *right*: no fault, the claim is the method's order in theory, and the truth is within 0.05 of it.
* *wrong*: the truth is at least 0.5 away from the claim, and the finest error exceeds 10 eps n (below that, a plateau
  is round-off by the estimator's contract).
* *hidden*: a fault that cannot be seen: asymptotically another order, the truth within 0.05 of the claim. Left out.
* *early*: no fault, the right claim, and yet the truth is 0.5 or more away: the sweep ends long before the theory
  begins. Left out of both classes, and reported.
* *between*: everything else, and what overflows. Left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LONG = np.longdouble
NEAR, FAR, CONTAMINATED = 0.05, 0.5, 0.1


@dataclass(frozen=True)
class Problem:
    """A sweep, a claim, and what is true. ``error`` (R, N) in its own dtype; ``exact`` (R, N) without noise."""

    label: str
    fault: str | None
    n: np.ndarray
    error: np.ndarray
    exact: np.ndarray
    claim: float
    asymptotic: float
    truth: float
    noise: float
    kind: str
    twist: str | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def single(self) -> bool:
        return self.error.dtype != np.float64

    def sweep(self, unit: float = 1.0) -> dict[str, Any]:
        """What :func:`gronwall.estimate_order` is asked, with the sizes in another unit."""
        asked = {"error": self.error, "order": self.claim, **self.asked}
        direction = asked.pop("direction", None)
        if direction == "1/h":  # steps, and nothing said
            return {"sizes": unit / self.n, **asked, "order": -self.claim}
        if direction is None:
            return {"sizes": unit * self.n, **asked}
        return {"sizes": None, direction: unit * self.n if direction == "n" else unit / self.n, **asked}


@dataclass(frozen=True)
class Law:
    """Errors (B, N) of B problems on one sweep, exactly and in the arithmetic ``dtype``."""

    label: str
    fault: str | None
    order: float
    n: np.ndarray
    exact: np.ndarray
    measured: np.ndarray


def problems(seed: int, laws: int, batch: int = 16) -> Iterator[Problem]:
    """The problems of ``laws`` random laws with ``batch`` instances each, a function of ``seed`` only."""
    for index in range(laws):
        rng = np.random.default_rng([seed, index])
        with np.errstate(over="ignore", invalid="ignore"):  # a faulty scheme may blow up
            law = random_law(rng, batch)
        yield from _claims(law, rng)


def random_law(rng: np.random.Generator, batch: int) -> Law:
    """One law of a random family on a random sweep."""
    family = rng.choice(["ode", "quadrature", "difference", "synthetic"], p=[0.45, 0.2, 0.1, 0.25])
    n = sweep(rng, largest=512 if family == "ode" else 1 << 14)
    dtype = np.float64 if rng.random() < 0.65 else np.float32
    faulty = rng.random() < 0.55
    make = {"ode": _ode, "quadrature": _quadrature, "difference": _difference, "synthetic": _synthetic}[family]
    return make(rng, n, batch, dtype, faulty)


def sweep(rng: np.random.Generator, largest: int) -> np.ndarray:
    """A geometric sweep that nobody tuned: start 2 to 32, ratio sqrt(2), 1.5 or 2, four to ten values, rounded."""
    start, ratio = rng.integers(2, 33), rng.choice([2**0.5, 1.5, 2.0])
    n = np.unique(np.round(start * ratio ** np.arange(rng.integers(4, 11))).astype(int))
    return n[(n <= largest) | (np.arange(len(n)) < 4)]


# --------------------------------------------------------------------------- scoring


Tally = Counter[tuple[str, float, bool, str | None, str]]


def judged(given: Iterable[Problem], verdict: Callable[[Problem], str]) -> Tally:
    """How often each (kind, noise, float32?, twist, verdict) occurs; problems between the classes are left out."""
    return Counter((p.kind, p.noise, p.single, p.twist, verdict(p)) for p in given if p.kind != "between")


def rates(tally: Tally) -> dict[str, float]:
    """False refutations among the right problems, false confirmations among the wrong, inconclusive among the right
    ones that are clean (no noise, no twist, float64); beside them the share of each class that is decided."""

    def count(kind: str, verdict: str | None = None, clean: bool = False) -> int:
        return sum(
            times
            for (k, noise, single, twist, v), times in tally.items()
            if k == kind and verdict in (None, v) and (not clean or (noise == 0 and not single and twist is None))
        )

    right, wrong, clean = count("right"), count("wrong"), count("right", clean=True)
    return {
        "false_refuted": count("right", "refuted") / max(right, 1),
        "false_confirmed": count("wrong", "holds") / max(wrong, 1),
        "inconclusive_clean": count("right", "inconclusive", clean=True) / max(clean, 1),
        "confirmed_right": count("right", "holds") / max(right, 1),
        "refuted_wrong": count("wrong", "refuted") / max(wrong, 1),
        "refuted_early": count("early", "refuted") / max(count("early"), 1),
        "confirmed_hidden": count("hidden", "holds") / max(count("hidden"), 1),
        "right": right,
        "wrong": wrong,
        "clean": clean,
        "early": count("early"),
        "hidden": count("hidden"),
    }


def mean_slope(p: Problem) -> float:
    """A usual estimator: the mean of the local slopes (of log2 of the error ratios, where n doubles)."""
    x, y = np.log(p.n.astype(float)), _log_error(p)
    return float(-np.mean(np.diff(y) / np.diff(x)))


def least_squares(p: Problem) -> float:
    """The other usual estimator: minus the slope of the least squares line through all points."""
    return float(-np.polyfit(np.log(p.n.astype(float)), _log_error(p), 1)[0])


def _log_error(p: Problem) -> np.ndarray:
    e = p.error.astype(float)
    return np.log(np.where(e > 0, e, np.finfo(p.error.dtype).eps)).mean(axis=0)


# --------------------------------------------------------------------------- claims and truth


def _claims(law: Law, rng: np.random.Generator) -> Iterator[Problem]:
    """The problems of one law: its order claimed, and where it is right sometimes another order claimed."""
    first = 0
    while first < len(law.exact):
        rows = 3 if rng.random() < 0.3 else 1
        exact, measured = law.exact[first : first + rows], law.measured[first : first + rows]
        first += rows
        noise = float(rng.choice([0.0, 1e-3, 0.1], p=[0.5, 0.2, 0.3]))
        shaken = measured * np.exp(noise * rng.standard_normal(measured.shape)).astype(measured.dtype)
        yield _classified(law, exact, measured, shaken, law.order, noise)
        if law.fault is None and rng.random() < 0.35:
            other = law.order + rng.choice([-1.0, -0.5, 0.5, 1.0])
            yield _classified(law, exact, measured, shaken, other, noise)


def _classified(
    law: Law, exact: np.ndarray, measured: np.ndarray, shaken: np.ndarray, claim: float, noise: float
) -> Problem:
    truth, kind = float("nan"), "between"
    if not (np.isfinite(exact).all() and np.isfinite(shaken).all()):
        return Problem(law.label, law.fault, law.n, shaken, exact, claim, law.order, truth, noise, kind)
    rounded = np.abs(measured.astype(LONG) - exact)
    for k in range(len(law.n) - 2, -1, -1):  # a point that round-off spares by luck is owned by it as the next one is
        rounded[:, k] = np.maximum(rounded[:, k], rounded[:, k + 1] * (law.n[k] / law.n[k + 1]) ** 2)
    off = rounded > CONTAMINATED * exact
    bad = np.flatnonzero(off.any(axis=0) | ~(exact > 0).all(axis=0))
    usable = int(bad[0]) if len(bad) else len(law.n)
    if usable >= 4:
        x, y = np.log(law.n[:usable].astype(float)), np.log(exact[:, :usable]).mean(axis=0).astype(float)
        truth = -(y[-1] - y[-2]) / (x[-1] - x[-2])
        reach = 10 * np.finfo(measured.dtype).eps * law.n[usable - 1]
        right_claim = law.fault is None and claim == law.order
        if abs(truth - claim) <= NEAR:
            kind = "right" if right_claim else "hidden"
        elif abs(truth - claim) >= FAR:
            kind = "early" if right_claim else ("wrong" if exact[:, usable - 1].min() > reach else "between")
    return Problem(law.label, law.fault, law.n, shaken, exact, claim, law.order, truth, noise, kind)


# --------------------------------------------------------------------------- Runge–Kutta

TABLEAUS: dict[str, tuple[int, list[list[float]], list[float]]] = {
    "euler": (1, [[]], [1]),
    "midpoint": (2, [[], [1 / 2]], [0, 1]),
    "heun": (2, [[], [1]], [1 / 2, 1 / 2]),
    "ralston": (2, [[], [2 / 3]], [1 / 4, 3 / 4]),
    "kutta3": (3, [[], [1 / 2], [-1, 2]], [1 / 6, 2 / 3, 1 / 6]),
    "ssp3": (3, [[], [1], [1 / 4, 1 / 4]], [1 / 6, 1 / 6, 2 / 3]),
    "rk4": (4, [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
    "three_eighths": (4, [[], [1 / 3], [-1 / 3, 1], [1, -1, 1]], [1 / 8, 3 / 8, 3 / 8, 1 / 8]),
    "butcher5": (
        5,
        [[], [1 / 4], [1 / 8, 1 / 8], [0, -1 / 2, 1], [3 / 16, 0, 0, 9 / 16], [-3 / 7, 2 / 7, 12 / 7, -12 / 7, 8 / 7]],
        [7 / 90, 0, 32 / 90, 12 / 90, 32 / 90, 7 / 90],
    ),
}

RK_FAULTS = ["weight", "coefficient", "node", "sum", "one step short", "step too short", "euler last", "bias"]


def _ode(rng: np.random.Generator, n: np.ndarray, batch: int, dtype: Any, faulty: bool) -> Law:
    """A scheme on one of five families of ODEs over [0, 1], B parameter sets at once."""
    name = str(rng.choice(list(TABLEAUS)))
    order, rows, weights = TABLEAUS[name]
    a = np.zeros((len(rows), len(rows)), dtype=LONG)
    for i, row in enumerate(rows):
        a[i, : len(row)] = _rational(row)
    b = _rational(weights)
    c = a.sum(axis=1)
    fault = str(rng.choice(RK_FAULTS if order > 1 else ["sum", "bias"])) if faulty else None
    size = 10.0 ** rng.uniform(-5, -0.3)  # the size of a wrong number
    stage = int(rng.integers(1, len(b))) if len(b) > 1 else 0
    if fault == "weight":
        b[stage], b[0] = b[stage] + size, b[0] - size
    elif fault == "coefficient":
        a[stage, 0], c = a[stage, 0] + size, c + size * (np.arange(len(c)) == stage)
    elif fault == "node":
        c[stage] += size
    elif fault == "sum":
        b[stage] += size
    f, start, end = _field(rng, batch)
    bias = _bias(rng, dtype) if fault == "bias" else 0.0
    run = {}
    for kind in (LONG, dtype):
        ends = [
            _solve(f, start, int(steps), a.astype(kind), b.astype(kind), c.astype(kind), kind, fault) for steps in n
        ]
        run[kind] = np.stack([np.sqrt(((x.astype(LONG) - end) ** 2).sum(axis=0)) for x in ends], axis=1) + bias
    return Law(f"ode/{name}", fault, order, n, run[LONG], run[dtype].astype(dtype))


def _rational(numbers: list[float]) -> np.ndarray:
    """The fractions that these doubles stand for, in extended precision (all denominators divide 5040)."""
    return np.array([LONG(round(5040 * x)) / LONG(5040) for x in numbers])


def _solve(
    f: Callable[..., np.ndarray],
    start: np.ndarray,
    n: int,
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    kind: Any,
    fault: str | None,
) -> np.ndarray:
    """The state at 1 after n steps with the tableau (a, b, c), in the arithmetic ``kind``."""
    x, h = start.astype(kind), kind(1) / kind(n)
    if fault == "step too short":
        h = kind(1) / kind(n + 1)
    for i in range(n - 1 if fault == "one step short" else n):
        t = kind(i) * h
        if fault == "euler last" and i == n - 1:
            return x + h * f(t, x)
        k: list[np.ndarray] = []
        for j in range(len(b)):
            at = x
            for m in range(j):
                if a[j, m] != 0:
                    at = at + (h * a[j, m]) * k[m]
            k.append(f(t + c[j] * h, at))
        x = x + h * sum(w * stage for w, stage in zip(b, k, strict=True) if w != 0)
    return x


def _field(rng: np.random.Generator, batch: int) -> tuple[Callable[..., np.ndarray], np.ndarray, np.ndarray]:
    """A random field f(t, x) with x (d, B), the states at 0 and at 1.

    The parameters are float32 numbers, so the same in every arithmetic.
    """

    def draw(lo: float, hi: float) -> np.ndarray:
        return rng.uniform(lo, hi, batch).astype(np.float32)

    p, q, w, s = draw(0.5, 2.5) * rng.choice([-1, 1], batch).astype(np.float32), draw(-1, 1), draw(0.5, 5), draw(0, 6)
    u, v = draw(-1.5, 1.5), draw(-1, 1)

    def rate(t: Any) -> np.ndarray:
        return p + q * np.cos(w * t + s)

    wl, sl, pl, ql = w.astype(LONG), s.astype(LONG), p.astype(LONG), q.astype(LONG)
    area = pl + ql * (np.sin(wl + sl) - np.sin(sl)) / wl  # integral of the rate over [0, 1]
    x0 = draw(0.1, 0.9)

    def wave(t: Any) -> np.ndarray:
        return np.sin(w * t + s) * np.exp(v * t)

    def wave_dot(t: Any) -> np.ndarray:
        return (w * np.cos(w * t + s) + v * np.sin(w * t + s)) * np.exp(v * t)

    def wave_long(t: int) -> np.ndarray:
        return np.sin(wl * t + sl) * np.exp(v.astype(LONG) * t)

    family = rng.integers(5)
    one = x0.astype(LONG)
    if family == 0:  # logistic with a(t)
        odds = one / (1 - one) * np.exp(area)
        return (lambda t, x: rate(t) * x * (1 - x)), one[None], (odds / (1 + odds))[None]
    if family == 1:  # x' = a(t) exp(-x)/2, kept away from its singularity
        start = one + 3
        return (lambda t, x: rate(t) * np.exp(1 - x)), start[None], np.log(np.exp(start) + np.exp(LONG(1)) * area)[None]
    if family == 2:  # limit cycle: r' = a(t) r (1 - r^2), angle' = a(t) + u
        grown = 1 / np.sqrt(1 + (1 / one**2 - 1) * np.exp(-2 * area))
        turned = area + u.astype(LONG)

        def cycle(t: Any, x: np.ndarray) -> np.ndarray:
            pull, spin = rate(t) * (1 - x[0] ** 2 - x[1] ** 2), rate(t) + u
            return np.stack([pull * x[0] - spin * x[1], pull * x[1] + spin * x[0]])

        end = np.stack([grown * np.cos(turned), grown * np.sin(turned)])
        return cycle, np.stack([one, 0 * one]), end
    if family == 3:  # made to have the solution wave(t)
        return (
            (lambda t, x: wave_dot(t) + u * (np.sin(x) - np.sin(wave(t))) + q * t * (x * x - wave(t) ** 2)),
            wave_long(0)[None],
            wave_long(1)[None],
        )

    def pair(t: Any, x: np.ndarray) -> np.ndarray:  # made to have the solution (wave, cos(p t))
        other = np.cos(p * t)
        first = wave_dot(t) + u * (np.tanh(x[1]) - np.tanh(other)) + q * (x[0] * x[1] - wave(t) * other)
        return np.stack([first, -p * np.sin(p * t) - u * (x[0] ** 3 - wave(t) ** 3)])

    return pair, np.stack([wave_long(0), 0 * pl + 1]), np.stack([wave_long(1), np.cos(pl)])


def _bias(rng: np.random.Generator, dtype: Any) -> float:
    """A plateau, well above what round-off explains."""
    return float(10.0 ** rng.uniform(-7.5 if dtype == np.float64 else -3.5, -2))


# --------------------------------------------------------------------------- quadrature and differences


def _smooth(kind: Any, parameters: np.ndarray) -> tuple[Any, ...]:
    """f = exp(a x) cos(b x + c), its integral, and its derivatives, with parameters (3, B) that are float32 numbers."""
    a, b, c = (row.astype(kind)[:, None] for row in parameters)

    def f(x: np.ndarray) -> np.ndarray:
        return np.exp(a * x) * np.cos(b * x + c)

    def integral(x: np.ndarray) -> np.ndarray:
        return np.exp(a * x) * (a * np.cos(b * x + c) + b * np.sin(b * x + c)) / (a * a + b * b)

    def d1(x: np.ndarray) -> np.ndarray:
        return np.exp(a * x) * (a * np.cos(b * x + c) - b * np.sin(b * x + c))

    def d2(x: np.ndarray) -> np.ndarray:
        return np.exp(a * x) * ((a * a - b * b) * np.cos(b * x + c) - 2 * a * b * np.sin(b * x + c))

    return f, integral, d1, d2


def _parameters(rng: np.random.Generator, batch: int) -> np.ndarray:
    return np.stack([rng.uniform(-1, 1, batch), rng.uniform(0.5, 4, batch), rng.uniform(0, 6, batch)]).astype(
        np.float32
    )


def _rules() -> dict[str, tuple[int, list[Any], list[Any]]]:
    """Order, nodes in [0, 1] and weights of a rule on one panel."""
    g, r = np.sqrt(LONG(3)) / 6, np.sqrt(LONG(6))
    return {
        "rectangle": (1, [LONG(0)], [LONG(1)]),
        "midpoint": (2, [LONG(0.5)], [LONG(1)]),
        "trapezoid": (2, [LONG(0), LONG(1)], [LONG(0.5), LONG(0.5)]),
        "radau2": (3, [LONG(0), LONG(2) / 3], [LONG(0.25), LONG(0.75)]),
        "simpson": (4, [LONG(0), LONG(0.5), LONG(1)], [LONG(1) / 6, LONG(2) / 3, LONG(1) / 6]),
        "gauss2": (4, [LONG(0.5) - g, LONG(0.5) + g], [LONG(0.5), LONG(0.5)]),
        "radau3": (5, [LONG(0), (6 - r) / 10, (6 + r) / 10], [LONG(1) / 9, (16 + r) / 36, (16 - r) / 36]),
    }


def _quadrature(rng: np.random.Generator, n: np.ndarray, batch: int, dtype: Any, faulty: bool) -> Law:
    """A composite rule on [0, 1] with n panels."""
    name = str(rng.choice(list(_rules())))
    order, nodes, weights = _rules()[name]
    choices = ["node", "bias", "end weight"] + (["weight"] if len(nodes) > 1 else [])
    fault = str(rng.choice(choices if order > 1 else ["bias", "lost panel"])) if faulty else None
    size = LONG(10.0 ** rng.uniform(-5, -0.3))
    if fault == "node":
        nodes[-1] = nodes[-1] - size
    elif fault == "weight":
        weights[0], weights[-1] = weights[0] + size, weights[-1] - size
    bias = _bias(rng, dtype) if fault == "bias" else 0.0
    parameters = _parameters(rng, batch)
    integral = _smooth(LONG, parameters)[1]
    truth = (integral(LONG(1)) - integral(LONG(0)))[:, 0]
    run = {}
    for kind in (LONG, dtype):
        g, columns = _smooth(kind, parameters)[0], []
        for panels in n:
            left = np.arange(panels).astype(kind) / kind(panels)
            h, total = kind(1) / kind(panels), np.zeros(batch, dtype=kind)
            for node, weight in zip(nodes, weights, strict=True):
                value = g(left[None, :] + h * kind(node))
                if fault == "end weight":
                    value[:, 0] = value[:, 0] * kind(1 + size)
                elif fault == "lost panel":
                    value[:, -1] = 0
                total = total + h * kind(weight) * value.sum(axis=1)
            columns.append(np.abs(total.astype(LONG) - truth) + bias)
        run[kind] = np.stack(columns, axis=1)
    return Law(f"quadrature/{name}", fault, order, n, run[LONG], run[dtype].astype(dtype))


DIFFERENCES: dict[str, tuple[int, int, list[int], list[float]]] = {
    "forward": (1, 1, [0, 1], [-1, 1]),
    "central": (2, 1, [-1, 1], [-1 / 2, 1 / 2]),
    "one-sided": (2, 1, [0, 1, 2], [-3 / 2, 2, -1 / 2]),
    "five-point": (4, 1, [-2, -1, 1, 2], [1 / 12, -2 / 3, 2 / 3, -1 / 12]),
    "second": (2, 2, [-1, 0, 1], [1, -2, 1]),
}
"""Order, derivative, offsets and coefficients."""


def _difference(rng: np.random.Generator, n: np.ndarray, batch: int, dtype: Any, faulty: bool) -> Law:
    """A difference quotient with step 1/(4 n): its round-off rises like n or n^2."""
    name = str(rng.choice(list(DIFFERENCES)))
    order, derivative, offsets, numbers = DIFFERENCES[name]
    coefficients = _rational(numbers)
    fault = str(rng.choice(["bias", "shifted"] if order > 1 else ["bias"])) if faulty else None
    size = LONG(10.0 ** rng.uniform(-4, -0.3)) if fault == "shifted" else LONG(0)
    bias = _bias(rng, dtype) if fault == "bias" else 0.0
    parameters, x0 = _parameters(rng, batch), rng.uniform(0, 1, (batch, 1)).astype(np.float32)
    truth = _smooth(LONG, parameters)[1 + derivative](x0.astype(LONG))[:, 0]
    run = {}
    for kind in (LONG, dtype):
        f, columns = _smooth(kind, parameters)[0], []
        for count in n:
            h = kind(0.25) / kind(count)
            total = sum(
                kind(w) * f(x0.astype(kind) + h * kind(k + size)) for w, k in zip(coefficients, offsets, strict=True)
            )
            columns.append(np.abs((total / h**derivative)[:, 0].astype(LONG) - truth) + bias)
        run[kind] = np.stack(columns, axis=1)
    return Law(f"difference/{name}", fault, order, n, run[LONG], run[dtype].astype(dtype))


# --------------------------------------------------------------------------- synthetic laws


def _synthetic(rng: np.random.Generator, n: np.ndarray, batch: int, dtype: Any, faulty: bool) -> Law:
    r"""$C n^{-p}\,|1 + c/n + d/n^2|$, c and d up to several; faults add a slower term, a plateau or a factor log n.

    Round-off is imitated: a random walk of n roundings of size eps.
    """
    order = int(rng.integers(1, 6))
    x = n.astype(LONG)[None, :]
    constant = 10.0 ** rng.uniform(-2, 1, (batch, 1))
    c, d = rng.normal(0, 3, (batch, 1)), rng.normal(0, 5, (batch, 1))
    if rng.random() < 0.25:
        c = 0 * c  # a symmetric method
    exact = constant * x ** (-order) * (1 + c / x + d / x**2)
    fault = str(rng.choice(["slower term", "bias", "half order"] + ["slow term"] * (order > 1))) if faulty else None
    if fault == "slower term":
        exact = exact + rng.choice([-1, 1], (batch, 1)) * 10.0 ** rng.uniform(-5, 0, (batch, 1)) * x ** (1 - order)
    elif fault == "slow term":
        exact = exact + 10.0 ** rng.uniform(-6, -1, (batch, 1)) / x
    elif fault == "bias":
        exact = exact + _bias(rng, dtype)
    elif fault == "half order":
        exact = exact * x**0.5
    rounding = np.finfo(dtype).eps * np.sqrt(n)[None, :] * rng.standard_normal((batch, len(n))) * 0.5
    return Law(f"synthetic/{order}", fault, order, n, np.abs(exact), np.abs(exact + rounding).astype(dtype))
