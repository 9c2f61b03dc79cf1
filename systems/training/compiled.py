"""The one door to numba: three ways to compile, and a cache on disk that forgets what was compiled from other sources.

numba keeps compiled code as long as the function's own file is unchanged, though callees out of other files and global
constants are compiled into it.  Here the folder of the cache is named by all of these, so that none of them goes stale.
"""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from gronwall.running.caching import out_folder

try:
    import numba
except ImportError as problem:  # pragma: no cover
    raise ImportError(
        f"compiled solvers and trainings need numba, which does not import ({problem}): pip install 'gronwall[suite]'"
    ) from problem

__all__ = ["cache_folder", "compiled", "exact", "fused", "generic"]


def cache_folder() -> Path:
    """Where compiled code is kept: as NUMBA_CACHE_DIR says, else beside what a run keeps, so that no folder fills."""
    return Path(numba.config.CACHE_DIR or out_folder().resolve() / "cache" / "numba")


def compiled(function: Any) -> Any:
    """With fused multiply-adds and reordered sums; NaN and infinity keep their meaning.

    For sums, in loops that store nothing: elsewhere the order of a sum depends on where arrays lie in memory and on
    what was compiled before, and with it the bits.
    """
    return _made(function, fastmath={"contract", "reassoc", "nsz"})


def fused(function: Any) -> Any:
    """With fused multiply-adds, nothing reordered."""
    return _made(function, fastmath={"contract"})


def exact(function: Any) -> Any:
    """As it is written."""
    return _made(function)


def generic(function: Any) -> Any:
    """As it is written, for a function made for another one: it is compiled into its callers, and kept with them."""
    return numba.njit(error_model="numpy", nogil=True)(function)


def _made(function: Any, **how: Any) -> Any:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder() / _digest(function)[:16])
    try:
        return numba.njit(error_model="numpy", nogil=True, cache=True, **how)(function)
    finally:
        numba.config.CACHE_DIR = before


def _digest(function: FunctionType) -> str:
    """What a function is compiled from outside its own lines: callees, each with its own such digest, and constants."""
    found = hashlib.sha256()
    given = inspect.getclosurevars(function)
    for name, value in sorted((given.globals | given.nonlocals).items()):
        if hasattr(value, "py_func"):
            found.update(Path(value.py_func.__code__.co_filename).read_bytes() + _digest(value.py_func).encode())
        elif isinstance(value, bool | int | float | tuple | np.ndarray):
            found.update(f"{name} = {value!r}".encode())
    return found.hexdigest()
