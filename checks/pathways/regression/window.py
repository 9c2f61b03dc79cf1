"""The window of Savitzky and Golay: its weights, what it misses and lets through; and two slips of the pipelines."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.domains import rationals
from gronwall.theory.pathways.smoothing import (
    derivative_bias,
    derivative_gain,
    derivative_weights,
    integrated_error,
    window_fit,
)

SOURCE, REF = "habaraduwa2025", "Derivatives from samples"
HALVES = st.integers(1, 8)


@identity(source=SOURCE, ref=REF, over=HALVES, examples=8)
def a_quadratic_window_weighs_its_samples_linearly(instance):
    r"""Least squares of a quadratic on $2m+1$ samples has the slope $\sum_jj\,s(jh)/(h\sum j^2)$; $m=3$: $(-3,\dots,3)/28$.

    By the normal equations, in fractions, for windows of 3 to 17 samples.
    """  # noqa: E501
    return window_fit(instance, 2, 1), derivative_weights(instance)


@a_quadratic_window_weighs_its_samples_linearly.mutant("of a cubic")
def _(instance):
    return window_fit(instance + 1, 3, 1), derivative_weights(instance + 1)


@a_quadratic_window_weighs_its_samples_linearly.mutant("by the smoothed values")
def _(instance):
    return window_fit(instance, 2, 0), derivative_weights(instance)


@dataclass(frozen=True)
class Samples:
    """A polynomial of degree three, the distance of samples and how many lie on each side."""

    coefficients: tuple[Fraction, ...]
    h: Fraction
    m: int

    def value(self, t):
        return sum(c * t**power for power, c in enumerate(self.coefficients))

    def missed(self):
        """The window's slope in the middle less the true one."""
        weights = derivative_weights(self.m)
        seen = sum(
            weight * self.value(j * self.h) for weight, j in zip(weights, range(-self.m, self.m + 1), strict=True)
        )
        return seen / self.h - self.coefficients[1]


NUMBER = rationals("-3", "3", 8)
STEP = rationals("1/8", "2", 8)
SAMPLES = st.builds(Samples, st.tuples(*[NUMBER] * 4), STEP, st.integers(1, 6))


@identity(source=SOURCE, ref=REF, over=SAMPLES, examples=pick(quick=100, full=1000))
def on_a_cubic_the_window_misses_this_much(instance):
    r"""A third derivative adds $\frac{h^2s'''}6\frac{\sum j^4}{\sum j^2}$ to the slope: of seven, $\frac76h^2s'''$."""
    return instance.missed(), derivative_bias(instance.m, instance.h, 6 * instance.coefficients[3])


@on_a_cubic_the_window_misses_this_much.mutant("exact on cubics")
def _(instance):
    return instance.missed(), 0 * instance.h


@on_a_cubic_the_window_misses_this_much.mutant("as much as central differences: h²s'''/6")
def _(instance):
    return instance.missed(), instance.h**2 * instance.coefficients[3]


@identity(source=SOURCE, ref=REF)
def seven_samples_let_this_much_noise_through():
    r"""Noise of variance one leaves $1/\sqrt{28}h$ in the slope of seven samples, $1/\sqrt2h$ of three."""
    variances = [sum(weight**2 for weight in derivative_weights(m)) for m in (3, 1)]
    left = [sp.sqrt(sp.Rational(v.numerator, v.denominator)) for v in variances]
    return sp.Matrix(left), sp.Matrix([derivative_gain(3), derivative_gain(1)])


@seven_samples_let_this_much_noise_through.mutant("as the mean of seven")
def _():
    variance = sum(weight**2 for weight in derivative_weights(3))
    return sp.sqrt(sp.Rational(variance.numerator, variance.denominator)), 1 / sp.sqrt(7)


@dataclass(frozen=True)
class Regressed:
    """s(t) = a cubic on [0, T], the window's slopes regressed without an error, and the field's dependence on s."""

    third: Fraction
    mu: Fraction
    h: Fraction
    time: Fraction

    def growth(self):
        """(e^{μT} − 1)/μ."""
        mu, time = float(self.mu), float(self.time)
        return float(np.expm1(mu * time) / mu) if mu else time

    def ends_apart(self, steps=400):
        """|ŝ(T) − s(T)| for ŝ' = (the window's slope at t) + μ(ŝ − s(t)), by the midpoint rule of e^{μ(T − t)}ε."""
        series = Samples((Fraction(0), Fraction(1), Fraction(0), self.third / 6), self.h, 3)
        shift = float(series.missed())
        t = (np.arange(steps) + 0.5) * float(self.time) / steps
        return abs(shift) * float(np.exp(float(self.mu) * (float(self.time) - t)).mean()) * float(self.time)


REGRESSED = st.builds(
    Regressed,
    rationals("-3", "3", 8),
    rationals("-1", "1", 8),
    STEP,
    rationals("1/4", "3", 8),
)


@bound(source=SOURCE, ref=REF, over=REGRESSED, sharp=0.999, examples=pick(quick=100, full=1000))
def integrating_regressed_slopes_adds_up_their_bias(instance):
    r"""Slopes of the window, regressed exactly and integrated, end within $\frac76h^2M_3\frac{e^{\mu T}-1}\mu$.

    Fitting trajectories instead has no such term.  Attained by a cubic whose field leans on s by μ.
    """
    third = abs(float(instance.third))
    return instance.ends_apart(), integrated_error(float(instance.h), 3, third, instance.growth())


@integrating_regressed_slopes_adds_up_their_bias.witness
def _():
    return Regressed(Fraction(-3), Fraction(1, 2), Fraction(1), Fraction(1))


@integrating_regressed_slopes_adds_up_their_bias.mutant("no slope is biased")
def _(instance):
    return instance.ends_apart(), 0.0


@integrating_regressed_slopes_adds_up_their_bias.mutant("an error does not grow: times T")
def _(instance):
    bias = derivative_bias(3, float(instance.h), abs(float(instance.third)))
    return instance.ends_apart(), bias * float(instance.time)


@integrating_regressed_slopes_adds_up_their_bias.mutant("the bias of central differences")
def _(instance):
    return instance.ends_apart(), float(instance.h) ** 2 * abs(float(instance.third)) / 6 * instance.growth()


# ---------------------------------------------------------------- the pipelines


@dataclass(frozen=True)
class Line:
    """A line sampled at n points from 0 to T."""

    slope: Fraction
    n: int
    time: Fraction

    def by_gradient(self):
        """Central differences of the samples with the spacing T/n, as the released pipeline takes them."""
        samples = [self.slope * self.time * i / (self.n - 1) for i in range(self.n)]
        return (samples[2] - samples[0]) / (2 * self.time / self.n)


LINES = st.builds(Line, NUMBER.filter(bool), st.integers(3, 300), rationals("1", "72", 4))


@identity(source=SOURCE, ref=REF, over=LINES, examples=pick(quick=50, full=500))
def a_spacing_of_t_over_n_scales_all_slopes(instance):
    r"""$n$ points from 0 to $T$ lie $T/(n-1)$ apart: slopes by $T/n$ are $\frac n{n-1}$ too large."""
    return instance.by_gradient(), instance.slope * Fraction(instance.n, instance.n - 1)


@a_spacing_of_t_over_n_scales_all_slopes.mutant("they are right")
def _(instance):
    return instance.by_gradient(), instance.slope


@a_spacing_of_t_over_n_scales_all_slopes.mutant("too small")
def _(instance):
    return instance.by_gradient(), instance.slope * Fraction(instance.n - 1, instance.n)


@dataclass(frozen=True)
class Wrong:
    """An error that is a line on [0, T], and the published improvement in units of 1/10⁴."""

    start: Fraction
    end: Fraction
    time: Fraction

    def squared_integral(self):
        """∫ e² = T(a² + ab + b²)/3."""
        a, b = self.start, self.end
        return self.time * (a * a + a * b + b * b) / 3

    def mean_square(self, points=3):
        """By Simpson's rule, which is exact here."""
        a, b = self.start, self.end
        return (a * a + 4 * ((a + b) / 2) ** 2 + b * b) / 6


ERRORS = st.builds(Wrong, NUMBER.filter(bool), NUMBER, rationals("1/2", "72", 4).filter(lambda T: T != 1))


@identity(source=SOURCE, ref=REF, over=ERRORS, examples=pick(quick=50, full=500))
def an_integral_of_squares_is_no_mean(instance):
    r"""$\int_0^Te^2dt=T\cdot\mathrm{RMSE}^2$: over 72 hours the root of the integral is $8.485$ times an RMSE."""
    return instance.squared_integral(), instance.time * instance.mean_square()


@an_integral_of_squares_is_no_mean.mutant("compared directly")
def _(instance):
    return instance.squared_integral(), instance.mean_square()


PUBLISHED = {"limonene": Fraction(9438, 10000), "isopentenol": Fraction(9765, 10000)}


@identity(source=SOURCE, ref=REF, cases=list(PUBLISHED))
def the_published_improvements_are_these_ratios(case):
    r"""An improvement of 94.38 % is an error 17.79 times smaller, one of 97.65 % 42.55 times: $1/(1-p)$."""
    ratio = {"limonene": Fraction(5000, 281), "isopentenol": Fraction(2000, 47)}[case]
    return 1 - 1 / ratio, PUBLISHED[case]


@the_published_improvements_are_these_ratios.mutant("as many times smaller as there are percents")
def _(case):
    return 1 - 1 / (100 * PUBLISHED[case]), PUBLISHED[case]
