"""Proposition 1: the adjoint that solves the equation in print is the one of the velocity, ∂L/∂h'."""

from __future__ import annotations

import numpy as np
import sympy as sp

from gronwall import identity
from gronwall.theory.nesterov.adjoint import adjoint_equation, nesterov_adjoint, weighted_equation
from gronwall.theory.nesterov.limit import nesterov_field
from systems.nesterov.runs import SECOND, SIGMAS, Force, by_complex_steps, differenced, inner, nesterov_run, smooth

PROPOSITION = "Proposition 1, (16)"
t, T, r, N = sp.Symbol("t", positive=True), sp.Symbol("T", positive=True), sp.Symbol("r", positive=True), 2
A_H, A_M = (sp.Matrix([[sp.Function(f"{name}{i}")(t) for i in (1, 2)]]) for name in ("p", "q"))
J = sp.Matrix(2, 2, lambda i, j: sp.Function(f"J{i + 1}{j + 1}")(t))
"""A general 2 x 2 Jacobian f_h along the trajectory, not symmetric."""

PLAIN = {f: sp.Symbol(f.func.__name__) for f in [*A_H, *A_M, *J]}
"""Once no derivative is left, the functions are numbers at one time."""


def solved(expression, factor=r):
    """The expression with every derivative of the adjoints replaced by what the adjoint system says."""
    dh, dm = nesterov_adjoint(A_H, A_M, J, t, factor)
    first = dict(zip([*A_H.diff(t), *A_M.diff(t)], [*dh, *dm], strict=True))
    ddh = dh.diff(t).subs(first)
    ddm = dm.diff(t).subs(first)
    second = dict(zip([*A_H.diff(t, 2), *A_M.diff(t, 2)], [*ddh, *ddm], strict=True))
    return expression.subs(second).subs(first).subs(PLAIN).expand()


def left_of_16(a, sign=1, damping=1, J=J):
    return solved(adjoint_equation(a, damping * a.diff(t), a.diff(t, 2), J, t, r) + (sign - 1) * r / t**2 * a)


ZERO = sp.zeros(1, 2)


@identity(source="nguyen2022", ref=PROPOSITION)
def the_velocity_adjoint_solves_a_second_order_equation():
    r"""$a=\partial L/\partial h'(t)$ of a NesterovNODE solves $a''-\frac rta'+a\,\partial_hf+\frac r{t^2}a=0$.

    Eliminated from a_h' = a_m f_h, a_m' = −a_h + (r/t) a_m for a general Jacobian along the trajectory, N = 2.
    """
    return left_of_16(A_M), ZERO


@the_velocity_adjoint_solves_a_second_order_equation.mutant("without r a/t²")
def _():
    return left_of_16(A_M, sign=0), ZERO


@the_velocity_adjoint_solves_a_second_order_equation.mutant("−r a/t²")
def _():
    return left_of_16(A_M, sign=-1), ZERO


@the_velocity_adjoint_solves_a_second_order_equation.mutant("+(r/t) a'")
def _():
    return left_of_16(A_M, damping=-1), ZERO


@the_velocity_adjoint_solves_a_second_order_equation.mutant("f_h a in the place of a f_h")
def _():
    return left_of_16(A_M, J=J.T), ZERO


def without_force(a):
    """(16) for r = 3, f = 0 and N = 1, a a function of t."""
    return adjoint_equation(a, a.diff(t), a.diff(t, 2), sp.Integer(0), t, 3)


@identity(source="nguyen2022", ref=PROPOSITION)
def without_a_force_the_two_adjoints_are_known():
    r"""$f=0$, $L=h(T)$: $\partial_hL=1$, and $\partial_{h'}L=\frac t2(1-t^2/T^2)$ solves (16).

    h(T) = h + h' ∫_t^T (t/s)³ ds.  The constant 1 leaves 3/t² in (16): the smallest counterexample to the equation
    for ∂L/∂h, and one that needs no network.
    """
    s = sp.Symbol("s", positive=True)
    velocity = sp.integrate((t / s) ** 3, (s, t, T))
    return sp.Matrix([velocity, without_force(velocity)]), sp.Matrix([t / 2 * (1 - t**2 / T**2), 0])


@without_a_force_the_two_adjoints_are_known.printed("(16) holds for a = ∂L/∂h(t), as printed")
def _():
    return without_force(sp.Integer(1)), sp.Integer(0)


@without_a_force_the_two_adjoints_are_known.mutant("damped by 2/t")
def _():
    a = t / 2 * (1 - t**2 / T**2)
    return without_force(a) + a.diff(t) / t, sp.Integer(0)


def weighted(power):
    c = A_M * t ** (-power)
    return solved(weighted_equation(c, c.diff(t), c.diff(t, 2), J, t, r))


@identity(source="nguyen2022", ref="Proposition 1, the weight t^r (own statement)")
def the_weighted_adjoint_is_a_nesterov_layer():
    r"""$c=t^{-r}\,\partial L/\partial h'$ solves $c''+\frac rtc'+c\,\partial_hf=0$, a Nesterov equation again.

    This is what the sentence "the adjoint of a NesterovNODE is a NesterovNODE" can mean: linear, and after the
    weight.
    """
    return weighted(r), ZERO


@the_weighted_adjoint_is_a_nesterov_layer.mutant("the weight t^(r − 1)")
def _():
    return weighted(r - 1), ZERO


@the_weighted_adjoint_is_a_nesterov_layer.mutant("the weight t^−r")
def _():
    return weighted(-r), ZERO


@the_weighted_adjoint_is_a_nesterov_layer.mutant("no weight")
def _():
    return weighted(0), ZERO


# ---------------------------------------------------------------- along a network, against autograd


LAYERS = {name: Force(1, inner=name) for name in SIGMAS}


def residual(layer, which, transposed=False, missing=False, run=None):
    """What (16) leaves of the true adjoint at the nodes, kinks of the network left out."""
    run = nesterov_run(layer) if run is None else run
    a, jac = getattr(run, which), layer.jacobian(run.first, run.column)
    if transposed:
        jac = jac.swapaxes(-1, -2)
    before = layer.before(run.first, run.column, layer.weights())
    keep = smooth((before, SIGMAS[layer.inner].bends))
    times = inner(run.column)
    found = adjoint_equation(inner(a), differenced(a, run.step), differenced(a, run.step, SECOND), inner(jac), times)
    return (found - missing * 3 / times**2 * inner(a))[keep]


OTHER = Force(7)


def apart():
    """The adjoints of another network by another route."""
    return by_complex_steps(OTHER, nesterov_field(lambda h, t: OTHER.force(h, t, OTHER.weights())))


@identity(
    source="nguyen2022", ref=PROPOSITION, cases=LAYERS, tol=1e-6,
    why="differences of order six and the classical scheme at h = 1/120: h⁴ = 5e-9 times derivatives of order 100",
)  # fmt: skip
def autograd_confirms_the_velocity_adjoint(case, log):
    r"""Autograd's $\partial L/\partial h'$ of a network leaves nothing in (16); $\partial L/\partial h$ does.

    Logged beside the residual of ∂L/∂h, which is of the order of the adjoint itself, for three activations; and, as
    "independent residual", for the adjoints of another network by complex steps through DOP853.  `reported` is what
    differences through the classical scheme left for a third network, in the notes this subject began with.
    """
    for form, which in (("corrected", "a_second"), ("printed", "a_first")):
        left = residual(case, which)
        log("residual", x=0, measured=float(np.abs(left).max()), form=form, sigma=case.inner, proposition=1)
    for form, which in (("corrected", "a_second"), ("printed", "a_first")) if case.inner == "tanh" else ():
        left, told = residual(OTHER, which, run=apart()), {"corrected": 2.9e-10, "printed": 2.85}[form]
        log("independent residual", x=0, measured=float(np.abs(left).max()), form=form, proposition=1, reported=told)
    return residual(case, "a_second"), 0.0


@autograd_confirms_the_velocity_adjoint.mutant("for a = ∂L/∂h")
def _(case):
    return residual(case, "a_first"), 0.0


@autograd_confirms_the_velocity_adjoint.mutant("f_h a in the place of a f_h")
def _(case):
    return residual(case, "a_second", transposed=True), 0.0


@autograd_confirms_the_velocity_adjoint.mutant("without 3a/t²")
def _(case):
    return residual(case, "a_second", missing=True), 0.0
