"""Growth on a long horizon: what the gate does, and the linear bound that bounded activations give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from checks.nesterov.networks import hardtanh
from gronwall import bound, comparison, identity, pick
from theory import rigor
from theory.nesterov import (
    curvature,
    gate,
    gate_slope,
    gated_bound,
    gated_field,
    nesterov_field,
    released_field,
    runaway_slope,
)
from theory.runge_kutta import RK4, trajectory

START, END, STEPS = 1.0, 63.0, 1240
"""The horizon of the paper's Silverbox experiment; the step is 0.05."""
BOUND = "Growth control, a bound (own statement)"


@dataclass(frozen=True)
class Systems:
    """GNesterovNODEs (15) with σ = hardtanh(±c), of N units.

    kind "network": f = 4 V tanh(Wh + ut + b), random, ξ in [0, 2]; "pushed": a constant force of −8 and ξ = 0 from
    m_0 = 1 >= c, so that σ(m) = c at all times: it attains the bound.
    """

    kind: str
    c: float
    seed: int
    N: int = 3

    def field(self, sigma=None, velocity=None, gated=None):
        """(x, m, t) -> (x', m') and the gate, with one activation after the other replaced."""
        rng = np.random.default_rng(self.seed)
        V, W = rng.normal(size=(2, self.N, self.N))
        u, b = rng.normal(size=(2, self.N))
        xi = 0.0 if self.kind == "pushed" else float(rng.uniform(0, 2))
        act = hardtanh(self.c).value

        def force(h, t):
            return -8.0 + 0 * h if self.kind == "pushed" else 4 * V @ np.tanh(W @ h + u * np.sin(t) + b)

        def right(x, m, t):
            h = (gated or act)(np.asarray(gate(t))) * x
            return (velocity or act)(m), -m - act(force(h, t)) - xi * h

        return right if (velocity or gated) else gated_field(force, lambda z: act(np.asarray(z)), xi)

    def start(self):
        rng = np.random.default_rng([self.seed, 1])
        x0 = rng.normal(size=self.N)
        return (np.abs(x0) if self.kind == "pushed" else x0), (
            np.ones(self.N) if self.kind == "pushed" else rng.normal(size=self.N)
        )


@cache
def followed(instance: Systems, change: str = "") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, |x|_∞ and |h|_∞ along the classical scheme, whose weights are positive: the bound holds for it too."""
    how = {"": {}, "velocity": {"velocity": lambda m: m}, "gate": {"gated": lambda k: k}}[change]
    field, (x0, m0), N = instance.field(**how), instance.start(), instance.N

    def right(t, z):
        return np.concatenate(field(z[:N], z[N:], t))

    z = np.array(trajectory(RK4, right, START, END, np.concatenate([x0, m0]), STEPS // 4))
    t = START + (END - START) * np.arange(len(z)) / (len(z) - 1)
    k = gate(t)
    factor = k if change == "gate" else np.clip(k, -instance.c, instance.c)
    return t, np.abs(z[:, :N]).max(axis=1), factor * np.abs(z[:, :N]).max(axis=1)


SYSTEMS = st.builds(
    Systems, st.sampled_from(["network", "pushed"]), st.sampled_from([0.25, 0.5]), st.integers(0, 10**6)
)


def bounds(instance, change="", linear=1.0):
    """|x| and |h| beside their bounds, these widened by one rounding a step."""
    t, x, h = followed(instance, change)
    limits = gated_bound(x[0], instance.c, linear * (t - START))
    return np.concatenate([x, h]), np.concatenate(limits) * (1 + len(t) * 2.0**-52)


@bound(source="nguyen2022", ref=BOUND, over=SYSTEMS, sharp=0.999, examples=pick(quick=10, full=100))
def bounded_activations_grow_linearly_at_most(instance, log):
    r"""$|\sigma|\le c$: $\|x(t)\|_\infty\le\|x_0\|_\infty+c(t-t_0)$ and $\|h(t)\|_\infty\le c\,\|x_0\|_\infty+c^2(t-t_0)$ for (15), any $f$, $\xi$.

    The paper shows this growth in its Figure 2 and states no bound.  On t = 1 … 63; a force that keeps m above c
    attains it, so "bounded" would be too much.
    """
    t, x, h = followed(instance)
    for at, size in list(zip(t, h, strict=True))[::10]:
        limit = gated_bound(x[0], instance.c, at - START)[1]
        log("growth of a gated layer", x=at, measured=size, predicted=limit, kind=instance.kind, c=instance.c)
    return bounds(instance)


@bounded_activations_grow_linearly_at_most.witness
def _():
    return Systems("pushed", 0.25, 0)


@bounded_activations_grow_linearly_at_most.witness
def _():
    return Systems("network", 0.25, 1)


@bounded_activations_grow_linearly_at_most.mutant("x' = m without σ")
def _(instance):
    return bounds(instance, "velocity")


@bounded_activations_grow_linearly_at_most.mutant("the gate without σ")
def _(instance):
    return bounds(instance, "gate")


@bounded_activations_grow_linearly_at_most.mutant("bounded: no growth at all")
def _(instance):
    return bounds(instance, linear=0.0)


t, r = sp.symbols("t r", positive=True)


@identity(source="nguyen2022", ref="Growth of the gate (own statement)")
def without_a_force_the_layer_grows_like_its_gate():
    r"""With $f=0$, $m_0=0$ the layer (14) keeps $x$ constant and $h=kx_0$: $k''+\frac rtk'=c_rk$, so $h\propto t^{-r/2}e^{t/2}$."""
    k = gate(t, r)
    return sp.Matrix([(k.diff(t, 2) + r / t * k.diff(t)) / k, k.diff(t) / k]), sp.Matrix(
        [curvature(t, r), gate_slope(t, r)]
    )


@without_a_force_the_layer_grows_like_its_gate.mutant("e^(t/2) alone")
def _():
    k = sp.exp(t / 2)
    return (k.diff(t, 2) + r / t * k.diff(t)) / k, curvature(t, r)


@identity(source="nguyen2022", ref="Growth of the gate (own statement)", tol=1e-12, why="balls of 53 bits or more")
def the_gate_grows_by_ten_orders_on_the_horizon():
    r"""$k(63)/k(1)=63^{-3/2}e^{31}=5.81\cdot10^{10}$: ten of the twelve orders that a NesterovNODE gains in Figure 2."""
    growth = gate(rigor.ball(63)) / gate(rigor.ball(1))
    return growth, rigor.ball(31).exp() / (rigor.ball(63) * rigor.ball(63).sqrt())


@the_gate_grows_by_ten_orders_on_the_horizon.mutant("63^(−3) e^31")
def _():
    return gate(rigor.ball(63)) / gate(rigor.ball(1)), rigor.ball(31).exp() / rigor.ball(63) ** 3


@dataclass(frozen=True)
class Runaway:
    """(14) with f = −wh, N = 1, from x_0 = 1 and m_0 >= 0 at t = 1."""

    w: float
    m0: float

    def slopes(self):
        """Times and y = x'/x, which solves y' = wk − y − y²."""
        times = np.linspace(1.0, 28.0, 28)
        told = solve_ivp(
            lambda s, y: self.w * gate(s) - y - y**2, (1.0, 28.0), [self.m0], "DOP853", times, rtol=1e-11, atol=1e-11
        )
        return times, told.y[0]


def runaway(instance, w=1.0, less=1.0):
    """The lower bound and y from t = 2 on."""
    times, y = instance.slopes()
    return (runaway_slope(w * instance.w, times) + 1 - less)[1:], y[1:]


@bound(source="nguyen2022", ref="Figure 2", over=st.builds(Runaway, st.floats(0.05, 0.6), st.floats(0, 2)), sharp=0.99,
       examples=pick(quick=10, full=60))  # fmt: skip
def an_unstable_force_makes_the_layer_run_away(instance):
    r"""With $f=-wh$, $0<w\le0.6$, the layer (14) has $x'/x\ge\sqrt{wk(t)}-1$: faster than every exponential.

    On t = 1 … 63 with w = 1/2 that is more than 10^400000, so the 10^12.7 drawn in Figure 2 are not those of (14):
    the released code integrates another system, whose growth is exponential.
    """
    return runaway(instance)


@an_unstable_force_makes_the_layer_run_away.witness
def _():
    return Runaway(0.5, 0.0)


@an_unstable_force_makes_the_layer_run_away.mutant("√(2wk) − 1")
def _(instance):
    return runaway(instance, w=2.0)


@an_unstable_force_makes_the_layer_run_away.mutant("√(wk) − 1/2")
def _(instance):
    return runaway(instance, less=0.5)


# ---------------------------------------------------------------- random initialisations


C = 0.25


def initialised(rng: np.random.Generator, name: str):
    """One unit h with f = wh + u v(t) + b, its parameters uniform in ±1/√2 as torch draws them, and its field."""
    w, u, b = rng.uniform(-1, 1, 3) / np.sqrt(2)
    phases = rng.uniform(0, 2 * np.pi, 5)
    act = hardtanh(C).value

    def force(h, s):  # a bounded input of five waves in the place of Silverbox's
        return w * h + u * np.mean(np.sin(np.arange(1, 6) * s + phases)) + b

    return {
        "NesterovNODE": released_field(force),
        "NesterovNODE, direct": nesterov_field(force),
        "GNesterovNODE": gated_field(force, lambda z: act(np.asarray(z)), np.log(2.0)),
        "HBNODE": lambda h, m, s: (m, -m / (1 + np.exp(3.0)) - force(h, s)),
        "GHBNODE": lambda h, m, s: (act(np.asarray(m)), -m / (1 + np.exp(3.0)) - force(h, s) - np.log(2.0) * h),
        "SONODE": lambda h, m, s: (m, force(h, s)),
    }[name]


def grown(seed: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """t and |h(t)| with 62 · 8 steps of the classical scheme from h = 1 and a random velocity."""
    rng = np.random.default_rng(seed)
    field = initialised(rng, name)
    m0 = float(rng.uniform(-1, 1))

    def right(s, z):
        return np.array([float(np.squeeze(part)) for part in field(z[0], z[1], s)])

    z = np.array(trajectory(RK4, right, START, END, np.array([1.0, m0]), 62 * 8))[::8]
    s = np.arange(1.0, 64.0)
    factor = {"NesterovNODE": gate(s), "GNesterovNODE": np.clip(gate(s), -C, C)}.get(name, np.ones_like(s))
    return s, np.abs(factor * z[:, 0])


NAMES = ("NesterovNODE", "NesterovNODE, direct", "GNesterovNODE", "HBNODE", "GHBNODE", "SONODE")


@comparison(source="nguyen2022", ref="Figure 2", seeds=pick(quick=8, full=20), factor=1e6)
def the_gated_layer_stays_six_orders_smaller(rng, log):
    r"""At random initialisation a GNesterovNODE ends $t=1\dots63$ at least a million times smaller than a NesterovNODE.

    One unit, a bounded input of five waves in the place of the Silverbox data; the NesterovNODE as released (see
    `the_rewritten_layer_is_nesterovs`), since (14) runs away.  Six growth curves are logged.  Most of the gain is the
    output's factor alone: k(63) = 5.8e10 k(1) for one and c for the other.
    """
    seed = int(rng.integers(10**6))
    for name in NAMES:
        for s, size in list(zip(*grown(seed, name), strict=True))[::4]:
            log("growth", x=s, measured=size, model=name, seed=seed)
    return grown(seed, "GNesterovNODE")[1][-1] + 1e-300, grown(seed, "NesterovNODE")[1][-1]


@the_gated_layer_stays_six_orders_smaller.mutant("without the bound on the gate")
def _(rng):
    seed = int(rng.integers(10**6))
    return grown(seed, "NesterovNODE")[1][-1], grown(seed, "NesterovNODE")[1][-1]


the_gated_layer_stays_six_orders_smaller.mutant("by thirty orders", factor=1e30)
