"""Filters that know a label, the pictures they are trained on, and the bound on how far pictures move."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from systems.filter_atoms import data, models
from systems.filter_atoms.results import allowed
from systems.filter_atoms.training import stacked


def members(kind, count=2):
    return models.drawn(kind, 16, len(data.SEEN), [np.random.default_rng(k) for k in range(count)])


@pytest.mark.parametrize("kind", models.KINDS)
def test_at_the_label_nothing_has_moved(kind):
    p = members(kind)
    atoms = p["atoms"][:, 0] if kind == "filters by label" else p["atoms"]
    assert torch.equal(models.atoms_at(kind, p, 0.0, data.SEEN).flatten(1), atoms)


def test_filters_by_label_are_their_own_at_labels_and_means_between():
    p = members("filters by label")
    p["atoms"] = torch.randn(p["atoms"].shape, generator=torch.Generator().manual_seed(0))
    at = models.atoms_at("filters by label", p, 30 / 90, data.SEEN).flatten(1)
    assert torch.allclose(at, p["atoms"][:, 2], atol=1e-6)
    between = models.atoms_at("filters by label", p, 37.5 / 90, data.SEEN).flatten(1)
    assert torch.allclose(between, (p["atoms"][:, 2] + p["atoms"][:, 3]) / 2, atol=1e-5)


def test_atoms_by_an_ode_take_steps_that_are_fine_enough(monkeypatch):
    p = members("atoms by an ODE")
    few = models.atoms_at("atoms by an ODE", p, 1.0, data.SEEN)
    monkeypatch.setattr(models, "STEPS", 32)
    assert (few - models.atoms_at("atoms by an ODE", p, 1.0, data.SEEN)).abs().max() < 1e-3
    assert (few.flatten(1) - p["atoms"]).norm() > 0.1


def test_every_member_is_computed_apart():
    both, alone = members("atoms on a line"), models.drawn("atoms on a line", 16, 7, [np.random.default_rng(1)])
    images = stacked(data.pictures("digits", 0.0)[:3], 2)
    together = models.generated("atoms on a line", both, images, 0.5, data.SEEN)
    assert torch.allclose(
        together[1], models.generated("atoms on a line", alone, images[:1], 0.5, data.SEEN)[0], atol=1e-5
    )


def test_pictures_move_within_what_is_allowed():
    p = members("atoms by an ODE")
    images = stacked(data.pictures("digits", 0.0)[:2], 2)
    most = allowed("atoms by an ODE", p, images)
    with torch.no_grad():
        sweep = [
            models.generated("atoms by an ODE", p, images, theta / 90, data.SEEN).numpy() for theta in data.SWEEP[:6]
        ]
    steps = np.linalg.norm(np.diff(np.stack(sweep, axis=2), axis=2), axis=(-2, -1))
    assert (steps <= most[:, :, :5]).all()
    assert most.min() > 0


def test_digits_turn_and_chairs_do():
    for what, size in (("digits", 16), ("chairs", 32)):
        first, last = (data.pictures(what, theta)[:5] for theta in (0.0, 90.0))
        assert first.shape == (5, size, size)
        assert 0 <= first.min() < first.max() <= 1
        assert np.abs(first - last).mean() > 0.01
    turned = np.rot90(data.pictures("digits", 0.0)[:5], axes=(1, 2))
    assert data.pictures("digits", 90.0)[:5] == pytest.approx(turned, abs=1e-9)


def test_other_pictures_are_refused():
    with pytest.raises(ValueError, match="digits or chairs"):
        data.pictures("faces", 0.0)
