"""The claims of files, out of the index where nothing has changed, else by importing them in a worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from gronwall.problems import WrongUsage
from gronwall.running import repository
from gronwall.running.collect import Described
from gronwall.running.index import Index
from gronwall.running.options import Options
from gronwall.running.pool import Pool, alone, told

Broken = list[tuple[Path, str]]
"""The files that could not be described, each with the reason."""


def describe(pool: Pool, files: Iterable[Path], options: Options, index: Index) -> tuple[list[Described], Broken]:
    """The claims of every file, as they are in a run of these options; and the files that do not import."""
    described: list[Described] = []
    unknown: list[Path] = []
    broken: Broken = []
    for file in files:
        known = index.described(file, options.seed, options.effort)
        described.extend(known or ())
        if known is None:
            unknown.append(file)
    for file, answer in zip(unknown, _imported(pool, unknown, options), strict=True):
        if answer["error"] is not None:
            broken.append((file, answer["error"]))
        else:
            index.keep(file, options.seed, [one.as_dict() for one in answer["claims"]], answer["reads"])
        described.extend(index.with_fingerprints(answer["claims"], options.seed, options.effort))
    return described, broken


def _imported(pool: Pool, files: Sequence[Path], options: Options) -> list[dict[str, Any]]:
    """What the workers found, file by file."""
    if not files:
        return []
    from gronwall.running import worker

    given = (options.seed, str(options.out.resolve()))
    futures = [pool.executor.submit(worker.describe_file, str(file), *given) for file in files]
    answers = []
    for future, file in zip(futures, files, strict=True):
        try:
            answers.append(future.result())
        except BrokenProcessPool:
            pool.renew()
            answers.append(_second_try(alone(options, worker.describe_file, str(file), *given)))
        except Exception as problem:  # a worker of a cluster that died, an answer that cannot be sent
            answers.append(_failed(f"its claims could not be described: {told(problem)}"))
    return answers


def _second_try(answer: Any) -> dict[str, Any]:
    if answer is None:
        return _failed("the process that imported the file died (a crash, or out of memory)")
    return _failed(told(answer)) if isinstance(answer, Exception) else answer


def _failed(reason: str) -> dict[str, Any]:
    return {"claims": [], "reads": {}, "error": reason}


def chosen(targets: tuple[str, ...], options: Options, index: Index | None = None) -> tuple[list[Described], Broken]:
    """The claims that targets name, without measuring any; and the files among them that do not import."""
    index = index or Index(options.out)
    files, names = repository.resolve(targets, index)
    with Pool(options) as pool:
        found, broken = describe(pool, files, options, index)
    index.save()
    return [one for one in found if repository.is_chosen(one.id, Path(one.path), targets, names)], broken


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
