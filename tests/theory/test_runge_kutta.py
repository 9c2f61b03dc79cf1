"""Schemes: algebra first (trees, order, stability), then the same lines in four arithmetics."""

import math
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb

from gronwall.theory import rigor
from gronwall.theory import runge_kutta as rk
from gronwall.theory.arithmetic import components, constant, stack

EXPLICIT = {name: tableau for name, tableau in rk.SCHEMES.items() if tableau.is_explicit}
IMPLICIT = {name: tableau for name, tableau in rk.SCHEMES.items() if not tableau.is_explicit}
ALL, ONLY_EXPLICIT, ONLY_IMPLICIT = (
    pytest.mark.parametrize("tableau", schemes.values(), ids=schemes.keys())
    for schemes in (rk.SCHEMES, EXPLICIT, IMPLICIT)
)


def wide(value):
    """An exact value as a ball at 200 bits, so that an enclosure of it at 53 bits can contain it."""
    with rigor.precision(200):
        return rigor.ball(value)


# ---------------------------------------------------------------- trees


def test_there_are_1_1_2_4_9_20_48_rooted_trees():
    assert [len(set(rk.rooted_trees(n))) for n in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]
    assert all(rk.tree_order(tree) == n for n in range(1, 8) for tree in rk.rooted_trees(n))


def test_the_monotone_labellings_of_all_trees_of_order_n_number_n_minus_1_factorial():
    # α(τ) = |τ|!/(σ(τ) γ(τ)) counts them: node k of an increasing tree has k − 1 possible parents.
    for n in range(1, 8):
        trees = rk.rooted_trees(n)
        alpha = [F(math.factorial(n), rk.symmetry(tree) * rk.density(tree)) for tree in trees]
        assert all(a.denominator == 1 for a in alpha)
        assert sum(alpha) == math.factorial(n - 1)


def test_the_tall_tree_has_density_n_factorial_and_the_bush_has_symmetry():
    tall, bush = (), ((), (), (), ())
    for n in range(2, 6):
        tall = (tall,)
        assert rk.density(tall) == math.factorial(n)
        assert rk.symmetry(tall) == 1
    assert (rk.density(bush), rk.symmetry(bush)) == (5, 24)


# ---------------------------------------------------------------- order


@ALL
def test_the_claimed_order_is_the_algebraic_order_and_not_more(tableau):
    assert rk.algebraic_order(tableau) == tableau.order
    if tableau.embedded is not None:
        assert rk.algebraic_order(tableau, embedded=True) == tableau.embedded_order


def test_the_eight_conditions_of_order_four_in_their_textbook_form():
    # HNW table II.2.2, written out by hand: the oracle of the trees.
    A, b, c = (np.array(part, dtype=object) for part in (rk.RK4.A, rk.RK4.b, rk.RK4.c))
    by_hand = [
        b.sum() - 1, b @ c - F(1, 2), b @ c**2 - F(1, 3), b @ A @ c - F(1, 6), b @ c**3 - F(1, 4),
        b @ (c * (A @ c)) - F(1, 8), b @ A @ c**2 - F(1, 12), b @ A @ A @ c - F(1, 24),
    ]  # fmt: skip
    assert by_hand == [0] * 8
    wrong = replace(rk.RK4, b=(F(1, 6), F(1, 2), F(1, 6), F(1, 6)))
    b = np.array(wrong.b, dtype=object)
    residuals = rk.order_conditions(wrong, 4)
    assert residuals[((),)] == b @ c - F(1, 2) == 0
    assert residuals[((), ())] == b @ c**2 - F(1, 3) == 0
    assert residuals[(((),),)] == b @ A @ c - F(1, 6) == F(-1, 24)
    assert residuals[((), ((),))] == b @ (c * (A @ c)) - F(1, 8)
    assert residuals[((((),),),)] == b @ A @ A @ c - F(1, 24)


def test_a_wrong_weight_is_seen():
    assert rk.algebraic_order(replace(rk.RK4, b=(F(1, 6), F(1, 2), F(1, 6), F(1, 6)))) == 2
    assert rk.algebraic_order(replace(rk.HEUN, b=(F(1, 3), F(2, 3)))) == 1
    assert rk.algebraic_order(replace(rk.HEUN, b=(F(1, 2), F(1, 3)))) == 0
    b = list(rk.DORMAND_PRINCE.b)
    b[0], b[2] = b[0] + F(1, 10**12), b[2] - F(1, 10**12)
    assert rk.algebraic_order(replace(rk.DORMAND_PRINCE, b=tuple(b))) == 1


def test_the_principal_error_of_known_schemes():
    assert rk.principal_error(rk.RALSTON) == sp.Rational(1, 6)
    assert rk.principal_error(rk.EULER) == sp.Rational(1, 2)
    # Dormand, Prince 1980 chose their scheme for this number.
    assert abs(float(rk.principal_error(rk.DORMAND_PRINCE)) - 3.99e-4) < 0.005e-4
    grid = [F(k, 24) for k in range(6, 25)]  # Ralston's node is the best of all explicit two-stage schemes
    errors = [rk.principal_error(two_stage(c)) for c in grid]
    assert min(errors) == errors[grid.index(F(2, 3))] == rk.principal_error(rk.RALSTON)


def two_stage(c):
    return rk.Tableau("two stages", ((F(0), F(0)), (c, F(0))), (1 - 1 / (2 * c), 1 / (2 * c)), (F(0), c), 2)


# ---------------------------------------------------------------- what is no tableau


def test_wrong_sums_shapes_and_floats_are_refused():
    with pytest.raises(ValueError, match=r"row 1 of A sums to 1/2, but c = 1"):
        replace(rk.MIDPOINT, c=(F(0), F(1)))
    with pytest.raises(ValueError, match="expected 2 everywhere"):
        replace(rk.MIDPOINT, A=((F(0),), (F(1, 2),)))
    with pytest.raises(TypeError, match=r"0\.5"):
        replace(rk.MIDPOINT, c=(F(0), 0.5))
    with pytest.raises(ValueError, match="lines of weights"):
        rk.butcher("no weights", 1, "0 |")
    with pytest.raises(ValueError, match="embedded"):
        rk.order_conditions(rk.RK4, 2, embedded=True)


# ---------------------------------------------------------------- stability and structure


@ALL
def test_the_stability_function_matches_exp_exactly_to_the_order(tableau):
    R = rk.stability_function(tableau)
    difference = sp.series(R - sp.exp(rk.Z), rk.Z, 0, tableau.order + 1).removeO()
    assert sp.nsimplify(sp.expand(difference)) == 0


@ALL
def test_the_stability_function_is_the_neumann_series_of_the_tableau(tableau):
    # Second route: R(z) = 1 + Σ z^(k+1) bᵀA^k 1, in exact numbers.
    A, b, v = sp.Matrix(tableau.A), sp.Matrix([tableau.b]), sp.ones(tableau.stages, 1)
    series = sp.Integer(1)
    for k in range(tableau.stages + 2):
        series += rk.Z ** (k + 1) * (b * v)[0]
        v = (A * v).applyfunc(sp.expand)
    top = tableau.stages + 2
    rational = sp.series(rk.stability_function(tableau), rk.Z, 0, top).removeO()
    truncated = sum(series.coeff(rk.Z, k) * rk.Z**k for k in range(top))
    assert sp.expand(rational - truncated) == 0


def test_radau_is_l_stable_and_gauss_keeps_the_imaginary_axis():
    for tableau in (rk.IMPLICIT_EULER, rk.RADAU3, rk.RADAU5):
        assert sp.limit(rk.stability_function(tableau), rk.Z, -sp.oo) == 0
    y = np.linspace(-50, 50, 101)
    for tableau in (rk.IMPLICIT_MIDPOINT, rk.TRAPEZOID, rk.GAUSS4):
        assert np.allclose(np.abs(rk.amplification(tableau, 1j * y)), 1, rtol=1e-13)


def test_the_amplification_is_one_function_in_four_arithmetics():
    for tableau in rk.SCHEMES.values():
        value = rk.amplification(tableau, sp.Rational(-3, 4))
        assert rk.amplification(tableau, rigor.ball("-3/4")).contains(wide(value))
        assert abs(rk.amplification(tableau, -0.75) - float(value)) < 1e-15
        z = torch.tensor([-0.75], dtype=torch.float64)
        assert abs(float(rk.amplification(tableau, z)) - float(value)) < 1e-15


def test_the_adjoint_of_explicit_euler_is_implicit_euler_and_adjoining_twice_gives_it_back():
    assert rk.reflected(rk.EULER).A == rk.IMPLICIT_EULER.A
    for tableau in rk.SCHEMES.values():
        twice = rk.reflected(rk.reflected(tableau))
        assert (twice.A, twice.b, twice.c) == (tableau.A, tableau.b, tableau.c)
        assert rk.algebraic_order(rk.reflected(tableau)) == tableau.order


def test_the_stability_functions_of_a_scheme_and_its_adjoint_are_reciprocal():
    for tableau in (rk.EULER, rk.HEUN, rk.RK4, rk.RADAU3, rk.GAUSS4):
        R, S = rk.stability_function(tableau), rk.stability_function(rk.reflected(tableau))
        assert sp.simplify(S * R.subs(rk.Z, -rk.Z) - 1) == 0


def test_symmetric_and_symplectic_schemes_are_the_known_ones():
    symmetric = {name for name, tableau in rk.SCHEMES.items() if rk.is_symmetric(tableau)}
    symplectic = {name for name, tableau in rk.SCHEMES.items() if rk.is_symplectic(tableau)}
    assert symmetric == {"implicit_midpoint", "trapezoid", "gauss4"}
    assert symplectic == {"implicit_midpoint", "gauss4"}


# ---------------------------------------------------------------- one step in four arithmetics


def field(t, x):
    """x' = (x₂ + t, x₁x₂ − x₁): nonlinear, not autonomous, and the same lines everywhere."""
    u, v = components(x)
    return stack([v + t, u * v - u])


@ONLY_EXPLICIT
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


# ---------------------------------------------------------------- implicit schemes


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
