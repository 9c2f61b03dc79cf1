"""What a pass holds in memory: with stored states it grows with depth, without them it does not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gronwall import identity, pick, rate
from systems.discretization.memory import SCHEMES, Size, kept_bytes, peak_bytes
from systems.discretization.memory_free import memory_free, plain, rebuilt

MEMORY = "Memory figure (code)"

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


@rate(source="sander2022", ref=MEMORY, order=-1, at=DEPTHS, direction="n", within=0.1, cases=SCHEMES)
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


@rate(source="sander2022", ref=MEMORY, order=0, at=FLAT, direction="n", within=0.02, cases=SCHEMES)
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
