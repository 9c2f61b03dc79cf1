"""Residual networks and perceptrons: each formula against a second route to the same quantity."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import arb_mat
from scipy.integrate import solve_ivp

from gronwall.theory import rigor
from gronwall.theory.perceptrons import (
    Layer,
    mixed,
    norm_upper,
    perceptron,
    perceptron_acceleration,
    perceptron_jvp,
    residual_network,
)

V = [[Fraction(1, 2), Fraction(-1, 3)], [Fraction(1, 4), Fraction(2, 3)]]
W = [[Fraction(1), Fraction(-1, 2)], [Fraction(1, 5), Fraction(3, 4)]]
B = [[Fraction(1, 7)], [Fraction(-1, 9)]]
X0 = [[Fraction(1, 2)], [Fraction(-1, 4)]]
DEPTH = 4


def floats(rows):
    return np.array([[float(entry) for entry in row] for row in rows])


def run(layer, x0):
    """The last state of a network of four equal layers."""
    return residual_network(lambda n, x: perceptron(x, layer), x0, DEPTH)[-1]


def random_layer(seed, d=3, w=5):
    rng = np.random.default_rng(seed)
    return Layer(rng.normal(size=(d, w)), rng.normal(size=(w, d)), rng.normal(size=(w, 1)))


def test_a_network_runs_on_balls_and_on_symbols_to_the_same_state():
    as_balls = run(Layer(*map(rigor.matrix, (V, W, B))), rigor.matrix(X0))
    as_symbols = run(Layer(*map(sp.Matrix, (V, W, B))), sp.Matrix(X0))
    assert isinstance(as_balls, arb_mat)
    for i in range(2):
        with rigor.precision(100):
            assert rigor.from_sympy(as_symbols[i], {}).overlaps(as_balls[i, 0])


def test_a_network_runs_on_floats_inside_its_enclosure():
    as_balls = run(Layer(*map(rigor.matrix, (V, W, B))), rigor.matrix(X0))
    as_floats = run(Layer(*map(floats, (V, W, B))), floats(X0))
    for i in range(2):
        assert as_floats[i, 0] == pytest.approx(rigor.midpoint(as_balls[i, 0]), rel=1e-14)


def test_a_network_runs_on_tensors_and_keeps_its_gradient():
    torch = pytest.importorskip("torch")
    parts = [torch.tensor(floats(part), requires_grad=True) for part in (V, W, B)]
    last = run(Layer(*parts), torch.tensor(floats(X0)))
    assert np.allclose(last.detach().numpy(), run(Layer(*map(floats, (V, W, B))), floats(X0)), rtol=1e-14)
    last.sum().backward()
    assert all(torch.isfinite(part.grad).all() for part in parts)


def test_a_batch_of_columns_runs_like_its_columns():
    layer, rng = random_layer(0), np.random.default_rng(1)
    batch = rng.normal(size=(3, 4))
    together = run(layer, batch)
    for i in range(4):
        assert np.allclose(together[:, i : i + 1], run(layer, batch[:, i : i + 1]), rtol=1e-14)


def test_a_network_of_fractions_is_exact():
    states = residual_network(lambda n, x: x * n, Fraction(1), 3)
    assert states == [1, 1, Fraction(4, 3), Fraction(20, 9)]


def test_the_derivative_of_a_perceptron_is_its_central_difference():
    layer, rng = random_layer(2), np.random.default_rng(3)
    x, v = rng.normal(size=(3, 1)), rng.normal(size=(3, 1))
    h = 1e-5
    difference = (perceptron(x + h * v, layer) - perceptron(x - h * v, layer)) / (2 * h)
    assert np.allclose(perceptron_jvp(x, layer, v), difference, atol=1e-8)


def test_the_acceleration_of_a_perceptron_is_the_second_difference_of_its_solution():
    a, b = random_layer(4), random_layer(5)
    x0 = np.random.default_rng(6).normal(size=(3, 1))

    def right(s, y):
        return perceptron(y.reshape(3, 1), mixed(a, b, s)).ravel()

    h = 1e-3
    path = solve_ivp(right, (0, 2 * h), x0.ravel(), method="DOP853", rtol=1e-13, atol=1e-14, t_eval=[0, h, 2 * h]).y
    second = (path[:, 2] - 2 * path[:, 1] + path[:, 0]) / h**2
    there = perceptron_acceleration(path[:, 1:2], mixed(a, b, h), b - a).ravel()
    assert np.allclose(second, there, rtol=1e-4)


def test_entrywise_products_agree_between_balls_and_floats():
    v = [[Fraction(1, 3)], [Fraction(-2, 5)]]
    as_balls = perceptron_jvp(rigor.matrix(X0), Layer(*map(rigor.matrix, (V, W, B))), rigor.matrix(v))
    as_floats = perceptron_jvp(floats(X0), Layer(*map(floats, (V, W, B))), floats(v))
    for i in range(2):
        assert as_floats[i, 0] == pytest.approx(rigor.midpoint(as_balls[i, 0]), rel=1e-14)


def test_a_norm_is_never_rounded_below_a_vector_it_bounds():
    for seed in range(20):
        A = np.random.default_rng(seed).normal(size=(4, 5))
        v = np.linalg.svd(A)[2][0]
        exact = [sum(Fraction(a) * Fraction(x) for a, x in zip(row, v, strict=True)) for row in A]
        length = sum(Fraction(x) ** 2 for x in v)
        assert sum(y * y for y in exact) <= Fraction(norm_upper(A)) ** 2 * length
