"""Errors and evaluations against the tolerance, for gradients; depth, kinks and the order that is left."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torchdiffeq import odeint_adjoint

from gronwall import rate
from gronwall.theory.arithmetic import relu
from gronwall.theory.runge_kutta import HEUN, RK4, integrate
from systems.adjoint.schemes import LENGTH, SMOOTH, START, exact

AT = [float(f"{10**x:.6g}") for x in np.linspace(4, 9, 11)]


class Counted(torch.nn.Module):
    """The smooth field, which counts its evaluations."""

    def __init__(self) -> None:
        super().__init__()
        self.theta, self.calls = torch.nn.Parameter(torch.tensor(SMOOTH.flat())), 0

    def forward(self, t, z):
        self.calls += 1
        return SMOOTH.like(self.theta)(t, z)


@cache
def at_tolerance(tol: float) -> tuple[float, int, int]:
    """The error of the gradient by odeint_adjoint (dopri5), evaluations forwards and backwards."""
    field, start = Counted(), torch.tensor(START, requires_grad=True)
    z = odeint_adjoint(field, start, torch.tensor([0.0, LENGTH], dtype=torch.float64), rtol=tol, atol=tol)[-1]
    forwards = field.calls
    (z[0] - z[1] / 2 + (z**2).sum() / 2).backward()
    found = np.concatenate([start.grad.numpy(), field.theta.grad.numpy()])
    return float(np.linalg.norm(found - exact())), forwards, field.calls - forwards


@rate(source="chen2018", ref="Figure 3a: error against tolerance", order=1, at=AT, within=0.3)
def the_error_of_the_gradient_is_proportional_to_the_tolerance(n, log):
    r"""The gradient by `odeint_adjoint` with dopri5 errs in proportion to rtol = atol: the tolerance is a control.

    On a smooth field that is not dissipative (`the_adjoint_at_tolerance_a_thousandth_has_the_wrong_sign`).
    """
    error, forwards, backwards = at_tolerance(1 / n)
    log("gradient error", x=n, measured=error, route="odeint_adjoint")
    log("evaluations", x=n, measured=forwards, direction="forwards")
    log("evaluations", x=n, measured=backwards, direction="backwards")
    return error


the_error_of_the_gradient_is_proportional_to_the_tolerance.mutant("error ~ tol^{1/2}", order=0.5)
the_error_of_the_gradient_is_proportional_to_the_tolerance.mutant("error ~ tol^{3/2}", order=1.5)


@the_error_of_the_gradient_is_proportional_to_the_tolerance.mutant("a tolerance that is not passed on")
def _(n):
    return at_tolerance(1e-5)[0]


@rate(source="chen2018", ref="Figure 3b: evaluations", order=-1 / 5, at=AT, direction="n", within=0.05)
def evaluations_grow_like_the_fifth_root_of_the_tolerance(n):
    r"""Forwards and backwards together dopri5 needs $\mathrm{tol}^{-1/5}$ evaluations: a digit costs a factor 1.6."""
    _, forwards, backwards = at_tolerance(1 / n)
    return float(forwards + backwards)


evaluations_grow_like_the_fifth_root_of_the_tolerance.mutant("like tol^{-1/3}", order=-1 / 3)
evaluations_grow_like_the_fifth_root_of_the_tolerance.mutant("a number that the tolerance does not change", order=0)


# ---------------------------------------------------------------- depth, and kinks


@rate(source="chen2018", ref="Equations (1), (2)", order=1, at=[32, 64, 128, 256, 512], within=0.15)
def a_residual_network_is_within_one_over_depth_of_its_ode(n):
    r"""$h_{t+1}=h_t+f(h_t,\theta_t)$ with steps $1/L$ ends within $O(1/L)$ of $h'=f(h,t,\theta)$: Euler's method."""
    z = START
    for k in range(n):
        z = z + LENGTH / n * SMOOTH(LENGTH * k / n, z)
    return float(np.linalg.norm(z - reference()))


@cache
def reference():
    """z(T) by 512 steps of RK4."""
    return integrate(RK4, SMOOTH, 0.0, LENGTH, START, 512)


a_residual_network_is_within_one_over_depth_of_its_ode.mutant("like 1/L²", order=2)


@a_residual_network_is_within_one_over_depth_of_its_ode.mutant("a network with two evaluations a layer, Heun's, too")
def _(n):
    return float(np.linalg.norm(integrate(HEUN, SMOOTH, 0.0, LENGTH, START, n) - reference()))


MANY, SPAN = 1000, 1.0


def kinked(t, z):
    """V relu(Wz + b + ct) at many starts, as rows."""
    f = SMOOTH
    return relu(z @ f.W.T + f.b + t * f.c) @ f.V.T


@cache
def starts():
    """Many starts around the first."""
    return START + np.random.default_rng(5).normal(size=(MANY, 2))


@cache
def kinked_reference():
    """The states at time 1 by 4096 steps."""
    return integrate(RK4, kinked, 0.0, SPAN, starts(), 4096)


@rate(
    source="chen2018",
    ref="Section 6: uniqueness, ReLU",
    order=2,
    at=[32, 64, 128, 256],
    within=0.3,
)
def a_scheme_of_order_four_has_order_two_on_relu(n):
    r"""RK4 on a ReLU field errs like $h^2$, not $h^4$: Lipschitz suffices for a solution, not for the order.

    In the mean over 1000 starts; a kink inside a step leaves an error of second order in that step, and a
    trajectory crosses a bounded number of kinks.
    """
    z = integrate(RK4, kinked, 0.0, SPAN, starts(), n)
    return float(np.mean(np.abs(z - kinked_reference())))


a_scheme_of_order_four_has_order_two_on_relu.mutant("order four, as for tanh", order=4)
a_scheme_of_order_four_has_order_two_on_relu.mutant("order one", order=1)


@a_scheme_of_order_four_has_order_two_on_relu.mutant("tanh has order two as well")
def _(n):
    return float(np.linalg.norm(integrate(RK4, SMOOTH, 0.0, LENGTH, START, n) - reference()))
