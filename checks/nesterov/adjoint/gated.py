"""Proposition 2: the gate σ(k) multiplies the adjoint of a GNesterovNODE, and what follows for its gradients."""

from __future__ import annotations

import numpy as np
import sympy as sp

from gronwall import identity
from gronwall.theory.nesterov.adjoint import gated_adjoint
from gronwall.theory.nesterov.limit import gate, gated_field
from systems.nesterov.runs import (
    SIGMAS,
    TANH,
    XI,
    Force,
    by_complex_steps,
    differenced,
    gate_of,
    gated_ingredients,
    ingredients,
    inner,
    smooth,
)

PROPOSITION = "Proposition 2, (17), (22)"
t, xi = sp.symbols("t xi", positive=True)
X, M, AX, AM, B = (sp.Matrix([[sp.Symbol(f"{name}{i}") for i in (1, 2)]]) for name in ("x", "m", "p", "q", "b"))
W = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"w{i + 1}{j + 1}"))


def slope(z):
    """tanh'."""
    return 1 - sp.tanh(z) ** 2


def of_all(f, row):
    return row.applyfunc(f)


def activation(z):
    """tanh, entry by entry."""
    return of_all(sp.tanh, z) if hasattr(z, "rows") else sp.tanh(z)


def force(h, s):
    """f = Wh + tb."""
    return h * W.T + s * B


def through_the_jacobian(field=None):
    """(a_x', a_m') = −a ∂(x', m')/∂(x, m) of (15), σ = tanh and f = Wh + tb, N = 2, by SymPy's own derivatives."""
    field = field or gated_field(force, activation, xi)
    state = sp.Matrix([[*X, *M]])
    slopes = sp.Matrix([[*(part for half in field(X, M, t) for part in half)]])
    return -sp.Matrix([[*AX, *AM]]) * slopes.jacobian(state)


def by_the_proposition(multiplier, sign=1, slopes=True, growth=1):
    """(17) with this multiplier in the place of the gate."""
    f = sp.tanh(gate(t)) * X * W.T + t * B
    Jsf = sp.diag(*of_all(slope, f)) * W
    momentum = AX.multiply_elementwise(of_all(slope, M)) if slopes else AX
    dx, dm = gated_adjoint(AX, AM, Jsf, 1, multiplier, xi)
    return sp.Matrix([[*(sign * dx), *(dm + (growth - 1) * AM + AX - momentum)]])


@identity(source="nguyen2022", ref=PROPOSITION)
def the_gate_multiplies_the_adjoint():
    r"""$a_x'=\sigma(k)\,a_m[\partial_h\sigma(f)+\xi I]$, $a_m'=a_m-a_x\,\mathrm{diag}\,\sigma'(m)$ for GNesterovNODE.

    In (17) the factor is printed without σ.  Where σ(k) = k on the whole interval, σ = id above all, nothing
    changes. From SymPy's Jacobian of (15) with σ = tanh and a layer f = Wh + tb, N = 2, all weights symbols.
    """
    return through_the_jacobian(), by_the_proposition(sp.tanh(gate(t)))


@the_gate_multiplies_the_adjoint.printed("a_x' = k(t) a_m[∂σ(f)/∂h + ξI] with k = t^(−3/2) e^(t/2), as printed")
def _():
    return through_the_jacobian(), by_the_proposition(gate(t))


@the_gate_multiplies_the_adjoint.mutant("the opposite sign of a_x'")
def _():
    return through_the_jacobian(), by_the_proposition(sp.tanh(gate(t)), sign=-1)


@the_gate_multiplies_the_adjoint.mutant("without σ'(m)")
def _():
    return through_the_jacobian(), by_the_proposition(sp.tanh(gate(t)), slopes=False)


@the_gate_multiplies_the_adjoint.mutant("a_m' = −a_m − a_x σ'(m)")
def _():
    return through_the_jacobian(), by_the_proposition(sp.tanh(gate(t)), growth=-1)


@the_gate_multiplies_the_adjoint.mutant("for a layer with h = σ(kx)")
def _():
    def field(x, m, s):
        h = activation(gate(s) * x)
        return activation(m), -m - activation(force(h, s)) - xi * h

    return through_the_jacobian(field), by_the_proposition(sp.tanh(gate(t)))


@the_gate_multiplies_the_adjoint.mutant("for a layer with +ξh")
def _():
    return through_the_jacobian(gated_field(force, activation, -xi)), by_the_proposition(sp.tanh(gate(t)))


@the_gate_multiplies_the_adjoint.mutant("for a layer with m' = σ(−m − f) − ξh")
def _():
    def field(x, m, s):
        h = activation(gate(s)) * x
        return activation(m), activation(-m - force(h, s)) - xi * h

    return through_the_jacobian(field), by_the_proposition(sp.tanh(gate(t)))


@the_gate_multiplies_the_adjoint.mutant("for a layer with ξx in the place of ξh")
def _():
    def field(x, m, s):
        h = activation(gate(s)) * x
        return activation(m), -m - activation(force(h, s)) - xi * x

    return through_the_jacobian(field), by_the_proposition(sp.tanh(gate(t)))


def of_the_feature(factor):
    """dL/dh with x = h/σ(k), L = sin x, and `factor` times ∂L/∂x."""
    k = sp.tanh(gate(t))
    y = sp.Symbol("y")
    return sp.sin(y / k).diff(y), factor(k) * sp.cos(y / k)


@identity(source="nguyen2022", ref=PROPOSITION)
def the_feature_sees_the_adjoint_over_the_gate():
    r"""$a_h=\sigma(k)^{-1}a_x$: the gradient of a feature given at a time, from which $x=\sigma(k)^{-1}h$ is set.

    h is no independent state of (15): a_h is defined by this line.  Checked by the chain rule on one loss, N = 1.
    """
    return of_the_feature(lambda k: 1 / k)


@the_feature_sees_the_adjoint_over_the_gate.mutant("a_h = σ(k) a_x")
def _():
    return of_the_feature(lambda k: k)


# ---------------------------------------------------------------- along networks, against autograd


LAYER = Force(1)


def residuals(name, multiplier=None, sign=1.0, given=None):
    """What the two lines of (17) leave of autograd's adjoints, nodes near kinks left out."""
    run, sigma, k, _, f, Jsf = gated_ingredients(LAYER, name) if given is None else given
    used = k if multiplier is None else multiplier(run.column)
    dx, dm = gated_adjoint(run.a_first, run.a_second, Jsf, sigma.slope(run.second), used, XI)
    keep = smooth((f, sigma.bends), (run.second, sigma.bends), (gate(run.column), sigma.bends))
    left = sign * inner(dx) - differenced(run.a_first, run.step), inner(dm) - differenced(run.a_second, run.step)
    return [part[keep] for part in left]


def apart():
    """The ingredients for another network with σ = tanh, its adjoints by another route."""
    other = Force(7)
    field = gated_field(lambda h, t: other.force(h, t, other.weights()), TANH.value, XI)
    return ingredients(by_complex_steps(other, field, float(gate_of(TANH, 3.0))), TANH)


FINE = "differences of order six and the classical scheme at h = 1/120: h⁴ = 5e-9 times derivatives of order 100"


@identity(source="nguyen2022", ref=PROPOSITION, tol=1e-6, why=FINE)
def autograd_confirms_the_gate(log):
    r"""Autograd's adjoints of GNesterovNODEs leave nothing in the corrected (17), with $\sigma$ = tanh and hardtanh.

    Logged for the identity too, where the printed and the corrected form agree; and, as "independent residual", for
    the adjoints of another network by complex steps through DOP853.  `reported` is what differences through the
    classical scheme left for a third network, in the notes this subject began with.
    """
    for name in SIGMAS:
        for form, multiplier in (("corrected", None), ("printed", gate)):
            left, below = residuals(name, multiplier)
            log("residual", x=0, measured=float(np.abs(left).max()), form=form, sigma=name, proposition=2)
        log("residual", x=1, measured=float(np.abs(below).max()), form="a_m line", sigma=name, proposition=2)
    for form, multiplier in (("corrected", None), ("printed", gate)):
        (left, _), told = residuals("tanh", multiplier, given=apart()), {"corrected": 4e-13, "printed": 0.156}[form]
        log("independent residual", x=0, measured=float(np.abs(left).max()), form=form, proposition=2, reported=told)
    return stacked(), 0.0


def stacked(**how):
    return np.concatenate([part.ravel() for name in ("tanh", "hardtanh") for part in residuals(name, **how)])


@autograd_confirms_the_gate.mutant("the factor k of the printed line")
def _():
    return stacked(multiplier=gate), 0.0


@autograd_confirms_the_gate.mutant("the opposite sign of a_x'")
def _():
    return stacked(sign=-1.0), 0.0


@autograd_confirms_the_gate.mutant("the factor 1/tanh k")
def _():
    return stacked(multiplier=lambda s: 1 / np.tanh(gate(s))), 0.0
