"""Gradients of a neural ODE by route: each against autograd, against stored states, or against the theory in NumPy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from gronwall.theory.adjoint import discrete as da  # noqa: E402
from gronwall.theory.adjoint.continuous import Clocked  # noqa: E402
from gronwall.theory.runge_kutta import (  # noqa: E402
    DORMAND_PRINCE,
    EULER,
    HEUN,
    IMPLICIT_MIDPOINT,
    MIDPOINT,
    RK4,
    THREE_EIGHTHS,
    integrate,
)
from systems.adjoint.routes import ROUTES, SATURATED, Mlp, default_slots, solve  # noqa: E402

EPS = np.finfo(float).eps
SPAN, N, COUPLING = 0.8, 7, 0.9
TABLEAUX = pytest.mark.parametrize(
    "tableau", [EULER, MIDPOINT, HEUN, RK4, THREE_EIGHTHS, DORMAND_PRINCE], ids=lambda tableau: tableau.name
)
EXACT = pytest.mark.parametrize("route", ["stored", "checkpointed"])
EVERY = pytest.mark.parametrize("route", list(ROUTES))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def network(*sizes, seed=0, dtype=torch.float64):
    """Random layers of these sizes."""
    draw = torch.Generator().manual_seed(seed)
    A = [torch.randn(b, a, generator=draw, dtype=torch.float64) / a**0.5 for a, b in pairwise(sizes)]
    b = [torch.randn(size, generator=draw, dtype=torch.float64) / 2 for size in sizes[1:]]
    return Mlp([a.to(dtype).requires_grad_() for a in A], [v.to(dtype).requires_grad_() for v in b])


def rows(d, batch=5, seed=1):
    return torch.randn(batch, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).requires_grad_()


def loss(x):
    return (x * torch.linspace(-1, 2, x.numel(), dtype=x.dtype).view(x.shape)).sum() + x.square().sum()


def gradients(last, f, x):
    return torch.autograd.grad(loss(last), (x, *f.tensors))


def reversibly(f, x, tableau):
    """The last state of the reversible scheme, step by step, as autograd differentiates it."""
    y = z = x
    for _ in range(N):
        y, z = da.reversible_step(tableau, lambda t, v: f(v), 0.0, y, z, SPAN / N, coupling=COUPLING)
    return y


def near(left, right, ops=1024):
    """Equal up to the rounding of so many operations, normwise."""
    for a, b in zip(left, right, strict=True):
        assert a.shape == b.shape
        assert (a - b).norm() <= ops * EPS * b.norm()


# ---------------------------------------------------------------- states


@TABLEAUX
def test_the_solve_is_that_of_the_tableau(tableau):
    f, x = network(3, 6, 3), rows(3)
    near([solve(f, x, SPAN, N, tableau=tableau)], [integrate(tableau, lambda t, v: f(v), 0.0, SPAN, x, N)])


def test_the_reversible_solve_is_that_of_the_theory():
    f, x = network(3, 6, 3), rows(3)
    near([solve(f, x, SPAN, N, route="reversible", coupling=COUPLING)], [reversibly(f, x, THREE_EIGHTHS)])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_last_coordinate_is_one_and_has_no_slope_exactly(dtype):
    t = torch.tanh(torch.full((67,), SATURATED, dtype=dtype))
    assert torch.equal(t, torch.ones_like(t))


# ---------------------------------------------------------------- gradients


@EXACT
@TABLEAUX
@pytest.mark.parametrize("sizes", [(3, 6, 3), (2, 9, 2), (4, 3, 5, 4), (2, 2)], ids=str)
def test_stored_and_checkpointed_gradients_are_those_of_autograd(route, tableau, sizes):
    f, x = network(*sizes), rows(sizes[0])
    plain = integrate(tableau, lambda t, v: f(v), 0.0, SPAN, x, N)
    near(gradients(solve(f, x, SPAN, N, tableau=tableau, route=route), f, x), gradients(plain, f, x))


@TABLEAUX
def test_reversible_gradients_are_those_of_autograd_through_the_reversible_scheme(tableau):
    f, x = network(3, 6, 3), rows(3)
    own = solve(f, x, SPAN, N, tableau=tableau, route="reversible", coupling=COUPLING)
    near(gradients(own, f, x), gradients(reversibly(f, x, tableau), f, x), ops=4096)


@pytest.mark.parametrize("slots", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("n", [1, 2, 13])
def test_checkpointed_gradients_are_the_stored_ones_bit_for_bit(n, slots):
    f, x = network(3, 6, 3), rows(3)
    found = gradients(solve(f, x, SPAN, n, route="checkpointed", slots=slots), f, x)
    stored = gradients(solve(f, x, SPAN, n, route="stored"), f, x)
    assert all(torch.equal(a, b) for a, b in zip(found, stored, strict=True))


@pytest.mark.parametrize("route", ["rebuilt", "continuous"])
@pytest.mark.parametrize("tableau", [HEUN, RK4, THREE_EIGHTHS], ids=lambda tableau: tableau.name)
def test_one_state_suffices_as_in_the_theory_in_numpy(route, tableau):
    """A sample at a time, by the same route over the same tableau: also where it is not the gradient of the scheme."""
    f, x = network(3, 6, 3), rows(3, batch=1)
    with torch.no_grad():
        f.biases[1].zero_()  # `Clocked` has none there
    A, V, b = (p.detach().numpy() for p in (f.weights[0], f.weights[1], f.biases[0]))
    field = Clocked(V, A, b, np.zeros_like(b))
    c = torch.linspace(-1, 2, 3, dtype=torch.float64).numpy()
    problem = da.Problem(field, field.vjp, 0.0, SPAN, x.detach().numpy()[0], lambda t, z: c + 2 * z)
    exact = {"rebuilt": da.rebuilt, "continuous": da.continuous}[route](tableau, problem, N)
    found = gradients(solve(f, x, SPAN, N, tableau=tableau, route=route), f, x)
    of_field = field.like(exact.theta)
    theirs = (exact.state[None], of_field.W, of_field.V, of_field.b)
    near(found[:4], [torch.from_numpy(np.array(part)) for part in theirs])


@pytest.mark.parametrize(("route", "least"), [("rebuilt", 5.0), ("continuous", 4.0)])
def test_what_one_state_loses_falls_like_the_order_of_the_route(route, least):
    f, x = network(3, 6, 3), rows(3)

    def lost(n):
        stored, found = (gradients(solve(f, x, SPAN, n, route=r), f, x) for r in ("stored", route))
        return sum((a - b).square().sum() for a, b in zip(found, stored, strict=True)).sqrt()

    assert torch.log2(lost(8) / lost(16)) >= least - 0.3


@EVERY
def test_every_route_meets_central_differences(route):
    f, x = network(3, 6, 3), rows(3)
    along = [torch.randn(p.shape, generator=torch.Generator().manual_seed(9), dtype=p.dtype) for p in (x, *f.tensors)]

    def at(step):
        with torch.no_grad():
            moved = [p + step * v for p, v in zip((x, *f.tensors), along, strict=True)]
            return loss(solve(Mlp(moved[1:3], moved[3:]), moved[0], SPAN, 40, route=route)).item()

    slope = sum((g * v).sum() for g, v in zip(gradients(solve(f, x, SPAN, 40, route=route), f, x), along, strict=True))
    assert slope.item() == pytest.approx((at(1e-5) - at(-1e-5)) / 2e-5, rel=1e-6)


@EVERY
def test_a_negative_span_solves_backwards_in_time(route):
    f, x = network(3, 6, 3), rows(3)
    there = solve(f, solve(f, x, SPAN, 64), -SPAN, 64, route=route)
    assert torch.allclose(there, x, atol=1e-5)
    assert torch.allclose(gradients(there, f, x)[0], torch.autograd.grad(loss(x), x)[0], atol=1e-4)


# ---------------------------------------------------------------- as a part of a program


def test_a_module_trains():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    optimizer, x = torch.optim.SGD(net.parameters(), lr=0.3), torch.randn(32, 2)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        off = (solve(net, x, 1.0, 8) - x.flip(1) / 2).square().mean()
        off.backward()
        optimizer.step()
        losses.append(off.item())
    assert losses[-1] < losses[0] / 2


@EVERY
def test_single_precision_stays_near_double(route):
    f, x = network(3, 6, 3), rows(3)
    single = network(3, 6, 3, dtype=torch.float32)
    exact = gradients(solve(f, x, SPAN, N, route=route), f, x)
    start = x.detach().float().requires_grad_()
    for a, b in zip(gradients(solve(single, start, SPAN, N, route=route), single, start), exact, strict=True):
        assert (a.double() - b).norm() <= 100 * np.finfo(np.float32).eps * b.norm()


def test_any_leading_shape_is_a_batch():
    f, x = network(3, 6, 3), rows(3, batch=6)
    together = solve(f, x.view(2, 3, 3), SPAN, N)
    assert torch.equal(together.view(6, 3), solve(f, x, SPAN, N))
    assert torch.equal(solve(f, x[0], SPAN, N), solve(f, x[:1], SPAN, N)[0])


def test_a_nan_passes_through_to_the_gradients():
    f, x = network(3, 6, 3), rows(3)
    with torch.no_grad():
        x[0, 0] = float("nan")
    found = gradients(solve(f, x, SPAN, N), f, x)
    assert all(g.isnan().any() for g in found)
    assert not found[0][1:].isnan().any()


@EVERY
def test_a_weight_changed_before_the_way_back_is_noticed(route):
    f, x = network(3, 6, 3), rows(3)
    last = solve(f, x, SPAN, N, route=route)
    with torch.no_grad():
        f.weights[0].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        last.sum().backward()


@EVERY
def test_what_is_saved_does_not_grow_with_the_steps_unless_states_are_stored(route):
    f, x = network(3, 6, 3), rows(3)

    def saved(n):
        kept = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.nbytes) or t, lambda t: t):
            solve(f, x, SPAN, n, route=route)
        return sum(kept)

    assert saved(64) - saved(8) == (56 * 5 * 4 * 8 if route == "stored" else 0)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"route": "forgotten"}, "route 'forgotten': expected one of stored, checkpointed, rebuilt"),
        ({"n": 0}, "n = 0 steps"),
        ({"route": "checkpointed", "slots": 0}, "0 slots: expected at least one"),
        ({"tableau": IMPLICIT_MIDPOINT}, "implicit midpoint is implicit: expected an explicit tableau"),
        ({"tableau": MIDPOINT, "route": "continuous"}, "explicit midpoint has a zero among its weights 0, 1: use"),
        ({"coupling": 0.0}, r"coupling 0.0: expected 0 < λ <= 1"),
        ({"x": torch.zeros(4, 2, dtype=torch.float64)}, r"state of shape \(4, 2\): expected \(…, 3\)"),
        ({"x": torch.zeros(0, 3, dtype=torch.float64)}, r"state of shape \(0, 3\): .* not empty"),
    ],
)
def test_what_does_not_fit_is_named(given, match):
    given = {"x": rows(3), "n": N, **given}
    with pytest.raises(ValueError, match=match):
        solve(network(3, 6, 3), given.pop("x"), SPAN, given.pop("n"), **given)


def test_a_state_of_another_dtype_is_refused():
    with pytest.raises(TypeError, match=r"state is torch.float32 on cpu, the weights are torch.float64"):
        solve(network(3, 6, 3), torch.zeros(1, 3), SPAN, N)


def test_weights_that_do_not_fit_are_named():
    f = network(3, 6, 3)
    with pytest.raises(ValueError, match=r"A \[\(6, 3\), \(6, 3\)\].* layers that fit"):
        Mlp([f.weights[0]] * 2, [f.biases[0]] * 2)
    with pytest.raises(ValueError, match="as many rows as the state has numbers"):
        network(3, 6, 4)
    with pytest.raises(ValueError, match="a bias for each row"):
        Mlp(f.weights, f.biases[::-1])
    with pytest.raises(ValueError, match="at least one layer"):
        Mlp([], [])
    with pytest.raises(TypeError, match="expected one of float32 and float64"):
        Mlp([A.half() for A in f.weights], [b.half() for b in f.biases])


@pytest.mark.parametrize(
    ("module", "match"),
    [
        (nn.Sequential(), "Sequential of nothing"),
        (nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)), "Sequential of Linear, ReLU, Linear: expected"),
        (nn.Sequential(nn.Linear(2, 2), nn.Tanh()), "Sequential of Linear, Tanh: expected Linear, Tanh, …, Linear"),
        (nn.Sequential(nn.Linear(2, 2, bias=False)), "with biases"),
    ],
)
def test_a_module_that_is_no_tanh_network_is_refused(module, match):
    with pytest.raises(ValueError, match=match):
        solve(module, torch.ones(1, 2), SPAN, N)


def test_slots_are_the_logarithm_of_the_steps():
    assert [default_slots(n) for n in (1, 2, 3, 64, 65, 4096)] == [1, 1, 2, 6, 7, 12]
