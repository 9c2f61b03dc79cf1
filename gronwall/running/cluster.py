"""The workers of a Dask cluster, behind the interface of processes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from gronwall.problems import WrongUsage


@contextmanager
def cluster_workers(address: str) -> Iterator[Executor]:
    """The workers of the cluster whose scheduler answers at an address. Raises :class:`WrongUsage` where none does."""
    try:
        from distributed import Client
    except ImportError:
        raise WrongUsage("--cluster needs the extra: pip install 'gronwall[cluster]'") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError, TimeoutError) as problem:
        raise WrongUsage(f"no Dask scheduler answers at {address}: {problem}") from None
    try:
        yield client.get_executor()
    finally:
        client.close()
