"""Residual networks and their ODEs: each formula against a second route to the same quantity."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.discretization.distance import (
    TunedAffine,
    TunedStairs,
    acceleration,
    acceleration_bound,
    constants,
    distance_bound,
    distance_bound_at,
    frozen_weights_bound,
    frozen_weights_bound_at,
    ode_path,
    rough_weights_bound,
    rough_weights_bound_at,
    solution_series,
)
from gronwall.theory.perceptrons import (
    Layer,
    mixed,
    perceptron,
    perceptron_acceleration,
    residual_network,
)


def random_layer(seed, d=3, w=5):
    rng = np.random.default_rng(seed)
    return Layer(rng.normal(size=(d, w)), rng.normal(size=(w, d)), rng.normal(size=(w, 1)))


# ---------------------------------------------------------------- the bounds


@pytest.mark.parametrize("zero", [Fraction(0), 0.0, sp.Integer(0)])
def test_without_a_lipschitz_constant_the_bound_is_half_the_acceleration_over_the_depth(zero):
    assert float(distance_bound(8, zero, Fraction(3) if not isinstance(zero, float) else 3.0)) == 3 / 16
    assert float(distance_bound_at(4, 8, zero, Fraction(3) if not isinstance(zero, float) else 3.0)) == 3 * 4 / (2 * 64)


def test_the_bound_at_a_layer_solves_its_recursion_exactly():
    N, L, C = 7, Fraction(2, 3), Fraction(5, 4)
    bounds = [distance_bound_at(n, N, L, C) for n in range(N + 1)]
    assert bounds[0] == 0
    for before, after in pairwise(bounds):
        assert after == (1 + L / N) * before + C / (2 * N**2)


@pytest.mark.parametrize(
    ("at", "final"),
    [
        (distance_bound_at, distance_bound),
        (frozen_weights_bound_at, frozen_weights_bound),
        (rough_weights_bound_at, rough_weights_bound),
    ],
)
def test_the_bound_at_the_last_layer_tends_to_the_final_bound_from_below(at, final):
    L, C = 1.5, 2.0
    ratios = [at(N, N, L, C) / final(N, L, C) for N in (4, 64, 1024)]
    assert ratios == sorted(ratios)
    assert 0.998 < ratios[-1] < 1


def test_the_bounds_are_written_as_in_their_docstrings():
    N, n, L, C = 16, 9, 0.75, 1.25
    q = (1 + L / N) ** n
    assert distance_bound_at(n, N, L, C) == pytest.approx(C / (2 * N * L) * (q - 1))
    assert distance_bound(N, L, C) == pytest.approx(C / (2 * N * L) * (np.exp(L) - 1))
    assert frozen_weights_bound_at(n, N, L, C) == pytest.approx(C / (2 * N) * (q - 1))
    assert frozen_weights_bound(N, L, C) == pytest.approx(C / (2 * N) * (np.exp(L) - 1))
    assert rough_weights_bound_at(n, N, L, C) == pytest.approx(C / N * (2 * q - 1))
    assert rough_weights_bound(N, L, C) == pytest.approx(C / N * (2 * np.exp(L) - 1))


def test_the_bound_of_a_ball_contains_that_of_a_float():
    enclosure = distance_bound(32, rigor.ball("0.5"), rigor.ball("1.25"))
    assert rigor.lower(enclosure) <= distance_bound(32, 0.5, 1.25) * (1 + 1e-15)
    assert rigor.upper(enclosure) >= distance_bound(32, 0.5, 1.25) * (1 - 1e-15)


# ---------------------------------------------------------------- constants


def test_the_constants_dominate_what_random_points_show():
    layers, rng = [random_layer(7), random_layer(8)], np.random.default_rng(9)
    L, C_f = constants(layers)
    for _ in range(200):
        layer = mixed(*layers, rng.uniform())
        x, y = rng.normal(size=(2, 3, 1))
        assert np.linalg.norm(perceptron(x, layer) - perceptron(y, layer)) <= L * np.linalg.norm(x - y)
        assert np.linalg.norm(perceptron(x, layer)) <= C_f


def test_the_acceleration_bound_dominates_the_acceleration_along_the_trajectory():
    a, b = random_layer(10), random_layer(11)
    x0 = np.random.default_rng(12).normal(size=(3, 1))
    C = acceleration_bound([a, b], [b - a], float(np.linalg.norm(x0)))
    knots = np.linspace(0, 1, 41).tolist()
    path, _ = ode_path(lambda i: lambda x, s: perceptron(x, mixed(a, b, s)), x0, knots, constants([a, b])[0])
    for s, x in zip(knots, path, strict=True):
        assert np.linalg.norm(perceptron_acceleration(x, mixed(a, b, s), b - a)) <= C


# ---------------------------------------------------------------- equality cases


def test_the_clock_errs_by_exactly_half_a_layer():
    clock = TunedAffine(Fraction(0), Fraction(0), Fraction(1), Fraction(0))
    states = residual_network(lambda n, x: clock.field(x, Fraction(n, 10)), clock.x0, 10)
    assert [clock.trajectory(Fraction(n, 10)) - x for n, x in enumerate(states)] == [
        Fraction(n, 200) for n in range(11)
    ]


def test_the_tuned_trajectory_solves_its_equation():
    s, v, C, L, x0 = sp.symbols("s v C L x_0")
    case = TunedAffine(x0, v, C, L)
    assert sp.simplify(sp.diff(case.trajectory(s), s) - case.field(case.trajectory(s), s)) == 0


def test_the_tuned_stairs_follow_their_own_equation_and_reach_the_bound_of_their_residuals():
    stairs = TunedStairs(0.0, 2.0, 0.75, 6, (1, -1, -1, 1, 1, -1))
    y = stairs.nodes()
    knots = [n / 6 for n in range(7)]
    path, error = ode_path(lambda n: lambda x, s: stairs.residual(n, x, y[n]), np.zeros((1, 1)), knots, 0.75)
    assert np.allclose([x[0, 0] for x in path], y, atol=1e-12 + error)
    for n in range(6):
        assert abs(stairs.residual(n, y[n + 1], y[n])) == pytest.approx(2.0)


# ---------------------------------------------------------------- the exact flow


def test_the_series_of_a_solution_is_the_taylor_series_of_a_known_one():
    x, s, h = sp.symbols("x s h")
    series = solution_series(sp.Matrix([-2 * s * x**2]), [x], s, h, 5)[0]  # x(s) = 1/(1 + s²)
    known = sp.series(1 / (1 + (s + h) ** 2), h, 0, 6).removeO()
    assert sp.simplify(series.subs(x, 1 / (1 + s**2)) - known) == 0


def test_the_acceleration_is_twice_the_second_term_of_the_series():
    x, y, s, h = sp.symbols("x y s h")
    phi = sp.Matrix([sp.tanh(y) + s, x * y * s])
    second = solution_series(phi, [x, y], s, h, 2).applyfunc(lambda e: e.expand().coeff(h, 2))
    assert (2 * second - acceleration(phi, [x, y], s)).applyfunc(sp.simplify) == sp.zeros(2, 1)


def test_the_reference_path_is_within_its_stated_error():
    x0 = np.array([[1.0], [0.0]])
    rotation = np.array([[0.0, -3.0], [3.0, 0.0]])
    knots = np.linspace(0, 2, 5).tolist()
    path, error = ode_path(lambda i: lambda x, s: rotation @ x, x0, knots, 3.0)
    worst = max(
        float(np.linalg.norm(x.ravel() - [np.cos(3 * s), np.sin(3 * s)])) for s, x in zip(knots, path, strict=True)
    )
    assert worst <= error < 1e-7


def test_the_reference_path_takes_another_field_on_every_interval():
    path, _ = ode_path(lambda i: lambda x, s: 0 * x + (-1) ** i, np.zeros((1, 1)), [0.0, 0.5, 1.0], 0.0)
    assert [float(x[0, 0]) for x in path] == pytest.approx([0, 0.5, 0])


def test_a_field_that_explodes_is_named():
    with pytest.raises(RuntimeError, match="DOP853 failed"):
        ode_path(lambda i: lambda x, s: x**2, np.ones((1, 1)), [0.0, 2.0], 1.0)
