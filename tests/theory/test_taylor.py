"""Taylor series of balls: each coefficient against SymPy's series of the same function."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from gronwall.theory import arithmetic, rigor
from gronwall.theory.arithmetic import kind, matmul, times
from gronwall.theory.taylor import Series, flow_series, state, time

tau = sp.Symbol("tau", real=True)
ORDER = 6


def column(*entries):
    return rigor.matrix([[Fraction(entry)] for entry in entries])


def polynomial(*coefficients, order=ORDER):
    """A series of columns of one entry."""
    return Series([column(c) for c in coefficients], order)


def contains_series(found, expression):
    """Does every coefficient contain SymPy's, and is it narrow?"""
    for k in range(ORDER + 1):
        exact = sp.diff(expression, tau, k).subs(tau, 0) / sp.factorial(k)
        with rigor.precision(120):
            ball = found.padded()[k].entries()[0]
            assert ball.overlaps(rigor.from_sympy(exact, {}))
            assert rigor.radius(ball) < 1e-9


@pytest.mark.parametrize("name", ["tanh", "exp", "sin", "cos"])
def test_a_function_of_a_polynomial_has_the_coefficients_of_its_taylor_series(name):
    z = polynomial("1/3", "-1/2", "2/5")
    expression = getattr(sp, name)(sp.Rational(1, 3) - tau / 2 + 2 * tau**2 / 5)
    contains_series(getattr(arithmetic, name)(z), expression)


def test_a_product_is_a_convolution_cut_at_the_order():
    a, b = Series([rigor.ball(k + 1) for k in range(3)], 3), polynomial(1, 2, 3, order=3)
    assert [e.entries()[0] for e in (a * b).coefficients] == [1, 4, 10, 12]
    assert [e.entries()[0] for e in times(b, b).coefficients] == [1, 4, 10, 12]


def test_sums_keep_the_longer_tail():
    a, b = polynomial(1, 2, 3), polynomial(1)
    assert [e.entries()[0] for e in (a - b).coefficients] == [0, 2, 3]
    assert [e.entries()[0] for e in (column(5) - a).coefficients] == [4, -2, -3]


def test_the_flow_of_the_logistic_equation_has_its_series():
    """x' = x(1 − x), x(0) = 1/4: x = 1/(1 + 3e^{−τ})."""
    found = flow_series(lambda x, s: x - times(x, x), column("1/4"), 0, ORDER)
    contains_series(found, 1 / (1 + 3 * sp.exp(-tau)))


def test_the_flow_of_a_field_that_moves_knows_its_time():
    """x' = cos(s): x(2 + τ) = sin(2 + τ) − sin 2."""
    found = flow_series(lambda x, s: arithmetic.cos(s * column(1)), column(0), 2, ORDER)
    contains_series(found, sp.sin(2 + tau) - sp.sin(2))


def test_tangents_are_the_derivative_of_the_flow():
    """x' = tanh x has sinh x(τ) = e^τ sinh x_0, so ∂x(τ)/∂x_0 = e^τ cosh x_0 / cosh x(τ)."""
    found = flow_series(lambda x, s: arithmetic.tanh(x), column("1/2"), 0, ORDER, tangents=True)
    x = sp.asinh(sp.exp(tau) * sp.sinh(sp.Rational(1, 2)))
    tangent = Series(found.tangents, ORDER)
    contains_series(tangent, sp.exp(tau) * sp.cosh(sp.Rational(1, 2)) / sp.cosh(x))


def test_tangents_pass_through_products_of_columns():
    x = state(rigor.matrix([[Fraction(2)], [Fraction(3)]]), 2, tangents=True)
    A = rigor.matrix([[Fraction(0), Fraction(1)], [Fraction(1), Fraction(0)]])
    product = times(x, matmul(A, x))  # (x_1 x_2, x_2 x_1)
    assert [int(rigor.midpoint(e)) for e in product.tangents[0].entries()] == [3, 2, 3, 2]


def test_a_wide_ball_gives_coefficients_that_contain_those_of_its_points():
    wide = Series([rigor.matrix([[rigor.hull(Fraction(-1, 2), Fraction(3, 2))]]), column(1)], 4)
    for centre in (Fraction(-1, 2), Fraction(0), Fraction(1), Fraction(3, 2)):
        for inner, outer in zip(
            arithmetic.tanh(polynomial(centre, 1, order=4)).padded(), arithmetic.tanh(wide).padded(), strict=True
        ):
            assert rigor.contains(outer, inner)


def test_what_has_kinks_is_refused_with_the_way_out():
    with pytest.raises(TypeError, match="from kink to kink"):
        arithmetic.relu(polynomial(1))
    with pytest.raises(TypeError, match=r"expected one of tanh, exp, sin, cos"):
        arithmetic.absolute(polynomial(1))


def test_two_series_that_depend_on_the_state_are_not_multiplied_as_matrices():
    x = state(column(1), 2, tangents=True)
    with pytest.raises(TypeError, match="times"):
        x * x


def test_a_series_is_an_arithmetic_of_its_own():
    assert kind(time(0, 3)) == "series"
    with pytest.raises(TypeError, match="no arithmetic"):
        kind(["a list"])


def test_floats_do_not_slip_into_a_series():
    with pytest.raises(TypeError):
        polynomial(1) + 0.1
    with pytest.raises(TypeError):
        np.float64(0.1) * time(0, 2) + "x"
