"""How far trainings are, as somebody who waits for them sees it."""

from __future__ import annotations

import io

from gronwall.telling.trainings import Trainings


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_time_left_is_told_in_plain_lines(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("gronwall.telling.trainings.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    told = Trainings(stream)
    told(0, 200, "a sweep")
    for done in range(1, 201):
        now[0] += 1
        told(done, 200, "a sweep")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "a sweep: 3 %, 3 min 14 s left"
    assert len(lines) == 1 + 194 // 31 + 1  # one every half minute after the first, and the end
    assert lines[-1] == "a sweep: 3 min 20 s"


def test_short_work_says_nothing():
    stream = io.StringIO()
    told = Trainings(stream)
    told(1, 2, "short")
    told(2, 2, "short")
    assert stream.getvalue() == ""


def test_another_training_has_a_time_of_its_own(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("gronwall.telling.trainings.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    told = Trainings(stream)
    for what in ("one", "two"):
        told(0, 10, what)
        now[0] += 6
        told(5, 10, what)
    assert stream.getvalue().splitlines() == ["one: 50 %, 6 s left", "two: 50 %, 6 s left"]


def test_a_terminal_gets_a_bar():
    stream = Terminal()
    told = Trainings(stream, patience=-1.0)
    told(5, 10, "a long one")
    assert told.bar is not None
    told(10, 10, "a long one")
    assert told.bar is None
    assert "a long one" in stream.getvalue()


def test_a_closed_stream_stops_nothing():
    stream = io.StringIO()
    stream.close()
    told = Trainings(stream, patience=-1.0)
    told(1, 2, "x")  # would raise ValueError: I/O operation on closed file
    assert stream.closed
