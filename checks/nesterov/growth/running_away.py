"""Growth without a bound on the activations: an unstable force, and random initialisations beside bounded ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gronwall import bound, comparison, pick
from gronwall.theory.nesterov.limit import gate, gated_field, released_field, runaway_slope
from gronwall.theory.runge_kutta import RK4, trajectory
from systems.nesterov.runs import hardtanh

START, END = 1.0, 63.0


@dataclass(frozen=True)
class Runaway:
    """(14) with f = −wh, N = 1, from x_0 = 1 and m_0 >= 0 at t = 1."""

    w: float
    m0: float

    @cache  # noqa: B019 - two numbers
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
       examples=pick(quick=4, full=60))  # fmt: skip
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


def ends(seed: int) -> tuple[float, float]:
    """|h(63)| of a GNesterovNODE as printed and of a NesterovNODE as released, one unit each with f = wh + u v(t) + b.

    w, u, b are uniform in ±1/√2 as torch draws them, the same for both; h(1) = 1, the velocity uniform in ±1; 62 · 4
    steps of the classical scheme.
    """
    rng = np.random.default_rng(seed)
    w, u, b = rng.uniform(-1, 1, 3) / np.sqrt(2)
    phases = rng.uniform(0, 2 * np.pi, 5)
    start = np.array([1.0, rng.uniform(-1, 1)])
    act = hardtanh(C).value

    def force(h, s):  # a bounded input of five waves in the place of Silverbox's
        return w * h + u * np.mean(np.sin(np.arange(1, 6) * s + phases)) + b

    def last(field, factor):
        def right(s, z):
            return np.array([float(np.squeeze(part)) for part in field(z[0], z[1], s)])

        return abs(factor * trajectory(RK4, right, START, END, start, 62 * 4)[-1][0])

    gated = gated_field(force, lambda z: act(np.asarray(z)), np.log(2.0))
    return last(gated, C), last(released_field(force), gate(END))


@comparison(source="nguyen2022", ref="Figure 2", seeds=pick(quick=8, full=20), factor=1e6)
def the_gated_layer_stays_six_orders_smaller(rng):
    r"""At random initialisation a GNesterovNODE ends $t=1\dots63$ at least a million times smaller than a NesterovNODE.

    One unit, a bounded input of five waves in the place of the Silverbox data, σ = hardtanh(±1/4), ξ = log 2.  The
    GNesterovNODE is (15) as printed, beside the script's in `generalised_layers_end_four_orders_smaller`; the
    NesterovNODE as released (see `the_rewritten_layer_is_nesterovs`), since (14) runs away.  Most of the gain is the
    output's factor alone: k(63) = 5.8e10 k(1) for one and 1/4 for the other.
    """
    ours, theirs = ends(int(rng.integers(10**6)))
    return ours + 1e-300, theirs


@the_gated_layer_stays_six_orders_smaller.mutant("with k(63) as its output's factor too")
def _(rng):
    ours, theirs = ends(int(rng.integers(10**6)))
    return ours / C * gate(END) + 1e-300, theirs


the_gated_layer_stays_six_orders_smaller.mutant("by thirty orders", factor=1e30)
