"""Flows in the plane: compiled solves and gradients against torchdiffeq, densities against autograd and quadrature."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from torchdiffeq import odeint_adjoint  # noqa: E402

from gronwall.efforts import Effort  # noqa: E402
from gronwall.running import tables  # noqa: E402
from systems.adjoint.densities import layers, results, training  # noqa: E402
from systems.adjoint.densities.kernels import (  # noqa: E402
    Member,
    Units,
    adjoint,
    flow,
    pull,
    rate,
    scratch_of,
    tanh_into,
)
from systems.adjoint.densities.laws import entropy, grid, log_law, log_normaliser, sample  # noqa: E402
from systems.adjoint.densities.models import (  # noqa: E402
    HIDDEN,
    back_through_layers,
    first_layers,
    gated,
    hyper,
    through_layers,
    weights_of,
)
from systems.adjoint.densities.training import TRAINING  # noqa: E402
from systems.solving.compiled import Asked  # noqa: E402
from systems.solving.dopri5 import DOPRI5  # noqa: E402

M, N, TOL = 3, 7, 1e-5


class Alone(torch.nn.Module):
    """The same flow in torch, its trace or εᵀJε by autograd from the field alone."""

    def __init__(self, theta, moving, signs, delta):
        super().__init__()
        parts = np.split(theta, np.cumsum([2 * M, 2 * M, M, M, HIDDEN * moving, HIDDEN]))
        self.parts = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(part)) for part in parts])
        self.moving, self.signs, self.delta, self.calls = moving, signs, delta, 0

    def field(self, t, z):
        w, u, b, G, B, A, a = self.parts
        moved = torch.tanh(A * t + a) @ B.view(HIDDEN, self.moving)
        flat = torch.cat([w, u, b, G])
        flat = torch.cat([flat[: 6 * M - self.moving], flat[6 * M - self.moving :] + moved])
        w, u, b, G = flat[: 2 * M].view(2, M), flat[2 * M : 4 * M].view(2, M), flat[4 * M : 5 * M], flat[5 * M :]
        return (u * torch.sigmoid(G)) @ torch.tanh(w.T @ z + b[:, None])

    def forward(self, tau, y):
        self.calls += 1
        t = tau if self.delta > 0 else 1 - tau
        with torch.enable_grad():
            z = (y if y.requires_grad else y.detach().requires_grad_())[:2]
            f = self.field(t, z)
            if self.signs is not None:
                pulled = torch.autograd.grad((f * self.signs).sum(), z, create_graph=True)[0]
                trace = (pulled * self.signs).sum(dim=0)
            else:
                rows = [torch.autograd.grad(f[i].sum(), z, create_graph=True)[0][i] for i in range(2)]
                trace = sum(rows)
        return self.delta * torch.cat([f, -trace[None]])


@pytest.mark.parametrize("estimated", [False, True])
@pytest.mark.parametrize(("moving", "delta"), [(M, 1), (6 * M, -1)])
def test_states_gradients_and_counts_are_those_of_torchdiffeq(moving, delta, estimated):
    rng = np.random.default_rng(5)
    theta, z = 0.8 * rng.normal(size=6 * M + HIDDEN * moving + 2 * HIDDEN), rng.normal(size=(2, N))
    signs = 2.0 * rng.integers(0, 2, (2, N)) - 1
    e, cot, Y, into = (
        (signs[0] * signs[1] if estimated else np.zeros(N)),
        rng.normal(size=3 * N),
        *map(np.empty, (3 * N, theta.size)),
    )
    pulled = cot.copy()
    member, asked = Member(Units(theta, M, HIDDEN, moving), e, delta), Asked(0.0, 1.0, TOL, 400, DOPRI5)
    there = flow(z, member, asked, Y)
    back = adjoint(Y, pulled, member, asked, into)

    alone = Alone(theta, moving, torch.tensor(signs) if estimated else None, delta)
    start = torch.tensor(np.vstack([z, np.zeros(N)])).requires_grad_()
    end = odeint_adjoint(alone, start, torch.tensor([0.0, 1.0]).double(), rtol=TOL, atol=TOL, method="dopri5")[1]
    calls = alone.calls
    (end.reshape(-1) * torch.tensor(cot)).sum().backward()
    assert (there, back) == (calls, alone.calls - calls)
    assert np.allclose(Y, end.detach().numpy().ravel(), rtol=0, atol=1e-11)
    assert np.allclose(pulled, start.grad.numpy().ravel(), rtol=0, atol=1e-10)
    theirs = np.concatenate([part.grad.numpy().ravel() for part in alone.parts])
    assert np.allclose(into, theirs, rtol=0, atol=1e-10)


def test_the_compiled_tanh_is_tanh_to_fourteen_digits():
    s = np.concatenate([np.linspace(-40, 40, 4001), [1e-9, 0.0]])
    h = np.empty_like(s)
    tanh_into(s, h)
    assert np.abs(h - np.tanh(s)).max() < 1e-14


def in_torch(theta, z):
    """Planar layers in torch: image and log determinant by autograd's Jacobian."""
    w, u, b = theta[:2], theta[2:4], theta[4]
    inner = (w * u).sum(dim=0)
    hat = u + (torch.nn.functional.softplus(inner) - 1 - inner) / w.square().sum(dim=0) * w

    def through(x):
        for k in range(len(b)):
            x = x + hat[:, k] * torch.tanh(w[:, k] @ x + b[k])
        return x

    J = torch.stack([torch.autograd.functional.jacobian(through, x, create_graph=True) for x in z.T])
    return torch.stack([through(x) for x in z.T], dim=1), torch.linalg.slogdet(J)[1]


def test_layers_and_their_gradients_are_those_of_autograd():
    rng = np.random.default_rng(6)
    theta, z = rng.normal(size=(5, 9)), rng.normal(size=(2, 4))
    cot, along = rng.normal(size=(2, 4)), 0.3
    leaf = torch.tensor(theta).requires_grad_()
    image, logdet = in_torch(leaf, torch.tensor(z))
    found = through_layers(theta, z)
    assert np.allclose(found, np.vstack([image.detach().numpy(), logdet.detach().numpy()]), atol=1e-12)
    ((torch.tensor(cot) * image).sum() + along * logdet.sum()).backward()
    passed, d = layers.passed_of(9, 4), np.empty((5, 9))
    layers.layers(z, weights_of(theta), passed)
    layers.layers_pull(weights_of(theta), passed, cot, along, weights_of(d))
    assert np.allclose(d, leaf.grad.numpy(), atol=1e-11)


def test_layers_can_be_inverted_and_start_near_the_identity():
    z = np.random.default_rng(7).normal(size=(2, 50))
    theta = np.random.default_rng(8).normal(size=(5, 12))
    assert np.allclose(back_through_layers(theta, through_layers(theta, z)[:2]), z, atol=1e-9)
    assert np.abs(through_layers(first_layers(0, 32), z)[:2] - z).max() < 0.6
    assert np.abs(gated(32).carried(gated(32).first(0), z)[:2] - z).max() < 0.6
    assert len(hyper(4).first(0)) == hyper(4).learned


def potentials_in_torch(z):
    x, y = z
    s, r = torch.sin(np.pi * x / 2), 3 * torch.exp(-0.5 * ((x - 1) / 0.6) ** 2)
    wall = 0.5 * (torch.relu(x.abs() - 4) / 0.4) ** 2

    def bump(v, width):
        return torch.exp(-0.5 * (v / width) ** 2)

    return [
        0.5 * ((z.norm() - 2) / 0.4) ** 2 - torch.log(bump(x - 2, 0.6) + bump(x + 2, 0.6)),
        0.5 * ((y - s) / 0.4) ** 2 + wall,
        -torch.log(bump(y - s, 0.35) + bump(y - s + r, 0.35)) + wall,
    ]


def test_potentials_and_their_gradients_are_those_of_the_formulas():
    for point in np.random.default_rng(9).normal(size=(12, 2)) * [2.5, 1.0]:
        for kind in range(3):
            z = torch.tensor(point).requires_grad_()
            U = potentials_in_torch(z)[kind]
            slope = torch.autograd.grad(U, z)[0].numpy()
            assert np.allclose(layers.potential(kind, *point), [U.item(), *slope], rtol=1e-9, atol=1e-9)


def test_laws_have_unit_mass_and_the_entropy_of_their_samples():
    x, cell = grid()
    for law in (0, 1):
        assert np.exp(log_law(law, x)).sum() * cell == pytest.approx(1, abs=1e-6)
        surprise = -log_law(law, sample(law, np.random.default_rng(10), 4000))
        assert abs(surprise.mean() - entropy(law)) < 4 * surprise.std() / np.sqrt(4000)


def test_the_normaliser_of_the_wave_is_that_of_a_gaussian_beside_a_wall():
    width = 8 + np.sqrt(2 * np.pi) * 0.4
    assert log_normaliser(1) == pytest.approx(np.log(width * np.sqrt(2 * np.pi) * 0.4), abs=1e-6)


def test_a_density_integrates_to_one_and_is_that_of_its_samples():
    model = gated(4)
    theta = model.first(3) + 0.3 * np.random.default_rng(11).normal(size=model.learned)
    x, cell = grid(81, 8.0)
    log_p = model.log_density(theta, x, tol=1e-7)
    assert np.exp(log_p).sum() * cell == pytest.approx(1, abs=1e-4)
    z = np.random.default_rng(12).normal(size=(2, 20))
    y = model.carried(theta, z, tol=1e-9)
    there = -0.5 * np.sum(z**2, axis=0) - np.log(2 * np.pi) + y[2]
    assert np.allclose(model.log_density(theta, y[:2], tol=1e-9), there, atol=1e-6)


def test_a_training_gives_the_same_bits_twice_and_says_when_it_is_stopped(shortened, monkeypatch):
    tiny = shortened(TRAINING, 50, 1)

    def trained(**setting):
        whole = tiny.whole(setting)
        return tiny.train(tiny.run(Effort("full"), whole), **whole)

    one, two = (trained(kind="gated", size=2, task="U1") for _ in range(2))
    assert one["weights"].tobytes() == two["weights"].tobytes()
    assert not one["stopped"].any()
    monkeypatch.setitem(training.RATES["matching"], "layers, early", 1e200)
    assert trained(kind="layers, early", size=2, task="U1")["stopped"].all()


@pytest.fixture
def tiny(folder, shorten, monkeypatch):
    """All experiments of the room short, and few fresh samples."""
    monkeypatch.setattr(results, "FRESH", 200)
    monkeypatch.setattr(results, "TARGET_POINTS", 9)
    monkeypatch.setattr(results, "LAW_POINTS", 7)
    monkeypatch.setattr(results, "SIZES", (2,))
    monkeypatch.setattr(results, "UNITS", 2)
    shorten("TRAINING", 50, 3, training, results)
    for name in ("MATCHING", "LIKELIHOOD", "UNTRAINED"):
        shorten(name, 50, 3, results)
    return lambda name: tables.rows_of(tables.read(tables.place(folder, f"adjoint.densities.{name}")))


def named(rows, name):
    return [row for row in rows if row["name"] == name]


def test_the_tables_of_flows_on_a_target_have_what_figures_and_text_show(tiny):
    found = {kind: results.kl(kind, 2, "U1", Effort("full")) for kind in ("gated", "hyper", "layers")}
    rows = tiny("matching")
    found["layers, early"] = results.kl("layers, early", 2, "U1", Effort("full"))  # told beside the layers
    assert {row["kind"]: row["measured"] for row in named(rows, "table")} == pytest.approx(
        {kind: np.median(values) for kind, values in found.items()}
    )
    assert [(row["kind"], row["t"], np.shape(row["values"])) for row in named(rows, "density")] == [
        *(("gated", t, (9, 9)) for t in (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("layers", 1.0, (9, 9)),
    ]
    assert named(rows, "KL of the density")[0]["values"] == [np.median(found["gated"])]
    assert np.shape(named(rows, "target")[0]["values"]) == (9, 9)
    rows = tiny("training")
    assert {(row["kind"], row["key"]) for row in named(rows, "table")} == {
        (kind, key) for kind in ("gated", "hyper") for key in ("forward", "backward")
    }
    assert {row["kind"]: row["measured"] for row in named(rows, "parameters")}["layers, early"] == 10
    assert [row["measured"] for row in named(rows, "stopped")] == [0, 0, 0, 0]
    assert np.shape(named(rows, "loss")[0]["values"]) == (3, 50)


def test_the_tables_of_flows_on_data_have_what_figures_and_text_show(tiny):
    gaps = {noise: results.likelihoods("gated", 2, "moons", Effort("full"), noise=noise) for noise in (False, True)}
    rows = tiny("likelihood")
    table = {(row["noise"], row["key"]): row["measured"] for row in named(rows, "table")}
    assert {table[noise, "gap"] for noise in gaps} == {np.median(values) for values in gaps.values()}
    assert set(table) == {(noise, key) for noise in (False, True) for key in ("gap", "likelihood")}
    assert named(rows, "entropy")[0]["measured"] == pytest.approx(entropy(1))
    assert [np.shape(row["values"]) for name in ("density", "law") for row in named(rows, name)] == [(7, 7)] * 2
    assert named(rows, "gap of the density")[0]["values"] == [np.median(gaps[False])]


def test_untrained_flows_are_those_of_the_same_seeds_on_the_same_samples(tiny):
    found = results.kl_untrained("gated", 2, "U1", Effort("full"))
    for seed, value in zip((12, 13, 14), found, strict=True):
        z = np.random.default_rng([seed, 8]).normal(size=(2, 200))
        assert results.divergence("gated", 2, "U1", gated(2).first(seed), z)[0] == value


def scattered(sizes, order):
    """Arrays of these sizes side by side in one piece of memory, in some order, with gaps of a few numbers."""
    rng = np.random.default_rng(order)
    memory, at, found = np.empty(sum(sizes) + 4 * len(sizes)), 0, [np.empty(0)] * len(sizes)
    for i in rng.permutation(len(sizes)):
        at += int(rng.integers(0, 4))
        found[i] = memory[at : at + sizes[i]]
        at += sizes[i]
    return found


@pytest.mark.parametrize("moving", [32, 6 * 32])
def test_the_bits_of_a_gradient_do_not_depend_on_where_arrays_lie(moving):
    units, samples, rng = 32, 100, np.random.default_rng(13)
    learned = 6 * units + HIDDEN * moving + 2 * HIDDEN
    given = [rng.normal(size=learned), rng.normal(size=3 * samples), rng.normal(size=3 * samples), np.zeros(samples)]
    seen = set()
    for order in range(60):
        places = scattered([learned, 3 * samples, 3 * samples, samples, 3 * samples + 1 + learned, 3 * samples], order)
        for place, values in zip(places, given, strict=False):
            place[:] = values
        theta, y, cot, e, slopes, out = places
        y, cot, out = (part.reshape(3, samples) for part in (y, cot, out))
        member, scratch = Member(Units(theta, units, HIDDEN, moving), e, 1), scratch_of(units, HIDDEN, samples)
        rate(0.3, y, member, scratch, out)
        pull(0.3, y, cot, member, scratch, slopes)
        seen.add(out.tobytes() + slopes.tobytes())
    assert len(seen) == 1
