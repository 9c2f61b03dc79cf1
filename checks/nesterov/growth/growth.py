"""Growth on a long horizon: what the gate does, and the linear bound that bounded activations give."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.nesterov.limit import curvature, gate, gate_slope, gated_bound, gated_field
from gronwall.theory.runge_kutta import RK4, trajectory
from systems.nesterov.runs import hardtanh

START, END, STEPS = 1.0, 63.0, 310
"""The horizon of the paper's Silverbox experiment; the step is 0.2."""
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

    z = np.array(trajectory(RK4, right, START, END, np.concatenate([x0, m0]), STEPS))
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


@bound(source="nguyen2022", ref=BOUND, over=SYSTEMS, sharp=0.999, examples=pick(quick=3, full=100))
def bounded_activations_grow_linearly_at_most(instance, log):
    r"""$|\sigma|\le c$: $\|h(t)\|_\infty\le c\,\|x_0\|_\infty+c^2(t-t_0)$ for (15), whatever $f$ and $\xi$.

    Since ‖x(t)‖ <= ‖x_0‖ + c(t − t_0).  The paper shows this growth in its Figure 2 and states no bound.  On t = 1
    … 63; a force that keeps m above c attains it, so "bounded" would be too much.
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
    r"""With $f=0$, $m_0=0$ in (14) $x$ is constant and $h=kx_0$: $k''+\frac rtk'=c_rk$."""
    k = gate(t, r)
    return sp.Matrix([(k.diff(t, 2) + r / t * k.diff(t)) / k, k.diff(t) / k]), sp.Matrix(
        [curvature(t, r), gate_slope(t, r)]
    )


@without_a_force_the_layer_grows_like_its_gate.mutant("e^(t/2) alone")
def _():
    k = sp.exp(t / 2)
    return (k.diff(t, 2) + r / t * k.diff(t)) / k, curvature(t, r)


def rounded(digits):
    """All numbers that round to 0.01 `digits`."""
    return rigor.hull(*(rigor.ball(Fraction(2 * digits + half, 200)) for half in (-1, 1)))


@identity(source="nguyen2022", ref="Growth of the gate (own statement)", tol=2e-3, why="a figure of three digits")
def the_gate_grows_by_ten_orders_on_the_horizon():
    r"""$k(63)/k(1)=63^{-3/2}e^{31}=5.81\cdot10^{10}$, to three digits: ten orders of growth from the gate alone."""
    return gate(rigor.ball(63)) / gate(rigor.ball(1)) / 10**10, rounded(581)


@the_gate_grows_by_ten_orders_on_the_horizon.mutant("that of t^(−3) e^(t/2)")
def _():
    return rigor.ball(31).exp() / 63**3 / 10**10, rounded(581)


@the_gate_grows_by_ten_orders_on_the_horizon.mutant("5.82 · 10^10")
def _():
    return the_gate_grows_by_ten_orders_on_the_horizon()[0], rounded(582)
