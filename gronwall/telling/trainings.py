"""How far the trainings of a run are, on stderr: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import time
from typing import Any, TextIO


class Trainings:
    """Hears of trainings (:func:`gronwall.running.caching.listening`) and tells how long each will take.

    Nothing is shown of one in its first ``patience`` seconds, and no bar in a worker, where several would
    overwrite each other.
    """

    def __init__(self, stream: TextIO | None = None, patience: float = 5.0) -> None:
        self.stream = stream or sys.stderr
        self.patience = patience
        self.what = ""
        self.bar: Any = None
        self.started = self.told = time.monotonic()

    def __call__(self, done: float, total: float, what: str) -> None:
        now = time.monotonic()
        if what != self.what:
            self._end()
            self.what, self.started, self.told = what, now, now
        if done >= total:
            shown = self.bar is not None or self.told > self.started
            self._end()
            if shown:
                self._tell(f"{what}: {duration(now - self.started)}")
            self.what = ""
        elif self.bar is not None:
            self.bar.update(0, completed=done)
        elif self._bar_fits() and now - self.started > self.patience:
            self.bar = _bar(self.stream)
            self.bar.start()
            self.bar.add_task(what, total=total, completed=done)
        elif now - self.told > (self.patience if self.told == self.started else 6 * self.patience) and done > 0:
            left = (now - self.started) * (total - done) / done
            self.told = now
            self._tell(f"{what}: {100 * done / total:.0f} %, {duration(left)} left")

    def _end(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _bar_fits(self) -> bool:
        if self.stream.closed or multiprocessing.current_process().name != "MainProcess":
            return False
        return self.stream.isatty()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # a closed stream is no reason to stop training
            print(line, file=self.stream, flush=True)


def _bar(stream: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    share = TextColumn("{task.percentage:.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), share, TimeRemainingColumn())
    return Progress(*columns, console=Console(file=stream), transient=True)


def duration(seconds: float) -> str:
    """``1 h 5 min``, ``2 min 3 s``, ``12 s``."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
