"""Grönwall's lemma: bounds against the sequences and solutions that attain them, in every arithmetic."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gronwall.theory import gronwall_lemma as gl
from gronwall.theory import rigor

repeatable = settings(deadline=None, derandomize=True)
EPS = np.finfo(float).eps
rationals = st.fractions(-3, 3, max_denominator=64)
positive = st.fractions(0, 3, max_denominator=64)
steps = st.fractions(F(1, 64), F(1, 3), max_denominator=64)  # with L >= −3 a step has 1 + hL >= 0


def wide(value):
    with rigor.precision(200):
        return rigor.ball(value)


# ---------------------------------------------------------------- the helpers


@pytest.mark.parametrize("name", gl.derivations())
def test_each_step_of_the_proofs_is_an_identity(name):
    assert sp.simplify(gl.derivations()[name]) == 0


def test_phi1_has_no_cancellation():
    x = np.concatenate([[0.0], np.logspace(-300, 2, 200), -np.logspace(-300, 2, 200)])
    values = gl.phi1(x)
    with rigor.precision(400):
        for z, value in zip(x, values, strict=True):
            b = rigor.dyadic(z)
            true = b.expm1() / b if z else arb(1)
            assert abs(rigor.midpoint(rigor.dyadic(value) / true - 1)) < 4 * EPS
    assert gl.phi1(np.float32(0.5)).dtype == gl.phi1(np.zeros(2, np.float32)).dtype == np.float32
    assert gl.phi1(0.5) == gl.phi1(np.float64(0.5)) == math.expm1(0.5) / 0.5  # a Python float is a double


def test_phi1_of_a_ball_around_zero_is_finite_and_contains_its_points():
    b = gl.phi1(arb(0, 0.5))
    for z in (-0.5, -1e-9, 1e-9, 0.25, 0.5):
        assert b.contains(arb(math.expm1(z) / z))
    assert rigor.lower(b) > 0.78
    assert gl.phi1(arb(0)) == 1
    assert gl.phi1(rigor.ball(F(1, 3))).contains(wide((sp.exp(sp.Rational(1, 3)) - 1) * 3))
    assert not rigor.is_finite(gl.phi1(arb.nan()))


def test_phi1_has_the_right_derivative_at_zero_in_torch():
    x = torch.tensor([-2.0, -1e-3, 0.0, 0.5, 0.999, 1.001, 3.0], dtype=torch.float64, requires_grad=True)
    assert np.allclose(gl.phi1(x).detach().numpy(), gl.phi1(x.detach().numpy()), rtol=8 * EPS)
    gl.phi1(x).sum().backward()
    assert abs(float(x.grad[2]) - 0.5) < EPS
    assert torch.autograd.gradcheck(lambda z: gl.phi1(z), x.detach().requires_grad_())


def test_phi1_in_symbols_and_rationals():
    x, p = sp.Symbol("x", real=True), sp.Symbol("p", positive=True)
    assert gl.phi1(x).subs(x, 0) == 1
    assert gl.phi1(p) == (sp.exp(p) - 1) / p
    assert gl.phi1(sp.Integer(0)) == 1
    assert gl.phi1(F(0)) == 1
    with pytest.raises(TypeError, match="rational"):
        gl.phi1(F(1, 2))


@repeatable
@given(z=rationals, n=st.integers(0, 40))
def test_growth_by_doubling_is_the_sum_term_by_term(z, n):
    p, s = gl.growth(z, n)
    assert p == (1 + z) ** n - 1
    assert s == sum((1 + z) ** k for k in range(n))


def test_growth_keeps_small_rates_in_floats():
    for z in (1e-18, 1e-9, 1e-3):
        for n in (1, 1000, 600_000):
            p, s = gl.growth(z, n)
            true = math.expm1(n * math.log1p(z))
            bound = 64 * EPS * (1 + n * z)  # the condition number of (1 + z)ⁿ − 1 is at most 1 + nz
            assert abs(p / true - 1) < bound
            assert abs(s * z / true - 1) < bound
    with pytest.raises(ValueError, match="number of steps"):
        gl.growth(0.1, -1)
    with pytest.raises(ValueError, match="number of steps"):
        gl.growth(0.1, 1.5)


# ---------------------------------------------------------------- the discrete lemma


@repeatable
@given(e0=positive, L=rationals, d=positive, h=steps, n=st.integers(0, 30))
def test_the_discrete_bound_is_attained_exactly(e0, L, d, h, n):
    assert gl.discrete(e0, L, d, h, n) == gl.discrete_equality(e0, L, d, h, n)[-1]


@repeatable
@given(e0=positive, L=rationals, d=positive, h=steps, shares=st.lists(st.fractions(0, 1), max_size=20))
def test_a_sequence_that_satisfies_the_inequality_stays_below_the_bound(e0, L, d, h, shares):
    e = e0
    for n, share in enumerate(shares, 1):
        e = share * ((1 + h * L) * e + h * d)
        assert e <= gl.discrete(e0, L, d, h, n)


def test_the_bound_without_the_factor_d_or_with_a_step_less_is_refuted_by_the_sequence_that_attains_it():
    e0, L, d, h, n = F(1), F(2), F(1, 2), F(1, 8), 10
    attained = gl.discrete_equality(e0, L, d, h, n)[-1]
    assert attained > gl.discrete(e0, L, 0, h, n)
    assert attained > gl.discrete(e0, L, d, h, n - 1)
    assert attained > gl.discrete(e0, L - F(1, 100), d, h, n)


def test_one_bound_in_five_arithmetics():
    exact = gl.discrete(F(1, 3), F(-2, 5), F(1, 7), F(1, 9), 25)
    number = sp.Rational(exact.numerator, exact.denominator)
    assert gl.discrete(sp.Rational(1, 3), F(-2, 5), F(1, 7), F(1, 9), 25) == number
    assert gl.discrete(rigor.ball("1/3"), F(-2, 5), F(1, 7), F(1, 9), 25).contains(wide(exact))
    assert abs(gl.discrete(1 / 3, -2 / 5, 1 / 7, 1 / 9, 25) / float(exact) - 1) < 64 * EPS
    L = np.array([-0.4, 0.0, 1.0])
    assert gl.discrete(1 / 3, L, 1 / 7, 1 / 9, 25).shape == (3,)
    tensor = gl.discrete(torch.tensor(1 / 3, dtype=torch.float64), -2 / 5, 1 / 7, 1 / 9, 25)
    assert abs(float(tensor) / float(exact) - 1) < 64 * EPS
    symbols = sp.symbols("e L d h", positive=True)
    values = {symbol: sp.Rational(1, q) for symbol, q in zip(symbols, (3, 2, 7, 9), strict=True)}
    n = sp.Symbol("n", integer=True, positive=True)
    closed = gl.discrete(*symbols, n).subs({**values, n: 25})
    assert closed == gl.discrete(*values.values(), 25)


def test_a_step_that_is_too_long_for_a_negative_rate_is_refused_and_would_be_wrong():
    with pytest.raises(ValueError, match="smaller step"):
        gl.discrete(1, F(-3), 0, 1, 2)
    with pytest.raises(ValueError, match="smaller step"):  # the ball leaves the sign open
        gl.discrete(1, arb(-1, 0.1), 0, 1, 2)
    with pytest.raises(ValueError, match="smaller step"):
        gl.discrete(1.0, np.array([0.0, -3.0]), 0.0, 1.0, 2)
    # q = −2, e_0 = 1: e_1 = −10 <= q e_0 and e_2 = 20 <= q e_1, but e_2 is above q² e_0 = 4.
    q, e0, e1, e2 = -2, 1, -10, 20
    assert e1 <= q * e0
    assert e2 <= q * e1
    assert e2 > q**2 * e0


@repeatable
@given(e0=positive, L=rationals, d=positive, h=st.lists(steps, min_size=1, max_size=12))
def test_non_uniform_steps_give_the_sum_of_products(e0, L, d, h):
    n = len(h)
    factors = [1 + h_k * L for h_k in h]
    by_hand = math.prod(factors) * e0 + sum(h[j] * d * math.prod(factors[j + 1 :]) for j in range(n))
    assert gl.discrete_nonuniform(e0, L, d, h) == by_hand
    assert gl.discrete_nonuniform(e0, [L] * n, [d] * n, [h[0]] * n) == gl.discrete(e0, L, d, h[0], n)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one a step"):
        gl.discrete_nonuniform(1, [1, 2], 0, [F(1, 2)] * 3)
    with pytest.raises(ValueError, match="smaller step"):
        gl.discrete_nonuniform(1, -3, 0, [F(1, 2)] * 3)


@repeatable
@given(e0=positive, L=rationals, d=positive, h=steps, n=st.integers(1, 30))
def test_the_implicit_bound_is_attained_exactly(e0, L, d, h, n):
    if h * L >= 1:
        return
    e = e0
    for _ in range(n):
        e = (e + h * d) / (1 - h * L)
    assert gl.discrete_implicit(e0, L, d, h, n) == e


# ---------------------------------------------------------------- by exponentials


@repeatable
@given(e0=positive, L=rationals, d=positive, h=steps, n=st.integers(1, 30))
def test_the_exponential_forms_stand_in_order_above_the_discrete_one(e0, L, d, h, n):
    least = gl.discrete(e0, L, d, h, n)
    with rigor.precision(300):
        slack = rigor.ball("1e-30")  # all three are equal where L = 0
        middle = gl.discrete_by_exponential(rigor.ball(e0), L, d, h, n)
        assert rigor.certainly_le(least, middle + slack)
        if L >= 0:
            assert rigor.certainly_le(middle, gl.exponential(rigor.ball(e0), L, d, n * h) + slack)


def test_the_textbook_exponential_form_is_false_for_a_negative_rate():
    L, d, h = F(-2), F(1), F(1, 4)
    one_step = gl.discrete(0, L, d, h, 1)
    assert rigor.certainly_gt(one_step, gl.differential(rigor.ball(0), L, d, h))
    assert not rigor.certainly_gt(one_step, gl.discrete_by_exponential(rigor.ball(0), L, d, h, 1))
    with pytest.raises(ValueError, match="discrete_by_exponential"):
        gl.exponential(rigor.ball(0), L, d, h)
    with pytest.raises(ValueError, match="e0 >= 0"):
        gl.exponential(-1.0, 1.0, 0.0, 1.0)


def test_the_exponential_form_is_the_limit_of_small_steps():
    ratios = [gl.discrete(1.0, 1.5, 0.3, 2 / n, n) / gl.exponential(1.0, 1.5, 0.3, 2.0) for n in (10, 100, 1000)]
    assert ratios[0] < ratios[1] < ratios[2] < 1
    assert ratios[2] > 0.99


# ---------------------------------------------------------------- the continuous lemma


def test_the_differential_form_is_continuous_in_the_rate_at_zero():
    assert gl.differential(2.0, 0.0, 3.0, 5.0) == 17.0
    rates = np.array([-1e-12, -1e-300, 0.0, 1e-300, 1e-12])
    assert np.allclose(gl.differential(2.0, rates, 3.0, 5.0), 17.0, rtol=1e-10)
    assert gl.differential(2, arb(0, 1e-12), 3, 5).contains(17)
    assert gl.differential(sp.Integer(2), 0, 3, 5) == 17


@repeatable
@given(u0=positive, L=rationals, d=positive)
def test_the_differential_bound_is_the_solution_of_the_equation(u0, L, d):
    a, b, c = float(u0), float(L), float(d)
    u = solve_ivp(lambda t, z: b * z + c, (0, 1), [a], method="DOP853", rtol=1e-12, atol=1e-14).y[0, -1]
    assert abs(u - gl.differential(a, b, c, 1.0)) <= 1e-9 * (1 + abs(u))


def test_variable_coefficients_reduce_to_the_constant_ones_and_solve_the_equation():
    s, t = sp.symbols("s t", positive=True)
    u0, L, d = sp.symbols("u_0 L d", positive=True)
    constant = gl.differential_form(u0, L, d, s, t)
    assert sp.simplify(constant - gl.differential(u0, L, d, t)) == 0
    u = gl.differential_form(u0, 2 * s, s, s, t)
    assert sp.simplify(sp.diff(u, t) - 2 * t * u - t) == 0
    assert sp.simplify(u.subs(t, 0) - u0) == 0
    zero = gl.differential_form(u0, 0, s**2, s, t)
    assert sp.simplify(zero - u0 - t**3 / 3) == 0


def test_the_integral_form_is_attained_and_bounded_by_the_monotone_one():
    s, t, r = sp.symbols("s t r", positive=True)
    a, b = 1 + s, sp.Integer(2)
    u = gl.integral_form(a, b, s, t)
    residual = u - a.subs(s, t) - sp.integrate(b * u.subs(t, r), (r, 0, t))
    assert sp.simplify(residual) == 0
    monotone = a.subs(s, t) * sp.exp(2 * t)
    assert all((monotone - u).subs(t, value) >= 0 for value in (0, sp.Rational(1, 2), 3))
    assert sp.simplify(gl.integral_form(5, b, s, t) - gl.integral(sp.Integer(5), 2, t)) == 0
    assert gl.integral(3.0, 0.0, 7.0) == 3.0


def test_the_integral_form_with_a_negative_rate_is_refused_and_would_be_wrong():
    with pytest.raises(ValueError, match="differential"):
        gl.integral(1.0, -1.0, 1.0)
    s, r = sp.symbols("s r")
    u, end = 2 * s - 1, sp.Rational(3, 5)  # u <= 0 − ∫u up to 3/5, and yet u(3/5) = 1/5 > 0 = a e^{bt}
    gap = sp.expand(-sp.integrate(u.subs(s, r), (r, 0, s)) - u)
    assert sp.Poly(gap, s).count_roots(0, end) == 0
    assert gap.subs(s, 0) > 0
    assert u.subs(s, end) > 0


# ---------------------------------------------------------------- logarithmic norms


def test_the_logarithmic_norm_bounds_a_linear_flow_where_the_norm_is_too_coarse():
    A = [[-1, 4], [-4, -1]]
    mu, ell = rigor.logarithmic_norm(A), rigor.spectral_norm(A)
    bound = gl.differential(1, mu, 0, 2)
    assert bound.overlaps(rigor.ball(sp.exp(-2)))  # ‖e^{tA}‖ = e^{−t}, attained
    assert rigor.certainly_gt(gl.differential(1, ell, 0, 2), 1000 * bound)


@repeatable
@given(st.lists(st.integers(-4, 4), min_size=4, max_size=4), st.fractions(0, 1, max_denominator=16))
def test_the_euler_factor_bounds_the_norm_of_one_step(entries, h):
    A = [entries[:2], entries[2:]]
    step = [[int(i == j) + h * A[i][j] for j in range(2)] for i in range(2)]
    q = gl.euler_factor(rigor.logarithmic_norm(A), rigor.spectral_norm(A), h)
    if rigor.is_finite(q):
        assert not rigor.spectral_norm(step) > q
        assert rigor.lower(q) <= rigor.upper(1 + rigor.ball(h) * rigor.spectral_norm(A))


def test_the_euler_factor_is_attained_by_a_rotation_and_feeds_the_recursion():
    q = gl.euler_factor(-1.0, math.sqrt(17), 0.1)  # A = [[−1, 4], [−4, −1]] has ‖A‖² = 17
    assert abs(q - np.linalg.norm(np.eye(2) + 0.1 * np.array([[-1, 4], [-4, -1]]), 2)) < 4 * EPS
    assert q < 1
    assert gl.recursion(1.0, q, 0.01, 1000) < 0.01 / (1 - q) * 1.001
    with pytest.raises(ValueError, match="turns the inequality"):
        gl.recursion(1.0, -0.5, 0.0, 3)
