"""The processes that describe and measure: started when the first is needed, on this machine or on a cluster."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from gronwall.canonical import tidy
from gronwall.running.options import Options


@contextmanager
def workers(options: Options) -> Iterator[Executor]:
    """Processes on this machine, or the workers of a Dask cluster: the same interface."""
    if options.cluster:
        from gronwall.running.cluster import cluster_workers

        with cluster_workers(options.cluster) as executor:
            yield executor
        return
    from joblib.externals.loky import ProcessPoolExecutor

    from gronwall.running import worker

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


class Pool:
    """Workers that are started when somebody first asks for them, and ended with the block."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._stack = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *problem: Any) -> None:
        self._stack.__exit__(*problem)

    @property
    def executor(self) -> Executor:
        if self._executor is None:
            self._executor = self._stack.enter_context(workers(self.options))
        return self._executor

    def renew(self) -> None:
        """After one process has died and taken the pool with it: what is asked next starts another pool."""
        self._executor = None


def alone(options: Options, function: Callable[..., Any], *args: Any) -> Any:
    """Run one task in a process of its own; None where that process dies, an exception where the task raised."""
    with workers(replace(options, jobs=1, cluster=None)) as executor:
        try:
            return executor.submit(function, *args).result()
        except BrokenProcessPool:
            return None
        except Exception as problem:
            return problem


def told(problem: BaseException) -> str:
    """An exception as one line of a record."""
    return tidy(f"{type(problem).__name__}: {problem}")
