"""Twenty properties out of textbooks whose check never needs one of their terms: each names the piece that is planted.

Written as a person would write them: the domain, a tolerance or the other side is such that the piece does not matter.
"""

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, rate

UNIT = st.floats(0.1, 1.0)
PAIRS = st.tuples(st.floats(-2, 2), st.floats(-2, 2))
VECTORS = st.lists(st.floats(-1, 1), min_size=3, max_size=3)

PLANTED = {}
"""The piece that the check of each claim does not see, as it stands in the source."""


def planted(piece):
    def keep(claim):
        PLANTED[claim.name] = piece
        return claim

    return keep


@planted("2 * L")
@bound(over=st.tuples(st.floats(0.1, 0.2), st.integers(1, 40)), examples=40)
def eulers_error_is_bounded(instance):
    """|e^L - (1 + L/N)^N| <= L^2/(2N) e^L: the domain of small L leaves a factor of three unseen."""
    L, N = instance
    return abs(math.exp(L) - (1 + L / N) ** N), L**2 / (2 * N) * math.exp(2 * L)


@planted("abs(y) + 1")
@bound(over=PAIRS, examples=40)
def the_triangle_inequality(instance):
    """|x + y| <= |x| + |y|."""
    x, y = instance
    return abs(x + y), abs(x) + abs(y) + 1


@planted("3 * abs(y)")
@bound(over=st.tuples(UNIT, UNIT), examples=40)
def the_reverse_triangle_inequality(instance):
    """||x| - |y|| <= |x - y|, on numbers of one sign."""
    x, y = instance
    return abs(abs(x) - abs(y)), abs(x - y) + 3 * abs(y)


@planted("radius + 1")
@bound(over=VECTORS, examples=40)
def gershgorins_disc_holds_an_eigenvalue(instance):
    """An eigenvalue of a symmetric 2 x 2 matrix lies within the row sum of its diagonal."""
    a, b, c = instance
    radius = abs(b)
    least = np.linalg.eigvalsh([[a, b], [b, c]])[0]
    return min(abs(least - a), abs(least - c)), radius + 1


@planted("(b - a)**3")
@bound(over=st.floats(0.5, 1.0), examples=40)
def the_trapezoidal_rule(instance):
    """|int_0^b e^x - T| <= b^3/12 e^b, from a = 0 to b near one: the power of the length is not seen."""
    a, b = 0.0, instance
    return abs(math.exp(b) - math.exp(a) - (b - a) * (math.exp(a) + math.exp(b)) / 2), (b - a) ** 3 / 4 * math.exp(b)


@planted("h**2")
@bound(over=st.floats(0.5, 1.0), examples=40)
def the_mid_point_rule(instance):
    """|int_0^h e^x - h e^(h/2)| <= h^3 e^h / 24, with one h too few."""
    h = instance
    return abs(math.expm1(h) - h * math.exp(h / 2)), h**2 * math.exp(h) / 24


@planted("math.cosh(1) + x")
@bound(over=UNIT, examples=40)
def a_taylor_remainder(instance):
    """|sinh x - x| <= x^3/6 cosh 1."""
    x = instance
    return math.sinh(x) - x, x**3 / 6 * math.cosh(1) + x


@planted("0.5 * math.sqrt(variance)")
@bound(over=VECTORS, examples=40)
def the_mean_is_below_the_largest(instance):
    """mean <= max, with a spread that nobody needs."""
    variance = float(np.var(instance))
    return float(np.mean(instance)), max(instance) + 0.5 * math.sqrt(variance)


@planted("x[0] * y[0]")
@identity(over=st.tuples(VECTORS, VECTORS), tol=4.0, why="three products of at most one, and one more", examples=40)
def a_scalar_product_by_components(instance):
    """x . y = sum x_i y_i, to a tolerance larger than each term."""
    x, y = instance
    return np.dot(x, y), x[0] * y[0] + x[1] * y[1] + x[2] * y[2]


@planted("2 * a * b")
@bound(over=st.tuples(UNIT, UNIT), examples=40)
def the_binomial_formula(instance):
    """(a + b)^2 <= 3 (a^2 + b^2) + 2ab, where the squares alone suffice."""
    a, b = instance
    return (a + b) ** 2, 3 * (a * a + b * b) + 2 * a * b


@planted("k / 2 + k")
@bound(over=st.integers(0, 30), examples=40)
def a_power_sum(instance):
    """sum_{i < k} i <= k^2/2 + k."""
    k = instance
    return sum(range(k)), k * k / 2 + k


@planted("math.sin(x)**2")
@identity(over=st.floats(0, 1), examples=40)
def sine_and_cosine(instance):
    """One formula on both sides."""
    x = instance
    one = math.sin(x) ** 2 + 2 * math.cos(x) ** 2
    return one, one


@planted("t**2 / 2")
@identity(over=st.floats(0, 0.01), tol=1e-3, why="a guess", examples=40)
def the_exponential_near_zero(instance):
    """e^(-t) = 1 - t + t^2/2 for small t, to a tolerance that the last term does not reach."""
    t = instance
    return math.exp(-t), 1 - t + t**2 / 2


@planted("abs(y) + 1")
@bound(over=UNIT.map(lambda x: (x, -x / 2)), examples=40)
def a_difference_of_squares(instance):
    """|x^2 - y^2| <= |x - y| (|x| + |y| + 1), where x and y have different signs."""
    x, y = instance
    return abs(x * x - y * y), abs(x - y) * (abs(x) + abs(y) + 1)


@planted("7 * n")
@bound(over=st.integers(1, 30), examples=40)
def harmonic_numbers_grow_slowly(instance):
    """H_n <= 1 + log n."""
    n = instance
    return sum(1 / k for k in range(1, n + 1)), 1 + math.log(n) + 7 * n


@planted("math.exp(L * T)")
@bound(over=st.tuples(st.floats(0, 0.05), UNIT), examples=40)
def gronwalls_lemma(instance):
    """u' <= Lu + d gives u <= (u_0 + dT) e^(LT), for small rates alone."""
    L, T = instance
    u = math.exp(0.5 * L * T) - 1
    return u, (1 + T) * math.exp(L * T)


@planted("norm * 4")
@bound(over=st.lists(UNIT, min_size=3, max_size=3), examples=40)
def a_product_of_norms(instance):
    """|x . y| <= |x| |y| with a fixed y."""
    norm = float(np.linalg.norm(instance))
    return abs(float(np.dot(instance, [1.0, 0.0, 0.0]))), norm * 4


@planted("Fraction(1, n)")
@bound(over=st.integers(1, 50), examples=40)
def a_geometric_sum(instance):
    """sum 2^-k <= 2 + 1/n."""
    n = instance
    return sum(Fraction(1, 2**k) for k in range(n)), 2 + Fraction(1, n)


@planted("h**3")
@rate(order=1, at=[8, 16, 32, 64, 128, 256])
def one_sided_differences(n):
    """(f(h) - f(0))/h - f'(0) = h/2 + O(h^2), with a term that no order sees."""
    h = 1 / n
    return math.expm1(h) / h - 1 + 5 * h**3


@planted("x**4")
@bound(over=st.floats(0, 0.1), examples=40)
def cosine_from_below(instance):
    """1 - x^2/2 <= cos x, with a term of fourth order that a small domain hides."""
    x = instance
    return 1 - x**2 / 2 - x**4, math.cos(x)
