"""The results that figures, report and paper are made from.

They are the records of ``DIR`` where it has newer ones, else the committed ``paper/records.jsonl``.
A record whose code has changed since it was measured is stale, and marked so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.problems import Corrupted, MissingRecord, WrongUsage
from gronwall.running import store, tables
from gronwall.running.fingerprint import file_hash, fingerprint
from gronwall.running.following import files_as_seen
from gronwall.running.index import Index
from gronwall.running.repository import home
from gronwall.running.sources import Sources


@dataclass(frozen=True)
class Result:
    """One record, and whether its measurement is stale."""

    record: dict[str, Any]
    looked: bool | Callable[[], bool]
    """Whether it is stale, or how to find out: nobody looks at the code below a record that nobody asks about."""

    @cached_property
    def stale(self) -> bool:
        """Has anything that the record was measured from changed since?"""
        return self.looked if isinstance(self.looked, bool) else self.looked()

    @cached_property
    def digest(self) -> str:
        """The hash of all that the record says and of whether it is stale."""
        return digest(dumps([self.record, self.stale]))

    def __getitem__(self, key: str) -> Any:
        return self.record[key]

    @property
    def name(self) -> str:
        """The claim's id."""
        return str(self.record["claim"])

    @property
    def subject(self) -> str:
        return self.name.split(".")[0]

    def series(self, name: str, **labels: Any) -> list[dict[str, Any]]:
        """The points of a series with this name and these labels, in the order they were logged."""
        return [point for point in self.record["series"] if point["name"] == name and _labelled(point, labels)]

    def array(self, name: str, **labels: Any) -> Any:
        """The first array with this name and these labels. Raises :class:`MissingRecord` where there is none."""
        for array in self.record["arrays"]:
            if array["name"] == name and _labelled(array, labels):
                return array["values"]
        raise MissingRecord(f"{self.record['claim']} has no array {name!r} with {labels}")


@dataclass(frozen=True)
class Table:
    """The table of an experiment, and whether the code of its training has changed since."""

    name: str
    content: dict[str, Any]
    stale: bool

    @property
    def subject(self) -> str:
        return self.name.split(".")[0]

    @property
    def room(self) -> str:
        return self.name.split(".")[1] if self.name.count(".") > 1 else ""

    @property
    def title(self) -> str:
        """The experiment's own name, in words."""
        return self.name.rpartition(".")[2].replace("_", " ")

    @cached_property
    def digest(self) -> str:
        """The hash of all that the table says and of whether it is stale."""
        return digest(dumps([self.content, self.stale]))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as objects: ``name``, the labels of their setting and their own, ``measured`` or ``values``."""
        return tables.rows_of(self.content)

    def series(self, name: str, **labels: Any) -> list[dict[str, Any]]:
        """The points with this name and these labels, in their order."""
        return [row for row in self.rows if row["name"] == name and _labelled(row, labels)]

    def array(self, name: str, **labels: Any) -> Any:
        """The first array with this name and these labels. Raises :class:`MissingRecord` where there is none."""
        for row in self.series(name, **labels):
            if "values" in row:
                return row["values"]
        raise MissingRecord(f"the table {self.name} has no array {name!r} with {labels}")


def _labelled(row: dict[str, Any], labels: dict[str, Any]) -> bool:
    return all(row.get(key) == value for key, value in labels.items())


class Results:
    """All results by claim id, and the tables of experiments, as figures and the paper see them."""

    def __init__(self, found: dict[str, Result], told: dict[str, Table] | None = None) -> None:
        self._found = dict(sorted(found.items()))
        self.tables = dict(sorted((told or {}).items()))

    def table(self, name: str) -> Table:
        """The table of an experiment. Raises :class:`MissingRecord` naming what is missing and the way out."""
        if name not in self.tables:
            subject = name.split(".")[0]
            raise MissingRecord(f"no table {name}; run `gronwall check {subject} --effort full` first")
        return self.tables[name]

    def __iter__(self) -> Iterator[Result]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, claim: object) -> bool:
        return claim in self._found

    def __getitem__(self, claim: str) -> Result:
        """The result of a claim. Raises :class:`MissingRecord` naming what is missing and the way out."""
        if claim not in self._found:
            raise MissingRecord(f"no record of {claim}; run `gronwall check {claim.split('[')[0]}` first")
        return self._found[claim]

    def cases(self, claim: str) -> dict[str, Result]:
        """The results of a claim with cases, by the name of the case."""
        start = claim + "["
        return {key[len(start) : -1]: result for key, result in self._found.items() if key.startswith(start)}

    def of(self, subject: str) -> list[Result]:
        """The results of one subject."""
        return [result for result in self if result.subject == subject]


def path_of(record: dict[str, Any], entry: dict[str, Any] | None) -> Path:
    """Where the claim of a record is defined; only the entry behind it knows where a stranger's file lies."""
    return Path(entry["described"]["path"]) if entry is not None else home() / record["file"]


def is_stale(record: dict[str, Any], entry: dict[str, Any] | None = None, sources: Sources | None = None) -> bool:
    """Has anything that the record was measured from changed since, other than library versions?

    ``entry`` is the measurement behind it, where there is one: it knows where a stranger's file lies and
    which data it read.
    """
    path = path_of(record, entry)
    if record["kind"] == "file" or not path.is_file():
        return True
    asked = (record["kind"], record["claim"], record["seed"], record["effort"])
    now = fingerprint(path, *asked, libraries=record["versions"], sources=sources)
    reads = entry.get("reads", {}) if entry is not None else {}
    return now != record["fingerprint"] or not files_as_seen(reads, path)


def load(out: Path, index: Index | None = None) -> Results:
    """The newest record of every claim, from ``out`` and from the committed ones; the index may be shared.

    Where ``out`` holds claims of files outside of this repository, it is about these: the committed records and tables
    are left out, and stderr is told so.

    Raises :class:`Corrupted` where either file is not what the tool wrote, and :class:`WrongUsage`
    where there is no record at all.
    """
    index = index or Index(out)
    entries = index.entries()
    others = {
        path for entry in entries.values() if not (path := Path(entry["described"]["path"])).is_relative_to(home())
    }
    if others and (committed := len(_committed())):
        told = f"{out} holds claims of {len(others)} file{'s' * (len(others) > 1)} outside of this repository, whose"
        print(f"note: {told} {committed} committed records are left out", file=sys.stderr)
    newest: dict[str, dict[str, Any]] = {}
    for record in [*([] if others else _committed()), *store.read_records(out)]:
        other = newest.get(record["claim"])
        if other is None or record["date"] >= other["date"]:
            newest[record["claim"]] = record
    if not newest:
        raise WrongUsage(f"no records in {out}; run `gronwall check --out {out}` first")

    def behind(record: dict[str, Any]) -> dict[str, Any] | None:
        entry = entries.get(record["claim"])
        return entry if entry is not None and entry["fingerprint"] == record["fingerprint"] else None

    found = {
        claim: Result(record, partial(is_stale, record, behind(record), index)) for claim, record in newest.items()
    }
    shown = _tables(out, index, not others)
    index.save()
    return Results(found, shown)


def _tables(out: Path, index: Index, committed: bool) -> dict[str, Table]:
    """The newest table of every experiment, of ``out`` and of the committed ones.

    Raises :class:`Corrupted` where one is not what the tool wrote.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in [*(_committed_tables() if committed else []), *sorted((out / tables.FOLDER).glob("*.json"))]:
        content = tables.read(path)
        other = found.get(content["table"])
        if other is None or content["date"] >= other["date"]:
            found[content["table"]] = content
    return {name: Table(name, content, tables.is_stale(content, home(), index)) for name, content in found.items()}


def _committed_tables() -> list[Path]:
    """The committed tables of the last full run."""
    return sorted((home() / "paper" / tables.FOLDER).glob("*.json"))


def _committed() -> list[dict[str, Any]]:
    """The committed records of the last full run, checked against their checksum."""
    path, checksum = home() / "paper" / store.RECORDS, home() / "paper" / store.CHECKSUM
    if not path.exists():
        return []
    if not checksum.exists() or checksum.read_text().split()[:1] != [file_hash(path)]:
        raise Corrupted(f"{path} differs from its checksum in {checksum.name}")
    return store.json_lines(path)
