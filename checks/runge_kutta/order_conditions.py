"""Order by algebra: the conditions of all rooted trees, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import sympy as sp

from gronwall import identity
from gronwall.theory.rooted_trees import rooted_trees
from gronwall.theory.runge_kutta import DORMAND_PRINCE, SCHEMES, order_conditions
from systems.runge_kutta.problem import field
from systems.runge_kutta.schemes import FINE, wrong_entry, wrong_weights

HNW = "hairer1993"


def conditions(scheme, order, **embedded):
    """The residuals φ(τ) − 1/γ(τ) of all trees up to an order, and as many zeros."""
    residuals = list(order_conditions(scheme, order, **embedded).values())
    return residuals, [0] * len(residuals)


@identity(source=HNW, ref="Theorem II.2.13", cases=SCHEMES)
def every_order_condition_is_met(case):
    r"""$\sum_ib_iu_i(\tau)=1/\gamma(\tau)$ for every rooted tree $\tau$ with at most $p$ nodes, $p$ the order."""
    return conditions(case, case.order)


@every_order_condition_is_met.mutant("1/50 of weight moved")
def _(case):
    return conditions(wrong_weights(case), case.order)


@every_order_condition_is_met.mutant("one order higher")
def _(case):
    return conditions(case, case.order + 1)


@identity(source=HNW, ref="Theorem II.2.13", cases=FINE)
def an_entry_of_a_cannot_be_wrong_unseen(case):
    r"""An error of 1/4 in one row of $A$ that keeps $c$ leaves the conditions of order two and breaks order three."""
    return conditions(wrong_entry(case), 2)


@an_entry_of_a_cannot_be_wrong_unseen.mutant("order three survives the error")
def _(case):
    return conditions(wrong_entry(case), 3)


@identity(source="dormand1980", ref="Table 2")
def the_embedded_weights_of_dormand_prince_have_order_four():
    """Dormand–Prince's second row of weights meets the conditions of all trees with at most four nodes."""
    return conditions(DORMAND_PRINCE, 4, embedded=True)


@the_embedded_weights_of_dormand_prince_have_order_four.mutant("order five")
def _():
    return conditions(DORMAND_PRINCE, 5, embedded=True)


# ---------------------------------------------------------------- the problem


def derivatives(f, point, order):
    """{index tuple: ∂^k f/∂y_{i1}…∂y_{ik} at the point} of the autonomous field y' = (f(t, x), 1), y = (x, t)."""
    y = sp.symbols(f"y:{len(point)}", real=True)
    column = sp.Matrix([*f(y[-1], sp.Matrix(y[:-1])), 1])
    at = dict(zip(y, point, strict=True))
    polys, found = {(): column}, {}
    for k in range(order):
        if k:
            polys = {(*idx, i): p.diff(y[i]) for idx, p in polys.items() for i in range(idx[-1] if idx else 0, len(y))}
        found |= {idx: [Fraction(str(e.subs(at))) for e in p] for idx, p in polys.items()}
    return found


def elementary_differential(tree, partial, dimension, known):
    """F(τ) = f^(k)[F(τ_1), …, F(τ_k)] at a point, in fractions."""
    if tree not in known:
        children = [elementary_differential(child, partial, dimension, known) for child in tree]
        total = [Fraction(0)] * dimension
        for index in product(range(dimension), repeat=len(children)):
            weight = Fraction(1)
            for i, child in zip(index, children, strict=True):
                weight *= child[i]
            if weight:
                total = [a + weight * b for a, b in zip(total, partial[tuple(sorted(index))], strict=True)]
        known[tree] = total
    return known[tree]


def independent(f, dimension, order=5, points=10):
    """The rank of the elementary differentials of all trees up to an order, as functions on a few rational points."""
    trees = [tree for nodes in range(1, order + 1) for tree in rooted_trees(nodes)]
    columns = []
    rng = np.random.default_rng(0)
    for _ in range(points):
        point = [sp.Rational(int(k), 7) for k in rng.integers(-9, 10, dimension)]
        partial, known = derivatives(f, point, order), {}
        values = [elementary_differential(tree, partial, dimension, known) for tree in trees]
        columns += [list(column) for column in zip(*values, strict=True)]
    return sp.Matrix(columns).to_DM(field=True).rank(), len(trees)


@identity(source=HNW, ref="Section II.2")
def the_problem_tells_all_order_conditions_apart():
    r"""The elementary differentials of the 17 trees with at most five nodes are linearly independent on our problem.

    So a scheme that misses one condition shows a lower order on it.  Separable, linear and scalar problems, and the
    straight line that other people test with, leave conditions out.
    """
    return independent(field, 3)


@the_problem_tells_all_order_conditions_apart.mutant("the scalar problem x' = −2tx² does")
def _():
    return independent(lambda t, x: [-2 * t * x[0] ** 2], 2)


@the_problem_tells_all_order_conditions_apart.mutant("a linear problem with a forcing does")
def _():
    return independent(lambda t, x: [x[1] + t**4, -x[0]], 3)


@the_problem_tells_all_order_conditions_apart.mutant("the straight line of torchdiffeq's tests does")
def _():
    slope, shift = sp.Rational(1, 5), 3
    return independent(lambda t, x: [slope + (x[0] - (slope * t + shift)) ** 5], 2)
