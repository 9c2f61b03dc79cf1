"""Constants of Fourier and Bessel's atoms on the disk: masses, moments, and the sum of Rayleigh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.filter_atoms.bessel import MASS, MOMENT, atom, most_radial, quadrature, rayleigh, zero

SOURCE, REF = "qiu2018", "Fourier–Bessel atoms"


@cache
def table(waves, zeros):
    """Values, both slopes and μ of all atoms up to so many waves and zeros, on the points of the rule."""
    r, phi, _ = quadrature()
    return [atom(m, q, r, phi) for m in range(waves + 1) for q in range(1, zeros + 1)]


@dataclass(frozen=True)
class Disk:
    """A filter Σ a_k ψ_k on the disk: coefficients from a seed, or those of 1 − r²."""

    seed: int
    waves: int
    zeros: int
    paraboloid: bool = False

    def coefficients(self):
        if self.paraboloid:  # of −Δ(1 − r²) = 4: a_k = 4 ∫ψ_k/μ_k
            weights = quadrature()[2]
            return np.array([4 * (weights * psi).sum() / mu for psi, *_, mu in table(self.waves, self.zeros)])
        return np.random.default_rng(self.seed).normal(size=(self.waves + 1) * self.zeros)

    def sums(self):
        """∫|F|, ∫|v||∇F| and ‖a‖_FB."""
        r, _, w = quadrature()
        a, atoms = self.coefficients(), table(self.waves, self.zeros)
        F, along, around = (sum(c * one[k] for c, one in zip(a, atoms, strict=True)) for k in range(3))
        size = np.sqrt(sum(c * c * one[3] for c, one in zip(a, atoms, strict=True)))
        return float((w * abs(F)).sum()), float((w * r * np.hypot(along, around)).sum()), float(size)


DISKS = st.builds(Disk, st.integers(0, 10**6), st.integers(0, 3), st.integers(1, 4), st.just(False))
PARABOLOID = Disk(0, 0, 14, True)


@bound(source=SOURCE, ref=REF, over=DISKS, sharp=0.999, examples=pick(quick=40, full=400))
def filters_on_the_disk_have_this_mass(instance):
    r"""$\|F\|_1\le\sqrt{\pi/8}\,\|a\|_{FB}=0.627\,\|a\|_{FB}$, attained by $F=1-r^2$.

    $\int|F|=\int\nabla|F|\cdot\nabla u\le\|\nabla F\|\|\nabla u\|$ with $-\Delta u=1$; recalled with $\pi$ in its place.
    """  # noqa: E501
    found, _, size = instance.sums()
    return found, MASS * size


@filters_on_the_disk_have_this_mass.witness
def _():
    return PARABOLOID


@filters_on_the_disk_have_this_mass.mutant("the constant of a single radial atom, (4π)^½/j₀₁²")
def _(instance):
    found, _, size = instance.sums()
    return found, np.sqrt(4 * np.pi) / 2.404825557695773**2 * size


@bound(source=SOURCE, ref=REF, over=DISKS, sharp=0.999, examples=pick(quick=40, full=400))
def filters_on_the_disk_have_this_moment(instance):
    r"""$\int|v||\nabla F|\le\sqrt{\pi/2}\,\|a\|_{FB}=1.253\,\|a\|_{FB}$, attained by $F=1-r^2$: slopes in proportion to $|v|$."""  # noqa: E501
    _, found, size = instance.sums()
    return found, MOMENT * size


@filters_on_the_disk_have_this_moment.witness
def _():
    return PARABOLOID


@filters_on_the_disk_have_this_moment.mutant("with the mean of |v| over the disk: √(4π/9)")
def _(instance):
    _, found, size = instance.sums()
    return found, np.sqrt(4 * np.pi / 9) * size


def attained(K):
    """max ∫F/‖a‖_FB over K radial atoms, by quadrature: the length of (∫ψ_k/μ_k^½)."""
    _, _, w = quadrature()
    return float(np.linalg.norm([(w * psi).sum() / np.sqrt(mu) for psi, *_, mu in table(0, K)]))


@identity(source=SOURCE, ref=REF, cases={str(K): K for K in (1, 2, 3, 5)}, tol=1e-10, why="quadrature of 40 nodes")
def so_many_radial_atoms_have_this_integral(case):
    r"""Over $K$ radial atoms $\max\int F/\|a\|_{FB}=(4\pi\sum_{k\le K}j_{0k}^{-4})^{1/2}$: 0.613 for one, towards $\sqrt{\pi/8}$."""  # noqa: E501
    return attained(case), rigor.midpoint(most_radial(case))


@so_many_radial_atoms_have_this_integral.mutant("√(π/8) for any number")
def _(case):
    return attained(case), MASS


@so_many_radial_atoms_have_this_integral.mutant("√π/j₀₁, by Poincaré's inequality")
def _(case):
    return attained(case), np.sqrt(np.pi) / rigor.midpoint(zero(1))


@identity(source=SOURCE, ref=REF, tol=1e-8, why="forty zeros of a Bessel function and a tail between two integrals")
def zeros_of_bessel_add_up():
    r"""$\sum_kj_{0k}^{-4}=\frac1{32}$ (Rayleigh): so $(4\pi\sum_kj_{0k}^{-4})^{1/2}=\sqrt{\pi/8}$; enclosed."""
    return rayleigh(40), rigor.ball(sp.Rational(1, 32))


@zeros_of_bessel_add_up.mutant("without the tail")
def _():
    return sum((1 / zero(k) ** 4 for k in range(1, 41)), rigor.ball(0)), rigor.ball(sp.Rational(1, 32))


@zeros_of_bessel_add_up.mutant("the sum of the inverse squares")
def _():
    return sum((1 / zero(k) ** 2 for k in range(1, 41)), rigor.ball(0)), rigor.ball(sp.Rational(1, 32))
