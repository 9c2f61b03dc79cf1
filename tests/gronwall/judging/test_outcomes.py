"""What the estimator has said of sweeps of every kind is said again."""

from __future__ import annotations

import json

import pytest

from tests.gronwall.judging.outcomes import FAMILIES, FOLDER, outcomes

FOUND = 1e-4
"""Relative.  Exponents are found by a bounded search to 1e-5, SciPy's default, and where in there depends on how a
machine rounds: two machines differed by 2e-5 in what follows from them.  It was 1e-6, which one machine alone obeys."""


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_said_of_a_sweep_is_as_it_was(family):
    held = json.loads((FOLDER / f"{family}.json").read_text())
    for place, (now, before) in enumerate(zip(outcomes(family), held, strict=True)):
        assert now.keys() == before.keys(), place
        for name, value in before.items():
            if isinstance(value, float | list):
                assert now[name] == pytest.approx(value, rel=FOUND, abs=1e-9), (family, place, name)
            else:
                assert now[name] == value, (family, place, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_sweeps_of_a_family_are_not_all_of_one_verdict(family):
    held = json.loads((FOLDER / f"{family}.json").read_text())
    assert len({(one.get("verdict"), one.get("reason", one.get("problem"))) for one in held}) >= 3
