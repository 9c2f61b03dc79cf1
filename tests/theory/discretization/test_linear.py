"""Linear residual networks: each formula against a second route to the same quantity."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad, solve_ivp
from scipy.linalg import expm

from gronwall.theory.discretization.linear import (
    Limit,
    balance,
    balanced,
    decay,
    decay_rate,
    descent,
    distance_to_singular,
    flow,
    gradient,
    layers,
    loss,
    move_bound,
    move_bound_recalled,
    partial_products,
    product,
    pulled_back,
    roughening_bound,
    roughening_speed,
    sharpness,
    small_enough,
    small_enough_recalled,
    speed_bound,
    step_threshold,
    typical_move_bound,
    velocity,
)

SIGMA = np.array([[1.0, 0.3], [0.3, 0.5]])


def problem(seed, depth=5, d=2):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(d, d))
    return rng.normal(size=(depth, d, d)), rng.normal(size=(d, d)), A @ A.T + np.eye(d)


# ---------------------------------------------------------------- the network and its gradient


@pytest.mark.parametrize("depth", [1, 2, 3, 7, 8, 13])
def test_products_by_doubling_are_products_one_by_one(depth):
    M = layers(problem(depth, depth, 3)[0])
    before, after, whole = partial_products(M)
    for n in range(depth):
        one_by_one = np.eye(3)
        for m in M[:n]:
            one_by_one = m @ one_by_one
        assert np.allclose(before[n], one_by_one, rtol=1e-12)
        assert np.allclose(after[n] @ M[n] @ before[n], whole, rtol=1e-10)
    assert whole.shape == (3, 3)


def test_a_column_sent_through_the_layers_is_multiplied_by_the_product():
    theta, _, _ = problem(0)
    x = np.array([[1.0], [-2.0]])
    y = x
    for layer in theta:
        y = y + layer @ y / len(theta)
    assert np.allclose(y, product(theta) @ x, rtol=1e-13)


def test_products_of_fractions_are_exact():
    theta = np.array([[[Fraction(1)]], [[Fraction(2)]], [[Fraction(-1, 2)]]], dtype=object)
    assert product(theta)[0, 0] == Fraction(4, 3) * Fraction(5, 3) * Fraction(5, 6)


def test_the_loss_is_the_squared_norm_of_the_scaled_error():
    theta, B, Sigma = problem(1, d=3)
    scaled = (product(theta) - B) @ np.linalg.cholesky(Sigma)
    assert loss(theta, B, Sigma) == pytest.approx(np.linalg.norm(scaled) ** 2, rel=1e-12)


def test_the_gradient_is_that_of_autograd():
    torch = pytest.importorskip("torch")
    theta, B, Sigma = problem(2, 6, 3)
    weights = torch.tensor(theta, requires_grad=True)
    Pi = torch.eye(3, dtype=torch.float64)
    for one in weights:
        Pi = (torch.eye(3, dtype=torch.float64) + one / 6) @ Pi
    E = Pi - torch.tensor(B)
    torch.trace(E @ torch.tensor(Sigma) @ E.T).backward()
    assert np.allclose(gradient(theta, B, Sigma), weights.grad.numpy(), rtol=1e-11)


def test_the_gradient_is_the_derivative_in_symbols():
    symbols = np.array(sp.symbols("t:8"), dtype=object)
    theta = symbols.reshape(2, 2, 2)
    B = np.array([[sp.Integer(1), sp.Rational(1, 2)], [sp.Integer(-1), sp.Integer(2)]], dtype=object)
    Sigma = np.array([[sp.Integer(2), sp.Integer(1)], [sp.Integer(1), sp.Integer(3)]], dtype=object)
    value = loss(theta, B, Sigma)
    for symbol, slope in zip(symbols, gradient(theta, B, Sigma).ravel(), strict=True):
        assert sp.expand(sp.diff(value, symbol) - slope) == 0


def test_the_velocity_is_minus_n_gradients_and_the_pulled_back_error():
    theta, B, Sigma = problem(3)
    v = velocity(theta, B, Sigma)
    assert np.allclose(v, -5 * gradient(theta, B, Sigma), rtol=1e-14)
    assert np.allclose(v, -2 * pulled_back(layers(theta), (product(theta) - B) @ Sigma), rtol=1e-13)


def test_the_flow_of_two_equal_scalar_layers_is_logistic():
    # p = Π of two layers: p' = −2σ(p − b)p, so p = b p0/(p0 + (b − p0) e^{−2σbt})
    sigma, b, start, times = 0.7, 1.4, -0.3, [0.1, 1.0, 3.0]
    path = flow(np.full((2, 1, 1), start), np.array([[b]]), np.array([[sigma]]), times, tol=1e-12)
    p0 = (1 + start / 2) ** 2
    for t, theta in zip(times, path, strict=True):
        exact = b * p0 / (p0 + (b - p0) * np.exp(-2 * sigma * b * t))
        assert product(theta)[0, 0] == pytest.approx(exact, rel=1e-10)


def test_one_layer_relaxes_exponentially_to_any_target():
    _, B, _ = problem(4)
    (theta,) = flow(np.zeros((1, 2, 2)), B, SIGMA, [0.8], tol=1e-12)
    assert np.allclose(product(theta), B + (np.eye(2) - B) @ expm(-1.6 * SIGMA), atol=1e-10)


def test_small_steps_of_descent_follow_the_flow():
    theta, B, _ = problem(5)
    theta = theta / 4
    (end,) = flow(theta, B, SIGMA, [1.0])
    apart = [np.abs(next(islice(descent(theta, B, SIGMA, 1 / k), k, None)) - end).max() for k in (200, 400)]
    assert apart[1] < 0.55 * apart[0] < 0.01


def test_a_slower_flow_is_the_same_flow_later():
    theta, B, _ = problem(6)
    fast, slow = flow(theta, B, SIGMA, [0.5]), flow(theta, B, SIGMA, [2.5], speed=0.2)
    assert np.allclose(fast, slow, atol=1e-8)


def test_the_loss_along_the_flow_falls_by_the_square_of_the_speed():
    theta, B, _ = problem(7)
    times = np.linspace(0.01, 0.4, 14)
    path = flow(theta, B, SIGMA, times.tolist(), tol=1e-12)
    power = [np.mean(np.sum(velocity(one, B, SIGMA) ** 2, axis=(1, 2))) for one in path]
    fallen = loss(path[0], B, SIGMA) - loss(path[-1], B, SIGMA)
    assert fallen == pytest.approx(np.trapezoid(power, times), rel=0.02)


def test_a_balanced_network_has_no_imbalance_and_fits_its_target():
    B = problem(8)[1]
    theta = balanced(B, 9)
    assert np.allclose(balance(layers(theta)), 0, atol=1e-13)
    assert np.allclose(product(theta), B, rtol=1e-12)


# ---------------------------------------------------------------- the bounds


@pytest.mark.parametrize("R", [0.1, 0.5, 1.0])
def test_the_rate_at_finite_depth_is_above_its_exponential_form_and_tends_to_it(R):
    rates = [decay_rate(N, R, 0.3) for N in (2, 8, 64, 4096)]
    assert rates == sorted(rates, reverse=True)
    assert 4 * 0.3 * np.exp(-2 * R) < rates[-1] < 1.001 * 4 * 0.3 * np.exp(-2 * R)


def test_the_speeds_at_finite_depth_are_below_their_exponential_forms_and_tend_to_them():
    for N in (2, 8, 64):
        assert speed_bound(N, 0.5, 3.0) < 2 * np.exp(0.5) * 3.0
        assert roughening_speed(N, 0.5, 3.0) < 2 * np.exp(0.5) * 3.0
    assert speed_bound(10**5, 0.5, 3.0) == pytest.approx(2 * np.exp(0.5) * 3.0, rel=1e-4)
    assert roughening_speed(10**5, 0.5, 3.0) == pytest.approx(2 * np.exp(0.5) * 3.0, rel=1e-4)


def test_a_scalar_network_falls_at_exactly_the_least_rate():
    theta, B, one = np.full((6, 1, 1), -0.4), np.array([[0.2]]), np.eye(1)
    observed = np.mean(velocity(theta, B, one) ** 2) / loss(theta, B, one)
    assert observed == pytest.approx(decay_rate(6, 0.4, 1.0), rel=1e-13)


def test_the_move_bounds_are_the_integrals_of_their_speeds():
    loss0, low, high = 2e-3, 0.4, 1.3
    speed = quad(lambda t: 2 * np.exp(0.5) * np.sqrt(high * loss0 * np.exp(-decay(t, low))), 0, np.inf)[0]
    assert move_bound_recalled(loss0, low, high) == pytest.approx(speed, rel=1e-8)
    path = quad(lambda value: 1 / np.sqrt(4 * low * value / np.e), 0, loss0)[0]  # ∫ −dℓ/(4σℓ/e)^{1/2}
    assert typical_move_bound(loss0, low) == pytest.approx(path, rel=1e-6)
    assert move_bound(loss0, low) == pytest.approx(np.e * path, rel=1e-6)
    assert roughening_bound(loss0, low) == move_bound(loss0, low)


def test_the_recalled_assumption_is_the_stronger_one():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        size, loss0, low = rng.uniform(0, 0.3), 10 ** rng.uniform(-5, -2), rng.uniform(0.1, 1)
        if small_enough_recalled(size, loss0, low, 1.0):
            assert small_enough(size, loss0, low)
    assert small_enough_recalled(0.25, np.exp(-3) / 16 * (1 - 1e-9), 1.0, 1.0)
    assert not small_enough_recalled(0.25, np.exp(-3) / 16 * (1 + 1e-9), 1.0, 1.0)
    assert small_enough(0.4, 4e-4, 1.0)
    assert not small_enough_recalled(0.4, 4e-4, 1.0, 1.0)


# ---------------------------------------------------------------- targets and steps


def test_no_matrix_of_positive_determinant_is_nearer_than_the_nearest_singular_one():
    rng = np.random.default_rng(0)
    B = np.array([[1.0, 0.4], [0.2, -0.7]])
    least = distance_to_singular(B, SIGMA)
    L = np.linalg.cholesky(SIGMA)
    tried = B + rng.normal(size=(20000, 2, 2)) * rng.uniform(0, 2, (20000, 1, 1))
    tried = tried[np.linalg.det(tried) >= 0]
    nearest = np.linalg.norm((tried - B) @ L, axis=(1, 2)).min()
    assert least <= nearest < 1.1 * least


def test_the_determinant_of_a_balanced_flow_moves_at_the_stated_rate():
    B, N, h = np.array([[1.0, 0.4], [0.2, -0.7]]), 4, 1e-5
    path = flow(np.zeros((N, 2, 2)), B, SIGMA, [1.0 - h, 1.0, 1.0 + h], tol=1e-13)
    logs = [np.log(np.linalg.det(product(theta))) for theta in path]
    U, s, Vt = np.linalg.svd(product(path[1]))
    force = U.T @ (product(path[1]) - B) @ SIGMA @ Vt.T
    assert (logs[2] - logs[0]) / (2 * h) == pytest.approx(-2 * np.trace(np.diag(s ** (1 - 2 / N)) @ force), rel=1e-5)


def test_the_sharpness_is_the_largest_eigenvalue_of_the_hessian():
    theta, _, Sigma = problem(9, 4)
    B, h = product(theta), 1e-4
    size = theta.size

    def slope(u):
        return gradient(theta + u.reshape(theta.shape), B, Sigma).ravel()

    hessian = np.array([(slope(h * e) - slope(-h * e)) / (2 * h) for e in np.eye(size)])
    assert sharpness(theta, Sigma) == pytest.approx(4 / 2 * np.linalg.eigvalsh(hessian)[-1], rel=1e-6)


@pytest.mark.parametrize("depth", [2, 5, 40])
def test_a_balanced_minimum_is_as_sharp_as_the_threshold_says(depth):
    B = problem(10)[1]
    assert sharpness(balanced(B, depth), np.eye(2)) == pytest.approx(1 / step_threshold(B, depth), rel=1e-11)


# ---------------------------------------------------------------- the limit


def test_the_propagators_of_a_constant_are_exponentials():
    limit, A = Limit(np.eye(2), np.eye(2), 12), np.array([[0.3, -1.0], [0.8, 0.1]])
    Phi, whole = limit.propagators(np.repeat(A[None], 12, axis=0))
    assert np.allclose(whole, expm(A), atol=1e-12)
    for c, one in zip(limit.points(), Phi, strict=True):
        assert np.allclose(one, expm(c * A), atol=1e-12)


def test_the_propagators_of_weights_that_turn_are_those_of_an_ode_solver():
    limit = Limit(np.eye(2), np.eye(2), 20)

    def psi(s):
        return np.array([[np.sin(s), 1.0], [-s, 0.5]])

    whole = limit.propagators(np.array([psi(c) for c in limit.points()]))[1]

    def right(s, y):
        return (psi(s) @ y.reshape(2, 2)).ravel()

    solved = solve_ivp(right, (0, 1), np.eye(2).ravel(), "DOP853", rtol=1e-12, atol=1e-13)
    assert np.allclose(whole.ravel(), solved.y[:, -1], atol=1e-10)


def test_the_interpolant_reproduces_what_it_interpolates():
    limit = Limit(np.eye(2), np.eye(2), 14)
    values = np.array([np.sin(3 * c) * np.ones((2, 2)) for c in limit.points()])
    s = np.linspace(0, 1, 9)
    assert np.allclose(limit.interpolated(values, s)[:, 0, 1], np.sin(3 * s), atol=1e-11)


def test_more_nodes_do_not_change_the_limit():
    B = np.array([[-0.9, -1.0], [0.7, 0.3]])
    s = np.linspace(0, 1, 5)
    coarse, fine = (
        limit.interpolated(limit.flow(lambda s: np.zeros((2, 2)), [0.5, 4.0]), s)
        for limit in (Limit(B, SIGMA, 16), Limit(B, SIGMA, 24))
    )
    assert np.allclose(coarse, fine, atol=1e-5)


def test_deep_networks_extrapolate_to_the_limit():
    B, times = np.array([[-0.9, -1.0], [0.7, 0.3]]), [0.5, 4.0]
    limit = Limit(B, SIGMA, 20)
    psi = limit.flow(lambda s: np.zeros((2, 2)), times)
    deep, deeper = (flow(np.zeros((N, 2, 2)), B, SIGMA, times, tol=1e-11) for N in (128, 256))
    expected = limit.interpolated(psi, np.arange(128) / 128)
    assert np.abs(deep - expected).max() > 1e-3
    assert np.abs(2 * deeper[:, ::2] - deep - expected).max() < 1e-3
