"""What has been measured of small claims is measured again, on the same instances."""

from __future__ import annotations

import json

import hypothesis
import pytest

from tests.gronwall.measuring.outcomes import CLAIMS, FILE, outcome

HELD = json.loads(FILE.read_text())
same_draws = pytest.mark.skipif(
    HELD["hypothesis"] != hypothesis.__version__,
    reason=f"made with Hypothesis {HELD['hypothesis']}; write them anew: python -m tests.gronwall.measuring.outcomes",
)


@same_draws
@pytest.mark.parametrize("name", CLAIMS)
def test_what_is_measured_of_a_claim_is_as_it_was(name):
    found = json.loads(json.dumps(outcome(CLAIMS[name])))
    before = HELD["claims"][name]
    assert found["measured"] == before["measured"]
    assert (found["tried"], found["digest"]) == (before["tried"], before["digest"])


def test_every_claim_is_held():
    assert list(HELD["claims"]) == list(CLAIMS)
