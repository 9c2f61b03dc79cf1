"""What the run does where little is at stake and nobody looks: defaults, ends, and what is kept of them."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gronwall.canonical import digest, dumps
from gronwall.judging import judge
from gronwall.places import HERE
from gronwall.problems import WrongUsage
from gronwall.running import caching, cluster, collect, describe, files, fingerprint, following, last_words, run, warm
from gronwall.running import pool as pools
from gronwall.running.index import Index
from gronwall.running.options import Options
from gronwall.running.records import broken_record
from gronwall.running.replaying import written_out
from gronwall.running.server import _leave
from gronwall.running.worker import seed_for_importing
from tests.gronwall.judged import judged

CLAIM = "from gronwall import bound\n@bound()\ndef b():\n    return 1, 2\n"

# ---------------------------------------------------------------- before anything is forked


def test_the_search_that_warms_is_a_search_of_a_claim_that_holds(monkeypatch):
    assert warm.a_sum_is_at_most((0.5, 3, [0.25, 0.125])) == (3.875, 12.0)
    assert judged(warm.a_sum_is_at_most)["verdict"] == "holds"
    asked = []
    monkeypatch.setattr(warm, "measure", lambda *given: asked.append(given))
    warm.search_once()
    assert [given[0] for given in asked] == [warm.a_sum_is_at_most]


def test_nobody_asks_for_anything_unless_it_is_said():
    assert Options() == Options(
        jobs=2, seed=0, out=Path("build"), cluster=None, timeout=600.0, memory=None, expression=None, failed=False,
        force=False, require_mutants=False, first=False,
    )  # fmt: skip


def test_a_process_that_was_forked_ends_as_its_work_did():
    def fails(*_):
        raise ValueError("on purpose")

    for work, status in ((lambda *_: None, 0), (fails, 1)):
        child = os.fork()
        if child == 0:
            _leave(work, 0, 1, {})
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status


def test_what_a_file_draws_as_it_is_imported_depends_on_its_name_and_on_the_seed():
    drawn = {}
    for file, seed in (("a.py", 1), ("a.py", 1), ("b.py", 1), ("a.py", 2)):
        seed_for_importing(Path("/anywhere") / file, seed)
        drawn.setdefault((file, seed), []).append((random.random(), float(np.random.random())))  # noqa: NPY002
    assert drawn["a.py", 1][0] == drawn["a.py", 1][1]
    assert len({values[0] for values in drawn.values()}) == 3


# ---------------------------------------------------------------- what is kept


def test_a_lock_is_waited_for_unless_it_is_said_otherwise(tmp_path):
    order = []

    def second():
        with files.locked(tmp_path) as mine:
            order.append(("second", mine))

    with files.locked(tmp_path) as mine:
        assert mine
        with files.locked(tmp_path, wait=False) as theirs:
            assert not theirs
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.2)
        order.append(("first", mine))
    waiting.join(10)
    assert order == [("first", True), ("second", True)]


def test_code_below_a_training_is_its_own_and_the_mathematics_and_not_the_tool():
    own = [HERE / "cli.py", HERE / "running" / "run.py", HERE / "theory" / "lipschitz.py", Path("/project/net.py")]
    asked = SimpleNamespace(closure=lambda _: own, source=lambda file: SimpleNamespace(tree=file.name))
    assert caching.code_of(Path("/project/net.py"), asked) == digest(dumps(["lipschitz.py", "net.py"]))


def test_versions_and_trees_are_told(tmp_path):
    assert fingerprint.versions()["python"].startswith(f"{sys.version_info.major}.")
    assert fingerprint.versions()["numpy"] == np.__version__
    one, other, third = (tmp_path / f"{name}.py" for name in "abc")
    one.write_text("x = 1\n")
    other.write_text("# a word\nx = 1\n")
    third.write_text("x = 2\n")
    assert fingerprint.tree_hash(one) == fingerprint.tree_hash(other) != fingerprint.tree_hash(third)


def test_of_what_was_printed_the_last_twenty_thousand_bytes_are_kept(tmp_path):
    file = tmp_path / "printed"
    file.write_bytes(b"a" + b"b" * 20_000)
    with file.open("rb") as printed:
        assert last_words.printed_at_end(printed) == "b" * 20_000


def test_a_file_that_does_not_import_has_one_record_on_its_first_line(tmp_path):
    file = tmp_path / "claims.py"
    file.write_text("import nothing_of_this_name\n")
    record = broken_record(file, "ModuleNotFoundError", Options())
    assert (record["verdict"], record["line"], record["unarmed"]) == ("error", 1, True)


def test_numbers_of_numpy_are_written_out_as_numbers_and_arrays_as_arrays():
    imports: set[str] = set()
    assert written_out(np.float64(2.5), Path(), imports) == "np.array(2.5, dtype='float64')[()]"
    assert written_out(np.array([1.0, 2.0]), Path(), imports) == "np.array([1.0, 2.0], dtype='float64')"
    assert eval(written_out(np.float32(0.5), Path(), imports)) == np.float32(0.5)


def test_judgements_and_libraries_are_kept_at_the_end_of_a_run(tmp_path, monkeypatch):
    file = tmp_path / "claims.py"
    file.write_text(CLAIM)
    out = tmp_path / "out"
    run.check((str(file),), Options(out=out, jobs=1))
    kept = sorted(path.name for path in out.rglob("*") if path.is_file())
    index = Index(out)
    saved = []
    monkeypatch.setattr(index.libraries, "save", lambda: saved.append(1))
    index._changed = True
    index.save()
    assert saved == [1]
    judging = []
    monkeypatch.setattr(judge, "judge", lambda one: judging.append(one) or {})
    run.check((str(file),), Options(out=out, jobs=1))
    assert judging == [], kept  # what was judged once is not judged again


def test_a_file_that_is_known_is_not_described_again(tmp_path, monkeypatch):
    file = tmp_path / "claims.py"
    file.write_text(CLAIM)
    (tmp_path / "pyproject.toml").write_text("")
    asked: list[list[Path]] = []
    whole = pools.Pool.describe

    def heard(self, unknown):
        asked.append(list(unknown))
        return whole(self, unknown)

    monkeypatch.setattr(pools.Pool, "describe", heard)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        found, broken = describe.chosen((str(file),), Options(out=tmp_path / "out", jobs=1))
        assert ([one.name for one in found], broken) == (["b"], [])
    assert [len(unknown) for unknown in asked] == [1, 0]


# ---------------------------------------------------------------- importing


def test_a_claim_in_a_package_is_found_and_one_that_was_left_behind_is_not(tmp_path):
    package = tmp_path / "pack_of_corners"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "claims.py").write_text(CLAIM)
    assert [one.name for one in collect.import_file(package / "claims.py")] == ["b"]
    lone = tmp_path / "lone.py"
    lone.write_text(CLAIM + "raise RuntimeError('half way')\n")
    with pytest.raises(RuntimeError, match="half way"):
        collect.import_file(lone)
    lone.write_text(CLAIM)
    assert [one.name for one in collect.import_file(lone)] == ["b"]


def frames(*names):
    frame = None
    for name in reversed(names):
        frame = SimpleNamespace(f_code=SimpleNamespace(co_filename=name), f_back=frame)
    return frame


def test_only_python_files_of_the_project_are_those_that_ask(monkeypatch):
    monkeypatch.setattr(following, "_roots", ["/project/"])
    asked = frames(
        "/project/a.py", "/project/notes.txt", "/elsewhere/b.py", "/project/c.py", str(HERE / "cli.py"), "/project/d.py"
    )
    assert list(following._own(asked)) == ["/project/a.py", "/project/c.py"]


def test_folders_that_the_import_looks_into_are_not_what_a_claim_reads(monkeypatch, tmp_path):
    opened: dict[str, set[str]] = {}
    monkeypatch.setattr(following, "_opened", opened)
    monkeypatch.setattr(following, "_roots", [str(tmp_path) + os.sep])
    source = "def look(hook, event, args):\n    hook(event, args)\n"
    looks = {}
    for name in ("<frozen importlib._bootstrap_external>", str(tmp_path / "claims.py")):
        space: dict = {}
        exec(compile(source, name, "exec"), space)
        looks[name] = space["look"]
    importing, own = looks.values()
    outer: dict = {}
    exec(compile("def call(look, *given):\n    look(*given)\n", str(tmp_path / "claims.py"), "exec"), outer)
    folder, file = str(tmp_path / "data"), str(tmp_path / "data.csv")
    outer["call"](importing, following._hook, "os.listdir", (folder,))
    assert opened == {}
    outer["call"](importing, following._hook, "open", (file, "r", 0))
    outer["call"](own, following._hook, "os.listdir", (folder,))
    assert opened == {str(tmp_path / "claims.py"): {file, folder + os.sep}}


# ---------------------------------------------------------------- a cluster that goes away


class Future:
    def __init__(self, gone=False):
        self.gone = gone

    def cancelled(self):
        return self.gone


def finished(monkeypatch, waits, status="running", workers=()):
    """Run `_finished` with what each wait gives: futures that are done, or an exception."""
    given = iter(waits)

    def wait(left, timeout, return_when):
        found = next(given)
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(done=set(found))

    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(wait=wait))
    one = object.__new__(cluster.ClusterPool)
    one.options = Options(cluster="tcp://nowhere")
    there = iter(workers)
    client = SimpleNamespace(status=status, scheduler_info=lambda: {"workers": next(there, {})})
    monkeypatch.setattr(cluster.ClusterPool, "client", client)
    return one


def test_a_connection_that_breaks_is_told(monkeypatch):
    one = finished(monkeypatch, [OSError("gone")])
    with pytest.raises(WrongUsage, match="scheduler at tcp://nowhere is gone; 1 files"):
        list(one._finished([Future()]))


def test_one_future_that_was_cancelled_is_enough(monkeypatch):
    well, lost = Future(), Future(gone=True)
    one = finished(monkeypatch, [[well, lost]])
    with pytest.raises(WrongUsage, match="is gone"):
        list(one._finished([well, lost]))


def test_a_cluster_without_workers_is_waited_for_so_long_and_no_longer(monkeypatch):
    future, patience = Future(), int(cluster.PATIENCE / 5)
    one = finished(monkeypatch, [TimeoutError()] * patience + [[future]])
    assert list(one._finished([future])) == [future]
    one = finished(monkeypatch, [TimeoutError()] * (patience + 1))
    with pytest.raises(WrongUsage, match=r"no worker for 30 s; 1 files are unfinished"):
        list(one._finished([future]))
    one = finished(
        monkeypatch, [TimeoutError()] * (2 * patience) + [[future]], workers=[{}] * (patience - 1) + [{"w": 1}]
    )
    assert list(one._finished([future])) == [future]  # one that came back begins anew
