"""What was made of the records before, so that a figure or a page is made anew only where it would be another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.running.files import write_atomically
from gronwall.running.fingerprint import file_hash
from gronwall.telling.results import Result, Results, Table


class Made:
    """Files by the key of all they were made from, kept in one JSON file beside them.

    A file counts as made only while it has the bytes it was given.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._known: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError):
            self._known = {}
        self._now: dict[str, Any] = {}

    def knows(self, name: str) -> Any:
        """What was kept with a thing when it was made: what its key was made of; None where it is not known."""
        return self._known.get(name, {}).get("of")

    def is_current(self, name: str, key: str) -> bool:
        """Was it made from the same, and is it still there as it was made?"""
        known = self._known.get(name)
        if known is None or known.get("key") != key:
            return False
        if any(file_hash(self.path.parent / file) != sha for file, sha in known["files"].items()):
            return False
        self._now[name] = known
        return True

    def keep(self, name: str, key: str, files: list[Path], of: Any = None) -> None:
        """Remember what was just made."""
        shas = {path.relative_to(self.path.parent).as_posix(): file_hash(path) for path in files}
        self._now[name] = {"key": key, "files": shas, "of": of}

    def no_more(self) -> list[Path]:
        """Files of what was made before and is not any more; none that somebody else has put there or changed."""
        now = {file for one in self._now.values() for file in one["files"]}
        before = {file: sha for one in self._known.values() for file, sha in one["files"].items()}
        paths = {self.path.parent / file: sha for file, sha in before.items() if file not in now}
        return [path for path, sha in paths.items() if file_hash(path) == sha]

    def save(self, whole: bool = True) -> None:
        """Write down what there is; of a part that was asked for (not `whole`), beside what was there."""
        now = self._now if whole else {**self._known, **self._now}
        if now != self._known:
            write_atomically(self.path, dumps(now) + "\n")


class Watched(Results):
    """Results that notice what is asked of them: what a figure shows, it has asked for."""

    def __init__(self, found: Results) -> None:
        super().__init__({str(result["claim"]): result for result in found}, found.tables)
        self.asked: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Result]:
        self.asked.add(("all", ""))
        return super().__iter__()

    def __len__(self) -> int:
        self.asked.add(("all", ""))
        return super().__len__()

    def __contains__(self, claim: object) -> bool:
        self.asked.add(("claim", str(claim)))
        return super().__contains__(claim)

    def __getitem__(self, claim: str) -> Result:
        self.asked.add(("claim", claim))
        return super().__getitem__(claim)

    def cases(self, claim: str) -> dict[str, Result]:
        self.asked.add(("cases", claim))
        return super().cases(claim)

    def of(self, subject: str) -> list[Result]:
        self.asked.add(("subject", subject))
        return [result for result in super().__iter__() if result.subject == subject]

    def table(self, name: str) -> Table:
        self.asked.add(("table", name))
        return super().table(name)


def told(found: Results, asked: list[list[str]], code: str) -> str:
    """The key of what was made by some code from the answers to what was asked."""
    answers = [[kind, name, [one.digest for one in _answers(found, kind, name)]] for kind, name in sorted(asked)]
    return digest(dumps([code, answers]))


def rests_on_stale(found: Results, asked: list[list[str]]) -> bool:
    """Is anything stale among the answers to what was asked?"""
    return any(one.stale for kind, name in asked for one in _answers(found, kind, name))


def _answers(found: Results, kind: str, name: str) -> list[Result] | list[Table]:
    """The records or the table that were given to one question; none where there were none."""
    if kind == "table":
        return [found.tables[name]] if name in found.tables else []
    if kind == "claim":
        return [found[name]] if name in found else []
    if kind == "cases":
        return list(found.cases(name).values())
    return list(found) if kind == "all" else found.of(name)
