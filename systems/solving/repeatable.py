"""Is a residual a function of its input?  By asking it again, not by what it is made of.

A state that is rebuilt belongs to the network only where each residual gives the same value whenever it is asked.  So
f(x), f(x'), f(x) are computed, x' ≠ x, in the mode that it is used in, and it is refused where

    the two values at x differ in a bit,      (noise, a counter, the time, what it remembers of the call before)
    the second call at x changes its buffers, (running statistics, whatever its value)
    or moves a shared random generator,       (dropout with so small a rate that no number was dropped this time)
    or changes x.                             (an operation in place)

How it can be wrong: what changes only in a later call, a counter with a threshold say, passes until then, and is
refused in the forward pass in which it does; what changes between the passes forward and back is not seen; noise of a
generator of its own that is rarer than one number in two calls may pass.  A residual that draws from a shared generator
and does not use what it drew is refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["check_repeatable"]


def check_repeatable(
    f: Callable[[Tensor], Tensor], x: Tensor, name: str, buffers: Callable[[], Mapping[str, Tensor]] = dict
) -> None:
    """Refuses f, called `name`, with ValueError where its value at x is not a function of x.

    buffers: gives what f keeps, by name.  Where f is refused, they are put back, and so are, in any case, the shared
    generators of torch, NumPy and Python; what f keeps elsewhere has seen three calls more.
    """
    kept, generators = _copies(buffers), _generators()
    with torch.no_grad():
        try:
            why = _difference(f, x.detach(), buffers)
        finally:
            _put_back(generators)
        for key in _changed(kept, _copies(buffers)) if why else ():
            buffers()[key].copy_(kept[key])
    if why is not None:
        raise ValueError(
            f"{name} {why}, so its states cannot be rebuilt: expected a function of its input alone; call .eval() on "
            f"what is random or gathers statistics, or use LayerNorm or GroupNorm"
        )


def _copies(buffers: Callable[[], Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {key: buffer.clone() for key, buffer in buffers().items()}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [key for key, value in before.items() if key in after and not _same(value, after[key])]


def _difference(f: Callable[[Tensor], Tensor], x: Tensor, buffers: Callable[[], Mapping[str, Tensor]]) -> str | None:
    """What is wrong with f at x, or None."""
    given = x.clone()
    first = f(given).clone()  # it may be a buffer that the next call writes to
    if not _same(given, x):
        return "changes its input in place"
    f(_elsewhere(x))
    before = _generators(), _copies(buffers)
    second = f(x.clone())
    if not _same(first, second):
        return "gave two values for one input: its value changes from call to call"
    changed = _changed(before[1], _copies(buffers))
    if changed:
        return f"changes what it keeps ({', '.join(changed)}) when it is asked"
    moved = _changed(before[0], _generators())
    return f"draws random numbers ({', '.join(moved)})" if moved else None


def _elsewhere(x: Tensor) -> Tensor:
    """Another input of the same kind, signs and order of size kept: an eighth longer, and above 0 where x is 0."""
    return torch.where(x == 0, torch.full_like(x, 2.0**-10), 1.125 * x)


def _same(a: Any, b: Any) -> bool:
    """Equal bit for bit, but that a NaN equals a NaN; for nested tuples too."""
    if isinstance(a, Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return bool(torch.equal(a, b) or ((a == b) | ((a != a) & (b != b))).all())
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(_same(one, other) for one, other in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return bool(np.array_equal(a, b))
    return bool(a == b)


# ---------------------------------------------------------------- the generators that everybody shares


def _generators() -> dict[str, Any]:
    """The states of the shared generators, by name."""
    states = {
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state(),  # noqa: NPY002
        "random": random.getstate(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states["torch.cuda"] = torch.cuda.get_rng_state_all()
    return states


def _put_back(states: Mapping[str, Any]) -> None:
    torch.set_rng_state(states["torch"])
    np.random.set_state(states["numpy"])  # noqa: NPY002
    random.setstate(states["random"])
    if "torch.cuda" in states:
        torch.cuda.set_rng_state_all(states["torch.cuda"])
