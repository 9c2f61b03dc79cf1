"""What the words of a rate stand for: the arithmetics by name, and the directions of a sweep."""

from __future__ import annotations

from typing import Any

import numpy as np

DIRECTIONS = ("n", "h", "tol")
"""Sizes of which the large ones are fine (n), steps and tolerances, of which the small ones are."""
EPS = {"bfloat16": 2.0**-7, "half": 2.0**-10, "float": 2.0**-52}
"""Machine epsilon of what NumPy does not know, or calls by another name."""


def machine_epsilon(dtype: Any) -> float:
    """Machine epsilon of a NumPy dtype, a torch dtype or its name; integers and objects count as float64."""
    name = str(dtype).removeprefix("torch.")
    if name in EPS:
        return EPS[name]
    try:
        resolved = np.dtype(dtype if name == str(dtype) else name)
    except TypeError:
        raise ValueError(f"dtype {dtype!r} is not a type of numbers, such as 'float32'") from None
    return float(np.finfo(resolved).eps) if resolved.kind == "f" else EPS["float"]
