"""The rate of contraction in balls against values that floats meet."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gronwall.theory import rigor
from gronwall.theory.floating_bodies.contraction import Network, contraction_over, rates_over
from systems.floating_bodies.models import drawn, rates_of


@pytest.fixture
def parameters():
    return drawn("FHNN", [np.random.default_rng(3)])


def own(parameters):
    return [q[0].numpy() for q in parameters[6:]]


def test_rates_and_slopes_in_balls_are_those_of_floats(parameters):
    rates, steep = rates_over(Network(own(parameters)), rigor.dyadic(1.25), rigor.dyadic(0.5))
    x = torch.tensor([[[1.25, 0.0]]], dtype=torch.float64)
    s = torch.tensor([[0.5]], dtype=torch.float64)
    value, slope = torch.func.jvp(lambda t: rates_of(parameters, x, t)[0], (s,), (torch.ones_like(s),))
    assert [rigor.midpoint(b) for b in rates] == pytest.approx(value[0, 0].tolist(), rel=1e-12)
    assert [rigor.midpoint(b) for b in steep] == pytest.approx(slope[0, 0].tolist(), rel=1e-10)


def test_no_state_of_the_box_contracts_less(parameters):
    shown, seen = contraction_over(own(parameters), 2.0, (0.05, 1.0))
    rng = np.random.default_rng(0)
    for _ in range(40):
        r, s = rng.uniform(0, 2), rng.uniform(0.05, 1)
        rates, steep = rates_over(Network(own(parameters)), rigor.dyadic(r), rigor.dyadic(s))
        least = sum(map(rigor.midpoint, rates)) + s * min(map(rigor.midpoint, steep))
        assert shown <= least
    assert 0.9 * seen <= shown <= seen


def test_where_a_cap_is_reached_the_slope_is_nothing():
    flat = [
        np.zeros((2, 3)),
        np.zeros((1, 3)),
        np.zeros((3, 3)),
        np.zeros((1, 3)),
        np.zeros((3, 4)),
        np.full((1, 4), 99.0),
    ]
    rates, steep = rates_over(Network(flat), rigor.ball(1), rigor.ball(1))
    assert rigor.midpoint(rates[0]) == pytest.approx((500 * 2 * 1 + 10) / 160)
    assert rigor.midpoint(steep[0]) == pytest.approx(500 * 2 / 160)
