"""Nesterov layers: each formula against a second route to the same quantity."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.special import j1

from gronwall.theory import rigor
from gronwall.theory.nesterov.adjoint import (
    adjoint_equation,
    conformal_form,
    flow_and_tangent,
    gated_adjoint,
    gated_jacobian,
    log_volume,
    nesterov_adjoint,
    ordered_exponential,
    row_times,
    swapped_block,
    vanishing_bound,
    weighted_equation,
)
from gronwall.theory.nesterov.limit import (
    curvature,
    energy,
    exact_force,
    from_rewritten,
    gate,
    gate_slope,
    gated_bound,
    gated_field,
    huber_gap,
    integral_bound,
    iterates,
    momentum,
    momentum_remainder,
    nesterov_field,
    rate_bound,
    released_field,
    rewritten_field,
    runaway_slope,
    series_ratio,
    solve,
    starting_effect,
    to_rewritten,
    washed_out_bound,
)
from gronwall.theory.nesterov.stability import (
    determinant,
    edge,
    euler_damped,
    euler_nesterov,
    is_stable,
    largest_stable_step,
    three_point,
    three_point_is_stable,
    trace,
)

# ---------------------------------------------------------------- the scheme and its limit


def test_momentum_is_exact_in_fractions_and_its_remainder_closes_the_expansion():
    for k in (1, 2, 7, 100):
        for r in (3, 5, 10):
            assert momentum(k, r) == Fraction(k - 1, k + r - 1)
            assert momentum(k, r) - (1 - Fraction(r, k)) == momentum_remainder(Fraction(k), r)


def test_the_first_iterates_are_those_computed_by_hand():
    x = iterates(lambda y: y, Fraction(1), Fraction(1, 2), 2)
    # x_1 = 1/2, y_1 = 1/2 (momentum 0), x_2 = 1/4
    assert x == [1, Fraction(1, 2), Fraction(1, 4)]


def test_the_series_sums_to_bessels_function():
    rate, t, term, total = 2.0, 1.7, 1.0, 0.0
    for j in range(40):
        total += term
        term *= series_ratio(j, rate) * t**2
    u = np.sqrt(rate) * t
    assert total == pytest.approx(2 * j1(u) / u, rel=1e-14)


def test_the_system_of_the_first_order_follows_bessels_function():
    times = np.linspace(1.0, 4.0, 7)
    h = 2 * j1(times) / times
    slope = -2 * sp.besselj(2, 1).evalf() / 1
    found, _ = solve(nesterov_field(lambda y, t: y), h[0], float(slope), times)
    np.testing.assert_allclose(found[:, 0], h, atol=1e-12)


# ---------------------------------------------------------------- decrease


def test_the_energy_decreases_along_a_computed_trajectory():
    times = np.linspace(0.5, 8.0, 60)
    h, m = solve(nesterov_field(lambda y, t: y**3), 1.0, 0.0, times)
    gaps = h[:, 0] ** 4 / 4
    values = [energy(g, [x], [v], t) for g, x, v, t in zip(gaps, h[:, 0], m[:, 0], times, strict=True)]
    assert np.all(np.diff(values) < 0)


def test_rate_and_integral_bounds_at_known_values():
    assert rate_bound(Fraction(1), 2) == Fraction(1, 2)  # 2/t² at t = 2
    assert integral_bound(Fraction(1), 5) == 4
    # equality of the rate on |x|: X = 1 − t²/8 at t = 2
    assert huber_gap(Fraction(1, 2), Fraction(0)) == rate_bound(Fraction(1), 2)


def test_hubers_function_has_one_value_where_its_pieces_meet():
    d = Fraction(1, 3)
    assert huber_gap(d, d) == d / 2 == d * d / (2 * d)
    assert huber_gap(-2 * d, d) == huber_gap(2 * d, d)


# ---------------------------------------------------------------- the rewriting


@pytest.mark.parametrize("r", [2, 3, 5, 10])
def test_the_gate_in_floats_lies_in_its_ball_and_equals_its_symbol(r):
    ball = gate(rigor.ball(Fraction(7, 4)), r)
    assert gate(1.75, r) == pytest.approx(rigor.midpoint(ball), rel=1e-14)
    t = sp.Symbol("t", positive=True)
    assert float(gate(t, r).subs(t, sp.Rational(7, 4))) == pytest.approx(rigor.midpoint(ball), rel=1e-13)


def test_gate_slope_and_curvature_are_those_of_central_differences():
    t, d, r = 2.3, 1e-4, 5
    k = [gate(t + i * d, r) for i in (-1, 0, 1)]
    first, second = (k[2] - k[0]) / (2 * d), (k[2] - 2 * k[1] + k[0]) / d**2
    assert first / k[1] == pytest.approx(gate_slope(t, r), abs=1e-7)
    assert second / k[1] + r / t * first / k[1] == pytest.approx(curvature(t, r), abs=1e-6)


def test_a_torch_gate_keeps_its_gradient():
    torch = pytest.importorskip("torch")
    t = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    gate(t).backward()
    assert float(t.grad) == pytest.approx(gate(2.0) * gate_slope(2.0), rel=1e-14)


def test_converting_there_and_back_is_the_identity_in_balls():
    t = rigor.ball(Fraction(3, 2))
    h, v = from_rewritten(*to_rewritten(rigor.ball(2), rigor.ball(-1), t, 5), t, 5)
    assert rigor.contains(h, rigor.ball(2))
    assert rigor.contains(v, rigor.ball(-1))


@pytest.mark.parametrize("r", [3, 5])
def test_the_rewritten_layer_has_the_trajectory_of_the_direct_one(r):
    times = [1.0, 2.0]
    direct, _ = solve(nesterov_field(lambda h, t: np.sin(h), r), 1.0, 0.3, times)
    x, _ = solve(rewritten_field(exact_force(np.sin, r), r), *to_rewritten(1.0, 0.3, 1.0, r), times)
    assert gate(2.0, r) * x[-1, 0] == pytest.approx(direct[-1, 0], abs=1e-11)


def test_the_dossiers_values_of_the_three_systems():
    def force(h, t):
        return 2.0 * h

    times = [1.0, 2.0]
    exact = exact_force(lambda h: 2.0 * h)
    x, _ = solve(rewritten_field(exact), *to_rewritten(1.0, 0.3, 1.0), times)
    y, _ = solve(rewritten_field(force), *to_rewritten(1.0, 0.3, 1.0), times)
    z, _ = solve(released_field(exact), 1.0, 0.3, times)
    w, _ = solve(released_field(force), 1.0, 0.3, times)
    found = [gate(2.0) * part[-1, 0] for part in (x, y, z, w)]
    np.testing.assert_allclose(found, [0.5916, 0.4413, 0.8487, 0.6587], atol=5e-5)


# ---------------------------------------------------------------- start and growth


def test_a_constant_force_attains_the_bound_at_the_start():
    x, _ = solve(rewritten_field(lambda h, t: -2.0 + 0 * h), 0.0, 0.0, [1e-9, 0.5])
    assert gate(0.5) * x[-1, 0] == pytest.approx(washed_out_bound(2.0, 0.5), rel=1e-7)


def test_the_effect_of_an_input_is_the_difference_of_two_trajectories():
    t0, ends = 0.1, []
    for h0 in (1.0, -1.0):
        x, _ = solve(rewritten_field(lambda h, t: 1.0 + 0 * h), *to_rewritten(h0, 0.0, t0), [t0, 1.0])
        ends.append(x[-1, 0])
    assert (ends[0] - ends[1]) / 2 == pytest.approx(starting_effect(t0, 1.0), rel=1e-10)


def test_a_gated_layer_with_saturated_velocity_moves_at_the_bounds_speed():
    def clip(z):
        return np.clip(z, -0.5, 0.5)

    field = gated_field(lambda h, t: -9.0 + 0 * h, clip, 0.0)
    x, m = solve(field, 0.2, 2.0, [1.0, 5.0], tol=1e-10)
    limit_x, limit_h = gated_bound(0.2, 0.5, 4.0)
    assert x[-1, 0] == pytest.approx(limit_x, rel=1e-9)
    assert limit_h == 0.5 * limit_x
    assert m[-1, 0] >= 0.5


def test_the_runaway_slope_stays_below_the_solution_of_riccatis_equation():
    told = solve_ivp(lambda t, y: 0.5 * gate(t) - y - y**2, (1, 16), [0.0], t_eval=np.arange(2, 17.0), rtol=1e-10)
    assert np.all(told.y[0] >= runaway_slope(0.5, told.t))
    assert told.y[0][-1] - runaway_slope(0.5, 16.0) < 0.5


# ---------------------------------------------------------------- stability


def test_the_criterion_of_jury_agrees_with_the_eigenvalues():
    rng = np.random.default_rng(0)
    for _ in range(300):
        A = rng.normal(size=(2, 2))
        inside = np.abs(np.linalg.eigvals(A)).max() < 1
        assert is_stable(tuple(map(tuple, A))) == inside


def test_determinant_and_trace_are_numpys():
    A = ((2.0, 3.0), (-1.0, 0.5))
    assert determinant(A) == pytest.approx(np.linalg.det(np.array(A)))
    assert trace(A) == np.trace(np.array(A))


def test_one_step_of_each_scheme_by_hand():
    h, v, step, t, kappa = 1.0, -0.5, 0.1, 2.0, 3.0
    A = np.array(euler_nesterov(step, t, kappa))
    np.testing.assert_allclose(A @ [h, v], [h + step * v, v - step * (3 / t * v + kappa * h)])
    B = np.array(euler_damped(step, 0.7, kappa))
    np.testing.assert_allclose(B @ [h, v], [h + step * v, v - step * (0.7 * v + kappa * h)])
    C = np.array(three_point(step, t, kappa))
    new = 2 * h - v - 3 * step / t * (h - v) - step**2 * kappa * h
    np.testing.assert_allclose(C @ [h, v], [new, h])


def test_the_largest_stable_step_is_found_by_bisection_where_it_is_known():
    found = largest_stable_step(lambda d: euler_damped(d, Fraction(1), Fraction(4)), Fraction(2))
    assert 0 <= Fraction(1, 4) - found < Fraction(1, 2**50)


def test_three_points_lose_stability_where_the_condition_says():
    for share in (0.9, 0.99, 1.01, 1.1):
        step = share * 2.0
        radius = np.abs(np.linalg.eigvals(np.array(three_point(step, 1e6, 1.0)))).max()
        assert (radius < 1) == three_point_is_stable(step, 1e6, 1.0)


# ---------------------------------------------------------------- adjoints


def random_layer(N=2, seed=0):
    rng = np.random.default_rng(seed)
    V, W = rng.normal(size=(2, N, N))
    u = rng.normal(size=N)

    def force(h, t):
        return V @ np.tanh(W @ h + u * t)

    def jacobian(h, t):
        return V @ np.diag(1 - np.tanh(W @ h + u * t) ** 2) @ W

    return force, jacobian


def test_the_tangent_is_the_difference_of_two_trajectories():
    force, jac = random_layer()

    def field(z, t):
        return np.concatenate(nesterov_field(force)(z[:2], z[2:], t))

    def jacobian(z, t):
        return np.block([[np.zeros((2, 2)), np.eye(2)], [-jac(z[:2], t), -3 / t * np.eye(2)]])

    z0, e, d = np.array([0.3, -0.2, 0.5, 0.1]), np.array([0, 1.0, 0, 0]), 1e-6
    _, F = flow_and_tangent(field, jacobian, z0, [1.0, 2.5])
    ends = [flow_and_tangent(field, jacobian, z0 + s * d * e, [1.0, 2.5])[0][-1] for s in (1, -1)]
    np.testing.assert_allclose(F[-1] @ e, (ends[0] - ends[1]) / (2 * d), atol=1e-8)


def test_the_adjoint_system_is_minus_the_row_times_the_jacobian():
    rng = np.random.default_rng(1)
    J, a_h, a_m, t, r = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3), 1.7, 5
    big = np.block([[np.zeros((3, 3)), np.eye(3)], [-J, -r / t * np.eye(3)]])
    np.testing.assert_allclose(np.concatenate(nesterov_adjoint(a_h, a_m, J, t, r)), -np.concatenate([a_h, a_m]) @ big)


def test_the_gated_adjoint_is_minus_the_row_times_the_gated_jacobian():
    rng = np.random.default_rng(2)
    J, slope, a_x, a_m = rng.normal(size=(3, 3)), rng.uniform(size=3), rng.normal(size=3), rng.normal(size=3)
    big = gated_jacobian(J, slope, 0.8, 0.5)
    assert np.trace(big) == -3
    found = np.concatenate(gated_adjoint(a_x, a_m, J, slope, 0.8, 0.5))
    np.testing.assert_allclose(found, -np.concatenate([a_x, a_m]) @ big)


def test_the_equation_of_the_velocity_adjoint_and_its_weighted_form_vanish_together():
    t, r = sp.symbols("t r", positive=True)
    c, J = sp.Function("c")(t), sp.Function("J")(t)
    a = t**r * c
    left = adjoint_equation(a, a.diff(t), a.diff(t, 2), J, t, r)
    right = t**r * weighted_equation(c, c.diff(t), c.diff(t, 2), J, t, r)
    assert sp.simplify(left - right) == 0


def test_rows_times_batches_of_matrices():
    rng = np.random.default_rng(3)
    a, J = rng.normal(size=(5, 3)), rng.normal(size=(5, 3, 3))
    np.testing.assert_allclose(row_times(a, J)[2], a[2] @ J[2])


def test_the_ordered_exponential_is_scipys_product():
    A, B = np.array([[0.0, 1.0], [-4.0, -1.0]]), np.array([[0.0, 1.0], [0.25, -1.0]])
    found = ordered_exponential([rigor.matrix(M, dyadic=True) for M in (A, B)], [Fraction(1), Fraction(1, 2)])
    values = np.array([rigor.midpoint(e) for e in found.entries()]).reshape(2, 2)
    np.testing.assert_allclose(values, expm(B / 2) @ expm(A), atol=1e-13)
    assert np.linalg.slogdet(values)[1] == pytest.approx(log_volume(1, 0.0, 1.5, lambda t, T: T - t))


def test_the_conformal_form_of_the_identity_is_the_symplectic_one():
    found = conformal_form(rigor.identity(4), 2)
    values = np.array([rigor.midpoint(e) for e in found.entries()]).reshape(4, 4)
    np.testing.assert_array_equal(values, np.block([[np.zeros((2, 2)), np.eye(2)], [-np.eye(2), np.zeros((2, 2))]]))


def test_eigenvalues_of_the_swapped_block_pair_to_the_sum_s():
    rng = np.random.default_rng(4)
    A, B = rng.normal(size=(2, 3, 3))
    values = np.linalg.eigvals(swapped_block(A, B, -1.5))
    mirrored = -1.5 - values
    assert all(np.abs(mirrored - value).min() < 1e-10 for value in values)
    symbolic = swapped_block(sp.Matrix(A), sp.Matrix(B), sp.Rational(-3, 2))
    np.testing.assert_allclose(np.array(symbolic, dtype=float), swapped_block(A, B, -1.5))


def test_the_vanishing_bound_in_floats_lies_in_its_ball():
    assert vanishing_bound(3.0) == pytest.approx(rigor.midpoint(vanishing_bound(rigor.ball(3))), rel=1e-15)


@pytest.mark.parametrize(("order", "turns"), [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_the_edge_of_a_region_of_stability_has_modulus_one_and_closes(order: int, turns: int):
    z = np.array(edge(order, np.linspace(0, 2 * np.pi * turns, 200 * turns + 1)))
    series = sum(z**k / math.factorial(k) for k in range(order + 1))
    assert np.allclose(np.abs(series), 1, atol=1e-12)
    assert abs(z[-1]) < 1e-9
    assert np.abs(np.diff(z)).max() < 0.1
