"""What a file's process and a claim's process do: import a file, measure a claim. Errors come back as data."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from gronwall.canonical import to_json
from gronwall.efforts import Effort
from gronwall.measuring import seeding
from gronwall.measuring.bench import Bench
from gronwall.measuring.measure import describe, measure, without_scratch
from gronwall.places import HERE
from gronwall.running import collect, following
from gronwall.running.at_work import working_on
from gronwall.running.caching import listening

screen = 2
"""Where trainings tell how far they are; all else that a claim prints is kept with it."""


@contextmanager
def _telling_trainings() -> Iterator[None]:
    from gronwall.telling.trainings import Trainings

    with listening(Trainings(os.fdopen(os.dup(screen), "w"))):
        yield


# --------------------------------------------------------------------------- a file


def import_file(path: Path, seed: int, out: Path) -> dict[str, Any]:
    """The claims of a file and what it read as it was imported, or why it does not import."""
    os.environ["GRONWALL_OUT"] = str(out)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    following.follow(path)
    try:
        with _telling_trainings():
            seed_for_importing(path, seed)
            claims = [one.as_dict() for one in collect.described(path)]
        seen = following.seen(path, out)
        _imported.update(seen["imported"])
        return {"claims": claims, "error": None, **seen}
    except BaseException as problem:
        return {"claims": [], "error": f"the file does not import: {_told(problem, path)}"}


_imported: set[str] = set()
"""The modules that were loaded when the file had been imported."""


def _told(problem: BaseException, path: Path) -> str:
    if isinstance(problem, SyntaxError):
        where = Path(problem.filename or path).name
        return f"{type(problem).__name__}: {problem.msg} (line {problem.lineno} of {where})"
    return describe(problem, path)


def seed_for_importing(file: Path, seed: int) -> None:
    """Let what a file draws from global generators as it is imported be the same in every run of one seed."""
    seeding.seed_globals(seeding.key(seed, file.name, "import"))


# --------------------------------------------------------------------------- a claim


def measure_claim(path: Path, identity: str, seed: int, effort: str, out: Path) -> dict[str, Any]:
    """Measure one claim of the imported file: ``measurement``, ``seconds``, what was read; or ``failed``, why not."""
    started = time.perf_counter()
    try:
        with working_on(out, identity), _telling_trainings(), collect.importing_for(path):
            seed_for_importing(path, seed)
            claim, case = collect.find(path, identity)
            measurement = without_scratch(measure(claim, identity, case, seed, Effort(effort)))
    except BaseException as problem:  # the claim's own: it must not end the run
        return {"failed": describe(problem, path)}
    try:
        measurement = to_json(measurement)
    except (TypeError, ValueError, RecursionError) as problem:
        return {"failed": f"what was measured cannot be stored: {type(problem).__name__}: {problem}"}
    seconds = round(time.perf_counter() - started, 3)
    seen = following.seen(path, out)
    seen["imported"] = [module for module in seen["imported"] if module not in _imported]
    return {"measurement": measurement, "seconds": seconds, **seen}


def instance_at_work(frame: FrameType | None) -> Any:
    """What a claim's function has been called with, innermost, as JSON; None where none is at work."""
    while frame is not None:
        if frame.f_code is Bench.guarded.__code__:
            given = {key: value for key, value in frame.f_locals["given"].items() if key != "shared"}
            try:
                return to_json(given.get("instance", given))
            except Exception:  # whatever the stranger's class raises
                return None
        frame = frame.f_back
    return None


def leave_when_back() -> None:
    """In a child that a claim has forked: let it end where it would return into the tool, and measure on."""
    frame = sys._getframe().f_back
    while frame is not None and not Path(frame.f_code.co_filename).is_relative_to(HERE):
        frame = frame.f_back
    if frame is not None:
        frame.f_trace = lambda *_: os._exit(0)
        sys.settrace(lambda *_: None)
