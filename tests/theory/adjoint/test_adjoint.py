"""The adjoint, its discrete forms and densities along flows: each by a second route."""

from fractions import Fraction as F
from math import comb

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import quad, solve_ivp
from scipy.linalg import expm
from scipy.stats import multivariate_normal

from gronwall.theory import rigor
from gronwall.theory.adjoint import discrete as da
from gronwall.theory.adjoint import flows
from gronwall.theory.adjoint.checkpoints import checkpoint_cost, checkpoint_split
from gronwall.theory.adjoint.continuous import (
    Clocked,
    Relaxation,
    adjoint_gradients,
    derivations,
    gradient_bound,
    in_balls,
)
from gronwall.theory.runge_kutta import (
    DORMAND_PRINCE,
    EULER,
    GAUSS4,
    HEUN,
    MIDPOINT,
    RK4,
    SCHEMES,
    integrate,
    linear_step,
)

FIELD = Clocked.random(2, 3, 0, 0.8)
Z, A = np.array([0.3, -0.6]), np.array([1.0, -0.5])
EXPLICIT = [tableau for tableau in SCHEMES.values() if tableau.is_explicit]


# ---------------------------------------------------------------- the field


def test_the_pull_of_a_field_is_that_of_autograd():
    z, theta = torch.tensor(Z, requires_grad=True), torch.tensor(FIELD.flat(), requires_grad=True)
    found = torch.autograd.grad(FIELD.like(theta)(0.7, z), (z, theta), torch.tensor(A))
    for left, right in zip(FIELD.vjp(0.7, Z, A), found, strict=True):
        assert np.allclose(left, right.numpy(), rtol=1e-13, atol=1e-15)


def test_pull_and_tangent_pair():
    slope, v = Clocked.random(2, 3, 1), np.array([0.2, 0.9])
    to_z, to_theta = FIELD.vjp(0.7, Z, A)
    assert A @ FIELD.tangent(0.7, Z, v, slope) == pytest.approx(to_z @ v + to_theta @ slope.flat(), rel=1e-13)


def test_the_tangent_in_time_is_a_difference_quotient():
    slope = (FIELD(0.7 + 1e-5, Z) - FIELD(0.7 - 1e-5, Z)) / 2e-5
    assert np.allclose(FIELD.tangent(0.7, Z, 0 * Z, dt=1.0), slope, rtol=1e-8)


def test_balls_contain_the_field_of_floats():
    exact, z = in_balls(FIELD), rigor.matrix(Z[:, None], dyadic=True)
    for ball, value in zip(exact(rigor.ball(F(1, 2)), z).entries(), FIELD(0.5, Z), strict=True):
        assert rigor.midpoint(ball) == pytest.approx(value, rel=1e-14)


# ---------------------------------------------------------------- continuous


def test_a_linear_adjoint_is_a_matrix_exponential_for_small_states():
    tiny = Clocked(FIELD.V, FIELD.W, 0 * FIELD.b, 0 * FIELD.c)
    J, z = FIELD.V @ FIELD.W, np.array([1e-9, -1e-9])
    found = adjoint_gradients(tiny, (0.0, 0.8), [z, expm(0.8 * J) @ z], [0 * A, A])
    assert np.allclose(found.state, A @ expm(0.8 * J), rtol=1e-9)


def test_a_shift_of_all_times_of_an_autonomous_flow_changes_nothing():
    still = Clocked(FIELD.V, FIELD.W, FIELD.b, 0 * FIELD.c)
    times = (0.0, 0.5, 1.2)
    states = list(solve_ivp(still, (0, 1.2), Z, t_eval=times, method="DOP853", rtol=1e-12, atol=1e-12).y.T)
    found = adjoint_gradients(still, times, states, [0 * A, A, 2 * A])
    assert sum(found.times) == pytest.approx(0, abs=1e-9)


def test_a_loss_that_reads_the_first_state_feels_its_time_through_the_flow_alone():
    times, first, last = (0.0, 0.6), np.ones_like(Z), np.array(A)

    def end(start):
        return solve_ivp(FIELD, (start, times[1]), Z, method="DOP853", rtol=1e-13, atol=1e-13).y[:, -1]

    found = adjoint_gradients(FIELD, times, [Z, end(0.0)], [first, last])
    slope = last @ (end(1e-4) - end(-1e-4)) / 2e-4  # z(t_0) = Z whatever t_0: what the loss reads there is constant
    assert found.times[0] == pytest.approx(slope, rel=1e-6)
    assert np.allclose(found.state - first, adjoint_gradients(FIELD, times, [Z, end(0.0)], [0 * first, last]).state)


def test_the_identities_of_the_adjoint_hold_and_fail_with_the_other_sign():
    assert all(sp.expand(left - right) == 0 for left, right in derivations().values())
    assert all(sp.expand(left - right) != 0 for left, right in derivations(sign=1).values())


def test_the_relaxation_solves_its_equation_and_its_gradient_is_a_quotient():
    case = Relaxation(30.0, 1.0, 1.0)
    z = solve_ivp(case.field, (0, 1), [1.0], rtol=1e-11, atol=1e-12, method="Radau").y[0, -1]
    assert case.state(1.0) == pytest.approx(z, rel=1e-8)
    up, down = (Relaxation(30.0 + e, 1.0, 1.0).state(1.0) for e in (1e-3, -1e-3))
    assert case.gradient() == pytest.approx((up - down) / 2e-3, rel=1e-5)
    assert case.rebuilt_gradient(case.harmless()) == pytest.approx(0, abs=1e-18)


def test_the_gradient_bound_of_an_isotropic_flow_forgets_its_rate():
    assert gradient_bound(2.0, 0.1, 3.0, -5.0, 5.0, 0.5) == pytest.approx(2 * 0.1 * 3 * 0.5)


# ---------------------------------------------------------------- discrete


@pytest.mark.parametrize("tableau", EXPLICIT, ids=lambda t: t.name)
def test_a_step_of_a_linear_flow_is_pulled_back_by_the_transposed_stability_matrix(tableau):
    M = np.array([[0.3, -1.2], [0.8, -0.4]])
    pulled, theta = da.pull(tableau, lambda t, x: M @ x, lambda t, x, g: (M.T @ g, 0.0), 0, Z, 0.25, g=A)
    columns = np.stack([linear_step(tableau, M, e, 0.25) for e in np.eye(2)], axis=1)
    assert np.allclose(pulled, columns.T @ A, rtol=1e-14, atol=1e-15)
    assert theta == 0


def test_an_increment_is_the_step_less_the_state():
    step = integrate(RK4, FIELD, 0.0, 0.25, Z, 1)
    assert np.allclose(Z + da.increment(RK4, FIELD, 0.0, Z, 0.25), step, rtol=1e-15, atol=1e-16)


def test_the_covectors_of_euler_follow_euler_at_the_end_of_the_step():
    assert da.adjoint_tableau(EULER).A == ((1,),)
    assert tuple(tuple(sp.nsimplify(a) for a in row) for row in GAUSS4.A) == da.adjoint_tableau(GAUSS4).A


@pytest.mark.parametrize("tableau", [MIDPOINT, DORMAND_PRINCE])
def test_a_zero_weight_leaves_the_covectors_without_a_scheme(tableau):
    with pytest.raises(ValueError, match="one of them zero"):
        da.adjoint_tableau(tableau)


def test_an_implicit_scheme_is_sent_to_the_implicit_pull():
    with pytest.raises(ValueError, match="implicit_pull"):
        da.pull(GAUSS4, FIELD, FIELD.vjp, 0.0, Z, 0.1, g=A)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_all_exact_routes_agree(n):
    given = (HEUN, da.Problem(FIELD, FIELD.vjp, 0.0, 1.0, Z, lambda t, z: A + z), n)
    stored = da.stored(*given)
    for slots in (1, 2, 3, 9):
        found = da.checkpointed(*given, slots=slots)
        assert np.array_equal(found.theta, stored.theta)
        assert np.array_equal(found.last, stored.last)


def test_the_reversible_gradient_is_that_of_autograd():
    z, theta = torch.tensor(Z, requires_grad=True), torch.tensor(FIELD.flat(), requires_grad=True)
    y = w = z
    for k in range(5):
        y, w = da.reversible_step(RK4, FIELD.like(theta), k / 5, y, w, 1 / 5, coupling=0.9)
    found = da.reversible(RK4, da.Problem(FIELD, FIELD.vjp, 0.0, 1.0, Z, lambda t, z: A), 5, coupling=0.9)
    by_torch = torch.autograd.grad((y * torch.tensor(A)).sum(), (z, theta))
    assert np.allclose(found.state, by_torch[0].numpy(), rtol=1e-13)
    assert np.allclose(found.theta, by_torch[1].numpy(), rtol=1e-12, atol=1e-14)


def test_reversible_euler_at_a_hundredth_is_unstable_where_euler_is_not():
    M = np.array(da.reversible_matrix(1 - 0.3, 1 + 0.3, 0.99))
    assert np.linalg.det(M) == pytest.approx(0.99)
    assert np.abs(np.linalg.eigvals(M)).max() > 1.3


# ---------------------------------------------------------------- checkpoints


def test_with_r_repetitions_a_binomial_number_of_steps_is_reversed():
    for slots in (1, 2, 5):
        for r in (1, 2, 4):
            n = comb(slots + r, slots)
            assert checkpoint_cost(n, slots) <= r * n
            assert checkpoint_cost(n + 1, slots) - checkpoint_cost(n, slots) == r + 1


def test_a_split_leaves_two_parts_whose_costs_add_up():
    for n in range(2, 60):
        for slots in range(2, 7):
            m = checkpoint_split(n, slots)
            after = checkpoint_cost(n - m, slots - 1)
            assert checkpoint_cost(n, slots) == m + after + checkpoint_cost(m, slots)


@pytest.mark.parametrize(("n", "slots"), [(0, 1), (3, 0)])
def test_no_steps_or_no_slots_are_refused(n, slots):
    with pytest.raises(ValueError, match="at least one of each"):
        checkpoint_cost(n, slots)


# ---------------------------------------------------------------- flows and likelihoods


def test_a_determinant_by_minors_is_that_of_sympy():
    rows = [[F(1, 2), F(3), F(-2)], [F(0), F(5, 3), F(1)], [F(4), F(-1), F(2, 7)]]
    assert flows.determinant(rows) == sp.Matrix(rows).det()


def test_the_evidence_is_a_normal_density():
    x, c, noise = [0.7, -0.4], [1.3, 0.6], 0.09
    cov = noise * np.eye(2) + np.outer(c, c)
    assert flows.evidence(x, c, noise) == pytest.approx(multivariate_normal(np.zeros(2), cov).logpdf(x), rel=1e-12)


def test_the_elbo_is_the_mean_of_its_samples():
    given = ([0.7, -0.4], [1.3, 0.6], 0.09)
    m, v = 0.4, 0.05
    density = lambda z: np.exp(flows.log_normal(z, m, v))  # noqa: E731
    mean = quad(lambda z: density(z) * flows.elbo_sample(z, *given, m, v), m - 3, m + 3, epsabs=1e-12)[0]
    assert flows.elbo(*given, m, v) == pytest.approx(mean, rel=1e-8)
    assert flows.elbo(*given, m, v) < flows.evidence(*given)
    assert flows.elbo(*given, *flows.posterior(*given)) == pytest.approx(flows.evidence(*given), rel=1e-12)


def test_the_kl_is_that_of_torch():
    found = torch.distributions.kl_divergence(
        torch.distributions.Normal(0.3, float(np.exp(-0.2))), torch.distributions.Normal(-0.5, float(np.exp(0.35)))
    )
    assert flows.kl_normals(0.3, -0.4, -0.5, 0.7) == pytest.approx(float(found), rel=1e-6)
