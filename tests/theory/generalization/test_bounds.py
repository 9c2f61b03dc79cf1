"""Generalization bounds: each formula against a second route to the same quantity."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.stats import binom

from gronwall.theory import rigor
from gronwall.theory.generalization.after_training import adapted, coded_bound, table_row
from gronwall.theory.generalization.bounds import (
    Terms,
    chained_bound,
    chained_smoothness,
    confidence_width,
    derivations,
    displacement,
    network_growth,
    network_lipschitz,
    neural_ode_bound,
    ode_bound,
    parameter_lipschitz,
    perturbation,
    resnet_bound,
    sample_gap_quantile,
    smoothness_coefficient,
    uniform_bound,
)
from gronwall.theory.generalization.covering import cover_log
from gronwall.theory.generalization.earlier import bartlett_type, golowich_type
from gronwall.theory.generalization.recalled import recalled_network, recalled_neural_ode, recalled_ode

NETWORK = {"delta": 0.05, "d": 2, "R_W": 1.0, "K_W": 1.0, "K_sigma": 1.0, "K_loss": 1.0, "R_X": 1.0, "R_Y": 1.0}
FLOW = {"delta": 0.05, "m": 3, "R": 0.5, "K": 2.0, "K_f": 1.5, "M": 0.7, "K_loss": 1.0, "R_X": 1.0, "R_Y": 1.0}


# ---------------------------------------------------------------- flows and networks


def test_the_constants_of_a_flow_dominate_what_random_flows_show():
    rng = np.random.default_rng(0)
    for _ in range(20):
        V, W, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 2)), rng.normal(size=3)
        K_f = max(np.linalg.norm(V[:, i]) * np.linalg.norm(W[i]) for i in range(3))
        x, one, two = rng.normal(size=2), rng.uniform(-1, 1, 3), rng.uniform(-1, 1, 3)
        M = max(np.linalg.norm(V[:, i] * np.tanh(W[i] @ x + b[i])) for i in range(3))

        def end(theta, V=V, W=W, b=b, x=x):
            flow = solve_ivp(lambda t, h: V @ (theta * np.tanh(W @ h + b)), (0, 1), x, rtol=1e-10, atol=1e-12)
            return flow.y[:, -1]

        R = max(np.abs(one).sum(), np.abs(two).sum())
        assert np.linalg.norm(end(one) - x) <= displacement(R, K_f, M)
        assert np.linalg.norm(end(one) - end(two)) <= parameter_lipschitz(R, K_f, M) * np.abs(one - two).sum()


def test_the_displacement_has_its_limit_without_a_lipschitz_constant():
    assert displacement(2.0, 0.0, 3.0) == 6
    assert displacement(2.0, 1e-9, 3.0) == pytest.approx(6)


def test_the_network_constants_are_their_closed_forms_and_tend_to_the_exponential():
    R, L = Fraction(3, 2), 7
    assert network_growth(R, 1, L) == (1 + R / L) ** L
    assert network_lipschitz(R, 1, Fraction(2), L) == 2 * (1 + R / L) ** (L - 1)
    assert network_lipschitz(1.5, 1.0, 2.0, 10**6) == pytest.approx(network_lipschitz(1.5, 1.0, 2.0), rel=1e-5)
    assert network_growth(1.5, 1.0, 10**6) == pytest.approx(network_growth(1.5, 1.0), rel=1e-5)


def test_the_perturbation_with_worst_case_norms_is_the_lipschitz_constant():
    R, L, gap = Fraction(2), 5, Fraction(1, 10)
    states = [(1 + R / L) ** k for k in range(L)]
    assert perturbation(states, [R] * L, [gap] * L) == network_lipschitz(R, 1, Fraction(1), L) * gap


# ---------------------------------------------------------------- bounds


def test_one_cover_is_written_as_in_its_docstring():
    n, delta, m, R, K, lipschitz, loss_range = 1e4, 0.1, 4.0, 1.5, 2.0, 3.0, 5.0
    terms = uniform_bound(n, delta, m, R, K, lipschitz, loss_range=loss_range)
    p, s = m * np.log(2 * (1 + m * R * 100)), m**2 * K * np.log(2) * 100
    assert terms.discretisation == pytest.approx(4 * lipschitz / 100)
    assert terms.parameters == pytest.approx(loss_range * np.sqrt(p / (2 * n)))
    assert terms.smoothness == pytest.approx(loss_range * np.sqrt(s / (2 * n)))
    assert terms.smoothness == pytest.approx(smoothness_coefficient(loss_range, m, K) * n**-0.25)
    assert terms.confidence == pytest.approx(confidence_width(n, delta, loss_range))
    joint = loss_range * np.sqrt((p + s + np.log(10)) / (2 * n))
    assert terms.total == pytest.approx(4 * lipschitz / 100 + joint)
    assert terms.total <= terms.split()


def test_a_chain_is_the_sum_over_all_of_its_levels():
    n, delta, m, R, K, lipschitz, loss_range = 1e4, 0.1, 4.0, 1.5, 2.0, 3.0, 5.0
    terms = chained_bound(n, delta, m, R, K, lipschitz, loss_range=loss_range, levels=30)
    radii = R * 2.0 ** -np.arange(201)
    entropies = [sum(cover_log(m, R, K, r / 2)) for r in radii[1:]]
    total = sum(before * np.sqrt(2 * e / n) for before, e in zip(radii, entropies, strict=False))
    confidence = confidence_width(n, delta, loss_range)
    assert terms.discretisation == 0
    assert terms.total == pytest.approx(lipschitz * total + confidence, rel=1e-4)
    assert terms.smoothness == pytest.approx(chained_smoothness(n, m, R, K, lipschitz), rel=1e-12)


@pytest.mark.parametrize("K", [0.0, 0.01, 2.0])
def test_the_rest_of_a_chain_is_at_least_the_levels_that_are_not_summed(K):
    for m, R in ((1.0, 0.25), (4.0, 1.5), (900.0, 100.0)):
        few, many = (chained_bound(100.0, 0.1, m, R, K, 3.0, loss_range=5.0, levels=J) for J in (3, 60))
        assert many.parameters < few.parameters < 1.5 * many.parameters
        assert few.smoothness == pytest.approx(many.smoothness, rel=1e-12)
        assert many.total < few.total < 1.5 * many.total


def test_a_chain_is_a_constant_over_the_root_of_n_at_every_n():
    setting = (0.1, 4.0, 1.5, 2.0, 3.0)
    one = chained_bound(1.0, *setting, loss_range=5.0).total
    for n in (1e4, 1e20, 1e60):
        assert chained_bound(n, *setting, loss_range=5.0).total * math.sqrt(n) == pytest.approx(one, rel=1e-12)


def test_another_precision_of_the_cover_is_still_a_bound_of_the_same_form():
    coarse = uniform_bound(1e4, 0.1, 4.0, 1.5, 2.0, 3.0, loss_range=5.0, eps=0.1)
    assert coarse.discretisation == pytest.approx(1.2)
    assert coarse.smoothness < uniform_bound(1e4, 0.1, 4.0, 1.5, 2.0, 3.0, loss_range=5.0).smoothness


@pytest.mark.parametrize("route", ["one scale", "chained"])
def test_a_time_independent_class_has_no_smoothness_term_and_a_smaller_bound(route):
    tied = neural_ode_bound(n=1e4, route=route, **(NETWORK | {"K_W": 0.0}))
    assert tied.smoothness == 0
    assert tied.total < neural_ode_bound(n=1e4, route=route, **NETWORK).total


def test_a_neural_ode_is_the_flow_bound_with_m_equal_d_squared():
    flow = {"delta": 0.05, "K_loss": 1.0, "R_Y": 1.0, "R_X": 1.0, "m": 4, "R": 1.0, "K": 1.0, "K_f": 1.0, "M": 1.0}
    by_flow, direct = ode_bound(n=1e4, **flow), neural_ode_bound(n=1e4, **NETWORK)
    assert by_flow.discretisation == pytest.approx(direct.discretisation)
    assert by_flow.total == pytest.approx(direct.total)  # R_X + M φ₁ = R_X e^{R}: the same range here


def test_a_network_of_any_depth_has_a_smaller_bound_than_all_depths_together():
    totals = [resnet_bound(n=1e4, L=L, **NETWORK).total for L in (1, 2, 10, 100, None)]
    assert all(a < b for a, b in pairwise(totals))


def test_a_bound_in_balls_contains_that_in_floats():
    balls = {name: rigor.dyadic(value) if name != "d" else value for name, value in NETWORK.items()}
    for route in ("one scale", "chained"):
        enclosed = resnet_bound(n=rigor.ball(1000), L=5, route=route, **balls).total
        assert resnet_bound(n=1000.0, L=5, route=route, **NETWORK).total == pytest.approx(rigor.midpoint(enclosed))


def test_an_unknown_route_is_named():
    with pytest.raises(ValueError, match="'one scale' or 'chained'"):
        resnet_bound(n=1e4, L=None, route="both", **NETWORK)


def test_the_recalled_bounds_are_written_as_in_their_docstrings():
    n, d = 1e4, 2
    C = 6 * math.sqrt(2) * math.e * (math.e + 1)
    network = recalled_network(n=n, **NETWORK)
    assert network.parameters == pytest.approx(C * (d + 1) * math.sqrt(math.log(d * n) / n))
    assert network.smoothness == pytest.approx(C * d**2 / 10)
    assert network.confidence == pytest.approx(C * math.sqrt(math.log(20) / n))
    assert network.total == pytest.approx(network.split())
    B = 6 * 1.5 * math.exp(0.75) * (1 + 0.7 * 0.5 * math.exp(0.75) + 1)
    assert recalled_ode(n=n, **FLOW).smoothness == pytest.approx(B * 3 * math.sqrt(2) / 10)
    ode = recalled_neural_ode(n=n, **NETWORK)
    assert ode.smoothness == pytest.approx(6 * math.sqrt(2) * math.e * (1 + math.e + 1) * d**2 / 10)


# ---------------------------------------------------------------- after the data


def test_adapted_radii_are_the_next_powers_and_their_shares_sum_to_one():
    assert adapted(1.0, 1.0) == (1, 1, 1 / 4)
    assert adapted(3.0, 0.1) == (4, 1, 1 / (3 * 4 * 2))
    shares = sum(adapted(2.0**a, 2.0**b)[2] for a in range(60) for b in range(60))
    assert shares == pytest.approx((1 - 1 / 61) ** 2)


def test_a_code_of_no_length_is_one_network():
    assert coded_bound(100.0, 0.1, 0.0, 0.0, 2.0).total == pytest.approx(confidence_width(100.0, 0.1, 2.0))
    terms = coded_bound(100.0, 0.1, 3.0, 5.0, 2.0, 0.25)
    assert terms.total == pytest.approx(0.25 + 2 * math.sqrt((8 + math.log(10)) / 200))
    assert terms.discretisation == 0.25


def test_a_row_of_the_table_holds_every_bound_with_its_terms():
    row = table_row(n=60000, delta=0.05, d=2, L=100, R_W=1.3, K_W=3.0)
    assert set(row) == {"recalled", "provable", "chained", "adapted", "adapted chained", "trivial"}
    assert row["provable"]["total"] == resnet_bound(n=60000.0, L=100, **(NETWORK | {"R_W": 1.3, "K_W": 3.0})).total
    assert row["provable"]["total"] < row["adapted"]["total"]
    assert row["trivial"]["total"] == pytest.approx((1 + 1.3 / 100) ** 100 + 1)


# ---------------------------------------------------------------- exact quantiles


@pytest.mark.parametrize(("n", "p", "delta"), [(1, "1/2", "1/5"), (30, "1/3", "1/20"), (100, "1/2", "1/20")])
def test_the_quantile_of_a_one_sided_gap_is_scipy_s_binomial(n, p, delta):
    p, delta = Fraction(p), Fraction(delta)
    t = sample_gap_quantile(n, p, delta, Fraction(1), Fraction(-1))
    least = int(binom.ppf(float(delta), n, float(p)))  # the least k with P(B <= k) >= δ
    assert t == p - Fraction(least, n)


def test_the_quantile_of_a_two_sided_gap_leaves_at_most_delta_above_it():
    n, p, delta = 25, Fraction(2, 5), Fraction(1, 10)
    t = sample_gap_quantile(n, p, delta, Fraction(1), Fraction(1))

    def above(level):
        return sum(binom.pmf(k, n, 0.4) for k in range(n + 1) if abs(p - Fraction(k, n)) > level)

    assert above(t) <= delta < above(t - Fraction(1, 10**6))


def test_a_quantile_at_no_confidence_is_an_error():
    with pytest.raises(ValueError, match="less than 1"):
        sample_gap_quantile(3, Fraction(1, 2), Fraction(1), Fraction(1), Fraction(1))


# ---------------------------------------------------------------- other bounds, derivations


def test_equal_scalar_layers_have_the_closed_form_of_spectral_margins():
    L, w, n = 50, 1.5, 100.0
    expected = (1 + w / L) ** L * (L * ((w / L) / (1 + w / L)) ** (2 / 3)) ** 1.5 / 10
    assert bartlett_type(np.full((L, 1, 1), w), n) == pytest.approx(expected)


def test_the_two_one_norm_is_of_the_transpose():
    weights = np.zeros((1, 2, 2))
    weights[0] = [[3.0, 4.0], [0.0, 0.0]]  # rows of W are columns of its transpose: 5 + 0
    product = np.linalg.norm(np.eye(2) + weights[0], 2)
    assert bartlett_type(weights, 1.0) == pytest.approx(product * (5 / product))


def test_one_dimension_does_not_tell_the_norms_apart_and_two_do():
    scalar, plane = np.full((40, 1, 1), 0.5), np.zeros((40, 2, 2))
    assert golowich_type(scalar, 16.0) == pytest.approx(golowich_type(scalar, 16.0, "frobenius"))
    assert golowich_type(plane, 16.0, "frobenius") > 2.0**20 * golowich_type(plane, 16.0)


def test_every_step_of_the_derivations_simplifies_to_zero():
    for name, step in derivations().items():
        assert sp.simplify(step) == 0, name


def test_terms_print_as_floats():
    assert Terms(*(rigor.ball(k) for k in range(5))).as_dict()["total"] == 4.0
