"""Covers and packings of Lipschitz functions: each distance and count against a second route."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np
import pytest

from gronwall.theory import rigor
from gronwall.theory.generalization.covering import (
    Centre,
    Polygon,
    cells,
    centre_distance,
    code_length,
    codes_packing_log,
    constant_polygon,
    coordinate_encode,
    cover_count,
    cover_log,
    encode,
    enumerate_centres,
    gilbert_varshamov,
    grid_centres,
    path_distance,
    path_norm,
    shrunk,
    sup_distance,
    tents,
    walk,
    walk_packing_log,
)

R, K, EPS = Fraction(1), Fraction(3), Fraction(1, 4)


def random_polygon(seed, knots=9):
    """A K-Lipschitz polygon with values in [−R, R]."""
    rng = np.random.default_rng(seed)
    t = sorted({Fraction(0), Fraction(1), *(Fraction(int(k), 50) for k in rng.integers(1, 50, knots))})
    values = [Fraction(int(rng.integers(-4, 5)), 4) * R]
    for a, b in pairwise(t):
        step = K * Fraction(int(rng.integers(-4, 5)), 4) * (b - a)
        values.append(min(max(values[-1] + step, -R), R))
    return Polygon(tuple(t), tuple(values))


# ---------------------------------------------------------------- functions


def test_a_polygon_is_its_linear_interpolation():
    g = random_polygon(0)
    for t in (Fraction(k, 97) for k in range(98)):
        assert float(g(t)) == pytest.approx(
            np.interp(float(t), [float(s) for s in g.knots], [float(v) for v in g.values])
        )


def test_a_distance_is_the_largest_on_a_fine_grid_that_holds_all_knots():
    f, g = random_polygon(1), random_polygon(2)
    assert sup_distance(f, g) == max(abs(f(Fraction(k, 100)) - g(Fraction(k, 100))) for k in range(101))


def test_the_distance_of_paths_adds_coordinates_before_it_takes_the_supremum():
    up = Polygon((Fraction(0), Fraction(1)), (Fraction(0), Fraction(1)))
    down = Polygon((Fraction(0), Fraction(1)), (Fraction(1), Fraction(0)))
    zero = constant_polygon(Fraction(0))
    assert path_distance([up, down], [zero, zero]) == 1
    assert sup_distance(up, zero) + sup_distance(down, zero) == 2


def test_the_lipschitz_constant_is_the_largest_slope():
    assert (
        Polygon((Fraction(0), Fraction(1, 4), Fraction(1)), (Fraction(0), Fraction(-1), Fraction(1))).lipschitz() == 4
    )


# ---------------------------------------------------------------- the cover


@pytest.mark.parametrize("rule", ["end", "present"])
def test_every_function_is_within_epsilon_of_the_centre_it_is_encoded_by(rule):
    for seed in range(60):
        g = random_polygon(seed)
        assert g.lipschitz() <= K
        centre = encode(g, R, K, EPS, rule)
        assert len(centre.signs) == cells(K, EPS, rule)
        assert centre_distance(g, centre) <= EPS


def test_the_encoder_finds_a_centre_that_a_search_through_all_of_them_would_accept():
    small = Fraction(3, 4)
    centres = list(enumerate_centres(R, K, small))
    assert len(centres) == cover_count(R, K, small)
    for seed in range(10):
        g = random_polygon(seed)
        close = [c for c in centres if centre_distance(g, c) <= small]
        assert encode(g, R, K, small) in close


def test_a_centre_has_slopes_of_exactly_k():
    polygon = encode(random_polygon(3), R, K, EPS).polygon
    slopes = {
        (b - a) / (t - s)
        for s, t, a, b in zip(polygon.knots, polygon.knots[1:], polygon.values, polygon.values[1:], strict=False)
    }
    assert slopes <= {K, -K}


def test_a_constant_class_needs_one_start_for_every_two_epsilon():
    assert cover_count(Fraction(1), Fraction(0), Fraction(1, 5)) == 5
    for k in range(-20, 21):
        g = constant_polygon(Fraction(k, 20))
        centre = encode(g, Fraction(1), Fraction(0), Fraction(1, 5))
        assert centre == Centre(centre.start, (), Fraction(0), Fraction(1))
        assert centre_distance(g, centre) <= Fraction(1, 5)


def test_cells_a_tenth_too_long_lose_the_adversary():
    g = Polygon((Fraction(0), Fraction(1)), (-R + EPS, -R + EPS + K * Fraction(0)))
    assert centre_distance(g, encode(g, R, K, EPS, "end", Fraction(11, 10))) == Fraction(11, 10) * EPS


def test_the_grid_encoder_is_the_exact_encoder_entry_by_entry():
    rng, L, eps, slope = np.random.default_rng(4), 20, 0.125, 2.0
    steps = rng.integers(-4, 5, (L - 1, 2, 3)) / 40.0  # at most K/L = 1/10
    weights = np.concatenate([np.zeros((1, 2, 3)), np.cumsum(steps, axis=0)])
    radius = float(np.abs(weights).max()) + 0.5
    centres = grid_centres(weights, radius, slope, eps)
    assert np.abs(weights - centres).max() <= eps * (1 + 1e-12)
    for i, j in product(range(2), range(3)):
        values = [Fraction(round(40 * w), 40) for w in weights[:, i, j]]
        g = Polygon((*(Fraction(k, L) for k in range(L)), Fraction(1)), (*values, values[-1]))
        exact = encode(g, Fraction(radius), Fraction(slope), Fraction(eps)).polygon
        assert np.allclose(centres[:, i, j], [float(exact(Fraction(k, L))) for k in range(L)], atol=1e-12)


def test_the_logarithm_of_the_count_is_below_the_formula():
    for m, size, slope, eps in product((1, 3), (1, 2), (0, 1, 5), (Fraction(1, 7), Fraction(1, 2), Fraction(5))):
        each = eps / m
        exact = m * math.log(cover_count(Fraction(size), Fraction(slope), each))
        assert exact <= sum(cover_log(m, float(size), float(slope), float(eps))) * (1 + 1e-12)
        assert exact == pytest.approx(code_length(m, float(size), float(slope), float(each)))


def test_shrinking_brings_a_centre_back_and_leaves_members_alone():
    inside = [constant_polygon(Fraction(1, 4)), constant_polygon(Fraction(-1, 4))]
    assert shrunk(inside, R) == inside
    outside = [constant_polygon(Fraction(3, 4)), constant_polygon(Fraction(-3, 4))]
    assert path_norm(shrunk(outside, R)) == R
    assert path_norm(shrunk([constant_polygon(Fraction(0))], R)) == 0


def test_coordinates_are_encoded_at_their_share():
    theta = shrunk([random_polygon(5), random_polygon(6), random_polygon(7)], R)
    centres = coordinate_encode(theta, R, K, EPS)
    assert all(centre_distance(g, c) <= EPS / 3 for g, c in zip(theta, centres, strict=True))


# ---------------------------------------------------------------- packings


@pytest.mark.parametrize(("kind", "share"), [(walk, 2), (tents, 1)])
def test_patterns_of_signs_are_as_far_apart_as_stated(kind, share):
    functions = [kind(signs, K) for signs in product((1, -1), repeat=4)]
    assert all(f.lipschitz() == K for f in functions)
    assert min(sup_distance(f, g) for f, g in combinations(functions, 2)) == share * K / 4


def test_no_ball_of_the_cover_holds_two_functions_of_the_packing():
    eps = Fraction(1, 2)
    n = math.ceil(K / eps) - 1
    assert K / n > eps
    functions = [walk(signs, K) for signs in product((1, -1), repeat=n)]
    centres = {encode(f, K, K, eps) for f in functions}
    assert len(centres) == len(functions) == 2**n
    assert float(walk_packing_log(K, eps, 1.0)) == pytest.approx(math.log(len(functions)))


def test_a_whole_number_of_cells_is_not_counted_twice():
    assert float(walk_packing_log(Fraction(2), Fraction(1, 2), 1.0)) == pytest.approx(3 * math.log(2))


def test_a_greedy_code_has_at_least_the_words_that_are_promised():
    assert gilbert_varshamov(7, 3) == 5
    assert gilbert_varshamov(5, 1) == 32
    words = []
    for word in range(2**7):
        if all((word ^ other).bit_count() >= 3 for other in words):
            words.append(word)
    assert len(words) == 16 >= gilbert_varshamov(7, 3)


def test_the_entropy_from_below_stays_below_that_from_above():
    for m, eps in product((1, 8, 64), (Fraction(1, 100), Fraction(1, 3))):
        below = codes_packing_log(m, max(m // 4, 1), Fraction(1), eps, rigor.ball(1))
        above = sum(cover_log(*(rigor.ball(x) for x in (m, m, 1, eps))))
        assert rigor.certainly_le(below, above)
