"""How far a forecast with a wrong field goes from the truth, and what it costs to read it between two steps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gronwall import bound, pick, rate
from gronwall.theory import rigor
from gronwall.theory.arithmetic import norm
from gronwall.theory.bifurcations.fields import FIELDS, rules
from gronwall.theory.bifurcations.forecasts import largest_logarithmic_norm
from gronwall.theory.bifurcations.perturbation import distance_to_instability
from gronwall.theory.gronwall_lemma import differential
from gronwall.theory.runge_kutta import THREE_EIGHTHS, trajectory

SOURCE, REF = "vantegelen2025", "Forecasts"


@dataclass(frozen=True)
class Linear:
    """x' = Ax, its forecast x̂' = Ax̂ + e, for a time; A = entries/4."""

    A: tuple[int, int, int, int]
    e: tuple[int, int]
    time: Fraction

    def quarters(self):
        a, b, c, d = (Fraction(entry, 4) for entry in self.A)
        return a, b, c, d

    def distance(self):
        """|x − x̂| = |∫₀ᵗ e^{As}e ds|, by the exponential of ((A, e), (0, 0)) in balls."""
        a, b, c, d = self.quarters()
        rows = [[a, b, self.e[0]], [c, d, self.e[1]], [0, 0, 0]]
        end = rigor.matrix([[rigor.ball(entry * self.time) for entry in row] for row in rows]).exp()
        return rigor.midpoint(norm(rigor.matrix([[end[0, 2]], [end[1, 2]]])))

    def allowed(self, mu):
        """ε(e^{μt} − 1)/μ, ε = |e|, rounded once: on ties both sides are the same float."""
        eps = rigor.ball(self.e[0] ** 2 + self.e[1] ** 2).sqrt()
        return rigor.midpoint(differential(rigor.ball(0), mu, eps, rigor.ball(self.time)))

    def logarithmic_norm(self):
        """(a + d)/2 + √((a − d)² + (b + c)²)/2."""
        a, b, c, d = self.quarters()
        return rigor.ball((a + d) / 2) + rigor.ball(((a - d) ** 2 + (b + c) ** 2) / 4).sqrt()

    def abscissa(self):
        """The largest real part of an eigenvalue: (a + d)/2, and √((a − d)²/4 + bc) more where that is real."""
        a, b, c, d = self.quarters()
        return rigor.ball((a + d) / 2) + rigor.ball(max((a - d) ** 2 / 4 + b * c, Fraction(0))).sqrt()


LINEAR = st.builds(
    Linear,
    st.tuples(*[st.integers(-8, 8)] * 4),
    st.tuples(st.integers(-5, 5), st.integers(1, 5)),
    st.fractions("1/4", "3", max_denominator=8),
)


@bound(source=SOURCE, ref=REF, over=LINEAR, sharp=1, examples=pick(quick=100, full=1000))
def a_forecast_errs_no_more_than_the_logarithmic_norm_allows(instance):
    r"""$|x-\hat x|(t)\le\varepsilon\frac{e^{\mu t}-1}{\mu}$ for a field that is wrong by $\varepsilon$; $\mu$ its logarithmic norm."""  # noqa: E501
    return instance.distance(), instance.allowed(instance.logarithmic_norm())


@a_forecast_errs_no_more_than_the_logarithmic_norm_allows.witness
def _():
    return Linear((5, 2, 2, 2), (2, 1), Fraction(2))


@a_forecast_errs_no_more_than_the_logarithmic_norm_allows.mutant("ε t")
def _(instance):
    return instance.distance(), instance.allowed(rigor.ball(0))


@a_forecast_errs_no_more_than_the_logarithmic_norm_allows.mutant("half of μ")
def _(instance):
    return instance.distance(), instance.allowed(instance.logarithmic_norm() / 2)


@a_forecast_errs_no_more_than_the_logarithmic_norm_allows.mutant("the largest real part of an eigenvalue")
def _(instance):
    return instance.distance(), instance.allowed(instance.abscissa())


SYSTEMS = {
    "predator_prey": (0.69, 0.70, [0.5, 0.3], 12.0, ["0", "0"], ["3/4", "3/4"], 24),
    "lorenz": (28.0, 28.01, [16.0, 16.0, 35.0], 0.6, ["-20", "-25", "0"], ["20", "25", "50"], 1),
}
"""True parameter and another one, start, time, a box that holds both orbits, and in how many parts it is cut."""


def solved(case, parameter, times):
    f, _ = rules(FIELDS[case], parameter)
    start = SYSTEMS[case][2]
    return solve_ivp(lambda _, u: f(u), (0, times[-1]), start, "DOP853", t_eval=times, rtol=1e-11, atol=1e-12).y.T


def forecast(case):
    """Distances of the two orbits, ε along the second, and the times."""
    true, other, _, end, low, high, _ = SYSTEMS[case]
    times = np.linspace(end / 12, end, 12)
    dense = np.linspace(0, end, 2000)
    right, wrong = rules(FIELDS[case], true)[0], rules(FIELDS[case], other)[0]
    path = solved(case, other, dense)
    corners = [np.array([float(Fraction(v)) for v in corner]) for corner in (low, high)]
    if not all(np.all((corners[0] <= u) & (u <= corners[1])) for u in (*path, *solved(case, true, dense))):
        raise ArithmeticError(f"an orbit of {case} leaves the box")
    eps = max(float(np.linalg.norm(right(u) - wrong(u))) for u in path)
    gaps = np.linalg.norm(solved(case, true, times) - solved(case, other, times), axis=1)
    return gaps, eps, times


def norm_on_the_box(case):
    true, _, _, _, low, high, parts = SYSTEMS[case]
    f = FIELDS[case].f
    exact = Fraction(true).limit_denominator(100)
    return largest_logarithmic_norm(lambda u: f(u, exact), *[[Fraction(v) for v in c] for c in (low, high)], parts)


@bound(source=SOURCE, ref=REF, cases=list(SYSTEMS))
def forecasts_with_another_parameter_stay_below_it(case, log):
    r"""So do forecasts with another parameter, for $\mu$ the largest on a box that holds both orbits.

    Not sharp: the largest stretching is met on a small part of an orbit.  The series says by how much it is loose.
    """
    gaps, eps, times = forecast(case)
    mu = norm_on_the_box(case)
    allowed = np.array([differential(0.0, mu, eps, float(t)) for t in times])
    log("forecast", x=times, measured=gaps, predicted=allowed)
    return gaps, allowed


@forecasts_with_another_parameter_stay_below_it.mutant("the square of the error")
def _(case):
    gaps, eps, times = forecast(case)
    mu = norm_on_the_box(case)
    return gaps, np.array([differential(0.0, mu, eps**2, float(t)) for t in times])


@forecasts_with_another_parameter_stay_below_it.mutant("contracting as volumes do, or as sharks without prey")
def _(case):
    gaps, eps, times = forecast(case)
    return gaps, np.array(
        [differential(0.0, {"lorenz": -41 / 9, "predator_prey": -1.0}[case], eps, float(t)) for t in times]
    )


# ---------------------------------------------------------------- the type of an equilibrium


@dataclass(frozen=True)
class TwoMatrices:
    """A stable, and one whose eigenvalues are a pair on the axis, or a zero and another."""

    A: tuple[int, int, int, int]
    B: tuple[int, int, int]
    zero: bool

    def matrices(self):
        a, b, c, d = self.A
        stable = np.array([[-a, b - c], [b + c, -d]], dtype=float) / 4
        p, q, r = self.B
        other = np.array([[p, q], [-(p * p + r * r) / q, -p]]) if not self.zero else np.array([[p, q], [r * p / q, r]])
        return stable, other / 4

    def is_stable(self):
        return float(np.linalg.eigvals(self.matrices()[0]).real.max()) < -1e-6


MATRICES = st.builds(
    TwoMatrices,
    st.tuples(st.integers(1, 12), st.integers(-12, 12), st.integers(-12, 12), st.integers(1, 12)),
    st.tuples(st.integers(-12, 12), st.integers(1, 40), st.integers(-12, 12)),
    st.booleans(),
).filter(TwoMatrices.is_stable)


def change(instance):
    A, B = instance.matrices()
    return float(np.linalg.norm(B - A, 2))


@bound(source=SOURCE, ref=REF, over=MATRICES, sharp=0.999, examples=pick(quick=100, full=1000))
def smaller_errors_keep_the_type(instance):
    r"""A change of $A$ with an eigenvalue on the axis is at least $\min_\omega\sigma_{\min}(i\omega-A)$ large."""
    return distance_to_instability(instance.matrices()[0]), change(instance)


@smaller_errors_keep_the_type.witness
def _():
    return Nearest(((-1.0, 50.0), (0.0, -1.0)))


@smaller_errors_keep_the_type.witness
def _():
    return Nearest(((-0.25, -1.0), (1.0, -0.25)))


@dataclass(frozen=True)
class Nearest:
    """A with the nearest matrix that has an eigenvalue on the axis: A − σuvᵀ at ω = 0, or the axis beside a spiral."""

    A: tuple[tuple[float, float], tuple[float, float]]

    def matrices(self):
        A = np.array(self.A)
        if A[0, 0] == A[1, 1] and A[0, 1] == -A[1, 0]:
            return A, A - A[0, 0] * np.eye(2)
        u, s, v = np.linalg.svd(A)
        return A, A - s[-1] * np.outer(u[:, -1], v[-1])


@smaller_errors_keep_the_type.mutant("the distance of the eigenvalues from the axis")
def _(instance):
    return float(abs(np.linalg.eigvals(instance.matrices()[0]).real).min()), change(instance)


@smaller_errors_keep_the_type.mutant("the least singular value")
def _(instance):
    return float(np.linalg.svd(instance.matrices()[0], compute_uv=False)[-1]), change(instance)


# ---------------------------------------------------------------- between two steps


def read_off(n, on_steps):
    """The largest error of Rössler's orbit over [0, 10] by the 3/8 rule in n steps, read on or half between them."""
    f, _ = rules(FIELDS["rossler"], 5.0)
    start = np.array([-4.0, -4.0, 0.0])
    states = np.array(trajectory(THREE_EIGHTHS, lambda _, u: f(u), 0.0, 10.0, start, n))
    times = np.linspace(0, 10, n + 1)
    if not on_steps:
        states, times = (states[1:] + states[:-1]) / 2, (times[1:] + times[:-1]) / 2
    exact = solve_ivp(lambda _, u: f(u), (0, 10), start, "DOP853", t_eval=times, rtol=1e-12, atol=1e-13).y.T
    return float(np.linalg.norm(states - exact, axis=1).max())


@rate(source=SOURCE, ref=REF, order=2, at=[160, 226, 320, 452, 640, 904])
def outputs_between_steps_cost_two_orders(n):
    r"""Read between its steps by straight lines, the 3/8 rule of order 4 leaves $\max|\ddot x|h^2/8$ of Rössler's.

    As the authors do, whose steps of 0.1 do not divide the 0.125 between their data: the exact field has a loss there.
    """
    return read_off(n, on_steps=False)


outputs_between_steps_cost_two_orders.mutant("the order of the scheme", order=4)


@outputs_between_steps_cost_two_orders.mutant("as on the steps")
def _(n):
    return read_off(n, on_steps=True)
