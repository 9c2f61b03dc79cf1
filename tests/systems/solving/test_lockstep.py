"""Many adaptive solves at once, each with its own steps, against torchdiffeq one by one."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torchdiffeq import odeint_adjoint  # noqa: E402

from systems.solving.lockstep import solve  # noqa: E402

T0, T1, TOL = 0.5, 2.0, 1e-6


def field(t, z, weights, *given):
    W, b = weights
    driven = torch.tanh(torch.baddbmm(b + t, z, W))
    return driven if not given else given[0] * driven


def problem(members=3, batch=4, d=2):
    """Weights from easy to hard, so that the members need different numbers of steps."""
    rng = np.random.default_rng(8)
    hard = torch.arange(1.0, members + 1).double()[:, None, None] ** 2
    W, b = torch.tensor(rng.normal(size=(members, d, d))) * hard, torch.tensor(rng.normal(size=(members, 1, d)))
    return torch.tensor(rng.normal(size=(members, batch, d))), W, b


class Alone(torch.nn.Module):
    def __init__(self, W, b, given=None):
        super().__init__()
        self.W, self.b, self.given = torch.nn.Parameter(W[None]), torch.nn.Parameter(b[None]), given
        self.calls = 0

    def forward(self, t, z):
        self.calls += 1
        return field(t, z[None], [self.W, self.b], *self.given)[0]


def alone(z0, W, b, given=()):
    """State, gradients and evaluations there and back by torchdiffeq."""
    module, start = Alone(W, b, given), z0.clone().requires_grad_()
    times = torch.tensor([T0, T1], dtype=torch.float64)
    z1 = odeint_adjoint(module, start, times, rtol=TOL, atol=TOL, method="dopri5")[1]
    there = module.calls
    z1.square().sum().backward()
    return z1.detach(), (start.grad, module.W.grad[0], module.b.grad[0]), (there, module.calls - there)


@pytest.mark.parametrize("scaled", [False, True])
def test_states_gradients_and_counts_are_those_of_torchdiffeq_for_every_member(scaled):
    z0, W, b = problem()
    given = (torch.linspace(0.5, 1.5, 12).double().view(3, 4, 1),) if scaled else ()
    leaves = [part.clone().requires_grad_() for part in (z0, W, b)]
    counts = torch.zeros(3, dtype=torch.long)
    z1 = solve(field, leaves[0], leaves[1:], T0, T1, tol=TOL, given=given, counts=counts)
    there = counts.tolist()
    z1.square().sum().backward()
    back = (counts - torch.tensor(there)).tolist()
    assert len(set(there)) == 3
    for e in range(3):
        state, gradients, calls = alone(z0[e], W[e], b[e], tuple(part[e : e + 1] for part in given))
        assert (there[e], back[e]) == calls
        assert torch.allclose(z1[e], state, rtol=1e-12, atol=1e-12)
        for ours, theirs in zip(leaves, gradients, strict=True):
            assert torch.allclose(ours.grad[e], theirs, rtol=1e-9, atol=1e-9)


def test_a_member_that_blows_up_ends_as_nan_and_disturbs_no_other():
    z0 = torch.ones(2, 1, 1, dtype=torch.float64)
    rate = torch.tensor([[[0.5]], [[2.0]]], dtype=torch.float64)  # y' = r y² blows up at 1/r

    def blows(t, z, weights):
        return weights[0] * z * z

    z1 = solve(blows, z0, [rate], 0.0, 1.0, tol=1e-6, most=500)
    assert z1[0].item() == pytest.approx(2.0, rel=1e-4)
    assert z1[1].isnan().all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"t1": T0}, "t0 < t1"),
        ({"z0": torch.ones(3, 4, 2)}, "float64"),
        ({"weights": [torch.ones(2, 2, 2).double()]}, "one number of members"),
    ],
)
def test_what_does_not_fit_is_refused(change, told):
    z0, W, b = problem()
    asked = {"z0": z0, "weights": [W, b], "t0": T0, "t1": T1} | change
    with pytest.raises(ValueError, match=told):
        solve(field, asked["z0"], asked["weights"], asked["t0"], asked["t1"], tol=TOL)
