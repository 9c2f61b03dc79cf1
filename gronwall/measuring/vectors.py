r"""Vector errors: each one number by its norm, and the few directions in which all of a sweep lie.

The norm of an error loses the signs of its components, which change at different n, so that its slopes wander long
after each component is a series in powers. :func:`directions` keeps what is needed to tell: with :math:`e_k` (N, d) the
errors and :math:`\|e_k\|` their norms, the coordinates of :math:`e_k/\|e_k\|` along the first right singular vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST = 3
"""Directions that are kept; a vector of no more components is kept as it is."""


def norms(vectors: Array, norm: Any) -> Array:
    """The norms (N,) of the rows, by an order of :func:`numpy.linalg.norm` or a function. Raises what these raise."""
    each = norm if callable(norm) else lambda row: np.linalg.norm(row, float(norm))
    return np.array([float(each(row)) for row in vectors])


def directions(vectors: Array, norms: Array) -> Array:
    """Coordinates (N, k), k <= ``MOST``, of vector errors (N, d) relative to their norms; an error of norm 0 is 0."""
    unit = vectors / np.where(norms > 0, norms, 1.0)[:, None]
    if unit.shape[1] <= MOST:
        return unit
    _, _, right = np.linalg.svd(unit, full_matrices=False)
    return np.asarray(unit @ right[:MOST].T)
