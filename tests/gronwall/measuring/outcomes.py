"""Small claims of every kind with what has been measured of them, and all instances that were tried on the way.

``python -m tests.gronwall.measuring.outcomes`` writes outcomes.json anew, for a change that is meant.  What is drawn
depends on Hypothesis: the file says with which version it was made.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import sympy
from hypothesis import strategies as st

from gronwall import bound, comparison, identity, rate, reproduction
from gronwall.canonical import dumps, to_json
from gronwall.claims import Claim
from gronwall.theory import rigor
from tests.gronwall.judged import measured

FILE = Path(__file__).parent / "outcomes.json"
TRIED: list[Any] = []


@dataclass(frozen=True)
class Pair:
    """Two numbers and a list."""

    x: float
    n: int
    more: tuple[float, ...]


def tried(instance: Any) -> Any:
    TRIED.append(to_json(instance))
    return instance


PAIRS = st.builds(Pair, st.floats(-3, 3), st.integers(0, 40), st.tuples(*[st.floats(0, 1)] * 3))
CLAIMS: dict[str, Claim] = {}


def held(claim: Claim) -> Claim:
    CLAIMS[claim.name] = claim
    return claim


@held
@bound(over=PAIRS, sharp=0.9, examples=120)
def a_peak_in_a_corner(instance):
    p = tried(instance)
    return math.exp(-((p.x - 2.71) ** 2)) * p.n / 40 * p.more[0], 1.0


@a_peak_in_a_corner.mutant("half")
def _(instance):
    p = tried(instance)
    return math.exp(-((p.x - 2.71) ** 2)) * p.n / 40 * p.more[0], 0.5


@held
@bound(over=st.floats(1e-9, 1e3), examples=100)
def a_narrow_hill(instance):
    x = tried(instance)
    return 1 / (1 + (math.log(x) - 3) ** 2 * 40), 1.001


@held
@bound(over=st.lists(st.integers(-5, 5), min_size=1, max_size=6), sharp=1, examples=80)
def a_sum_of_a_list(instance):
    return abs(sum(tried(instance))), 5 * len(instance)


@held
@bound(over=st.tuples(st.floats(0, 1), st.floats(0, 1)), climb="nelder-mead", examples=30)
def a_hill_that_is_climbed(instance):
    x, y = tried(instance)
    return 1 - (x - 0.3) ** 2 - (y - 0.8) ** 2, 1.0 + 1e-9


@held
@bound(over=st.tuples(st.floats(0, 1), st.floats(0, 1)), climb="L-BFGS-B", examples=30)
def a_hill_that_is_climbed_by_slopes(instance):
    x, y = tried(instance)
    return 1 - (x - 0.3) ** 2 - (y - 0.8) ** 2, 1.0 + 1e-9


@held
@bound(over=st.fractions(0, 4, max_denominator=20), sharp=1, examples=60)
def fractions_are_compared_exactly(instance):
    q = tried(instance)
    return q * (4 - q), Fraction(4)


@fractions_are_compared_exactly.witness
def _():
    return Fraction(2)


@fractions_are_compared_exactly.mutant("less")
def _(instance):
    q = tried(instance)
    return q * (4 - q), Fraction(39, 10)


@held
@bound(over=st.tuples(st.booleans(), st.sampled_from(["a", "bb", "ccc"]), st.integers(-100, 100)), examples=60)
def words_and_truths(instance):
    flag, word, n = tried(instance)
    return len(word) * (n if flag else 1), 290


@held
@bound(over=st.floats(0, 3), examples=40)
def vectors_entry_by_entry(instance):
    x = tried(instance)
    return np.array([math.sin(x), x - 1, 0.0]), np.array([1.0, 2.0, 0.0])


@vectors_entry_by_entry.mutant("the second entry")
def _(instance):
    x = tried(instance)
    return np.array([math.sin(x), x, 0.0]), np.array([1.0, 2.0, 0.0])


@held
@bound(over=st.floats(0, 1), examples=40)
def balls(instance):
    b = rigor.dyadic(tried(instance))
    return b * (1 - b), rigor.ball(Fraction(26, 100))


@held
@identity(over=PAIRS, examples=60)
def a_binomial(instance):
    p = tried(instance)
    return (p.x + p.n) ** 2, p.x**2 + 2 * p.x * p.n + p.n**2


@a_binomial.mutant("no mixed term")
def _(instance):
    p = tried(instance)
    return (p.x + p.n) ** 2, p.x**2 + p.n**2


@held
@identity(over=st.floats(0, 1), examples=30, tol=1e-3, why="a polynomial of degree five")
def a_series(instance):
    x = tried(instance)
    return math.sin(x), x - x**3 / 6 + x**5 / 120


@held
@identity()
def symbols():
    x = sympy.Symbol("x")
    return (x + 1) ** 3, x**3 + 3 * x**2 + 3 * x + 1


@symbols.mutant("three once")
def _():
    x = sympy.Symbol("x")
    return (x + 1) ** 3, x**3 + 3 * x**2 + x + 1


@held
@identity(over=st.integers(1, 30), examples=20)
def whole_numbers(instance):
    n = tried(instance)
    return sum(range(n + 1)), n * (n + 1) // 2


@held
@rate(order=2, at=[4, 8, 16, 32, 64], cases=["plain", "shaken"], seeds=3)
def a_rate(replicate, n, case):
    rng = np.random.default_rng([replicate, n])
    return (1 + (rng.normal() * 0.01 if case == "shaken" else 0)) / n**2


@held
@rate(order=1, at=[2.0**-k for k in range(3, 9)], direction="h", norm=2)
def a_rate_of_vectors(n):
    return np.array([n, n**2 - n / 3, -(n**3)])


@held
@comparison(seeds=9, factor=1.5)
def ours_is_less(replicate):
    rng = np.random.default_rng(replicate)
    return rng.uniform(0, 1), rng.uniform(1, 2)


@held
@reproduction(published=2.0, seeds=7, within=0.2)
def a_median(replicate):
    return 2 + np.random.default_rng(replicate).normal() * 0.05


@held
@bound(over=st.tuples(st.floats(-3, -1), st.floats(-1, 0), st.integers(-9, -2)), sharp=0.9, examples=100)
def numbers_below_zero(instance):
    x, y, n = tried(instance)
    return -x * n * n * (1 + y), 3 * 81


@numbers_below_zero.mutant("a little less")
def _(instance):
    x, y, n = tried(instance)
    return -x * n * n * (1 + y), 2.9 * 81


@held
@bound(over=st.integers(0, 9), climb="nelder-mead", examples=10)
def nothing_that_climbs(instance):
    return tried(instance), 10


@held
@bound(over=st.floats(0, 1), examples=25)
def a_bound_that_is_passed(instance):
    x = tried(instance)
    return x * x, 0.81


@held
@bound(over=st.integers(0, 1000), examples=50)
def a_whole_number_that_is_too_large(instance):
    return tried(instance), 812


def outcome(claim: Claim) -> dict[str, Any]:
    """What is measured, and a hash of all that was tried; of claims with cases the first."""
    TRIED.clear()
    case = next(iter(claim.cases)) if claim.cases else None
    found = to_json(measured(claim, case))
    return {"measured": found, "tried": len(TRIED), "digest": hashlib.sha256(dumps(TRIED).encode()).hexdigest()[:16]}


if __name__ == "__main__":
    held_now = {"hypothesis": hypothesis.__version__, "claims": {name: outcome(c) for name, c in CLAIMS.items()}}
    FILE.write_text(json.dumps(held_now, indent=1, ensure_ascii=False) + "\n")
