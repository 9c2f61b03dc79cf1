"""Which fixed steps are stable: explicit Euler on both forms, the scheme of three points, gradient flow."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.nesterov.stability import (
    determinant,
    edge,
    euler_damped,
    euler_nesterov,
    is_stable,
    largest_stable_step,
    three_point,
    three_point_is_stable,
)

REMARK = "Remark 2"
d, t, kappa, r = sp.symbols("delta t kappa r", positive=True)


STEPS = np.linspace(0.05, 3.0, 60)
"""δ√κ."""
CLOCK = np.geomspace(1.0, 300.0, 50)
"""√κ t, and for a damped oscillator √κ/γ."""


def radius(A) -> float:
    """The spectral radius."""
    return float(np.abs(np.linalg.eigvals(np.array(A, dtype=float))).max())


def log_regions(log):
    """Spectral radii over δ√κ (rows) and time or inverse damping (columns), κ = 1: stable where below 1."""
    log.array("step times root of curvature", STEPS)
    log.array("time times root of curvature", CLOCK)
    schemes = {
        "explicit Euler on (h, h')": euler_nesterov,
        "three points": three_point,
        "explicit Euler, constant damping": lambda step, at, kappa: euler_damped(step, 1 / at, kappa),
    }
    for name, scheme in schemes.items():
        log.array("spectral radius", [[radius(scheme(s, at, 1.0)) for at in CLOCK] for s in STEPS], scheme=name)
    for name, order, turns in (("euler", 1, 1), ("rk4", 4, 4)):
        curve = edge(order, np.linspace(0, 2 * np.pi * turns, 200 * turns + 1))
        log.array("boundary", [np.real(curve), np.imag(curve)], scheme=name)


@identity(source="nguyen2022", ref="Remark 2, explicit Euler (own statement)")
def eulers_step_expands_late(log):
    r"""Explicit Euler's step on (10) has the determinant $1-\frac{r\delta}t+\delta^2\kappa$: above 1 at late times.

    So at late times it expands areas for every fixed δ > 0: at the time r/(δκ) the determinant is exactly 1. The
    spectral radii of the schemes over step and time are logged for figures.
    """
    log_regions(log)
    A = determinant(euler_nesterov(d, t, kappa, r))
    return sp.Matrix([A, A.subs(t, r / (d * kappa))]), sp.Matrix([1 - r * d / t + d**2 * kappa, 1])


@eulers_step_expands_late.mutant("the determinant 1 − rδ/t of the three-point scheme")
def _():
    return determinant(euler_nesterov(d, t, kappa, r)), determinant(three_point(d, t, kappa, r))


@eulers_step_expands_late.mutant("1 at the time r/(δ²κ)")
def _():
    return determinant(euler_nesterov(d, t, kappa, r)).subs(t, r / (d**2 * kappa)), sp.Integer(1)


@dataclass(frozen=True)
class Problem:
    """A curvature κ at the time t, both exact."""

    kappa: Fraction
    t: Fraction

    def euler(self) -> Fraction:
        """No smaller than the largest stable step of explicit Euler on (10), its damping frozen at 3/t, in fractions.

        The upper end of a bisection, above the limit by 2^-48 of 2/κ at most; 2/κ is one of its points, so that a limit
        of 2/κ is found without an error.
        """
        most = 2**12 * self.gradient_flow()
        return largest_stable_step(lambda step: euler_nesterov(step, self.t, self.kappa), most) + most / 2**60

    def gradient_flow(self) -> Fraction:
        """2/κ, that of explicit Euler on x' = −κx."""
        return 2 / self.kappa


KAPPAS = st.sampled_from([Fraction(1, 4), Fraction(1), Fraction(4), Fraction(25), Fraction(100)])
LATE = st.builds(Problem, KAPPAS, st.integers(6, 256).map(lambda n: Fraction(n, 4)))


@bound(source="nguyen2022", ref=REMARK, over=LATE, sharp=0.999, examples=pick(quick=80, full=500))
def late_euler_steps_are_smaller_than_those_of_gradient_flow(instance):
    r"""For $t\ge\frac32$ the largest stable explicit Euler step of (10) is at most gradient flow's $2/L$.

    The damping 3/t is frozen at its value.  The step is 3/(tL) once the frozen equation oscillates, 4L t² > 9: up to
    1.5 times gradient flow's on t >= 1, where the experiments start, and it falls to 0 with time.  The larger step 2/√L
    belongs to the scheme of three points in Su, Boyd and Candès (`three_points_are_stable_below_their_limit`), whom the
    remark cites. In fractions, the step rounded up by 2^-48 of 2/L at most; equal at t = 3/2.
    """
    return instance.euler(), instance.gradient_flow()


@late_euler_steps_are_smaller_than_those_of_gradient_flow.witness
def _():
    return Problem(Fraction(4), Fraction(3, 2))


@late_euler_steps_are_smaller_than_those_of_gradient_flow.printed(
    "Euler's largest stable step for the Nesterov ODE is much larger than gradient flow's, read as explicit Euler on "
    "(10) and as twice as large at least",
    over=st.builds(Problem, KAPPAS, st.integers(4, 256).map(lambda n: Fraction(n, 4))),
)
def _(instance):
    return 2 * instance.gradient_flow(), instance.euler()


@late_euler_steps_are_smaller_than_those_of_gradient_flow.mutant(
    "at every t >= 1", over=st.builds(Problem, KAPPAS, st.just(Fraction(5, 4)))
)
def _(instance):
    return instance.euler(), instance.gradient_flow()


@late_euler_steps_are_smaller_than_those_of_gradient_flow.mutant("at most half of it")
def _(instance):
    return instance.euler(), instance.gradient_flow() / 2


OSCILLATING = LATE.filter(lambda p: 4 * p.kappa * p.t**2 > 9)
BISECTED = "bisection to 2^-48 of 2/κ, which is at most 43 times the step"


@identity(source="nguyen2022", ref="Remark 2, explicit Euler (own statement)", over=OSCILLATING, tol=1e-12,
          why=BISECTED, examples=pick(quick=60, full=500))  # fmt: skip
def eulers_limit_falls_with_time(instance):
    r"""Where $4\kappa t^2>9$ the largest stable explicit Euler step of (10) is $3/(t\kappa)$."""
    return float(instance.euler()), float(3 / (instance.t * instance.kappa))


@eulers_limit_falls_with_time.mutant("2/√κ")
def _(instance):
    return float(instance.euler()), 2 / float(instance.kappa) ** 0.5


@eulers_limit_falls_with_time.mutant("6/(tκ)")
def _(instance):
    return float(instance.euler()), float(6 / (instance.t * instance.kappa))


# ---------------------------------------------------------------- three points


@dataclass(frozen=True)
class Step:
    """A step δ on κ at the time t."""

    step: Fraction
    kappa: Fraction
    t: Fraction


NEAR = st.builds(
    lambda share, root, t: Step(share * 2 / root, root**2, t), st.integers(1, 31).map(lambda n: Fraction(n, 16)),
    st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(2), Fraction(10)]),
    st.sampled_from([8, 50, 1000]).map(Fraction),
)  # fmt: skip


def stable(instance):
    """1 or 0 by the eigenvalues of the step."""
    return int(is_stable(three_point(instance.step, instance.t, instance.kappa)))


@identity(
    source="nguyen2022", ref="Remark 2, three points (own statement)", over=NEAR, examples=pick(quick=120, full=500)
)
def three_points_are_stable_below_their_limit(instance):
    r"""The three-point scheme is stable iff $\delta^2L<4-\frac{6\delta}t$: for $\delta<2/\sqrt L$ as $\delta/t\to0$.

    In fractions, by the criterion of Jury on its characteristic polynomial, at steps from 1/16 to 31/16 of 2/√L.
    """
    return stable(instance), int(three_point_is_stable(instance.step, instance.t, instance.kappa))


@three_points_are_stable_below_their_limit.mutant("δ < 2/√L at any δ/t")
def _(instance):
    return stable(instance), int(instance.step**2 * instance.kappa < 4)


@three_points_are_stable_below_their_limit.mutant("δ < 2/L, as for gradient flow")
def _(instance):
    return stable(instance), int(instance.step * instance.kappa < 2)


@three_points_are_stable_below_their_limit.mutant("explicit Euler too")
def _(instance):
    euler = int(is_stable(euler_nesterov(instance.step, instance.t, instance.kappa)))
    return euler, int(three_point_is_stable(instance.step, instance.t, instance.kappa))


ROOTS = st.integers(1, 64).map(lambda n: Fraction(n, 8)).filter(lambda root: root != 1)


@identity(source="nguyen2022", ref="Remark 2, three points (own statement)", over=ROOTS)
def three_points_step_further_only_on_steep_functions(instance):
    r"""The limit $2/\sqrt L$ of three points exceeds gradient flow's $2/L$ iff $L>1$.

    For L = 1/4 they are 4 and 8.
    """
    L, late = instance**2, Fraction(10**9)
    beyond = 2 / L  # is the step at gradient flow's limit still stable for three points?
    return int(three_point_is_stable(beyond, late, L)), int(L > 1)


@three_points_step_further_only_on_steep_functions.mutant("always")
def _(instance):
    L = instance**2
    return int(three_point_is_stable(2 / L, Fraction(10**9), L)), 1
