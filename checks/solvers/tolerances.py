"""Tolerance calibration: how the global error follows the tolerance, in torchdiffeq and in SciPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gronwall import bound, pick, rate
from systems.runge_kutta import problem
from systems.solvers.torch_solvers import adaptive_error


@dataclass(frozen=True)
class Adaptive:
    """A method: error ~ tol^power over the tolerances from 10^-loose to 10^-tight."""

    name: str
    power: float
    loose: float
    tight: float
    length: float = 2.0
    within: float = 0.15

    def at(self):
        """1/tol, 16 of them."""
        return [float(f"{10**x:.6g}") for x in np.linspace(self.loose, self.tight, 16)]


TORCH = {
    m.name: m
    for m in (
        Adaptive("dopri5", 1.0, 4, 10, 1.0, within=0.2),
        Adaptive("dopri8", 5 / 8, 4, 11, 2.0),
        Adaptive("bosh3", 2 / 3, 4, 8, 1.0),
        Adaptive("fehlberg2", 1.0, 3.5, 7, 1.0),
        Adaptive("adaptive_heun", 1.0, 3, 6, 1.0),
    )
}


@rate(
    source="torchdiffeq",
    ref="Tolerances, torchdiffeq 0.2.5",
    order=lambda case: case.power,
    at=lambda case: case.at(),
    within=lambda case: case.within,
    cases=TORCH,
)
def torch_outputs_follow_the_tolerance(n, case):
    r"""The worst error at 100 outputs falls like tol, but like $tol^{5/8}$ for dopri8 and $tol^{2/3}$ for bosh3.

    With error per step and local extrapolation h ~ tol^{1/p} and the solution is O(h^p) = O(tol).  The outputs are
    interpolated with O(h⁵) in dopri8 (p = 8) and O(h²) in bosh3 (p = 3): tightening the tolerance by 10⁸ gains 10⁵.
    """
    return adaptive_error(case.name, 1 / n, case.length, 100)


torch_outputs_follow_the_tolerance.mutant("error ~ tol^(power + 1/2)", order=lambda case: case.power + 0.5)
torch_outputs_follow_the_tolerance.mutant("error ~ tol^(power − 1/3)", order=lambda case: case.power - 1 / 3)


@torch_outputs_follow_the_tolerance.mutant("a tolerance that is not passed on")
def _(n, case):
    return adaptive_error(case.name, 1e-3 * (1 + 1 / n), case.length, 100)


SCIPY = {
    m.name: m
    for m in (
        Adaptive("RK45", 1.0, 4, 11, within=0.1),
        Adaptive("RK23", 1.0, 3, 8, within=0.1),
        Adaptive("DOP853", 1.0, 4, 12, within=0.1),
    )
}


def scipy_error(name, tol, length=2.0):
    """The error at the end of solve_ivp with rtol = atol = tol."""
    found = solve_ivp(problem.field, (0, length), problem.solution(0.0), method=name, rtol=tol, atol=tol)
    return float(np.linalg.norm(found.y[:, -1] - problem.solution(length)))


@rate(
    source="scipy",
    ref="Tolerances, solve_ivp",
    order=lambda case: case.power,
    at=lambda case: case.at(),
    within=lambda case: case.within,
    cases=SCIPY,
)
def scipy_runge_kutta_errors_are_proportional_to_the_tolerance(n, case):
    r"""The error of `solve_ivp` at the end is proportional to rtol = atol for its explicit Runge–Kutta methods."""
    return scipy_error(case.name, 1 / n, case.length)


scipy_runge_kutta_errors_are_proportional_to_the_tolerance.mutant("error ~ tol^{4/5}", order=0.8)
scipy_runge_kutta_errors_are_proportional_to_the_tolerance.mutant("error ~ tol^{4/3}", order=4 / 3)


@dataclass(frozen=True)
class Run:
    """One call of solve_ivp at rtol = atol = 10^-digits."""

    method: str
    digits: float


TIGHT = {"RK45": 11, "RK23": 7, "DOP853": 12, "Radau": 10, "BDF": 10, "LSODA": 11}
RUNS = st.one_of(
    *(st.builds(Run, st.just(name), st.integers(15, 5 * tight).map(lambda k: k / 5)) for name, tight in TIGHT.items())
)
FACTOR = 60


@bound(source="scipy", ref="Tolerances, solve_ivp", over=RUNS, sharp=0.4, examples=pick(quick=50, full=600))
def scipy_errors_stay_within_a_factor_of_the_tolerance(instance):
    r"""On our problem the error of every `solve_ivp` method is at most 60 times the tolerance, from 10⁻³ downwards.

    RK45, RK23, DOP853, Radau, BDF and LSODA.  For the multistep methods the order changes on the way and no clean rate
    holds (local slopes from 0.85 to 1.3), so the statement is this bound; Radau gains on it (error ~ tol^{1.2}).  The
    factor 60 is ours, measured: a global error is not bounded by the tolerance.
    """
    tol = 10.0**-instance.digits
    return scipy_error(instance.method, tol), FACTOR * tol


@scipy_errors_stay_within_a_factor_of_the_tolerance.witness
def _():
    return Run("BDF", 10)


@scipy_errors_stay_within_a_factor_of_the_tolerance.mutant("the tolerance bounds the global error")
def _(instance):
    tol = 10.0**-instance.digits
    return scipy_error(instance.method, tol), tol


@scipy_errors_stay_within_a_factor_of_the_tolerance.mutant("the tolerance is a tenth of what was asked")
def _(instance):
    tol = 10.0**-instance.digits
    return scipy_error(instance.method, 10 * tol), FACTOR * tol / 2
