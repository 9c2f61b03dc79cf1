"""Gradients of a GNesterovNODE: parameters, ξ, and a backward pass that needs the gate."""

from __future__ import annotations

import numpy as np
import sympy as sp

from checks.nesterov.networks import SIGMAS, XI, Layer, gated_ingredients, simpson
from gronwall import identity
from theory.nesterov import gate
from theory.nesterov_adjoint import gated_adjoint

LAYER = Layer(1)
KINKS = (
    "Simpson's rule and the classical scheme at h = 1/120: h⁴ = 5e-9 times derivatives of order 100; at a kink of "
    "hardtanh the integrand jumps, which costs Simpson's rule h = 8e-3 times a jump of order one"
)


@identity(
    source="nguyen2022", ref="Proposition 2, gradients (own statement)", cases=list(SIGMAS), why=KINKS,
    tol=lambda case: 1e-2 if case == "hardtanh" else 1e-6,
)  # fmt: skip
def parameters_and_xi_see_the_momentum_adjoint(case):
    r"""$\frac{dL}{d\theta}=-\int a_m\partial_\theta\sigma(f)\,dt$, $\frac{dL}{d\xi}=-\int a_m\cdot h\,dt$ for (15)."""
    return gradients(case, "a_second")


def gradients(name, which, sign=-1.0, state=False):
    """The integrals with this adjoint, beside autograd."""
    run, sigma, _, h, _, _ = gated_ingredients(LAYER, name)
    a = sign * getattr(run, which)
    theta = run.theta_gradient(a, h, sigma)
    strength = simpson(run.times) @ (a * (run.first if state else h)).sum(axis=1)
    return np.append(theta, strength), np.append(run.of_theta, run.of_xi)


@parameters_and_xi_see_the_momentum_adjoint.mutant("the adjoint of x in its place")
def _(case):
    return gradients(case, "a_first")


@parameters_and_xi_see_the_momentum_adjoint.mutant("with a plus")
def _(case):
    return gradients(case, "a_second", sign=1.0)


@parameters_and_xi_see_the_momentum_adjoint.mutant("x in the place of h = σ(k)x, for ξ")
def _(case):
    return gradients(case, "a_second", state=True)


def backward_pass(name, multiplier=None):
    """−∫ a_m ∂_θ σ(f) dt with the adjoints that (17) gives when solved backwards from the true terminal values."""
    run, sigma, k, h, _, Jsf = gated_ingredients(LAYER, name)
    used = k if multiplier is None else multiplier(run.column)
    slopes = sigma.slope(run.second)
    a_x, a_m = run.a_first[-1], run.a_second[-1]
    found = [a_m]
    for i in range(len(run.times) - 1, 1, -2):  # the classical scheme over two nodes, its middle stage on a node

        def field(a, m, j):
            return gated_adjoint(a, m, Jsf[j], slopes[j], used[j], XI)

        step = -2 * run.step
        k1 = field(a_x, a_m, i)
        k2 = field(a_x + step / 2 * k1[0], a_m + step / 2 * k1[1], i - 1)
        k3 = field(a_x + step / 2 * k2[0], a_m + step / 2 * k2[1], i - 1)
        k4 = field(a_x + step * k3[0], a_m + step * k3[1], i - 2)
        a_x, a_m = (
            a + step / 6 * (p + 2 * q + 2 * s + u) for a, p, q, s, u in zip((a_x, a_m), k1, k2, k3, k4, strict=True)
        )
        found.append(a_m)
    weights = np.zeros_like(run.a_second)
    every_other = np.array(found[::-1])
    weights[::2] = -every_other * (simpson(run.times[::2]) / simpson(run.times)[::2])[:, None]
    return run.theta_gradient(weights, h, sigma), run.of_theta


@identity(
    source="nguyen2022", ref="Proposition 2, gradients (own statement)", tol=1e-5,
    why="the classical scheme and Simpson's rule at h = 1/60: h⁴ = 8e-8 times derivatives of order 100",
)  # fmt: skip
def a_backward_pass_needs_the_gate(log):
    r"""Solving (17) backwards with $\sigma(k)$ gives autograd's $dL/d\theta$ with $\sigma=\tanh$; with $k$ it does not.

    How wrong a gradient gets whose backward pass is coded from the printed line: logged as the largest error.
    """
    for name in SIGMAS:
        for form, multiplier in (("corrected", None), ("printed", gate)):
            found, true = backward_pass(name, multiplier)
            log("gradient error", x=0, measured=float(np.abs(found - true).max()), form=form, sigma=name)
    return backward_pass("tanh")


@a_backward_pass_needs_the_gate.mutant("the factor k of the printed line")
def _():
    return backward_pass("tanh", gate)


def linear_case(tau_gate, damping=1):
    """b'' + b' + κ b for b(τ) = a_m(T − τ), σ = id: from a_m' = a_m − a_x, a_x' = κ a_m with κ = k(∂_h f + ξ)."""
    T, tau, p, q = sp.symbols("T tau p q", positive=True)
    kappa = sp.Function("kappa")
    a_m, a_x = q, p
    db = -(a_m - a_x)
    ddb = (a_m - a_x) - kappa(T - tau) * a_m
    return sp.expand((ddb + damping * db + kappa(tau_gate(T, tau)) * a_m).subs(kappa(T - tau), sp.Symbol("K")))


@identity(source="nguyen2022", ref="Proposition 2, the adjoint as a layer (own statement)")
def the_adjoint_is_damped_as_the_layer_is():
    r"""$\sigma=\mathrm{id}$, $b(\tau)=a_m(T-\tau)$: $b''+b'+k\,b(\partial_hf+\xi I)=0$, $t=T-\tau$: again damping one.

    The same class, a linear layer of the second order with the gate on the force; not the form (15) letter by
    letter.
    """
    return linear_case(lambda T, tau: T - tau), sp.Integer(0)


@the_adjoint_is_damped_as_the_layer_is.mutant("damping −1: growing in the direction it is solved")
def _():
    return linear_case(lambda T, tau: T - tau, damping=-1), sp.Integer(0)


@the_adjoint_is_damped_as_the_layer_is.mutant("the force at time τ")
def _():
    return linear_case(lambda T, tau: tau).subs(
        sp.Function("kappa")(sp.Symbol("tau", positive=True)), sp.Symbol("K0")
    ), 0
