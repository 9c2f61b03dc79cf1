"""The compiled solver on a field of its own, by two methods, against torchdiffeq and the exact solution."""

from __future__ import annotations

from fractions import Fraction as F
from typing import NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from torchdiffeq import odeint  # noqa: E402

from gronwall.theory.runge_kutta import Adaptive, Controller, butcher  # noqa: E402
from systems.solving.compiled import Asked, solver_of  # noqa: E402
from systems.solving.dopri5 import DOPRI5, in_floats  # noqa: E402
from systems.training.compiled import exact  # noqa: E402

BOGACKI_SHAMPINE = butcher("Bogacki–Shampine 3(2)", 3, """
    0   |
    1/2 | 1/2
    3/4 | 0    3/4
    1   | 2/9  1/3 4/9
        | 2/9  1/3 4/9 0
        | 7/24 1/4 1/3 1/8
""", embedded_order=2, source="Bogacki, Shampine 1989")  # fmt: skip


class Rates(NamedTuple):
    rates: np.ndarray
    wave: float


@exact
def right(t, y, given, out):
    for i in range(y.size):
        out[i] = np.cos(given.wave * t) - given.rates[i] * y[i] * abs(y[i])


found = solver_of(right)


@exact
def solved(y, given, asked):
    return found(given, y, np.array([y.size]), asked)


RATES, START = np.array([0.5, 2.0, 9.0]), np.array([1.0, -0.1, 2.0])


@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-9])
def test_states_and_counts_are_those_of_torchdiffeq(tol):
    calls, y = [], START.copy()
    count = solved(y, Rates(RATES, 3.0), Asked(0.25, 2.0, tol, 1000, DOPRI5))

    def field(t, z):
        calls.append(t)
        return torch.cos(3.0 * t) - torch.tensor(RATES) * z * z.abs()

    alone = odeint(field, torch.tensor(START), torch.tensor([0.25, 2.0]).double(), rtol=tol, atol=tol, method="dopri5")
    assert count == len(calls)
    assert np.allclose(y, alone[1].numpy(), rtol=0, atol=1e-12)


def test_another_method_is_asked_for_without_compiling_again():
    """Bogacki–Shampine 3(2), with the cubic Hermite value half way: fewer stages, more steps, the same solution."""
    middle = (F(1, 2) * F(2, 9) + F(1, 8), F(1, 6), F(2, 9), F(-1, 8))  # (y_0 + y_1)/2 + h (f_0 − f_1)/8
    method = in_floats(Adaptive(BOGACKI_SHAMPINE, middle, Controller(F(9, 10), F(1, 5), F(10), F(1, 3))))
    ends, counts = [], []
    for which in (DOPRI5, method):
        y = START.copy()
        counts.append(solved(y, Rates(RATES, 3.0), Asked(0.0, 1.0, 1e-9, 100_000, which)))
        ends.append(y)
    assert len(solved.signatures) == 1
    assert counts[1] > 4 * counts[0] > 0
    assert np.allclose(*ends, rtol=0, atol=1e-7)


def test_too_few_steps_and_a_solution_that_leaves_the_floats_are_told():
    y = START.copy()
    assert solved(y, Rates(RATES, 3.0), Asked(0.0, 1.0, 1e-9, 3, DOPRI5)) == -1
    assert solved(y, Rates(-RATES, 3.0), Asked(0.0, 9.0, 1e-6, 1000, DOPRI5)) == -1
