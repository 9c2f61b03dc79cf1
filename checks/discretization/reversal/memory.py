"""What a pass holds in memory: with stored states it grows with depth, without them it does not."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from gronwall import identity, pick, rate
from gronwall.theory.discretization.reversal import EULER, HEUN
from systems.discretization.memory_free import Perceptrons, memory_free, plain, rebuilt

SCHEMES = {"euler": EULER, "heun": HEUN}
MEMORY = "Memory figure (code)"
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


# ---------------------------------------------------------------- what is kept, to the byte


SIZES = st.builds(Size, st.integers(2, 24), st.integers(1, 12), st.integers(1, 12), st.integers(1, 12))


def predicted(scheme: str, size: Size, kept_of_a_residual: int) -> list[int]:
    """Bytes kept by backpropagation and by the memory-free adjoint."""
    evaluations = SCHEMES[scheme].steps(size.depth) * {"euler": 1, "heun": 2}[scheme]
    return [8 * evaluations * kept_of_a_residual, 8 * size.d * size.batch]


@identity(source="sander2022", ref=MEMORY, over=SIZES, cases=["euler", "heun"], examples=pick(quick=40, full=300))
def backpropagation_keeps_every_state_and_the_adjoint_one(instance, case):
    r"""Kept for the way back: $8(d+w)B$ bytes a residual by backpropagation, $8dB$ in all by the memory-free adjoint.

    B columns of d states and w units in float64; N residuals of Euler, 2(N − 1) of Heun.  Counted in what torch's
    graph saves, weights apart, exactly.
    """
    kept = [kept_bytes(case, run, instance) for run in (plain, memory_free)]
    return kept, predicted(case, instance, (instance.d + instance.w) * instance.batch)


@backpropagation_keeps_every_state_and_the_adjoint_one.mutant("the units are not kept")
def _(instance, case):
    kept = [kept_bytes(case, run, instance) for run in (plain, memory_free)]
    return kept, predicted(case, instance, instance.d * instance.batch)


@backpropagation_keeps_every_state_and_the_adjoint_one.mutant("the adjoint keeps every state too")
def _(instance, case):
    kept = [kept_bytes(case, run, instance) for run in (plain, plain)]
    return kept, predicted(case, instance, (instance.d + instance.w) * instance.batch)


# ---------------------------------------------------------------- the peak against depth


FEW = [8, 16, 32, 64]
FLAT = pick(quick=[16, 32, 64, 128], full=[32, 64, 128, 256, 512, 1024])
DEPTHS = pick(quick=[32, 64, 128, 256], full=[32, 64, 128, 256, 512, 1024])


def logged(log: Any, scheme: str, gradient: str, n: int, peak: int) -> int:
    log("peak memory", x=n, measured=peak / 2**20, scheme=scheme, gradient=gradient)
    return peak


@rate(source="sander2022", ref=MEMORY, order=-1, at=DEPTHS, within=0.1, cases=SCHEMES)
def backpropagation_takes_memory_in_proportion_to_depth(n, case, log):
    r"""The peak memory of backpropagation grows like the depth $N$.

    The peak is an affine function of N, whose slope is the claim above.  What is counted: see `peak_bytes`.
    """
    return logged(log, case.name, "backpropagation", n, peak_bytes(case.name, plain, Size(n)))


backpropagation_takes_memory_in_proportion_to_depth.mutant("flat", order=0)
backpropagation_takes_memory_in_proportion_to_depth.mutant("like √N, as with checkpoints", order=-0.5)


@backpropagation_takes_memory_in_proportion_to_depth.mutant("measured on the adjoint", at=FEW)
def _(n, case):
    return peak_bytes(case.name, memory_free, Size(n))


@rate(source="sander2022", ref=MEMORY, order=0, at=FLAT, within=0.02, cases=SCHEMES)
def the_adjoint_takes_the_same_memory_at_every_depth(n, case, log):
    r"""The peak memory of the memory-free adjoint does not depend on the depth $N$: order 0.

    Apart from the weights and their gradients, which every method holds: 6.75 states of d x B for Euler, 10 for
    Heun, to the byte at every depth.
    """
    return logged(log, case.name, "memory-free", n, peak_bytes(case.name, memory_free, Size(n)))


the_adjoint_takes_the_same_memory_at_every_depth.mutant("in proportion to depth", order=-1)


@the_adjoint_takes_the_same_memory_at_every_depth.mutant("it keeps the states it rebuilds", at=FEW)
def _(n, case):
    def keeping(scheme, f, last):
        return list(rebuilt(scheme, f, last))

    return peak_bytes(case.name, lambda scheme, f, x: memory_free(scheme, f, x, keeping), Size(n))
