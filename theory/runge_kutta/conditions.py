r"""Order conditions by rooted trees, exactly; of a table with rounded coefficients, up to what rounding explains.

The scheme has order p if and only if Σ_i b_i u_i(τ) = 1/γ(τ) for all trees τ with at most p nodes (HNW II.2).  If every
coefficient lies within ρ of the one that is meant, each residual lies within `residual_bounds` of zero where the scheme
that is meant has the order.  A larger residual is no rounding: a digit is wrong, or the order is.

Source: HNW = E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, II.1–II.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from functools import cache
from math import prod
from typing import Any

import sympy as sp

from gronwall.theory.rooted_trees import Tree, density, rooted_trees, symmetry, tree_order
from gronwall.theory.runge_kutta.tableaux import Exact, Tableau, exact

__all__ = [
    "algebraic_order", "elementary_weight", "order_conditions", "principal_error", "residual_bounds", "stage_weights",
]  # fmt: skip


def elementary_weight(tableau: Tableau, tree: Tree, *, embedded: bool = False) -> Exact:
    """φ(τ) = Σ_i b_i u_i(τ),  u_i(τ) = Π over the subtrees τ' of Σ_j a_ij u_j(τ'), exactly."""
    u = stage_weights(tableau, tree)
    return _combined(_weights(tableau, embedded), u)


@cache
def stage_weights(tableau: Tableau, tree: Tree) -> tuple[Exact, ...]:
    """u_i(τ) of the stages i = 1 … s."""
    subtrees = [stage_weights(tableau, subtree) for subtree in tree]
    return tuple(exact(prod((_combined(row, u) for u in subtrees), start=F(1))) for row in tableau.A)


def _weights(tableau: Tableau, embedded: bool) -> tuple[Exact, ...]:
    if not embedded:
        return tableau.b
    if tableau.embedded is None:
        raise ValueError(f"{tableau.name} has no embedded weights: pass embedded=False")
    return tableau.embedded


def order_conditions(tableau: Tableau, order: int, *, embedded: bool = False) -> dict[Tree, Exact]:
    """The residuals φ(τ) − 1/γ(τ) of all trees with at most `order` nodes, exactly (HNW II.2).

    The scheme has order p if and only if the residuals of all trees with at most p nodes are zero.
    """
    return {
        tree: exact(elementary_weight(tableau, tree, embedded=embedded) - F(1, density(tree)))
        for nodes in range(1, order + 1)
        for tree in rooted_trees(nodes)
    }


def residual_bounds(tableau: Tableau, order: int, *, embedded: bool = False) -> dict[Tree, Exact]:
    """How far rounding alone can move each residual of `order_conditions`: 0 where the table is exact.

    With |ã − a| <= ρ for each coefficient that is not zero (ρ by `Tableau.rounding_of`) and numbers ũ_j within r_j of
    u_j, |Σ ã_j ũ_j − Σ a_j u_j| <= Σ |ã_j| r_j + ρ_j (|ũ_j| + r_j), and |Π x̃_k − Π x_k| <= Π (|x̃_k| + r_k) − Π |x̃_k|;
    so through the tree, exactly.
    """
    weights = _weights(tableau, embedded)
    return {
        tree: _combined_radius(tableau, weights, stage_weights(tableau, tree), _stage_radii(tableau, tree))
        for nodes in range(1, order + 1)
        for tree in rooted_trees(nodes)
    }


@cache
def _stage_radii(tableau: Tableau, tree: Tree) -> tuple[Exact, ...]:
    """How far each u_i(τ) may lie from that of the coefficients that are meant."""
    if not tableau.largest_rounding:
        return (F(0),) * tableau.stages
    below = [(stage_weights(tableau, subtree), _stage_radii(tableau, subtree)) for subtree in tree]
    found = []
    for row in tableau.A:
        sizes = [abs(_combined(row, u)) for u, _ in below]
        radii = [_combined_radius(tableau, row, u, r) for u, r in below]
        found.append(prod((x + r for x, r in zip(sizes, radii, strict=True)), start=F(1)) - prod(sizes, start=F(1)))
    return tuple(found)


def _combined(weights: Sequence[Exact], u: Sequence[Exact]) -> Exact:
    return exact(sum(a * u_j for a, u_j in zip(weights, u, strict=True)))


def _combined_radius(tableau: Tableau, weights: Sequence[Exact], u: Sequence[Exact], radii: Sequence[Exact]) -> Exact:
    parts = zip(weights, u, radii, strict=True)
    return sum((abs(a) * r + tableau.rounding_of(a) * (abs(u_j) + r) for a, u_j, r in parts if a != 0), start=F(0))


def algebraic_order(tableau: Tableau, up_to: int | None = None, *, embedded: bool = False) -> int:
    """The largest p <= up_to with all order conditions up to p; `up_to` itself means at least that order.

    up_to: 6, or the order that is claimed where it is higher.  A condition holds when its residual is zero, or, of a
    table with rounded coefficients, within `residual_bounds`.
    """
    top = max(6, tableau.order) if up_to is None else up_to
    residuals = order_conditions(tableau, top, embedded=embedded)
    bounds = residual_bounds(tableau, top, embedded=embedded)
    broken = [tree_order(tree) for tree, residual in residuals.items() if _beyond(residual, bounds[tree])]
    return min(broken) - 1 if broken else top


def _beyond(residual: Exact, bound: Exact) -> bool:
    return bool(abs(residual) > bound) if bound else bool(residual != 0)


def principal_error(tableau: Tableau, order: int | None = None) -> Any:
    """(Σ e(τ)²)^(1/2), e(τ) = (φ(τ) − 1/γ(τ))/σ(τ), over the trees with p + 1 nodes (HNW II.3).

    order: p, the order of the scheme (default: the claimed one).  The local error is
    h^(p+1) Σ e(τ) F(τ)(x) + O(h^(p+2)), so the norm compares schemes where the differentials F(τ) are alike.
    The result is an exact SymPy number.
    """
    nodes = (tableau.order if order is None else order) + 1
    residuals = order_conditions(tableau, nodes)
    e = [sp.sympify(residuals[tree] / symmetry(tree)) for tree in rooted_trees(nodes)]
    return sp.sqrt(sp.expand(sum(e_i**2 for e_i in e)))
