"""Fixed steps in the long run: damping that does not fade, and explicit Euler's marches on the Nesterov equation."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.nesterov.stability import euler_damped, euler_nesterov, is_stable, largest_stable_step


@dataclass(frozen=True)
class Damped:
    """Explicit Euler on y'' + γy' + κy = 0 with δ = share γ/κ, κ > γ²/4."""

    gamma: Fraction
    kappa: Fraction
    share: Fraction


DAMPED = st.builds(
    Damped,
    st.sampled_from([Fraction(1, 20), Fraction(1, 4), Fraction(1)]),
    st.sampled_from([Fraction(1, 2), Fraction(4), Fraction(100)]),
    st.sampled_from([10, 40, 49, 51, 60, 150]).map(lambda n: Fraction(n, 50)),
)


def damped(instance):
    return int(
        is_stable(euler_damped(instance.share * instance.gamma / instance.kappa, instance.gamma, instance.kappa))
    )


@identity(source="nguyen2022", ref="Figure 9, a mechanism (own statement)", over=DAMPED)
def euler_on_a_damped_oscillator_is_stable_below_damping_over_stiffness(instance):
    r"""Explicit Euler on $y''+\gamma y'+\kappa y=0$, $4\kappa>\gamma^2$, is stable iff $\delta<\gamma/\kappa$."""
    return damped(instance), int(instance.share < 1)


@euler_on_a_damped_oscillator_is_stable_below_damping_over_stiffness.mutant("iff δ < 2/√κ")
def _(instance):
    return damped(instance), int((instance.share * instance.gamma / instance.kappa) ** 2 * instance.kappa < 4)


@euler_on_a_damped_oscillator_is_stable_below_damping_over_stiffness.mutant("iff δ < 2γ/κ")
def _(instance):
    return damped(instance), int(instance.share < 2)


def allowed(gamma):
    """The largest stable step for κ = 16."""
    return float(largest_stable_step(lambda step: euler_damped(step, gamma, Fraction(16)), Fraction(4)))


@identity(
    source="nguyen2022",
    ref="Figure 9, a mechanism (own statement)",
    tol=1e-9,
    why="γ_0 as a double, bisection to 2^-58",
)
def unit_damping_allows_steps_twenty_one_times_as_large():
    r"""Damping 1 allows explicit Euler steps $1+e^3=21.1$ times as large as HBNODE's initial $\gamma$.

    The released HBNODE starts at γ = sigmoid(−3) = 0.0474.  A reason for Figure 9 that has nothing to do with
    Nesterov's rate, and that an HBNODE with γ = 1 would share; for the same κ > 1/4.
    """
    small = Fraction(1 / (1 + np.exp(3.0)))
    return allowed(Fraction(1)) / allowed(small), 1 + np.exp(3.0)


@unit_damping_allows_steps_twenty_one_times_as_large.mutant("as the square root of it")
def _():
    left, right = unit_damping_allows_steps_twenty_one_times_as_large()
    return left, right**0.5


# ---------------------------------------------------------------- all steps together


@dataclass(frozen=True)
class March:
    """Explicit Euler on (10) for F = κh²/2 from t = 1, n steps δ."""

    step: float
    kappa: float
    n: int

    def product(self) -> np.ndarray:
        total = np.eye(2)
        for i in range(self.n):
            total = np.array(euler_nesterov(self.step, 1.0 + i * self.step, self.kappa), dtype=float) @ total
        return total

    def volume(self) -> float:
        """Π |det|^(1/2)."""
        steps = 1.0 + self.step * np.arange(self.n)
        return float(np.sqrt(np.abs(np.prod(1 - 3 * self.step / steps + self.step**2 * self.kappa))))


MARCHES = st.builds(March, st.floats(0.05, 1.0), st.floats(0.25, 4.0), st.integers(20, 400))
TURNS = March(0.1, 1.0, 2000)
LONG_STEPS = March(0.75, 1.0, 40)


@bound(
    source="nguyen2022",
    ref="Remark 2, explicit Euler (own statement)",
    over=MARCHES,
    sharp=0.94,
    examples=pick(quick=40, full=300),
)
def eulers_marches_grow_by_their_volume(instance, log):
    r"""$n$ explicit Euler steps on (10) stretch a start by at least $\prod|1-3\delta/t_i+\delta^2\kappa|^{1/2}$.

    So no fixed step is stable for ever, however small: a factor tends to 1 + δ²κ > 1, and the product to infinity or it
    is zero, as where δ = 1/2, κ = 2, t = 1.  For δ -> 0 at a fixed δκt it grows like t^(−3/2) e^{δκt/2}; at larger δ
    the rate log(1 + δ²κ)/(2δ) is smaller than δκ/2.  The bars count: at δ = 1/2, κ = 1/4, t = 1 the factor is −7/16.
    Within 6 % for 40 steps of 0.75, loose by 2.6 for 2000 of 0.1: two starts at t = 1 are not stretched alike.
    """
    for n in range(0, 2001, 100) if instance == TURNS else ():
        part = March(instance.step, instance.kappa, n)
        size = float(np.linalg.norm(part.product(), 2))
        log(
            "Euler on the Nesterov ODE",
            x=1 + n * instance.step,
            measured=size,
            predicted=part.volume(),
            step=instance.step,
        )
    return instance.volume(), float(np.linalg.norm(instance.product(), 2))


@eulers_marches_grow_by_their_volume.witness
def _():
    return TURNS


@eulers_marches_grow_by_their_volume.witness
def _():
    return LONG_STEPS


@eulers_marches_grow_by_their_volume.mutant("every start")
def _(instance):
    return instance.volume(), float(np.linalg.norm(instance.product(), -2))


@eulers_marches_grow_by_their_volume.mutant("by twice the volume")
def _(instance):
    return 2 * instance.volume(), float(np.linalg.norm(instance.product(), 2))
