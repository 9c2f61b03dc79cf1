"""The same work on the workers of a Dask cluster: a task is a file's batch of claims, done there as it is done here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gronwall.problems import WrongUsage
from gronwall.running.collect import Described
from gronwall.running.options import Options
from gronwall.running.pool import Answer, Pool

PATIENCE = 30.0
"""Seconds without any worker after which the run is given up."""


def described(path: str, options: Options) -> Answer:
    """A file, described by a worker of the cluster."""
    with Pool(replace(options, jobs=1, cluster=None)) as pool:
        return pool.describe([Path(path)])[0]


def measured(claims: list[Described], options: Options) -> list[Answer]:
    """Claims of one file, measured by a worker of the cluster."""
    with Pool(replace(options, jobs=1, cluster=None)) as pool:
        answers = {one.id: answer for one, answer in pool.measure(claims)}
    return [answers[one.id] for one in claims]


class ClusterPool:
    """The interface of :class:`gronwall.running.pool.Pool` in front of the cluster whose scheduler ``options`` name."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._client: Any = None

    def __enter__(self) -> ClusterPool:
        return self

    def __exit__(self, *problem: Any) -> None:
        if self._client is not None:
            self._client.close()

    @property
    def client(self) -> Any:
        """The connection, made at first need. Raises :class:`WrongUsage` where nobody answers."""
        if self._client is None:
            address = self.options.cluster
            try:
                from distributed import Client
            except ImportError:
                raise WrongUsage("--cluster needs the extra: pip install 'gronwall[cluster]'") from None
            try:
                self._client = Client(address, timeout="10s")
            except (OSError, ValueError, TimeoutError) as problem:
                raise WrongUsage(f"no Dask scheduler answers at {address}: {problem}") from None
        return self._client

    def describe(self, files: Iterable[Path]) -> list[Answer]:
        """What each file defines and has read, file by file."""
        paths = [str(path) for path in files]
        found: dict[str, Answer] = {}
        options = replace(self.options, out=self.options.out.resolve())
        asked = {self.client.submit(described, path, options, pure=False): path for path in paths} if paths else {}
        for future in self._finished(list(asked)):
            problem = future.exception()
            lost = f"its claims could not be described: {type(problem).__name__}: {problem}"
            found[asked[future]] = {"claims": [], "error": lost} if problem is not None else future.result()
        return [found[path] for path in paths]

    def measure(self, claims: Iterable[Described]) -> Iterator[tuple[Described, Answer]]:
        """Each claim with its answer, as the batch of its file is finished."""
        batches: dict[str, list[Described]] = {}
        for one in claims:
            batches.setdefault(one.path, []).append(one)
        if not batches:
            return
        options = replace(self.options, out=self.options.out.resolve())
        asked = {self.client.submit(measured, batch, options, pure=False): batch for batch in batches.values()}
        for future in self._finished(list(asked)):
            problem = future.exception()
            lost: Answer = {"failed": f"the worker of the cluster was lost: {type(problem).__name__}: {problem}"}
            batch = asked[future]
            answers = [lost] * len(batch) if problem is not None else future.result()
            yield from zip(batch, answers, strict=True)

    def _finished(self, futures: list[Any]) -> Iterator[Any]:
        """The futures as they are finished. Raises :class:`WrongUsage` where scheduler or workers are gone."""
        from distributed import wait

        left, idle = list(futures), 0.0
        while left:
            try:
                done = wait(left, timeout=5.0, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                done = set()
            except Exception as problem:  # the connection broke while it waited
                raise self._gone(left) from problem
            if self.client.status != "running" or any(future.cancelled() for future in done):
                raise self._gone(left)
            yield from done
            left = [future for future in left if future not in done]
            idle = 0.0 if done or self.client.scheduler_info()["workers"] else idle + 5.0
            if idle > PATIENCE:
                raise WrongUsage(
                    f"the cluster at {self.options.cluster} has had no worker for {PATIENCE:.0f} s; "
                    f"{len(left)} files are unfinished, what was measured is kept"
                )

    def _gone(self, left: list[Any]) -> WrongUsage:
        return WrongUsage(
            f"the Dask scheduler at {self.options.cluster} is gone; {len(left)} files are unfinished, "
            "what was measured is kept: the same command goes on from there"
        )


def pool_of(options: Options) -> Pool | ClusterPool:
    """The processes of this machine, or the workers of a cluster."""
    return ClusterPool(options) if options.cluster else Pool(options)
