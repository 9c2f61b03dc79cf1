"""What a pass of a stack holds in memory: what its graph keeps, and the peak of all that torch allocates."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from gronwall.theory.discretization.reversal import EULER, HEUN
from systems.discretization.memory_free import Perceptrons

SCHEMES = {"euler": EULER, "heun": HEUN}
Pass = Callable[..., Tensor]


@dataclass(frozen=True)
class Size:
    """A stack of perceptrons: depth N, state d x batch, w units."""

    depth: int
    d: int = 64
    w: int = 8
    batch: int = 64
    dtype: str = "float64"

    def build(self) -> tuple[Perceptrons, Tensor]:
        shapes = [(self.d, self.w), (self.w, self.d), (self.w, 1)]
        V, W, b = (
            torch.full((self.depth, *shape), 0.01, dtype=getattr(torch, self.dtype), requires_grad=True)
            for shape in shapes
        )
        return Perceptrons(V, W, b), torch.ones(self.d, self.batch, dtype=getattr(torch, self.dtype))


def kept_bytes(scheme: str, run: Pass, size: Size) -> int:
    """Bytes that the graph keeps from the forward pass for the backward pass, weights apart, each storage once."""
    f, x = size.build()
    weights = {p.untyped_storage().data_ptr() for p in f.tensors}
    kept: dict[int, int] = {}

    def pack(t: Tensor) -> Tensor:
        kept[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        last = run(SCHEMES[scheme], f, x)  # as long as it lives, so does what is kept
    assert last.requires_grad
    return sum(size for pointer, size in kept.items() if pointer not in weights)


@contextlib.contextmanager
def without_greetings() -> Iterator[None]:
    """Keep off stderr what torch's profiler writes there, from C++, when it starts and stops."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def peak_bytes(scheme: str, run: Pass, size: Size) -> int:
    """The highest running sum of all that torch allocates from x_0 to the gradients, less the gradients' bytes.

    Every allocation and release that torch's allocator reports to its profiler is in it, temporaries of the kernels
    included.  Weights, their gradients and x_0 are there whatever the pass does, so they are not counted; at the peak
    of plain backpropagation few gradients exist yet, so that its figure is a little too small.
    """
    f, x = size.build()
    cpu = [torch.profiler.ProfilerActivity.CPU]
    with without_greetings(), torch.profiler.profile(activities=cpu, profile_memory=True) as profile:
        run(SCHEMES[scheme], f, x).square().sum().backward()
    held = peak = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak - sum(p.grad.untyped_storage().nbytes() for p in f.tensors)
