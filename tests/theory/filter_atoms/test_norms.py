"""Norms of small convolutions and constants of the disk by other routes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.special import jn_zeros

from gronwall.theory import rigor
from gronwall.theory.filter_atoms import bessel, convolutions


@pytest.mark.parametrize("n", [2, 5, 9])
@pytest.mark.parametrize("k", [0, 1, 2, -1])
def test_a_window_overlaps_with_itself_as_its_closed_form_says(n, k):
    s = np.sin(np.pi * np.arange(1, n + 1) / (n + 1))
    shift = abs(k)
    overlap = (s[: n - shift] * s[shift:]).sum() / (s**2).sum() if shift < n else 0.0
    assert convolutions.window(k, n) == pytest.approx(overlap, abs=1e-13)


def test_the_norm_on_the_plane_is_above_fine_tori_and_near_them():
    rng = np.random.default_rng(0)
    for _ in range(6):
        w = [[Fraction(int(v), 3) for v in row] for row in rng.integers(-6, 7, (3, 3))]
        found = convolutions.plane_norm(w)
        torus = convolutions.torus_norm(np.array(w, dtype=float)[None, None], 400)
        assert torus <= rigor.upper(found)
        assert torus == pytest.approx(rigor.midpoint(found), rel=1e-3)
        assert rigor.radius(found) < 1e-7


def test_a_filter_with_one_tap_and_filters_along_a_line_end_at_once():
    none, one = Fraction(0), Fraction(1)
    alone = [[none, none, none], [none, -3 * one, none], [none, none, none]]
    assert rigor.midpoint(convolutions.plane_norm(alone)) == pytest.approx(3)
    aslant = [[one, none, none], [none, none, none], [none, none, -one]]
    assert rigor.midpoint(convolutions.plane_norm(aslant)) == pytest.approx(2)


def test_an_even_number_of_taps_is_refused():
    with pytest.raises(ValueError, match="odd number"):
        convolutions.taps(2)
    with pytest.raises(ValueError, match="two pixels"):
        convolutions.mirror(1)


def test_zeros_in_balls_are_the_zeros():
    for k in (1, 2, 7):
        assert rigor.midpoint(bessel.zero(k)) == pytest.approx(jn_zeros(0, k)[-1], abs=1e-12)


def test_atoms_of_the_disk_are_orthonormal():
    r, phi, w = bessel.quadrature()
    atoms = [bessel.atom(m, q, r, phi)[0] for m in range(3) for q in (1, 2, 3)]
    gram = np.array([[(w * a * b).sum() for a in atoms] for b in atoms])
    assert gram == pytest.approx(np.eye(9), abs=1e-10)
