"""The trained layers of Nguyen et al.: each count and gradient against a second route, and what training promises."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dataclasses import replace  # noqa: E402

from scipy.integrate import solve_ivp  # noqa: E402
from torch import nn  # noqa: E402
from torchdiffeq import odeint  # noqa: E402

from gronwall.efforts import Effort  # noqa: E402
from gronwall.theory.nesterov.limit import released_field, rewritten_field, solve  # noqa: E402
from systems.nesterov.trained.kinds import System  # noqa: E402
from systems.nesterov.trained.models import Classifier, Solver, reset  # noqa: E402
from systems.nesterov.trained.published import COUNTS, NAMES, parameters, published  # noqa: E402
from systems.nesterov.trained.results import DIGITS, EXPERIMENTS, last_of, spectrum_of, states  # noqa: E402
from systems.nesterov.trained.tasks import ABLATED, TASKS, PointCloud, components, systems  # noqa: E402
from systems.nesterov.trained.training import rebuilt  # noqa: E402
from systems.solving.dopri5 import mixed, rms  # noqa: E402
from systems.solving.lockstep import dopri5  # noqa: E402
from systems.training.protocol import Seeds, Table  # noqa: E402

TIGHT = Solver(tol=1e-10)


def small(system, seeds=(1, 2), n=2, hidden=6, solver=TIGHT):
    net = Classifier(len(seeds), system, n, hidden, 1, solver=solver)
    reset(net, list(seeds))
    return net


def points(members=2, many=5):
    return torch.tensor(np.random.default_rng(4).normal(size=(members, many, 2)))


# ---------------------------------------------------------------- architectures


def three(n, m, h, out, timed):
    """Weights and biases of three affine maps n → h → h → out, time an input of the first `timed` of them."""
    return (n + (timed > 0)) * h + h + (h + (timed > 1)) * h + h + (h + (timed > 1)) * out + out + 0 * m


def by_hand(task, name):
    """Table 1 by formulas: force, velocity, readout, and γ̂, ξ̂ as the scripts count them."""
    i = NAMES.index(name)
    first, ball = i < 2, name in ("HBNODE", "GHBNODE")
    if task == "point cloud":
        n, h = (2, 20) if i == 0 else (3, 20) if i == 1 else (2, 13 if i == 2 else 14)
        force = three(2 * n if i == 2 else n, 0, h, n, 1)
        return force + (0 if first else three(2, 0, h, 2, 0)) + n + 1 + (ball or i == 2)
    if task == "Walker2D":
        n = 23 if i == 2 else 24
        if first:
            return 3 * (n * n + n) + 41 * 72 + 72 + 72 * 48 + 48 + 48 * n + n + 17 * n + 17 + 90 * i
        inputs, size = (2 * n if i == 2 else n), 2 * n
        force = inputs**2 + inputs + inputs * n + n + n * n + n
        jump = (17 + size) * size + size + 2 * (size * size + size)
        return force + jump + 17 * n + 17 + (i > 2) + ball
    channels, side = (1, 28) if task == "MNIST" else (3, 32)
    n = {"MNIST": (1, 6, 5), "CIFAR10": (3, 13, 12)}[task][min(i, 2)]
    h = {"MNIST": (92, 64, 50, 50), "CIFAR10": (125, 64, 50, 51)}[task][min(i, 3)]
    inputs = 2 * n if i == 2 else n
    force = (inputs + 1) * h + h + 9 * (h + 1) * h + h + (h + 1) * n + n
    velocity = 0 if first else channels * h + h + 9 * h * h + h + h * (2 * n - channels) + 2 * n - channels
    return force + velocity + n * side**2 * 10 + 10 + ball + (task == "MNIST" and i > 2)


@pytest.mark.parametrize("task", COUNTS)
def test_every_count_of_table_1_is_that_of_the_module_and_of_a_formula(task):
    assert tuple(parameters(published(task, name)) for name in NAMES) == COUNTS[task]
    assert tuple(by_hand(task, name) for name in NAMES) == COUNTS[task]


@pytest.mark.parametrize("name", NAMES)
def test_an_image_network_of_the_paper_gives_ten_logits(name):
    net = published("MNIST", name)
    reset(net, [0])
    net.layer.solver = Solver("euler", step=0.5)
    with torch.no_grad():
        assert net(torch.zeros(1, 2, 1, 28, 28, dtype=torch.float64)).shape == (1, 2, 10)


@pytest.mark.parametrize("name", NAMES)
def test_a_recurrent_network_of_the_paper_predicts_every_channel(name):
    net = published("Walker2D", name)
    reset(net, [0])
    net.layer.solver = Solver("euler", step=0.5)
    with torch.no_grad():
        told = net(torch.full((1, 2, 3), 1 / 64).double(), torch.zeros(1, 2, 3, 17).double())
    assert told.shape == (1, 2, 3, 17)


def test_a_dense_net_is_its_formula():
    net = small(System("first order"), seeds=(3,))
    W1, b1, W2, b2, W3, b3 = (p.detach().numpy()[0] for p in net.layer.force.weights)
    x, t = points(1)[0].numpy(), 1.3

    def elu(v):
        return np.where(v > 0, v, np.expm1(v))

    by_numpy = elu(elu(np.hstack([x, np.full((5, 1), t)]) @ W1 + b1) @ W2 + b2) @ W3 + b3
    told = net.layer.derivative(torch.tensor(t), torch.tensor(x)[None])
    assert np.allclose(told.detach().numpy()[0], by_numpy, rtol=1e-13)


# ---------------------------------------------------------------- systems


def numpy_force(net):
    def force(h, t):
        x = torch.tensor(np.atleast_1d(h))[None, None]
        return net.layer.force(x, torch.tensor(t)).detach().numpy()[0, 0]

    return force


@pytest.mark.parametrize(("kind", "field"), [("nesterov", rewritten_field), ("released", released_field)])
def test_nesterov_layers_integrate_the_systems_of_the_theory(kind, field):
    net = small(System(kind), seeds=(5,))
    z0 = torch.tensor([[[0.3, -0.2, 0.5, 0.1]]], dtype=torch.float64)
    with torch.no_grad():
        z1 = net.layer.flow(z0).numpy()[0, 0]
    first, second = solve(field(numpy_force(net)), z0.numpy()[0, 0, :2], z0.numpy()[0, 0, 2:], [1.0, 2.0])
    assert np.allclose(z1, np.concatenate([first[-1], second[-1]]), atol=1e-8)


def test_the_direct_form_and_the_rewritten_one_agree_where_the_force_is_the_exact_one():
    net = small(System("nesterov"))
    h, v = points(), points() / 3
    z = net.layer.enter(h, v)
    assert torch.allclose(net.layer.resume(z, net.layer.start), torch.cat([h, v], dim=2), rtol=1e-14)


@pytest.mark.parametrize("name", [*NAMES, *ABLATED])
def test_every_layer_is_what_an_independent_solver_makes_of_its_field(name):
    net = small(systems("tanh", "tanh", "learned")[name])
    x = points()
    with torch.no_grad():
        z0 = net.layer.enter(x, None if net.velocity is None else net.velocity(x))
        z1 = net.layer.flow(z0)

        def right(t, y):
            return net.layer.derivative(torch.tensor(t), torch.tensor(y).view(z0.shape)).numpy().ravel()

        told = solve_ivp(right, (1, 2), z0.numpy().ravel(), "DOP853", rtol=1e-12, atol=1e-12)
    assert np.allclose(z1.numpy().ravel(), told.y[:, -1], atol=1e-8)


@pytest.mark.parametrize("name", [*NAMES, "GNesterovNODE, released"])
def test_the_adjoint_gradient_is_that_of_differences(name):
    net = small(systems("tanh", "tanh", "learned")[name], seeds=(7,))
    x = points(1)

    def loss():
        return net(x).square().mean()

    loss().backward()
    rng = np.random.default_rng(0)
    for parameter in [p for p in net.parameters() if p.grad is not None]:
        direction = torch.tensor(rng.normal(size=parameter.shape))
        with torch.no_grad():
            values = []
            for sign in (1, -1):
                parameter.add_(sign * 1e-4 * direction)
                values.append(loss().item())
                parameter.sub_(sign * 1e-4 * direction)
        assert (values[0] - values[1]) / 2e-4 == pytest.approx(
            (parameter.grad * direction).sum().item(), abs=2e-5
        )  # elu


# ---------------------------------------------------------------- the solver


def test_members_are_counted_as_if_alone():
    rates = torch.tensor([1.0, 10.0, 80.0], dtype=torch.float64)[:, None]

    def field(t, y, who):
        return -rates[who] * (y - torch.sin(t)[:, None])

    y, counts = dopri5(field, torch.ones(3, 2, dtype=torch.float64), 0.0, 3.0, 1e-6)
    for member, rate in enumerate(rates):
        calls = 0

        def alone(t, y, rate=rate):
            nonlocal calls
            calls += 1
            return -rate * (y - torch.sin(t))

        times = torch.tensor([0.0, 3.0], dtype=torch.float64)
        told = odeint(alone, torch.ones(2, dtype=torch.float64), times, rtol=1e-6, atol=1e-6)[1]
        assert calls == counts[member]
        assert torch.allclose(told, y[member], rtol=1e-12)
    assert (counts - 2).remainder(6).eq(0).all()


def test_a_member_that_blows_up_ends_as_nan_and_disturbs_no_other():
    def field(t, y, who):
        return torch.tensor([1.0, 0.0], dtype=torch.float64)[who][:, None] * y**2 - y

    y0 = torch.tensor([[3.0], [1.0]], dtype=torch.float64)
    y, _ = dopri5(field, y0, 0.0, 2.0, 1e-8)
    assert y[0].isnan().all()
    assert y[1, 0].item() == pytest.approx(np.exp(-2), abs=1e-7)


def test_the_step_limit_ends_a_member():
    y, counts = dopri5(lambda t, y, who: -50 * y, torch.ones(1, 1, dtype=torch.float64), 0.0, 9.0, 1e-9, most=4)
    assert y.isnan().all()
    assert counts.item() == 2 + 6 * 4


def test_the_mixed_norm_is_the_largest_of_the_segments():
    v = torch.tensor(np.random.default_rng(2).normal(size=(3, 9)))
    by_parts = torch.stack([rms(v[:, :2]), rms(v[:, 2:3]), rms(v[:, 3:])]).amax(dim=0)
    assert torch.allclose(mixed([2, 1, 6])(v), by_parts)


# ---------------------------------------------------------------- training


def trained(task, name, epochs, seeds, **how):
    """What training leaves after some epochs, of the first seeds."""
    run = replace(EXPERIMENTS[task], length=epochs, seeds=Seeds(12, seeds)).run(Effort("full"), {"system": name})
    return EXPERIMENTS[task].train(run, name, **how)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["NODE", "GNesterovNODE"])
def test_a_seed_is_trained_the_same_among_others_as_alone(task, name):
    alone, among = (trained(task, name, 1, seeds=seeds) for seeds in (1, 2))
    for key in ("forward", "backward"):
        assert np.array_equal(alone[key][:, 0], among[key][:, 0])
    assert np.allclose(alone["loss"][:, 0], among["loss"][:, 0], rtol=1e-9)


def test_two_trainings_give_the_same_bytes():
    first, second = (trained("digits", "HBNODE", 1, seeds=2) for _ in range(2))
    assert all(first[key].tobytes() == second[key].tobytes() for key in first)


def test_training_lowers_the_loss():
    losses = trained("digits", "SONODE", 3, seeds=2)["loss"]
    assert (losses[-1] < 0.8 * losses[0]).all()


def test_a_network_is_rebuilt_from_its_weights():
    made = trained("digits", "GHBNODE", 1, seeds=2)
    again = TASKS["digits"].tested(rebuilt("digits", "GHBNODE", made["weights"]), [12, 13])
    assert np.array_equal(again["accuracy"], made["accuracy"])


def test_points_lie_in_a_disc_and_a_ring():
    x, y = PointCloud.data(3)
    radius = np.linalg.norm(x, axis=1)
    assert (radius[y < 0] < 0.5).all()
    assert ((radius[y > 0] > 0.85) & (radius[y > 0] < 1)).all()
    assert (y < 0).sum() == 40


def test_components_are_uncorrelated_on_what_is_trained_on():
    x, labels = components()
    covariance = np.cov(x[:800].numpy().T)
    assert np.allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-10)
    assert len(x) == len(labels) == 1797


def test_a_spectrum_is_that_of_differences():
    made = trained("digits", "NesterovNODE", 1, seeds=1)
    found = spectrum_of("NesterovNODE", made["weights"], many=1)
    net = rebuilt("digits", "NesterovNODE", made["weights"])
    z = states(net, components()[0][800:801][None], 1.5)
    eye = 1e-6 * torch.eye(z.shape[2], dtype=torch.float64)
    with torch.no_grad():
        slopes = [
            (net.layer.derivative(torch.tensor(1.5), z + e) - net.layer.derivative(torch.tensor(1.5), z - e)) / 2e-6
            for e in eye
        ]
    by_differences = np.linalg.eigvals(torch.cat(slopes, dim=1)[0].numpy().T)
    assert np.allclose(np.sort_complex(found), np.sort_complex(by_differences), atol=1e-5)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no system of the kind 'third order'"):
        small(System("third order"))


def test_layers_are_modules():
    assert isinstance(small(System("nesterov")), nn.Module)


def test_the_table_of_digits_tells_of_every_setting_what_figures_and_paper_read():
    run = replace(DIGITS, length=1, seeds=Seeds(12, 2)).run(Effort("full"), DIGITS.whole({"system": "NODE"}))
    found, table = DIGITS.train(run, "NODE"), Table()
    DIGITS.tell(table, found, run, **DIGITS.whole({"system": "NODE"}))
    told = {row["name"]: row for row in table.rows}
    assert set(told) == {"table", "forward", "backward", "loss", "stopped", "spectrum"}
    points = {row["key"]: row for row in table.rows if row["name"] == "table"}
    assert set(points) == {"forward", "backward", "loss", "accuracy"}
    assert points["loss"]["measured"] == pytest.approx(np.median(last_of(found["loss"])))
    assert np.shape(told["spectrum"]["values"])[0] == 2


def test_every_sweep_names_systems_and_keeps_to_settings_that_training_knows():
    for task, experiment in EXPERIMENTS.items():
        for setting in experiment.sweep:
            whole = experiment.whole(setting)
            assert whole["system"] in systems("id", "id", 0.0), task
