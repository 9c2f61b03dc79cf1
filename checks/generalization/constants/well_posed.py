"""A flow with Lipschitz fields has one solution: back to the start, close starts stay close, and what fails without."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import absolute, exp
from gronwall.theory.gronwall_lemma import phi1
from systems.generalization.flows import Flow, eighths, flow

WELL_POSED = "Proposition: well-posedness (recalled)"


def there_and_back(rng: np.random.Generator, count: int, *, reverse: bool = True, backwards: bool = True) -> Any:
    """Random flows of fields v_i tanh(w_i h + b_i), run forward and then on: the last states, and the starts."""
    last, starts = [], []
    for _ in range(count):
        instance = Flow("tanh", 2, Fraction(1), Fraction(1), int(rng.integers(10**6)))
        (layer, x0), path = instance.fields(), instance.paths()[0]
        back = path if reverse else path[::-1]
        last += flow(layer, back, flow(layer, path, x0), backwards=backwards).entries()
        starts += x0.entries()
    return last, starts


@identity(
    source="marion2023",
    ref=WELL_POSED,
    tol=1e-6,
    why="the width of a validated solution after two runs, steps with a tolerance of 2^-40",
)
def a_flow_leads_back_to_its_start(rng, effort):
    r"""$dH=\sum\theta_i(t)f_i(H)dt$, run with $-\theta(1-t)$ from $F_\theta(x)$, returns to $x$: nothing has merged.

    Validated solutions of random fields v_i tanh(w_i h + b_i), forward and back: the last box contains the start.
    """
    return there_and_back(rng, effort.pick(quick=2, full=16))


@a_flow_leads_back_to_its_start.mutant("the parameters are not reversed in time")
def _(rng, effort):
    return there_and_back(rng, effort.pick(quick=2, full=16), reverse=False)


@a_flow_leads_back_to_its_start.mutant("the sign is not reversed")
def _(rng, effort):
    return there_and_back(rng, effort.pick(quick=2, full=16), reverse=False, backwards=False)


@dataclass(frozen=True)
class Starts:
    """Two starts x and x + apart on a line, time t, field h ↦ slope · h + offset."""

    x: Fraction
    apart: Fraction
    slope: Fraction
    offset: Fraction
    t: Fraction

    def distance(self) -> Any:
        """|H_t(x) − H_t(x + apart)|, from the closed form h e^{at} + b t φ₁(at)."""
        a, b, t = rigor.ball(self.slope), rigor.ball(self.offset), rigor.ball(self.t)
        ends = [rigor.ball(x) * exp(a * t) + b * t * phi1(a * t) for x in (self.x, self.x + self.apart)]
        return absolute(ends[1] - ends[0])


STARTS = st.builds(Starts, eighths(-8, 8), eighths(1, 8), eighths(-16, 16).filter(bool), eighths(-8, 8), eighths(1, 8))
MARGIN = 1 + Fraction(1, 2**40)


@bound(source="marion2023", ref=WELL_POSED, over=STARTS, sharp=0.999999, examples=pick(quick=60, full=500))
def close_starts_stay_close(instance):
    r"""$|H_t(x)-H_t(\tilde x)|\le e^{K_f\int_0^t|\theta|_1}|x-\tilde x|$, so a start has one solution.

    Affine fields in balls.  Attained by every expanding field: the right side is raised by 2⁻⁴⁰ of itself, so that a
    ball can decide.
    """
    return instance.distance(), exp(abs(rigor.ball(instance.slope)) * instance.t.numerator / instance.t.denominator) * (
        rigor.ball(instance.apart * MARGIN)
    )


@close_starts_stay_close.mutant("no growth: |x − x̃|")
def _(instance):
    return instance.distance(), rigor.ball(instance.apart * MARGIN)


@close_starts_stay_close.mutant("Hölder fields are enough: h' = |h|^(1/2) from 0, at rest or t²/4")
def _(instance):
    t = instance.t
    return abs(t**2 / 4 - 0), 0 * exp(rigor.ball(t))


@close_starts_stay_close.mutant("locally Lipschitz fields are enough: h' = h², the slope taken at the start")
def _(instance):
    x, t = abs(instance.x) + Fraction(1, 8), instance.t / (2 * (abs(instance.x) + 2))
    ends = [y / (1 - y * t) for y in (x, x + instance.apart * Fraction(1, 8))]
    return ends[1] - ends[0], exp(rigor.ball(2 * x * t)) * rigor.ball(instance.apart * Fraction(1, 8))


x, t = sp.symbols("x t", positive=True)


def residuals(explosion: Any, departure: Any) -> Any:
    """h' − 2h² and h' − |h|^(1/2), what h is at time 0, and when the first one ends."""
    rest = sp.Integer(0)
    return sp.Matrix(
        [
            sp.simplify(explosion.diff(t) - 2 * explosion**2),
            explosion.subs(t, 0) - x,
            sp.simplify(departure.diff(t) - sp.sqrt(departure)),
            rest.diff(t) - sp.sqrt(rest),
            departure.subs(t, 0),
            sp.limit(1 / explosion, t, 1 / (2 * x)),
        ]
    )


@identity(source="marion2023", ref="Well-posedness, what cannot be dropped (own statement)")
def without_a_lipschitz_constant_solutions_end_or_branch():
    r"""$h'=2h^2$, $h(0)=x$ ends at $t=\frac1{2x}<1$; $h'=\sqrt{|h|}$, $h(0)=0$ has the solutions $0$ and $t^2/4$.

    Locally Lipschitz does not do for existence up to time 1, Hölder continuous not for uniqueness.  Symbolically.
    """
    return residuals(x / (1 - 2 * x * t), t**2 / 4), sp.zeros(6, 1)


@without_a_lipschitz_constant_solutions_end_or_branch.mutant("it ends at 1/x")
def _():
    return residuals(x / (1 - x * t), t**2 / 4), sp.zeros(6, 1)


@without_a_lipschitz_constant_solutions_end_or_branch.mutant("the second solution is t²/2")
def _():
    return residuals(x / (1 - 2 * x * t), t**2 / 2), sp.zeros(6, 1)
