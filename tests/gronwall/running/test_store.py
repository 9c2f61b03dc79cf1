"""What is written is whole and sealed, what is damaged is told, and what processes lay together has one order."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from gronwall.problems import Corrupted
from gronwall.running import cleaning, files, store, tables
from gronwall.running.caching import (
    cache_folder,
    code_of,
    listening,
    made_once,
    made_unless_others_do,
    out_folder,
    progress,
)
from gronwall.running.last_words import SHOWN, death, printed_at_end, short
from gronwall.running.options import Options, half_of_memory, started_with


def entry(claim: str) -> dict:
    return {"claim": claim, "fingerprint": "f", "value": [1.5, "ü"]}


# --------------------------------------------------------------------------- entries and records


def test_names_of_files_are_safe_and_apart(tmp_path):
    assert store.claim_file(tmp_path, "a.b[c=1]").name == "a.b[c=1].json"
    odd = ["A.b", "a.B", "a.b/c", "a.b c", "a." + "x" * 200, "a." + "x" * 201]
    names = [store.claim_file(tmp_path, identity).name for identity in ["a.b", *odd]]
    assert len({name.lower() for name in names}) == len(names)
    assert all(len(name) < 140 and "/" not in name for name in names)
    assert store.claim_file(tmp_path, "a.b").parent == tmp_path / "claims"


def test_an_entry_comes_back_and_a_flipped_byte_is_told(tmp_path):
    store.save_entry(tmp_path, entry("a.one"))
    store.save_entry(tmp_path, entry("a.two"))
    path = store.claim_file(tmp_path, "a.one")
    assert store.load_entry(path) == entry("a.one")
    for damaged in (path.read_text().replace("1.5", "1.6"), path.read_text()[:-5], "", "[]", "{}", '{"entry": 1}'):
        path.write_text(damaged)
        with pytest.raises(Corrupted, match="is truncated or was edited by hand"):
            store.load_entry(path)
    good, bad = store.entries(tmp_path)
    assert (good, bad) == ([entry("a.two")], [path])
    assert store.entries(tmp_path / "nowhere") == ([], [])


def test_records_are_sorted_sealed_and_refused_once_edited(tmp_path):
    assert store.is_intact(tmp_path)
    assert store.read_records(tmp_path) == []
    written = store.write_records(tmp_path, [{"claim": "b", "x": "\u2028"}, {"claim": "a"}])
    assert written == tmp_path / "records.jsonl"
    assert [record["claim"] for record in store.read_records(tmp_path)] == ["a", "b"]
    assert store.is_intact(tmp_path)
    written.write_text(written.read_text() + "\n")
    assert not store.is_intact(tmp_path)
    with pytest.raises(Corrupted, match="was truncated, edited or removed"):
        store.read_records(tmp_path)
    written.unlink()
    assert not store.is_intact(tmp_path)
    (tmp_path / store.CHECKSUM).unlink()
    written.write_text("{}\n")
    assert not store.is_intact(tmp_path)


def test_records_of_a_folder_that_cannot_be_written_are_read(tmp_path, monkeypatch):
    store.write_records(tmp_path, [{"claim": "a"}])
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert store.read_records(tmp_path) == [{"claim": "a"}]
    assert not (tmp_path / ".lock").exists()


# --------------------------------------------------------------------------- files and locks


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "file"
    files.write_atomically(path, "grün")
    assert path.read_text(encoding="utf-8") == "grün"
    assert path.stat().st_mode & 0o777 == 0o644
    files.write_atomically(path, b"\xff")
    assert path.read_bytes() == b"\xff"

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        files.write_atomically(path, "other")
    assert path.read_bytes() == b"\xff"
    assert [name.name for name in path.parent.iterdir()] == ["file"]


HOLD = """
import sys
from pathlib import Path
from gronwall.running.files import locked
with locked(Path(sys.argv[1])):
    print('held', flush=True)
    input()
"""


def test_one_process_at_a_time_is_in_a_folder(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "here")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with files.locked(tmp_path / "here", wait=False) as ours:
            assert ours is False
        with files.locked(tmp_path / "other", wait=False) as ours:
            assert ours is True
    finally:
        holder.communicate("\n", timeout=30)
    with files.locked(tmp_path / "here") as ours:
        assert ours is True
    with files.locked(tmp_path / "here", wait=False) as ours:  # it was let go
        assert ours is True


# --------------------------------------------------------------------------- what is dear


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRONWALL_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("gronwall.running.caching._remembered", {})
    return tmp_path / "kept"


def test_dear_things_are_made_once_remembered_and_read_only(cache, monkeypatch):
    made = []

    def make():
        made.append(1)
        return {"x": [1.0, 2.0]}

    first = made_once("thing", "k" * 20, make)
    assert first["x"].tolist() == [1.0, 2.0]
    assert made_once("thing", "k" * 20, make) is first
    assert not first["x"].flags.writeable
    monkeypatch.setattr("gronwall.running.caching._remembered", {})
    again = made_once("thing", "k" * 20, make)
    assert again["x"].tolist() == [1.0, 2.0]
    assert not again["x"].flags.writeable
    assert len(made) == 1
    assert [path.name for path in cache.glob("*.npz")] == ["thing-" + "k" * 16 + ".npz"]
    made_once("thing", "l" * 20, make)
    assert len(made) == 2


def test_no_more_than_so_many_are_remembered(cache, monkeypatch):
    from gronwall.running import caching

    monkeypatch.setattr(caching, "REMEMBERED", 2)
    for key in "abc":
        made_once("thing", key * 20, lambda: {"x": [1.0]})
    assert [path.name[6] for path in caching._remembered] == ["b", "c"]


def test_who_does_not_wait_gets_nothing_while_another_makes_it(cache):
    folder = cache / "locks" / ("m" * 16)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        assert made_unless_others_do("thing", "m" * 20, lambda: {"x": [1.0]}) is None
    finally:
        holder.communicate("\n", timeout=30)
    assert made_unless_others_do("thing", "m" * 20, lambda: {"x": [1.0]})["x"].tolist() == [1.0]


def test_the_cache_lies_where_it_was_said(tmp_path, monkeypatch):
    monkeypatch.delenv("GRONWALL_CACHE", raising=False)
    monkeypatch.delenv("GRONWALL_OUT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert str(out_folder()) == "build"
    assert cache_folder() == tmp_path / "build" / "cache"
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path / "out"))
    assert cache_folder() == tmp_path / "out" / "cache"
    monkeypatch.setenv("GRONWALL_CACHE", str(tmp_path / "kept"))
    assert cache_folder() == tmp_path / "kept"


def test_the_code_of_a_file_is_its_own_and_the_mathematics_and_nothing_of_the_tool(tmp_path):
    file = tmp_path / "dear.py"
    file.write_text("import beside\nfrom gronwall import bound\nX = 1\n")
    (tmp_path / "beside.py").write_text("Y = 1\n")
    before = code_of(file)
    (tmp_path / "beside.py").write_text("Y = 2\n")
    assert code_of(file) != before
    (tmp_path / "beside.py").write_text("Y = 1\n")
    assert code_of(file) == before
    file.write_text("import beside\nfrom gronwall import rate\nX = 1\n")
    from gronwall.running.sources import Sources

    tool = [path for path in Sources().closure(file) if "gronwall" in path.parts]
    assert tool  # it is reached, and does not count


def test_whoever_listens_hears_how_far_it_is_until_the_block_ends():
    heard = []
    with listening(lambda *said: heard.append(said)):
        progress(1, 2, "of a training")
    progress(2, 2, "of a training")
    assert heard == [(1, 2, "of a training")]


# --------------------------------------------------------------------------- cleaning


def test_cleaning_tells_sizes_keeps_what_is_dear_and_leaves_links(tmp_path):
    store.write_records(tmp_path, [])
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "a.json").write_bytes(b"x" * (3 << 20))
    (tmp_path / "cache").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "elsewhere")
    told = list(cleaning.clean(tmp_path, dry_run=True))
    assert f"would remove {tmp_path / 'claims'} (3.0 MiB)" in told
    assert (tmp_path / "claims" / "a.json").exists()
    told = list(cleaning.clean(tmp_path))
    assert f"removed {tmp_path / 'claims'} (3.0 MiB)" in told
    assert told[-1] == f"kept {tmp_path / 'cache'}: --all removes them too"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".lock") == ["cache", "elsewhere", "report"]


# --------------------------------------------------------------------------- last words, options


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (9, "the process died (SIGKILL: a crash, or out of memory)"),
        (11, "the process died (SIGSEGV: a crash, or out of memory)"),
        (40, "the process died (40: a crash, or out of memory)"),
        (3 << 8, "the process died: it ended itself (exit status 3)"),
        (0, "the process died: it ended itself (exit status 0)"),
    ],
)
def test_every_death_is_told(status, said):
    assert death(status) == said


def test_the_end_of_what_was_printed_is_kept(tmp_path):
    path = tmp_path / "printed"
    path.write_bytes(b"a" * SHOWN + b"\xff" + b"b" * 9)
    with path.open("rb") as file:
        kept = printed_at_end(file)
    assert len(kept) == SHOWN
    assert kept.endswith("a\ufffd" + "b" * 9)
    path.write_bytes(b"short")
    with path.open("rb") as file:
        assert printed_at_end(file) == "short"


def test_long_instances_are_shortened():
    assert short([1, 2]) == "[1, 2]"
    assert short("x" * 198) == '"' + "x" * 198 + '"'
    assert short("x" * 199) == '"' + "x" * 199 + " ..."


def test_a_claims_own_limit_comes_before_that_of_the_run():
    options = Options(timeout=5.0)
    assert options.limit("timeout", {}) == (5.0, "--timeout")
    assert options.limit("timeout", {"timeout": {"quick": 2.0, "full": 9.0}}) == (2.0, "its own timeout=")
    assert options.limit("memory", {"timeout": {"quick": 2.0}}) == (None, "--memory")


def test_processes_start_with_one_thread_and_half_of_the_memory(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MINE", "1")
    given = started_with()
    assert (given["OMP_NUM_THREADS"], given["PYTHONHASHSEED"], given["CUDA_VISIBLE_DEVICES"], given["MINE"]) == (
        "1",
        "0",
        "",
        "1",
    )
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
    assert half_of_memory() == pytest.approx(whole / 2, rel=1e-3)
    monkeypatch.setattr(os, "sysconf", lambda name: 1 / 0 if name == "x" else (_ for _ in ()).throw(ValueError))
    assert half_of_memory() is None


# --------------------------------------------------------------------------- tables


MADE = tables.Made("a.room.name", "systems/a.py", "quick", 100, (1, 2), (3,))


def laid(out, setting, rows, fingerprint="f", date="now"):
    tables.lay(out, MADE, fingerprint, setting, rows, date)
    return tables.read(tables.place(out, MADE.table))


def test_settings_are_laid_beside_each_other_in_one_order(tmp_path):
    laid(tmp_path / "one", {"width": 2}, [{"name": "x", "measured": 1.0, "seed": 0}])
    one = laid(tmp_path / "one", {"width": 10}, [{"name": "x", "measured": 3.0}, {"name": "y", "measured": 4.0}])
    laid(tmp_path / "two", {"width": 10}, [{"name": "x", "measured": 3.0}, {"name": "y", "measured": 4.0}])
    two = laid(tmp_path / "two", {"width": 2}, [{"name": "x", "measured": 1.0, "seed": 0}])
    assert one == two
    assert one["columns"] == ["width", "measured", "name", "seed"]
    assert tables.rows_of(one) == [
        {"width": 10, "name": "x", "measured": 3.0}, {"width": 10, "name": "y", "measured": 4.0},
        {"width": 2, "name": "x", "measured": 1.0, "seed": 0},
    ]  # fmt: skip
    assert [part["setting"] for part in one["settings"]] == [{"width": 10}, {"width": 2}]


def test_a_setting_that_is_laid_again_takes_its_place_and_the_same_rows_write_nothing(tmp_path):
    laid(tmp_path, {"width": 2}, [{"name": "x", "measured": 1.0}], date="first")
    laid(tmp_path, {"width": 3}, [{"name": "x", "measured": 2.0}], date="first")
    assert laid(tmp_path, {"width": 2}, [{"name": "x", "measured": 1.0}], date="second")["date"] == "first"
    again = laid(tmp_path, {"width": 2}, [{"name": "x", "measured": 5.0}], date="third")
    assert again["date"] == "third"
    assert [row["measured"] for row in tables.rows_of(again)] == [5.0, 2.0]
    other = laid(tmp_path, {"width": 3}, [{"name": "x", "measured": 2.0}], fingerprint="g")
    assert [row["measured"] for row in tables.rows_of(other)] == [2.0]


def test_a_table_that_was_edited_is_refused_and_laid_anew(tmp_path):
    laid(tmp_path, {"width": 2}, [{"name": "x", "measured": 1.0}])
    path = tables.place(tmp_path, MADE.table)
    path.write_text(path.read_text().replace("1.0", "7.0"))
    with pytest.raises(Corrupted, match="the check that made it writes it anew"):
        tables.read(path)
    assert tables.rows_of(laid(tmp_path, {"width": 3}, [{"name": "x"}])) == [{"width": 3, "name": "x"}]


def test_a_table_is_stale_once_its_code_is_another(tmp_path):
    (tmp_path / "systems").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    module = tmp_path / "systems" / "a.py"
    module.write_text("X = 1\n")
    fingerprint = MADE.fingerprint(code_of(module))
    content = laid(tmp_path / "out", {}, [{"name": "x"}], fingerprint=fingerprint)
    assert tables.module_of(module) == "systems/a.py"
    assert not tables.is_stale(content, tmp_path)
    module.write_text("X = 2\n")
    assert tables.is_stale(content, tmp_path)
    module.unlink()
    assert tables.is_stale(content, tmp_path)
    assert json.loads(tables.place(tmp_path / "out", MADE.table).read_text())["content"]["length"] == 100
