"""The folder of a run: one atomic file a claim, and ``records.jsonl`` assembled from them.

``DIR/claims/ID.json`` holds a measurement with its fingerprint and its own checksum. ``DIR/records.jsonl``
is what everybody reads; ``DIR/records.sha256`` tells whether it is what the tool wrote. Every write goes
to a new file that then takes the old one's place, so a killed run leaves nothing half written, and
two runs on one folder do each other no harm.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.problems import Corrupted
from gronwall.running.files import locked, write_atomically
from gronwall.running.fingerprint import file_hash

RECORDS = "records.jsonl"
CHECKSUM = "records.sha256"


def claim_file(out: Path, identity: str) -> Path:
    """Where a claim's entry lies: its id, made safe for a file name and kept distinct."""
    safe = re.sub(r"[^A-Za-z0-9._\[\]=+-]", "_", identity)[:120]
    if safe != identity or identity != identity.lower():
        safe += "-" + digest(identity)[:8]
    return out / "claims" / f"{safe}.json"


def save_entry(out: Path, entry: dict[str, Any]) -> None:
    """Store what was measured of one claim."""
    write_sealed(claim_file(out, entry["claim"]), entry)


def write_sealed(path: Path, entry: dict[str, Any]) -> None:
    """Write an entry with its own checksum."""
    write_atomically(path, dumps({"sha256": digest(dumps(entry)), "entry": entry}) + "\n")


def load_entry(path: Path) -> dict[str, Any]:
    """Read an entry back. Raises :class:`Corrupted` where it is truncated or was edited."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        entry = stored["entry"]
        intact = stored["sha256"] == digest(dumps(entry))
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        intact = False
    if not intact:
        raise Corrupted(f"{path} is truncated or was edited by hand")
    return entry  # type: ignore[no-any-return]


def entries(out: Path) -> tuple[list[dict[str, Any]], list[Path]]:
    """Every entry of a folder, and the files that are corrupted."""
    good, bad = [], []
    folder = out / "claims"
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            good.append(load_entry(path))
        except Corrupted:
            bad.append(path)
        except FileNotFoundError:  # another run has just pruned it
            continue
    return good, bad


def is_intact(out: Path) -> bool:
    """Is ``records.jsonl`` what the tool wrote? True too where there is none yet."""
    records, checksum = out / RECORDS, out / CHECKSUM
    if not records.exists():
        return not checksum.exists()
    return checksum.exists() and checksum.read_bytes().split()[:1] == [file_hash(records).encode()]


def write_records(out: Path, records: list[dict[str, Any]]) -> Path:
    """Write ``records.jsonl`` and its checksum: sorted by id, sorted keys, strict JSON."""
    lines = "".join(dumps(record) + "\n" for record in sorted(records, key=lambda record: record["claim"]))
    write_atomically(out / RECORDS, lines)
    write_atomically(out / CHECKSUM, f"{digest(lines)}  {RECORDS}\n")
    return out / RECORDS


def read_records(out: Path) -> list[dict[str, Any]]:
    """The records of a folder, none where nothing was run into it.

    Raises :class:`Corrupted` where the file is not what the tool wrote, or is gone.
    """
    with locked(out) if os.access(out, os.W_OK) else contextlib.nullcontext():
        if not is_intact(out):
            raise Corrupted(
                f"{out / RECORDS} was truncated, edited or removed: its checksum differs from {CHECKSUM}. "
                f"`gronwall check --out {out}` writes it anew from the measurements"
            )
        path = out / RECORDS
        return json_lines(path) if path.exists() else []


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file, one a line. A line feed alone ends a line: what else Unicode calls so is text."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
