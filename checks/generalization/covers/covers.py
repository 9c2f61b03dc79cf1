"""The cover of Kolmogorov and Tikhomirov, built: every Lipschitz function has its centre, and centres are counted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.generalization.covering import (
    Polygon,
    Rule,
    centre_distance,
    constant_polygon,
    coordinate_encode,
    cover_count,
    encode,
    enumerate_centres,
    path_distance,
    path_norm,
    shrunk,
)
from systems.generalization.flows import eighths

COVER = "Proposition: covering number (recalled)"
THOUSANDTH = Fraction(1, 1000)


@dataclass(frozen=True)
class Zigzag:
    """A K-Lipschitz function with values in [−R, R], to be covered at ε.

    family "random": slopes up to K on cells of random length;  "adversary": starts just below the far side of its
    start's interval and then runs at slope ±K in stretches of 2 ε/K, against any centre that decides too late.
    """

    family: str
    R: Fraction
    K: Fraction
    eps: Fraction
    seed: int = 0

    def function(self) -> Polygon:
        rng = np.random.default_rng(self.seed)
        if self.family == "adversary":
            length = min(Fraction(2) * self.eps / self.K, Fraction(1))
            knots = [*(k * length for k in range(int(1 / length) + 1)), Fraction(1)]
            knots = sorted(set(knots))
            slopes = [(-1) ** (k + 1) * self.K for k in range(len(knots))]
            first = -self.R + self.eps - THOUSANDTH * self.eps
        else:
            knots = sorted({Fraction(0), Fraction(1), *(Fraction(int(k), 60) for k in rng.integers(1, 60, 12))})
            slopes = [self.K * Fraction(int(k), 4) for k in rng.choice([-4, -4, -2, 0, 2, 4, 4], len(knots))]
            first = self.R * Fraction(int(rng.integers(-8, 9)), 8)
        rises = (a * (t - s) for a, s, t in zip(slopes, knots, knots[1:], strict=False))
        values = [first]
        for rise in rises:
            values.append(min(max(values[-1] + rise, -self.R), self.R))  # cutting at ±R keeps it K-Lipschitz
        return Polygon(tuple(knots), tuple(values))


ZIGZAGS = st.builds(
    Zigzag, st.sampled_from(["random", "adversary"]), eighths(4, 24), eighths(4, 40), eighths(1, 4),
    st.integers(0, 10**6),
)  # fmt: skip


def worst(instance: Zigzag, rule: Rule, stretch: Fraction = Fraction(1)) -> Fraction:
    """max_t |g − c| for the centre c of g."""
    g = instance.function()
    assert g.lipschitz() <= instance.K
    return centre_distance(g, encode(g, instance.R, instance.K, instance.eps, rule, stretch))


@bound(
    source="marion2023",
    ref=COVER,
    over=ZIGZAGS,
    sharp=1.0,
    cases={"by the end of the cell": "end", "by the present gap": "present"},
    examples=pick(quick=80, full=1500),
)
def every_lipschitz_function_is_within_epsilon_of_its_centre(instance, case):
    r"""$\max_t|g-c|\le\varepsilon$ for its centre $c$, slopes $\pm K$ on cells of length $\varepsilon/K$ or half of it.

    The centre is built, and every distance is a fraction.  A sign chosen by where g is at the end of the cell needs
    half the cells of one chosen by the present gap, so half the entropy.
    """
    return worst(instance, case), instance.eps


@every_lipschitz_function_is_within_epsilon_of_its_centre.witness
def _():
    return Zigzag("random", Fraction(1), Fraction(3), Fraction(1, 4), 1)


@every_lipschitz_function_is_within_epsilon_of_its_centre.witness
def _():
    return Zigzag("adversary", Fraction(2), Fraction(3), Fraction(1, 4))


@every_lipschitz_function_is_within_epsilon_of_its_centre.mutant("cells twice as long")
def _(instance, case):
    return worst(instance, case, Fraction(2)), instance.eps


@every_lipschitz_function_is_within_epsilon_of_its_centre.mutant("cells a tenth too long")
def _(instance, case):
    return worst(instance, case, Fraction(11, 10)), instance.eps


@every_lipschitz_function_is_within_epsilon_of_its_centre.mutant("half of ε")
def _(instance, case):
    return worst(instance, case), instance.eps / 2


SMALL = [
    (Fraction(1), Fraction(3, 4), Fraction(1, 4)),
    (Fraction(1), Fraction(1), Fraction(1, 3)),
    (Fraction(1, 2), Fraction(1), Fraction(2, 5)),
    (Fraction(2), Fraction(7, 4), Fraction(3, 4)),
]


def counted(rule: Rule) -> list[int]:
    """How many different functions the centres are, one number for each of the small classes."""
    return [len({c.polygon for c in enumerate_centres(R, K, eps, rule)}) for R, K, eps in SMALL]


@identity(source="marion2023", ref=COVER, cases={"by the end of the cell": "end", "by the present gap": "present"})
def there_are_as_many_centres_as_counted(case):
    r"""There are $\lceil R/\varepsilon\rceil2^{\lceil K/\varepsilon\rceil}$ centres, all different; or $2K$ for $K$.

    The rule that does not look ahead needs twice as many cells.  Four small classes, every centre written out: the
    content is that no two are the same function.
    """
    return counted(case), [cover_count(R, K, eps, case) for R, K, eps in SMALL]


@there_are_as_many_centres_as_counted.mutant("one sign fewer")
def _(case):
    return counted(case), [cover_count(R, K, eps, case) // 2 for R, K, eps in SMALL]


@there_are_as_many_centres_as_counted.mutant("starts R/ε apart: ⌈2R/ε⌉ of them")
def _(case):
    return counted(case), [cover_count(2 * R, K, eps, case) for R, K, eps in SMALL]


@dataclass(frozen=True)
class Paths:
    """m coordinates at once. family "corner": constant paths whose centre overshoots R by ε; "random": zigzags."""

    family: str
    m: int
    R: Fraction
    K: Fraction
    eps: Fraction
    seed: int = 0

    def path(self) -> list[Polygon]:
        """A path θ of norm at most R."""
        m, each = self.m, self.eps / self.m
        if self.family == "corner":  # coordinates at 0 except the first: all centres err outwards by ε/m
            small = [Fraction(0)] * (m - 1)
            return [constant_polygon(x) for x in (self.R, *small)]
        rng = np.random.default_rng(self.seed)
        path = [Zigzag("random", self.R, self.K, each, int(rng.integers(10**6))).function() for _ in range(m)]
        return shrunk(path, self.R)


PATHS = st.builds(
    Paths, st.sampled_from(["random", "corner"]), st.integers(1, 5), eighths(4, 16), eighths(4, 16), eighths(2, 8),
    st.integers(0, 10**6),
)  # fmt: skip


def centre_of(instance: Paths, each: int = 1) -> tuple[list[Polygon], list[Polygon]]:
    """The path, and its centre with every coordinate at `each` ε/m."""
    theta = instance.path()
    return theta, [c.polygon for c in coordinate_encode(theta, instance.R, instance.K, instance.eps * each)]


@bound(source="marion2023", ref=COVER, over=PATHS, sharp=0.999, examples=pick(quick=30, full=400))
def a_path_is_covered_coordinate_by_coordinate(instance):
    r"""Centres with every coordinate at $\varepsilon/m$ cover $\Theta$ at $\varepsilon$ in $\|\cdot\|_{1,\infty}$.

    In fractions.  This is where the factor m² in front of K/ε comes from: m coordinates, each with ⌈mK/ε⌉ signs.
    """
    return path_distance(*centre_of(instance)), instance.eps


@a_path_is_covered_coordinate_by_coordinate.mutant("every coordinate at ε")
def _(instance):
    return path_distance(*centre_of(instance, instance.m)), instance.eps


@a_path_is_covered_coordinate_by_coordinate.mutant("errors of coordinates do not add up: ε/m")
def _(instance):
    return path_distance(*centre_of(instance)), instance.eps / instance.m


@bound(source="marion2023", ref=COVER, over=PATHS, sharp=0.94, examples=pick(quick=30, full=400))
def a_path_is_covered_from_within(instance):
    r"""$\Theta$ is covered at $2\varepsilon$ by members of $\Theta$: by the centre times $\min(1,R/\|c\|_{1,\infty})$.

    In fractions.  The corner (R, 0, …, 0), whose centre errs outwards everywhere, comes close to 2(1 − 1/m)ε.
    """
    theta, centre = centre_of(instance)
    inside = shrunk(centre, instance.R)
    assert path_norm(inside) <= instance.R
    return path_distance(theta, inside), 2 * instance.eps


@a_path_is_covered_from_within.witness
def _():
    return Paths("corner", 40, Fraction(1), Fraction(1, 10**8), Fraction(40000, 4000001))


@a_path_is_covered_from_within.mutant("shrinking costs nothing: ε")
def _(instance):
    theta, centre = centre_of(instance)
    return path_distance(theta, shrunk(centre, instance.R)), instance.eps


@a_path_is_covered_from_within.mutant("shrunk by half as well")
def _(instance):
    theta, centre = centre_of(instance)
    return path_distance(theta, shrunk(centre, instance.R / 2)), 2 * instance.eps
