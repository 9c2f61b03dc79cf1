"""Hopf points: known values of the three systems, arithmetic with iω, and planar normal forms."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from gronwall.theory import rigor
from gronwall.theory.bifurcations import boundary, hopf
from gronwall.theory.bifurcations.fields import BETA, FIELDS, SIGMA, lorenz, predator_prey, rossler, rules
from gronwall.theory.bifurcations.hopf import QuadraticNumber


def test_numbers_with_a_root_of_a_negative_are_complex_numbers():
    rng = np.random.default_rng(0)
    for _ in range(20):
        u, v, s, t, omega = rng.uniform(0.5, 2, 5)
        a, b = QuadraticNumber(u, v, omega**2), QuadraticNumber(s, t, omega**2)
        x, y = complex(u, v * omega), complex(s, t * omega)
        for found, wanted in (
            (a + b, x + y), (a - b, x - y), (a * b, x * y), (a / b, x / y), (3 - a, 3 - x), (2 * a, 2 * x),
        ):  # fmt: skip
            assert complex(found.u, found.v * omega) == pytest.approx(wanted)
        assert a.squared_size() == pytest.approx(abs(x) ** 2)
    theta = QuadraticNumber(Fraction(0), Fraction(1), Fraction(7, 3))
    assert theta * theta == QuadraticNumber(Fraction(-7, 3), Fraction(0), Fraction(7, 3))


@pytest.mark.parametrize("n", [2, 3])
def test_a_matrix_times_its_adjugate_is_its_determinant(n):
    A = np.random.default_rng(n).integers(-5, 6, (n, n))
    turned = np.array(hopf.adjugate(A.tolist()))
    np.testing.assert_allclose(A @ turned, round(np.linalg.det(A)) * np.eye(n))


def test_an_eigenvector_is_one():
    A = [[2, 1, 0], [1, 3, -1], [0, 4, 1]]
    values = np.linalg.eigvals(np.array(A, dtype=float))
    q = np.array(hopf.eigenvector(A, values[0]))
    np.testing.assert_allclose(np.array(A) @ q, values[0] * q, atol=1e-12)


def test_the_fields_are_those_of_the_paper():
    np.testing.assert_allclose(lorenz(np.array([1.0, 2.0, 3.0]), 28.0), [10, 23, -6])
    np.testing.assert_allclose(rossler(np.array([1.0, 2.0, 3.0]), 5.0), [-5, 1.4, -11.8])
    np.testing.assert_allclose(
        predator_prey(np.array([0.5, 0.2]), 0.7), [0.75 - 0.1 - 0.7 * (1 - math.exp(-2.5)), -0.2 + 0.3]
    )


@pytest.mark.parametrize("name", FIELDS)
def test_fast_rules_are_the_field_and_its_jacobian(name):
    field = FIELDS[name]
    f, df = rules(field, 0.7)
    u = np.array([0.3, 0.4, 0.9])[: len(field.components)]
    np.testing.assert_allclose(f(u), field.f(u, 0.7), rtol=1e-14)
    steps = 1e-6 * np.eye(len(u))
    central = np.stack([(field.f(u + h, 0.7) - field.f(u - h, 0.7)) / 2e-6 for h in steps], axis=1)
    np.testing.assert_allclose(df(u), central, atol=1e-8)


def test_lorenz_turns_where_the_textbooks_say():
    assert hopf.lorenz_hopf(SIGMA, BETA) == Fraction(470, 19)
    coefficients = hopf.lorenz_characteristic(Fraction(470, 19), SIGMA, BETA)
    assert coefficients == (Fraction(41, 3), Fraction(1760, 19), Fraction(41, 3) * Fraction(1760, 19))
    assert hopf.routh_hurwitz(*hopf.lorenz_characteristic(Fraction(470, 19), SIGMA, BETA)) == 0
    assert hopf.lorenz_amplitude(SIGMA, BETA) == pytest.approx(7.815752477536057)
    h = Fraction(1, 10**6)
    q = math.sqrt(BETA * (Fraction(470, 19) + h - 1))
    values = np.linalg.eigvals(
        rules(FIELDS["lorenz"], float(Fraction(470, 19) + h))[1](np.array([q, q, 451 / 19 + 1e-6]))
    )
    assert max(values.real) == pytest.approx(1e-6 * float(hopf.lorenz_crossing_speed(SIGMA, BETA)), rel=1e-4)


def test_the_predator_prey_system_turns_supercritically():
    at, omega2 = boundary.predator_prey_hopf()
    assert float(at) == pytest.approx(0.671593847478832, abs=1e-15)
    assert math.sqrt(omega2) == pytest.approx(0.604782222, abs=1e-9)
    point, change = boundary.predator_prey_point(float(at), float(omega2))
    assert point.c1.u < 0
    assert 2 * point.crossing(change).u == pytest.approx(1.488995177)
    assert point.squared_amplitude(change) == pytest.approx(1.616378, abs=1e-6)
    with rigor.precision(100):
        proved, moved = boundary.predator_prey_point(rigor.ball(at), rigor.ball(omega2))
        assert rigor.radius(proved.squared_amplitude(moved)) < 1e-24
        assert rigor.midpoint(proved.squared_amplitude(moved)) == pytest.approx(float(point.squared_amplitude(change)))


def test_the_coefficient_of_a_normal_form_is_its_own():
    """x' = −ωy + (ax − by)(x² + y²), y' = ωx + (bx + ay)(x² + y²): r' = ar³."""
    a, b = Fraction(-2, 3), Fraction(5, 7)
    f = {(3, 0): 6 * a, (1, 2): 2 * a, (2, 1): -2 * b, (0, 3): -6 * b}
    g = {(3, 0): 6 * b, (1, 2): 2 * b, (2, 1): 2 * a, (0, 3): 6 * a}
    assert hopf.guckenheimer_holmes(lambda i, j: f.get((i, j), 0), lambda i, j: g.get((i, j), 0), Fraction(3)) == a


def test_coexistence_and_the_boundary_rest():
    alpha = 0.7
    assert predator_prey(np.array(boundary.coexistence(alpha)), alpha) == pytest.approx([0, 0], abs=1e-15)
    x = 0.3
    assert predator_prey(np.array([x, 0.0]), boundary.boundary_parameter(x))[0] == pytest.approx(0, abs=1e-15)
    assert boundary.coexistence_trace(0.7) == pytest.approx(
        np.trace(rules(FIELDS["predator_prey"], 0.7)[1](np.array(boundary.coexistence(0.7))))
    )
