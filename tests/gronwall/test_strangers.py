"""Somebody else's files: each gets the verdict, the exit status and the reason that the contract promises."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from gronwall.efforts import Effort
from gronwall.judging.judgement import FINDINGS
from gronwall.running import run

_spec = importlib.util.spec_from_file_location("strangers", Path(__file__).with_name("strangers.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
import sys  # noqa: E402

sys.modules["strangers"] = _module
_spec.loader.exec_module(_module)
STRANGERS = _module.STRANGERS


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """All strangers' files checked in one run, by the name of the file."""
    folder = tmp_path_factory.mktemp("strangers")
    for stranger in STRANGERS:
        (folder / f"{stranger.name.replace('-', '_')}.py").write_text(stranger.source)
    options = run.Options(Effort("quick"), 0, 2, folder / "out")
    return {record["claim"].split(".")[0]: record for record in run.check((str(folder),), options).records}


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: stranger.name)
def test_a_strangers_file_gets_its_verdict_status_and_reason(stranger, records):
    record = records[stranger.name.replace("-", "_")]
    assert record["verdict"] == stranger.verdict, record["reason"]
    assert stranger.says in record["reason"]
    assert run.exit_status([record], allow_inconclusive=False) == stranger.status


def test_every_reason_is_a_sentence_for_people(records):
    for name, record in records.items():
        assert len(record["reason"]) > 8, name
        assert " at 0x" not in record["reason"], name


def test_findings_leave_the_exit_status_alone(records):
    findings = [record for record in records.values() if record["verdict"] in FINDINGS]
    assert len(findings) == 4
    assert run.exit_status(findings, allow_inconclusive=False) == 0


def test_a_counterexample_is_shrunk_to_a_simple_instance(records):
    assert records["off_by_one_percent"]["counterexample"] in ([1.0, 1.0], [0.5, 0.5], [-1.0, -1.0])
    assert records["off_by_one_percent"]["worst"]["ratio"] > 1.0


def test_an_inconclusive_claim_is_allowed_only_on_request(records):
    inconclusive = [records["never_near_sharp"]]
    assert run.exit_status(inconclusive, allow_inconclusive=False) == 3
    assert run.exit_status(inconclusive, allow_inconclusive=True) == 0


def test_the_grade_comes_from_the_types(records):
    assert records["balls_enclosed"]["grade"] == "enclosed"
    assert records["sharp_by_witness"]["grade"] == "derived"
    assert records["identity_symbolic"]["grade"] == "derived"
    assert records["identity_symbolic"]["scope"] == "all"
    assert records["sharp_and_true"]["grade"] == "measured"
    assert records["sharp_and_true"]["scope"] == "searched"


def test_cheap_claims_get_at_least_five_hundred_examples(records):
    assert records["sharp_and_true"]["examples"] >= 500


def test_a_claim_without_a_mutant_says_so(records):
    assert records["identity_to_rounding"]["unarmed"]
    assert not records["identity_symbolic"]["unarmed"]
