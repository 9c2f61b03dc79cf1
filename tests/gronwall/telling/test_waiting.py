"""What somebody sees who waits for a run."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from rich.console import Console
from rich.progress import Progress

from gronwall.running.at_work import FOLDER, at_work, working_on
from gronwall.telling import waiting
from gronwall.telling.waiting import AtWork, Lines, named


def test_the_claims_at_work_are_known_while_they_are(tmp_path):
    assert at_work(tmp_path) == []
    with working_on(tmp_path, "mine.f"):
        assert at_work(tmp_path) == ["mine.f"]
    assert at_work(tmp_path) == []


def test_a_dead_process_is_at_nothing(tmp_path):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ended.stdout.strip()).write_text("mine.gone")
    (tmp_path / FOLDER / "no number").write_text("mine.odd")
    with working_on(tmp_path, "mine.f"):
        assert at_work(tmp_path) == ["mine.f"]
    assert not (tmp_path / FOLDER / ended.stdout.strip()).exists()


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / FOLDER).write_text("a file in the way")
    with working_on(tmp_path, "mine.f"):
        assert at_work(tmp_path) == []


@pytest.mark.parametrize(("claims", "told"), [([], ""), (["a.f"], "a.f"), (["a.f", "b.g", "c.h"], "a.f and 2 more")])
def test_several_claims_are_counted(claims, told):
    assert named(claims) == told


def test_a_line_tells_how_far_how_long_and_what_is_at_work(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    lines = Lines(tmp_path, every=3600.0)
    lines.advance(4, 10, "")
    assert lines.line() == "4/10 claims"
    now[0] += 30
    lines.advance(6, 10, "mine.e")
    with working_on(tmp_path, "mine.f"):
        assert lines.line() == "6/10 claims, about 1 min 0 s left; at work: mine.f"
    lines.end()


def test_a_bar_shows_the_claim_at_work(tmp_path):
    told, column = io.StringIO(), AtWork(tmp_path)
    column.max_refresh = None
    with Progress(column, console=Console(file=told, force_terminal=True, width=100)) as bar:
        bar.add_task("measuring", total=3)
        with working_on(tmp_path, "mine.f"):
            bar.refresh()
    assert "mine.f" in told.getvalue()
    assert str(os.getpid()) not in told.getvalue()
