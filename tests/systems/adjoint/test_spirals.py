"""Latent ODEs, their solver and their baselines, each by a second route: torchdiffeq, autograd, quadrature, torch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchdiffeq import odeint, odeint_adjoint

from gronwall.efforts import Effort
from gronwall.running import tables
from systems.adjoint.spirals import models, results, training
from systems.adjoint.spirals import tasks as systems
from systems.adjoint.spirals.data import POINTS, SEEN, TIMES, curve, spirals
from systems.solving.dense import Solve

SEEDS = [0, 1, 2]


def weights_of(name, scale=1.5, dtype=torch.float64):
    """Weights as at the start; those of the field larger, so that members differ in their steps."""
    made = models.start(systems.shapes(name), SEEDS, torch.float64)
    if name in systems.LATENT:
        for s in SEEDS:
            for w in made[4:10]:
                w[s] *= scale + 0.2 * s
    return [w.to(dtype) for w in made]


class Field(torch.nn.Module):
    """One member's field as a module, for torchdiffeq."""

    def __init__(self, weights, s):
        super().__init__()
        self.parts = torch.nn.ParameterList([torch.nn.Parameter(w[s].clone()) for w in weights[4:10]])

    def forward(self, t, z):
        W1, b1, W2, b2, W3, b3 = self.parts
        return F.elu(F.elu(z @ W1 + b1) @ W2 + b2) @ W3 + b3


def flow(tol, times=TIMES[:SEEN]):
    """States, a loss's gradients, counts, and what they came from."""
    generator = torch.Generator().manual_seed(7)
    weights = [w.requires_grad_() for w in weights_of("latent ODE")]
    z0 = torch.randn(3, 5, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    readers = torch.randn(3, len(times), 5, 4, generator=generator, dtype=torch.float64)
    counts: list = []
    z = models.flowed(weights, z0, times, tol, counts)
    slopes = torch.autograd.grad((z * readers).sum(), [z0, *weights[4:10]])
    return z.detach(), slopes, counts[0], weights, z0.detach(), readers


def test_states_and_counts_are_those_of_torchdiffeq_for_each_member_alone():
    z, _, counts, weights, z0, _ = flow(1e-6)
    for s in SEEDS:
        field, calls = Field(weights, s), []

        def counted(t, y, field=field, calls=calls):
            calls.append(t)
            return field(t, y)

        alone = odeint(counted, z0[s], torch.tensor(TIMES[:SEEN]), rtol=1e-6, atol=1e-6)
        assert torch.allclose(z[s], alone, rtol=0, atol=1e-10)
        assert counts[s] == len(calls)
    assert len(set(counts)) > 1


def test_the_gradient_is_that_of_the_continuous_adjoint_at_a_tight_tolerance():
    """Of a scheme with held steps, so it errs like h² where a step of size h crosses a kink of elu': 1e-5 at 1e-10."""
    times = TIMES[:40:13]
    _, slopes, _, weights, z0, readers = flow(1e-10, times)
    for s in SEEDS[:2]:
        field, start = Field(weights, s), z0[s].clone().requires_grad_()
        z = odeint_adjoint(field, start, torch.tensor(times), rtol=1e-8, atol=1e-8)
        (z * readers[s]).sum().backward()
        for ours, theirs in zip(slopes, [start.grad, *(p.grad for p in field.parts)], strict=True):
            assert torch.allclose(ours[s], theirs, rtol=0, atol=1e-5 * float(theirs.abs().max()))


def test_a_member_gives_the_same_alone_and_among_others():
    z, slopes, counts, weights, z0, readers = flow(1e-5)
    alone = [w[1:2].detach().requires_grad_() for w in weights]
    start, own = z0[1:2].clone().requires_grad_(), []
    z1 = models.flowed(alone, start, TIMES[:SEEN], 1e-5, own)
    found = torch.autograd.grad((z1 * readers[1:2]).sum(), [start, *alone[4:10]])
    assert own[0][0] == counts[1]
    assert torch.allclose(z1[0], z[1], rtol=1e-12, atol=1e-12)
    assert all(torch.allclose(a[0], b[1], rtol=1e-9, atol=1e-9) for a, b in zip(found, slopes, strict=True))


class Blowing:
    """z' = z², from 1 to infinity at t = 1 for the first member; z' = −z for the other."""

    def value(self, z):
        return torch.stack([z[0] ** 2, -z[1]]), ()

    def pull(self, kept, g):
        raise NotImplementedError


def test_a_member_that_blows_up_fails_alone():
    solved = Solve(Blowing(), torch.ones(2, 1, 1, dtype=torch.float64), np.linspace(0, 2, 5), 1e-6)
    assert solved.failed.tolist() == [True, False]
    assert torch.isnan(solved.states[0]).all()
    assert solved.states[1].flatten().numpy() == pytest.approx(np.exp(-np.linspace(0, 2, 5)), abs=1e-5)


def test_the_recurrence_has_the_gradient_of_autograd():
    generator = torch.Generator().manual_seed(3)
    p = torch.randn(6, 2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    W = torch.randn(2, 5, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    readers = torch.randn(6, 2, 4, 5, generator=generator, dtype=torch.float64)
    h, plain = torch.zeros(2, 4, 5, dtype=torch.float64), []
    for i in range(6):
        h = torch.tanh(p[i] + h @ W)
        plain.append(h)
    ours = models.Recurrence.apply(p, W)
    assert torch.allclose(ours, torch.stack(plain), rtol=0, atol=1e-14)
    for a, b in zip(*(torch.autograd.grad((told * readers).sum(), [p, W]) for told in (ours, torch.stack(plain))),
                    strict=True):  # fmt: skip
        assert torch.allclose(a, b, rtol=1e-12, atol=1e-12)


def test_the_encoder_ends_at_the_first_observation_and_forwards_at_the_last():
    weights = weights_of("latent ODE")
    inputs = torch.randn(4, 3, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    changed = inputs.clone()
    changed[0] += 0.1
    for order, steps in (("backwards", (3, 2, 1, 0)), ("forwards", (0, 1, 2, 3))):
        mean, logvar = models.encoded(weights, inputs, order)
        h = torch.zeros(25, dtype=torch.float64)
        for i in steps:
            h = torch.tanh(torch.cat([inputs[i, 1, 0], h]) @ weights[0][1] + weights[1][1, 0])
        told = h @ weights[2][1] + weights[3][1, 0]
        assert torch.allclose(torch.cat([mean, logvar], dim=2)[1, 0], told, rtol=0, atol=1e-12)


def test_the_divergence_and_the_likelihood_are_those_of_torch():
    generator = torch.Generator().manual_seed(5)
    mean, logvar = torch.randn(2, 1, 3, 4, generator=generator, dtype=torch.float64)
    normal = torch.distributions.Normal
    theirs = torch.distributions.kl_divergence(normal(mean, (logvar / 2).exp()), normal(0.0, 1.0)).sum()
    assert torch.allclose(systems.kl(mean, logvar), theirs / 3, rtol=1e-12)
    error = torch.randn(1, 5, 3, 2, generator=generator, dtype=torch.float64)
    assert torch.allclose(
        systems.gaussian(error, 0.3),
        -normal(torch.zeros((), dtype=error.dtype), 0.3 + 0 * error).log_prob(error).sum() / 3,
        rtol=1e-12,
    )
    density = [float(torch.exp(-systems.gaussian(torch.tensor([[[[x]]]], dtype=torch.float64), 0.3)))
               for x in np.linspace(-3, 3, 601)]  # fmt: skip
    assert np.trapezoid(density, dx=0.01) == pytest.approx(1, abs=1e-12)


def test_windows_lie_on_two_curves_half_of_them_clockwise_and_more_points_are_added():
    train, tests = spirals(15, 30, 0.3)
    more = spirals(15, 50, 0.3)[0]
    assert train.clockwise.mean() == 0.5
    assert tests.start.max() + 200 <= POINTS
    for k in (0, 1):
        part = curve(bool(tests.clockwise[k]))[tests.start[k] : tests.start[k] + 200]
        assert np.array_equal(tests.clean[k], part)
    assert all(set(few) <= set(many) for few, many in zip(train.index, more.index, strict=True))
    assert np.array_equal(train.start, more.start)
    left = train.seen - np.take_along_axis(train.clean, train.index[:, :, None], axis=1)
    assert left.std() == pytest.approx(0.3, abs=5 * 0.3 / np.sqrt(2 * left.size))
    angle = np.unwrap(np.arctan2(curve(True)[:, 1], curve(True)[:, 0] + 5))
    assert angle[-1] < angle[0]


def test_training_feels_another_batch_far_more_than_its_tolerance_and_precision():
    data = [spirals(12 + seed, 30, 0.3)[0] for seed in SEEDS]
    rows = torch.from_numpy(np.random.default_rng(0).integers(0, 1000, (2, 3, 50)))
    draws = torch.randn(3, 50, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def gradient(batch, dtype, tol):
        model = systems.modelled("latent ODE", data, 0.3, dtype, tol)
        leaves = [w.requires_grad_() for w in weights_of("latent ODE", dtype=dtype)]
        losses = model.losses(leaves, batch, draws.to(dtype))
        return torch.cat([g.double().flatten(1) for g in torch.autograd.grad(losses.sum(), leaves)], dim=1)

    exact, other = (gradient(batch, torch.float64, 1e-9) for batch in rows)
    used = gradient(rows[0], torch.float32, training.TOL)
    assert ((used - exact).norm(dim=1) < 0.05 * (other - exact).norm(dim=1)).all()


def test_baselines_read_their_own_predictions_one_gap_after_the_other():
    data = [spirals(12 + seed, 30, 0.3)[1] for seed in SEEDS]
    weights = weights_of("RNN with gaps")
    told = systems.modelled("RNN with gaps", data, 0.3).told(weights).numpy()
    W, b, V, c = (w[2].numpy() for w in weights)
    d, k = data[2], 4
    h, x = np.zeros(25), None
    stops = [*d.index[k], *range(100, 200)]
    found = []
    for j, (here, there) in enumerate(pairwise(stops)):
        x = d.seen[k, j] if j < 30 else x
        h = np.tanh(np.concatenate([x, [(there - here) * 0.3], h]) @ W + b[0])
        x = h @ V + c[0]
        found.append(x)
    assert np.allclose(told[2, :, k], np.array(found), rtol=0, atol=1e-12)


def test_by_mean_gaps_a_straight_line_is_read_off_at_its_times():
    data = [spirals(12, 50, 0.0)[1]]
    steps = np.arange(1, 101)[:, None]
    last = data[0].index[:, -1]
    line = (last + 2.0 * steps)[None, :, :, None] * np.array([1.0, -1.0])
    seen = data[0].seen.copy()
    seen[:, -1] = last[:, None] * np.array([1.0, -1.0])
    moved = [type(data[0])(**{**data[0].__dict__, "seen": seen})]
    told = np.concatenate([np.zeros((1, 49, *line.shape[2:])), line], axis=1)
    found = systems.by_mean_gaps(told, moved)
    expected = np.arange(100, 200)[None, :, None, None] * np.array([1.0, -1.0])
    assert np.allclose(found, np.broadcast_to(expected, found.shape), rtol=1e-12)


def test_a_seed_that_fails_goes_back_one_step_and_the_others_go_on(shortened):
    tiny = shortened(training.TRAINING, 8, 3)
    data = [spirals(12 + seed, 30, 0.3)[0] for seed in SEEDS]
    weights = weights_of("RNN", dtype=torch.float32)
    optimiser = training.Adam(training.RATE)
    model = systems.modelled("RNN", data, 0.3, torch.float32, 1e-4)
    losses = training.losses_of(model, tiny.run(Effort("full"), {}))
    ensemble = training.Stoppable(losses, weights, optimiser)
    rows, into = np.zeros((3, 4), dtype=int), [torch.zeros_like(w) for w in weights]
    last = ensemble.gradients(rows, into)
    before = [w.clone() for w in weights]
    weights[0][1] = float("nan")
    assert ensemble.gradients(rows, into)[1] == last[1]
    optimiser.step(weights, into)
    assert ensemble.rule.alive.tolist() == [True, False, True]
    assert all(torch.equal(w[1], old[1]) for w, old in zip(weights, before, strict=True))
    assert not torch.equal(weights[0][0], before[0][0])


def test_two_trainings_give_the_same_bytes(shortened):
    tiny = shortened(training.TRAINING, 1, 2)
    setting = tiny.whole({"system": "latent ODE", "n": 30, "law": "half shown"})
    first, second = (tiny.train(tiny.run(Effort("full"), setting), **setting) for _ in range(2))
    assert all(np.array_equal(first[key], second[key]) for key in first)


@pytest.fixture
def rows(folder, shorten):
    """rows(table): what it tells once the experiments of the room are short."""
    shorten("TRAINING", 2, 2, training, results)
    for name in ("STRETCHES", "SWAPPED", "LATENT_STATES", "YARDSTICKS"):
        shorten(name, 2, 2, results)
    return lambda name: tables.rows_of(tables.read(tables.place(folder, f"adjoint.spirals.{name}")))


def labelled(rows, name, **labels):
    return [row for row in rows if row["name"] == name and all(row.get(key) == labels[key] for key in labels)]


def test_the_table_of_a_training_has_what_figures_and_text_show(rows):
    errors = results.last("RNN", 30, Effort("full"))
    shown = rows("training")
    own = {"system": "RNN", "n": 30, "noise": 0.3, "law": "released"}
    assert labelled(shown, "table", key="clean", **own)[0]["measured"] == pytest.approx(np.median(errors))
    keys = {row["key"] for row in labelled(shown, "table", **own)}
    assert {"noisy", "by mean gaps", "one step ahead", "median window"} <= keys
    assert "marks" not in keys
    assert [len(labelled(shown, name, **own)) for name in ("stopped", "settling", "loss", "curve", "by time")] == [
        1
    ] * 5
    assert np.shape(labelled(shown, "by time", **own)[0]["values"]) == (3, 100)
    assert len(labelled(shown, "told", **own)) == 4
    latent = {**own, "system": "latent ODE"}
    for name, points in (("clean", 200), ("seen", 30), ("told", 200)):
        assert [(row["window"], np.shape(row["values"])) for row in labelled(shown, name, **latent)] == [
            (k, (points, 2)) for k in range(4)
        ]


def test_the_yardsticks_are_told_for_each_count_and_noise(rows):
    held, fitted = results.held(30, Effort("full")), results.fitted(30, Effort("full"))
    assert (fitted < held).all()
    told = {row["kind"]: row["measured"] for row in labelled(rows("yardsticks"), "yardstick", n=30, noise=0.3)}
    assert told == pytest.approx({"held": np.median(held), "fitted": np.median(fitted)})


def test_both_models_are_asked_on_both_stretches(rows):
    values = results.stretch(Effort("full"), "released", "not shown")
    shown = labelled(rows("stretches"), "stretch")
    assert len(shown) == 8
    own = labelled(shown, "stretch", system="latent ODE", law="released", key="not shown")
    assert own[0]["measured"] == pytest.approx(np.median(values))


def test_latent_paths_are_told_and_shuffled_directions_are_misread(rows):
    right, wrong = (results.misread(Effort("full"), shuffled) for shuffled in (False, True))
    assert (right < wrong).all()
    shapes = {row["name"]: np.shape(row["values"]) for row in rows("latent")}
    assert shapes == {"latent paths": (200, 24, 2), "clockwise": (24,), "between": (200, 9, 2)}
    assert results.read_forwards(Effort("full")).shape == (2,)
