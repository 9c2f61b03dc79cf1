"""Trying a mutant: the tests that reach it, cheapest first, until one fails, hangs, or all have passed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gronwall.power.mutants import Mutant
from mutating import tree
from mutating.covering import forked, named

HANGS = 15.0
"""A test hangs that takes so many times as long as it did, and so many seconds."""


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: ``survived``, ``killed`` or ``hung``; by which test, of how many that reach it."""

    state: str
    by: str
    reached: int


class Chosen:
    """A plugin that runs these tests in this order and gives each its time; it remembers the one that is running."""

    def __init__(self, order: list[str], limits: dict[str, float], note: Path) -> None:
        self.order = {name: place for place, name in enumerate(order)}
        self.limits, self.note = limits, note

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        found = [item for item in items if named(item.nodeid) in self.order]
        items[:] = sorted(found, key=lambda item: self.order[named(item.nodeid)])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self.note.write_text(named(item.nodeid))
        signal.setitimer(
            signal.ITIMER_REAL, self.limits.get(named(item.nodeid), 0)
        )  # ends the process, in a loop of C too


def reaching(mutant: Mutant, covered: dict[str, dict[str, Any]], most: float) -> list[str]:
    """The tests that reach a mutant, cheapest first; what stands at the top of a module is reached with any of it.

    Beyond ``most`` seconds no further test is taken: a mutant that only they would have killed counts as a survivor.
    """
    if mutant.function:
        place = f"{mutant.file}:{mutant.statement}"
        found = [name for name, test in covered.items() if place in test["places"]]
    else:
        found = [n for n, t in covered.items() if any(p.startswith(f"{mutant.file}:") for p in t["places"])]
    # tests that share what a fixture makes stay together, else it would be made again
    blocks: dict[str, list[str]] = {}
    for name in found:
        blocks.setdefault(covered[name]["file"] if covered[name]["shared"] > 0.05 else name, []).append(name)

    def cost(names: list[str]) -> float:
        return sum(covered[n]["seconds"] for n in names) + max(covered[n]["shared"] for n in names)

    taken: list[str] = []
    for names in sorted(blocks.values(), key=cost):
        if taken and most < cost(names):
            break
        most -= cost(names)
        taken += sorted(names, key=lambda n: covered[n]["seconds"])
    return taken


def fate(mutant: Mutant, covered: dict[str, dict[str, Any]], most: float) -> Fate:
    """Try one mutant, or remember what became of it in the same code by the same tests."""
    order = reaching(mutant, covered, most)
    memory = tree.FOLDER / "fates" / f"{_key(mutant)}.json"
    memory.parent.mkdir(parents=True, exist_ok=True)
    everything = tree.digest({n for name in order for n in tree.beside(covered[name]["file"])})
    if memory.exists():
        told = json.loads(memory.read_text())
        killer = covered.get(told["by"])
        if killer and told["tests"] == tree.digest(tree.beside(killer["file"])):
            return Fate(told["state"], told["by"], len(order))
        if told["state"] == "survived" and told["tests"] == everything:
            return Fate("survived", "", len(order))
    found = _tried(mutant, order, covered) if order else Fate("survived", "", 0)
    by = covered.get(found.by)
    tests = tree.digest(tree.beside(by["file"])) if by else everything
    memory.write_text(json.dumps({"state": found.state, "by": found.by, "tests": tests}))
    return found


def untrue(killers: set[str], covered: dict[str, dict[str, Any]]) -> list[str]:
    """Those of the tests that killed a mutant which fail without one too."""
    order = sorted(killers, key=lambda name: (covered[name]["file"], name))
    failed = tree.FOLDER / "failed"

    class Noted:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                with failed.open("a") as out:
                    out.write(named(report.nodeid) + "\n")

    def work() -> int:
        chosen = Chosen(order, {}, tree.FOLDER / "running")
        files = list(dict.fromkeys(covered[name]["file"] for name in order))
        return int(pytest.main([*files, "-q", "-p", "no:cacheprovider"], plugins=[chosen, Noted()]))

    failed.write_text("")
    if order and forked(work, tree.FOLDER / "check.log")[0] not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise SystemExit("the tests that killed cannot be run without a mutant; see build/mutation/check.log")
    return failed.read_text().splitlines()


def _key(mutant: Mutant) -> str:
    said = f"{tree.digest(tree.code())} {mutant.file} {mutant.start} {mutant.stop} {mutant.text}"
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def _tried(mutant: Mutant, order: list[str], covered: dict[str, dict[str, Any]]) -> Fate:
    path, note = tree.TREE / mutant.file, tree.FOLDER / "running"
    source = tree.content(mutant.file).decode()
    limits = {n: HANGS + HANGS * (covered[n]["seconds"] + covered[n]["shared"]) for n in order}
    note.write_text("")

    def work() -> int:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        chosen = Chosen(order, limits, note)
        files = list(dict.fromkeys(covered[name]["file"] for name in order))
        return int(pytest.main([*files, "-q", "-x", "-p", "no:cacheprovider"], plugins=[chosen]))

    path.write_text(mutant.applied(source))
    try:
        status, hung = forked(work, tree.FOLDER / "try.log", limit=60 + sum(limits.values()))
    finally:
        path.write_text(source)
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise SystemExit(f"none of the {len(order)} tests that reach {mutant.file}:{mutant.line} was found")
    state = "hung" if hung else "killed" if status else "survived"
    return Fate(state, note.read_text() if status else "", len(order))
