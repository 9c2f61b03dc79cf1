"""The cubic coefficient of a Hopf point: by eigenvectors in fractions, by planar derivatives, by measured cycles."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from math import factorial, prod

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import identity, pick, rate
from gronwall.theory.bifurcations.boundary import coexistence, predator_prey_hopf, predator_prey_point
from gronwall.theory.bifurcations.cycles import amplitude, periodic_orbit
from gronwall.theory.bifurcations.fields import BETA, FIELDS, SIGMA, rules
from gronwall.theory.bifurcations.hopf import (
    guckenheimer_holmes,
    hopf_point,
    lorenz_amplitude,
    lorenz_hopf,
    lorenz_point,
)

SOURCE, REF = "vantegelen2025", "Hopf"
MONOMIALS = [(2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]


@dataclass(frozen=True)
class Planar:
    """x' = −ωy + f, y' = ωx + g: 4ω, and f and g by four times the coefficients of x², xy, y², x³, x²y, xy², y³."""

    turns: int
    f: tuple[int, ...]
    g: tuple[int, ...]

    @property
    def omega(self) -> Fraction:
        return Fraction(self.turns, 4)

    def derivative(self, part: str, i: int, j: int) -> Fraction:
        """∂_x^i ∂_y^j at the origin."""
        return Fraction(getattr(self, part)[MONOMIALS.index((i, j))], 4) * factorial(i) * factorial(j)

    def multilinear(self, *vectors):
        """B of two vectors, C of three: Σ ∂_jk f u_j v_k over all j, k."""
        total = []
        for part in ("f", "g"):
            terms = []
            for chosen in product(range(2), repeat=len(vectors)):
                size = self.derivative(part, chosen.count(0), chosen.count(1))
                terms.append(prod((vector[j] for vector, j in zip(vectors, chosen, strict=True)), start=size))
            total.append(sum(terms[1:], terms[0]))
        return total

    def by_eigenvectors(self):
        """Re c₁/(4|q₁|²): the coefficient a of the radius, r' = ar³."""
        A = [[Fraction(0), -self.omega], [self.omega, Fraction(0)]]
        point = hopf_point(A, self.multilinear, self.multilinear, self.omega**2)
        return point.c1.u / (4 * point.q[0].squared_size())

    def by_derivatives(self, omega: Fraction):
        """The same by partial derivatives alone."""
        f, g = (partial(self.derivative, part) for part in ("f", "g"))
        return guckenheimer_holmes(f, g, omega)


COEFFICIENTS = st.tuples(*[st.integers(-12, 12)] * len(MONOMIALS))
FIELD = st.builds(Planar, st.integers(1, 16), COEFFICIENTS, COEFFICIENTS)


@identity(source=SOURCE, ref=REF, over=FIELD, examples=pick(quick=60, full=500))
def planar_derivatives_and_eigenvectors_give_one_coefficient(instance):
    r"""In the plane $\mathrm{Re}\,c_1$ by eigenvectors is $4|q_1|^2$ times the coefficient of Guckenheimer and Holmes.

    For every quadratic and cubic part and every frequency that was drawn, in fractions.
    """
    return instance.by_eigenvectors(), instance.by_derivatives(instance.omega)


@planar_derivatives_and_eigenvectors_give_one_coefficient.mutant("without the quadratic parts")
def _(instance):
    d = instance.derivative
    return instance.by_eigenvectors(), (d("f", 3, 0) + d("f", 1, 2) + d("g", 2, 1) + d("g", 0, 3)) / 16


@planar_derivatives_and_eigenvectors_give_one_coefficient.mutant("turning the other way")
def _(instance):
    return instance.by_eigenvectors(), instance.by_derivatives(-instance.omega)


def lorenz_slope(sigma, beta):
    """−4q²|q₁|² Re λ'/Re c₁ against r_H − r, by eigenvectors."""
    point, change, q2 = lorenz_point(sigma, beta)
    return -q2 * point.squared_amplitude(change)


def slope_as_a_function():
    _, sigma, beta = sp.field("sigma, beta", sp.QQ)
    return lorenz_slope(sigma, beta).as_expr()


@identity(source=SOURCE, ref="Lorenz")
def lorenz_opens_towards_smaller_r():
    r"""Lorenz's images turn subcritically for all $\sigma>\beta+1$: $A^2/(r_H-r)$ has a positive limit.

    A is half of the range of x on the cycle; the limit is a quotient without a negative term.  So the cycles live below
    r_H and repel, and what is seen above it is no small cycle.  By eigenvectors over the rational functions of σ and β.
    """
    return slope_as_a_function(), lorenz_amplitude(*sp.symbols("sigma beta"))


@lorenz_opens_towards_smaller_r.mutant("supercritical")
def _():
    return slope_as_a_function(), -lorenz_amplitude(*sp.symbols("sigma beta"))


@lorenz_opens_towards_smaller_r.mutant("the motion at twice the frequency left out of Q")
def _():
    sigma, beta = sp.symbols("sigma beta")
    c1, omega2 = sigma + beta + 1, beta * (sigma + lorenz_hopf(sigma, beta))
    return slope_as_a_function(), lorenz_amplitude(sigma, beta) * (c1**2 + omega2) / (c1**2 + 4 * omega2)


def law(case):
    """Where the Hopf point is, which way its cycles lie, and the limit of amplitude²/distance for x."""
    if case == "lorenz":
        return float(lorenz_hopf(SIGMA, BETA)), -1, float(lorenz_amplitude(SIGMA, BETA))
    at, omega2 = (float(value) for value in predator_prey_hopf())
    point, change = predator_prey_point(at, omega2)
    return at, 1, float(point.squared_amplitude(change))


def rest(case, parameter):
    if case == "lorenz":
        q = np.sqrt(float(BETA) * (parameter - 1))
        return np.array([q, q, parameter - 1])
    return np.array(coexistence(parameter))


def measured_amplitude(case, distance):
    """Half of max x − min x on the cycle at this distance from the Hopf point."""
    at, side, slope = law(case)
    parameter = at + side * distance
    f, df = rules(FIELDS[case], parameter)
    start = rest(case, parameter)
    values, vectors = np.linalg.eig(df(start))
    turning = int(np.argmax(values.imag))
    q = vectors[:, turning]
    guess = start + np.sqrt(slope * distance) * (q / q[0]).real
    cycle = periodic_orbit(f, df, guess, 2 * np.pi / values[turning].imag)
    return amplitude(f, cycle)


@rate(
    source=SOURCE,
    ref=REF,
    order=1,
    at=[2.0**-k for k in range(7, 13)],
    direction="h",
    cases=["lorenz", "predator_prey"],
)
def cycles_grow_like_the_root_of_the_distance(n, case):
    r"""$A^2/|\mu|=-4|q_1|^2\,\mathrm{Re}\lambda'/\mathrm{Re}\,c_1+O(\mu)$, $A$ half of the range of $x$ on it."""
    return abs(measured_amplitude(case, n) ** 2 / n - law(case)[2])


cycles_grow_like_the_root_of_the_distance.mutant("up to the distance squared", order=2)


@cycles_grow_like_the_root_of_the_distance.mutant("x is |q₁||w|, without the conjugate half")
def _(n, case):
    return abs(measured_amplitude(case, n) ** 2 / n - law(case)[2] / 4)
