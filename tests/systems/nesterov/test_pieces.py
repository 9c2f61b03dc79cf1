"""GNesterovNODEs solved between their kinks: gradients against differences of a loss whose events are located again."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from gronwall.theory.nesterov.limit import gate
from systems.nesterov.pieces import T0, T1, gated_pieces, located, located_loss
from systems.nesterov.runs import SIGMAS, XI, Force, gated_run

LAYER = Force(1)
SHAPES = [p.shape for p in LAYER.weights()]


def moved(direction, size):
    """θ + size · direction."""
    found, used = [], 0
    for part in LAYER.weights():
        found.append(part + size * direction[used : used + part.size].reshape(part.shape))
        used += part.size
    return found


@pytest.mark.parametrize("name", SIGMAS)
@pytest.mark.parametrize("seed", [0, 1])
def test_fixed_event_times_give_the_gradient_of_the_loss_with_its_events_located_again(name, seed):
    run, size = gated_pieces(LAYER, name), 1e-4
    direction = np.random.default_rng(seed).normal(size=run.of_theta.size)
    up, down = (located_loss(LAYER, name, moved(direction, s * size), XI) for s in (1, -1))
    assert (up - down) / (2 * size) == pytest.approx(direction @ run.of_theta, abs=1e-6)
    up, down = (located_loss(LAYER, name, LAYER.weights(), XI + s * size) for s in (1, -1))
    assert (up - down) / (2 * size) == pytest.approx(run.of_xi, abs=1e-6)


def test_the_differences_move_the_events():
    direction = np.random.default_rng(0).normal(size=sum(int(np.prod(shape)) for shape in SHAPES))
    here, there = (located(LAYER, "hardtanh", moved(direction, s), XI)[0] for s in (0.0, 1e-4))
    assert len(here) == len(there) > 1
    assert all(abs(p[1] - q[1]) > 1e-6 for p, q in zip(here[:-1], there[:-1], strict=True))


def test_pieces_join_and_end_where_an_entry_is_at_its_bound():
    run, c = gated_pieces(LAYER, "hardtanh"), SIGMAS["hardtanh"].bends
    assert run.parts[0].times[0] == T0
    assert run.parts[-1].times[-1] == T1
    for before, after in zip(run.parts[:-1], run.parts[1:], strict=True):
        assert before.times[-1] == after.times[0]
        assert np.array_equal(before.x[-1], after.x[0])
        f = LAYER.force(before.gate[-1] * before.x[-1], before.times[-1], LAYER.weights())
        changed = np.concatenate([before.of_m.sides != after.of_m.sides, before.of_f.sides != after.of_f.sides])
        at = np.abs(np.concatenate([before.m[-1], f]))[changed]
        assert len(at) > 0
        assert at == pytest.approx(c, abs=1e-8)


def test_every_entry_keeps_its_branch_on_a_piece():
    for piece in gated_pieces(LAYER, "hardtanh").parts:
        f = LAYER.force(piece.gate * piece.x, piece.column, LAYER.weights())
        for values, branch in ((piece.m, piece.of_m), (f, piece.of_f)):
            inner = values[1:-1]
            side = np.where(np.abs(inner) < branch.sigma.bends, 0.0, np.sign(inner))
            assert (side == branch.sides).all()


@pytest.mark.parametrize("name", ["id", "tanh"])
def test_a_smooth_activation_has_one_piece_and_the_run_without_events(name):
    run, plain = gated_pieces(LAYER, name), gated_run(LAYER, name)
    (piece,) = run.parts
    assert piece.x == pytest.approx(plain.first, abs=1e-12)
    assert run.of_theta == pytest.approx(plain.of_theta, abs=1e-12)


def test_the_gate_has_no_kink_between_one_and_three():
    assert np.asarray(gate(np.linspace(T0, T1, 2001))).min() > SIGMAS["hardtanh"].bends
