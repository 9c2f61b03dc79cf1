"""Memory to the byte: states by route, arrays alive, and what torch saves for the backward pass."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torchdiffeq import odeint, odeint_adjoint

from gronwall import identity, pick, rate
from gronwall.theory.runge_kutta import HEUN
from systems.adjoint.memory import alive, saved
from systems.adjoint.schemes import LENGTH, ROUTES, SMOOTH, START, by_route

REF = "Memory by route (own statement)"
STATES = {
    "stored": lambda n: n,
    "checkpointed": lambda n: min(n, 4 + 1),
    "rebuilt": lambda n: 1,
    "reversible": lambda n: 2,
    "continuous": lambda n: 1,
}
"""States held beside the last one, the covector and the gradient in θ; 4 slots for checkpoints."""
BYTES = START.nbytes


@dataclass(frozen=True)
class Depth:
    """A route and a number of steps."""

    route: str
    steps: int


DEPTHS = st.builds(Depth, st.sampled_from(sorted(ROUTES)), st.integers(8, 64))


@identity(source="gronwall", ref=REF, over=DEPTHS, examples=pick(quick=20, full=200))
def a_route_holds_as_many_states_as_it_says(instance):
    r"""Most bytes alive over $n>8$ steps less those over 8: $16(n-8)$ for stored states, 0 for every other route.

    Counted as the arrays of the states live and die, not from the routes' own books; checkpoints are held in 4 slots.
    """
    more = alive(instance.route, instance.steps) - alive(instance.route, 8)
    return more, float(BYTES) * (STATES[instance.route](instance.steps) - STATES[instance.route](8))


@a_route_holds_as_many_states_as_it_says.mutant("every route holds every state")
def _(instance):
    return alive(instance.route, instance.steps) - alive(instance.route, 8), float(BYTES * (instance.steps - 8))


@a_route_holds_as_many_states_as_it_says.mutant("no route holds more")
def _(instance):
    return alive(instance.route, instance.steps) - alive(instance.route, 8), 0.0


@identity(source="gronwall", ref=REF, cases=list(ROUTES))
def the_books_of_a_route_are_right(case, log, effort):
    r"""States held at most: $n$ stored, $\min(n,s+1)$ checkpointed, 1 rebuilt, 2 reversible, 1 with the adjoint ODE."""
    for n in (2**k for k in range(2, effort.pick(quick=8, full=13))):
        log("bytes alive", x=n, measured=alive(case, n), predicted=BYTES * STATES[case](n), route=case)
    return books(case)


def books(case):
    """States held at most by a route's own account, and by the formula."""
    steps = [1, 2, 5, 16, 33]
    return [by_route(case, HEUN, n).held.peak for n in steps], [STATES[case](n) for n in steps]


@the_books_of_a_route_are_right.mutant("one state more")
def _(case):
    left, right = books(case)
    return left, [r + 1 for r in right]


# ---------------------------------------------------------------- torch


class Field(torch.nn.Module):
    """The smooth field, its weights as one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = torch.nn.Parameter(torch.tensor(SMOOTH.flat()))

    def forward(self, t, z):
        return SMOOTH.like(self.theta)(t, z)


def torch_bytes(solve, n: int, outputs: int) -> float:
    """What `solve` saves over n steps of rk4 in all with as many outputs."""
    field, start = Field(), torch.tensor(START, requires_grad=True)
    times = torch.linspace(0, LENGTH, outputs, dtype=torch.float64)
    options = {"step_size": LENGTH / n}
    return saved(lambda: solve(field, start, times, method="rk4", options=options))


@rate(
    source="torchdiffeq", ref="Memory, torchdiffeq 0.2.5", order=-1, at=[8, 16, 32, 64, 128], direction="n", within=0.05
)
def backpropagation_through_a_solver_saves_bytes_like_the_steps(n, log):
    r"""What autograd saves through torchdiffeq's rk4 grows like the number of steps."""
    measured = torch_bytes(odeint, n, 2)
    log("bytes saved by torch", x=n, measured=measured, route="odeint")
    log("bytes saved by torch", x=n, measured=torch_bytes(odeint_adjoint, n, 2), route="odeint_adjoint")
    return measured


backpropagation_through_a_solver_saves_bytes_like_the_steps.mutant("constant", order=0)


@backpropagation_through_a_solver_saves_bytes_like_the_steps.mutant("so does the adjoint")
def _(n):
    return torch_bytes(odeint_adjoint, n, 2)


def stated(outputs: int) -> float:
    """8T(1 + d) + 8p bytes: the times, the states at them, the weights."""
    return 8.0 * outputs * (1 + START.size) + 8.0 * SMOOTH.flat().size


@identity(source="torchdiffeq", ref="torchdiffeq#259, #54: O(1) memory not observed", cases=[2, 5, 33])
def torchdiffeqs_adjoint_saves_the_times_the_outputs_and_the_weights(case):
    r"""`odeint_adjoint` saves $8T(1+d)+8p$ bytes for $T$ outputs: constant in the steps, linear in the outputs."""
    measured = [torch_bytes(odeint_adjoint, n, case) for n in (64, 256)]
    return measured, [stated(case)] * 2


@torchdiffeqs_adjoint_saves_the_times_the_outputs_and_the_weights.mutant("the last state only")
def _(case):
    left, _ = torchdiffeqs_adjoint_saves_the_times_the_outputs_and_the_weights(case)
    return left, [stated(1)] * 2


@torchdiffeqs_adjoint_saves_the_times_the_outputs_and_the_weights.mutant("backpropagation saves no more")
def _(case):
    return [torch_bytes(odeint, n, case) for n in (64, 256)], [stated(case)] * 2
