"""Recursive checkpointing: the least recomputation for a number of slots, and that the schedule attains it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import comb

from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.adjoint.checkpoints import checkpoint_cost
from gronwall.theory.adjoint.discrete import Held, Problem, checkpointed
from gronwall.theory.runge_kutta import EULER

REF = "Checkpointing (own statement)"


@dataclass(frozen=True)
class Schedule:
    """n steps, and slots for states, the start among them."""

    steps: int
    slots: int


SCHEDULES = st.builds(Schedule, st.integers(1, 60), st.integers(1, 9))


@cache
def least(n: int, slots: int) -> int:
    """min over the first state to hold: advance m, reverse what is after it, then what is before."""
    if n == 1:
        return 0
    if slots == 1:
        return n * (n - 1) // 2
    return min(m + least(n - m, slots - 1) + least(m, slots) for m in range(1, n))


@identity(source="griewank2000", ref=REF, over=SCHEDULES, examples=pick(quick=200, full=800))
def the_least_recomputation_is_binomial(instance):
    r"""The least number of steps computed again is $rn-\binom{s+r}{s+1}$, $\binom{s+r-1}{s}<n\le\binom{s+r}{s}$.

    Against dynamic programming, in integers.
    """
    return checkpoint_cost(instance.steps, instance.slots), least(instance.steps, instance.slots)


def repetitions(n, slots):
    """The least r with n <= C(s + r, s)."""
    return next(r for r in range(n + 1) if comb(slots + r, slots) >= n)


@the_least_recomputation_is_binomial.mutant("r n − C(s + r, s)")
def _(instance):
    r = repetitions(instance.steps, instance.slots)
    return r * instance.steps - comb(instance.slots + r, instance.slots), least(instance.steps, instance.slots)


@the_least_recomputation_is_binomial.mutant("a slot more: the start needs none")
def _(instance):
    return checkpoint_cost(instance.steps, instance.slots + 1), least(instance.steps, instance.slots)


def run(instance: Schedule) -> Held:
    """What the schedule held and computed, on a field that costs nothing."""
    problem = Problem(lambda t, x: -x, lambda t, x, g: (-g, 0.0), 0.0, 1.0, 1.0, lambda t, x: 1.0)
    return checkpointed(EULER, problem, instance.steps, instance.slots).held


@identity(source="griewank2000", ref=REF, over=SCHEDULES, examples=pick(quick=60, full=600))
def the_schedule_computes_and_holds_what_the_formula_says(instance, log):
    r"""Steps executed: $n+rn-\binom{s+r}{s+1}$; states held at most: $\min(n,s+1)$, the one at work included."""
    held, n, s = run(instance), instance.steps, instance.slots
    return [held.steps, held.peak, held.pulls], [n + checkpoint_cost(n, s), min(n, s + 1), n]


@the_schedule_computes_and_holds_what_the_formula_says.mutant("half of the steps are computed twice")
def _(instance):
    held, n = run(instance), instance.steps
    return [held.steps, held.peak, held.pulls], [n + n // 2, min(n, instance.slots + 1), n]


@the_schedule_computes_and_holds_what_the_formula_says.mutant("s states held, the one at work not counted")
def _(instance):
    held, n, s = run(instance), instance.steps, instance.slots
    return [held.steps, held.peak, held.pulls], [n + checkpoint_cost(n, s), min(n, s), n]


POWERS = range(1, 13)


def recomputed(slots=None, powers=POWERS):
    """Steps computed again over n = 2, 4, …, 4096 steps with log₂n slots, or with a number of them."""
    return [run(Schedule(2**k, slots or k)).steps - 2**k for k in powers]


@bound(source="griewank2000", ref=REF, sharp=1)
def logarithmic_memory_costs_a_logarithmic_factor(log):
    r"""With $\log_2n$ slots at most $\frac n2\log_2n$ steps are computed again, for $n=2,4,\dots,4096$.

    Halving again and again recomputes (n/2) log₂n, for n = 2 with equality; the best schedule computes less, 4.4 n at
    n = 4096 where 6 n are allowed.
    """
    again = recomputed()
    for k, steps in zip(POWERS, again, strict=True):
        log("steps computed again", x=2**k, measured=steps, predicted=2 ** (k - 1) * k, slots=k)
    return again, [2 ** (k - 1) * k for k in POWERS]


@logarithmic_memory_costs_a_logarithmic_factor.mutant("with three slots")
def _():
    return recomputed(3, POWERS[:8]), [2 ** (k - 1) * k for k in POWERS[:8]]


@logarithmic_memory_costs_a_logarithmic_factor.mutant("nothing is computed three times")
def _():
    return recomputed(powers=POWERS[:8]), [2**k for k in POWERS[:8]]
