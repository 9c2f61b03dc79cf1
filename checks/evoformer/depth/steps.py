"""Steps through the continuous field: orders, one step of torchdiffeq's rk4, errors that are carried on, clocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from torchdiffeq import odeint

from gronwall import bound, identity, pick, rate
from gronwall.theory.evoformer.updates import gates_at
from gronwall.theory.runge_kutta import EULER, MIDPOINT, RK4, THREE_EIGHTHS, integrate, trajectory
from systems.evoformer.block.plain import plain_field, plain_still
from systems.evoformer.block.reduced import Continuous, gates, reduced_shapes
from systems.evoformer.block.updates import Sizes, drawn
from systems.evoformer.block.whole import start

SOURCE, STEPS, CLOCKS = "sanford2025", "Steps in depth", "Gates"
SIZES, ROWS, RESIDUES = Sizes(), 3, 4
smooth = torch.nn.functional.silu


@cache
def continuous(seed, activation=smooth, one_clock=False, size=0.5):
    w = drawn(np.random.default_rng(seed), reduced_shapes(SIZES), size)
    w["clock.in"] = 3 * w["clock.in"]
    w["clock.out"] = 3 * w["clock.out"]
    if one_clock:
        for name in ("clock.out", "clock.out.bias"):
            w[name] = w[name][:1].expand_as(w[name])
    return Continuous(w, SIZES, ROWS, RESIDUES, activation)


def fine(field, end, x0, rtol=1e-9):
    """x(end) of a field on vectors, by DOP853."""

    def slope(t, x):
        with torch.no_grad():
            return field(t, torch.tensor(x)).numpy()

    return solve_ivp(slope, (0.0, end), x0.numpy(), "DOP853", rtol=rtol, atol=rtol / 10).y[:, -1]


@cache
def settled(seed, activation=smooth):
    return fine(continuous(seed, activation).field, 1.0, start(seed, SIZES, ROWS, RESIDUES), rtol=1e-13)


# ---------------------------------------------------------------- orders

SCHEMES = {"Euler": (EULER, 1), "midpoint": (MIDPOINT, 2), "Kutta": (RK4, 4)}


def error(n, case, activation=smooth):
    with torch.no_grad():
        x = integrate(SCHEMES[case][0], continuous(4, activation).field, 0, 1, start(4, SIZES, ROWS, RESIDUES), n)
    return float(np.linalg.norm(x.numpy() - settled(4, activation)))


@rate(source=SOURCE, ref=STEPS, order=lambda case: SCHEMES[case][1], at=[8, 12, 16, 24, 32, 48], cases=list(SCHEMES),
      within=0.15)  # fmt: skip
def steps_through_the_continuous_field_have_their_order(n, case):
    r"""Euler, midpoint and Kutta's steps through the field with gates are of order 1, 2, 4, transitions bent by SiLU."""  # noqa: E501
    return error(n, case)


steps_through_the_continuous_field_have_their_order.mutant("of one order more", order=lambda case: SCHEMES[case][1] + 1)


@steps_through_the_continuous_field_have_their_order.mutant("at a state that has not moved: displacements, not errors")
def _(n, case):
    with torch.no_grad():
        of, x = continuous(4), start(4, SIZES, ROWS, RESIDUES)
        return float((integrate(SCHEMES[case][0], of.field, 0, 1, x, n) - x).norm())


# ---------------------------------------------------------------- one step of rk4


@dataclass(frozen=True)
class Asked:
    """A seed of weights and state, and the tolerances that torchdiffeq is asked for."""

    seed: int
    rtol: float
    atol: float

    def solved(self):
        """What odeint(method="rk4") gives on [0, 1] without a step size, and how often it asked the field."""
        of, asked = continuous(self.seed), []

        def field(t, x):
            asked.append(float(t))
            return of.field(t, x)

        with torch.no_grad():
            x = odeint(
                field, start(self.seed, SIZES, ROWS, RESIDUES), torch.tensor([0.0, 1.0], dtype=torch.float64),
                rtol=self.rtol, atol=self.atol, method="rk4",
            )[-1]  # fmt: skip
        return np.append(x.numpy(), len(asked))

    def stepped(self, tableau, n=1):
        """The same by a tableau, the field residue by residue."""

        def field(t, x):
            return plain_field(continuous(self.seed), float(t), x)

        x = integrate(tableau, field, 0, 1, start(self.seed, SIZES, ROWS, RESIDUES).numpy(), n)
        return np.append(x, len(tableau.b) * n)


ASKED = st.builds(Asked, st.integers(0, 50), st.sampled_from([1e-3, 1e-6, 1e-9]), st.sampled_from([1e-3, 1e-9]))


@identity(source=SOURCE, ref=STEPS, over=ASKED, tol=1e-12, why="the same operations in another order",
          examples=pick(quick=10, full=60))  # fmt: skip
def rk4_without_a_step_size_is_one_step(instance):
    r"""`odeint(method="rk4")` on $[0,1]$ without a step size is one step of the 3/8 rule: four evaluations, for every tolerance.

    So the released model is a network of four shared layers and no solved flow.
    """  # noqa: E501
    return instance.solved(), instance.stepped(THREE_EIGHTHS)


@rk4_without_a_step_size_is_one_step.mutant("of the classical scheme")
def _(instance):
    return instance.solved(), instance.stepped(RK4)


@rk4_without_a_step_size_is_one_step.mutant("as many as the tolerance needs: the flow")
def _(instance):
    return instance.solved(), np.append(instance.stepped(THREE_EIGHTHS, 16)[:-1], 4)


# ---------------------------------------------------------------- errors that are carried on


@dataclass(frozen=True)
class Stepped:
    """A seed of weights and state, how strong they are, and a number of Euler steps."""

    seed: int
    size: float
    n: int

    def errors(self):
        """‖e_N‖, and by step L_k and ‖τ_k‖: quotients of slopes along the way, and defects of one step."""
        of = continuous(self.seed, smooth, False, self.size)
        with torch.no_grad():
            z = trajectory(EULER, of.field, 0, 1, start(self.seed, SIZES, ROWS, RESIDUES), self.n)
            y = trajectory(RK4, of.field, 0, 1, start(self.seed, SIZES, ROWS, RESIDUES), 2 * self.n)[::2]
            h, quotients, defects = 1 / self.n, [], []
            for k in range(self.n):
                e, slopes = z[k] - y[k], of.field(k * h, y[k])
                quotients.append(float((of.field(k * h, z[k]) - slopes).norm() / e.norm()) if k else 0.0)
                defects.append(float((y[k + 1] - y[k] - h * slopes).norm()))
        return float((z[-1] - y[-1]).norm()), np.array(quotients), np.array(defects)

    def carried(self, quotients, defects):
        """e ← (1 + hL_k) e + τ_k from 0."""
        e = 0.0
        for L, tau in zip(quotients, defects, strict=True):
            e = (1 + L / self.n) * e + tau
        return e


STEPPED = st.builds(Stepped, st.integers(0, 30), st.sampled_from([0.3, 0.6, 1.0]), st.sampled_from([4, 8, 16]))


@bound(source=SOURCE, ref=STEPS, over=STEPPED, sharp=0.85, examples=pick(quick=8, full=60))
def errors_are_carried_on_and_added_up(instance):
    r"""$\|e_N\|\le$ what $e_{k+1}=(1+hL_k)e_k+\|\tau_k\|$ gives, $L_k$ the quotient of slopes, $\tau_k$ the defect of one step.

    For any states $y_k$ beside the steps, here a fine solution; what it is worth is how near it comes, 0.98 of it at best.
    """  # noqa: E501
    found, quotients, defects = instance.errors()
    return found, instance.carried(quotients, defects)


@errors_are_carried_on_and_added_up.witness
def _():
    return Stepped(0, 0.6, 12)


@errors_are_carried_on_and_added_up.mutant("the defects alone, added up")
def _(instance):
    found, _, defects = instance.errors()
    return found, defects.sum()


@errors_are_carried_on_and_added_up.mutant("the largest defect: a local error for a global one")
def _(instance):
    found, _, defects = instance.errors()
    return found, defects.max()


# ---------------------------------------------------------------- clocks


@dataclass(frozen=True)
class Clocked:
    """A seed of weights and state, and a time."""

    seed: int
    end: float

    def flow(self, one_clock=True):
        of = continuous(self.seed, smooth, one_clock)
        return fine(of.field, self.end, start(self.seed, SIZES, ROWS, RESIDUES))

    def elapsed(self):
        """∫₀ᵗ g of the one clock, by Gauss and Legendre's rule."""
        t, weight = np.polynomial.legendre.leggauss(20)
        w = {name: value.numpy() for name, value in continuous(self.seed, smooth, True).w.items()}
        values = [gates_at(w, self.end * (x + 1) / 2)[0] for x in t]
        return float(np.dot(weight, values)) * self.end / 2

    def still(self, end):
        """The field without gates up to a time, residue by residue."""
        of, x = continuous(self.seed, smooth, True), start(self.seed, SIZES, ROWS, RESIDUES).numpy()
        return solve_ivp(lambda _, y: plain_still(of, y), (0.0, end), x, "DOP853", rtol=1e-8, atol=1e-9).y[:, -1]


CLOCKED = st.builds(Clocked, st.integers(0, 30), st.sampled_from([0.5, 1.0, 1.5]))


@identity(
    source=SOURCE,
    ref=CLOCKS,
    over=CLOCKED,
    tol=1e-6,
    why="integrations to 1e-9 and 1e-8",
    examples=pick(quick=3, full=30),
)
def one_gate_for_both_is_a_clock(instance):
    r"""With one gate $g$ for $m$ and $z$ the flow is that of the field without gates at the time $\int_0^tg$.

    So depth enters the field by one function only, the ratio of two clocks; a stack of 48 blocks is not of this kind.
    """
    return instance.flow(), instance.still(instance.elapsed())


@one_gate_for_both_is_a_clock.mutant("at the time that the gate says in the middle")
def _(instance):
    of = continuous(instance.seed, smooth, True)
    with torch.no_grad():
        middle = float(gates(of.w, instance.end / 2)[0]) * instance.end
    return instance.flow(), instance.still(middle)


@one_gate_for_both_is_a_clock.mutant("with a gate for each")
def _(instance):
    return instance.flow(one_clock=False), instance.still(instance.elapsed())
