"""The Poisson intensity: one solve for all events against one trajectory by torchdiffeq, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy.integrate import quad  # noqa: E402
from scipy.stats import kstest  # noqa: E402
from torchdiffeq import odeint  # noqa: E402

from gronwall.theory.adjoint.flows import poisson_log_likelihood  # noqa: E402
from systems.adjoint.poisson.data import (  # noqa: E402
    END,
    GRID,
    constant,
    distance,
    events,
    kernel,
    shortfall,
    thinned,
    truth,
)
from systems.adjoint.poisson.training import INTENSITY, WRONG, field, followed, fresh, losses, padded, rebuilt  # noqa: E402


def along(parameters, times):
    """z and Λ of one member by torchdiffeq, with outputs at all times of one trajectory."""
    z0, weights = parameters[0], parameters[1:]
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    start = torch.cat([z0, torch.zeros_like(z0[:, :, :1])], dim=2)
    return odeint(lambda t, s: field(t, s, weights, one), start, times, rtol=1e-10, atol=1e-10)[:, 0, 0]


def log_likelihood(parameters, seed):
    """By torchdiffeq and autograd through it, every event a point on one trajectory."""
    times = torch.tensor([0.0, *np.unique(events(seed)), END], dtype=torch.float64)
    s = along(parameters, times)
    slopes = field(0.0, s[None], parameters[1:], torch.ones(1, 1, 1, dtype=torch.float64))[0, :, -1]  # Λ' = λ
    return poisson_log_likelihood(list(slopes[1:-1].log()), 8 * s[-1, -1]) / 8


def test_the_likelihood_and_its_gradient_are_those_of_one_trajectory():
    times, real = padded([15])
    leaves = [p.clone().requires_grad_() for p in fresh([15])]
    others = [p.clone().requires_grad_() for p in leaves]
    ours = losses(leaves, times, real)[0]
    theirs = -log_likelihood(others, 15)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-3)
    for a, b in zip(torch.autograd.grad(ours, leaves), torch.autograd.grad(theirs, others), strict=True):
        assert (a - b).norm() < 0.02 * b.norm() + 1e-3


def test_the_integral_is_that_of_the_intensity():
    parameters = fresh([13, 14])
    with torch.no_grad():
        rates, mass = followed(parameters, torch.tensor(GRID).expand(2, -1), tol=1e-9)
    assert np.trapezoid(rates.numpy(), GRID, axis=1) == pytest.approx(mass[:, -1].numpy(), rel=1e-5)


def test_padding_is_not_counted():
    times, real = padded([12, 13, 14])
    assert real.sum(dim=1).tolist() == [len(events(seed)) for seed in (12, 13, 14)]
    assert (times[:, -1] == END).all()
    assert (real[:, -1] == 0).all()


def test_thinned_events_have_the_intensity():
    rng = np.random.default_rng(1)
    draws = [thinned(rng) for _ in range(400)]
    mass = quad(truth, 0, END)[0]
    assert np.mean([len(draw) for draw in draws]) == pytest.approx(mass, abs=4 * np.sqrt(mass / 400))
    uniform = np.array([quad(truth, 0, t)[0] for t in np.concatenate(draws)[:1500]]) / mass
    assert kstest(uniform, "uniform").pvalue > 0.001
    assert truth(GRID).max() < 7.1


def test_distances_are_zero_at_the_truth_and_integrals_elsewhere():
    assert distance(truth(GRID)) == 0
    assert shortfall(truth(GRID)) == pytest.approx(0, abs=1e-12)
    assert distance(2 * truth(GRID)) == pytest.approx(1)
    mass = quad(truth, 0, END)[0]
    assert shortfall(2 * truth(GRID)) == pytest.approx(mass * (1 - np.log(2)), rel=1e-5)


def test_estimates_have_as_many_events_as_were_seen():
    for estimate in (constant, kernel):
        assert np.trapezoid(estimate(14), GRID) == pytest.approx(len(events(14)) / 8, rel=0.01)


def test_a_training_is_that_of_a_member_alone_and_can_be_made_again(short):
    both, alone = (short(INTENSITY, length=2, seeds=many)[0] for many in (2, 1))
    assert np.allclose(both["loss"][:, 0], alone["loss"][:, 0], rtol=1e-3)
    assert not both["stopped"].any()
    parameters = rebuilt(both["weights"])
    with torch.no_grad():
        rates, _ = followed(parameters, torch.tensor(GRID).expand(2, -1))
    assert np.array_equal(rates.numpy(), both["intensity"])


def test_the_table_has_what_the_figure_and_the_text_show(short):
    found, rows = short(INTENSITY, length=2, seeds=2)
    arrays = {row["name"]: np.array(row["values"]) for row in rows if "values" in row}
    assert set(arrays) == {"t", "truth", "intensity", "kernel", "events", "loss"}
    assert np.allclose(arrays["intensity"], found["intensity"][:, ::10])
    assert np.allclose(arrays["events"], events(12))
    assert {row["place"] for row in rows if row["name"] == "height"} == {"first bump", "valley", "second bump"}
    table = {(row["estimate"], row["key"]): row for row in rows if row["name"] == "table"}
    assert {name for name, _ in table} == {"latent equation", "kernel", "constant"}
    errors = [distance(constant(seed)) for seed in (12, 13)]
    assert table["constant", "distance"]["measured"] == pytest.approx(np.mean(errors))
    assert [row["measured"] for row in rows if row["name"] == "stopped"] == [0]


def test_a_wrong_likelihood_is_told_in_no_table(short):
    found, rows = short(WRONG, length=1, seeds=1, integral=-1.0)
    assert found["intensity"].shape == (1, len(GRID))
    assert rows == []
