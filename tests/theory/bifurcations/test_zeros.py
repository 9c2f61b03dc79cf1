"""Proved zeros are proved, and what cannot be proved is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp
from gronwall.theory.bifurcations.boundary import boundary_fold
from gronwall.theory.bifurcations.trapping import lorenz_energy, lorenz_energy_change, lorenz_largest_energy
from gronwall.theory.bifurcations.zeros import bisected, proved_zero


def root(guess, radius):
    return proved_zero(lambda at: [at[0] * at[0] - 2], lambda at: [[2 * at[0]]], [guess], radius)


def test_a_simple_zero_is_proved_and_small():
    with rigor.precision(100):
        (found,) = root(1.4, Fraction(1, 10))
        assert rigor.contains(found, rigor.root(rigor.ball(2)))
        assert rigor.radius(found) < 1e-25


@pytest.mark.parametrize(("guess", "radius"), [(1.4, Fraction(2)), (1.4, Fraction(1, 1000)), (0.3, Fraction(1, 10))])
def test_what_is_too_wide_too_narrow_or_elsewhere_is_refused(guess, radius):
    with pytest.raises(ArithmeticError, match="no proof of one zero"):
        root(guess, radius)


def test_a_double_zero_is_refused():
    with pytest.raises((ArithmeticError, ValueError)):
        proved_zero(lambda at: [at[0] * at[0]], lambda at: [[2 * at[0]]], [1e-9], Fraction(1, 10))


def test_two_unknowns_are_proved_together():
    with rigor.precision(100):
        x, alpha = boundary_fold()
        assert rigor.midpoint(x) == pytest.approx(0.411161561, abs=1e-9)
        assert rigor.midpoint(alpha) == pytest.approx(0.832929322, abs=1e-9)
        assert rigor.radius(x) < 1e-20


def test_bisection_keeps_the_zero_and_refuses_what_has_no_certain_sign():
    with rigor.precision(100):
        found = bisected(lambda x: exp(x) - 2, Fraction(0), Fraction(1), 60)
        assert rigor.contains(found, rigor.ball(2).log())
        assert rigor.radius(found) < 1e-18
    with pytest.raises(ArithmeticError, match="no change of sign"):
        bisected(lambda x: x + 1, Fraction(0), Fraction(1), 5)
    with pytest.raises(ArithmeticError, match="not certain"):
        bisected(lambda x: x - x, Fraction(0), Fraction(1), 5)


def test_the_energy_of_lorenz_by_hand():
    assert lorenz_energy((1, 2, 3), 28, 10) == 28 + 40 + 10 * 53**2
    assert lorenz_energy_change((1, 2, 3), 28, 10, Fraction(8, 3)) == -20 * (28 + 4 + Fraction(8, 3) * (625 - 784))
    assert lorenz_largest_energy(28, 10, Fraction(8, 3)) == 10 * 784 * Fraction(64, 15)
