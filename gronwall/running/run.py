"""A run: collect, measure what is stale in processes of their own, judge everything, write the records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gronwall.canonical import to_json
from gronwall.efforts import Effort
from gronwall.places import shown_path
from gronwall.problems import Corrupted, WrongUsage
from gronwall.running import repository, store
from gronwall.running.cluster import ClusterPool, pool_of
from gronwall.running.collect import Described
from gronwall.running.describe import describe, refuse_duplicates
from gronwall.running.files import locked
from gronwall.running.following import SEEN, base_of, is_as_seen
from gronwall.running.index import Index
from gronwall.running.judgements import Judgements
from gronwall.running.options import Options, started_with
from gronwall.running.pool import Pool
from gronwall.running.records import broken_record, judged, now
from gronwall.running.selecting import matching

HELD = ("holds", "reproduced", "not reproduced", "undecided")
"""Verdicts that no exit status complains of."""
Progress = Callable[[int, int, str], None]
"""Called with (claims done, claims to do, id of the last one)."""


@dataclass
class Run:
    """What a run came to: its records by id, and what it left out."""

    records: list[dict[str, Any]]
    skipped: list[Described]
    measured: int
    seconds: float
    notes: list[str] = field(default_factory=list)
    origins: dict[str, Path] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    """What claims printed as they were measured."""

    def shown(self) -> dict[str, str]:
        """The file of each claim as somebody in this folder would name it."""
        here = Path.cwd()
        return {
            claim: (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
            for claim, path in self.origins.items()
        }


def check(targets: tuple[str, ...], options: Options, progress: Progress | None = None) -> Run:
    """Run the claims that the targets name, with the measurements of earlier runs where they are fresh.

    Raises :class:`WrongUsage` for a path or name that does not exist, for nothing to run and for a
    duplicate id.
    """
    started = time.perf_counter()
    index = Index(options.out)
    files, chosen = repository.resolve(targets, index, index.entries)
    notes = []
    if not store.is_intact(options.out):
        notes.append(f"{options.out / store.RECORDS} was truncated or edited by hand; it is written anew")
    with pool_of(options) as pool:
        described, reasons = describe(pool, files, options, index)
        index.save()
        broken = [(path, broken_record(path, reason, options)) for path, reason in reasons]
        described = [one for one in described if repository.is_chosen(one.id, Path(one.path), targets, chosen)]
        refuse_duplicates(described)
        notes += _without_claims(files, described, broken, chosen)
        picked = _picked(described, options)
        able = [one for one in picked if Effort(one.least_effort).level <= options.effort.level]
        skipped = [one for one in picked if one not in able]
        if not able and not broken:
            raise WrongUsage(_nothing(targets, skipped, options))
        entries, stale = _cached(able, options, index, notes)
        judgements = Judgements(options.out, index)
        by_id = {one.id: one for one in able}
        found = {identity: judged(by_id[identity], entry, options, judgements) for identity, entry in entries.items()}
        printed = {identity: entry.get("printed", "") for identity, entry in entries.items()}
        measured = 0
        stops = options.first and any(map(_fails, found.values()))
        for entry in _measure(pool, [] if stops else stale, options, index, progress, len(able) - len(stale)):
            index.libraries.save()
            store.save_entry(options.out, entry)
            measured += 1
            printed[entry["claim"]] = entry["printed"]
            found[entry["claim"]] = judged(by_id[entry["claim"]], entry, options, judgements)
            if options.first and _fails(found[entry["claim"]]):
                break
    if len(found) < len(able):
        notes.append(f"-x: {len(able) - len(found)} claims were not measured")
    records = list(found.values())
    records = sorted([*records, *(record for _, record in broken)], key=lambda record: record["claim"])
    readable = set(files) - {path for path, _ in broken} if not chosen else set()
    _assemble(options, records, described, readable, judgements, notes)
    judgements.save()
    origins = {one.id: Path(one.path) for one in able} | {record["claim"]: path for path, record in broken}
    if options.require_mutants:
        records = [_unarmed(record) for record in records]
    return Run(records, skipped, measured, time.perf_counter() - started, notes, origins, printed)


def _unarmed(record: dict[str, Any]) -> dict[str, Any]:
    """A record as it counts where mutants are required: one that holds without any is inconclusive."""
    if not record["unarmed"] or record["verdict"] not in HELD:
        return record
    reason = "no mutant shows that its check can fail (--require-mutants): add one with @claim.mutant"
    return {**record, "verdict": "inconclusive", "reason": reason}


def _without_claims(
    files: list[Path], described: list[Described], broken: list[tuple[Path, dict[str, Any]]], chosen: list[str]
) -> list[str]:
    """A note for each file that was asked for and defines no claim."""
    having = {Path(one.path) for one in described} | {path for path, _ in broken}
    return [] if chosen else [f"{shown_path(path)} defines no claim" for path in files if path not in having]


def _picked(described: list[Described], options: Options) -> list[Described]:
    """Those of the claims that the options ask for."""
    if options.expression is not None:
        matches = matching(options.expression)
        described = [one for one in described if matches(one.id)]
    if options.failed:
        held = {record["claim"] for record in store.read_records(options.out) if record["verdict"] in HELD}
        described = [one for one in described if one.id not in held]
    return described


def _fails(record: dict[str, Any]) -> bool:
    return record["verdict"] in ("refuted", "error")


def _nothing(targets: tuple[str, ...], skipped: list[Described], options: Options) -> str:
    where = " ".join(targets) or "this repository"
    if options.failed and not skipped:
        return f"nothing of {where} has failed or was never run: there is nothing to run again (--failed)"
    if skipped:
        least = min((Effort(one.least_effort) for one in skipped), key=lambda effort: effort.level)
        return f"no claim to run at effort {options.effort} in {where}: {len(skipped)} need --effort {least}"
    return f"no claim to run in {where}"


def _is_fresh(entry: dict[str, Any], one: Described, index: Index) -> bool:
    """Was it measured from the same code, data and libraries?"""
    return (
        entry.get("fingerprint") == one.fingerprint
        and is_as_seen(entry, Path(one.path), started_with())
        and index.libraries.unchanged(entry.get("libraries", ""), base_of(Path(one.path)))
    )


def _cached(
    able: list[Described], options: Options, index: Index, notes: list[str]
) -> tuple[dict[str, Any], list[Described]]:
    """The entries that are fresh, by id, and the claims that have to be measured."""
    entries: dict[str, Any] = {}
    stale = []
    for one in able:
        path = store.claim_file(options.out, one.id)
        try:
            entry = store.load_entry(path) if path.exists() and not options.force else None
        except Corrupted as problem:
            notes.append(f"{problem}; it is measured again")
            entry = None
        if entry is not None and entry["claim"] == one.id and _is_fresh(entry, one, index):
            now = to_json(one.as_dict())
            if entry["described"] != now:  # the folder has moved, or the claim within its file
                entry["described"] = now
                store.save_entry(options.out, entry)
            entries[one.id] = entry
        else:
            stale.append(one)
    return entries, stale


def _measure(
    pool: Pool | ClusterPool,
    stale: list[Described],
    options: Options,
    index: Index,
    progress: Progress | None,
    done: int,
) -> Iterator[dict[str, Any]]:
    """Measure claims, yielding the entry of each as it is finished."""
    total = done + len(stale)
    if progress is not None and stale:
        progress(done, total, "")
    for one, answer in pool.measure(stale):
        done += 1
        if progress is not None:
            progress(done, total, one.id)
        yield _entry(one, answer, options, index)


def _entry(one: Described, answer: dict[str, Any], options: Options, index: Index) -> dict[str, Any]:
    """What is stored of a claim. An error is no measurement: it is made again by the next run."""
    measurement = answer.get("measurement")
    return {
        "claim": one.id,
        "described": one.as_dict(),
        "fingerprint": one.fingerprint
        if measurement is not None and measurement["main"]["error"] is None
        else "failed",
        "seed": options.seed,
        "effort": str(options.effort),
        "date": now(),
        "measurement": measurement,
        "failed": answer.get("failed"),
        **{key: answer.get(key, {}) for key in SEEN},
        "libraries": index.libraries.keep(answer["imported"], base_of(Path(one.path)))
        if measurement is not None
        else "",
        "seconds": answer.get("seconds", 0.0),
        "printed": answer.get("printed", ""),
    }


def _assemble(
    options: Options,
    records: list[dict[str, Any]],
    described: list[Described],
    readable: set[Path],
    judgements: Judgements,
    notes: list[str],
) -> None:
    """Write ``records.jsonl``: this run's records and those of earlier runs whose claims still exist.

    An entry whose claim is gone from a file that was read whole is removed; one of a file that did
    not import is kept, and left out of the records.
    """
    out = options.out
    newest = {record["claim"]: record for record in records}
    broken = {record["file"] for record in records if record["kind"] == "file"}
    known = {one.id for one in described}
    with locked(out):
        good, bad = store.entries(out)
        for path in bad:
            notes.append(f"{path} is corrupted and was left out")
        for entry in good:
            identity, origin = entry["claim"], Path(entry["described"]["path"])
            if identity in newest or shown_path(origin) in broken:
                continue
            if not origin.is_file() or (origin in readable and identity not in known):
                notes.append(f"{identity} is no more in {shown_path(origin)}: its record is removed")
                store.claim_file(out, identity).unlink(missing_ok=True)
                continue
            earlier = Options(Effort(entry["effort"]), entry["seed"], 1, out)
            newest[identity] = judged(Described(**entry["described"]), entry, earlier, judgements)
        store.write_records(out, list(newest.values()))


def exit_status(records: list[dict[str, Any]], allow_inconclusive: bool) -> int:
    """0 all hold (or are findings), 1 something refuted or in error, 3 else something inconclusive."""
    verdicts = {record["verdict"] for record in records}
    if verdicts & {"refuted", "error"}:
        return 1
    return 3 if "inconclusive" in verdicts and not allow_inconclusive else 0
