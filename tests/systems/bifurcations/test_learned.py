"""Learned fields in floats and in balls: derivatives, equilibria and Hopf points that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from gronwall.theory import rigor
from gronwall.theory.bifurcations.boundary import coexistence
from systems.bifurcations import diagrams
from systems.bifurcations.data import SYSTEMS, Scaling, blocks_of, scaling, series
from systems.bifurcations.enclosed import hopf_normal_form, jets, proved_hopf
from systems.bifurcations.kernels import AFFINE, AXES, PLAIN, net
from systems.bifurcations.learned import Learned
from systems.bifurcations.training import boundary, rollout_error

UNITS = Scaling(np.array([1.0, -2.0]), np.array([2.0, 0.5]), (0.3, 0.1))
PLAIN_UNITS = Scaling(np.zeros(2), np.ones(2), (0.0, 1.0))


def drawn(head=PLAIN, units=PLAIN_UNITS, seed=0, size=0.5):
    made = net(2, 5, 2, head)
    return Learned(np.random.default_rng(seed).normal(0, size, made.parameters), made, units)


@pytest.mark.parametrize("head", [PLAIN, AFFINE, AXES])
def test_derivatives_are_those_of_the_values_and_orbits_follow_the_field(head):
    field, u = drawn(head, UNITS), np.array([0.4, -1.7])
    f, J, by_parameter = field.with_slopes(u, 0.35)
    for i in range(2):
        assert J[i] == pytest.approx(approx_fprime(u, lambda v, i=i: field.f(v, 0.35)[i], 1e-7), abs=1e-5)
        assert by_parameter[i] == pytest.approx(
            approx_fprime([0.35], lambda p, i=i: field.f(u, float(p[0]))[i], 1e-7)[0], abs=1e-5
        )
    step = 1e-4
    moved = field.orbits(u[None], np.array([0.35]), step, 1, 1)[0, 0]
    assert (moved - u) / step == pytest.approx(f, abs=1e-3)


class Turning(Learned):
    """x' = αx − y − x(x² + y²), y' = x + αy − y(x² + y²) about (1/3, 1/2), α less 0.65: a Hopf point at 0.65."""

    def with_slopes(self, u, parameter):
        x, y = np.asarray(u) - [1 / 3, 0.5]
        a, r2 = parameter - 0.65, x * x + y * y
        f = np.array([a * x - y - x * r2, x + a * y - y * r2])
        J = np.array([[a - r2 - 2 * x * x, -1 - 2 * x * y], [1 - 2 * x * y, a - r2 - 2 * y * y]])
        return f, J, np.array([x, y])


def test_a_hopf_point_is_found_where_it_is_and_none_where_none_is():
    field = Turning(np.zeros(0), net(2, 5, 2), PLAIN_UNITS)
    at, where = field.hopf(np.array([0.3, 0.45]), 0.6, 0.7)
    assert at == pytest.approx(0.65, abs=1e-8)
    assert where == pytest.approx([1 / 3, 0.5], abs=1e-8)
    assert field.hopf(np.array([0.3, 0.45]), 0.66, 0.7) is None
    assert field.equilibrium(np.array([0.2, 0.6]), 0.62) == pytest.approx([1 / 3, 0.5])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_jets_are_derivatives_in_balls(order):
    field, at = drawn(), [0.3, 0.6, 0.65]
    found = jets(field, [rigor.dyadic(value) for value in at], order)
    u, alpha = np.array(at[:2]), at[2]
    f, J, by_parameter = field.with_slopes(u, alpha)
    for i, component in enumerate(found):
        assert rigor.midpoint(component[()]) == pytest.approx(f[i], abs=1e-12)
        slopes = [rigor.midpoint(component[(k,)]) for k in range(3)]
        assert slopes == pytest.approx([*J[i], by_parameter[i]], abs=1e-12)
    h = 1e-4
    for k in range(3) if order > 1 else ():
        moved = [np.array(at) + sign * h * (np.arange(3) == k) for sign in (1, -1)]
        ahead, behind = (jets(field, [rigor.dyadic(float(v)) for v in one], order - 1) for one in moved)
        for i, component in enumerate(found):
            for index in ahead[i]:
                difference = (rigor.midpoint(ahead[i][index]) - rigor.midpoint(behind[i][index])) / (2 * h)
                assert rigor.midpoint(component[tuple(sorted((*index, k)))]) == pytest.approx(difference, abs=1e-5)


def test_jets_of_other_heads_or_units_are_refused():
    with pytest.raises(ValueError, match="plain head"):
        jets(drawn(AXES), [rigor.ball(0)] * 3, 1)
    with pytest.raises(ValueError, match="not normalised"):
        jets(drawn(PLAIN, UNITS), [rigor.ball(0)] * 3, 1)


def test_nothing_is_proved_where_nothing_is():
    with rigor.precision(96), pytest.raises(ArithmeticError):
        proved_hopf(drawn(), [0.3, 0.6, 0.65])
    with rigor.precision(96), pytest.raises(ArithmeticError, match="not certainly positive"):
        hopf_normal_form(drawn(seed=3), [rigor.dyadic(v) for v in (0.1, 0.2, 0.3)])


# ---------------------------------------------------------------- data and diagrams


def test_series_have_the_lengths_and_units_of_the_authors():
    for name, blocks in (("lorenz", 80), ("rossler", 55), ("predator_prey", 50)):
        system = SYSTEMS[name]
        data, values = blocks_of(name, system.parameters)
        assert data.shape == (system.block, blocks, len(system.starts[0]))
        assert values.shape == (blocks,)
    lorenz = scaling("lorenz")
    assert lorenz.mean == pytest.approx([0, 0, 10.2030], abs=1e-3)
    assert lorenz.deviation == pytest.approx([5.3902, 5.6983, 6.1688], abs=1e-3)
    assert lorenz.parameter == pytest.approx((12.5, 5.18875), abs=1e-4)
    assert scaling("rossler").parameter == pytest.approx((5.05, 0.302765), abs=1e-5)
    first = series("predator_prey", (0.62,))[0]
    assert first[0].tolist() == [1.0, 0.01]
    assert first[-1] == pytest.approx(coexistence(0.62), abs=1e-2)


def test_the_grid_of_the_boundary_loss_is_that_of_the_authors():
    z, alphas, across = boundary()
    assert z.shape == (630, 2)
    assert sorted({round(float(a), 2) for a in alphas}) == [round(0.58 + 0.02 * k, 2) for k in range(15)]
    assert all(z[b, across[b]] == 0 for b in range(630))
    assert {float(v) for v in z[:315, 1]} == {float(v) for v in np.linspace(0, 2, 21)}


class TrueField(Learned):
    """The true predator–prey field in the place of a learned one."""

    def orbits(self, starts, parameters, step, every, points):
        return diagrams.true_orbits("predator_prey")(starts, parameters, step, every, points)


def test_the_true_field_has_no_error_in_the_pipeline():
    true = TrueField(np.zeros(0), net(2, 5, 2), PLAIN_UNITS)
    assert rollout_error(true, "predator_prey", (0.62, 0.64)) < 2e-4
    alphas = np.array([0.62, 0.69, 0.74])
    ends = diagrams.predator_prey_ends(true.orbits, alphas)
    assert ends[:, 0] == pytest.approx([1 / 3, 1 / 3], abs=1e-5)
    assert ends[:, 1] == pytest.approx([0.18757, 0.53833], abs=2e-3)
    assert ends[:, 2] == pytest.approx([0, 0], abs=1e-9)
    assert diagrams.extinction(ends, alphas) == 0.74
    assert diagrams.apart(ends, ends) == 0
    assert diagrams.apart(np.full_like(ends, np.nan), ends) == 1.0
    assert diagrams.apart(ends + 0.1, ends) == pytest.approx(0.1)
