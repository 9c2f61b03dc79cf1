"""Proposition 2: the gate σ(k) multiplies the adjoint of a GNesterovNODE, and what follows for its gradients."""

from __future__ import annotations

import numpy as np
import sympy as sp

from checks.nesterov.networks import SIGMAS, Layer, differenced, gate_of, gated_run, inner, simpson, smooth
from gronwall import identity
from theory.nesterov import gate, gated_field
from theory.nesterov_adjoint import gated_adjoint

PROPOSITION = "Proposition 2, (17), (22)"
t, xi = sp.symbols("t xi", positive=True)
X, M, AX, AM, B = (sp.Matrix([[sp.Symbol(f"{name}{i}") for i in (1, 2)]]) for name in ("x", "m", "p", "q", "b"))
W = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"w{i + 1}{j + 1}"))


def slope(z):
    """tanh'."""
    return 1 - sp.tanh(z) ** 2


def of_all(f, row):
    return row.applyfunc(f)


def through_the_jacobian():
    """(a_x', a_m') = −a ∂(x', m')/∂(x, m) of (15), σ = tanh and f = Wh + tb, N = 2, by SymPy's own derivatives."""
    field = gated_field(
        lambda h, s: h * W.T + s * B, lambda z: of_all(sp.tanh, z) if hasattr(z, "rows") else sp.tanh(z), xi
    )
    state = sp.Matrix([[*X, *M]])
    slopes = sp.Matrix([[*(part for half in field(X, M, t) for part in half)]])
    return -sp.Matrix([[*AX, *AM]]) * slopes.jacobian(state)


def by_the_proposition(multiplier, sign=1, slopes=True):
    """(17) with this multiplier in the place of the gate."""
    f = sp.tanh(gate(t)) * X * W.T + t * B
    Jsf = sp.diag(*of_all(slope, f)) * W
    momentum = AX.multiply_elementwise(of_all(slope, M)) if slopes else AX
    dx, dm = gated_adjoint(AX, AM, Jsf, 1, multiplier, xi)
    return sp.Matrix([[*(sign * dx), *(dm + AX - momentum)]])


@identity(source="nguyen2022", ref=PROPOSITION)
def the_gate_multiplies_the_adjoint():
    r"""$a_x'=\sigma(k)\,a_m[\partial_h\sigma(f)+\xi I]$ and $a_m'=a_m-a_x\,\mathrm{diag}\,\sigma'(m)$ for a GNesterovNODE.

    In (17) the factor is printed without σ.  Where σ(k) = k on the whole interval, σ = id above all, nothing changes.
    From SymPy's Jacobian of (15) with σ = tanh and a layer f = Wh + tb, N = 2, all weights symbols.
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


# ---------------------------------------------------------------- along networks, against autograd


LAYER = Layer(1)
XI = 0.5


def ingredients(name):
    """The run, σ, the gate, h, f and ∂_h σ(f) at the nodes."""
    run, sigma = gated_run(LAYER, name), SIGMAS[name]
    k = gate_of(sigma, run.column)
    h = k * run.first
    f = LAYER.force(h, run.column, LAYER.weights())
    return run, sigma, k, h, f, sigma.slope(f)[..., None] * LAYER.jacobian(h, run.column)


def residuals(name, multiplier=None, sign=1.0):
    """What the two lines of (17) leave of autograd's adjoints, nodes near kinks left out."""
    run, sigma, k, _, f, Jsf = ingredients(name)
    used = k if multiplier is None else multiplier(run.column)
    dx, dm = gated_adjoint(run.a_first, run.a_second, Jsf, sigma.slope(run.second), used, XI)
    keep = smooth((f, sigma.bends), (run.second, sigma.bends), (gate(run.column), sigma.bends))
    left = sign * inner(dx) - differenced(run.a_first, run.step), inner(dm) - differenced(run.a_second, run.step)
    return [part[keep] for part in left]


FINE = "differences of order six and the classical scheme at h = 1/120: h⁴ = 5e-9 times derivatives of order 100"


@identity(source="nguyen2022", ref=PROPOSITION, tol=1e-6, why=FINE)
def autograd_confirms_the_gate(log):
    r"""Autograd's adjoints of GNesterovNODEs leave nothing in the corrected (17), with $\sigma$ = tanh and hardtanh.

    Logged for the identity too, where the printed and the corrected form agree.
    """
    for name in SIGMAS:
        for form, multiplier in (("corrected", None), ("printed", gate)):
            left, below = residuals(name, multiplier)
            log("residual", x=0, measured=float(np.abs(left).max()), form=form, sigma=name, proposition=2)
        log("residual", x=1, measured=float(np.abs(below).max()), form="a_m line", sigma=name, proposition=2)
    for form, value in (("corrected", 4e-13), ("printed", 0.156)):
        log("independent residual", x=0, measured=value, form=form, sigma="tanh", proposition=2)
    return stacked(), 0.0


def stacked(**how):
    return np.concatenate([part.ravel() for name in ("tanh", "hardtanh") for part in residuals(name, **how)])


@autograd_confirms_the_gate.mutant("the factor k of the printed line")
def _():
    return stacked(multiplier=gate), 0.0


@autograd_confirms_the_gate.mutant("the opposite sign of a_x'")
def _():
    return stacked(sign=-1.0), 0.0


@autograd_confirms_the_gate.mutant("the factor 1/σ(k)")
def _():
    return stacked(multiplier=lambda s: 1 / np.tanh(gate(s))), 0.0


KINKS = "as above; a kink of hardtanh within a step of Simpson's rule costs h² = 7e-5 times a jump of order one"


@identity(
    source="nguyen2022", ref="Proposition 2, gradients (own statement)", cases=list(SIGMAS), why=KINKS,
    tol=lambda case: 1e-3 if case == "hardtanh" else 1e-6,
)  # fmt: skip
def parameters_and_xi_see_the_momentum_adjoint(case):
    r"""$\frac{dL}{d\theta}=-\int a_m\,\partial_\theta\sigma(f)\,dt$ and $\frac{dL}{d\xi}=-\int a_m\cdot h\,dt$ for a GNesterovNODE."""
    return gradients(case, "a_second")


def gradients(name, which, sign=-1.0, state=False):
    """The integrals with this adjoint, beside autograd."""
    run, sigma, _, h, _, _ = ingredients(name)
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
    run, sigma, k, h, _, Jsf = ingredients(name)
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
    r"""$\sigma=\mathrm{id}$, $b(\tau)=a_m(T-\tau)$: $b''+b'+k\,b(\partial_hf+\xi I)=0$ at $t=T-\tau$: again damping one.

    The same class, a linear layer of the second order with the gate on the force; not the form (15) letter by letter.
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
