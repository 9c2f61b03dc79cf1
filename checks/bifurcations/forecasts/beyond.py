"""Beyond the data: fields that are affine in their parameter, and an axis that leaks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick, rate
from gronwall.theory.bifurcations.fields import FIELDS
from gronwall.theory.bifurcations.forecasts import leak_by_shooting, leak_to_first_order
from gronwall.theory.bifurcations.perturbation import affine_error

SOURCE, REF = "vantegelen2025", "Beyond the data"
low, high, s = sp.symbols("alpha_0 alpha_1 s", real=True)


def written_out(name, alpha):
    """The fields once more, as f₀(u) + α f₁(u)."""
    x, y, z = u = sp.symbols("x y z", real=True)
    third, fifth = sp.Rational(8, 3), sp.Rational(1, 5)
    still, moved = {
        "lorenz": ([10 * y - 10 * x, -x * z - y, x * y - third * z], [0, x, 0]),
        "rossler": ([-y - z, x + y * fifth, fifth + x * z], [0, 0, -z]),
        "predator_prey": ([3 * x - 3 * x**2 - x * y, 3 * x * y - y], [sp.exp(-5 * x) - 1, 0]),
    }[name]
    return u[: len(still)], sp.Matrix(still) + alpha * sp.Matrix(moved)


def between(name, power=1):
    """f at α₀ + s(α₁ − α₀) by the field, and by the two ends as they are written out."""
    u, first = written_out(name, low**power)
    left = sp.Matrix(FIELDS[name].f(sp.Matrix(u), (low + s * (high - low)) ** power))
    return left.expand(), ((1 - s) * first + s * written_out(name, high**power)[1]).expand()


@identity(source=SOURCE, ref=REF, cases=list(FIELDS))
def two_parameters_determine_the_field(case):
    r"""All three fields are $f_0+\alpha f_1$: $f(\alpha_0+s(\alpha_1-\alpha_0))=(1-s)f(\alpha_0)+sf(\alpha_1)$.

    For every s, with f₁ = (0, x, 0) for Lorenz, (0, 0, −z) for Rössler, (e^{−5x} − 1, 0) for the predator–prey system;
    the right side is written out anew.
    """
    return between(case)


@two_parameters_determine_the_field.mutant("in the square of the parameter")
def _(case):
    return between(case, power=2)


@two_parameters_determine_the_field.mutant("the mean of the two")
def _(case):
    left, right = between(case)
    return left, right.subs(s, sp.Rational(1, 2))


@dataclass(frozen=True)
class Learned:
    """On the line: at α_i the true field and the learned one differ by sign_i ε_i at z_i, with slopes ∓ share Λ."""

    s: Fraction
    errors: tuple[Fraction, Fraction]
    signs: tuple[int, int]
    slope: Fraction
    shares: tuple[Fraction, Fraction]
    places: tuple[Fraction, Fraction]

    def difference(self):
        """|f̂ − f| at α₀ + s(α₁ − α₀) and z = 0: e_i = sign_i ε_i − 2 share_i Λ z_i at the two parameters."""
        ends = [
            sign * error - 2 * share * self.slope * z
            for sign, error, share, z in zip(self.signs, self.errors, self.shares, self.places, strict=True)
        ]
        return abs((1 - self.s) * ends[0] + self.s * ends[1])

    def allowed(self, slope=None, distances=None):
        distances = [abs(z) for z in self.places] if distances is None else distances
        return affine_error(self.s, self.errors, distances, self.slope if slope is None else slope)


def fractions(start, end):
    return st.fractions(start, end, max_denominator=12)


LEARNED = st.builds(
    Learned,
    fractions("-2", "3"),
    st.tuples(fractions("0", "1"), fractions("0", "1")),
    st.tuples(*[st.sampled_from([-1, 1])] * 2),
    fractions("0", "2"),
    st.tuples(fractions("-1", "1"), fractions("-1", "1")),
    st.tuples(fractions("-1", "1"), fractions("-1", "1")),
)


@bound(source=SOURCE, ref=REF, over=LEARNED, sharp=1, examples=pick(quick=200, full=1000))
def beyond_two_parameters_the_error_grows_linearly(instance):
    r"""$|\hat f-f|\le|1-s|(\varepsilon_0+2\Lambda d_0)+|s|(\varepsilon_1+2\Lambda d_1)$ for fields affine in $\alpha$.

    ε_i: the error at α_i where the data were, d_i: how far that is away, Λ: the Lipschitz constant of both fields.
    For pairs of fields on the line; a field that is not affine in α has no such bound.
    """
    return instance.difference(), instance.allowed()


@beyond_two_parameters_the_error_grows_linearly.witness
def _():
    places = (Fraction(1, 2), Fraction(1, 3))
    return Learned(
        Fraction(2), (Fraction(1, 4), Fraction(1, 2)), (1, -1), Fraction(1), (Fraction(-1), Fraction(1)), places
    )


@beyond_two_parameters_the_error_grows_linearly.mutant("as between the two")
def _(instance):
    shares = [max(1 - instance.s, Fraction(0)), max(instance.s, Fraction(0))]
    total = sum(shares)
    ends = [error + 2 * instance.slope * abs(z) for error, z in zip(instance.errors, instance.places, strict=True)]
    return instance.difference(), (shares[0] * ends[0] + shares[1] * ends[1]) / total


@beyond_two_parameters_the_error_grows_linearly.mutant("Λ once, as if one field were known")
def _(instance):
    return instance.difference(), instance.allowed(slope=instance.slope / 2)


@beyond_two_parameters_the_error_grows_linearly.mutant("wherever the data were")
def _(instance):
    return instance.difference(), instance.allowed(distances=[0, 0])


# ---------------------------------------------------------------- the axis

LEAKS = {"the same everywhere": lambda x: 1.0, "where there is much prey": lambda x: x**2}
ALPHA = 0.70


@cache
def first_order(case):
    return leak_to_first_order(ALPHA, LEAKS[case])


@rate(source=SOURCE, ref=REF, order=1, at=[2.0**-k for k in range(9, 16)], direction="h", cases=list(LEAKS))
def a_leak_through_the_axis_splits_the_connection(n, case):
    r"""A leak $n\,\varepsilon(x)$ in $y'$ splits the connection from $x_-$ to $x_+$ by $n\int\varepsilon(x)e^{-\int_0^t(3x-1)}dt+O(n^2)$.

    Its sign says how the cycle breaks: a homoclinic orbit of x₋, or escape to y < 0.  Relative to n, by shooting from
    both ends.  So the heteroclinic cycle has codimension two among planar fields, one among those that keep the axis.
    """  # noqa: E501
    return abs(leak_by_shooting(ALPHA, LEAKS[case], n) / n - first_order(case))


a_leak_through_the_axis_splits_the_connection.mutant("up to the square of the leak", order=2)


@a_leak_through_the_axis_splits_the_connection.mutant("without the weight: the leak along the way")
def _(n, case):
    alone = leak_to_first_order(ALPHA, LEAKS[case], time=1.0)
    return abs(leak_by_shooting(ALPHA, LEAKS[case], n) / n - alone)


@a_leak_through_the_axis_splits_the_connection.mutant("at the heteroclinic value")
def _(n, case):
    return abs(leak_by_shooting(ALPHA, LEAKS[case], n) / n - leak_to_first_order(0.7080728, LEAKS[case]))
