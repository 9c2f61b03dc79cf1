"""A report of refined steps: what it sees of a field whose flow is known, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gronwall.certifying.steps import steps_report

TURN = np.array([[0.0, -2.0], [2.0, 0.0]])


def turning(t, x):
    return x @ TURN.T


def test_distances_are_those_from_the_flow():
    x0 = np.array([1.0, 0.0])
    told = steps_report(turning, x0, scheme="euler", steps=tuple(2**k for k in range(4, 13)))
    flow = np.array([np.cos(2.0), np.sin(2.0)])
    finest = 2**12
    for row in told.rows[:4]:
        end = np.linalg.matrix_power(np.eye(2) + TURN / row.steps, row.steps) @ x0
        last = np.linalg.matrix_power(np.eye(2) + TURN / finest, finest) @ x0
        assert row.distance == pytest.approx(np.linalg.norm(end - last), rel=1e-9)
        assert row.distance == pytest.approx(np.linalg.norm(end - flow), rel=0.05)
    assert told.verdict == "holds"
    assert told.seen == pytest.approx(1.0, abs=0.05)


def test_shares_are_those_of_the_flow():
    told = steps_report(lambda t, x: 1.38 * x, np.array([1.0]), scheme="euler")
    flow = np.exp(1.38)
    for row in told.rows[3:]:
        off = abs((1 + 1.38 / row.steps) ** row.steps - flow) / (flow - 1)
        assert row.share == pytest.approx(off, rel=0.1)
    assert told.resolved() == 128


def test_who_has_not_moved_is_not_there():
    told = steps_report(lambda t, x: 1 - abs(2 * t - 1) + 0 * x, np.array([0.0]), scheme="euler", steps=(1, 2, 4, 8))
    assert told.rows[0].displacement == 0
    assert told.rows[0].share > 0.5
    assert told.resolved() != 1


def test_a_scheme_of_order_four_is_seen_and_resolved():
    told = steps_report(turning, np.array([1.0, 0.0]), scheme="rk4", steps=(1, 2, 4, 8, 16, 32, 64), trained=1)
    assert told.verdict == "holds"
    assert told.seen == pytest.approx(4.0, abs=0.2)
    assert told.resolved() == 2
    assert "trained with these" in str(told)
    assert "within 1 % of the flow from 2 steps on" in str(told)


def test_what_steps_do_not_resolve_is_said():
    told = steps_report(lambda t, x: 40 * np.sin(40 * x), np.array([0.3]), scheme="euler", steps=(1, 2, 4, 8))
    assert told.resolved() is None
    assert "belongs to its steps" in str(told)


def test_gradients_in_parameters_have_a_gap_of_first_order():
    a = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    told = steps_report(
        lambda t, x: a * x, torch.ones(3, dtype=torch.float64), scheme="euler", steps=(4, 8, 16, 32, 64, 128, 256, 512),
        loss=lambda x: x.sum(), parameters=[a],
    )  # fmt: skip
    gaps = [row.gradient_gap for row in told.rows]
    exact, at_four = np.exp(0.7), (1 + 0.7 / 4) ** 3
    assert gaps[0] == pytest.approx(1 - at_four / exact, rel=0.02)
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.15)
    assert gaps[-1] == 0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"steps": (1, 2, 3)}, "twice the one before"),
        ({"steps": (1, 2)}, "three numbers or more"),
        ({"scheme": "implicit_euler"}, "explicit"),
        ({"scheme": "no_such"}, "expected an explicit one"),
        ({"loss": lambda x: x.sum()}, "parameters"),
    ],
)
def test_wrong_questions_are_told(how, said):
    with pytest.raises(ValueError, match=said):
        steps_report(turning, np.array([1.0, 0.0]), **how)


def test_a_state_that_leaves_all_numbers_is_told_with_its_steps():
    with pytest.raises(ValueError, match="after 1 steps"), np.errstate(all="ignore"):
        steps_report(lambda t, x: x * np.inf, np.array([1.0]))


def test_a_field_that_moves_nothing_has_no_order():
    told = steps_report(lambda t, x: 0 * x, np.array([1.0]))
    assert told.seen is None
    assert told.verdict == "inconclusive"
