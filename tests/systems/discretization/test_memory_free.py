"""The memory-free adjoint: each gradient against a second route to the same quantity."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.autograd.gradcheck import GradcheckError  # noqa: E402

from gronwall.theory.discretization.reversal import EULER, HEUN, forward_states, reconstructed_states  # noqa: E402
from gronwall.theory.perceptrons import Layer, perceptron, residual_network  # noqa: E402
from systems.discretization.memory import Size, peak_bytes  # noqa: E402
from systems.discretization.memory_free import (  # noqa: E402
    Callables,
    Perceptrons,
    ResidualStack,
    gradients,
    memory_free,
    of_modules,
    plain,
    rebuilt,
)
from systems.discretization.stacks import Stack, reversible, shifted  # noqa: E402

SCHEMES = pytest.mark.parametrize("scheme", [EULER, HEUN], ids=["euler", "heun"])
EPS = np.finfo(float).eps
STACK = Stack(depth=5, d=3, w=4, batch=2, size=1.5, seed=7)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def near(left, right, ops=256):
    """Equal up to the rounding of a few hundred operations, normwise."""
    assert (left - right).norm() <= ops * EPS * right.norm()


def all_near(left, right):
    for a, b in zip(left, right, strict=True):
        near(a, b)


def by_autograd(run, scheme, f, x, c):
    return torch.autograd.grad((c * run(scheme, f, x)).sum(), (x, *f.tensors))


# ---------------------------------------------------------------- forwards


@SCHEMES
def test_both_passes_end_in_the_last_state_of_the_scheme(scheme):
    f, x, _ = STACK.build()
    last = forward_states(scheme, f, x, f.depth)[-1]
    assert torch.equal(memory_free(scheme, f, x), last)
    assert torch.equal(plain(scheme, f, x), last)


def test_an_euler_stack_is_the_residual_network_of_the_theory():
    f, x, _ = STACK.build()
    V, W, b = (p.detach().numpy() for p in f.tensors)
    states = residual_network(lambda n, y: perceptron(y, Layer(V[n], W[n], b[n])), x.detach().numpy(), f.depth)
    assert np.allclose(plain(EULER, f, x).detach().numpy(), states[-1], rtol=1e-13)


@SCHEMES
def test_the_states_are_rebuilt_as_the_theory_rebuilds_them(scheme):
    f, x, _ = STACK.build()
    with torch.no_grad():
        last = plain(scheme, f, x)
        ours = [state for _, state in rebuilt(scheme, f, last)][::-1]
        theirs = reconstructed_states(scheme, f, last, f.depth)
    assert all(torch.equal(a, b) for a, b in zip([*ours, last], theirs, strict=True))


# ---------------------------------------------------------------- gradients


@SCHEMES
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_at_stored_states_the_pulls_are_backpropagation(scheme, activation):
    f, x, c = STACK.build()
    f = Perceptrons(*f.tensors, activation)
    with torch.no_grad():
        states = forward_states(scheme, f, x, f.depth)
        at_x, at_weights = gradients(scheme, f, [(n, states[n]) for n in reversed(range(len(states) - 1))], c)
    all_near((at_x, *at_weights), by_autograd(plain, scheme, f, x, c))


@SCHEMES
def test_the_gradient_is_that_of_the_shifted_network(scheme):
    f, x, c = STACK.build()
    all_near(by_autograd(memory_free, scheme, f, x, c), by_autograd(shifted, scheme, f, x, c))
    assert not torch.allclose(by_autograd(memory_free, scheme, f, x, c)[1], by_autograd(plain, scheme, f, x, c)[1])


@SCHEMES
def test_gradcheck_passes_where_the_states_come_back_exactly(scheme):
    f, x, _ = reversible(STACK)
    V, W, b = f.tensors
    mask_v, mask_w = (V != 0).double().detach(), (W != 0).double().detach()  # or the differences break WV = 0

    def network(x, V, W, b):
        return memory_free(scheme, Perceptrons(V * mask_v, W * mask_w, b), x)

    assert torch.autograd.gradcheck(network, (x, V, W, b))


@SCHEMES
def test_gradcheck_passes_where_residuals_do_not_depend_on_the_state(scheme):
    a = torch.linspace(0.5, 2.0, 4, dtype=torch.float64, requires_grad=True)
    x = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)

    def network(x, a):
        parts = a.unbind()
        return memory_free(scheme, Callables(lambda n, x: torch.sin(parts[n]).expand_as(x), [[p] for p in parts]), x)

    assert torch.autograd.gradcheck(network, (x, a))


@SCHEMES
def test_gradcheck_fails_on_rough_residuals_as_it_must(scheme):
    f, x, _ = STACK.build()
    with pytest.raises(GradcheckError):
        torch.autograd.gradcheck(lambda x, *w: memory_free(scheme, Perceptrons(*w), x), (x, *f.tensors))


@SCHEMES
def test_written_out_and_automatic_derivatives_agree(scheme):
    f, x, c = STACK.build()
    layers = [[p[n].detach().requires_grad_() for p in f.tensors] for n in range(f.depth)]

    def residual(n, x):
        V, W, b = layers[n]
        return V @ torch.tanh(W @ x + b)

    at_x, *at_layers = by_autograd(memory_free, scheme, Callables(residual, layers), x, c)
    own_x, *own = by_autograd(memory_free, scheme, f, x, c)
    near(at_x, own_x)
    for k in range(3):
        near(torch.stack(at_layers[k::3]), own[k])


@SCHEMES
def test_many_networks_run_as_one(scheme):
    stacks = [Stack(4, 3, 5, 2, 1.0, seed).build() for seed in range(3)]
    V, W, b = (torch.stack([f.tensors[k].detach() for f, _, _ in stacks], dim=1).requires_grad_() for k in range(3))
    x, c = (torch.stack([made[k].detach() for made in stacks]).requires_grad_() for k in (1, 2))
    together = by_autograd(memory_free, scheme, Perceptrons(V, W, b), x, c)
    for seed, (f, one_x, one_c) in enumerate(stacks):
        at_x, *at_weights = by_autograd(memory_free, scheme, f, one_x, one_c)
        near(together[0][seed], at_x)
        all_near([part[:, seed] for part in together[1:]], at_weights)


# ---------------------------------------------------------------- as a module


@SCHEMES
def test_a_stack_of_modules_trains(scheme):
    torch.manual_seed(0)
    stack = ResidualStack([nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4)) for _ in range(6)], scheme)
    optimizer, x = torch.optim.SGD(stack.parameters(), lr=0.5), torch.randn(16, 4)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = (stack(x) - x.flip(1)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


@SCHEMES
def test_tied_modules_gather_their_gradients(scheme):
    block = nn.Sequential(nn.Linear(3, 3), nn.Tanh()).double()
    f, x = of_modules([block] * 5), torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
    assert len(f.tensors) == 2
    all_near(by_autograd(memory_free, scheme, f, x, x.detach()), by_autograd(shifted, scheme, f, x, x.detach()))


def test_stacked_weights_become_parameters_and_follow_the_optimizer():
    f, x, _ = STACK.build()
    stack = ResidualStack(f, HEUN)
    assert [p.shape for p in stack.parameters()] == [p.shape for p in f.tensors]
    before = stack(x).detach()
    with torch.no_grad():
        stack.layers[0].zero_()
    assert not torch.equal(before, x)
    assert torch.equal(stack(x), x)


def test_a_frozen_parameter_gets_no_gradient_and_the_others_do():
    block = nn.Linear(2, 2)
    block.bias.requires_grad_(False)
    ResidualStack([block])(torch.ones(1, 2)).sum().backward()
    assert block.bias.grad is None
    assert block.weight.grad is not None


# ---------------------------------------------------------------- what is refused


def test_a_weight_changed_before_the_way_back_is_noticed():
    f, x, _ = STACK.build()
    last = memory_free(EULER, f, x)
    with torch.no_grad():
        f.W.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        last.sum().backward()


def test_heun_with_one_layer_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"heun needs at least 2 residuals .* got 1: add a layer or use EULER"):
        ResidualStack([nn.Linear(2, 2)], HEUN)(torch.ones(1, 2))


def test_weights_that_do_not_fit_are_named():
    V, W, b = torch.zeros(4, 3, 5), torch.zeros(4, 5, 3), torch.zeros(4, 5, 1)
    with pytest.raises(ValueError, match=r"V \(4, 3, 5\), W \(4, 3, 5\), b \(4, 5, 1\) do not fit"):
        Perceptrons(V, W.mT, b)
    with pytest.raises(ValueError, match=r"V has \(4,\), W \(3,\) layers"):
        Perceptrons(V, W[:3], b[:3])
    with pytest.raises(ValueError, match="activation 'gelu' is not one of tanh, relu"):
        Perceptrons(V, W, b, "gelu")


def test_a_residual_that_changes_the_shape_is_named():
    with pytest.raises(ValueError, match=r"residual 0 takes a state of shape \(1, 2\) to \(1, 1\)"):
        ResidualStack([nn.Linear(2, 1)])(torch.ones(1, 2))


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(2), nn.Dropout(0.5)])
def test_a_module_whose_value_changes_from_call_to_call_is_refused(layer):
    stack = ResidualStack([nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2), layer)])
    with pytest.raises(ValueError, match=r"residual 1 (changes what it keeps|gave two values).* call \.eval\(\)"):
        stack(torch.ones(4, 2))
    stack.eval()(torch.ones(4, 2)).sum().backward()


def test_a_state_of_integers_and_an_empty_stack_are_refused():
    f, x, _ = STACK.build()
    with pytest.raises(TypeError, match=r"state is of torch.int64"):
        memory_free(EULER, f, torch.ones(3, 2, dtype=torch.int64))
    with pytest.raises(ValueError, match="no residuals"):
        ResidualStack([])(x)


def test_a_nan_passes_through_to_the_gradients():
    f, x, _ = STACK.build()
    with torch.no_grad():
        x[0, 0] = float("nan")
    assert all(g.isnan().any() for g in by_autograd(memory_free, EULER, f, x, torch.ones_like(x)))


# ---------------------------------------------------------------- memory


@SCHEMES
def test_memory_is_counted_the_same_twice_and_flat_in_depth(scheme):
    peaks = [peak_bytes(scheme.name, memory_free, Size(n)) for n in (8, 8, 32)]
    assert len(set(peaks)) == 1
    assert peaks[0] < peak_bytes(scheme.name, plain, Size(32)) / 2
