"""The processes that describe files and measure claims, seen from the run: started, limited, heard and ended here.

A file has a process that imports it, a claim one that is forked from there (:mod:`gronwall.running.server`). Time and
memory are limited from outside; what a process prints goes into a file that is read whatever becomes of it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from gronwall.problems import WrongUsage
from gronwall.running import descendants, wire
from gronwall.running.collect import Described
from gronwall.running.last_words import death, printed_at_end, short
from gronwall.running.options import Options, started_with
from gronwall.running.sources import Sources

LIBRARIES = ("numpy", "scipy", "sympy", "flint", "torch", "torchdiffeq", "sklearn", "numba", "pandas", "jax")
"""Heavy ones: those that some file imports are loaded once, before anything is forked."""
LOOK = 0.2
"""Seconds between two looks at how long and how large the claims at work are."""
GRACE = 2.0
"""Seconds that a claim has to say which instance it is at, once its time is over."""
SERVERS = 3
"""Servers that are started one after the other, where they are killed."""
KEPT = 24
"""Files whose processes are kept until their claims are measured."""
MOST_PRINTED = 100 << 20
"""Bytes that a claim may print."""

Answer = dict[str, Any]


@dataclass
class AtWork:
    """A claim that is being measured."""

    one: Described
    incoming: wire.Incoming
    printed: IO[bytes]
    started: float
    pid: int = 0
    before: int = 0
    answer: Answer | None = None
    over: str | None = None
    asked_at: float = 0.0


@dataclass
class File:
    """The process of a file: what it defines, once it is imported, and its claims at work."""

    path: str
    channel: socket.socket
    incoming: wire.Incoming
    printed: IO[bytes]
    started: float
    pid: int = 0
    before: int = 0
    answer: Answer | None = None
    waiting: list[Described] = field(default_factory=list)
    claims: dict[str, AtWork] = field(default_factory=dict)


class Pool:
    """Describes files and measures claims in processes of their own; all of them end with the block."""

    def __init__(self, options: Options, also: Callable[[Described], Answer] | None = None) -> None:
        self.options = options
        self._also = also or (lambda one: {})
        """What the process of a claim is told beside its id."""
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._files: dict[str, File] = {}
        self._selector = selectors.DefaultSelector()
        self._answers: deque[tuple[Described, Answer]] = deque()
        self._lost: list[Described] = []
        self._lost_files: list[str] = []
        self._second_try: set[str] = set()
        """Claims and files whose process died while others were at work; they are tried once more, alone."""
        self._broken: dict[str, str] = {}
        """Why files do not import."""

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *problem: Any) -> None:
        self.end()

    # ------------------------------------------------------------------ what is asked

    def describe(self, files: Iterable[Path]) -> list[Answer]:
        """What each file defines and has read, or why it does not import, file by file."""
        paths = [str(path) for path in files]
        self._begin(paths)
        found: dict[str, Answer] = {}
        todo = deque(paths)
        while len(found) < len(paths):
            importing = [file for file in self._files.values() if file.answer is None]
            while todo and len(importing) < self.options.jobs:
                importing.append(self._file(todo.popleft()))
            if not importing and self._lost_files:
                self._file(self._lost_files.pop())
            self._look()
            for path in paths:
                file = self._files.get(path)
                if path in self._broken:
                    found[path] = {"claims": [], "error": self._broken[path]}
                elif path not in found and file is not None and file.answer is not None:
                    found[path] = file.answer
                    if len(self._files) > KEPT:
                        self._close(file)
        return [found[path] for path in paths]

    def measure(self, claims: Iterable[Described]) -> Iterator[tuple[Described, Answer]]:
        """Each claim with its answer as it is finished: what was measured and read, or why it failed."""
        todo = deque(claims)
        self._begin(sorted({one.path for one in todo}))
        left: dict[str, int] = {}
        for one in todo:
            left[one.path] = left.get(one.path, 0) + 1
        while todo or self._at_work() or self._lost or self._answers:
            while todo and self._at_work() < self.options.jobs:
                self._start(todo.popleft())
            if not self._at_work() and self._lost:
                self._start(self._lost.pop(0))
            if not self._answers:
                self._look()
            while self._answers:
                one, answer = self._answers.popleft()
                left[one.path] -= 1
                if not left[one.path] and one.path in self._files:
                    self._close(self._files[one.path])
                yield one, answer

    def _at_work(self) -> int:
        return sum(len(file.claims) + len(file.waiting) for file in self._files.values())

    # ------------------------------------------------------------------ processes

    def _begin(self, paths: list[str]) -> None:
        """Start the server, with the libraries that the files import; also where a claim has killed it."""
        if not paths or (self._server is not None and self._server.poll() is None):
            return
        if not hasattr(os, "fork"):
            raise WrongUsage("claims are measured in forks of processes, which this system has not: use Linux or WSL")
        sources = Sources()
        names = {
            name.split(".")[0]
            for path in paths
            for module in sources.closure(Path(path))
            for name, _, _ in sources.source(module).imported
        }
        ours, theirs = socket.socketpair()
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-m", "gronwall.running.server", str(theirs.fileno())],
            env=started_with(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=2,
        )
        theirs.close()
        self._channel = ours
        wire.send(ours, {"libraries": [library for library in LIBRARIES if library in names]})

    def _file(self, path: str) -> File:
        """The process of a file, which begins to import it."""
        if path in self._files:
            return self._files[path]
        ours, theirs = socket.socketpair()
        printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the file
        asked = {"path": path, "seed": self.options.seed, "effort": str(self.options.effort)}
        out = str(self.options.out.resolve())
        self._ask_server({**asked, "out": out}, [theirs.fileno(), printed.fileno()])
        theirs.close()
        file = File(path, ours, wire.Incoming(ours), printed, time.monotonic())
        self._files[path] = file
        self._selector.register(ours, selectors.EVENT_READ, file)
        return file

    def _ask_server(self, message: Answer, files: list[int]) -> None:
        """Send the server a message; another one where it has been killed. Raises an ``OSError`` where none lives."""
        for _ in range(SERVERS):
            self._begin([message["path"]])
            assert self._channel is not None
            assert self._server is not None
            try:
                wire.send(self._channel, message, files)
                return
            except OSError:  # it is gone, or about to be
                self._server.kill()
                self._server.wait()
        raise ChildProcessError("the process from which all others are forked dies as soon as it is started")

    def _start(self, one: Described) -> None:
        if one.path in self._broken:
            self._answers.append((one, {"failed": self._broken[one.path]}))
            return
        file = self._file(one.path)
        if file.answer is None:
            file.waiting.append(one)
            return
        ours, theirs = socket.socketpair()
        printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the claim
        file.claims[one.id] = AtWork(one, wire.Incoming(ours), printed, time.monotonic())
        self._selector.register(ours, selectors.EVENT_READ, file)
        file.channel.setblocking(True)
        with contextlib.suppress(OSError):  # it has died: its channel says so
            wire.send(file.channel, {"claim": one.id, **self._also(one)}, [theirs.fileno(), printed.fileno()])
        file.channel.setblocking(False)
        theirs.close()

    def _close(self, file: File) -> None:
        """End the process of a file, with all below it."""
        for work in file.claims.values():
            self._forget(work)
        self._selector.unregister(file.channel)
        file.channel.close()
        file.printed.close()
        if file.answer is None and file.pid:  # it may never look at its channel
            descendants.kill(file.pid)
        self._files.pop(file.path, None)

    def _forget(self, work: AtWork) -> None:
        self._selector.unregister(work.incoming.channel)
        work.incoming.channel.close()
        work.printed.close()

    def end(self) -> None:
        """End all processes."""
        for file in list(self._files.values()):
            pid = file.pid
            self._close(file)
            if pid:
                descendants.kill(pid)
        if self._channel is not None:
            self._channel.close()
        if self._server is not None:
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                descendants.kill(self._server.pid)
                self._server.wait()
        self._server = self._channel = None

    # ------------------------------------------------------------------ what is heard

    def _look(self) -> None:
        """Hear what has arrived, and end what takes too long or too much."""
        self._selector.select(LOOK)
        for file in list(self._files.values()):
            self._hear(file)
        now = time.monotonic()
        for file in list(self._files.values()):
            for work in list(file.claims.values()):
                self._limit(file, work, now)
            self._limit_import(file, now)

    def _hear(self, file: File) -> None:
        for work in list(file.claims.values()):
            for message in _messages(work.incoming):
                if "at_work" in message:
                    if message["at_work"]:
                        work.over = f"{work.over}; at work: {short(message['at_work'])}"
                    descendants.kill(work.pid)
                else:
                    work.answer = message
            if work.answer is not None:
                self._answered(file, work)
        for message in _messages(file.incoming):
            if "started" in message and message["started"] in file.claims:
                work = file.claims[message["started"]]
                child = int(message["pid"])
                work.pid = child if descendants.parent(child) in (0, file.pid) else 0
                work.before = descendants.memory(work.pid) if work.pid else 0
            elif "ended" in message and message["ended"] in file.claims:
                work = file.claims[message["ended"]]
                for late in _messages(work.incoming):
                    work.answer = late if "at_work" not in late else work.answer
                work.answer = work.answer or {"failed": work.over or death(message["status"])}
                self._answered(file, work)
            elif "pid" in message and not file.pid:
                file.pid = int(message["pid"])
                file.before = descendants.memory(file.pid)
            elif "claims" in message and file.answer is None:
                file.answer = {**message, "printed": printed_at_end(file.printed)}
                if message["error"] is not None:
                    self._breaks(file, message["error"])
                    return
                waiting, file.waiting = file.waiting, []
                for one in waiting:
                    self._start(one)
        if file.incoming.ended:
            self._died(file)

    def _answered(self, file: File, work: AtWork) -> None:
        assert work.answer is not None
        del file.claims[work.one.id]
        if file.answer is not None and "measurement" in work.answer:
            work.answer["imported"] = [*file.answer["imported"], *work.answer["imported"]]
        self._answers.append((work.one, {**work.answer, "printed": printed_at_end(work.printed)}))
        self._forget(work)

    def _breaks(self, file: File, reason: str) -> None:
        """A file does not import: so say its claims."""
        self._broken[file.path] = reason
        self._close(file)
        for one in file.waiting:
            self._start(one)

    def _died(self, file: File) -> None:
        """The process of a file is gone: its claims at work are tried once more, alone."""
        if file.answer is None and file.path in self._second_try:
            self._breaks(file, "the process that imported the file died (a crash, or out of memory)")
            return
        if file.answer is None:
            self._second_try.add(file.path)
            self._lost += file.waiting
            self._lost_files += [] if file.waiting else [file.path]
        for work in file.claims.values():
            if work.over is not None or work.one.id in self._second_try:
                self._answers.append((work.one, {"failed": work.over or death(signal.SIGKILL)}))
            else:
                self._second_try.add(work.one.id)
                self._lost.append(work.one)
        self._close(file)

    def _limit_import(self, file: File, now: float) -> None:
        """End an import that takes too long or too much memory."""
        seconds, memory = self.options.timeout, self.options.memory
        if file.answer is not None:
            return
        if seconds and now - file.started > seconds:
            self._breaks(file, f"importing it takes longer than {seconds:g} s (--timeout)")
        elif memory and file.pid and descendants.memory(file.pid) - file.before > memory << 20:
            self._breaks(file, f"importing it takes more than {memory} MiB (--memory)")

    def _limit(self, file: File, work: AtWork, now: float) -> None:
        """End a claim that has taken too long, too much memory or printed too much."""
        if not work.pid:
            return
        if work.over is not None:
            if now - work.asked_at > GRACE:
                descendants.kill(work.pid)
            if now - work.asked_at > 5 * GRACE:  # its file's process does not say that it has ended
                work.answer = {"failed": work.over}
                self._answered(file, work)
            return
        seconds, said = self.options.limit("timeout", work.one.limits)
        mebibytes, saying = self.options.limit("memory", work.one.limits)
        if seconds and now - work.started > seconds:
            work.over = f"out of time: more than {seconds:g} s ({said})"
        elif mebibytes and descendants.memory(work.pid) - work.before > mebibytes * 2**20:
            work.over = f"out of memory: more than {mebibytes:g} MiB ({saying})"
        elif os.fstat(work.printed.fileno()).st_size > MOST_PRINTED:
            work.over = f"it printed more than {MOST_PRINTED >> 20} MiB"
        if work.over is not None:
            work.asked_at = now
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(work.pid, signal.SIGUSR2)


def _messages(incoming: wire.Incoming) -> list[Any]:
    try:
        return [message for message in incoming.messages() if isinstance(message, dict)]
    except (wire.TooLong, ValueError):  # from a process that somebody else has written to
        incoming.ended = True
        return []
