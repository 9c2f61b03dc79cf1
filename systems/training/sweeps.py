"""Sweeps: specifications that can be trained together are grouped, and each group is worked off."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

__all__ = ["grouped", "sweep"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def grouped(items: Sequence[Item], key: Callable[[Item], Hashable], size: int = 20) -> list[list[Item]]:
    """Items that can be trained as one ensemble (equal keys), at most `size` a group, in the order they came.

    A group depends on the items alone, so that what is trained together does not depend on who trains it.
    """
    if size < 1:
        raise ValueError(f"size={size}: a group has at least one member")
    alike: dict[Hashable, list[Item]] = {}
    for item in items:
        alike.setdefault(key(item), []).append(item)
    return [same[i : i + size] for same in alike.values() for i in range(0, len(same), size)]


def sweep(work: Callable[[Item], Result], groups: Sequence[Item], executor: Executor | None = None) -> list[Result]:
    """work(group) for every group, in their order: here, or in the processes of an executor.

    work: a function of an importable module.  Raises what it raises.
    """
    return [work(group) for group in groups] if executor is None else list(executor.map(work, groups))
