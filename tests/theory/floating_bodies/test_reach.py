"""Distances from structured fields: known constants, and fields that are of the structure."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gronwall.theory import rigor
from gronwall.theory.floating_bodies.reach import (
    dissipative_distance,
    hamiltonian_distance,
    torsion_doubly,
    torsion_singly,
    unreachable,
)


def test_the_torsion_of_a_square_is_the_one_in_the_tables():
    for found in (torsion_singly((1, 1), 41), torsion_doubly((1, 1), 41)):
        assert rigor.midpoint(found) == pytest.approx(0.140577, abs=1e-5)
    sides = (Fraction(1, 2), Fraction(3))
    assert rigor.midpoint(torsion_singly(sides, 41)) == pytest.approx(unreachable(1.0, (0.5, 3.0), 200) ** 2, rel=1e-6)


def test_the_longer_side_may_come_first():
    a, b = torsion_singly((2, Fraction(1, 2)), 81), torsion_singly((Fraction(1, 2), 2), 81)
    assert rigor.midpoint(a) == pytest.approx(rigor.midpoint(b), rel=1e-5)


def test_without_drag_and_without_rotation_nothing_is_missed():
    assert hamiltonian_distance(0.0, (1.0, 2.0), 4) == pytest.approx(0, abs=1e-12)
    assert dissipative_distance(0.7, 0.0, (1.0, 1.0, 0.5, 0.5), 2) == pytest.approx(0, abs=1e-12)
    assert dissipative_distance(0.7, 0.3, (1.0, 1.0, 0.5, 0.5), 2) > 0.05


def test_distances_fall_with_the_degree_towards_the_bound():
    sides = (1.0, 1.0, 1.0, 1.0)
    found = [dissipative_distance(0.4, 0.2, sides, degree) for degree in (2, 4)]
    least = unreachable(2 * 0.4 * 0.2, sides, 8)
    assert found[0] > found[1] > least
    assert np.isclose(found[0], 0.4 * 0.2 / np.sqrt(3))  # of linear fields: kΩ times the deviation of a side
