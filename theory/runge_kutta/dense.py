r"""What is between the steps: the quartic through both ends of a step, their slopes, and a value half way.

    x(t + θh) ≈ y_0 + θ (h f_0 + θ (c + θ (b + θ a))),      0 <= θ <= 1,
    a = 2h(f_1 − f_0) − 8(y_1 + y_0) + 16 m,    b = h(5f_0 − 3f_1) + 18y_0 + 14y_1 − 32 m,
    c = h(f_1 − 4f_0) − 11y_0 − 5y_1 + 16 m,    m ≈ x(t + h/2).

With m = y_0 + h Σ_i m_i k_i all of it is y_0 + h Σ_i b_i(θ) k_i, polynomials b_i(θ) = Σ_k B_ki θ^k, of order p where
Σ_i b_i(θ) u_i(τ) = θ^|τ|/γ(τ), coefficient by coefficient, for all trees τ with at most p nodes (HNW II.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from typing import Any

from gronwall.theory.rooted_trees import Tree, density, rooted_trees, tree_order
from gronwall.theory.runge_kutta.conditions import stage_weights
from gronwall.theory.runge_kutta.tableaux import Exact, Tableau, exact

__all__ = ["MIDDLE", "along", "dense_conditions", "dense_weights", "quartic"]

MIDDLE: tuple[Exact, ...] = tuple(
    F(entry) / 2
    for entry in (
        "6025192743/30085553152", "0", "51252292925/65400821598", "-2691868925/45128329728",
        "187940372067/1594534317056", "-1776094331/19743644256", "11237099/235043384",
    )
)  # fmt: skip
"""m_i for Dormand–Prince 5(4): of all weights of order four half way the ones of least principal error (a test derives
them).  Source: Shampine 1986, as in HNW's DOPRI5 and in torchdiffeq."""


def quartic(h: Any, y0: Any, y1: Any, f0: Any, f1: Any, middle: Any) -> tuple[Any, Any, Any, Any]:
    """The coefficients of θ, θ², θ³, θ⁴, in any arithmetic; the compiled solver compiles these lines."""
    a = 2 * h * (f1 - f0) - 8 * (y1 + y0) + 16 * middle
    b = h * (5 * f0 - 3 * f1) + 18 * y0 + 14 * y1 - 32 * middle
    c = h * (f1 - 4 * f0) - 11 * y0 - 5 * y1 + 16 * middle
    return h * f0, c, b, a


def along(y0: Any, coefficients: Sequence[Any], theta: Any) -> Any:
    """y_0 + θ (q_1 + θ (q_2 + θ (q_3 + θ q_4)))."""
    q1, q2, q3, q4 = coefficients
    return y0 + theta * (q1 + theta * (q2 + theta * (q3 + theta * q4)))


def dense_weights(b: Sequence[Any], middle: Sequence[Any]) -> list[tuple[Any, ...]]:
    """B_ki for k = 1 … 4, in the arithmetic of b, of a scheme whose last stage is the first of the next step.

    b: its weights, the last of them zero; middle: m_i.  The quartic of y_0 = 0, h = 1 and one slope at a time.
    """
    last = len(b) - 1
    columns = [quartic(1, 0, b[i], int(i == 0), int(i == last), middle[i]) for i in range(len(b))]
    return list(zip(*columns, strict=True))


def dense_conditions(tableau: Tableau, weights: Sequence[Sequence[Exact]], order: int) -> dict[Tree, list[Exact]]:
    """The residuals Σ_i B_ki u_i(τ) − [k = |τ|]/γ(τ), k = 1 …, of all trees with at most `order` nodes, exactly."""
    return {
        tree: [
            exact(sum(w * u for w, u in zip(row, stage_weights(tableau, tree), strict=True)))
            - (F(1, density(tree)) if k == tree_order(tree) else 0)
            for k, row in enumerate(weights, start=1)
        ]
        for nodes in range(1, order + 1)
        for tree in rooted_trees(nodes)
    }
