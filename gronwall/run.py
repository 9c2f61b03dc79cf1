"""A run: collect, measure what is stale in worker processes, judge everything, write the records."""

from __future__ import annotations

import datetime
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gronwall import repository, store, worker
from gronwall.canonical import digest, tidy, to_json
from gronwall.claims import Effort
from gronwall.collect import Described
from gronwall.fingerprint import REPOSITORY, versions
from gronwall.judge import judge
from gronwall.problems import Corrupted, WrongUsage

QUICK = Effort("quick")

Progress = Callable[[int, int, str], None]
"""Called with (claims done, claims to do, id of the last one)."""


@dataclass(frozen=True)
class Options:
    """How to run: what the command line says, resolved."""

    effort: Effort = QUICK
    seed: int = 0
    jobs: int = 2
    out: Path = Path("build")
    cluster: str | None = None


@dataclass
class Run:
    """What a run came to: its records by id, and what it left out."""

    records: list[dict[str, Any]]
    skipped: list[Described]
    measured: int
    seconds: float
    notes: list[str] = field(default_factory=list)
    origins: dict[str, Path] = field(default_factory=dict)

    def shown(self) -> dict[str, str]:
        """The file of each claim as somebody in this folder would name it."""
        here = Path.cwd()
        return {
            claim: (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
            for claim, path in self.origins.items()
        }


@contextmanager
def workers(options: Options) -> Iterator[Executor]:
    """Processes on this machine, or the workers of a Dask cluster: the same interface."""
    if options.cluster:
        try:
            from distributed import Client
        except ImportError:
            raise WrongUsage("--cluster needs the extra: pip install 'gronwall[cluster]'") from None
        try:
            client = Client(options.cluster, timeout="10s")
        except (OSError, ValueError, TimeoutError) as problem:
            raise WrongUsage(f"no Dask scheduler answers at {options.cluster}: {problem}") from None
        try:
            yield client.get_executor()
        finally:
            client.close()
        return
    from joblib.externals.loky import ProcessPoolExecutor

    # joblib replaces a worker whose memory has grown, and says so; nothing is lost by it
    warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
    executor = ProcessPoolExecutor(
        max_workers=options.jobs,
        env=worker.ENVIRONMENT,
        timeout=600,
        initializer=worker.begin,
        initargs=(os.getpid(),),
    )
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, kill_workers=True)
        raise
    executor.shutdown(wait=True, kill_workers=True)


def collect(
    executor: Executor, files: Iterable[Path], options: Options
) -> tuple[list[Described], list[tuple[Path, dict[str, Any]]]]:
    """Describe the claims of every file; files that do not import come back as ``error`` records."""
    paths = [str(file) for file in files]
    arguments = (options.seed, str(options.effort), str(options.out.resolve()))
    described, broken = [], []
    futures = {executor.submit(worker.describe_file, path, *arguments): path for path in paths}
    for future, path in futures.items():
        try:
            answer = future.result()
        except BrokenProcessPool:
            answer = _alone(options, worker.describe_file, path, *arguments) or {
                "claims": [],
                "error": "the process that imported the file died (a crash, or out of memory)",
            }
        except Exception as problem:  # a worker of a cluster that died, an answer that cannot be sent
            told = tidy(f"{type(problem).__name__}: {problem}")
            answer = {"claims": [], "error": f"its claims could not be described: {told}"}
        described.extend(answer["claims"])
        if answer["error"] is not None:
            broken.append((Path(path), _broken_record(Path(path), answer["error"], options)))
    return described, broken


def _alone(options: Options, function: Callable[..., Any], *args: Any) -> Any:
    """Run one task in a process of its own; None where that process dies."""
    alone = Options(options.effort, options.seed, 1, options.out)
    with workers(alone) as executor:
        try:
            return executor.submit(function, *args).result()
        except BrokenProcessPool:
            return None
        except Exception as problem:
            reason = tidy(f"{type(problem).__name__}: {problem}")
            return {"claims": [], "error": reason, **_unmeasured(reason)}


def _broken_record(path: Path, reason: str, options: Options) -> dict[str, Any]:
    described = Described(
        id=repository.subject_of(path) if path.stem == "__init__" else _file_id(path),
        path=str(path), line=1, kind="file", name=path.stem, case=None, statement=f"{path.name} is a file of claims",
        source=None, ref=None, least_effort="quick", fingerprint=digest(path.read_bytes()), unarmed=True,
    )  # fmt: skip
    return _record(described, _failed(reason), options, 0.0, _now())


def _file_id(path: Path) -> str:
    subject = repository.subject_of(path)
    return subject if subject == path.stem else f"{subject}.{path.stem}"


def _failed(reason: str) -> dict[str, Any]:
    """The judgement of what could not be measured at all."""
    return {
        "verdict": "error", "grade": "measured", "scope": "point", "reason": reason, "unarmed": True,
        "worst": {"ratio": None, "instance": None}, "counterexample": None, "fit": {}, "mutants": [], "printed": [],
        "series": [], "arrays": [], "examples": 0,
    }  # fmt: skip


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _record(
    described: Described, judgement: dict[str, Any], options: Options, seconds: float, date: str
) -> dict[str, Any]:
    record = {
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
        "file": _shown_path(Path(described.path)),
        "line": described.line,
    }
    return {**record, "errata": refuted_forms(record, recalled=False)}


def refuted_forms(record: dict[str, Any], recalled: bool) -> list[dict[str, Any]]:
    """What is false as printed, or only as recalled: the forms that are refuted of a claim that holds."""
    return [
        {"printed": form["name"], "counterexample": form["reason"], "instance": form["instance"],
         "corrected": record["statement"]}
        for form in record["printed"]
        if form["refuted"] and form["recalled"] == recalled and record["verdict"] == "holds"
    ]  # fmt: skip


def _shown_path(path: Path) -> str:
    """A file's path as a record may state it: relative to this repository, else its name."""
    here = REPOSITORY
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def refuse_duplicates(described: list[Described]) -> None:
    """Raise :class:`WrongUsage` where two claims have one id."""
    seen: dict[str, Described] = {}
    for one in described:
        other = seen.setdefault(one.id, one)
        if other is not one:
            raise WrongUsage(
                f"duplicate id {one.id}: {other.path}:{other.line} and {one.path}:{one.line}; "
                "rename one of the functions"
            )


def check(targets: tuple[str, ...], options: Options, progress: Progress | None = None) -> Run:
    """Run the claims that the targets name, with the measurements of earlier runs where they are fresh.

    Raises :class:`WrongUsage` for a path or name that does not exist, for nothing to run and for a
    duplicate id.
    """
    started = time.perf_counter()
    files, chosen = repository.resolve(targets)
    notes = []
    if not store.is_intact(options.out):
        notes.append(f"{options.out / store.RECORDS} was truncated or edited by hand; it is written anew")
    with workers(options) as executor:
        described, broken = collect(executor, files, options)
        described = [one for one in described if repository.is_chosen(one.id, Path(one.path), targets, chosen)]
        refuse_duplicates(described)
        able = [one for one in described if Effort(one.least_effort).level <= options.effort.level]
        skipped = [one for one in described if one not in able]
        if not able and not broken:
            raise WrongUsage(_nothing(targets, skipped, options))
        entries, stale = _cached(able, options, notes)
        described_by_id = {one.id: one for one in able}
        for entry in _measure(executor, stale, options, progress, len(able) - len(stale)):
            entry = _saved(options, described_by_id[entry["claim"]], entry)
            entries[entry["claim"]] = entry
    records = [_judged(described_by_id[identity], entry, options) for identity, entry in entries.items()]
    records = sorted([*records, *(record for _, record in broken)], key=lambda record: record["claim"])
    readable = set(files) - {path for path, _ in broken} if not chosen else set()
    _assemble(options, records, described, readable, notes)
    origins = {one.id: Path(one.path) for one in able} | {record["claim"]: path for path, record in broken}
    return Run(records, skipped, len(stale), time.perf_counter() - started, notes, origins)


def _saved(options: Options, one: Described, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry as it was stored; an error of that claim where what it measured cannot be written as JSON."""
    try:
        store.save_entry(options.out, entry)
    except (TypeError, ValueError, RecursionError) as problem:
        reason = f"what was measured cannot be stored: {type(problem).__name__}: {problem}"
        entry = to_json(_entry(one, _unmeasured(reason), options))
        store.save_entry(options.out, entry)
    return entry


def _nothing(targets: tuple[str, ...], skipped: list[Described], options: Options) -> str:
    where = " ".join(targets) or "this repository"
    if skipped:
        least = min((Effort(one.least_effort) for one in skipped), key=lambda effort: effort.level)
        return f"no claim to run at effort {options.effort} in {where}: {len(skipped)} need --effort {least}"
    return f"no claim to run in {where}"


def _cached(able: list[Described], options: Options, notes: list[str]) -> tuple[dict[str, Any], list[Described]]:
    """The entries that are fresh, by id, and the claims that have to be measured."""
    entries: dict[str, Any] = {}
    stale = []
    for one in able:
        path = store.claim_file(options.out, one.id)
        try:
            entry = store.load_entry(path) if path.exists() else None
        except Corrupted as problem:
            notes.append(f"{problem}; it is measured again")
            entry = None
        if entry is not None and entry["claim"] == one.id and store.is_fresh(entry, one.fingerprint):
            now = to_json(one.as_dict())
            if entry["described"] != now:  # the folder has moved, or the claim within its file
                entry["described"] = now
                store.save_entry(options.out, entry)
            entries[one.id] = entry
        else:
            stale.append(one)
    return entries, stale


def _measure(
    executor: Executor, stale: list[Described], options: Options, progress: Progress | None, done: int
) -> Iterator[dict[str, Any]]:
    """Measure claims in the workers, yielding the entry of each as it is finished.

    A process that dies takes all of its pool with it. The claims that were at work then are among the first
    unfinished ones, in the order of submission; each of these is tried in a process of its own, and the others
    go on in a new pool.
    """
    total = done + len(stale)
    answers = _pooled(executor, stale, options)
    waiting: list[Described] = list(stale)
    while waiting:
        if progress is not None:
            progress(done, total, "")
        for one, answer in answers:
            waiting.remove(one)
            done += 1
            if progress is not None:
                progress(done, total, one.id)
            yield _entry(one, answer, options)
        suspects, waiting = waiting[: options.jobs], waiting[options.jobs :]
        for one in suspects:
            answer = _alone(options, worker.measure_claim, *_arguments(one, options))
            done += 1
            yield _entry(one, answer or _unmeasured("the process died (a crash, or out of memory)"), options)
        if waiting:
            answers = _in_a_new_pool(waiting, options)


def _arguments(one: Described, options: Options) -> tuple[Any, ...]:
    return one.path, one.id, options.seed, str(options.effort), str(options.out.resolve())


def _in_a_new_pool(claims: list[Described], options: Options) -> Iterator[tuple[Described, dict[str, Any]]]:
    with workers(options) as executor:
        yield from _pooled(executor, claims, options)


def _pooled(
    executor: Executor, claims: list[Described], options: Options
) -> Iterator[tuple[Described, dict[str, Any]]]:
    """Each claim with its answer as it is finished; those of a pool that has died are missing."""
    futures: dict[Future[Any], Described] = {}
    with suppress(BrokenProcessPool):
        for one in claims:
            futures[executor.submit(worker.measure_claim, *_arguments(one, options))] = one
    for future in as_completed(futures):
        try:
            answer = future.result()
        except BrokenProcessPool:
            continue
        except Exception as problem:
            answer = _unmeasured(f"{type(problem).__name__}: {problem}")
        yield futures[future], answer


def _unmeasured(reason: str) -> dict[str, Any]:
    return {"measurement": None, "failed": reason, "reads": {}, "seconds": 0.0}


def _entry(one: Described, answer: dict[str, Any], options: Options) -> dict[str, Any]:
    return {
        "claim": one.id,
        "described": one.as_dict(),
        "fingerprint": one.fingerprint if answer["measurement"] is not None else "failed",
        "seed": options.seed,
        "effort": str(options.effort),
        "date": _now(),
        **answer,
    }


def _judged(one: Described, entry: dict[str, Any], options: Options) -> dict[str, Any]:
    if entry["measurement"] is None:
        judgement = _failed(tidy(entry["failed"]))
    else:
        try:
            judgement = judge(entry["measurement"])
        except Exception as problem:  # one claim that cannot be judged leaves the others alone
            judgement = _failed(tidy(f"it could not be judged: {type(problem).__name__}: {problem}"))
    return _record(one, judgement, options, entry["seconds"], entry["date"])


def _assemble(
    options: Options, records: list[dict[str, Any]], described: list[Described], readable: set[Path], notes: list[str]
) -> None:
    """Write ``records.jsonl``: this run's records and those of earlier runs whose claims still exist.

    An entry whose claim is gone from a file that was read whole is removed; one of a file that did
    not import is kept, and left out of the records.
    """
    out = options.out
    now = {record["claim"]: record for record in records}
    broken = {record["file"] for record in records if record["kind"] == "file"}
    known = {one.id for one in described}
    with store.locked(out):
        good, bad = store.entries(out)
        for path in bad:
            notes.append(f"{path} is corrupted and was left out")
        for entry in good:
            identity, origin = entry["claim"], Path(entry["described"]["path"])
            if identity in now or _shown_path(origin) in broken:
                continue
            if not origin.is_file() or (origin in readable and identity not in known):
                store.claim_file(out, identity).unlink(missing_ok=True)
                continue
            earlier = Options(Effort(entry["effort"]), entry["seed"], 1, out)
            now[identity] = _judged(Described(**entry["described"]), entry, earlier)
        store.write_records(out, list(now.values()))


def exit_status(records: list[dict[str, Any]], allow_inconclusive: bool) -> int:
    """0 all hold (or are findings), 1 something refuted or in error, 3 else something inconclusive."""
    verdicts = {record["verdict"] for record in records}
    if verdicts & {"refuted", "error"}:
        return 1
    return 3 if "inconclusive" in verdicts and not allow_inconclusive else 0
