"""The window of Savitzky and Golay."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import savgol_coeffs

from gronwall.theory.pathways.smoothing import (
    derivative_bias,
    derivative_gain,
    derivative_weights,
    integrated_error,
    window_fit,
)


@pytest.mark.parametrize("m", [1, 3, 5])
def test_weights_are_those_of_scipy(m):
    theirs = savgol_coeffs(2 * m + 1, 2, deriv=1, use="dot")
    assert np.array(derivative_weights(m), dtype=float) == pytest.approx(theirs, abs=1e-14)
    assert np.array(window_fit(m, 2, 0), dtype=float) == pytest.approx(
        savgol_coeffs(2 * m + 1, 2, use="dot"), abs=1e-14
    )


def test_seven_samples():
    assert derivative_weights(3) == [Fraction(j, 28) for j in range(-3, 4)]
    assert window_fit(3, 3, 0) == [Fraction(n, 21) for n in (-2, 3, 6, 7, 6, 3, -2)]
    assert derivative_bias(3, 1, 6) == 7  # of t³: 154/22 = 7 where it is 0, 154 where it is 147
    assert float(derivative_gain(3)) == pytest.approx(0.18898, abs=1e-5)
    assert integrated_error(0.5, 3, 2.0, 3.0) == pytest.approx(7 / 6 * 0.25 * 2 * 3)
