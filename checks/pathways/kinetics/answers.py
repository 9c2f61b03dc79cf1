"""How concentrations answer to enzymes, and how small steps must be at rest."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from gronwall import identity
from gronwall.theory.pathways.kinetics import CONSTANTS, velocity
from gronwall.theory.pathways.sensitivity import at_rest, sensitivities, summed
from gronwall.theory.runge_kutta import EULER, RK4, step
from systems.pathways.worlds import world

SOURCE, REF = "habaraduwa2025", "Answers to enzymes"
HOURS = 24.0
WORLDS = {f"world {seed}": seed for seed in (20, 21)}


@cache
def of(case):
    """Start, the levels of the medium strain after a day, and the constants."""
    drawn = world(WORLDS[case])
    return np.array(drawn.start), drawn.strains[1].at(HOURS), np.array(drawn.constants), drawn.strains[1]


def inflow(k):
    return float(k[CONSTANTS.index("Vin")])


def ended(start, e, k, time=HOURS):
    """s after a time, by another integrator."""
    solved = solve_ivp(lambda t, s: velocity(s, e(t), k), (0, time), start, "DOP853", rtol=1e-11, atol=1e-13)
    return solved.y[:, -1]


def hastened(case, rising=False):
    """t s'(t) for enzymes that stay, by the kinetics at the end of an orbit."""
    start, levels, k, strain = of(case)
    e = strain.at if rising else (lambda t: levels)
    return HOURS * np.array(velocity(ended(start, e, k), e(HOURS), k))


@identity(source=SOURCE, ref=REF, cases=list(WORLDS), tol=1e-9, why="integrations to 1e-10 over a day")
def answers_to_all_enzymes_add_up(case):
    r"""$\sum_je_j\,\partial s/\partial e_j+V_{in}\,\partial s/\partial V_{in}=t\,\dot s(t)$ for constant enzymes.

    Twice as much of every enzyme and of the inflow is the same course, twice as fast.  Sensitivities by the variational
    equation, against the kinetics at the end of an orbit.
    """
    start, levels, k, _ = of(case)
    return summed(sensitivities(start, lambda t: levels, k, HOURS), inflow(k)), hastened(case)


@answers_to_all_enzymes_add_up.mutant("without the inflow")
def _(case):
    start, levels, k, _ = of(case)
    return summed(sensitivities(start, lambda t: levels, k, HOURS), 0.0), hastened(case)


@answers_to_all_enzymes_add_up.mutant("for enzymes that rise")
def _(case):
    start, _, k, strain = of(case)
    return summed(sensitivities(start, strain.at, k, HOURS), inflow(k)), hastened(case, rising=True)


@answers_to_all_enzymes_add_up.mutant("to nothing, as at rest")
def _(case):
    start, levels, k, _ = of(case)
    return summed(sensitivities(start, lambda t: levels, k, HOURS), inflow(k)), 0 * hastened(case)


def with_more(case, by):
    """∂s/∂ln a_j by differences of order four in the scale of each enzyme, which rises as it does: 10 x 9."""
    start, _, k, strain = of(case)

    def end(j, h):
        return ended(start, lambda t: strain.at(t) * (1 + h * (np.arange(9) == j)), k)

    return np.array([
        (end(j, -2 * by) - 8 * end(j, -by) + 8 * end(j, by) - end(j, 2 * by)) / (12 * by) for j in range(9)
    ]).T  # fmt: skip


@identity(source=SOURCE, ref=REF, cases=list(WORLDS), tol=1e-7, why="differences of order four over 1 %")
def the_variational_equation_has_the_answers(case):
    r"""$S'=Df\,S+N\,\partial v/\partial e,\ S(0)=0$ gives $\partial s/\partial e_j$."""
    start, _, k, strain = of(case)
    return sensitivities(start, strain.at, k, HOURS)[:, :9], with_more(case, 0.01)


@the_variational_equation_has_the_answers.mutant("each enzyme by itself, nothing passed on")
def _(case):
    start, _, k, strain = of(case)
    found = sensitivities(start, strain.at, k, HOURS)[:, :9]
    alone = np.array([[abs(i - j) <= 1 for j in range(9)] for i in range(10)])
    return found * alone, with_more(case, 0.01)


# ---------------------------------------------------------------- steps at rest

LIMITS = {"Euler": (EULER, 2.0), "Kutta": (RK4, 2.785293563405282)}
"""Where the real axis leaves |R| < 1: 1 + z = −1, and 1 + z/2 + z²/6 + z³/24 = 0."""
TURNS = 1500


@cache
def rest():
    """Where a medium strain comes to rest with a fiftieth of its inflow, the Jacobian there, levels, constants."""
    drawn = world(27)
    levels, k = drawn.strains[1].at(HOURS), np.array(drawn.constants)
    k[CONSTANTS.index("Vin")] /= 50
    s, J = at_rest(drawn.start, levels, k)
    return s, J, levels, k


def largest_step(scheme):
    """The largest h with which a small disturbance of rest has not grown after 1500 steps, by bisection."""
    s, _, levels, k = rest()

    def field(_, u):
        return np.array(velocity([*u, 0.0], levels, k))[:9]

    def is_held(h):
        u = s * (1 + 1e-7 * np.cos(np.arange(9)))
        for _ in range(TURNS):
            u = step(scheme, field, 0.0, u, h)
            if not np.isfinite(u).all() or abs(u - s).max() > 1e-3 * s.max():
                return False
        return abs(u - s).max() < 2e-7 * s.max()

    low, high = 0.05, 100.0
    while high - low > 1e-3 * low:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if is_held(middle) else (low, middle)
    return low


def fastest():
    return float(abs(np.linalg.eigvals(rest()[1])).max())


@identity(source=SOURCE, ref=REF, cases=list(LIMITS), tol=5e-3, why="bisection to 1e-3, and 1500 steps")
def explicit_steps_are_bound_by_the_fastest_rate(case):
    r"""At rest explicit steps come back up to $h=2/|\lambda|_{max}$ (Euler), $2.7853/|\lambda|_{max}$ (Kutta).

    λ: eigenvalues of the nine species before limonene, the slowest three thousand times slower than the fastest.  For a
    strain that comes to rest, which few do: with a fiftieth of its inflow.
    """
    scheme, limit = LIMITS[case]
    return largest_step(scheme) * fastest(), limit


@explicit_steps_are_bound_by_the_fastest_rate.mutant("by the slowest rate")
def _(case):
    scheme, limit = LIMITS[case]
    return largest_step(scheme) * float(abs(np.linalg.eigvals(rest()[1])).min()), limit


@explicit_steps_are_bound_by_the_fastest_rate.mutant("by 1")
def _(case):
    scheme, _ = LIMITS[case]
    return largest_step(scheme) * fastest(), 1.0
