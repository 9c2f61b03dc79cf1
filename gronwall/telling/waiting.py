"""What is shown while a run goes on: how far it is, how long it will take, and the claims at work; on stderr."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from gronwall.running.at_work import at_work
from gronwall.running.run import Progress as Advance
from gronwall.telling.trainings import duration

EVERY = 10.0
"""Seconds between two lines where nobody watches a terminal."""


class AtWork(ProgressColumn):
    """The claim that has been at work longest, and how many others are."""

    max_refresh = 0.5

    def __init__(self, out: Path) -> None:
        super().__init__()
        self.out = out

    def render(self, task: Task) -> Text:
        return Text(named(at_work(self.out)) or str(task.description), overflow="ellipsis", no_wrap=True)


def named(claims: list[str]) -> str:
    """The first claim, and how many more."""
    if not claims:
        return ""
    more = f" and {len(claims) - 1} more" if len(claims) > 1 else ""
    return claims[0] + more


@contextmanager
def progress(out: Path) -> Iterator[Advance]:
    """A bar with the time left and the claims at work on a terminal, now and then a plain line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        lines = Lines(out)
        try:
            yield lines.advance
        finally:
            lines.end()
        return
    columns = (AtWork(out), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("collecting", total=None)

        def advance(done: int, total: int, last: str) -> None:
            bar.update(task, description=escape(last) or "measuring", completed=done, total=total)

        yield advance


class Lines:
    """Plain lines: how many claims are done, about how long the others take, and which are at work."""

    def __init__(self, out: Path, every: float = EVERY) -> None:
        self.out, self.every = out, every
        self.started = time.monotonic()
        self.first: int | None = None
        self.done = self.total = 0
        self._over = threading.Event()
        self._speaker = threading.Thread(target=self._speak, daemon=True)

    def advance(self, done: int, total: int, last: str) -> None:
        """Hear that a claim is done."""
        if self.first is None:
            self.first = done
            self._speaker.start()
        self.done, self.total = done, total

    def end(self) -> None:
        """Say no more."""
        self._over.set()
        if self._speaker.is_alive():
            self._speaker.join()

    def _speak(self) -> None:
        while not self._over.wait(self.every):
            print(self.line(), file=sys.stderr, flush=True)

    def line(self) -> str:
        """``12/40 claims, about 1 min 3 s left; at work: mine.f and 1 more``."""
        made = self.done - (self.first or 0)
        spent = time.monotonic() - self.started
        left = f", about {duration(spent / made * (self.total - self.done))} left" if made else ""
        now = named(at_work(self.out))
        return f"{self.done}/{self.total} claims{left}" + (f"; at work: {now}" if now else "")
