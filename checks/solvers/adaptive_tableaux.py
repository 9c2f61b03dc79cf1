"""The tableaux of torchdiffeq's adaptive methods: order by algebra and at a held step, on and between the steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gronwall import identity, rate
from gronwall.theory.rooted_trees import density, rooted_trees
from systems.solvers.torch_solvers import held_step_error, tableau

WHY = "float64 coefficients up to 54 in rows of up to 14, orders up to 8"


@dataclass(frozen=True)
class Adaptive:
    """A method: the orders of its solution, of its embedded solution, and of its value at the middle of a step."""

    name: str
    solution: int
    embedded: int
    middle: int


METHODS = {
    m.name: m
    for m in (
        Adaptive("dopri5", 5, 4, 4),
        Adaptive("dopri8", 8, 7, 5),
        Adaptive("bosh3", 3, 2, 1),
        Adaptive("fehlberg2", 2, 1, 1),
        Adaptive("adaptive_heun", 2, 1, 1),
    )
}


def stage_weights(A, tree):
    """u_i(τ), as in `gronwall.theory.runge_kutta`, in floats."""
    u = np.ones(len(A))
    for subtree in tree:
        u = u * (A @ stage_weights(A, subtree))
    return u


def conditions(name, part, order, theta=1.0):
    """Σ w_i u_i(τ) and θ^|τ|/γ(τ) for all trees up to an order: weights of a solution at t + θh."""
    parts = tableau(name)
    trees = [(nodes, tree) for nodes in range(1, order + 1) for tree in rooted_trees(nodes)]
    left = [parts[part] @ stage_weights(parts["A"], tree) for _, tree in trees]
    nodes = list(parts["A"].sum(axis=1) - parts["c"])
    return np.array(left + nodes), np.array([theta**k / density(tree) for k, tree in trees] + [0.0] * len(nodes))


REF = "Tableaux, torchdiffeq 0.2.5"


@identity(source="torchdiffeq", ref=REF, cases=METHODS, tol=1e-13, why=WHY)
def an_adaptive_tableau_meets_the_conditions_of_its_order(case):
    r"""$\sum_ib_iu_i(\tau)=1/\gamma(\tau)$ for all trees up to order $p$ (200 for dopri8), and $c=A\mathbb 1$."""
    return conditions(case.name, "solution", case.solution)


@an_adaptive_tableau_meets_the_conditions_of_its_order.mutant("one order more")
def _(case):
    return conditions(case.name, "solution", case.solution + 1)


@an_adaptive_tableau_meets_the_conditions_of_its_order.mutant("the embedded weights in its place")
def _(case):
    return conditions(case.name, "embedded", case.solution)


@identity(source="torchdiffeq", ref=REF, cases=METHODS, tol=1e-13, why=WHY)
def an_embedded_solution_is_one_order_lower(case):
    r"""The embedded weights $b-e$ meet the conditions one order below the solution, and not more."""
    return conditions(case.name, "embedded", case.embedded)


@an_embedded_solution_is_one_order_lower.mutant("the same order as the solution")
def _(case):
    return conditions(case.name, "embedded", case.solution)


@identity(source="torchdiffeq", ref=REF, cases=METHODS, tol=1e-13, why=WHY)
def a_mid_point_meets_the_conditions_half_way(case):
    r"""$\sum_im_iu_i(\tau)=2^{-|\tau|}/\gamma(\tau)$ up to order 4, 5, 1, 1, 1: what torchdiffeq interpolates through.

    bosh3 takes $y_0+\frac h2k_2$ with $k_2$ at the *middle* of the step; $\frac h2k_2$ belongs to a step of h, so its
    value half way is wrong by $\frac{h^2}8y''$, one order below what a method of order three needs.
    """
    return conditions(case.name, "middle", case.middle, theta=0.5)


@a_mid_point_meets_the_conditions_half_way.mutant("one order more")
def _(case):
    return conditions(case.name, "middle", case.middle + 1, theta=0.5)


@dataclass(frozen=True)
class Held:
    """A sweep at held steps: the order on the steps and between them, the numbers of steps, the length of time."""

    name: str
    order: int
    between: int
    at: tuple[int, ...]
    length: float = 1.0


SWEEPS = {
    s.name: s
    for s in (
        Held("dopri5", 5, 5, (16, 24, 32, 48, 64)),
        Held("dopri8", 8, 5, (16, 20, 24, 32, 40, 48, 64), 2.0),
        Held("bosh3", 3, 2, (32, 64, 128, 256)),
        Held("fehlberg2", 2, 2, (32, 64, 128, 256)),
        Held("adaptive_heun", 2, 2, (32, 64, 128, 256)),
    )
}
REF_ORDER = "Adaptive methods at a held step, torchdiffeq 0.2.5"


@rate(
    source="torchdiffeq",
    ref=REF_ORDER,
    order=lambda case: case.order,
    at=lambda case: case.at,
    within=0.25,
    cases=SWEEPS,
)
def an_adaptive_method_at_a_held_step_has_its_order(n, case):
    r"""With $h$ held and outputs on the steps, the error of an adaptive method falls like $h^p$: p = 5, 8, 3, 2, 2."""
    return held_step_error(case.name, n, case.length)


an_adaptive_method_at_a_held_step_has_its_order.mutant("one order more", order=lambda case: case.order + 1)
an_adaptive_method_at_a_held_step_has_its_order.mutant("one order less", order=lambda case: case.order - 1)


@rate(
    source="torchdiffeq",
    ref=REF_ORDER,
    order=lambda case: case.between,
    at=lambda case: case.at,
    within=0.25,
    cases=SWEEPS,
)
def outputs_between_the_steps_can_be_of_lower_order(n, case):
    r"""Between the steps torchdiffeq interpolates by a quartic: bosh3 falls from order 3 to 2, dopri8 from 8 to 5.

    Outputs are asked for 0.3 h before the steps.  A quartic leaves O(h⁵), too much for a method of order eight; bosh3
    suffers from its mid-point (`a_mid_point_meets_the_conditions_half_way`).
    """
    return held_step_error(case.name, n, case.length, back=0.3)


outputs_between_the_steps_can_be_of_lower_order.mutant("one order more", order=lambda case: case.between + 1)
outputs_between_the_steps_can_be_of_lower_order.mutant("one order less", order=lambda case: case.between - 1)
