"""What Hamiltonian and dissipative Hamiltonian fields miss of a body with drag."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.domains import rationals
from gronwall.theory import rigor
from gronwall.theory.floating_bodies.reach import (
    dissipative_distance,
    hamiltonian_distance,
    rotating_drag,
    structured,
    torsion_doubly,
    torsion_singly,
    unreachable,
)

SOURCE, REF = "zhang2025", "Structures"


@dataclass(frozen=True)
class Box:
    """Half the sides of a box of places and velocities, the rate of a linear drag, and a degree of Hamiltonians."""

    sides: tuple[Fraction, Fraction]
    k: Fraction
    degree: int

    def sizes(self):
        return tuple(float(side) for side in self.sides)


def positive(low, high):
    return rationals(low, high, 8)


BOXES = st.builds(
    Box, st.tuples(positive("1/2", "3"), positive("1/2", "3")), positive("1/8", "2"), st.sampled_from([2, 4, 6, 8])
)


@bound(source=SOURCE, ref=REF, over=BOXES, sharp=0.998, examples=pick(quick=30, full=200))
def no_hamiltonian_field_comes_nearer(instance):
    r"""$\|f-J\nabla H\|^2\ge k^2\sum_{n\ \mathrm{odd}}\prod_i\frac{8}{\pi^2n_i^2}\big/\sum_i(\frac{n_i\pi}{2L_i})^2$ for a drag of rate $k$.

    In the mean square over a box of places and velocities, f = (v, −kv); attained in one degree of freedom, by the
    best polynomial Hamiltonians as their degree grows.
    """  # noqa: E501
    return unreachable(float(instance.k), instance.sizes()), hamiltonian_distance(
        float(instance.k), instance.sizes(), instance.degree
    )


@no_hamiltonian_field_comes_nearer.witness
def _():
    return Box((Fraction(5, 2), Fraction(9, 10)), Fraction(2, 5), 10)


@no_hamiltonian_field_comes_nearer.mutant("by the size of the divergence itself")
def _(instance):
    return float(instance.k), hamiltonian_distance(float(instance.k), instance.sizes(), instance.degree)


@no_hamiltonian_field_comes_nearer.mutant("with whole sides for half ones")
def _(instance):
    whole = tuple(2 * side for side in instance.sizes())
    return unreachable(float(instance.k), whole), hamiltonian_distance(
        float(instance.k), instance.sizes(), instance.degree
    )


@identity(source=SOURCE, ref=REF, over=st.tuples(positive("1/2", "3"), positive("1/2", "3")), tol=1e-6,
          why="a double series of 60 x 60 terms with what is left", examples=pick(quick=10, full=60))  # fmt: skip
def in_the_plane_the_bound_is_the_torsion_of_a_rectangle(instance):
    r"""$\sum_{n,m\ \mathrm{odd}}\frac{64}{\pi^4n^2m^2}\big/\sum_i(\frac{n_i\pi}{2L_i})^2=\frac{L_1^2}3\big(1-\frac{192L_1}{\pi^5L_2}\sum\frac{\tanh(n\pi L_2/2L_1)}{n^5}\big)$.

    Saint-Venant's series for the mean of w, −Δw = 1, against the double one that the bound has; enclosed.
    """  # noqa: E501
    return torsion_doubly(instance, 121), torsion_singly(instance, 61)


@in_the_plane_the_bound_is_the_torsion_of_a_rectangle.mutant("its first term, one cosine")
def _(instance):
    first, second = map(rigor.ball, instance)
    return 256 / rigor.pi() ** 6 / (1 / first**2 + 1 / second**2), torsion_singly(instance, 61)


@in_the_plane_the_bound_is_the_torsion_of_a_rectangle.mutant("of a long strip, L₁²/3")
def _(instance):
    return torsion_doubly(instance, 121), rigor.ball(instance[0]) ** 2 / 3


# ---------------------------------------------------------------- with dissipation


RATES = st.tuples(positive("1/8", "3"), positive("1/8", "3"))


def residual(k, omega):
    """How far the Jacobian of a body in a rotation is from all J S₁ + S₂, by least squares."""
    basis, target = structured(2).T, rotating_drag(k, omega).ravel()
    best = np.linalg.lstsq(basis, target, rcond=None)[0]
    return float(np.linalg.norm(basis @ best - target))


@identity(source=SOURCE, ref=REF, over=RATES, tol=1e-12, why="least squares of sixteen numbers",
          examples=pick(quick=40, full=300))  # fmt: skip
def drag_in_a_rotation_is_out_of_reach_of_dissipative_hamiltonians(instance):
    r"""The linear field of a drag $k$ in a rotation $\Omega$ is $k\Omega$ away from every $J\nabla H+\nabla D$, by Frobenius."""  # noqa: E501
    k, omega = map(float, instance)
    return residual(k, omega), k * omega


@drag_in_a_rotation_is_out_of_reach_of_dissipative_hamiltonians.mutant("in still water as well")
def _(instance):
    k, omega = map(float, instance)
    return residual(k, 0.0), k * omega


@drag_in_a_rotation_is_out_of_reach_of_dissipative_hamiltonians.mutant("by the whole curl, 2kΩ")
def _(instance):
    k, omega = map(float, instance)
    return residual(k, omega), 2 * k * omega


@dataclass(frozen=True)
class Rotation:
    """Half the sides of a box of places and velocities, the rate of a drag in a rotation, and a degree."""

    sides: tuple[Fraction, Fraction, Fraction, Fraction]
    k: Fraction
    omega: Fraction
    degree: int

    def least(self, rate):
        """What no dissipative Hamiltonian field comes below, for a curl of this rate."""
        return unreachable(float(rate), tuple(map(float, self.sides)), modes=8)

    def distance(self):
        return dissipative_distance(float(self.k), float(self.omega), tuple(map(float, self.sides)), self.degree)


SIDES = st.tuples(*[positive("1/2", "3")] * 4)
ROTATIONS = st.builds(Rotation, SIDES, positive("1/8", "2"), positive("1/8", "1"), st.sampled_from([2, 4]))


@bound(source=SOURCE, ref=REF, over=ROTATIONS, sharp=0.99, examples=pick(quick=12, full=100))
def no_dissipative_hamiltonian_field_comes_nearer(instance):
    r"""$\|f-J\nabla H-\nabla D\|^2\ge(2k\Omega)^2\sum_{n\ \mathrm{odd}}\prod_i\frac8{\pi^2n_i^2}\big/\sum_i(\frac{n_i\pi}{2L_i})^2$ over a box.

    For a drag k in a rotation Ω, in the mean square over places and velocities: curl_x g_v + curl_v g_x vanishes for these
    fields and is 2kΩ for f.  Attained by $f-g=(\nabla_v^\perp w,\nabla_x^\perp w)$, $-\Delta w=2k\Omega$: so polynomials
    come as near as one likes.
    """  # noqa: E501
    return instance.least(2 * instance.k * instance.omega), instance.distance()


@no_dissipative_hamiltonian_field_comes_nearer.witness
def _():
    return Rotation((Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3, 2)), Fraction(2, 5), Fraction(1, 5), 6)


@no_dissipative_hamiltonian_field_comes_nearer.mutant("by the whole drag: k for the curl")
def _(instance):
    return instance.least(instance.k), instance.distance()


@no_dissipative_hamiltonian_field_comes_nearer.mutant("the distance of Jacobians, kΩ, whatever the box")
def _(instance):
    return float(instance.k * instance.omega), instance.distance()


@no_dissipative_hamiltonian_field_comes_nearer.mutant("in still water as well")
def _(instance):
    still = dissipative_distance(float(instance.k), 0.0, tuple(map(float, instance.sides)), instance.degree)
    return instance.least(2 * instance.k * instance.omega), still


@identity(source=SOURCE, ref=REF, cases=["one", "two", "three"])
def jacobians_of_dissipative_hamiltonians_are_so_many(case):
    r"""$JS_1+S_2$ with symmetric $S_i$ is a space of $n(3n+1)$ of $(2n)^2$ dimensions: 4 of 4, 14 of 16, 30 of 36."""
    n = ["one", "two", "three"].index(case) + 1
    return int(np.linalg.matrix_rank(structured(n))), n * (3 * n + 1)


@jacobians_of_dissipative_hamiltonians_are_so_many.mutant("as many as Hamiltonian ones, n(2n + 1)")
def _(case):
    n = ["one", "two", "three"].index(case) + 1
    return int(np.linalg.matrix_rank(structured(n))), n * (2 * n + 1)


# ---------------------------------------------------------------- masses and axes

x, y, mx, my = sp.symbols("x y m_x m_y", positive=True)
V = sp.Poly(
    sum(
        c * x**i * y**j
        for (i, j), c in zip([(2, 0), (1, 1), (0, 2), (2, 1), (1, 3), (3, 3)], sp.symbols("c1:7"), strict=True)
    ),
    x,
    y,
).as_expr()


def curl_of_acceleration(potential=V, masses=(mx, my)):
    """∂a_x/∂y − ∂a_y/∂x of m_i v_i' = −∂_i V."""
    return (-potential.diff(x) / masses[0]).diff(y) - (-potential.diff(y) / masses[1]).diff(x)


@identity(source=SOURCE, ref=REF)
def places_and_velocities_are_canonical_for_one_mass_alone():
    r"""$\partial_ya_x-\partial_xa_y=V_{xy}(\frac1{m_y}-\frac1{m_x})$: an HNN in $(x,v)$ needs one mass, or $V_{xy}=0$.

    A Hamiltonian with x' = v has a(x) without curl; with momenta p = Mv there is no such condition.
    """
    return curl_of_acceleration(), V.diff(x, y) * (1 / my - 1 / mx)


@places_and_velocities_are_canonical_for_one_mass_alone.mutant("for any masses")
def _():
    return curl_of_acceleration(), sp.Integer(0)


@places_and_velocities_are_canonical_for_one_mass_alone.mutant("the other sign")
def _():
    return curl_of_acceleration(), V.diff(x, y) * (1 / mx - 1 / my)
