"""The predator–prey system: the heteroclinic cycle in which it ends, the period towards it, two edges of a basin."""

from __future__ import annotations

import numpy as np

from gronwall import identity
from gronwall.theory.bifurcations.connections import (
    basin_exit,
    boundary_eigenvalues,
    boundary_saddles,
    collocated,
    comes_to_a_cycle,
    heteroclinic_parameter,
    leaving_height,
    period_law_slope,
)
from gronwall.theory.bifurcations.cycles import periodic_orbit
from gronwall.theory.bifurcations.fields import FIELDS, rules

SOURCE, REF = "vantegelen2025", "Predator–prey as a whole"


@identity(source=SOURCE, ref=REF, tol=1e-9, why="what collocation leaves")
def the_oscillation_ends_in_a_heteroclinic_cycle(log):
    r"""At $\alpha=0.70807280\dots$ the unstable manifold of $x_+$ runs into $x_-$; the axis joins them the other way.

    By shooting from both ends to a section, against collocation of the whole orbit with α unknown.
    """
    alpha = heteroclinic_parameter()
    other = collocated("predator_prey", alpha, 30.0)
    log("predator_prey_a_het", x=1, measured=alpha, predicted=None, error=abs(alpha - other))
    return alpha, other


@the_oscillation_ends_in_a_heteroclinic_cycle.mutant("where the orbit from (1, 0.01) collapses")
def _():
    return heteroclinic_parameter(), basin_exit(0.01)


@the_oscillation_ends_in_a_heteroclinic_cycle.mutant("where the boundary folds")
def _():
    return heteroclinic_parameter(), 0.832929322


STARTS = (0.01, 0.1)


@identity(source=SOURCE, ref=REF)
def the_authors_starts_leave_the_basin_before_the_cycle_ends(log):
    r"""From $(1,0.01)$ the prey dies out for $\alpha>0.70517\dots$, from $(1,0.1)$ for $\alpha>0.68583\dots$

    Both lie below the heteroclinic value: a diagram drawn from one start shows the edge of a basin.  By the gap to the
    stable manifold of x₋; followed for itself, the orbit comes to the cycle 10⁻⁶ below and to the origin 10⁻⁶ above.
    """
    edges = [basin_exit(y) for y in STARTS]
    for place, (y, edge) in enumerate(zip(STARTS, edges, strict=True), 1):
        error = abs(edge - basin_exit(y, offset=1e-5, section=0.4))
        log("predator_prey_basin_exit_a", x=place, measured=edge, predicted=None, error=error, start=y)
    fates = [[comes_to_a_cycle(y, edge + by) for by in (-1e-6, 1e-6)] for y, edge in zip(STARTS, edges, strict=True)]
    return np.array(fates, dtype=float), np.array([[1.0, 0.0], [1.0, 0.0]])


@the_authors_starts_leave_the_basin_before_the_cycle_ends.mutant("at the heteroclinic value")
def _():
    at = heteroclinic_parameter()
    fates = [[comes_to_a_cycle(y, at + by) for by in (-1e-4, 1e-4)] for y in STARTS]
    return np.array(fates, dtype=float), np.array([[1.0, 0.0], [1.0, 0.0]])


@identity(source=SOURCE, ref=REF, tol=1e-4, why="periods at distances 1e-6 and 1e-7, on which what is left depends")
def the_period_grows_by_this_much(log):
    r"""The period is $-S\ln(\alpha_{het}-\alpha)+O(1)$, $S=(1+|\lambda_s^-|/\lambda_u^+)/\lambda_u^-=4.5225\dots$

    λ at x₋ and x₊; against the growth of the periods of cycles between 10⁻⁶ and 10⁻⁷ from α_het.
    """
    at = heteroclinic_parameter()
    slope = period_law_slope(at)
    error = abs(slope - period_law_slope(heteroclinic_parameter(offset=1e-5, section=0.4)))
    log("predator_prey_period_law_slope", x=1, measured=slope, predicted=None, error=error)
    return grown(at), slope


def grown(at):
    """How much the period of the cycle grows from a distance 10⁻⁶ to 10⁻⁷, for each unit of the logarithm."""
    found = []
    for distance, about in ((1e-6, 58.2), (1e-7, 68.6)):
        alpha = at - distance
        f, df = rules(FIELDS["predator_prey"], alpha)
        found.append(periodic_orbit(f, df, np.array([1 / 3, leaving_height(alpha)]), about).period)
    return (found[-1] - found[-2]) / np.log(10)


@the_period_grows_by_this_much.mutant("as towards a homoclinic orbit of x₋")
def _():
    at = heteroclinic_parameter()
    return grown(at), 1 / boundary_eigenvalues(boundary_saddles(at)[0], at)[0]


@the_period_grows_by_this_much.mutant("as if both saddles were passed at one distance")
def _():
    at = heteroclinic_parameter()
    left, right = boundary_saddles(at)
    return grown(at), 1 / boundary_eigenvalues(left, at)[0] + 1 / boundary_eigenvalues(right, at)[1]
