"""Tables of experiments: ``DIR/tables/<subject>.<room>.<name>.json``, which figures, paper and report read.

A table is a record of a training as ``records.jsonl`` is of claims: columns and rows, the seeds, the effort, and a
fingerprint of all code below the module that declares the experiment. The parts of a sweep are made by different
processes; each lays its own rows into the table, and the bytes do not depend on who came first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps, to_json
from gronwall.places import import_roots
from gronwall.problems import Corrupted
from gronwall.running.caching import code_of
from gronwall.running.files import locked, write_atomically
from gronwall.running.fingerprint import versions
from gronwall.running.sources import Sources

FOLDER = "tables"
FORMAT = 2

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """How a table was made: by the experiment of a module, with so many steps, on these seeds."""

    table: str
    module: str
    effort: str
    length: int
    seeds: tuple[int, ...]
    held_out: tuple[int, ...]

    def fingerprint(self, code: str, libraries: Mapping[str, str] | None = None) -> str:
        """The hash of what the experiment was asked, and of the code below its module."""
        return digest(dumps([to_json(asdict(self)), code, dict(libraries or versions())]))


def place(out: Path, table: str) -> Path:
    """Where a table lies."""
    return out / FOLDER / f"{table}.json"


def module_of(file: Path) -> str:
    """A module's path in its project."""
    return file.relative_to(import_roots(file)[-1]).as_posix()


def lay(out: Path, made: Made, fingerprint: str, setting: Mapping[str, Any], rows: Iterable[Row], date: str) -> None:
    """Lay the rows of one setting into its table, in the place of what stood there of that setting.

    A table that was made otherwise, by other code or at another effort, begins anew.
    """
    path = place(out, made.table)
    labels = {key: to_json(value) for key, value in setting.items()}
    fresh = [{**row, **labels} for row in rows]
    with locked(path.parent / "locks" / made.table):
        kept = _read(path) if path.exists() else None
        other = kept is None or kept["fingerprint"] != fingerprint
        parts = {} if other or kept is None else {dumps(part["setting"]): part for part in kept["settings"]}
        known = [] if other or kept is None else rows_of(kept)
        if dumps(labels) in parts and [row for row in known if _of(row, labels)] == fresh:
            return
        parts[dumps(labels)] = {"setting": labels}
        rows = [row for row in known if not _of(row, labels)] + fresh
        written = {
            **asdict(made), "format": FORMAT, "fingerprint": fingerprint, "date": date, "versions": versions(),
            "settings": [parts[key] for key in sorted(parts)], **_as_table(rows, list(labels)),
        }  # fmt: skip
        text = dumps(to_json(written))
        write_atomically(path, dumps({"sha256": digest(text), "content": json.loads(text)}) + "\n")


def _of(row: Row, labels: Mapping[str, Any]) -> bool:
    return all(row.get(key) == value for key, value in labels.items())


def _as_table(rows: list[Row], first: list[str]) -> dict[str, Any]:
    """Columns, those of the setting first, and the rows in the order of their settings."""
    names = {key for row in rows for key in row}
    columns = [name for name in first if name in names] + sorted(names - set(first))
    order = sorted(range(len(rows)), key=lambda i: (dumps([rows[i].get(key) for key in first]), i))
    return {"columns": columns, "rows": [[rows[i].get(name) for name in columns] for i in order]}


def rows_of(content: Mapping[str, Any]) -> list[Row]:
    """The rows of a table as objects, without the cells that are empty."""
    columns = content["columns"]
    return [
        {name: cell for name, cell in zip(columns, row, strict=True) if cell is not None} for row in content["rows"]
    ]


def _read(path: Path) -> dict[str, Any] | None:
    """A table, or None where it is not what the tool wrote: then it is made anew."""
    try:
        return read(path)
    except Corrupted:
        return None


def read(path: Path) -> dict[str, Any]:
    """A table. Raises :class:`Corrupted` where it is truncated or was edited."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        content: dict[str, Any] = stored["content"]
        intact = stored["sha256"] == digest(dumps(content))
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        intact, content = False, {}
    if not intact:
        raise Corrupted(f"{path} is truncated or was edited by hand; the check that made it writes it anew")
    return content


def is_stale(content: Mapping[str, Any], root: Path, sources: Sources | None = None) -> bool:
    """Has the code of the experiment changed since the table was made, other than library versions?"""
    asked = {key: content[key] for key in ("table", "module", "effort", "length")}
    then = str(content["fingerprint"])
    made = Made(**asked, seeds=tuple(content["seeds"]), held_out=tuple(content["held_out"]))
    if not (root / made.module).is_file():
        return True
    return made.fingerprint(code_of(root / made.module, sources), content["versions"]) != then
