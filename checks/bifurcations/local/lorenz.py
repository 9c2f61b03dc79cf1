"""Lorenz's system: its equilibria, where they turn, its symmetry and the ellipsoid that holds all orbits in the end."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.bifurcations.fields import jacobian, lorenz
from gronwall.theory.bifurcations.hopf import (
    lorenz_characteristic,
    lorenz_crossing_speed,
    lorenz_hopf,
    lorenz_point,
    routh_hurwitz,
)
from gronwall.theory.bifurcations.trapping import lorenz_energy, lorenz_energy_change, lorenz_largest_energy

SOURCE, REF = "vantegelen2025", "Lorenz"
x, y, z, r, w = sp.symbols("x y z r w", real=True)
sigma, beta = sp.symbols("sigma beta", positive=True)
u = sp.Matrix([x, y, z])


def eliminated(field):
    """The condition on x alone under which the three components of a field vanish together, as resultants give it."""
    first, second, third = field
    left = sp.resultant(first, second, y), sp.resultant(first, third, y)
    return sp.expand(sp.cancel(-sp.resultant(*left, z) / sigma**2))


@identity(source=SOURCE, ref=REF)
def lorenz_rests_at_the_origin_and_at_two_mirror_images():
    r"""All three components vanish iff $x(x^2-\beta(r-1))=0$, $y=x$, $z=x^2/\beta$."""
    field = lorenz(u, r, sigma, beta)
    found = sp.expand(eliminated(field))
    rest = lorenz(sp.Matrix([x, x, x**2 / beta]), r, sigma, beta)
    left = sp.Matrix([found, rest[0], rest[1] * beta, rest[2]])
    return left, sp.Matrix([x * (x**2 - beta * (r - 1)), 0, -x * (x**2 - beta * (r - 1)), 0])


@lorenz_rests_at_the_origin_and_at_two_mirror_images.mutant("x² = βr")
def _():
    return sp.expand(eliminated(lorenz(u, r, sigma, beta))), x * (x**2 - beta * r)


@lorenz_rests_at_the_origin_and_at_two_mirror_images.mutant("at z = x²")
def _():
    rest = lorenz(sp.Matrix([x, x, x**2]), r, sigma, beta)
    return sp.Matrix(rest), sp.Matrix([0, -x * (x**2 - beta * (r - 1)), 0])


def characteristic():
    """det(λ − A) at the image with x > 0, by the Jacobian."""
    q = sp.sqrt(beta * (r - 1))
    A = jacobian(lorenz(u, r, sigma, beta), u).subs({x: q, y: q, z: r - 1})
    return sp.expand((w * sp.eye(3) - A).det())


def cubic(c1, c2, c3):
    return w**3 + c1 * w**2 + c2 * w + c3


@identity(source=SOURCE, ref=REF)
def the_images_have_this_characteristic_polynomial():
    r"""At $C_\pm$: $\lambda^3+(\sigma+\beta+1)\lambda^2+\beta(\sigma+r)\lambda+2\sigma\beta(r-1)$."""
    return characteristic(), sp.expand(cubic(*lorenz_characteristic(r, sigma, beta)))


@the_images_have_this_characteristic_polynomial.mutant("c₂ at the origin's r − 1")
def _():
    return characteristic(), sp.expand(cubic(sigma + beta + 1, beta * (sigma + r - 1), 2 * sigma * beta * (r - 1)))


@the_images_have_this_characteristic_polynomial.mutant("no 2 in c₃")
def _():
    return characteristic(), sp.expand(cubic(sigma + beta + 1, beta * (sigma + r), sigma * beta * (r - 1)))


def pair_on_the_axis(at):
    """The remainder of the characteristic polynomial at r = at by λ² + ω², ω² = c₂: 0 where ±iω are eigenvalues."""
    here = sp.Poly(characteristic().subs(r, at), w)
    omega2 = here.coeff_monomial(w)
    return sp.simplify(sp.rem(here, sp.Poly(w**2 + omega2, w)).as_expr()), sp.simplify(omega2)


@identity(source=SOURCE, ref=REF)
def the_images_turn_at_the_hopf_value():
    r"""At $r_H=\frac{\sigma(\sigma+\beta+3)}{\sigma-\beta-1}$ the pair is $\pm i\omega$, $\omega^2=\beta(\sigma+r_H)$.

    The third eigenvalue is −(σ + β + 1), and c₁c₂ − c₃ = β(σ − β − 1)(r_H − r): the images are stable below for
    σ > β + 1, and always for σ <= β + 1.
    """
    at = lorenz_hopf(sigma, beta)
    remainder, omega2 = pair_on_the_axis(at)
    c1, c2, c3 = sp.Poly(characteristic(), w).all_coeffs()[1:]
    left = sp.Matrix(
        [remainder, omega2, routh_hurwitz(c1, c2, c3), characteristic().subs({r: at, w: -(sigma + beta + 1)})]
    )
    right = sp.Matrix([0, beta * (sigma + at), beta * (sigma - beta - 1) * (at - r), 0])
    return left, right


@the_images_turn_at_the_hopf_value.mutant("σ − β + 1 below the line")
def _():
    return pair_on_the_axis(sigma * (sigma + beta + 3) / (sigma - beta + 1))[0], sp.Integer(0)


@the_images_turn_at_the_hopf_value.mutant("ω² = 2σβ")
def _():
    return pair_on_the_axis(lorenz_hopf(sigma, beta))[1], 2 * sigma * beta


@dataclass(frozen=True)
class Constants:
    """σ and β with σ > β + 1."""

    beta: Fraction
    beyond: Fraction

    @property
    def sigma(self) -> Fraction:
        return self.beta + 1 + self.beyond


def fractions(low: int, high: int) -> st.SearchStrategy[Fraction]:
    return st.fractions(low, high, max_denominator=12)


CONSTANTS = st.builds(Constants, fractions(1, 6), fractions(1, 20))


def turned(constants):
    """Re⟨p, A'(r)q⟩ at r_H, by the eigenvectors."""
    point, change, _ = lorenz_point(constants.sigma, constants.beta)
    return point.crossing(change).u


@identity(source=SOURCE, ref=REF, over=CONSTANTS, examples=pick(quick=80, full=500))
def the_pair_crosses_the_axis_with_this_speed(instance):
    r"""$\frac{d}{dr}\mathrm{Re}\,\lambda=\frac{\beta(\sigma-\beta-1)}{2(c_1^2+\omega^2)}>0$ at $r_H$.

    By implicit differentiation, against ⟨p, A'(r)q⟩ with the eigenvectors of A and Aᵀ.
    """
    return turned(instance), lorenz_crossing_speed(instance.sigma, instance.beta)


@the_pair_crosses_the_axis_with_this_speed.mutant("c₁² alone below the line")
def _(instance):
    s, b = instance.sigma, instance.beta
    return turned(instance), b * (s - b - 1) / (2 * (s + b + 1) ** 2)


@the_pair_crosses_the_axis_with_this_speed.mutant("without the 1/2 of a pair")
def _(instance):
    return turned(instance), 2 * lorenz_crossing_speed(instance.sigma, instance.beta)


TURNED = sp.Matrix([sigma * (x - y), x * (z - r) + y, x * y - beta * z])
"""S f(u), written out."""


@identity(source=SOURCE, ref=REF)
def lorenz_turned_about_its_axis_is_itself():
    r"""$f(Su)=Sf(u)$ for $S=\mathrm{diag}(-1,-1,1)$: orbits come in pairs, and the pitchfork at $r=1$ needs it."""
    return sp.Matrix(lorenz(sp.diag(-1, -1, 1) * u, r, sigma, beta)).expand(), TURNED.expand()


@lorenz_turned_about_its_axis_is_itself.mutant("x alone mirrored")
def _():
    return sp.Matrix(lorenz(sp.diag(-1, 1, 1) * u, r, sigma, beta)).expand(), TURNED.expand()


@lorenz_turned_about_its_axis_is_itself.mutant("all three")
def _():
    return sp.Matrix(lorenz(-u, r, sigma, beta)).expand(), TURNED.expand()


def along_the_flow(V):
    return sp.expand(sum(V.diff(one) * rate for one, rate in zip(u, lorenz(u, r, sigma, beta), strict=True)))


@identity(source=SOURCE, ref=REF)
def the_energy_falls_outside_of_an_ellipsoid():
    r"""$V=rx^2+\sigma y^2+\sigma(z-2r)^2$ has $V'=-2\sigma(rx^2+y^2+\beta(z-r)^2-\beta r^2)$."""
    return along_the_flow(lorenz_energy(u, r, sigma)), sp.expand(lorenz_energy_change(u, r, sigma, beta))


@the_energy_falls_outside_of_an_ellipsoid.mutant("βr in the place of βr²")
def _():
    wrong = -2 * sigma * (r * x**2 + y**2 + beta * (z - r) ** 2 - beta * r)
    return along_the_flow(lorenz_energy(u, r, sigma)), sp.expand(wrong)


@the_energy_falls_outside_of_an_ellipsoid.mutant("about z = r")
def _():
    V = r * x**2 + sigma * y**2 + sigma * (z - r) ** 2
    return along_the_flow(V), sp.expand(lorenz_energy_change(u, r, sigma, beta))


@dataclass(frozen=True)
class Point:
    """A point of the ellipsoid E where V' = 0: z = r(1 + height), and the share of what is left that goes into y²."""

    r: Fraction
    beyond_one: Fraction
    beyond_two: Fraction
    height: Fraction
    share: Fraction

    @property
    def constants(self):
        return self.r, 1 + self.beyond_one, 2 + self.beyond_two

    def energy(self):
        """V with x² and y² from E: rx² + y² = β(r² − (z − r)²)."""
        r, sigma, beta = self.constants
        left = beta * r * r * (1 - self.height**2)
        y2, x2 = self.share * left, (1 - self.share) * left / r
        return r * x2 + sigma * y2 + sigma * (r * (1 + self.height) - 2 * r) ** 2


POINTS = st.builds(
    Point, fractions(1, 30), fractions(0, 12), fractions(0, 4), st.fractions(-1, 1, max_denominator=30),
    st.fractions(0, 1, max_denominator=8),
)  # fmt: skip


@bound(source=SOURCE, ref=REF, over=POINTS, sharp=1, examples=pick(quick=120, full=1000))
def on_the_ellipsoid_the_energy_is_at_most_this(instance):
    r"""Where $V'=0$, $V\le\sigma r^2\beta^2/(\beta-1)$ for $\sigma\ge1$, $\beta\ge2$: all orbits end below it."""
    return instance.energy(), lorenz_largest_energy(*instance.constants)


@on_the_ellipsoid_the_energy_is_at_most_this.witness
def _():
    return Point(Fraction(28), Fraction(9), Fraction(2, 3), Fraction(-3, 5), Fraction(1))


@on_the_ellipsoid_the_energy_is_at_most_this.witness
def _():
    return Point(Fraction(7, 2), Fraction(1, 3), Fraction(1, 2), Fraction(-2, 3), Fraction(1))


@on_the_ellipsoid_the_energy_is_at_most_this.mutant("the level at the equilibria")
def _(instance):
    r, sigma, beta = instance.constants
    return instance.energy(), (sigma + r) * beta * (r - 1) + sigma * (r + 1) ** 2


@on_the_ellipsoid_the_energy_is_at_most_this.mutant("the level at z = 0, β = 2 always")
def _(instance):
    r, sigma, _ = instance.constants
    return instance.energy(), 4 * sigma * r * r
