"""Stability functions, adjoint schemes, symmetry."""

import numpy as np
import pytest
import sympy as sp
import torch

from gronwall.theory import rigor
from gronwall.theory import runge_kutta as rk

ALL = pytest.mark.parametrize("tableau", rk.SCHEMES.values(), ids=rk.SCHEMES.keys())


def wide(value):
    """An exact value as a ball at 200 bits, so that an enclosure of it at 53 bits can contain it."""
    with rigor.precision(200):
        return rigor.ball(value)


@ALL
def test_the_stability_function_matches_exp_exactly_to_the_order(tableau):
    R = rk.stability_function(tableau)
    difference = sp.series(R - sp.exp(rk.Z), rk.Z, 0, tableau.order + 1).removeO()
    assert sp.nsimplify(sp.expand(difference)) == 0


@ALL
def test_the_stability_function_is_the_neumann_series_of_the_tableau(tableau):
    # Second route: R(z) = 1 + Σ z^(k+1) bᵀA^k 1, in exact numbers.
    A, b, v = sp.Matrix(tableau.A), sp.Matrix([tableau.b]), sp.ones(tableau.stages, 1)
    series = sp.Integer(1)
    for k in range(tableau.stages + 2):
        series += rk.Z ** (k + 1) * (b * v)[0]
        v = (A * v).applyfunc(sp.expand)
    top = tableau.stages + 2
    rational = sp.series(rk.stability_function(tableau), rk.Z, 0, top).removeO()
    truncated = sum(series.coeff(rk.Z, k) * rk.Z**k for k in range(top))
    assert sp.expand(rational - truncated) == 0


def test_radau_is_l_stable_and_gauss_keeps_the_imaginary_axis():
    for tableau in (rk.IMPLICIT_EULER, rk.RADAU3, rk.RADAU5):
        assert sp.limit(rk.stability_function(tableau), rk.Z, -sp.oo) == 0
    y = np.linspace(-50, 50, 101)
    for tableau in (rk.IMPLICIT_MIDPOINT, rk.TRAPEZOID, rk.GAUSS4):
        assert np.allclose(np.abs(rk.amplification(tableau, 1j * y)), 1, rtol=1e-13)


def test_the_amplification_is_one_function_in_four_arithmetics():
    for tableau in rk.SCHEMES.values():
        value = rk.amplification(tableau, sp.Rational(-3, 4))
        assert rk.amplification(tableau, rigor.ball("-3/4")).contains(wide(value))
        assert abs(rk.amplification(tableau, -0.75) - float(value)) < 1e-15
        z = torch.tensor([-0.75], dtype=torch.float64)
        assert abs(float(rk.amplification(tableau, z)) - float(value)) < 1e-15


def test_the_adjoint_of_explicit_euler_is_implicit_euler_and_adjoining_twice_gives_it_back():
    assert rk.reflected(rk.EULER).A == rk.IMPLICIT_EULER.A
    for tableau in rk.SCHEMES.values():
        twice = rk.reflected(rk.reflected(tableau))
        assert (twice.A, twice.b, twice.c) == (tableau.A, tableau.b, tableau.c)
        assert rk.algebraic_order(rk.reflected(tableau)) == tableau.order


def test_the_stability_functions_of_a_scheme_and_its_adjoint_are_reciprocal():
    for tableau in (rk.EULER, rk.HEUN, rk.RK4, rk.RADAU3, rk.GAUSS4):
        R, S = rk.stability_function(tableau), rk.stability_function(rk.reflected(tableau))
        assert sp.simplify(S * R.subs(rk.Z, -rk.Z) - 1) == 0


def test_symmetric_and_symplectic_schemes_are_the_known_ones():
    symmetric = {name for name, tableau in rk.SCHEMES.items() if rk.is_symmetric(tableau)}
    symplectic = {name for name, tableau in rk.SCHEMES.items() if rk.is_symplectic(tableau)}
    assert symmetric == {"implicit_midpoint", "trapezoid", "gauss4"}
    assert symplectic == {"implicit_midpoint", "gauss4"}
