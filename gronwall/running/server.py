"""Where the processes of a run come from: ``python -P -m gronwall.running.server FD``, a process with one thread.

It has loaded the heavy libraries and made one search, so that what is forked from it is warm; it runs nothing of a
user's. Asked for a file, it forks a process that imports it; asked for a claim, that one forks a process that measures
it and nothing else. So no claim sees what another one left behind, and nothing is imported twice. When the other end
of its channel closes, the server ends, and all below it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gronwall.running import descendants, wire


def main() -> None:
    """Serve until the channel closes."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    for end in (signal.SIGINT, signal.SIGTERM):  # they reach the parent, which ends this
        signal.signal(end, signal.SIG_IGN)
    descendants.adopt_orphans()
    hello = wire.receive(channel)
    if hello is not None:
        _load(hello[0]["libraries"])
        gc.collect()
        gc.freeze()
    while (asked := wire.receive(channel)) is not None:
        message, (other, output) = asked
        if os.fork() == 0:
            channel.close()
            _leave(serve_file, other, output, message)
        os.close(other)
        os.close(output)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    descendants.end_children()


def _load(libraries: list[str]) -> None:
    """Import what files will import anyway, and search once."""
    from gronwall.running import warm

    for library in libraries:
        with contextlib.suppress(Exception):  # whoever needs it will say that it is missing
            importlib.import_module(library)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    warm.search_once()


def _leave(work: Callable[[int, int, dict[str, Any]], None], channel: int, output: int, asked: dict[str, Any]) -> None:
    """Do the work of a forked process, and never return into what it was forked from."""
    try:
        work(channel, output, asked)
    except BaseException:  # the parent sees the channel close
        os._exit(1)
    os._exit(0)


def serve_file(number: int, output: int, asked: dict[str, Any]) -> None:
    """In a process of its own: import a file, say what it defines, then measure claims, a process each."""
    from gronwall.running import worker

    channel = socket.socket(fileno=number)
    os.setsid()
    descendants.adopt_orphans()
    descendants.die_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker.screen = os.dup(2)
    _print_to(output)
    wire.send(channel, {"pid": os.getpid()})
    answer = worker.import_file(Path(asked["path"]), asked["seed"], Path(asked["out"]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    ended, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    wire.send(channel, answer)
    at_work: dict[int, str] = {}
    while True:
        ready = select.select([channel.fileno(), ended], [], [])[0]
        if ended in ready:
            os.read(ended, 4096)
            for pid, status in _ended():
                if pid in at_work:
                    wire.send(channel, {"ended": at_work.pop(pid), "status": status})
            if not at_work:
                descendants.end_children()  # what claims have left behind
        if channel.fileno() in ready:
            received = wire.receive(channel)
            if received is None:
                break
            message, (answers, printed) = received
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                channel.close()
                _leave(serve_claim, answers, printed, {**asked, **message})
            at_work[pid] = message["claim"]
            os.close(answers)
            os.close(printed)
            wire.send(channel, {"started": message["claim"], "pid": pid})
    descendants.end_children()


def _ended() -> list[tuple[int, int]]:
    """The children that have ended, with their wait statuses; what is left of their groups is killed first."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while (seen := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(seen.si_pid, signal.SIGKILL)
            found.append(os.waitpid(seen.si_pid, 0))
    return found


def serve_claim(number: int, output: int, asked: dict[str, Any]) -> None:
    """In a process of its own: measure a claim and send what was measured."""
    from gronwall.running import worker

    channel = socket.socket(fileno=number)
    os.setpgid(0, 0)
    descendants.die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _print_to(output)
    me = os.getpid()

    def tell_at_work(_: int, frame: Any) -> None:
        if os.getpid() == me:
            wire.send(channel, {"at_work": worker.instance_at_work(frame)})
        os._exit(1)

    signal.signal(signal.SIGUSR2, tell_at_work)
    if "power" in asked:
        from gronwall.power.trying import power_of

        given = asked["power"]
        wire.send(channel, power_of(Path(asked["path"]), given["cases"], asked["seed"], asked["effort"], given))
        return
    os.register_at_fork(after_in_child=worker.leave_when_back)
    if "replay" in asked:
        from gronwall.running.replaying import replayed

        wire.send(
            channel, replayed(Path(asked["path"]), asked["claim"], asked["seed"], asked["effort"], asked["replay"])
        )
        return
    answer = worker.measure_claim(
        Path(asked["path"]), asked["claim"], asked["seed"], asked["effort"], Path(asked["out"])
    )
    sys.stdout.flush()
    sys.stderr.flush()
    wire.send(channel, answer)


def _print_to(output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


if __name__ == "__main__":
    main()
