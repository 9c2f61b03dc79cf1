"""An experiment: declared once, made once, told once."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from gronwall import pick
from gronwall.efforts import Effort
from gronwall.running import caching, tables
from systems.training import protocol
from systems.training.protocol import Experiment, Seeds, Stopping

QUICK, FULL = Effort("quick"), Effort("full")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A run's folder of its own, and nothing remembered of other tests."""
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.setattr(caching, "_remembered", {})
    monkeypatch.setattr(protocol, "_laid", set())
    monkeypatch.setattr(protocol, "_complete", set())
    return tmp_path


def made(tmp_path, **changed):
    """An experiment that counts how often it is trained."""
    times = []

    def train(run, system, r=3):
        times.append((system, r, run.length, tuple(run.seeds)))
        weights = np.stack([run.stream(seed, "weights").normal(size=2) for seed in run.seeds])
        points = np.stack([run.stream(seed, "points").normal(size=2) for seed in run.seeds])
        run.progress(1, 1)
        return {"weights": weights, "points": points, "loss": r * weights[:, 0] ** 2}

    def tell(table, found, run, system, r):
        table.quartiles("table", found["loss"], key="loss")
        table.array("curve", found["weights"][0])

    declared = {
        "train": train,
        "tell": tell,
        "length": pick(quick=2, full=5),
        "seeds": Seeds(12, pick(quick=3, full=8), chosen_on=range(12)),
        "streams": {"points": 3},
    }
    return Experiment("mine.room.cloud", **{**declared, **changed}), times


def test_it_is_made_once_for_a_setting_and_an_effort(tmp_path):
    cloud, times = made(tmp_path)
    for _ in range(2):
        cloud(QUICK, system="NODE")
        cloud(QUICK, system="NODE", r=3)  # the default, said
        cloud(FULL, system="NODE")
    assert times == [("NODE", 3, 2, (12, 13, 14)), ("NODE", 3, 5, tuple(range(12, 20)))]


def test_another_process_finds_what_was_made(tmp_path, monkeypatch):
    cloud, times = made(tmp_path)
    first = cloud(QUICK, system="NODE")
    monkeypatch.setattr(caching, "_remembered", {})
    second = cloud(QUICK, system="NODE")
    assert len(times) == 1
    assert all((first[key] == second[key]).all() for key in first)


def test_a_member_is_who_it_is_whatever_others_there_are(tmp_path):
    cloud, _ = made(tmp_path)
    few, many = cloud(QUICK, system="NODE"), cloud(FULL, system="NODE")
    assert (few["weights"] == many["weights"][:3]).all()
    assert (few["weights"] == [np.random.default_rng([seed, 1]).normal(size=2) for seed in (12, 13, 14)]).all()
    assert (few["points"] == [np.random.default_rng([seed, 3]).normal(size=2) for seed in (12, 13, 14)]).all()


def test_a_replicate_is_not_a_seed(tmp_path):
    cloud, _ = made(tmp_path)
    assert [cloud.seeds.of(replicate) for replicate in range(3)] == [12, 13, 14]


def test_a_stream_that_was_not_declared_is_refused(tmp_path):
    cloud, _ = made(tmp_path, streams={})
    with pytest.raises(KeyError, match="no stream 'points'; this experiment declares order, weights"):
        cloud(QUICK, system="NODE")


def test_seeds_that_margins_were_chosen_on_are_not_measured():
    with pytest.raises(ValueError, match=r"seeds \[12, 13\] are measured and had been chosen on"):
        Seeds(12, pick(quick=1, full=4), chosen_on=range(8, 14))


def test_what_was_made_is_nobodys_to_change(tmp_path):
    cloud, _ = made(tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        cloud(QUICK, system="NODE")["weights"][0] = 0


def test_what_the_training_does_not_know_is_refused(tmp_path):
    cloud, _ = made(tmp_path)
    with pytest.raises(TypeError, match="colour"):
        cloud(QUICK, system="NODE", colour="red")


def test_its_table_has_a_row_for_each_thing_told_of_each_setting(tmp_path):
    cloud, _ = made(tmp_path)
    for r in (5, 3):
        cloud(QUICK, system="NODE", r=r)
    content = tables.read(tables.place(tmp_path, "mine.room.cloud"))
    assert content["columns"][:2] == ["system", "r"]
    assert content["seeds"] == [12, 13, 14]
    assert content["held_out"] == list(range(12))
    rows = tables.rows_of(content)
    assert [(row["r"], row["name"]) for row in rows] == [(3, "table"), (3, "curve"), (5, "table"), (5, "curve")]
    loss = cloud(QUICK, system="NODE", r=5)["loss"]
    assert rows[2]["measured"] == pytest.approx(np.median(loss))


def test_the_order_in_which_settings_are_made_does_not_change_the_table(tmp_path, monkeypatch):
    cloud, _ = made(tmp_path)
    tolds = []
    for name, order in (("one", ("a", "b", "c")), ("two", ("c", "a", "b"))):
        monkeypatch.setenv("GRONWALL_OUT", str(tmp_path / name))
        for system in order:
            cloud(QUICK, system=system)
        stored = json.loads(tables.place(tmp_path / name, "mine.room.cloud").read_text())["content"]
        tolds.append({key: value for key, value in stored.items() if key != "date"})
    assert tolds[0] == tolds[1]


def test_a_table_of_another_effort_begins_anew(tmp_path):
    cloud, _ = made(tmp_path)
    cloud(QUICK, system="a")
    cloud(FULL, system="b")
    rows = tables.rows_of(tables.read(tables.place(tmp_path, "mine.room.cloud")))
    assert {row["system"] for row in rows} == {"b"}


def test_a_damaged_table_is_told_and_written_anew(tmp_path, monkeypatch):
    from gronwall.problems import Corrupted

    cloud, _ = made(tmp_path)
    cloud(QUICK, system="a")
    path = tables.place(tmp_path, "mine.room.cloud")
    path.write_text(path.read_text().replace("a", "e", 3))
    with pytest.raises(Corrupted, match="truncated or was edited by hand"):
        tables.read(path)
    monkeypatch.setattr(protocol, "_laid", set())
    cloud(QUICK, system="a")
    assert tables.rows_of(tables.read(path))[0]["system"] == "a"


def test_a_table_is_stale_once_the_code_of_its_training_has_changed(tmp_path):
    cloud, _ = made(tmp_path)
    cloud(QUICK, system="a")
    content = tables.read(tables.place(tmp_path, "mine.room.cloud"))
    root = protocol.tables.import_roots(cloud.module)[-1]
    assert not tables.is_stale(content, root)

    class Changed(tables.Sources):
        def read(self, file, status):
            from dataclasses import replace

            source = super().read(file, status)
            return replace(source, tree="another") if file == cloud.module else source

    assert tables.is_stale(content, root, Changed())


def test_a_member_that_leaves_the_floats_stops_alone():
    import torch

    rule = Stopping(3)
    rule.look(torch.tensor([1.0, float("nan"), 2.0]), [torch.ones(3, 2)])
    assert rule.alive.tolist() == [True, False, True]
    rule.look(torch.ones(3), [torch.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, float("inf")]])])
    assert rule.stopped.tolist() == [False, True, True]
    assert rule.keep(np.array([1.0, 2.0, 3.0]), np.zeros(3)).tolist() == [1.0, 0.0, 0.0]


def test_who_listens_hears_how_far_a_training_is(tmp_path):
    cloud, _ = made(tmp_path)
    heard = []
    with caching.listening(lambda *told: heard.append(told)):
        cloud(QUICK, system="NODE")
    assert heard == [(1, 1, "cloud, NODE, 3")]


SWEEP = [{"system": name} for name in ("a", "b", "c")]


def test_whoever_asks_first_has_the_whole_sweep_made_and_told(tmp_path):
    cloud, times = made(tmp_path, sweep=SWEEP)
    cloud(QUICK, system="b")
    cloud(QUICK, system="elsewhere")
    assert [system for system, *_ in times] == ["a", "b", "c", "elsewhere"]
    rows = tables.rows_of(tables.read(tables.place(tmp_path, "mine.room.cloud")))
    assert {row["system"] for row in rows} == {"a", "b", "c"}


def test_two_processes_share_the_work_of_a_sweep(tmp_path):
    """While somebody is at the first of three, the others are made; the first is waited for at the end."""
    cloud, times = made(tmp_path, sweep=SWEEP)
    key = cloud._key(cloud.run(QUICK, cloud.whole(SWEEP[0])), cloud.whole(SWEEP[0]))
    code = (
        "import sys, time; from pathlib import Path; from gronwall.running.files import locked\n"
        f"with locked(Path({str(caching.cache_folder() / 'locks' / key[:16])!r})):\n"
        "    print('mine', flush=True); time.sleep(1.5)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline().strip() == "mine"
    cloud(QUICK, system="b")
    other.communicate(timeout=30)
    assert [system for system, *_ in times] == ["b", "c", "a"]
