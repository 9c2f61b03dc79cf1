"""Runge–Kutta schemes as data: tableaux, order conditions by rooted trees, stability, steps, adaptive methods.

    tableaux           the coefficients of a scheme, exact, from the table as it is printed
    schemes            the schemes
    conditions         order and principal error by rooted trees; what rounding of coefficients explains
    stability          R(z), the adjoint scheme, symmetry
    stepping           one step, many steps, in four arithmetics
    implicit           steps of implicit schemes
    dense              what is between the steps
    adaptive           a pair with its dense output and its controller

A name is imported from its module on first use, so that what uses one depends on that module alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gronwall.theory.arithmetic import kind as kind
    from gronwall.theory.arithmetic import scalar as scalar
    from gronwall.theory.rooted_trees import Tree as Tree
    from gronwall.theory.rooted_trees import density as density
    from gronwall.theory.rooted_trees import rooted_trees as rooted_trees
    from gronwall.theory.rooted_trees import symmetry as symmetry
    from gronwall.theory.rooted_trees import tree_order as tree_order
    from gronwall.theory.runge_kutta.adaptive import DOPRI5 as DOPRI5
    from gronwall.theory.runge_kutta.adaptive import Adaptive as Adaptive
    from gronwall.theory.runge_kutta.adaptive import Controller as Controller
    from gronwall.theory.runge_kutta.conditions import algebraic_order as algebraic_order
    from gronwall.theory.runge_kutta.conditions import elementary_weight as elementary_weight
    from gronwall.theory.runge_kutta.conditions import order_conditions as order_conditions
    from gronwall.theory.runge_kutta.conditions import principal_error as principal_error
    from gronwall.theory.runge_kutta.conditions import residual_bounds as residual_bounds
    from gronwall.theory.runge_kutta.conditions import stage_weights as stage_weights
    from gronwall.theory.runge_kutta.dense import MIDDLE as MIDDLE
    from gronwall.theory.runge_kutta.dense import along as along
    from gronwall.theory.runge_kutta.dense import dense_conditions as dense_conditions
    from gronwall.theory.runge_kutta.dense import dense_weights as dense_weights
    from gronwall.theory.runge_kutta.dense import quartic as quartic
    from gronwall.theory.runge_kutta.implicit import implicit_step as implicit_step
    from gronwall.theory.runge_kutta.implicit import linear_step as linear_step
    from gronwall.theory.runge_kutta.schemes import DORMAND_PRINCE as DORMAND_PRINCE
    from gronwall.theory.runge_kutta.schemes import DORMAND_PRINCE_87 as DORMAND_PRINCE_87
    from gronwall.theory.runge_kutta.schemes import EULER as EULER
    from gronwall.theory.runge_kutta.schemes import GAUSS4 as GAUSS4
    from gronwall.theory.runge_kutta.schemes import HEUN as HEUN
    from gronwall.theory.runge_kutta.schemes import IMPLICIT_EULER as IMPLICIT_EULER
    from gronwall.theory.runge_kutta.schemes import IMPLICIT_MIDPOINT as IMPLICIT_MIDPOINT
    from gronwall.theory.runge_kutta.schemes import KUTTA3 as KUTTA3
    from gronwall.theory.runge_kutta.schemes import MIDPOINT as MIDPOINT
    from gronwall.theory.runge_kutta.schemes import RADAU3 as RADAU3
    from gronwall.theory.runge_kutta.schemes import RADAU5 as RADAU5
    from gronwall.theory.runge_kutta.schemes import RALSTON as RALSTON
    from gronwall.theory.runge_kutta.schemes import RK4 as RK4
    from gronwall.theory.runge_kutta.schemes import ROUNDED as ROUNDED
    from gronwall.theory.runge_kutta.schemes import SCHEMES as SCHEMES
    from gronwall.theory.runge_kutta.schemes import THREE_EIGHTHS as THREE_EIGHTHS
    from gronwall.theory.runge_kutta.schemes import TRAPEZOID as TRAPEZOID
    from gronwall.theory.runge_kutta.schemes import TSITOURAS as TSITOURAS
    from gronwall.theory.runge_kutta.stability import Z as Z
    from gronwall.theory.runge_kutta.stability import amplification as amplification
    from gronwall.theory.runge_kutta.stability import is_symmetric as is_symmetric
    from gronwall.theory.runge_kutta.stability import is_symplectic as is_symplectic
    from gronwall.theory.runge_kutta.stability import reflected as reflected
    from gronwall.theory.runge_kutta.stability import stability_function as stability_function
    from gronwall.theory.runge_kutta.stepping import combined as combined
    from gronwall.theory.runge_kutta.stepping import integrate as integrate
    from gronwall.theory.runge_kutta.stepping import rows as rows
    from gronwall.theory.runge_kutta.stepping import stages as stages
    from gronwall.theory.runge_kutta.stepping import step as step
    from gronwall.theory.runge_kutta.stepping import trajectory as trajectory
    from gronwall.theory.runge_kutta.tableaux import Exact as Exact
    from gronwall.theory.runge_kutta.tableaux import Field as Field
    from gronwall.theory.runge_kutta.tableaux import Tableau as Tableau
    from gronwall.theory.runge_kutta.tableaux import butcher as butcher
    from gronwall.theory.runge_kutta.tableaux import exact as exact

_HOME = {
    "Adaptive": "gronwall.theory.runge_kutta.adaptive",
    "algebraic_order": "gronwall.theory.runge_kutta.conditions",
    "along": "gronwall.theory.runge_kutta.dense",
    "amplification": "gronwall.theory.runge_kutta.stability",
    "butcher": "gronwall.theory.runge_kutta.tableaux",
    "combined": "gronwall.theory.runge_kutta.stepping",
    "Controller": "gronwall.theory.runge_kutta.adaptive",
    "dense_conditions": "gronwall.theory.runge_kutta.dense",
    "dense_weights": "gronwall.theory.runge_kutta.dense",
    "density": "gronwall.theory.rooted_trees",
    "DOPRI5": "gronwall.theory.runge_kutta.adaptive",
    "DORMAND_PRINCE": "gronwall.theory.runge_kutta.schemes",
    "DORMAND_PRINCE_87": "gronwall.theory.runge_kutta.schemes",
    "elementary_weight": "gronwall.theory.runge_kutta.conditions",
    "EULER": "gronwall.theory.runge_kutta.schemes",
    "Exact": "gronwall.theory.runge_kutta.tableaux",
    "exact": "gronwall.theory.runge_kutta.tableaux",
    "Field": "gronwall.theory.runge_kutta.tableaux",
    "GAUSS4": "gronwall.theory.runge_kutta.schemes",
    "HEUN": "gronwall.theory.runge_kutta.schemes",
    "IMPLICIT_EULER": "gronwall.theory.runge_kutta.schemes",
    "IMPLICIT_MIDPOINT": "gronwall.theory.runge_kutta.schemes",
    "implicit_step": "gronwall.theory.runge_kutta.implicit",
    "integrate": "gronwall.theory.runge_kutta.stepping",
    "is_symmetric": "gronwall.theory.runge_kutta.stability",
    "is_symplectic": "gronwall.theory.runge_kutta.stability",
    "kind": "gronwall.theory.arithmetic",
    "KUTTA3": "gronwall.theory.runge_kutta.schemes",
    "linear_step": "gronwall.theory.runge_kutta.implicit",
    "MIDDLE": "gronwall.theory.runge_kutta.dense",
    "MIDPOINT": "gronwall.theory.runge_kutta.schemes",
    "order_conditions": "gronwall.theory.runge_kutta.conditions",
    "principal_error": "gronwall.theory.runge_kutta.conditions",
    "quartic": "gronwall.theory.runge_kutta.dense",
    "RADAU3": "gronwall.theory.runge_kutta.schemes",
    "RADAU5": "gronwall.theory.runge_kutta.schemes",
    "RALSTON": "gronwall.theory.runge_kutta.schemes",
    "reflected": "gronwall.theory.runge_kutta.stability",
    "residual_bounds": "gronwall.theory.runge_kutta.conditions",
    "RK4": "gronwall.theory.runge_kutta.schemes",
    "rooted_trees": "gronwall.theory.rooted_trees",
    "ROUNDED": "gronwall.theory.runge_kutta.schemes",
    "rows": "gronwall.theory.runge_kutta.stepping",
    "scalar": "gronwall.theory.arithmetic",
    "SCHEMES": "gronwall.theory.runge_kutta.schemes",
    "stability_function": "gronwall.theory.runge_kutta.stability",
    "stage_weights": "gronwall.theory.runge_kutta.conditions",
    "stages": "gronwall.theory.runge_kutta.stepping",
    "step": "gronwall.theory.runge_kutta.stepping",
    "symmetry": "gronwall.theory.rooted_trees",
    "Tableau": "gronwall.theory.runge_kutta.tableaux",
    "THREE_EIGHTHS": "gronwall.theory.runge_kutta.schemes",
    "trajectory": "gronwall.theory.runge_kutta.stepping",
    "TRAPEZOID": "gronwall.theory.runge_kutta.schemes",
    "Tree": "gronwall.theory.rooted_trees",
    "tree_order": "gronwall.theory.rooted_trees",
    "TSITOURAS": "gronwall.theory.runge_kutta.schemes",
    "Z": "gronwall.theory.runge_kutta.stability",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'gronwall.theory.runge_kutta' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
