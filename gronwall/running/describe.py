"""The claims of files, out of the index where nothing has changed, else by importing them in their processes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gronwall.problems import WrongUsage
from gronwall.running import repository
from gronwall.running.cluster import ClusterPool, pool_of
from gronwall.running.collect import Described
from gronwall.running.index import Index
from gronwall.running.options import Options
from gronwall.running.pool import Pool

Broken = list[tuple[Path, str]]
"""The files that could not be described, each with the reason."""


def describe(
    pool: Pool | ClusterPool, files: Iterable[Path], options: Options, index: Index
) -> tuple[list[Described], Broken]:
    """The claims of every file, as they are in a run of these options; and the files that do not import."""
    described: list[Described] = []
    unknown: list[Path] = []
    broken: Broken = []
    for file in files:
        known = index.described(file, options.seed, options.effort)
        described.extend(known or ())
        if known is None:
            unknown.append(file)
    for file, answer in zip(unknown, pool.describe(unknown), strict=True):
        claims = [Described(**one) for one in answer["claims"]]
        if answer["error"] is not None:
            broken.append((file, answer["error"]))
        else:
            index.keep(file, options.seed, answer)
        described.extend(index.with_fingerprints(claims, options.seed, options.effort))
    return described, broken


def chosen(targets: tuple[str, ...], options: Options, index: Index | None = None) -> tuple[list[Described], Broken]:
    """The claims that targets name, without measuring any; and the files among them that do not import."""
    index = index or Index(options.out)
    files, names = repository.resolve(targets, index, index.entries)
    with pool_of(options) as pool:
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
