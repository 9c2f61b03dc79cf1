"""What a gradient holds in memory, to the byte: arrays of states alive, and what autograd saves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from gronwall.theory.adjoint.discrete import Problem
from gronwall.theory.runge_kutta import EULER
from systems.adjoint.schemes import ROUTES, START


class Alive(np.ndarray):
    """An array that counts the bytes of all arrays of its kind that are alive, and their most."""

    now = most = 0

    def __array_finalize__(self, source: Any) -> None:
        Alive.now += self.nbytes
        Alive.most = max(Alive.most, Alive.now)

    def __del__(self) -> None:
        Alive.now -= self.nbytes


def alive(route: str, n: int) -> float:
    """The most bytes of states alive at once on a route, stages and temporaries included."""
    x0 = START.view(Alive)
    Alive.most = Alive.now
    before = Alive.now
    problem = Problem(lambda t, x: -x, lambda t, x, g: (-g, 0.0), 0.0, 1.0, x0, lambda t, x: x)
    ROUTES[route](EULER, problem, n)
    return float(Alive.most - before)


def saved(run: Callable[[], Any]) -> float:
    """The bytes that autograd saves for the backward pass of a function, each storage once."""
    storages: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        kept.append(tensor)  # alive, so that no address is used twice
        return tensor

    kept: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run()
    return float(sum(storages.values()))
