"""Where Rössler's cycles double, and why no planar flow does so while its discretization may."""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from gronwall import identity
from gronwall.theory.bifurcations.cycles import (
    Cycle,
    along,
    periodic_orbit,
    returned,
    rossler_doubling,
    rossler_splitting,
)
from gronwall.theory.bifurcations.fields import FIELDS, jacobian, rules
from gronwall.theory.runge_kutta import EULER, step

SOURCE, REF = "vantegelen2025", "Cycles"

DOUBLINGS = {1: (2.83, 0.02, 0.12), 2: (3.84, 0.02, 0.03), 4: (4.12, 0.01, 0.006), 8: (4.19, 0.006, 0.0012)}
"""By the loops of the cycle that doubles: about where, how far below it is found, how far above the doubled one is."""
FEIGENBAUM = 4.669201609102990
"""The limit of the ratio of successive distances between doublings (M. J. Feigenbaum 1978)."""


@cache
def doublings():
    """c by the multiplier −1, and by the splitting of the doubled cycle."""
    found = [rossler_doubling(loops, near, below)[0] for loops, (near, below, _) in DOUBLINGS.items()]
    split = [rossler_splitting(loops, c, DOUBLINGS[loops][2]) for loops, c in zip(DOUBLINGS, found, strict=True)]
    return np.array(found), np.array(split)


@identity(
    source=SOURCE, ref=REF, tol=1e-8, why="what a polynomial through seven splittings leaves at zero", effort="full"
)
def rossler_doubles_its_period_at_these_values(log):
    r"""Rössler's cycles of 1, 2, 4, 8 loops double at $c=2.832445,\ 3.837358,\ 4.124215,\ 4.186997$.

    There a multiplier is −1, found by Newton's method on the cycle that doubles; against the value from which on the
    doubled cycle splits, its splitting squared taken to zero, for which no multiplier is looked at.
    """
    found, split = doublings()
    for place, (c, other) in enumerate(zip(found, split, strict=True), 1):
        log("rossler_period_doublings_c", x=place, measured=c, predicted=None, error=abs(c - other))
    return found, split


@rossler_doubles_its_period_at_these_values.mutant("each distance 4.669 times smaller from the first on")
def _():
    found, split = doublings()
    gap = found[1] - found[0]
    return split, found[0] + gap * np.array([0, 1, 1 + 1 / FEIGENBAUM, 1 + 1 / FEIGENBAUM + 1 / FEIGENBAUM**2])


@rossler_doubles_its_period_at_these_values.mutant("one doubling later")
def _():
    found, split = doublings()
    return found[:-1], split[1:]


# ---------------------------------------------------------------- in the plane


def van_der_pol(u, mu):
    """x' = y, y' = μ(1 − x²)y − x."""
    x, y = u
    return sp.Matrix([y, mu * (1 - x**2) * y - x])


def predator_prey_cycle(alpha):
    """f, div f and the cycle of the predator–prey system."""
    x, y = sp.symbols("x y", real=True)
    f, df = rules(FIELDS["predator_prey"], alpha)
    divergence = jacobian(FIELDS["predator_prey"].f(sp.Matrix([x, y]), sp.Float(alpha, 17)), (x, y)).trace()
    most, about = {0.68: (0.46424, 11.498), 0.70: (0.60021, 17.13)}[alpha]
    there = 3 * (1 - most) - alpha * (1 - np.exp(-5 * most)) / most  # where x' = 0
    return f, sp.lambdify([x, y], divergence, "math"), periodic_orbit(f, df, np.array([most, there]), about)


def van_der_pol_cycle(mu):
    x, y = sp.symbols("x y", real=True)
    field = van_der_pol((x, y), mu)
    numbers = sp.lambdify([x, y], list(field), "math")
    slopes = sp.lambdify([x, y], jacobian(field, (x, y)).tolist(), "math")

    def f(u):
        return np.array(numbers(*u))

    def df(u):
        return np.array(slopes(*u))

    return f, sp.lambdify([x, y], jacobian(field, (x, y)).trace(), "math"), periodic_orbit(f, df, np.array([2.0, 0]), 7)


CYCLES = {
    "predator–prey, α = 0.68": lambda: predator_prey_cycle(0.68),
    "predator–prey, α = 0.70": lambda: predator_prey_cycle(0.70),
    "van der Pol, μ = 1": lambda: van_der_pol_cycle(1),
}


def slope_of_the_return(f, cycle: Cycle, h=1e-3):
    """The derivative of the map of return to the line across the cycle, by differences of order four."""
    speed = f(cycle.start)
    across = np.array([-speed[1], speed[0]]) / np.linalg.norm(speed)

    def moved(s):
        return across @ (returned(f, cycle, cycle.start + s * across) - cycle.start)

    return (moved(-2 * h) - 8 * moved(-h) + 8 * moved(h) - moved(2 * h)) / (12 * h)


def total_divergence(f, divergence, cycle: Cycle):
    return float(along(f, cycle, lambda u: np.array([divergence(*u)]))[0])


@identity(source=SOURCE, ref=REF, cases=list(CYCLES), tol=1e-6, why="differences of order four over 10⁻³")
def a_planar_cycle_multiplies_by_its_divergence(case):
    r"""A disturbance of a cycle of a planar field returns multiplied by $e^{\oint\mathrm{div}f\,dt}>0$.

    Never by −1: no autonomous field of two states, learned or not, doubles a period.  By differences of the map of
    return, against the integral.
    """
    f, divergence, cycle = CYCLES[case]()
    return slope_of_the_return(f, cycle), float(np.exp(total_divergence(f, divergence, cycle)))


@a_planar_cycle_multiplies_by_its_divergence.mutant("by the inverse")
def _(case):
    f, divergence, cycle = CYCLES[case]()
    return slope_of_the_return(f, cycle), float(np.exp(-total_divergence(f, divergence, cycle)))


@a_planar_cycle_multiplies_by_its_divergence.mutant("by the divergence at one point of it")
def _(case):
    f, divergence, cycle = CYCLES[case]()
    return slope_of_the_return(f, cycle), float(np.exp(cycle.period * divergence(*cycle.start)))


h = sp.Symbol("h", positive=True)


def doubled(root):
    """Two points that Euler's step of x' = x(1 − x) would exchange, and their images."""
    x = [(2 + h + sign * root) / (2 * h) for sign in (1, -1)]
    images = [sp.simplify(step(EULER, lambda _, v: v * (1 - v), 0, point, h)) for point in x]
    return sp.Matrix(images), sp.Matrix([x[1], x[0]])


@identity(source=SOURCE, ref=REF)
def a_discrete_step_of_a_line_can_double():
    r"""Euler's step of $x'=x(1-x)$ exchanges $x_\pm=\frac{2+h\pm\sqrt{h^2-4}}{2h}$ for $h>2$: a flip no flow has.

    So a network in discrete time with two states, or one, may double where a neural ODE with two states may not.
    """
    left, right = doubled(sp.sqrt(h**2 - 4))
    return left.applyfunc(sp.simplify), right


@a_discrete_step_of_a_line_can_double.mutant("for every h")
def _():
    left, right = doubled(h)
    return left.applyfunc(sp.simplify), right


@a_discrete_step_of_a_line_can_double.mutant("from h = 1 on")
def _():
    left, right = doubled(sp.sqrt(h**2 - 1))
    return left.applyfunc(sp.simplify), right


# ---------------------------------------------------------------- an orbit that escapes


def gone(start, c=5.0, a=0.2):
    """y + (c + a)/a at t = 20 and at t = 40."""
    f, _ = rules(FIELDS["rossler"], c)
    solved = solve_ivp(lambda _, u: f(u), (0, 40), start, "DOP853", t_eval=[20.0, 40.0], rtol=1e-10, atol=1e-10)
    return solved.y[1] + (c + a) / a


@identity(source=SOURCE, ref=REF, tol=1e-2, why="x swings about c + a, less and less")
def an_orbit_of_rossler_escapes():
    r"""From $(0,-40,0)$ at $c=5$ Rössler's orbit escapes: $y+\frac{c+a}a\sim-Ce^{at}$, $e^{20a}=54.6$ times as far at $t=40$.

    It goes along z ≈ −y with x about c + a, so that no region holds all orbits.
    """  # noqa: E501
    first, last = gone([0.0, -40.0, 0.0])
    return last / first, np.exp(20 * 0.2)


@an_orbit_of_rossler_escapes.mutant("from the authors' start")
def _():
    first, last = gone([-4.0, -4.0, 0.0])
    return last / first, np.exp(20 * 0.2)


@an_orbit_of_rossler_escapes.mutant("as the spiral at the inner point of rest: a/2")
def _():
    first, last = gone([0.0, -40.0, 0.0])
    return last / first, np.exp(20 * 0.1)
