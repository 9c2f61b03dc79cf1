"""How far a flow moves, and how far a change of its parameters moves it: the constants of the bound, and when equal."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import norm
from gronwall.theory.generalization.bounds import displacement, parameter_lipschitz
from systems.generalization.flows import Flow, instances, path_size

MOVES = "Proposition: flows are bounded (recalled)"
LIPSCHITZ = "Proposition: flows are Lipschitz in the parameters (recalled)"
FAMILIES = instances("identity", "signs", "tanh")
EXAMPLES = pick(quick=20, full=200)


def nearly_equal(size: Fraction, m: int = 1) -> Flow:
    """The identity flow with a perturbation of 2⁻²⁰, where the Lipschitz bound is attained to six digits."""
    return Flow("identity", m, size, Fraction(1, 2**20))


@bound(source="marion2023", ref=MOVES, over=FAMILIES, sharp=0.999999, examples=EXAMPLES)
def a_flow_moves_by_its_displacement_at_most(instance):
    r"""$\|F_\theta(x)-x\|\le\frac M{K_f}(e^{K_fR}-1)$, $M=\max_i\|f_i(x)\|$, whatever $f_i(0)$ is.

    Closed forms and validated solutions in balls.  f(h) = h attains it exactly, which no ball can decide: so R is
    raised by 2⁻⁴⁶ everywhere, and the ratio there is 1 to thirteen digits.
    """
    x, end, _ = instance.ends()
    K_f, M = instance.constants()
    return norm(end - x), displacement(raised(instance), K_f, M)


def raised(instance: Flow) -> Any:
    """‖θ‖ of the first path, and a little more."""
    return rigor.ball(path_size(instance.paths()[0]) + Fraction(1, 2**46))


@a_flow_moves_by_its_displacement_at_most.witness
def _():
    return nearly_equal(Fraction(1, 2))


@a_flow_moves_by_its_displacement_at_most.witness
def _():
    return nearly_equal(Fraction(2), 3)


@a_flow_moves_by_its_displacement_at_most.mutant("M R, as if the field did not grow along the flow")
def _(instance):
    x, end, _ = instance.ends()
    return norm(end - x), instance.constants()[1] * raised(instance)


@a_flow_moves_by_its_displacement_at_most.mutant("half the exponent")
def _(instance):
    x, end, _ = instance.ends()
    K_f, M = instance.constants()
    return norm(end - x), displacement(raised(instance), K_f / 2, M)


def moved(instance: Flow):
    """‖F_θ(x) − F_θ̃(x)‖ and what the bound is made of: K_f, M, R and ‖θ − θ̃‖."""
    _, one, other = instance.ends()
    return norm(one - other), *instance.constants(), rigor.ball(instance.radius), rigor.ball(instance.gap)


@bound(source="marion2023", ref=LIPSCHITZ, over=FAMILIES, sharp=0.999999, examples=EXAMPLES)
def a_flow_is_lipschitz_in_its_parameters(instance):
    r"""$\|F_\theta(x)-F_{\tilde\theta}(x)\|\le Me^{K_fR}\,\|\theta-\tilde\theta\|_{1,\infty}$: a sharp constant.

    Attained in the limit by f(h) = h, θ ≡ R, θ̃ → θ, whatever f_i(0) is: without that instance wrong constants pass,
    since random fields stay far below the bound.
    """
    measured, K_f, M, R, gap = moved(instance)
    return measured, parameter_lipschitz(R, K_f, M) * gap


@a_flow_is_lipschitz_in_its_parameters.witness
def _():
    return nearly_equal(Fraction(1, 8))


@a_flow_is_lipschitz_in_its_parameters.witness
def _():
    return nearly_equal(Fraction(2), 4)


@a_flow_is_lipschitz_in_its_parameters.mutant("half the exponent: M e^{K_f R/2}")
def _(instance):
    measured, K_f, M, R, gap = moved(instance)
    return measured, parameter_lipschitz(R / 2, K_f, M) * gap


@a_flow_is_lipschitz_in_its_parameters.mutant("max_i |θ_i| for Σ_i |θ_i|: a factor m")
def _(instance):
    measured, K_f, M, R, _ = moved(instance)
    (a, b), (c, e) = instance.paths()
    gap = max(abs(x - y) for u, v in ((a, c), (b, e)) for x, y in zip(u, v, strict=True))
    return measured, parameter_lipschitz(R, K_f, M) * rigor.ball(gap)


@a_flow_is_lipschitz_in_its_parameters.mutant("the size of the field at the start only: M")
def _(instance):
    measured, _, M, _, gap = moved(instance)
    return measured, M * gap


@a_flow_is_lipschitz_in_its_parameters.printed("2 M K_f R e^{2 K_f R}, which vanishes with R", recalled=True)
def _(instance):
    measured, K_f, M, R, gap = moved(instance)
    return measured, 2 * K_f * R * parameter_lipschitz(2 * R, K_f, M) * gap
