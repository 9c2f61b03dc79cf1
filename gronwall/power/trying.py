"""Mutants of one claim tried, one after the other, by the claim's own check: what its process does for ``power``.

The process has imported the claim's file and measured nothing. It forks a child that measures the unmutated claim and
watches what it runs, and then a child a mutant and case; it judges what they measured, on the source as it is.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gronwall.canonical import dumps, to_json
from gronwall.claims import Claim
from gronwall.efforts import Effort
from gronwall.judging.judge import judge
from gronwall.measuring import bench as benches
from gronwall.measuring import search
from gronwall.measuring.measure import measure, without_scratch
from gronwall.places import shown_path
from gronwall.power import drawing, sides
from gronwall.power.applying import Applied, Loaded
from gronwall.power.flow import both_sides
from gronwall.power.mutants import Mutant
from gronwall.power.watching import TooDear, Watch, counted, mutable
from gronwall.running import caching, collect, tables, worker
from gronwall.running.files import write_atomically
from gronwall.running.run import HELD
from gronwall.running.sources import Sources

FEW = 40
"""Instances on which a mutant is tried first; where it is blind, on all that the claim asks for."""
DEAR = 20
"""A mutant that costs over so many times the calls of the unmutated claim is not tried."""
SPARE = 5_000
"""Calls that cost nothing, beside."""
PATIENCE = 20.0
"""Seconds for a mutant that makes no calls, beside so many times those of the unmutated claim; a loop without end."""


@dataclass
class Case:
    """One case of a claim, measured unmutated on few instances (or on all, where few do not decide)."""

    identity: str
    value: Any
    verdict: str
    seconds: float
    calls: int
    seen: sides.Sides
    examples: int | None
    whole: dict[str, Any] | None = None
    """The same on all instances, once it was needed."""


@dataclass
class Outcome:
    """What became of a mutant, and why.

    ``noticed``, ``blind``, ``unchanged``, ``errors``, ``equivalent`` or ``not_tried``; in one case of several also
    ``held``: the claim holds as before.
    """

    fate: str
    why: str = ""
    change: sides.Change = field(default_factory=sides.Change)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def power_of(path: Path, identities: list[str], seed: int, effort: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Try the mutants of a claim in all its cases: an entry of ``power.jsonl`` (:mod:`gronwall.power.scores`)."""
    claim, _ = collect.find(path, identities[0])
    with collect.importing_for(path):
        trying = _Trying(claim, Effort(effort), seed, mutable(path, asked["subject"]), asked["timeout"])
        cases = [trying.unmutated(identity) for identity in identities]
        held = [case for case in cases if case is not None]
        if not held:
            return {"entry": None, "why": trying.why, "tried": []}
        near = (path, *Sources().imports(path))
        trying.load()
        given = drawing.sites(trying.watch)
        chosen = drawing.drawn(given, near, asked["mutants"], seed, asked["claim"])
        outcomes = list(_kept(trying, held, chosen, Path(asked["keep"]), asked["fingerprint"]))
        feeding = both_sides(claim.fn, trying.file_of) & trying.watch.formulas
        both = sorted(f"{shown_path(file)}:{name}" for file, name in feeding)
    tried = [
        {"operator": mutant.operator, "fate": outcome.fate, "why": outcome.why, **_place(mutant)}
        for mutant, outcome in zip(chosen, outcomes, strict=True)
    ]
    return {"entry": _entry(asked["claim"], chosen, outcomes, both), "why": "", "tried": tried}


def _kept(trying: _Trying, cases: list[Case], chosen: list[Mutant], keep: Path, fingerprint: str) -> Iterator[Outcome]:
    """The outcome of each mutant; those that a run before this one has left are not tried again."""
    try:
        left = json.loads(keep.read_text(encoding="utf-8"))
        done = left["done"] if left["fingerprint"] == fingerprint else {}
    except (OSError, ValueError, KeyError, TypeError):
        done = {}
    for mutant in chosen:
        name = f"{mutant.start} {mutant.stop} {mutant.text} {mutant.file}"
        if name not in done:
            done[name] = trying.outcome(mutant, cases).as_json()
            write_atomically(keep, dumps({"fingerprint": fingerprint, "done": done}))
        found = done[name]
        yield Outcome(found["fate"], found["why"], sides.Change(**found["change"]))


def _entry(claim: str, chosen: list[Mutant], outcomes: list[Outcome], both: list[str]) -> dict[str, Any]:
    told: dict[str, list[dict[str, Any]]] = {"blind": [], "equivalent": [], "not_tried": []}
    counts = {"noticed": 0, "unchanged": 0, "errors": 0}
    for mutant, outcome in zip(chosen, outcomes, strict=True):
        where = _place(mutant)
        if outcome.fate == "blind":
            found = outcome.change
            told["blind"].append({
                **where, "side": found.side, "direction": "loosened elsewhere" if found.elsewhere else found.direction
            })  # fmt: skip
        elif outcome.fate in told:
            told[outcome.fate].append({**where, "why": outcome.why})
        else:
            counts[outcome.fate] += 1
    return {"claim": claim, **counts, **told, "both_sides": both}


def _place(mutant: Mutant) -> dict[str, Any]:
    """Where a mutant is, and its edit."""
    file = Path(mutant.file)
    return {"file": shown_path(file), "line": mutant.line, "diff": mutant.diff(file.read_text(encoding="utf-8"))}


class _Trying:
    """One claim, its effort and seed, and what was seen of it unmutated."""

    def __init__(
        self, claim: Claim, effort: Effort, seed: int, file_of: Callable[[str], Path | None], timeout: float
    ) -> None:
        self.claim, self.effort, self.seed, self.file_of, self.timeout = claim, effort, seed, file_of, timeout
        self.watch = Watch(file_of)
        self.modules: set[str] = set()
        self.runs: dict[str, set[tuple[Path, str]]] = {}
        """The functions that each case runs."""
        self.why = ""
        """Why the claim has no score, where it has none."""

    # ------------------------------------------------------------------ unmutated

    def unmutated(self, identity: str) -> Case | None:
        """A case as it is, on few instances where these decide it; None where it does not hold."""
        value = collect.find(self.claim.path, identity)[1]
        asked = self.claim.stated("examples", self.effort, value) if "examples" in self.claim.keywords else 0
        for examples in (FEW, None) if isinstance(asked, int) and asked > FEW else (None,):
            found = forked(functools.partial(self._watched, identity, value, examples), self.timeout)
            if found is None or "failed" in found:
                died = {"failed": f"it takes longer than {self.timeout:g} s, or its process dies"}
                self.why = f"it cannot be measured: {(found or died)['failed']}"
                return None
            judgement = judge(found["measurement"])
            if judgement["verdict"] in HELD:
                self.watch.add(found["watch"])
                self.modules.update(found["modules"])
                self.runs[identity] = {(Path(file), name) for file, name in found["watch"]["runs"]}
                calls = found["watch"]["calls"]
                return Case(identity, value, judgement["verdict"], found["seconds"], calls, found["sides"], examples)
            self.why = f"it does not hold as it is: {judgement['verdict']}: {judgement['reason']}"
        return None

    def _watched(self, identity: str, value: Any, examples: int | None) -> dict[str, Any]:
        watch = Watch(self.file_of)
        found = self._measured(identity, value, examples, watch.watched)
        files = {str(file) for file, _ in watch.runs}
        modules = [
            name
            for name, module in sys.modules.items()
            if str(self.file_of(getattr(module, "__file__", "") or "<")) in files
        ]
        return {**found, "watch": watch.as_json(), "modules": modules}

    def load(self) -> None:
        """Load what claims import at first use, and look for the functions that mutants may change."""
        for name in sorted(self.modules - set(sys.modules)):
            importlib.import_module(name)
        self.loaded = Loaded()

    # ------------------------------------------------------------------ mutated

    def outcome(self, mutant: Mutant, cases: list[Case]) -> Outcome:
        """Try a mutant in every case that runs its function, until one notices it."""
        reason = mutant.equivalent(Path(mutant.file).read_text(encoding="utf-8"))
        running = [case for case in cases if (Path(mutant.file), mutant.function) in self.runs[case.identity]]
        changes: dict[str, sides.Change] = {}
        for whole in (False, True):
            for case in running:
                found, change = self._tried(mutant, case, whole)
                if found.fate != "held":
                    return found
                changes[case.identity] = change or changes.get(case.identity, change)
            if not any(changes.values()):
                return Outcome("unchanged")
            if reason:
                return Outcome("equivalent", reason)
            running = [case for case in running if case.examples is not None]
        return Outcome("blind", change=sides.joined(changes))

    def _tried(self, mutant: Mutant, case: Case, whole: bool) -> tuple[Outcome, sides.Change]:
        """A mutant in one case: what becomes of it, ``held`` where the claim holds as before, and what it changed.

        A method of the instance's own class that changes both sides has made another instance, and changed nothing.
        """
        before: dict[str, Any] = {
            "sides": case.seen, "calls": case.calls, "seconds": case.seconds, "verdict": case.verdict
        }  # fmt: skip
        if whole:
            before = case.whole = case.whole or self._whole(case, before)
        examples = None if whole else case.examples
        most, patience = DEAR * before["calls"] + SPARE, PATIENCE + DEAR * before["seconds"]
        found = forked(lambda: self._mutated(mutant, case, examples, most), patience)
        nothing = sides.Change()
        if found is None:
            return Outcome("not_tried", "it takes too long, or its process dies"), nothing
        if "not_tried" in found:
            return Outcome("not_tried", found["not_tried"]), nothing
        if "failed" in found:
            return Outcome("errors", found["failed"]), nothing
        judgement = judge(found["measurement"])
        if judgement["verdict"] == "error":
            return Outcome("errors", judgement["reason"]), nothing
        if judgement["verdict"] != before["verdict"]:
            return Outcome("noticed", judgement["verdict"]), nothing
        change = sides.change(before["sides"], found["sides"], self.claim.kind)
        builds = change.side == "both" and mutant.function.rpartition(".")[0] in found["classes"]
        return Outcome("held"), nothing if builds else change

    def _whole(self, case: Case, few: dict[str, Any]) -> dict[str, Any]:
        """The unmutated case on all its instances; on few, where these cannot be measured."""
        seen = forked(lambda: self._watched(case.identity, case.value, None), self.timeout)
        if seen is None or "failed" in seen:
            return few
        return {**seen, "calls": seen["watch"]["calls"], "verdict": judge(seen["measurement"])["verdict"]}

    def _mutated(self, mutant: Mutant, case: Case, examples: int | None, most: int) -> dict[str, Any]:
        file = Path(mutant.file)
        try:
            applied = Applied(mutant, file.read_text(encoding="utf-8"), self.loaded)
        except (ValueError, SyntaxError) as mistake:
            return {"not_tried": f"it cannot be put into the process: {mistake}"}
        _keep_nothing()
        search.SHRINKS = 0  # that something is found is enough, it need not be simple
        spent = [0]

        @contextmanager
        def at_work() -> Iterator[None]:
            with applied.at_work(), counted(spent, most):
                yield

        try:
            return self._measured(case.identity, case.value, examples, at_work)
        except TooDear:
            return {"not_tried": f"it costs over {DEAR} times the calls"}

    # ------------------------------------------------------------------ measuring

    def _measured(
        self, identity: str, value: Any, examples: int | None, around: Callable[[], Any] = nullcontext
    ) -> dict[str, Any]:
        """The claim's measurement, with something around each of its own functions, and the sides they returned."""
        claim, seen, classes = self.claim, sides.Sides(), set[str]()
        own = [claim.fn, *(form.fn for form in (*claim.mutants, *claim.printed_forms) if form.fn is not None)]
        pairs = claim.kind in ("bound", "identity", "comparison")
        call = benches.Bench.call

        def within(bench: benches.Bench, fn: Any, *what: Any, **given: Any) -> Any:
            if not any(fn is one for one in own):
                return call(bench, fn, *what, **given)
            with around():
                returned = call(bench, fn, *what, **given)
            classes.add(type(given.get("instance")).__qualname__)
            key = dumps(to_json(what))
            if fn is claim.fn and key not in seen:
                seen[key] = sides.told(returned, pairs)
            return returned

        benches.Bench.call = within  # type: ignore[method-assign, assignment]
        if examples is not None and "examples" in claim.keywords:
            stated = claim.stated("examples", self.effort, value)
            claim.keywords = {**claim.keywords, "examples": min(stated, examples)}
        worker.seed_for_importing(claim.path, self.seed)
        started = time.perf_counter()
        measurement = without_scratch(measure(claim, identity, value, self.seed, self.effort))
        seconds = time.perf_counter() - started
        return {"measurement": to_json(measurement), "sides": seen, "seconds": seconds, "classes": sorted(classes)}


def _keep_nothing() -> None:
    """Let nothing that a mutant trains be kept where the claims look for it."""

    def unkept(path: Path, text: str | bytes) -> None:
        pass

    caching.write_atomically = tables.write_atomically = unkept  # type: ignore[attr-defined]


def forked(work: Callable[[], dict[str, Any]], seconds: float | None) -> dict[str, Any] | None:
    """What ``work`` returns in a fork of this process; None where it dies or takes longer than ``seconds``."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(ours)
            os.setpgid(0, 0)
            os.register_at_fork(after_in_child=worker.leave_when_back)
            try:
                answer = work()
            except BaseException as problem:  # the claim's own
                answer = {"failed": f"{type(problem).__name__}: {problem}"}
            with os.fdopen(theirs, "wb") as channel:
                channel.write(dumps(answer).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    parts, end = [], None if seconds is None else time.monotonic() + seconds
    with os.fdopen(ours, "rb", buffering=0) as channel:
        while end is None or time.monotonic() < end:
            if not select.select([channel], [], [], None if end is None else max(0.0, end - time.monotonic()))[0]:
                break
            part = channel.read(1 << 20)
            if not part:
                break
            parts.append(part)
    for group in (os.killpg, os.kill):
        try:
            group(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    os.waitpid(pid, 0)
    try:
        found: dict[str, Any] = json.loads(b"".join(parts))
    except ValueError:
        return None
    return found
