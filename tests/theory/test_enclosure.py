"""Validated flows: boxes against closed forms, against DOP853, and against what must be refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gronwall.theory import arithmetic, rigor
from gronwall.theory.arithmetic import matmul, norm, times
from gronwall.theory.discretization.distance import ode_path
from gronwall.theory.enclosure import a_priori, distance_along_the_trajectory, enclose_flow, jacobian_over, phi2
from gronwall.theory.perceptrons import Layer, exact_layer, mixed, perceptron, residual_network


def column(*entries):
    return rigor.matrix([[Fraction(entry)] for entry in entries])


def knots(N):
    return [Fraction(n, N) for n in range(N + 1)]


def random_layers(seed, d=3, w=4, size=0.6):
    rng = np.random.default_rng(seed)
    layers = [Layer(*(size * rng.normal(size=shape) for shape in ((d, w), (w, d), (w, 1)))) for _ in range(2)]
    return layers, rng.normal(size=(d, 1))


def widest(box):
    return max(map(rigor.radius, box.entries()))


def test_the_boxes_of_tanh_contain_the_closed_form():
    """x' = tanh x: sinh x(s) = e^s sinh x_0."""
    boxes = enclose_flow(lambda i: lambda x, s: arithmetic.tanh(x), column("1/2"), knots(4))
    for s, box in zip(knots(4), boxes, strict=True):
        with rigor.precision(120):
            exact = (rigor.ball(s).exp() * rigor.ball("1/2").sinh()).asinh()
            assert box[0, 0].overlaps(exact)
        assert widest(box) < 1e-12


def test_the_boxes_of_a_moving_network_contain_the_solution_of_dop853():
    (a, b), x0 = random_layers(0)
    A, B = exact_layer(a), exact_layer(b)
    boxes = enclose_flow(lambda i: lambda x, s: perceptron(x, mixed(A, B, s)), rigor.matrix(x0, dyadic=True), knots(8))
    path, error = ode_path(lambda i: lambda x, s: perceptron(x, mixed(a, b, s)), x0, [k / 8 for k in range(9)], 2.0)
    for box, x in zip(boxes, path, strict=True):
        assert all(
            abs(rigor.midpoint(e) - y) <= rigor.radius(e) + error for e, y in zip(box.entries(), x[:, 0], strict=True)
        )
        assert widest(box) < 1e-11


def test_a_box_of_initial_values_contains_the_flow_of_each_of_its_points():
    wide = column("1/2", "-1/3") + rigor.matrix([[rigor.around_zero(Fraction(1, 100))]] * 2)

    def turning(x, s):
        return matmul(rigor.matrix([[0, 3], [-3, 0]]), arithmetic.tanh(x))

    boxes = enclose_flow(lambda i: turning, wide, knots(2), tol=1e-6)
    for dx in (-1, 1):
        for dy in (-1, 1):
            start = column(Fraction(1, 2) + Fraction(dx, 100), Fraction(-1, 3) + Fraction(dy, 100))
            inner = enclose_flow(lambda i: turning, start, knots(2))[-1]
            assert rigor.contains(boxes[-1], inner)


def test_a_rotation_does_not_wrap_its_box():
    """Four full turns: a square of radius r needs at most √2 r; boxes turned one by one would need e^{8π} r."""
    turn = rigor.matrix([[0, -1], [1, 0]]) * (8 * rigor.ball(22) / 7)
    start = column(1, 0) + rigor.matrix([[rigor.around_zero(Fraction(1, 1000))]] * 2)
    last = enclose_flow(lambda i: lambda x, s: matmul(turn, x), start, knots(64))[-1]
    assert widest(last) < 1.5e-3


def test_a_tighter_tolerance_gives_narrower_boxes():
    field = [lambda x, s: 2 * times(x, x)]
    loose, tight = (enclose_flow(lambda i: field[0], column("1/4"), knots(1), tol=tol)[-1] for tol in (1e-4, 1e-12))
    assert widest(tight) < 1e-11 < widest(loose)
    assert loose.overlaps(tight)


def test_a_solution_that_blows_up_is_refused():
    """x' = x² from 2 is infinite at s = 1/2."""
    with pytest.raises(RuntimeError, match="no validated step"):
        enclose_flow(lambda i: lambda x, s: times(x, x), column(2), knots(1))


def test_knots_that_do_not_increase_are_refused():
    with pytest.raises(ValueError, match="increase"):
        enclose_flow(lambda i: lambda x, s: x, column(1), [Fraction(0), Fraction(0)])


def test_an_a_priori_box_holds_the_solution_during_the_whole_step():
    box = a_priori(lambda x, s: x, column(1), Fraction(0), Fraction(1, 4))
    for r in (0, Fraction(1, 8), Fraction(1, 4)):
        assert box[0, 0].contains(rigor.ball(r).exp())


def test_a_jacobian_over_a_box_contains_the_jacobian_at_its_points():
    (a, _), x0 = random_layers(3)
    A = exact_layer(a)
    box = rigor.matrix(x0, dyadic=True) + rigor.matrix([[rigor.around_zero(Fraction(1, 10))]] * 3)
    J = jacobian_over(lambda x, s: perceptron(x, A), box, rigor.ball(0))
    for shift in (-0.1, 0.0, 0.07):
        t = np.tanh(a.W @ (x0 + shift) + a.b)
        exact = a.V @ ((1 - t**2) * a.W)
        assert all(
            abs(rigor.midpoint(e) - y) <= rigor.radius(e) + 1e-14
            for e, y in zip(J.entries(), exact.ravel(), strict=True)
        )


def test_phi2_has_its_limit_at_zero_and_no_cancellation_nearby():
    assert rigor.midpoint(phi2(rigor.ball(0))) == 0.5
    assert rigor.midpoint(phi2(rigor.ball(Fraction(1, 2**40)))) == pytest.approx(0.5, rel=1e-12)
    assert rigor.midpoint(phi2(rigor.ball(2))) == pytest.approx((np.exp(2) - 3) / 4, rel=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_the_distance_along_the_trajectory_is_above_the_enclosed_one_and_not_far(seed):
    (a, b), x0 = random_layers(seed)
    A, B, N = exact_layer(a), exact_layer(b), 16
    X = rigor.matrix(x0, dyadic=True)
    field_on = [lambda x, s: perceptron(x, mixed(A, B, s))] * N
    states = residual_network(lambda n, x: perceptron(x, mixed(A, B, rigor.ball(Fraction(n, N)))), X, N)
    boxes = enclose_flow(field_on.__getitem__, X, knots(N))
    bounds = distance_along_the_trajectory(field_on.__getitem__, states, knots(N))
    for x, box, e in zip(states[1:], boxes[1:], bounds[1:], strict=True):
        assert rigor.certainly_le(norm(x - box), e)
    assert rigor.midpoint(bounds[-1]) < 30 * rigor.midpoint(norm(states[-1] - boxes[-1]))


def test_a_network_that_is_far_from_its_ode_has_no_tube():
    """x' = 40x² in one layer of length one: the line leaves every tube."""
    with pytest.raises(RuntimeError, match="no tube"):
        distance_along_the_trajectory(lambda i: lambda x, s: 40 * times(x, x), [column(1), column(41)], knots(1))
