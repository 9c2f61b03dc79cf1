"""Planted faults, many of each kind: wrong statements of the sort that people really write.

A fault is a strategy and a ratio measured/predicted, which exceeds one where the statement is wrong; an exception of
arithmetic is a fault too. The kinds are those in which a search may be blind: values that coincide, orders, ends of
ranges, narrow places, plateaus, tiny and huge floats, long lists, ratios that lead nowhere.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gronwall.measuring.search import Outcome, search


@dataclass(frozen=True)
class Fault:
    """One wrong statement."""

    kind: str
    name: str
    over: SearchStrategy[Any]
    ratio: Callable[[Any], float]

    def violated(self, instance: Any) -> tuple[float | None, bool]:
        """The ratio at an instance, and whether the statement fails there."""
        try:
            ratio = float(self.ratio(instance))
        except (ArithmeticError, ValueError):
            return None, True
        return (ratio, ratio > 1) if not math.isnan(ratio) else (None, True)


class Seen(Exception):
    """The fault was met: nothing more is to be drawn."""


def plain_hypothesis_finds(fault: Fault, examples: int, seed: int) -> tuple[bool, int]:
    """Does plain Hypothesis find the fault, and after how many evaluations?"""
    calls = 0

    @hypothesis.seed(seed)
    @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck), verbosity=hypothesis.Verbosity.quiet)  # fmt: skip
    @given(fault.over)
    def test(instance: Any) -> None:
        nonlocal calls
        calls += 1
        if fault.violated(instance)[1]:
            raise Seen

    try:
        test()
    except Seen:
        return True, calls
    return False, calls


def the_search_finds(fault: Fault, examples: int, seed: int) -> tuple[bool, int]:
    """Does the search find the fault, and after how many evaluations?"""
    calls = 0

    def evaluate(instance: Any) -> Outcome:
        nonlocal calls
        calls += 1
        ratio, failed = fault.violated(instance)
        if failed:
            raise Seen
        return Outcome(ratio, False, None)

    try:
        search(evaluate, fault.over, examples=examples, seed=seed)
    except Seen:
        return True, calls
    return False, calls


FAULTS: list[Fault] = []


def plant(kind: str, over: SearchStrategy[Any]) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """The decorated function is a ratio, or says whether the statement fails (then it is flat elsewhere)."""

    def decorate(ratio: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def number(instance: Any) -> float:
            value = ratio(instance)
            return (2.0 if value else 0.5) if isinstance(value, bool) else value

        FAULTS.append(Fault(kind, ratio.__name__, over, number))
        return ratio

    return decorate


UNIT, SIGNED = st.floats(0, 1), st.floats(-1, 1)
TINY, ANY = st.floats(0, 1e-300), st.floats(allow_nan=False, allow_infinity=False)

# ------------------------------------------------------------------------------------------------ ties


@plant("ties", st.tuples(*[st.floats(0.3, 0.45)] * 3).filter(lambda p: p[0] != p[2]))
def divided_differences_of_equal_nodes(p):
    x, y, z = p
    return sum(abs(math.sin(x) - math.sin(w)) / abs(x - w) for w in (y, z)) / 2.000001


@plant("ties", st.lists(ANY, min_size=2, max_size=6))
def the_gap_between_neighbours_is_positive(xs):
    return min(b - a for a, b in zip(sorted(xs), sorted(xs)[1:], strict=False)) == 0


@plant("ties", st.lists(st.integers(0, 10**9), max_size=12))
def identifiers_are_distinct(xs):
    return len(set(xs)) < len(xs)


@plant("ties", st.tuples(*[st.tuples(SIGNED, SIGNED)] * 3))
def three_points_span_a_triangle(points):
    (a, b), (c, d), (e, f) = points
    return (c - a) * (f - b) == (e - a) * (d - b)


@plant("ties", st.tuples(*[st.lists(st.floats(-10, 10), min_size=3, max_size=3)] * 2))
def two_vectors_differ(pair):
    return pair[0] == pair[1]


@plant("ties", st.lists(st.tuples(st.text(max_size=3), UNIT), max_size=6))
def the_largest_is_one(items):
    weights = [weight for _, weight in items]
    return len(weights) > 2 and weights.count(max(weights)) > 1


@plant("ties", st.tuples(st.floats(1, 2), st.floats(1, 2), UNIT))
def the_eigenvalues_are_apart(p):
    a, d, t = p
    return 0.9 / abs(a - d) * abs(a - d) if t < 0.99 else (a - d) / (a - d)


@plant("ties", st.tuples(*[st.integers(-(10**6), 10**6)] * 3))
def a_quadratic_has_two_roots(p):
    a, b, c = p
    return a != 0 and b * b == 4 * a * c


# ------------------------------------------------------------------------------------------------ permutations


@plant("permutations", st.permutations(range(6)))
def the_order_is_not_reversed(p):
    return sum(a > b for i, a in enumerate(p) for b in p[i + 1 :]) / 13.5


@plant("permutations", st.permutations(range(5)))
def some_element_stays(p):
    return p[0] == 4 and p[-1] == 0 and p[2] == 2


@plant("permutations", st.lists(st.integers(0, 100), min_size=4, max_size=8))
def no_list_comes_sorted_downwards(xs):
    return all(a > b for a, b in itertools.pairwise(xs))


@plant("permutations", st.tuples(*[st.lists(st.integers(0, 9), min_size=3, max_size=3)] * 2))
def no_list_is_the_other_backwards(pair):
    return pair[0] == pair[1][::-1] and pair[0] != pair[1]


@plant("permutations", st.lists(st.integers(), min_size=3, max_size=7))
def no_list_is_a_palindrome(xs):
    return xs == xs[::-1]


@plant("permutations", st.permutations(range(8)))
def a_permutation_moves_little(p):
    return sum(abs(a - i) for i, a in enumerate(p)) / 31.0


@plant("permutations", st.tuples(st.permutations("abcd"), st.permutations("abcd")))
def two_orders_differ_somewhere(pair):
    return pair[0] == pair[1] != list("abcd")


# ------------------------------------------------------------------------------------------------ boundaries


@plant("boundaries", st.floats(0, 7.3))
def the_end_is_open(x):
    return x >= 7.3


@plant("boundaries", st.tuples(st.floats(0.25, 9.5), st.floats(0.25, 9.5)))
def one_end_meets_the_other(p):
    return p[0] == 0.25 and p[1] > 5


@plant("boundaries", st.tuples(st.integers(1, 10**6), UNIT))
def the_last_index(p):
    return p[0] == 10**6


@plant("boundaries", st.integers(-(2**40), 2**40))
def a_power_of_two_below_overflow(n):
    return abs(n) >= 2**31 and n % 2**31 in (0, 2**31 - 1)


@plant("boundaries", st.lists(UNIT, max_size=9))
def the_fullest_list(xs):
    return len(xs) == 9 and xs[-1] > 0.5


@plant("boundaries", st.tuples(st.floats(0, 5), UNIT, st.booleans()))
def the_eighth_power_at_the_edge(p):
    x, y, flag = p
    return 1.02 * (x / 5) ** 8 if flag and y < 0.9 else 0.0


@plant("boundaries", st.floats(-3, 3))
def zero_from_below(x):
    return math.copysign(1, x) < 0 and x == 0


@plant("boundaries", st.tuples(*[st.floats(0, 1)] * 3))
def a_corner_of_the_cube(p):
    return sum(p) / 2.995


# ------------------------------------------------------------------------------------------------ slivers


@plant("slivers", UNIT)
def two_percent(x):
    return 0.613 < x < 0.633


@plant("slivers", UNIT)
def half_a_percent(x):
    return 0.2718 < x < 0.2768


@plant("slivers", st.tuples(UNIT, UNIT))
def a_small_square(p):
    return 0.4 < p[0] < 0.5 and 0.7 < p[1] < 0.8


@plant("slivers", st.integers(0, 10**4))
def a_run_of_integers(n):
    return 3333 <= n < 3383


@plant("slivers", st.floats(-100, 100))
def a_narrow_resonance(x):
    return 1.2 / (1 + (x - 17.3) ** 2 * 50)


@plant("slivers", st.tuples(SIGNED, SIGNED))
def a_thin_ring(p):
    return 0.899 < math.hypot(*p) < 0.906


@plant("slivers", st.tuples(st.floats(1e-3, 1e3), UNIT))
def a_decade(p):
    return 0.02 < p[0] < 0.025


@plant("slivers", st.tuples(*[SIGNED] * 4))
def a_peak_in_four_dimensions(p):
    return 1.01 - sum((x - 0.37) ** 2 for x in p) / 4


# ------------------------------------------------------------------------------------------------ plateaus


@plant("plateaus", st.floats(0, 10))
def stairs(x):
    return math.floor(x * 3) / 28.5


@plant("plateaus", st.tuples(UNIT, UNIT, UNIT))
def three_stairs(p):
    return sum(math.floor(4 * x) for x in p) / 8.5


@plant("plateaus", st.tuples(st.integers(0, 40), st.integers(0, 40)))
def a_saturating_count(p):
    return min(p[0], 35) * min(p[1], 35) / 1200


@plant("plateaus", SIGNED)
def a_flat_top_with_a_dent(x):
    return 0.999 if abs(x) < 0.9 else 1.001 if abs(x) < 0.905 else 0.2


@plant("plateaus", st.lists(st.booleans(), min_size=10, max_size=10))
def nine_of_ten_flags(flags):
    return sum(flags) / 8.5


@plant("plateaus", st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 20), UNIT))
def one_family_in_eight(p):
    return p[0] == "f" and p[1] > 15 and p[2] > 0.5


@plant("plateaus", st.tuples(st.floats(0, 4), st.floats(0, 4)))
def rounded_twice(p):
    return round(p[0]) * round(p[1]) / 15.5


# ------------------------------------------------------------------------------------------------ tiny floats


@plant("tiny floats", st.lists(TINY, min_size=1, max_size=8))
def the_mean_is_above_the_least(xs):
    mean = sum(x / len(xs) for x in xs)
    return min(xs) > mean * (1 + 1e-15)


@plant("tiny floats", st.tuples(UNIT, UNIT))
def a_product_of_positive_numbers_is_positive(p):
    return p[0] > 0 and p[1] > 0 and p[0] * p[1] == 0


@plant("tiny floats", UNIT)
def an_inverse_is_finite(x):
    return x > 0 and math.isinf(1 / x)


@plant("tiny floats", TINY)
def half_twice_is_the_whole(x):
    return x / 2 * 2 != x


@plant("tiny floats", st.lists(UNIT, min_size=2, max_size=5))
def a_norm_above_its_largest_entry(xs):
    return max(xs) > math.sqrt(sum(x * x for x in xs)) * (1 + 1e-12)


@plant("tiny floats", st.tuples(TINY, TINY))
def the_mean_of_two(p):
    a, b = p
    return (a / 2 + b / 2) < min(a, b)


@plant("tiny floats", st.floats(0, 1e-3))
def a_relative_error_of_the_exponential(x):
    return x > 0 and abs((math.exp(x) - 1) - x) / x > 0.01


@plant("tiny floats", st.tuples(st.floats(0, 1e-150), st.floats(0, 1e-150)))
def a_quotient_of_squares(p):
    return p[0] ** 2 / p[1] ** 2 < -1 if p[1] else False


# ------------------------------------------------------------------------------------------------ huge floats


@plant("huge floats", ANY)
def one_more_is_more(x):
    return x + 1 == x


@plant("huge floats", st.tuples(ANY, ANY))
def a_hypotenuse_is_finite(p):
    return math.isinf(math.sqrt(p[0] * p[0] + p[1] * p[1]))


@plant("huge floats", st.floats(1, 1e308))
def a_square_is_finite(x):
    return x * x / 1e308 if x < 1e150 else math.isinf(x * x)


@plant("huge floats", st.lists(st.floats(0, 1e308), min_size=3, max_size=6))
def a_sum_is_finite(xs):
    return math.isinf(sum(xs))


@plant("huge floats", st.tuples(st.floats(-1e16, 1e16), SIGNED))
def adding_and_taking_away(p):
    return abs((p[0] + p[1]) - p[0] - p[1]) / 0.9


@plant("huge floats", st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=8))
def a_variance_by_squares_is_positive(xs):
    n = len(xs)
    return sum(x * x for x in xs) / n - (sum(xs) / n) ** 2 < 0


@plant("huge floats", st.floats(0, 800))
def an_exponential_is_finite(x):
    return math.exp(x) / math.exp(705)


@plant("huge floats", st.tuples(st.floats(0, 1e200), st.floats(0, 1e200)))
def a_midpoint_lies_between(p):
    return not min(p) <= math.sqrt(p[0] * p[1]) <= max(p)


# ------------------------------------------------------------------------------------------------ long lists


@plant("long lists", st.lists(st.integers(0, 9), max_size=40))
def at_most_thirty_entries(xs):
    return len(xs) / 29.5


@plant("long lists", st.lists(UNIT, max_size=30))
def the_sum_stays_below_twelve(xs):
    return sum(xs) / 12


@plant("long lists", st.lists(st.integers(0, 3), min_size=2, max_size=25))
def no_run_of_five(xs):
    return max(len(list(run)) for run in _runs(xs)) / 4.5


@plant("long lists", st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def partial_sums_stay_small(xs):
    total, largest = 0.0, 0.0
    for x in xs:
        total += x
        largest = max(largest, abs(total))
    return largest / 8


@plant("long lists", st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=8))
def at_most_thirty_in_all(xss):
    return sum(map(len, xss)) / 29.5


@plant("long lists", st.recursive(st.integers(0, 9), lambda child: st.lists(child, max_size=3), max_leaves=20))
def trees_are_shallow(tree):
    return _depth(tree) / 3.5


@plant("long lists", st.lists(st.integers(-5, 5), min_size=8, max_size=24))
def the_median_is_no_mode(xs):
    return xs.count(statistics.median_low(xs)) / 6.5


def _runs(xs: list[int]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for x in xs:
        if runs[-1] and runs[-1][-1] != x:
            runs.append([])
        runs[-1].append(x)
    return runs


def _depth(tree: Any) -> int:
    return 1 + max(map(_depth, tree), default=0) if isinstance(tree, list) else 0


# ------------------------------------------------------------------------------------------------ flat ratios


@plant("flat ratios", st.tuples(st.integers(1, 60), st.booleans(), st.booleans()))
def both_flags_and_a_multiple_of_seven(p):
    return p[1] and p[2] and p[0] % 14 == 7


@plant("flat ratios", st.tuples(UNIT, UNIT, UNIT))
def an_order_of_three_with_a_gap(p):
    x, y, z = p
    return x > y > z and x - z < 0.05


@plant("flat ratios", st.tuples(st.sampled_from(["relu", "tanh", "gelu", "sine"]), st.integers(1, 32), SIGNED))
def one_activation_at_some_widths(p):
    return p[0] == "sine" and p[1] > 24 and p[2] < -0.5


@plant("flat ratios", st.integers(0, 10**6))
def a_residue(n):
    return n % 97 == 13


@plant("flat ratios", st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50)))
def a_sum_of_zero(p):
    return sum(p) == 0 and 0 not in p


@plant("flat ratios", st.lists(st.sampled_from("LRUD"), min_size=4, max_size=12))
def a_walk_comes_home(steps):
    return steps.count("L") == steps.count("R") and steps.count("U") == steps.count("D") and len(set(steps)) > 2


@plant("flat ratios", st.tuples(st.integers(1, 200), st.integers(1, 200)))
def a_common_factor(p):
    return math.gcd(*p) > 20


@plant("flat ratios", st.tuples(UNIT, st.floats(0, 100)))
def a_threshold_on_both(p):
    return p[0] > 0.95 and p[1] > 90


# ------------------------------------------------------------------------------------------------ slopes


@plant("slopes", st.tuples(st.integers(1, 150), st.floats(0.1, 2.0)))
def a_constant_right_for_small_depth(p):
    depth, lipschitz = p
    return 1.02 * (1 + lipschitz / depth) ** depth / (1 + lipschitz / 150) ** 150


@plant("slopes", st.tuples(*[SIGNED] * 3))
def a_peak_in_three_dimensions(p):
    return 1.004 - sum(abs(x + 0.21) for x in p)


@plant("slopes", st.tuples(st.floats(0, 10), st.floats(0, 10)))
def a_ridge(p):
    return 1.002 - abs(p[0] - p[1] / 2 - 1) - (p[1] - 6) ** 2 / 40


@plant("slopes", st.tuples(*[st.floats(-3, 3)] * 5))
def a_norm_at_its_largest(p):
    return math.sqrt(sum(x * x for x in p)) / 6.3


@plant("slopes", st.tuples(st.floats(1e-6, 1e6), st.floats(0, 1)))
def a_ratio_over_decades(p):
    x = math.log10(p[0])
    return 1.01 - (x - 2.5) ** 2 / 9 - (p[1] - 0.5) ** 2


@plant("slopes", st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
def integers_on_a_slope(p):
    return 1.0005 - abs(p[0] - 617) / 1000 - abs(p[1] - 382) / 1000


@plant("slopes", st.lists(UNIT, min_size=1, max_size=10))
def the_longer_the_larger(xs):
    return sum(math.sqrt(x) for x in xs) / 9.2
