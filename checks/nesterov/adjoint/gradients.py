"""What the adjoint is for: gradients of parameters and of initial data, from the velocity adjoint alone."""

from __future__ import annotations

import numpy as np
import sympy as sp

from gronwall import identity
from gronwall.theory.nesterov.adjoint import row_times
from gronwall.theory.nesterov.limit import solve
from systems.nesterov.runs import IDENTITY, Force, heavy_ball_run, nesterov_run, simpson

LAYER = Force(1)
ORDER_FOUR = "Simpson's rule and the classical scheme at h = 1/120: h⁴ = 5e-9 times derivatives of order 100"


@identity(source="nguyen2022", ref="Proposition 1, gradients (own statement)", tol=1e-6, why=ORDER_FOUR)
def parameters_see_the_velocity_adjoint():
    r"""$\frac{dL}{d\theta}=-\int_{t_0}^T\partial_{h'}L\,\partial_\theta f\,dt$ for a NesterovNODE, against autograd."""
    run = nesterov_run(LAYER)
    return run.theta_gradient(-run.a_second, run.first, IDENTITY), run.of_theta


@parameters_see_the_velocity_adjoint.mutant("the adjoint of h in its place")
def _():
    run = nesterov_run(LAYER)
    return run.theta_gradient(-run.a_first, run.first, IDENTITY), run.of_theta


@parameters_see_the_velocity_adjoint.mutant("with a plus")
def _():
    run = nesterov_run(LAYER)
    return run.theta_gradient(run.a_second, run.first, IDENTITY), run.of_theta


def backwards(terminal):
    """(a, a') at t_0 from (16) solved backwards from T with the terminal data (a, a')."""
    run = nesterov_run(LAYER)
    N, T, steps = LAYER.N, run.times[-1], len(run.times) - 1
    force = LAYER.weights()

    def system(z, w, tau):
        # reversed time tau = T − t: the layer itself, and (16) as a system
        t = T - tau
        h, m, a, da = z[:N], z[N:], w[:N], w[N:]
        layer = np.concatenate([-m, 3 / t * m + LAYER.force(h, t, force)])
        dda = 3 / t * da - row_times(a, LAYER.jacobian(h, t)) - 3 / t**2 * a
        return layer, np.concatenate([-da, -dda])

    a, da = terminal(run, T)
    start = np.concatenate([run.first[-1], run.second[-1]])
    _, w = solve(system, start, np.concatenate([a, da]), [0.0, steps * run.step])
    return w[-1][:N], w[-1][N:]


def right_data(run, T):
    """a(T) = ∂L/∂h'(T), a'(T) = (3/T) a(T) − ∂L/∂h(T)."""
    return run.a_second[-1], 3 / T * run.a_second[-1] - run.a_first[-1]


def both(terminal):
    """∂L/∂h_0' = a(t_0) and ∂L/∂h_0 = (3/t_0) a(t_0) − a'(t_0), beside autograd's."""
    run = nesterov_run(LAYER)
    a, da = backwards(terminal)
    found = np.concatenate([a, 3 / run.times[0] * a - da])
    return found, np.concatenate([run.a_second[0], run.a_first[0]])


@identity(source="nguyen2022", ref="Proposition 1, gradients (own statement)", tol=1e-6, why=ORDER_FOUR)
def terminal_data_make_the_equation_a_backward_pass():
    r"""(16) from $a=\partial_{h'}L$, $a'=\frac3Ta-\partial_hL$ at $T$ gives both gradients at $t_0$.

    The gradients of h_0' and h_0: ∂L/∂h_0' = a(t_0), ∂L/∂h_0 = (3/t_0) a(t_0) − a'(t_0).  No terminal data are
    given with the proposition.  Solved backwards by DOP853 with the layer, against autograd.
    """
    return both(right_data)


@terminal_data_make_the_equation_a_backward_pass.mutant("a'(T) = ∂L/∂h(T), the opposite sign")
def _():
    return both(lambda run, T: (run.a_second[-1], 3 / T * run.a_second[-1] + run.a_first[-1]))


@terminal_data_make_the_equation_a_backward_pass.mutant("a(T) = ∂L/∂h(T), a'(T) = ∂L/∂h'(T)")
def _():
    return both(lambda run, T: (run.a_first[-1], run.a_second[-1]))


@terminal_data_make_the_equation_a_backward_pass.mutant("∂L/∂h_0 = a'(t_0)")
def _():
    run = nesterov_run(LAYER)
    a, da = backwards(right_data)
    return np.concatenate([a, da]), np.concatenate([run.a_second[0], run.a_first[0]])


# ---------------------------------------------------------------- the layers of the first order, and heavy balls


def first_order(sign=1.0, which="a_second", column=False, reverse=False):
    """A heavy ball as a layer z' = g(z, t) of the first order: a(t_0) − a(T) and ∫ a ∂_z g dt, beside dL/dθ."""
    gamma = 0.5
    run = heavy_ball_run(LAYER, gamma)
    jac = LAYER.jacobian(run.first, run.column)
    a = np.concatenate([run.a_first, run.a_second], axis=1)
    eye, zero = np.broadcast_to(np.eye(3), jac.shape), np.zeros_like(jac)
    big = np.concatenate([np.concatenate([zero, eye], axis=2), np.concatenate([jac, -gamma * eye], axis=2)], axis=1)
    if column:
        big = big.swapaxes(1, 2)
    moved = (simpson(run.times)[:, None] * row_times(a, big)).sum(axis=0)
    gradient = (-1.0 if reverse else 1.0) * run.theta_gradient(getattr(run, which), run.first, IDENTITY)
    return np.concatenate([a[0] - a[-1], run.of_theta]), np.concatenate([sign * moved, gradient])


@identity(source="nguyen2022", ref="Equations (1)–(3), (18), (19)", tol=1e-6, why=ORDER_FOUR)
def the_adjoint_of_a_layer_is_its_gradient():
    r"""$z'=g(z,t)$, $a=\partial_zL$: $a'=-a\,\partial_zg$ and $\frac{dL}{d\theta}=\int a\,\partial_\theta g\,dt$.

    Integrated over the layer, for a heavy-ball network as a system of the first order, against autograd.
    """
    return first_order()


@the_adjoint_of_a_layer_is_its_gradient.mutant("a' = +a ∂g/∂z")
def _():
    return first_order(sign=-1.0)


@the_adjoint_of_a_layer_is_its_gradient.mutant("parameters of the other half of the state")
def _():
    return first_order(which="a_first")


@the_adjoint_of_a_layer_is_its_gradient.mutant("a' = −(∂g/∂z) a: columns in the place of rows, N = 3")
def _():
    return first_order(column=True)


@the_adjoint_of_a_layer_is_its_gradient.mutant("dL/dθ = ∫ from T to t_0, without a minus")
def _():
    return first_order(reverse=True)


gamma, x = sp.symbols("gamma x", positive=True)
P, Q, KAPPA = (sp.Function(name)(x) for name in ("p", "q", "kappa"))


def heavy_ball(a, sign=1):
    """a'' − γa' − aκ with p' = −qκ, q' = −p + γq (p = ∂L/∂h, q = ∂L/∂m) put in; N = 1."""
    left = a.diff(x, 2) - sign * gamma * a.diff(x) - a * KAPPA
    first = {P.diff(x): -Q * KAPPA, Q.diff(x): -P + gamma * Q}
    for _ in range(2):
        left = left.subs(first).doit()
    return sp.expand(left.subs(dict(zip([KAPPA.diff(x), P, Q, KAPPA], sp.symbols("dk p q k"), strict=True))))


@identity(source="xia2021", ref="Heavy ball adjoint (recalled)")
def the_heavy_ball_adjoint_is_that_of_the_momentum():
    r"""$h'=m$, $m'=-\gamma m+f$: $a=\partial_mL$ solves $a''-\gamma a'=a\,\partial_hf$; $\partial_hL$ need not.

    Where ∂f/∂h does not depend on time both solve it; N = 1, recalled from Xia et al. 2021.
    """
    return heavy_ball(Q), sp.Integer(0)


@the_heavy_ball_adjoint_is_that_of_the_momentum.mutant("+γ a'")
def _():
    return heavy_ball(Q, sign=-1), sp.Integer(0)


@the_heavy_ball_adjoint_is_that_of_the_momentum.printed("for a = ∂L/∂h", recalled=True)
def _():
    return heavy_ball(P), sp.Integer(0)
