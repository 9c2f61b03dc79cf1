"""Every stream of random numbers has the seed that its name says, from one version to the next."""

from __future__ import annotations

import sympy
import torch
from hypothesis import strategies as st

from gronwall import bound, identity
from gronwall.measuring import bench, domains, identities, seeding
from tests.gronwall.judged import measured


def kept(monkeypatch, module, name, which):
    """What the calls of a function are given under a keyword, or at a place; the function still runs."""
    seen, function = [], getattr(module, name)

    def told(*args, **named):
        seen.append(named[which] if isinstance(which, str) else args[which])
        return function(*args, **named)

    monkeypatch.setattr(module, name, told)
    return seen


def test_the_search_and_the_ascent_have_the_claims_own_seed(monkeypatch):
    searches = kept(monkeypatch, domains, "search", "seed")
    ascents = kept(monkeypatch, domains, "ascend", "seed")
    called = kept(monkeypatch, bench.seeding, "seed_globals", 0)

    @bound(over=st.floats(0, 1), climb=True, examples=20)
    def claim(instance):
        return instance, 2.0

    measured(claim, seed=5)
    assert searches == [seeding.key(5, "test.claim", "search")]
    assert ascents == [seeding.key(5, "test.claim", "search") % 2**63]
    assert ascents != searches  # a key has 128 bits
    assert called[0] == seeding.key(5, "test.claim", "instance", 0.0)


def test_the_points_of_symbols_have_the_claims_own_seed(monkeypatch):
    seen = kept(monkeypatch, identities, "symbolic_difference", 2)
    x = sympy.Symbol("x")

    @identity()
    def claim():
        return (x + 1) ** 2, x**2 + 2 * x + 1

    measured(claim, seed=5)
    assert seen[0] == seeding.key(5, "test.claim", "points")


def test_global_generators_are_set_by_as_many_bits_as_they_take():
    seeding.seed_globals(2**100 + 2**63 + 7)
    assert torch.initial_seed() == 7
