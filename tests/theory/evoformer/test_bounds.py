"""What updates add at most, by hand for weights that are easy."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.evoformer.bounds import most_added, most_normalised


def test_a_normalised_token_is_no_longer_than_its_scale_and_shift_say():
    w = {"a.scale": np.array([1.0, -3.0, 2.0, 0.5]), "a.shift": np.array([3.0, 0.0, 4.0, 0.0])}
    assert most_normalised(w, "a") == pytest.approx(3 * 2 + 5)


def test_a_transition_by_hand():
    w = {
        "pair transition.norm.scale": np.ones(4), "pair transition.norm.shift": np.zeros(4),
        "pair transition.in": 2 * np.eye(4), "pair transition.in.bias": np.array([1.0, 0, 0, 0]),
        "pair transition.out": 3 * np.eye(4), "pair transition.out.bias": np.array([0, 0.5, 0, 0]),
    }  # fmt: skip
    assert most_added(w, "pair transition", 1) == pytest.approx(3 * (2 * 2 + 1) + 0.5)


def test_heads_count_together():
    w = {
        "starting.norm.scale": np.ones(4), "starting.norm.shift": np.zeros(4), "starting.v": np.vstack([np.eye(4)] * 2),
        "starting.out": np.eye(4, 8), "starting.out.bias": np.zeros(4),
    }  # fmt: skip
    assert most_added(w, "starting", 2) == pytest.approx(np.sqrt(2) * 2)
