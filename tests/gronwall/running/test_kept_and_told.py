"""What is kept between runs and when it is written, who is chosen, and what is said of a run."""

from __future__ import annotations

import datetime
import enum
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gronwall.places import REPOSITORY
from gronwall.problems import WrongUsage
from gronwall.running import at_work, caching, cluster, collect, describe, following, records, run, worker
from gronwall.running.index import NAME, Index
from gronwall.running.judgements import NAME as JUDGED
from gronwall.running.judgements import Judgements, failed
from gronwall.running.options import Options
from gronwall.running.replaying import snippet, written_out
from gronwall.running.sources import Sources

CLAIM = "from gronwall import bound\n@bound()\ndef {0}():\n    return 1, 2\n"


def written(folder: Path, *names: str) -> Path:
    file = folder / "claims.py"
    file.write_text("".join(CLAIM.format(name) for name in names))
    return file


# ---------------------------------------------------------------- kept


def test_arrays_under_the_name_of_another_key_are_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    caching.made_once("arrays", "a" * 32, lambda: {"x": np.array([1.0])})
    (first,) = (tmp_path / "cache").glob("arrays-*.npz")
    first.rename(first.with_name(first.name.replace("a" * 16, "b" * 16)))
    assert caching.made_once("arrays", "b" * 32, lambda: {"x": np.array([2.0])})["x"].tolist() == [2.0]


def test_an_index_that_learned_nothing_is_not_written(tmp_path):
    Index(tmp_path).save()
    assert not (tmp_path / NAME).exists()


def test_a_damaged_entry_is_none_and_stops_nobody(tmp_path):
    file = written(tmp_path, "b")
    out = tmp_path / "out"
    run.check((str(file),), Options(out=out, jobs=1))
    for entry in (out / "claims").glob("*.json"):
        entry.write_text("{")
    again = run.check((str(file),), Options(out=out, jobs=1))
    assert [record["verdict"] for record in again.records] == ["holds"]
    assert again.measured == 1


def test_judgements_that_were_not_asked_for_are_not_written(tmp_path):
    Judgements(tmp_path, Sources()).save()
    assert not (tmp_path / JUDGED).exists()


def test_what_could_not_be_measured_has_no_examples():
    assert failed("because")["examples"] == 0


# ---------------------------------------------------------------- chosen


def test_a_claim_that_is_named_and_those_of_a_file_are_described(tmp_path):
    name, file = "filter_atoms.zeros_of_bessel_add_up", written(tmp_path, "one")
    found, broken = describe.chosen((str(file), name), Options(out=tmp_path / "out", jobs=1))
    assert not broken
    assert sorted(one.id for one in found) == ["claims.one", name]


def test_a_module_is_looked_for_beside_the_file_and_then_no_further(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    near, far = tmp_path / "sub" / "helper.py", tmp_path / "helper.py"
    near.parent.mkdir()
    near.write_text("A = 1\n")
    far.write_text("A = 2\n")
    file = near.with_name("claims.py")
    file.write_text("from helper import A\n" + CLAIM.format("b"))
    found = Sources().closure(file)
    assert near.resolve() in {path.resolve() for path in found}
    assert far.resolve() not in {path.resolve() for path in found}


def test_a_strangers_file_takes_nothing_of_ours_out_of_the_way(tmp_path):
    assert collect._step_aside_for([REPOSITORY]) == {}
    assert collect._step_aside_for([tmp_path]) == {}


# ---------------------------------------------------------------- followed


def test_a_file_of_ones_own_is_none_of_pythons():
    assert following._is_standard(os.__file__)
    assert not following._is_standard(__file__)
    assert not following._is_standard(np.__file__)


def test_what_a_file_imported_is_remembered_by_its_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.setattr(worker, "_imported", set())
    monkeypatch.setattr(following, "follow", lambda path: None)
    monkeypatch.setattr(following, "seen", lambda path, out: {"imported": ["colorsys"]})
    told = worker.import_file(written(tmp_path, "b"), 0, tmp_path)
    assert told["error"] is None
    assert worker._imported == {"colorsys"}


def test_a_process_that_has_ended_is_at_nothing():
    assert at_work._lives(os.getpid()) is True
    assert at_work._lives(2**22 - 3) is False


# ---------------------------------------------------------------- said


def test_without_dask_a_cluster_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    pool = cluster.ClusterPool(Options(cluster="tcp://127.0.0.1:1"))
    with pytest.raises(WrongUsage, match=r"gronwall\[cluster\]"):
        _ = pool.client


def test_where_all_was_measured_nothing_is_said_of_x(tmp_path):
    done = run.check((str(written(tmp_path, "one", "two")),), Options(out=tmp_path / "out", jobs=1))
    assert not [note for note in done.notes if "-x" in note]


def test_a_record_has_the_time_with_its_zone():
    assert datetime.datetime.fromisoformat(records.now()).tzinfo is not None


def test_two_claims_are_at_work_at_once_where_nothing_is_said():
    assert Options().jobs == 2


class Colour(enum.Enum):
    RED = 1


@dataclass(frozen=True)
class Inner:
    colour: Colour


@dataclass(frozen=True)
class Outer:
    inner: Inner


def test_what_stands_inside_an_instance_is_written_with_its_names():
    needed: set[str] = set()
    text = written_out(Outer(Inner(Colour.RED)), Path(__file__), needed)
    assert text == "Outer(inner=Inner(colour=Colour.RED))"
    assert needed == {"Outer", "Inner", "Colour"}


def test_a_claim_that_logs_is_replayed_with_a_log_that_keeps_nothing(tmp_path):
    file = tmp_path / "claims.py"
    file.write_text(
        "from gronwall import bound\n@bound()\ndef b(log):\n    log('x', measured=1.0)\n    return 1, 2\n"
    )
    claim, _ = collect.find(file, "claims.b")
    told = snippet(claim, "claims.b", 0, None)
    assert "log=lambda *_, **__: None" in told
    assert told.count("lambda") == 1
