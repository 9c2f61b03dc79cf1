"""The same lines in four arithmetics, one step and many."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb

from gronwall.theory import rigor
from gronwall.theory import runge_kutta as rk
from gronwall.theory.arithmetic import components, constant, stack

ALL = pytest.mark.parametrize("tableau", rk.SCHEMES.values(), ids=rk.SCHEMES.keys())
EXPLICIT = {name: tableau for name, tableau in rk.SCHEMES.items() if tableau.is_explicit}
PRINTED = pytest.mark.parametrize("tableau", [*EXPLICIT.values(), *rk.ROUNDED.values()], ids=[*EXPLICIT, *rk.ROUNDED])
ONLY_EXPLICIT = pytest.mark.parametrize("tableau", EXPLICIT.values(), ids=EXPLICIT.keys())


def wide(value):
    """An exact value as a ball at 200 bits, so that an enclosure of it at 53 bits can contain it."""
    with rigor.precision(200):
        return rigor.ball(value)


def field(t, x):
    """x' = (x₂ + t, x₁x₂ − x₁): nonlinear, not autonomous, and the same lines everywhere."""
    u, v = components(x)
    return stack([v + t, u * v - u])


@PRINTED
def test_a_step_agrees_in_floats_tensors_symbols_and_balls(tableau):
    start, t, h = [F(1, 3), F(-2)], F(1, 5), F(1, 7)
    exact = rk.step(tableau, field, t, constant(start, sp.Integer(0)), h)
    enclosed = rk.step(tableau, field, t, constant(start, arb(0)), h)
    for true, b in zip(exact, enclosed.entries(), strict=True):
        assert b.contains(wide(true))
        assert rigor.radius(b) < 1e-13
    fractions = rk.step(tableau, field, t, constant(start, F(0)), h)
    assert [sp.Rational(v.numerator, v.denominator) for v in fractions] == list(exact)
    tolerance = 8 * tableau.stages**2
    for like, eps in ((np.zeros(2), 2**-52), (np.zeros(2, np.float32), 2**-23)):
        result = rk.step(tableau, field, t, constant(start, like), h)
        assert result.dtype == like.dtype
        assert np.allclose(result, [float(v) for v in exact], rtol=tolerance * eps)
        tensor = rk.step(tableau, field, t, torch.as_tensor(constant(start, like)), h)
        assert tensor.dtype == torch.as_tensor(like).dtype
        assert np.allclose(tensor.numpy(), result, rtol=tolerance * eps)


@ONLY_EXPLICIT
def test_autograd_and_vmap_pass_through_a_step(tableau):
    x = torch.tensor([[0.3, -2.0], [1.0, 0.5]], dtype=torch.float64, requires_grad=True)
    h = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)

    def run(state, step):
        return rk.step(tableau, field, 0, state, step)

    mapped = torch.func.vmap(run, in_dims=(0, None))(x, h)
    assert torch.allclose(mapped, torch.stack([run(row, h) for row in x]))
    assert torch.autograd.gradcheck(run, (x[0].detach().requires_grad_(), h))


@ONLY_EXPLICIT
def test_the_taylor_expansion_of_a_symbolic_step_agrees_to_the_order_and_no_further(tableau):
    h, s, x = sp.symbols("h s x")
    start, t0, top = sp.Rational(2, 3), sp.Rational(1, 5), tableau.order + 1

    def truncated(expr):
        poly = sp.Poly(sp.expand(expr), h)
        return sum(c * h**k for (k,), c in poly.terms() if k <= top)

    def g(t, z):
        return truncated(z**2 * t + z)

    numerical = sp.Poly(truncated(rk.step(tableau, g, t0, start, h)), h)
    derivative, exact = x, []
    for k in range(top + 1):  # x(t0 + h) = Σ h^k D^k x / k!,  D = ∂_s + f ∂_x
        exact.append(derivative.subs({x: start, s: t0}) / sp.factorial(k))
        derivative = sp.expand(sp.diff(derivative, s) + (x**2 * s + x) * sp.diff(derivative, x))
    agree = [numerical.coeff_monomial(h**k) == c for k, c in enumerate(exact)]
    assert agree == [True] * (tableau.order + 1) + [False]


def test_a_symbolic_step_of_euler_is_the_formula():
    t, x, h = sp.symbols("t x h")
    f = sp.Function("f")
    assert rk.step(rk.EULER, f, t, x, h) == x + h * f(t, x)
    heun = rk.step(rk.HEUN, f, t, x, h)
    assert sp.expand(heun - x - h / 2 * (f(t, x) + f(t + h, x + h * f(t, x)))) == 0


def test_an_object_array_of_balls_steps_like_numpy():
    start = np.array([rigor.ball(F(1, 3)), rigor.ball(-2)], dtype=object)
    one = rk.step(rk.RK4, lambda t, x: x * x + t, F(0), start, F(1, 8))
    two = rk.step(rk.RK4, lambda t, x: x * x + t, 0.0, np.array([1 / 3, -2.0]), 0.125)
    assert np.allclose([rigor.midpoint(b) for b in one], two, rtol=1e-14)


def test_a_float_step_among_balls_and_an_implicit_tableau_are_refused():
    with pytest.raises(TypeError, match=r"Fraction\(1, 10\)"):
        rk.step(rk.EULER, lambda t, x: x, 0, arb(1), 0.1)
    with pytest.raises(ValueError, match="implicit_step"):
        rk.step(rk.GAUSS4, lambda t, x: x, 0.0, 1.0, 0.1)
    with pytest.raises(ValueError, match="at least one step"):
        rk.integrate(rk.EULER, lambda t, x: x, 0, 1, 1.0, 0)


# ---------------------------------------------------------------- many steps


@ALL
def test_the_observed_order_is_the_claimed_one(tableau):
    # x' = −2tx², x(0) = 1 has x(t) = 1/(1 + t²).  The assertion is the algebra's, the numbers only confirm it.
    def g(t, x):
        return -2 * t * x * x

    errors = [abs(rk.integrate(tableau, g, 0, 1, 1.0, n) - 0.5) for n in (16, 32)]
    assert abs(math.log2(errors[0] / errors[1]) - tableau.order) < 0.45


def test_an_enclosed_trajectory_contains_the_exact_one():
    exact = rk.trajectory(rk.HEUN, lambda t, x: t - x * x, F(0), F(1), F(1, 2), 4)
    balls = rk.trajectory(rk.HEUN, lambda t, x: t - x * x, F(0), F(1), rigor.ball("1/2"), 4)
    assert len(exact) == len(balls) == 5
    assert all(b.contains(wide(v)) for v, b in zip(exact, balls, strict=True))
