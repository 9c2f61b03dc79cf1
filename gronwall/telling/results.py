"""The results that figures, report and paper are made from.

They are the records of ``DIR`` where it has newer ones, else the committed ``paper/records.jsonl``.
A record whose code has changed since it was measured is stale, and marked so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gronwall.problems import Corrupted, MissingRecord, WrongUsage
from gronwall.running import store
from gronwall.running.fingerprint import file_hash, fingerprint
from gronwall.running.index import Index
from gronwall.running.repository import home
from gronwall.running.sources import Sources


@dataclass(frozen=True)
class Result:
    """One record, and whether its measurement is stale."""

    record: dict[str, Any]
    stale: bool

    def __getitem__(self, key: str) -> Any:
        return self.record[key]

    @property
    def subject(self) -> str:
        return str(self.record["claim"]).split(".")[0]

    def series(self, name: str, **labels: Any) -> list[dict[str, Any]]:
        """The points of a series with this name and these labels, in the order they were logged."""
        return [
            point
            for point in self.record["series"]
            if point["name"] == name and all(point.get(key) == value for key, value in labels.items())
        ]

    def array(self, name: str, **labels: Any) -> Any:
        """The first array with this name and these labels. Raises :class:`MissingRecord` where there is none."""
        for array in self.record["arrays"]:
            if array["name"] == name and all(array.get(key) == value for key, value in labels.items()):
                return array["values"]
        raise MissingRecord(f"{self.record['claim']} has no array {name!r} with {labels}")


class Results:
    """All results by claim id, as figures and the paper see them."""

    def __init__(self, found: dict[str, Result]) -> None:
        self._found = dict(sorted(found.items()))

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


def is_stale(record: dict[str, Any], entry: dict[str, Any] | None = None, sources: Sources | None = None) -> bool:
    """Has anything that the record was measured from changed since, other than library versions?

    ``entry`` is the measurement behind it, where there is one: it knows where a stranger's file lies and
    which data it read.
    """
    path = Path(entry["described"]["path"]) if entry is not None else home() / record["file"]
    if record["kind"] == "file" or not path.is_file():
        return True
    now = fingerprint(path, record["claim"], record["seed"], record["effort"], record["versions"], sources)
    reads = entry.get("reads", {}) if entry is not None else {}
    return now != record["fingerprint"] or any(file_hash(Path(name)) != wanted for name, wanted in reads.items())


def load(out: Path) -> Results:
    """The newest record of every claim, from ``out`` and from the committed ones.

    Raises :class:`Corrupted` where either file is not what the tool wrote, and :class:`WrongUsage`
    where there is no record at all.
    """
    newest: dict[str, dict[str, Any]] = {}
    for record in [*_committed(), *store.read_records(out)]:
        other = newest.get(record["claim"])
        if other is None or record["date"] >= other["date"]:
            newest[record["claim"]] = record
    if not newest:
        raise WrongUsage(f"no records in {out}; run `gronwall check --out {out}` first")
    index = Index(out)
    entries = index.entries()

    def behind(record: dict[str, Any]) -> dict[str, Any] | None:
        entry = entries.get(record["claim"])
        return entry if entry is not None and entry["fingerprint"] == record["fingerprint"] else None

    found = {claim: Result(record, is_stale(record, behind(record), index)) for claim, record in newest.items()}
    index.save()
    return Results(found)


def _committed() -> list[dict[str, Any]]:
    """The committed records of the last full run, checked against their checksum."""
    path, checksum = home() / "paper" / store.RECORDS, home() / "paper" / store.CHECKSUM
    if not path.exists():
        return []
    if not checksum.exists() or checksum.read_text().split()[:1] != [file_hash(path)]:
        raise Corrupted(f"{path} differs from its checksum in {checksum.name}")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
