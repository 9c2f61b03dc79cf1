r"""What is gained by making a learned field equivariant afterwards.

Let S² = 1 and f(Su) = S f(u), as Lorenz's field obeys it with S = diag(−1, −1, 1).  Of any f̂ = f + e

    f̂_s(u) = ½(f̂(u) + S f̂(Su))

is equivariant, and its error e_s(u) = ½(e(u) + S e(Su)) is, in a norm that S keeps, at most the mean of the two:

    |e_s(u)| <= ½(|e(u)| + |e(Su)|),

with equality where e(u) and S e(Su) point the same way.  So over a set that S maps to itself neither the mean error nor
the largest one grows.  Where f is not equivariant, f̂_s has an error that no data take away: ½|f(u) − S f(Su)| at e = 0.

Source: derived here; S. Batzner et al., and others, build the symmetry in before training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["image", "symmetrised"]

Vector = Sequence[Any]


def image(signs: Vector, u: Vector) -> list[Any]:
    """S u, S = diag(signs)."""
    return [sign * value for sign, value in zip(signs, u, strict=True)]


def symmetrised(f: Callable[[Vector], Vector], signs: Vector, u: Vector) -> list[Any]:
    """½(f(u) + S f(Su))."""
    here, there = f(u), image(signs, f(image(signs, u)))
    return [(a + b) / 2 for a, b in zip(here, there, strict=True)]
