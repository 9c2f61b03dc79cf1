"""Steps of implicit schemes: linear problems exactly, the others by Newton."""

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
ONLY_EXPLICIT = pytest.mark.parametrize("tableau", EXPLICIT.values(), ids=EXPLICIT.keys())
IMPLICIT = {name: tableau for name, tableau in rk.SCHEMES.items() if not tableau.is_explicit}
ONLY_IMPLICIT = pytest.mark.parametrize("tableau", IMPLICIT.values(), ids=IMPLICIT.keys())


def wide(value):
    """An exact value as a ball at 200 bits, so that an enclosure of it at 53 bits can contain it."""
    with rigor.precision(200):
        return rigor.ball(value)


def field(t, x):
    """x' = (x₂ + t, x₁x₂ − x₁): nonlinear, not autonomous, and the same lines everywhere."""
    u, v = components(x)
    return stack([v + t, u * v - u])


M = [[F(-3), F(1)], [F(2), F(-50)]]


@ALL
def test_a_linear_step_by_stages_agrees_with_the_stability_function_of_the_matrix(tableau):
    exact = rk.linear_step(tableau, constant(M, sp.Integer(0)), sp.Matrix([1, sp.Rational(-1, 3)]), F(1, 4))
    enclosed = rk.linear_step(tableau, constant(M, arb(0)), constant([1, F(-1, 3)], arb(0)), F(1, 4))
    by_stages = rk.linear_step(tableau, constant(M, 1.0), np.array([1, -1 / 3]), 0.25)
    for true, b, value in zip(exact, enclosed.entries(), by_stages, strict=True):
        assert true.is_Rational
        assert b.contains(wide(true))
        assert abs(value - float(true)) < 1e-12 * max(1, float(max(map(abs, exact))))
    with pytest.raises(TypeError, match="a column"):
        rk.linear_step(tableau, torch.eye(2), torch.ones(2), 0.25)


@ONLY_IMPLICIT
def test_newton_is_exact_on_a_linear_problem(tableau):
    A, x, h = np.array(M, dtype=float), np.array([1, -1 / 3]), 0.25
    expected = rk.linear_step(tableau, A, x, h)
    for jacobian in (lambda t, z: A, None):
        result = rk.implicit_step(tableau, lambda t, z: A @ z, 0.0, x, h, jacobian=jacobian)
        assert np.allclose(result, expected, rtol=1e-13, atol=1e-13)


@ONLY_EXPLICIT
def test_the_implicit_solver_reproduces_an_explicit_step(tableau):
    x = np.array([0.3, -2.0])
    one = rk.implicit_step(tableau, field, 0.2, x, 0.1)
    assert np.allclose(one, rk.step(tableau, field, 0.2, x, 0.1), rtol=1e-13)


def test_gauss_keeps_a_quadratic_invariant_over_many_steps_and_radau_does_not():
    def rotation(t, x):
        return np.array([x[1], -x[0]]) * (1 + x[0] ** 2)

    x0, h = np.array([1.0, 0.0]), 0.1
    drift = {}
    for name in ("gauss4", "implicit_midpoint", "radau3"):
        x = rk.integrate(rk.SCHEMES[name], rotation, 0.0, 100 * h, x0, 100)
        drift[name] = abs(x @ x - 1)
    assert drift["gauss4"] < 1e-12
    assert drift["implicit_midpoint"] < 1e-12
    assert drift["radau3"] > 1e-6


def test_newton_that_does_not_converge_says_so():
    with pytest.raises(RuntimeError, match="smaller h"):
        rk.implicit_step(rk.IMPLICIT_EULER, lambda t, x: x * x + 1, 0.0, 1.0, 10.0)
