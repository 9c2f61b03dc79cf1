"""Claims a stranger might write, each with the verdict it must get: sources, not modules to import."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = """
import math
import numpy as np
from fractions import Fraction
from hypothesis import strategies as st
from gronwall import bound, rate, identity, comparison, reproduction, pick, estimate_order
"""


@dataclass(frozen=True)
class Stranger:
    """A file somebody else wrote: what it says, what must be found, and a word of the reason."""

    name: str
    body: str
    verdict: str
    says: str = ""

    @property
    def source(self) -> str:
        return HEADER + self.body

    @property
    def status(self) -> int:
        return {"holds": 0, "refuted": 1, "error": 1, "inconclusive": 3}.get(self.verdict, 0)


STRANGERS = [
    Stranger("sharp_and_true", '''
@bound(over=st.floats(0.0, 3.0), sharp=0.99)
def claim(instance):
    """$1 - \\\\cos x \\\\le x^2/2$."""
    return 2 * math.sin(instance / 2) ** 2, instance ** 2 / 2
@claim.mutant("drops a tenth")
def _(instance):
    return 2 * math.sin(instance / 2) ** 2, 0.9 * instance ** 2 / 2
''', "holds", "largest measured/predicted"),
    Stranger("off_by_one_percent", '''
@bound(over=st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def claim(instance):
    x, y = instance
    return x * y, 0.99 * (x * x + y * y) / 2
''', "refuted", "counterexample"),
    Stranger("wrong_on_two_percent", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return (2.0 if 0.613 < instance < 0.633 else 0.5), 1.0
''', "refuted", "counterexample"),
    Stranger("never_near_sharp", '''
@bound(over=st.floats(0, 1), sharp=0.9)
def claim(instance):
    return instance / 4, 1.0
''', "inconclusive", "not sharp"),
    Stranger("sharp_by_witness", '''
@bound(over=st.integers(0, 3), sharp=1.0)
def claim(instance):
    return Fraction(instance, 10), Fraction(1)
@claim.witness
def _():
    return 10
''', "holds"),
    Stranger("nan_measured", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return math.nan, 1.0
''', "error", "NaN"),
    Stranger("nan_predicted", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return 1.0, math.nan
''', "error", "NaN"),
    Stranger("nan_in_one_entry", '''
@bound(over=st.integers(2, 9))
def claim(instance):
    a = np.zeros(10)
    a[instance] = np.nan
    return a, 1.0
''', "error", "entry (2,)"),
    Stranger("predicted_infinite", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return instance, math.inf
''', "inconclusive", "infinite"),
    Stranger("measured_infinite", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return math.inf, 1.0
''', "refuted"),
    Stranger("no_example", '''
@bound(over=st.floats(0, 1).filter(lambda x: x > 2))
def claim(instance):
    return 0.0, 1.0
''', "inconclusive", "no example"),
    Stranger("nothing_to_draw", '''
@bound(over=st.nothing())
def claim(instance):
    return 0.0, 1.0
''', "inconclusive", "no example"),
    Stranger("surviving_mutant", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return instance, 2.0
@claim.mutant("one point five")
def _(instance):
    return instance, 1.5
''', "inconclusive", "'one point five' survives"),
    Stranger("surviving_printed", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return instance, 2.0
@claim.mutant("a half")
def _(instance):
    return instance, 0.5
@claim.printed("equation (1) as printed")
def _(instance):
    return instance, 1.5
''', "inconclusive", "printed form 'equation (1) as printed' survives"),
    Stranger("printed_refuted", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return instance, 1.0
@claim.printed("equation (1) as printed")
def _(instance):
    return instance, 0.5
''', "holds"),
    Stranger("raises", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    raise RuntimeError("no such network")
''', "error", "no such network"),
    Stranger("wrong_shape", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return np.zeros(3), np.ones(2)
''', "error", "wrong shape"),
    Stranger("wrong_shape_broadcast", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return np.zeros((3, 1)), np.ones(3)
''', "error", "wrong shape"),
    Stranger("no_pair", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return instance
''', "error", "expected a pair"),
    Stranger("returns_none", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    pass
''', "error", "expected a pair"),
    Stranger("complex_number", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return 1j, 1.0
''', "error", "complex"),
    Stranger("empty_array", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return np.array([]), 1.0
''', "error", "empty"),
    Stranger("zero_below_zero", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return 0.0, 0.0
''', "holds"),
    Stranger("zero_over_zero_is_not_sharp", '''
@bound(over=st.floats(0, 1), sharp=0.5)
def claim(instance):
    return 0.0, 0.0
''', "inconclusive", "not sharp"),
    Stranger("above_zero_prediction", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return 1e-9, 0.0
''', "refuted"),
    Stranger("order_one_posing_as_two", '''
@rate(order=2, at=[8, 16, 32, 64, 128, 256])
def claim(n):
    x = 1.0
    for k in range(n):
        x += -x * math.cos(k / n) / n
    return abs(x - math.exp(-math.sin(1.0)))
''', "refuted"),
    Stranger("order_one", '''
@rate(order=1, at=[8, 16, 32, 64, 128, 256])
def claim(n):
    x = 1.0
    for k in range(n):
        x += -x * math.cos(k / n) / n
    return abs(x - math.exp(-math.sin(1.0)))
claim.mutant("order two", order=2)
''', "holds"),
    Stranger("two_points", '''
@rate(order=1, at=[8, 16])
def claim(n):
    return 1.0 / n
''', "inconclusive", "a rate needs 4"),
    Stranger("pure_noise", '''
@rate(order=1, at=[8, 16, 32, 64, 128, 256], seeds=3)
def claim(n, rng):
    return float(np.exp(2 * rng.standard_normal()))
''', "inconclusive"),
    Stranger("hits_the_floor", '''
@rate(order=4, at=[2**k for k in range(2, 15)])
def claim(n):
    return abs(3.0 * n**-4.0 * (1 + 2.0 / n) + 2e-16 * math.sin(37.0 * n))
''', "holds"),
    Stranger("plateau_that_is_no_floor", '''
@rate(order=2, at=[4, 8, 16, 32, 64, 128, 256, 512])
def claim(n):
    return 1.0 / n**2 + 1e-3
''', "refuted"),
    Stranger("slope_that_drifts", '''
@rate(order=1, at=[4, 8, 16, 32, 64, 128, 256, 512])
def claim(n):
    return n ** (-0.6 - 0.06 * math.log2(n))
''', "inconclusive"),
    Stranger("superconvergent", '''
@rate(order=1, at=[8, 16, 32, 64, 128, 256])
def claim(n):
    return 1.0 / n**2
''', "refuted", "superconvergent"),
    Stranger("superconvergent_allowed", '''
@rate(order=1, at=[8, 16, 32, 64, 128, 256], at_least=True)
def claim(n):
    return 1.0 / n**2
''', "holds"),
    Stranger("all_zero_errors", '''
@rate(order=1, at=[8, 16, 32, 64, 128, 256])
def claim(n):
    return 0.0
''', "inconclusive", "zero"),
    Stranger("nan_error", '''
@rate(order=1, at=[8, 16, 32, 64, 128, 256])
def claim(n):
    return math.nan if n == 64 else 1.0 / n
''', "error", "NaN"),
    Stranger("crashing_mutant", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    return instance, 1.0
@claim.mutant("crashes")
def _(instance):
    raise ZeroDivisionError("oops")
''', "error", "'crashes'"),
    Stranger("identity_off_by_1e-9", '''
@identity()
def claim():
    x = np.linspace(1, 2, 7)
    return x, x * (1 + 1e-9)
''', "refuted", "difference"),
    Stranger("identity_to_rounding", '''
@identity
def claim():
    x = np.linspace(1, 2, 7)
    return np.sin(2 * x), 2 * np.sin(x) * np.cos(x)
''', "holds"),
    Stranger("identity_symbolic", '''
import sympy
x, y = sympy.symbols("x y")
@identity()
def claim():
    return (x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3
@claim.mutant("two in place of three")
def _():
    return (x + y) ** 3, x**3 + 2 * x**2 * y + 3 * x * y**2 + y**3
''', "holds", "simplifies to zero"),
    Stranger("identity_symbolic_wrong", '''
import sympy
x = sympy.symbols("x")
@identity()
def claim():
    return sympy.sin(2 * x), sympy.sin(x) * sympy.cos(x)
''', "refuted"),
    Stranger("nan_ball", '''
from flint import arb
@bound(over=st.integers(1, 5))
def claim(instance):
    return arb("nan"), arb(1)
''', "error", "not finite"),
    Stranger("nan_ball_identity", '''
from flint import arb
@identity()
def claim():
    return arb("nan"), arb(1)
''', "error", "not finite"),
    Stranger("wide_ball", '''
from flint import arb
@bound(over=st.integers(1, 5))
def claim(instance):
    return arb(0, 1e10), arb(1)
''', "inconclusive", "overlap"),
    Stranger("wide_ball_identity", '''
from flint import arb
@identity()
def claim():
    return arb(0, 1e10), arb(1)
''', "inconclusive", "wide"),
    Stranger("balls_enclosed", '''
from flint import arb, fmpq
@bound(over=st.integers(1, 50), sharp=0.99)
def claim(instance):
    x = arb(fmpq(1, instance))
    return x.sin(), x
@claim.mutant("a percent less")
def _(instance):
    x = arb(fmpq(1, instance))
    return x.sin(), x * arb(fmpq(99, 100))
''', "holds"),
    Stranger("coin_toss", '''
@comparison(seeds=20)
def claim(rng):
    return float(np.exp(rng.standard_normal())), float(np.exp(rng.standard_normal()))
''', "inconclusive", "straddles"),
    Stranger("overclaimed_factor", '''
@comparison(seeds=20, factor=3.0)
def claim(rng):
    x = float(np.exp(0.1 * rng.standard_normal()))
    return x, 2 * x * float(np.exp(0.05 * rng.standard_normal()))
''', "refuted"),
    Stranger("five_seeds", '''
@comparison(seeds=5)
def claim(rng):
    return 1.0 + rng.random(), 3.0
''', "inconclusive", "5 seeds"),
    Stranger("clear_comparison", '''
@comparison(seeds=pick(quick=8, full=20))
def claim(rng):
    return 1.0 + rng.random(), 3.0
claim.mutant("four times", factor=4.0)
''', "holds"),
    Stranger("comparison_with_zero", '''
@comparison(seeds=8)
def claim(rng):
    return 0.0, 3.0
''', "error", "above 0"),
    Stranger("equivalent", '''
@comparison(seeds=12, equivalent_within=0.2)
def claim(rng):
    x = 1.0 + rng.random()
    return x, x * (1 + 0.01 * rng.standard_normal())
''', "holds"),
    Stranger("does_not_reproduce", '''
@reproduction(source="chen2018", ref="Table 2", published=0.1642, seeds=8)
def claim(rng):
    return 0.35 + 0.01 * rng.standard_normal()
''', "not reproduced", "published 0.1642"),
    Stranger("reproduces", '''
@reproduction(published=0.35, seeds=8)
def claim(rng):
    return 0.35 + 0.001 * rng.standard_normal()
''', "reproduced"),
    Stranger("undecided_number", '''
@reproduction(published=0.35, seeds=5)
def claim(rng):
    return 0.35
''', "undecided"),
    Stranger("syntax_error", '''
@bound(over=st.floats(0, 1)
def claim(instance):
    return 0, 1
''', "error", "SyntaxError"),
    Stranger("unknown_keyword", '''
@bound(over=st.floats(0, 1), sharpness=0.9)
def claim(instance):
    return 0, 1
''', "error", "sharpness"),
    Stranger("unknown_parameter", '''
@bound(over=st.floats(0, 1))
def claim(instanse):
    return 0, 1
''', "error", "instanse"),
    Stranger("exits", '''
import sys
@bound(over=st.floats(0, 1))
def claim(instance):
    sys.exit(0)
''', "error", "SystemExit"),
    Stranger("dies", '''
import os
@bound(over=st.floats(0, 1))
def claim(instance):
    os._exit(3)
''', "error", "died"),
]  # fmt: skip

STRANGERS += [
    Stranger("exact_keywords", '''
@rate(order=Fraction(1, 2), at=[8, 16, 32, 64, 128], within=Fraction(1, 10))
def claim(n):
    return n**-0.5
''', "holds"),
    Stranger("keyword_nan", '''
@rate(order=math.nan, at=[8, 16, 32, 64, 128])
def claim(n):
    return 1 / n
''', "error", "order=nan"),
    Stranger("factor_zero", '''
@comparison(seeds=8, factor=0)
def claim(rng):
    return 1, 2
''', "error", "factor=0"),
    Stranger("equivalent_within_too_much", '''
@comparison(seeds=8, equivalent_within=1.1)
def claim(rng):
    return 1, 2
''', "error", "equivalent_within=1.1"),
    Stranger("no_seeds", '''
@comparison(seeds=0)
def claim(rng):
    return 1, 2
''', "error", "seeds=0"),
    Stranger("eats_its_instance", '''
@bound(over=st.lists(st.floats(0, 1), min_size=1, max_size=4), sharp=0.9)
def claim(instance):
    return instance.pop(), 1.0
@claim.mutant("half")
def _(instance):
    return max(instance), 0.5
''', "holds"),
    Stranger("lone_surrogate", '''
@bound(over=st.just(chr(0xD800)))
def claim(instance):
    return 1.0, 0.5
''', "refuted", "ud800"),
    Stranger("address_in_the_message", '''
class T: pass
@bound(over=st.floats(0, 1))
def claim(instance):
    raise ValueError(f"bad {T()}")
''', "error", "bad <"),
    Stranger("interrupts", '''
@bound(over=st.floats(0, 1))
def claim(instance):
    raise KeyboardInterrupt
''', "error", "KeyboardInterrupt"),
    Stranger("huge_integers", '''
@bound(over=st.just(10**5000), sharp=1.0)
def claim(instance):
    return instance, instance
''', "holds"),
    Stranger("list_of_symbols", '''
import sympy
x = sympy.symbols("x")
@identity()
def claim():
    return [sympy.sin(x) ** 2 + sympy.cos(x) ** 2, (x + 1) ** 2], [1, x**2 + 2 * x + 1]
''', "holds", "simplifies to zero"),
]  # fmt: skip

STRANGERS += [
    Stranger("a_quotient_too_large_for_a_float", '''
@comparison(seeds=8)
def claim(rng):
    return 1e-300, 1e300
''', "holds", "over 8 seeds"),
    Stranger("a_quotient_too_small_for_a_float", '''
@comparison(seeds=8)
def claim(rng):
    return 1e300, 1e-300
''', "refuted", "not at least 1"),
    Stranger("a_median_whose_sum_is_too_large", '''
@reproduction(published=1.0, seeds=8)
def claim(rng):
    return 1.7e308
''', "not reproduced", "median 1.7e+308"),
    Stranger("exact_numbers_further_apart_than_a_float", '''
@identity()
def claim():
    return 10**400, 0
''', "refuted", "exact numbers differ"),
    Stranger("a_difference_too_large_for_a_float", '''
@identity()
def claim():
    return 1e308, -1e308
''', "refuted", "difference inf"),
    Stranger("a_norm_too_large_for_a_float", '''
@identity()
def claim():
    return np.full(4, 1.7e308), np.full(4, 1.6e308)
''', "error", "exceeds the largest float"),
]  # fmt: skip

STRANGERS += [
    Stranger("a_plain_class", '''
class T:
    def __init__(self, x): self.x = x
@bound(over=st.builds(T, st.floats(0, 1)))
def claim(instance):
    return instance.x, 0.01
''', "refuted", "counterexample"),
    Stranger("a_class_with_slots", '''
class T:
    __slots__ = ("x",)
    def __init__(self, x): self.x = x
@bound(over=st.builds(T, st.floats(0, 1)))
def claim(instance):
    return instance.x, 0.01
''', "refuted", '"class": "T"'),
    Stranger("a_nameless_instance", '''
@bound(over=st.builds(object))
def claim(instance):
    return 0.0, 1.0
''', "error", "frozen dataclass"),
    Stranger("a_matrix_against_a_list", '''
import sympy
@bound(over=st.floats(0, 1))
def claim(instance):
    return sympy.Matrix([[1, 2], [3, 4]]), [4, 4, 4, 4]
''', "error", "wrong shape"),
    Stranger("an_undefined_function", '''
import sympy
x, f = sympy.Symbol("x"), sympy.Function("f")
@identity
def claim():
    return f(x) + f(x), 2 * f(x)
''', "holds", "simplifies to zero"),
    Stranger("a_ball_against_infinity", '''
from flint import arb
@bound(over=st.integers(1, 5))
def claim(instance):
    return arb(instance), math.inf
''', "error", "infinite float, against a ball, on 1"),
    Stranger("symbols_with_floats_that_differ", '''
import sympy
x = sympy.Symbol("x")
@identity
def claim():
    return 0.5 * x, x / 3
''', "refuted", "not zero at x"),
    Stranger("symbols_with_floats_that_agree", '''
import sympy
x = sympy.Symbol("x")
@identity
def claim():
    return 0.5 * x, x / 2
''', "holds"),
    Stranger("complex_symbols_that_differ", '''
import sympy
x = sympy.Symbol("x")
@identity
def claim():
    return sympy.exp(sympy.I * x), sympy.cos(x) - sympy.I * sympy.sin(x)
''', "refuted", "not zero at x"),
    Stranger("cases_named_by_fractions", '''
@identity(cases={Fraction(1, 2): 1})
def claim(case):
    return case, 1
''', "holds"),
    Stranger("a_docstring_with_a_surrogate", '''
@identity(ref=16)
def claim():
    "x \\ud835 y"
    return 1, 1
@claim.mutant("wrong \\ud835")
def _():
    return 1, 2
''', "holds"),
    Stranger("a_log_named_by_a_fraction", '''
@identity
def claim(log):
    log(Fraction(1, 2), x=1, measured=2)
    return 1, 1
''', "holds"),
    Stranger("a_file_that_interrupts", '''
raise KeyboardInterrupt
''', "error", "KeyboardInterrupt"),
    Stranger("sizes_that_are_fractions", '''
@rate(order=-1, at=[Fraction(1, 2**k) for k in range(3, 9)])
def claim(n):
    return 2 * n
''', "holds"),
]  # fmt: skip
