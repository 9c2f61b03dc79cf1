"""From a measurement to a record: judged afresh, with what the run and the file say of it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from gronwall.canonical import digest
from gronwall.places import shown_path
from gronwall.running import repository
from gronwall.running.collect import Described
from gronwall.running.fingerprint import versions
from gronwall.running.judgements import Judgements, failed
from gronwall.running.options import Options


def broken_record(path: Path, reason: str, options: Options) -> dict[str, Any]:
    """The one record of a file that does not import."""
    described = Described(
        id=repository.subject_of(path) if path.stem == "__init__" else _file_id(path),
        path=str(path), line=1, kind="file", name=path.stem, case=None, statement=f"{path.name} is a file of claims",
        source=None, ref=None, least_effort="quick", fingerprint=digest(path.read_bytes()), unarmed=True,
    )  # fmt: skip
    return record(described, failed(reason), options, 0.0, now())


def _file_id(path: Path) -> str:
    subject = repository.subject_of(path)
    return subject if subject == path.stem else f"{subject}.{path.stem}"


def now() -> str:
    """The time of a record."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def record(
    described: Described, judgement: dict[str, Any], options: Options, seconds: float, date: str
) -> dict[str, Any]:
    """What ``records.jsonl`` has of a claim: the judgement, and what the file and the run say of it."""
    made = {
        "claim": described.id,
        "source": described.source,
        "ref": described.ref,
        "kind": described.kind,
        "statement": described.statement,
        **judgement,
        "unarmed": described.unarmed,
        "seed": options.seed,
        "effort": str(options.effort),
        "fingerprint": described.fingerprint,
        "date": date,
        "seconds": seconds,
        "versions": versions(),
        "file": shown_path(Path(described.path)),
        "line": described.line,
    }
    return {**made, "errata": refuted_forms(made, recalled=False)}


def refuted_forms(record: dict[str, Any], recalled: bool) -> list[dict[str, Any]]:
    """What is false as printed, or only as recalled: the forms that are refuted of a claim that holds."""
    return [
        {"printed": form["name"], "counterexample": form["reason"], "instance": form["instance"],
         "corrected": record["statement"]}
        for form in record["printed"]
        if form["refuted"] and form["recalled"] == recalled and record["verdict"] == "holds"
    ]  # fmt: skip


def judged(one: Described, entry: dict[str, Any], options: Options, judgements: Judgements) -> dict[str, Any]:
    """The record of a claim from its entry in the store."""
    if entry["measurement"] is None:
        judgement = failed(entry["failed"])
    else:
        try:
            judgement = judgements.of(entry["measurement"])
        except Exception as problem:  # one claim that cannot be judged leaves the others alone
            judgement = failed(f"it could not be judged: {type(problem).__name__}: {problem}")
    return record(one, judgement, options, entry["seconds"], entry["date"])
