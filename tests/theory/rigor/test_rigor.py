"""The door to python-flint: every enclosure is compared with an exact number or with a second route."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import acb, arb, arb_mat, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from gronwall.theory import rigor
from gronwall.theory.rigor import norms

repeatable = settings(deadline=None, derandomize=True)
floats = st.floats(allow_nan=False, allow_infinity=False)


def exact(b: arb) -> tuple[Fraction, Fraction]:
    """The end points of a finite ball as fractions."""
    (m, e), (r, f) = b.mid().man_exp(), b.rad().man_exp()
    mid, rad = (Fraction(int(a)) * Fraction(2) ** int(p) for a, p in ((m, e), (r, f)))
    return mid - rad, mid + rad


def test_precision_comes_back_after_an_error():
    before = rigor.current_precision()

    def work():
        with rigor.precision(200):
            assert rigor.current_precision() == 200
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert rigor.current_precision() == before
    with pytest.raises(ValueError, match="at least 2"), rigor.precision(0):
        pass


@pytest.mark.parametrize(
    "number",
    [Fraction(1, 10), "0.1", "1e-1", "1/10", sp.Rational(1, 10), fmpq(1, 10)],
)
def test_one_tenth_is_enclosed_in_every_exact_spelling(number):
    low, high = exact(rigor.ball(number))
    assert low <= Fraction(1, 10) <= high
    assert high - low < Fraction(1, 2**50)


def test_integers_and_balls_enter_exactly():
    assert exact(rigor.ball(np.int64(-7))) == (-7, -7)
    assert exact(rigor.ball(10**40)) == (10**40, 10**40)
    b = arb(2).sqrt()
    assert rigor.ball(b) is b


def test_the_binary_float_is_not_one_tenth():
    with pytest.raises(TypeError, match="dyadic"):
        rigor.ball(0.1)
    with pytest.raises(TypeError, match="dyadic"):
        rigor.ball(np.float32(0.1))
    assert exact(rigor.dyadic(0.1)) == (Fraction(0.1), Fraction(0.1)) != (Fraction(1, 10),) * 2


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_dyadic_refuses_what_is_not_finite(bad):
    with pytest.raises(ValueError, match="finite"):
        rigor.dyadic(bad)


def test_strings_without_a_finite_value_are_refused():
    for text in ("nan", "inf", "1/0", "one"):
        with pytest.raises(ValueError, match="expected a number"):
            rigor.ball(text)
    with pytest.raises(TypeError, match="expected int"):
        rigor.ball(object())


def test_exactness_is_read_from_the_type():
    x = sp.Symbol("x")
    for good in (1, True, Fraction(1, 3), np.int32(4), fmpq(1, 2), x**2 / 3, sp.pi, sp.Matrix([x, 1])):
        assert rigor.is_exact(good), good
    for bad in (1.0, np.float64(1), x * 0.5, sp.Matrix([0.5]), sp.nan, sp.oo, arb(1), "1", np.arange(3)):
        assert not rigor.is_exact(bad), bad


def test_balls_are_found_at_any_depth():
    assert rigor.is_ball(arb(1))
    assert rigor.is_ball(acb(1))
    assert rigor.is_ball(arb_mat([[1]]))
    assert not rigor.is_ball(1.0)
    assert rigor.contains_ball([1, (2, arb(3))])
    assert rigor.contains_ball(np.array([1, arb(2)], dtype=object))
    assert not rigor.contains_ball([1, 2.0])


def test_entries_are_flattened_in_reading_order_and_floats_are_refused():
    entries = rigor.ball_entries([arb_mat([[1, 2], [3, 4]]), (Fraction(5), 6), np.array([7, 8]), acb(9)])
    assert [rigor.midpoint(b) for b in entries] == list(range(1, 10))
    with pytest.raises(TypeError, match="dyadic"):
        rigor.ball_entries([arb(1), 0.5])
    with pytest.raises(TypeError, match="imaginary"):
        rigor.ball_entries(acb(1, 1))


def test_a_comparison_that_is_not_certain_is_false_both_ways():
    wide = arb(0, 1)
    assert not rigor.certainly_le(wide, 0)
    assert not rigor.certainly_gt(wide, 0)
    assert rigor.certainly_le(1, arb(1))
    assert rigor.certainly_gt(Fraction(1, 3), Fraction(333, 1000))
    assert rigor.certainly_le(Fraction(1, 3), Fraction(1, 3))
    assert not rigor.certainly_le(arb.nan(), 1)
    assert not rigor.certainly_gt(arb.nan(), 1)


def test_finite_means_every_entry_is():
    assert rigor.is_finite([arb(1), 2])
    assert not rigor.is_finite(arb(0, "inf"))
    assert not rigor.is_finite([1, arb.nan()])
    assert not rigor.is_finite(acb(1, arb.nan()))


# ---------------------------------------------------------------- directed rounding


@repeatable
@given(mid=floats, rad=st.floats(0, 1e300), den=st.integers(1, 10**6))
def test_floats_out_of_a_ball_are_rounded_outward(mid, rad, den):
    b = arb(mid, rad) / den
    low, high = exact(b)
    down, up = rigor.lower(b), rigor.upper(b)
    assert down == -math.inf or Fraction(down) <= low
    assert up == math.inf or Fraction(up) >= high
    assert Fraction(rigor.radius(b)) >= exact(b.rad())[0] if rigor.radius(b) < math.inf else True


@repeatable
@given(x=floats)
def test_a_float_goes_through_a_ball_unchanged(x):
    b = rigor.dyadic(x)
    assert rigor.lower(b) == rigor.upper(b) == rigor.midpoint(b) == x
    assert rigor.radius(b) == 0


@repeatable
@given(p=st.integers(-(10**30), 10**30), q=st.integers(1, 10**30))
def test_rational_bounds_are_neighbouring_floats_at_high_precision(p, q):
    with rigor.precision(300):
        b = rigor.ball(Fraction(p, q))
    assert Fraction(rigor.lower(b)) <= Fraction(p, q) <= Fraction(rigor.upper(b))
    assert rigor.upper(b) <= math.nextafter(rigor.lower(b), math.inf)


def test_numbers_beyond_the_floats_are_rounded_outward_too():
    huge, tiny = arb((1, 5000)), arb((1, -5000))
    assert (rigor.lower(huge), rigor.upper(huge)) == (np.finfo(float).max, math.inf)
    assert (rigor.lower(-huge), rigor.upper(-huge)) == (-math.inf, -np.finfo(float).max)
    assert (rigor.lower(tiny), rigor.upper(tiny)) == (0.0, 5e-324)
    assert (rigor.lower(-tiny), rigor.upper(-tiny)) == (-5e-324, 0.0)
    assert rigor.midpoint(huge) == math.inf
    assert rigor.midpoint(tiny) == 0.0


def test_nan_and_unbounded_balls_say_so():
    assert math.isnan(rigor.lower(arb.nan()))
    assert math.isnan(rigor.midpoint(arb.nan()))
    assert rigor.radius(arb.nan()) == math.inf
    assert (rigor.lower(arb(0, "inf")), rigor.upper(arb(0, "inf"))) == (-math.inf, math.inf)
    assert rigor.lower(arb.pos_inf()) == math.inf


# ---------------------------------------------------------------- JSON


@repeatable
@given(mid=floats, rad=st.floats(0, 1e300), den=st.integers(1, 10**6))
def test_a_ball_survives_json_bit_for_bit(mid, rad, den):
    b = arb(mid, rad) / den
    c = rigor.from_json(json.loads(json.dumps(rigor.to_json(b), allow_nan=False)))
    assert exact(b) == exact(c)


def test_special_balls_and_matrices_survive_json():
    for b in (arb.nan(), arb.pos_inf(), arb.neg_inf(), arb(0, "inf"), arb(0)):
        assert rigor.from_json(json.loads(json.dumps(rigor.to_json(b)))).repr() == b.repr()
    M = arb_mat([[1, 2, arb(2).sqrt()]])
    back = rigor.from_json(json.loads(json.dumps(rigor.to_json(M))))
    assert [exact(b) for b in back.entries()] == [exact(b) for b in M.entries()]
    assert (back.nrows(), back.ncols()) == (1, 3)


def test_json_refuses_what_it_did_not_write():
    with pytest.raises(TypeError, match="expected an arb"):
        rigor.to_json(1.0)
    with pytest.raises(ValueError, match="expected"):
        rigor.from_json({"mid": [1, 0]})
    with pytest.raises(ValueError, match="30 bits"):
        rigor.from_json({"mid": [1, 0], "rad": [2**40 + 1, -60]})


# ---------------------------------------------------------------- norms


def power_norm(A, k=5):
    """‖(AᵀA)^(2^k)‖_F^(1/2^(k+1)) from above, and n^(−1/2^(k+2)) times it from below: a second route."""
    with rigor.precision(200):
        M = rigor.matrix(A, dyadic=True)
        S = M.transpose() * M
        for _ in range(k):
            S = S * S
        high = sum((e * e for e in S.entries()), arb(0)).root(2 ** (k + 2))
        return high / arb(M.ncols()).root(2 ** (k + 2)), high


def contains(b, value):
    low, high = exact(b)
    return low <= value <= high


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 7), (9, 4), (30, 30)])
def test_two_certified_routes_to_the_norm_overlap(shape):
    rng = np.random.default_rng(1)
    for scale in (1.0, 1e-200, 1e200):
        A = scale * rng.standard_normal(shape)
        b = rigor.spectral_norm(A, dyadic=True)
        low, high = power_norm(A)
        assert not b < low
        assert not b > high
        assert rigor.radius(b) <= 1e-12 * rigor.midpoint(b)
        assert abs(rigor.midpoint(b / arb(scale)) - np.linalg.norm(A / scale, 2)) < 1e-12 * math.prod(shape)


@repeatable
@given(st.lists(st.integers(-9, 9), min_size=4, max_size=4))
def test_the_norm_of_a_two_by_two_matrix_is_the_root_of_a_quadratic(entries):
    a, b, c, d = entries
    t, det = a * a + b * b + c * c + d * d, (a * d - b * c) ** 2
    norm = rigor.spectral_norm([[a, b], [c, d]])
    with rigor.precision(200):  # σ² = (t + (t² − 4 det²)^(1/2))/2
        true = ((t + arb(t * t - 4 * det).sqrt()) / 2).sqrt()
    assert norm.overlaps(true)
    assert rigor.radius(norm) <= 1e-14 * max(1, t)


def test_a_planted_norm_is_inside_also_for_clustered_and_deficient_singular_values():
    # I − 2vvᵀ/vᵀv with integer v is rational and orthogonal: the norm of HDG is max|D|, exactly.
    rng = np.random.default_rng(2)
    n = 12

    def reflection():
        v = sp.Matrix(rng.integers(-3, 4, n).tolist()) + sp.Matrix([1] + [0] * (n - 1)) * 10
        return sp.eye(n) - 2 * v * v.T / (v.T * v)[0]

    for diagonal in ([3] * n, [3, 3, 3 - sp.Rational(1, 10**20)] + [1] * (n - 3), [3] + [0] * (n - 1)):
        A = reflection() * sp.diag(*diagonal) * reflection()
        b = rigor.spectral_norm(A)
        assert b.contains(3)
        assert rigor.radius(b) < 1e-12


def test_the_norm_of_numpy_is_often_below_the_true_one_and_the_ball_is_not():
    rng = np.random.default_rng(3)
    below = 0
    for _ in range(40):
        A = rng.standard_normal((8, 8))
        with rigor.precision(200):
            b = rigor.spectral_norm(A, dyadic=True)
        below += bool(arb(float(np.linalg.norm(A, 2))) < b)
    assert 5 <= below <= 35


@pytest.mark.parametrize("spoil", ["identity", "too long", "too short", "skewed", "singular", "random"])
def test_bad_eigenvectors_widen_the_ball_and_never_move_it_off_the_norm(monkeypatch, spoil):
    rng = np.random.default_rng(6)
    honest, n = norms._eigenvectors, 6

    def spoiled(S, size):
        V = honest(S, size)
        return {
            "identity": lambda: rigor.matrix(np.eye(n, dtype=int)),
            "too long": lambda: V * arb(5) / 4,
            "too short": lambda: V * arb(3) / 4,
            "skewed": lambda: V + V * rigor.matrix(0.1 * rng.standard_normal((n, n)), dyadic=True),
            "singular": lambda: V * rigor.matrix(np.ones((n, n), dtype=int)),
            "random": lambda: rigor.matrix(rng.standard_normal((n, n)), dyadic=True),
        }[spoil]()

    for _ in range(20):
        A = rng.integers(-5, 6, (n, n))
        with rigor.precision(200):
            true = rigor.spectral_norm(A)
        top = rigor.largest_eigenvalue(-(A @ A.T) - np.eye(n, dtype=int))
        with monkeypatch.context() as patch:
            patch.setattr(norms, "_eigenvectors", spoiled)
            assert rigor.spectral_norm(A).contains(true)
            assert rigor.largest_eigenvalue(-(A @ A.T) - np.eye(n, dtype=int)).overlaps(top)


def test_a_matrix_of_balls_covers_the_norm_of_each_of_its_points():
    rng = np.random.default_rng(4)
    A = rng.standard_normal((5, 5))
    wide = arb_mat([[arb(a, 0.01) for a in row] for row in A.tolist()])
    b = rigor.spectral_norm(wide)
    for _ in range(50):
        point = A + rng.choice([-0.01, 0.01], size=(5, 5))
        assert rigor.lower(b) <= np.linalg.norm(point, 2) <= rigor.upper(b)


def test_more_precision_gives_a_narrower_norm():
    A = np.random.default_rng(5).standard_normal((10, 10))
    radii = []
    for bits in (53, 128, 256):
        with rigor.precision(bits):
            radii.append(rigor.radius(rigor.spectral_norm(A, dyadic=True)))
    assert radii[0] > 1e3 * radii[1] > 1e6 * radii[2]


def test_zero_and_exact_norms_stay_exact():
    assert exact(rigor.spectral_norm([[0, 0], [0, 0]])) == (0, 0)
    assert rigor.spectral_norm([[Fraction(3, 4)]]).contains(fmpq(3, 4))
    assert rigor.spectral_norm(sp.Matrix([[sp.sqrt(2)]])).overlaps(arb(2).sqrt())


def test_a_matrix_without_a_norm_is_refused():
    with pytest.raises(TypeError, match="dyadic=True"):
        rigor.spectral_norm(np.eye(2))
    with pytest.raises(TypeError, match="dyadic"):
        rigor.spectral_norm([[0.5]])
    with pytest.raises(ValueError, match="empty"):
        rigor.spectral_norm(np.zeros((0, 3), dtype=int))
    with pytest.raises(ValueError, match="NaN"):
        rigor.spectral_norm(arb_mat([[arb.nan()]]))
    with pytest.raises(ValueError, match="one column"):
        rigor.spectral_norm([1, 2])
    with pytest.raises(ValueError, match="finite"):
        rigor.spectral_norm(np.array([[np.inf]]), dyadic=True)


def test_the_largest_eigenvalue_may_be_negative():
    assert rigor.largest_eigenvalue([[-2, 0], [0, -5]]).contains(-2)
    b = rigor.largest_eigenvalue([[-2, 1], [1, -3]])  # (−5 + √5)/2
    assert b.overlaps((arb(5).sqrt() - 5) / 2)
    assert rigor.upper(b) < 0
    assert rigor.logarithmic_norm([[-1, 4], [-4, -1]]).contains(-1)
    with pytest.raises(ValueError, match="symmetric"):
        rigor.largest_eigenvalue([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="square"):
        rigor.logarithmic_norm([[1, 2]])


# ---------------------------------------------------------------- SymPy


x, y = sp.symbols("x y")


@pytest.mark.parametrize(
    "expr",
    [
        x / 3 + y**2 - 7,
        sp.exp(x * y) - sp.log(x**2 + 1) * sp.pi,
        sp.sqrt(x) * sp.sin(y) + sp.cos(x) ** 3 / sp.tan(x),
        sp.tanh(x) * sp.sinh(y) - sp.cosh(x - y),
        sp.Abs(y - x) ** sp.Rational(2, 3) + x ** (-2) + sp.E,
        sp.Max(x, y, 1) - sp.Min(x, y, sp.Rational(1, 7)) + x**y + sp.EulerGamma,
    ],
)
def test_a_walk_of_the_tree_overlaps_the_value_of_sympy(expr):
    point = {x: Fraction(7, 5), y: Fraction(-3, 7)}
    b = rigor.from_sympy(expr, point)
    true = sp.N(expr.subs({s: sp.Rational(v.numerator, v.denominator) for s, v in point.items()}), 40)
    with rigor.precision(160):
        assert b.overlaps(rigor.ball(str(true)) + arb(0, arb(10) ** -35))
    assert rigor.radius(b) < 1e-12


def test_the_walk_refuses_what_it_cannot_enclose():
    with pytest.raises(TypeError, match="Float"):
        rigor.from_sympy(x * 0.1, {x: arb(1)})
    with pytest.raises(NotImplementedError, match="zeta"):
        rigor.from_sympy(sp.zeta(x), {x: arb(3)})
    with pytest.raises(KeyError, match="no value for y"):
        rigor.from_sympy(x + y, {x: arb(1)})
    with pytest.raises(ValueError, match="oo"):
        rigor.from_sympy(sp.oo, {})
    assert not rigor.is_finite(rigor.from_sympy(sp.log(x), {x: arb(-1)}))


def test_a_third_stays_a_third():
    b = rigor.from_sympy(x / 3, {x: 1})
    low, high = exact(b)
    assert low <= Fraction(1, 3) <= high


@repeatable
@given(mid=st.floats(-3, 3), rad=st.floats(0, 1), n=st.integers(-4, 6), where=st.floats(-1, 1))
def test_an_integer_power_encloses_the_power_of_every_point(mid, rad, n, where):
    b = arb(mid, rad)
    point = Fraction(mid) + Fraction(rad) * Fraction(where)
    if n < 0 and b.contains(0):
        return
    low, high = exact(rigor.power(b, n))
    assert low <= point**n <= high


def test_an_even_power_of_a_ball_around_zero_is_finite_and_not_negative_by_much():
    b = rigor.power(arb(0, 1), 2)  # python-flint: arb(0, 1)**2 is NaN
    assert rigor.is_finite(b)
    assert rigor.lower(b) > -1e-8
    assert not rigor.is_finite(rigor.power(arb.nan(), 2))


def test_rational_points_are_repeatable_and_away_from_zero():
    p, k = sp.Symbol("p", positive=True), sp.Symbol("k", integer=True)
    points = rigor.rational_points({x, p, k}, 20, 7)
    assert points == rigor.rational_points([k, x, p], 20, 7) != rigor.rational_points([k, x, p], 20, 8)
    for point in points:
        assert Fraction(1, 5) < abs(point[x]) <= 4
        assert point[p] > 0
        assert point[k].denominator == 1
