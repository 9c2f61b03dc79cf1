"""Gradients of a GNesterovNODE: parameters, ξ, and a backward pass that needs the gate."""

from __future__ import annotations

import numpy as np
import sympy as sp

from gronwall import identity
from gronwall.theory.nesterov.adjoint import gated_adjoint
from gronwall.theory.nesterov.limit import gate
from systems.nesterov.pieces import gated_pieces
from systems.nesterov.runs import SIGMAS, XI, Force, simpson

LAYER = Force(1)
PIECES = (
    "Simpson's rule and the classical scheme at h <= 1/120: h⁴ = 5e-9 times derivatives of order 100; the kinks of "
    "hardtanh are nodes, found to 1e-13, and between them the branch of each entry is fixed, so the integrand is smooth"
)


@identity(
    source="nguyen2022", ref="Proposition 2, gradients (own statement)", cases=list(SIGMAS), why=PIECES, tol=1e-6,
)  # fmt: skip
def parameters_and_xi_see_the_momentum_adjoint(case):
    r"""$\frac{dL}{d\theta}=-\int a_m\partial_\theta\sigma(f)\,dt$, $\frac{dL}{d\xi}=-\int a_m\cdot h\,dt$ for (15).

    Where σ is a hardtanh the run and the integrals are taken piece by piece between its kinks.
    """
    return gradients(case, "a_m")


def gradients(name, which, sign=-1.0, state=False):
    """The integrals with this adjoint, summed over the pieces, beside autograd."""
    run = gated_pieces(LAYER, name)
    theta, strength = 0.0, 0.0
    for piece in run.parts:
        a = sign * getattr(piece, which)
        theta = theta + piece.theta_gradient(a)
        strength += simpson(piece.times) @ (a * (piece.x if state else piece.gate * piece.x)).sum(axis=1)
    return np.append(theta, strength), np.append(run.of_theta, run.of_xi)


@parameters_and_xi_see_the_momentum_adjoint.mutant("the adjoint of x in its place")
def _(case):
    return gradients(case, "a_x")


@parameters_and_xi_see_the_momentum_adjoint.mutant("with a plus")
def _(case):
    return gradients(case, "a_m", sign=1.0)


@parameters_and_xi_see_the_momentum_adjoint.mutant("x in the place of h = σ(k)x, for ξ")
def _(case):
    return gradients(case, "a_m", state=True)


def backward_pass(name, multiplier=None):
    """−∫ a_m ∂_θ σ(f) dt with the adjoints that (17) gives when solved backwards from the true terminal values."""
    run = gated_pieces(LAYER, name)
    a_x, a_m = run.parts[-1].a_x[-1], run.parts[-1].a_m[-1]
    total = 0.0
    for piece in reversed(run.parts):
        gradient, a_x, a_m = through_a_piece(piece, a_x, a_m, multiplier)
        total = total + gradient
    return total, run.of_theta


def through_a_piece(piece, a_x, a_m, multiplier):
    """The share of one piece, and the adjoints at its start from those at its end."""
    used = piece.gate if multiplier is None else multiplier(piece.column)
    Jsf, slopes = piece.force_jacobian(), piece.of_m.slope(piece.m)
    found = [a_m]
    for i in range(len(piece.times) - 1, 1, -2):  # the classical scheme over two nodes, its middle stage on a node

        def field(a, m, j):
            return gated_adjoint(a, m, Jsf[j], slopes[j], used[j], XI)

        step = -2 * piece.step
        k1 = field(a_x, a_m, i)
        k2 = field(a_x + step / 2 * k1[0], a_m + step / 2 * k1[1], i - 1)
        k3 = field(a_x + step / 2 * k2[0], a_m + step / 2 * k2[1], i - 1)
        k4 = field(a_x + step * k3[0], a_m + step * k3[1], i - 2)
        a_x, a_m = (
            a + step / 6 * (p + 2 * q + 2 * s + u) for a, p, q, s, u in zip((a_x, a_m), k1, k2, k3, k4, strict=True)
        )
        found.append(a_m)
    weights = np.zeros_like(piece.a_m)
    every_other = np.array(found[::-1])
    weights[::2] = -every_other * (simpson(piece.times[::2]) / simpson(piece.times)[::2])[:, None]
    return piece.theta_gradient(weights), a_x, a_m


@identity(
    source="nguyen2022", ref="Proposition 2, gradients (own statement)", tol=1e-6,
    why="Simpson's rule on [1, 3] at h <= 1/60: h⁴/90 = 9e-10 times a fourth derivative, and the classical scheme as "
    "much; kinks are nodes",
)  # fmt: skip
def a_backward_pass_needs_the_gate(log):
    r"""Solving (17) backwards with $\sigma(k)$ gives autograd's $dL/d\theta$; with $k$ it does only if $\sigma(k)=k$.

    For σ = id, tanh and hardtanh(±½), the last piece by piece between its kinks.  How wrong a gradient gets whose
    backward pass is coded from the printed line: logged as the largest error.
    """
    for name in SIGMAS:
        for form, multiplier in (("corrected", None), ("printed", gate)):
            found, true = backward_pass(name, multiplier)
            log("gradient error", x=0, measured=float(np.abs(found - true).max()), form=form, sigma=name)
    return backward_passes()


def backward_passes(multiplier=None):
    """Those of the three σ in one vector."""
    found, true = zip(*(backward_pass(name, multiplier) for name in SIGMAS), strict=True)
    return np.concatenate(found), np.concatenate(true)


@a_backward_pass_needs_the_gate.mutant("the factor k of the printed line")
def _():
    return backward_passes(gate)


@a_backward_pass_needs_the_gate.mutant("k where σ is a hardtanh, whose gate is the constant 1/2")
def _():
    return backward_pass("hardtanh", gate)


time, tau, T, xi = sp.symbols("t tau T xi", positive=True)
P, Q = (sp.Matrix([[sp.Function(f"{name}{i}")(time) for i in (1, 2)]]) for name in "pq")
SLOPES = sp.Matrix(2, 2, lambda i, j: sp.Function(f"j{i + 1}{j + 1}")(time))
K = sp.Function("k")(time)


def linear_case(at=T - tau, damping=1):
    """b'' + damping b' + k b(∂_h f + ξI), b(τ) = a_m(T − τ), N = 2, σ = id, with (17) put in; the force is at `at`."""
    dP, dQ = gated_adjoint(P, Q, SLOPES, 1, K, xi)
    ddQ = dQ.diff(time).subs({**dict(zip(P.diff(time), dP, strict=True)), **dict(zip(Q.diff(time), dQ, strict=True))})
    back = {time: T - tau}
    force = (K * (SLOPES + xi * sp.eye(2))).subs(time, at)
    left = ddQ.subs(back) - damping * dQ.subs(back) + Q.subs(back) * force
    names = {v: sp.Symbol(f"v{i}") for i, v in enumerate(sorted(left.atoms(sp.Function), key=str))}
    return left.subs(names).applyfunc(sp.expand), sp.zeros(1, 2)


@identity(source="nguyen2022", ref="Proposition 2, the adjoint as a layer (own statement)")
def the_adjoint_is_damped_as_the_layer_is():
    r"""$\sigma=\mathrm{id}$, $b(\tau)=a_m(T-\tau)$: $b''+b'+k\,b(\partial_hf+\xi I)=0$, $t=T-\tau$: again damping one.

    The same class, a linear layer of the second order with the gate on the force; not the form (15) letter by
    letter.  From `gated_adjoint` with N = 2, ∂_h f and the gate any functions of time.
    """
    return linear_case()


@the_adjoint_is_damped_as_the_layer_is.mutant("damping −1: growing in the direction it is solved")
def _():
    return linear_case(damping=-1)


@the_adjoint_is_damped_as_the_layer_is.mutant("the force at time τ")
def _():
    return linear_case(at=tau)
