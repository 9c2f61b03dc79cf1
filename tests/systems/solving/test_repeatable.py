"""A residual that is no function of its input is refused by what it does; one that is passes, whatever its class."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from gronwall.theory.discretization.reversal import EULER, HEUN  # noqa: E402
from systems.adjoint.routes import solve  # noqa: E402
from systems.discretization.memory_free import Callables, ResidualStack, memory_free, plain  # noqa: E402

D = 3


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


class Told(nn.Module):
    """x ↦ V tanh(Wx) and what `more` does to it, called with the module and the value."""

    def __init__(self, more):
        super().__init__()
        torch.manual_seed(3)
        self.net, self.more = nn.Sequential(nn.Linear(D, 5), nn.Tanh(), nn.Linear(5, D)), more
        self.calls, self.last, self.own = 0, None, torch.Generator().manual_seed(0)
        self.register_buffer("seen", torch.zeros(D))

    def forward(self, x):
        return self.more(self, x, self.net(x))


def numpy_noise(m, x, y):
    return y + 1e-3 * torch.from_numpy(np.random.standard_normal(D)).float()  # noqa: NPY002


def rare_dropout(m, x, y):
    """A dropout of one's own, so rare that two calls hardly ever differ."""
    return y * (torch.rand_like(y) >= 1e-12)


def own_generator(m, x, y):
    return y + 1e-6 * torch.rand(D, generator=m.own)


def counter(m, x, y):
    m.calls += 1
    return y * (1 + 1e-6 * m.calls)


def every_other(m, x, y):
    m.calls += 1
    return y if m.calls % 4 < 2 else 2 * y


def momentum(m, x, y):
    """What it remembers is the input before: twice the same input in a row looks like a function from the start."""
    before, m.last = m.last, x.detach().clone()
    return y if before is None else y + 0.5 * (x - before)


def statistics(m, x, y):
    """Its value does not depend on what it gathers."""
    m.seen.mul_(0.9).add_(0.1 * y.detach().mean(0))
    return y


def statistics_anew(m, x, y):
    m.seen = 0.9 * m.seen + 0.1 * y.detach().mean(0)
    return y


def clock(m, x, y):
    return y + (time.perf_counter_ns() % 10**6) * 1e-6


def in_place(m, x, y):
    x.mul_(0.5)
    return y


def python_noise(m, x, y):
    return y + random.random()


REFUSED = {
    "numpy": (numpy_noise, "two values for one input"),
    "rare dropout": (rare_dropout, r"draws random numbers \(torch\)"),
    "own generator": (own_generator, "two values"),
    "counter": (counter, "two values"),
    "every other call": (every_other, "two values"),
    "the input before": (momentum, "two values"),
    "statistics": (statistics, r"changes what it keeps \(seen\)"),
    "statistics in a new tensor": (statistics_anew, r"changes what it keeps \(seen\)"),
    "clock": (clock, "two values"),
    "in place": (in_place, "changes its input in place"),
    "python": (python_noise, "two values"),
}


@pytest.mark.parametrize("scheme", [EULER, HEUN], ids=["euler", "heun"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_function_of_its_input_is_refused_with_its_layer(name, scheme):
    more, told = REFUSED[name]
    stack = ResidualStack([nn.Linear(D, D), Told(more), nn.Linear(D, D)], scheme)
    with pytest.raises(ValueError, match=f"residual 1 .*{told}.*cannot be rebuilt"):
        stack(torch.randn(4, D))
    with pytest.raises(ValueError, match=told):
        ResidualStack([Told(more)] * 2, scheme, memory_free=False)(torch.randn(4, D))


@pytest.mark.parametrize("name", ["numpy", "own generator", "counter", "rare dropout"])
def test_functions_that_are_no_modules_are_asked_too(name):
    told = Told(REFUSED[name][0])
    f = Callables(lambda n, x: told(x), [[]] * 3)
    for run in (memory_free, plain):
        with pytest.raises(ValueError, match=r"residual 0 .*cannot be rebuilt"):
            run(EULER, f, torch.randn(2, D))


LAYERS = {
    "dropout": (lambda: nn.Dropout(0.3), False),
    "alpha dropout": (lambda: nn.AlphaDropout(0.3), False),
    "feature dropout": (lambda: nn.FeatureAlphaDropout(0.3), False),
    "dropout of nothing": (lambda: nn.Dropout(0.0), True),
    "random relu": (lambda: nn.RReLU(), False),
    "batch norm": (lambda: nn.BatchNorm1d(D), False),
    "batch norm without memory": (lambda: nn.BatchNorm1d(D, track_running_stats=False), True),
    "spectral norm": (lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(D, D)), False),
    "layer norm": (lambda: nn.LayerNorm(D), True),
    "attention with dropout": (lambda: nn.TransformerEncoderLayer(D, 1, 4, dropout=0.1), False),
    "attention": (lambda: nn.TransformerEncoderLayer(D, 1, 4, dropout=0.0), True),
}


@pytest.mark.parametrize("name", LAYERS)
def test_in_training_mode_layers_are_judged_by_what_they_do_and_all_pass_in_evaluation_mode(name):
    made, passes = LAYERS[name]
    stack = ResidualStack([nn.Sequential(nn.Linear(D, D), made())] * 2)
    x = torch.randn(5, D)
    if passes:
        stack(x).sum().backward()
    else:
        with pytest.raises(ValueError, match=r"call \.eval\(\)"):
            stack(x)
    stack.eval()(x).sum().backward()


def test_a_hook_is_seen():
    layer = nn.Linear(D, D)
    layer.register_forward_hook(lambda m, x, y: y + 0.1 * torch.randn_like(y))
    with pytest.raises(ValueError, match="two values"):
        ResidualStack([layer])(torch.randn(2, D))


def test_what_only_counts_or_fixes_its_noise_passes():
    def counted(m, x, y):
        m.calls += 1
        return y

    def fixed(m, x, y):
        with torch.random.fork_rng():
            torch.manual_seed(7)
            return y * (torch.rand_like(y) > 0.5)

    def lazy(m, x, y):
        if m.last is None:
            m.last = torch.randn(D)  # drawn once
            m.seen.copy_(m.last)
        return y + m.seen

    for more in (counted, fixed, lazy):
        block = Told(more)
        stack = ResidualStack([block] * 3)
        x = torch.randn(2, D)
        assert torch.equal(stack(x), stack(x))
        stack(x).sum().backward()
        assert block.net[0].weight.grad.abs().sum() > 0


def test_nans_are_one_value():
    stack = ResidualStack([nn.Linear(D, D)] * 2)
    assert stack(torch.full((2, D), float("nan"))).isnan().all()


@pytest.mark.parametrize("name", ["numpy", "rare dropout", "statistics", "python"])
def test_to_be_asked_leaves_no_trace_in_generators_and_buffers(name):
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    block = Told(REFUSED[name][0])
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    with pytest.raises(ValueError, match="cannot be rebuilt"):
        ResidualStack([block])(torch.ones(2, D))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1].tolist(), random.getstate()) == states[1:]  # noqa: NPY002
    assert not block.seen.any()


# ---------------------------------------------------------------- the routes of the adjoint


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(D, 4), nn.Tanh(), nn.Linear(4, D))


def drop(module, given, value):
    return nn.functional.dropout(value, 0.4)


def shift(module, given, value):
    return value + 1.0


@pytest.mark.parametrize(("hook", "told"), [(drop, "two values"), (shift, "from what its layers give")])
@pytest.mark.parametrize("where", [None, 0, 1, 2])
def test_a_network_with_a_hook_is_not_taken_for_its_layers(hook, told, where):
    net, x = network(), torch.randn(2, D)
    assert torch.equal(solve(net, x, 1.0, 4), solve(net, x, 1.0, 4))
    (net if where is None else net[where]).register_forward_hook(hook)
    with pytest.raises(ValueError, match=told):
        solve(net, x, 1.0, 4)
