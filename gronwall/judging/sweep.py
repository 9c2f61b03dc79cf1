r"""A sweep as it comes in: sizes and errors, read, checked, and ordered from coarse to fine.

Which end is fine is said, ``n=`` (fine at large n, error ~ C n^(-p)), ``h=`` or ``tol=`` (fine at small ones, error ~
C h^p), or read off the errors: it is the end where they are smaller. Where the smallest lies inside, the sign of the
stated exponent names the end, and the exponents are those of n. Nothing here depends on the unit of the sizes: only
their ratios count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.measuring.precision import DIRECTIONS, machine_epsilon
from gronwall.measuring.vectors import directions, norms

Array = NDArray[np.float64]

LONGEST = 48
"""Points of a longer sweep are averaged in neighbouring groups."""
COARSEST = 16.0
"""Operations behind one error at the coarsest point, of which nobody tells: rounding is reckoned from there."""
CONTROLLED = 4.0
"""A controlled solver of order q takes steps in number like tol^(-1/q); q where it is not said."""


@dataclass(frozen=True)
class Sweep:
    """Sizes and errors from coarse to fine.

    ``size`` (N,) as they were given; ``t`` (N,) the log of the refinement, 0 at the coarsest; ``errors`` (R, N);
    ``eps`` of the arithmetic, ``scale`` of the quantity; ``work`` (N,) operations behind one error, a guess;
    ``name`` of the sizes (n, h, tol); ``said`` whether that was said; ``sign`` turns an order in the refinement into
    the exponent that is stated and told; ``parts`` (N, k) the components of each error relative to it, where it is the
    norm of a vector.
    """

    size: Array
    t: Array
    errors: Array
    eps: float
    scale: float
    work: Array
    name: str
    said: bool
    sign: float
    parts: Array | None = None

    @property
    def single(self) -> bool:
        """Is the arithmetic coarser than float64?"""
        return self.eps > 1e-10


def read_sweep(
    given: tuple[Any, Any],
    direction: str | None,
    *,
    stated: float,
    dtype: Any,
    scale: float,
    q: float | None = None,
    parts: Array | None = None,
) -> Sweep:
    """The sweep of sizes and errors, with the components (N, k) of each error relative to it where they are known.

    Raises ValueError for what is malformed, with the value and the place.
    """
    size, errors, eps = _checked(*given, dtype)
    if parts is not None:
        place = {float(x): i for i, x in enumerate(np.ma.getdata(given[0]))}
        parts = parts[[place[x] for x in size.tolist()]] if len(size) <= LONGEST else None
    size, errors = _grouped(size, errors)
    downward = direction in ("h", "tol") or (direction is None and _fine_at_small(size, errors, stated))
    if downward:
        size, errors, parts = size[::-1], errors[:, ::-1], None if parts is None else parts[::-1]
    t = np.abs(np.log(size / size[0]))
    growth = 1.0 / (q or CONTROLLED) if direction == "tol" else 1.0
    return Sweep(
        size=size,
        t=t,
        errors=errors,
        eps=eps,
        scale=scale,
        work=COARSEST * np.exp(growth * t),
        name=direction or "n",
        said=direction is not None,
        sign=-1.0 if downward and direction is None else 1.0,
        parts=parts,
    )


def _fine_at_small(size: Array, errors: Array, stated: float) -> bool:
    """Is the fine end at the small sizes? The end with the smaller errors, else the end that the stated sign names."""
    if stated == 0:
        return False
    with np.errstate(divide="ignore"):
        level = np.log(errors).mean(axis=0)
    least = np.flatnonzero(level == level.min())
    at_small, at_large = least[0] == 0, least[-1] == len(size) - 1
    return bool(at_small) if at_small != at_large else stated < 0


def _checked(size: Any, error: Any, dtype: Any) -> tuple[Array, Array, float]:
    """Sizes (N,) ascending and errors (R, N) in float64, and eps of the coarser arithmetic."""
    size, error = _unmasked(size, error)
    raw, points = np.asarray(error), np.asarray(size)
    if np.iscomplexobj(raw) or np.iscomplexobj(points):
        raise ValueError("the error is complex; a rate is about magnitudes: take abs() first")
    eps = max(machine_epsilon(raw.dtype), machine_epsilon(dtype) if dtype is not None else 0.0)
    try:
        points, errors = points.astype(np.float64), raw.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as problem:
        raise ValueError(f"n and error must be real numbers within the range of floats: {problem}") from None
    if points.ndim != 1 or points.size == 0:
        raise ValueError(f"n has shape {points.shape}; a sweep is one-dimensional and not empty")
    if not (np.isfinite(points).all() and (points > 0).all()):
        wrong = points[~(np.isfinite(points) & (points > 0))][0]
        raise ValueError(f"n must be positive and finite, got {wrong:g}")
    values, counts = np.unique(points, return_counts=True)
    if len(values) != len(points):
        raise ValueError(f"n repeats a value: {values[counts > 1][0]:g}; give replicates as rows of error")
    count = len(points)
    if errors.ndim not in (1, 2) or errors.shape[-1] != count or errors.size == 0:
        raise ValueError(f"error has shape {raw.shape}; {count} values of n need ({count},) or (replicates, {count})")
    errors = errors.reshape(-1, count)
    for wrong, name in ((np.isnan(errors), "NaN"), (np.isinf(errors), "infinite"), (errors < 0, "negative")):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(f"the error at n = {points[column]:g}, replicate {row}, is {name}")
    ascending = np.argsort(points)
    return points[ascending], errors[:, ascending], eps


def _unmasked(size: Any, error: Any) -> tuple[Any, Any]:
    """Without the points that a masked array masks (in any replicate)."""
    if not (np.ma.isMaskedArray(size) or np.ma.isMaskedArray(error)):
        return size, error
    size, error = np.ma.asarray(size), np.ma.asarray(error)
    if size.ndim != 1 or error.ndim not in (1, 2) or error.shape[-1] != len(size):
        return np.ma.getdata(size), np.ma.getdata(error)  # a wrong shape, said below
    keep = ~(np.ma.getmaskarray(size) | np.ma.getmaskarray(error).reshape(-1, len(size)).any(axis=0))
    if not keep.any():
        raise ValueError("every point of the sweep is masked")
    return np.ma.getdata(size)[keep], np.ma.getdata(error)[..., keep]


def _grouped(size: Array, errors: Array) -> tuple[Array, Array]:
    """A long sweep in neighbouring groups: their last size, their mean size and mean log error."""
    if len(size) <= LONGEST:
        return size, errors
    edges = np.linspace(0, len(size), LONGEST + 1).round().astype(int)
    counts = np.diff(edges)
    mean_size = np.exp(np.add.reduceat(np.log(size), edges[:-1]) / counts)
    positive = errors > 0
    logs = np.where(positive, np.log(np.where(positive, errors, 1.0)), 0.0)
    left = np.add.reduceat(positive.astype(float), edges[:-1], axis=1)
    total = np.add.reduceat(logs, edges[:-1], axis=1)
    return mean_size, np.where(left > 0, np.exp(total / np.maximum(left, 1)), 0.0)


def which(positional: tuple[Any, Any], error: Any, **named: Any) -> tuple[tuple[Any, Any], str | None]:
    """Sizes, errors and direction out of what was given by place and by name. Raises ValueError where it is unclear."""
    said = [name for name in DIRECTIONS if named[name] is not None]
    if len(said) > 1:
        raise ValueError(f"{' and '.join(f'{name}=' for name in said)} are both given; a sweep has one")
    first, second = positional
    if not said:
        errors = second if error is None else error
        if first is None or errors is None or (second is not None and error is not None):
            raise ValueError("give sizes and errors once each: estimate_order(n, error), or h=, tol=, n= for the sizes")
        return (first, errors), None
    errors = [x for x in (first, second, error) if x is not None]
    if len(errors) != 1:
        raise ValueError(f"with {said[0]}= the errors are given once, as error= or in the first place")
    return (named[said[0]], errors[0]), said[0]


def normed(size: Any, error: Any, norm: Any) -> tuple[Any, Array]:
    """The norms (N,) of vector errors (N, d), and their components relative to them. Raises ValueError."""
    raw = np.ma.getdata(error)
    count = np.size(size)
    if np.iscomplexobj(raw):
        raise ValueError("the error is complex; give its real and imaginary parts as components")
    if raw.ndim != 2 or raw.shape[0] != count or raw.size == 0:
        raise ValueError(f"error has shape {raw.shape}; with norm= {count} values of n need vectors ({count}, d)")
    try:
        vectors = raw.astype(np.float64)
        found = norms(vectors, norm)
    except (TypeError, ValueError, OverflowError) as problem:
        raise ValueError(f"norm={norm!r} of the errors, expected 2, inf or a function of a vector: {problem}") from None
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(vectors).all(axis=1) & np.isfinite(found)
    parts = directions(np.where(finite[:, None], vectors, 0.0), np.where(finite, found, 0.0))
    errors = np.ma.MaskedArray(found, np.ma.getmaskarray(error).any(axis=1)) if np.ma.isMaskedArray(error) else found
    return errors.astype(raw.dtype) if raw.dtype.kind == "f" else errors, parts
