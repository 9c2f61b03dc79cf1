"""Norms of small convolutions: their symbols, their masses, and what edges do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.domains import rationals
from gronwall.theory import rigor
from gronwall.theory.arithmetic import cos, sin
from gronwall.theory.filter_atoms.convolutions import (
    mass,
    matrix_of,
    mirror,
    mirror_norm,
    ones_with_zeros,
    plane_norm,
    torus_norm,
    window,
    window_bound,
)

SOURCE, REF = "wang2021", "Norms of filters"


@dataclass(frozen=True)
class Filters:
    """Filters out x in x L x L from a seed, on images of n x n; of any sign, all positive, or as a chequered board."""

    seed: int
    shape: tuple[int, int, int]
    n: int
    positive: bool = False
    chequered: bool = False

    def taps(self):
        W = np.random.default_rng(self.seed).normal(size=(*self.shape, self.shape[2]))
        if self.chequered:
            return np.abs(W) * (-1.0) ** np.add.outer(*[np.arange(self.shape[2])] * 2)
        return np.abs(W) if self.positive else W


def filters(positive):
    shape = st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from([1, 3]))
    return st.builds(Filters, st.integers(0, 10**6), shape, st.integers(3, 7), positive)


# ---------------------------------------------------------------- the torus


@identity(source=SOURCE, ref=REF, over=filters(st.booleans()), ops=500, examples=pick(quick=30, full=300))
def the_symbol_has_the_norm_on_the_torus(instance):
    r"""Around the torus of $n\times n$ pixels $\|W\|=\max_{\theta\in\frac{2\pi}n\mathbb Z^2}\|\sum_vW(v)e^{iv\cdot\theta}\|$.

    Against the largest singular value of the whole matrix, pixel by pixel.
    """  # noqa: E501
    W = instance.taps()
    return np.linalg.norm(matrix_of(W, instance.n), 2), torus_norm(W, instance.n)


@the_symbol_has_the_norm_on_the_torus.mutant("at the frequency zero alone: the matrix of sums")
def _(instance):
    W = instance.taps()
    return np.linalg.norm(matrix_of(W, instance.n), 2), np.linalg.norm(W.sum(axis=(2, 3)), 2)


@the_symbol_has_the_norm_on_the_torus.mutant("at all frequencies, not those of the torus")
def _(instance):
    W = instance.taps()
    return np.linalg.norm(matrix_of(W, instance.n), 2), torus_norm(W, 16 * instance.n + 1)


@the_symbol_has_the_norm_on_the_torus.mutant("of the reshaped filter")
def _(instance):
    W = instance.taps()
    return np.linalg.norm(matrix_of(W, instance.n), 2), np.linalg.norm(W.reshape(len(W), -1), 2)


WHOLE = st.builds(
    Filters, st.integers(0, 10**6), st.tuples(st.integers(1, 3), st.integers(1, 3), st.just(3)), st.integers(3, 7)
)  # fmt: skip


@bound(source=SOURCE, ref=REF, over=WHOLE, sharp=0.999999, examples=pick(quick=60, full=500))
def no_convolution_is_larger_than_its_mass(instance):
    r"""$\|W\|\le N(W)=\|(\|W_{oi}\|_1)_{oi}\|$, equal around the torus for taps whose signs are those of a wave on it.

    Not so the spectral norm of the reshaped filter, nor the Euclidean norm of all taps.
    """
    W = instance.taps()
    return torus_norm(W, instance.n), mass(W)


@no_convolution_is_larger_than_its_mass.witness
def _():
    return Filters(3, (3, 2, 3), 10, chequered=True)


@no_convolution_is_larger_than_its_mass.mutant("the spectral norm of the reshaped filter")
def _(instance):
    W = instance.taps()
    return torus_norm(W, instance.n), np.linalg.norm(W.reshape(len(W), -1), 2)


@no_convolution_is_larger_than_its_mass.mutant("the largest sum of a row of masses")
def _(instance):
    W = instance.taps()
    return torus_norm(W, instance.n), np.abs(W).sum(axis=(1, 2, 3)).max()


@no_convolution_is_larger_than_its_mass.mutant("the largest mass of one filter")
def _(instance):
    W = instance.taps()
    return torus_norm(W, instance.n), np.abs(W).sum(axis=(2, 3)).max()


# ---------------------------------------------------------------- the plane

TAP = rationals(-2, 2, 4)
THREE = st.tuples(TAP, TAP, TAP).filter(lambda taps: any(taps))


def largest(taps):
    r"""max_θ |p e^{−iθ} + q + s e^{iθ}|², exactly: q² + (s − p)² + 2q(p + s)x + 4ps x² at its best x = cos θ."""
    p, q, s = taps
    values = [q**2 + (s - p) ** 2 + 2 * q * (p + s) * x + 4 * p * s * x * x for x in (-1, 1)]
    if p * s < 0 and abs(q * (p + s)) < abs(4 * p * s):
        values.append(q**2 + (s - p) ** 2 - q**2 * (p + s) ** 2 / (4 * p * s))
    return max(values)


def closed(instance):
    return rigor.root(rigor.ball(largest(instance[0]) * largest(instance[1])), 2)


def product(instance):
    return [[a * b for b in instance[1]] for a in instance[0]]


@cache
def found(instance):
    """The ball of a branch and bound; more bits would not make it narrower."""
    return plane_norm(product(instance))


@identity(source=SOURCE, ref=REF, over=st.tuples(THREE, THREE), tol=1e-7, why="branch and bound to 2⁻³⁰",
          examples=pick(quick=6, full=60))  # fmt: skip
def the_norm_on_the_plane_is_found_by_branch_and_bound(instance):
    r"""$\sup_\theta|\hat w(\theta)|$ in balls, for products of two filters of three taps, whose maxima have a closed form.

    Also where the largest value lies at no corner of the torus; enclosed.
    """  # noqa: E501
    return found(instance), closed(instance)


@the_norm_on_the_plane_is_found_by_branch_and_bound.mutant("on the torus of eight")
def _(instance):
    w = np.array(product(instance), dtype=float)[None, None]
    return rigor.dyadic(torus_norm(w, 8)), closed(instance)


@the_norm_on_the_plane_is_found_by_branch_and_bound.mutant("the mass")
def _(instance):
    w = np.array(product(instance), dtype=float)[None, None]
    return rigor.dyadic(float(mass(w))), closed(instance)


# ---------------------------------------------------------------- edges


@dataclass(frozen=True)
class Edged:
    """One filter of 3 x 3 on n x n with zeros around."""

    taps: tuple[tuple[Fraction, ...], ...]
    n: int

    def array(self):
        return np.array(self.taps, dtype=float)

    def norm(self):
        return np.linalg.norm(matrix_of(self.array()[None, None], self.n, "zeros"), 2)


EDGED = st.builds(Edged, st.tuples(*[st.tuples(TAP, TAP, TAP)] * 3), st.integers(2, 8))


@identity(source=SOURCE, ref=REF, cases={"2": 2, "3": 3, "4": 4, "5": 5, "6": 6}, tol=1e-12, why="balls of 53 bits")
def nine_ones_with_zeros_around_have_this_norm(case):
    r"""A $3\times3$ filter of ones on $n\times n$ with zeros around has norm $(1+2\cos\frac\pi{n+1})^2<9$; enclosed."""
    ones = matrix_of(np.ones((1, 1, 3, 3)), case, "zeros").astype(int)
    return rigor.spectral_norm(sp.Matrix(ones)), ones_with_zeros(case, rigor.pi())


@nine_ones_with_zeros_around_have_this_norm.mutant("nine, as around the torus")
def _(case):
    ones = matrix_of(np.ones((1, 1, 3, 3)), case, "zeros").astype(int)
    return rigor.spectral_norm(sp.Matrix(ones)), rigor.ball(9)


@nine_ones_with_zeros_around_have_this_norm.mutant("with π/n")
def _(case):
    ones = matrix_of(np.ones((1, 1, 3, 3)), case, "zeros").astype(int)
    return rigor.spectral_norm(sp.Matrix(ones)), ones_with_zeros(case - 1, rigor.pi())


def overlap(k, n):
    """Σ_j s_j s_{j+|k|} / Σ_j s_j² of s_j = sin(πj/(n + 1)), j = 1 … n, in balls."""
    s = [sin(rigor.pi() * j / (n + 1)) for j in range(1, n + 1)]
    products = [a * b for a, b in zip(s, s[abs(k) :], strict=False)]
    return sum(products, rigor.ball(0)) / sum((a * a for a in s), rigor.ball(0))


WINDOWS = st.tuples(st.integers(-6, 6), st.integers(2, 12))


@identity(source=SOURCE, ref=REF, over=WINDOWS, tol=1e-15, why="balls of 128 bits", examples=pick(quick=30, full=200))
def a_window_of_sines_overlaps_with_itself_like_this(instance):
    r"""$c_k=\big((n+1-|k|)\cos\frac{\pi k}{n+1}+\sin\frac{\pi|k|}{n+1}\cot\frac\pi{n+1}\big)/(n+1)$, and 0 from $|k|=n$ on; enclosed."""  # noqa: E501
    return overlap(*instance), window(*instance, rigor.pi())


@a_window_of_sines_overlaps_with_itself_like_this.mutant("cos πk/(n + 1), as of one neighbour")
def _(instance):
    k, n = instance
    return overlap(*instance), cos(rigor.pi() * k / (n + 1))


@a_window_of_sines_overlaps_with_itself_like_this.mutant("without what the edge adds")
def _(instance):
    k, n = instance
    return overlap(*instance), (n + 1 - abs(k)) * cos(rigor.pi() * k / (n + 1)) / (n + 1)


@bound(source=SOURCE, ref=REF, over=EDGED, sharp=0.9999999, examples=pick(quick=60, full=500))
def zeros_around_take_no_more_than_a_window_does(instance):
    r"""$\max_\theta|\sum_vw(v)c_{v_1}c_{v_2}e^{iv\cdot\theta}|\le\|w\|$ with zeros around, $c_k$ of the window $\sin\frac{\pi j}{n+1}$.

    Below by a window, above by the plane: as n grows c_k tends to 1, and both ends to the norm on the plane.  Equal for
    the filter of ones.
    """  # noqa: E501
    return window_bound(instance.array(), instance.n), instance.norm()


@zeros_around_take_no_more_than_a_window_does.witness
def _():
    return Edged(((Fraction(1),) * 3,) * 3, 5)


@zeros_around_take_no_more_than_a_window_does.mutant("nothing: the norm on the torus is no larger")
def _(instance):
    return torus_norm(instance.array()[None, None], 64), instance.norm()


@zeros_around_take_no_more_than_a_window_does.mutant("what a window does along one axis")
def _(instance):
    w, n = instance.array(), instance.n
    c = np.array([window(k, n) for k in (-1, 0, 1)])
    return torus_norm((w * c[:, None])[None, None], 64), instance.norm()


NONE, ONE, TWO = Fraction(0), Fraction(1), Fraction(2)
DIFFERENCE = Edged(((NONE,) * 3, (-ONE, NONE, ONE), (NONE,) * 3), 2)
"""On two pixels around a torus it vanishes; with zeros around it does not."""
SOME = st.just(DIFFERENCE) | EDGED.filter(lambda edged: any(map(any, edged.taps)))


@bound(source=SOURCE, ref=REF, over=SOME, sharp=0.98, examples=pick(quick=12, full=100))
def zeros_around_never_enlarge(instance):
    r"""$\|w\|$ with zeros around $\le\sup_\theta|\hat w(\theta)|$, the norm on the plane; nearly attained by large images.

    Not by the torus of as many pixels, whose frequencies may miss the largest value.
    """  # noqa: E501
    return instance.norm(), rigor.upper(plane_norm(instance.taps, 2.0**-16))


@zeros_around_never_enlarge.witness
def _():
    return Edged(((NONE, ONE, NONE), (ONE, TWO, ONE), (NONE, ONE, NONE)), 20)


@zeros_around_never_enlarge.mutant("the torus of as many pixels")
def _(instance):
    return instance.norm(), torus_norm(instance.array()[None, None], instance.n)


@zeros_around_never_enlarge.mutant("the sum of all taps, as if the largest value stood at zero")
def _(instance):
    return instance.norm(), abs(instance.array().sum())


@identity(source=SOURCE, ref=REF, cases={str(n): n for n in range(2, 9)}, tol=1e-12, why="balls of 53 bits")
def a_border_by_reflection_doubles(case):
    r"""A border of one pixel by reflection is a map of norm 2 for $n\ne3$ and 3 for $n=3$: it is not free; enclosed."""
    P = sp.Matrix(mirror(case))
    return rigor.spectral_norm(sp.kronecker_product(P, P)), rigor.ball(mirror_norm(case))


@a_border_by_reflection_doubles.mutant("not at all")
def _(case):
    P = sp.Matrix(mirror(case))
    return rigor.spectral_norm(sp.kronecker_product(P, P)), rigor.ball(1)


@a_border_by_reflection_doubles.mutant("by √2, as along one axis")
def _(case):
    P = sp.Matrix(mirror(case))
    return rigor.spectral_norm(sp.kronecker_product(P, P)), rigor.root(rigor.ball(2), 2)
