"""What is dear is made once: a cache by content of what functions return, shared by processes, claims and figures."""

from __future__ import annotations

import functools
import inspect
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps, to_json
from gronwall.running.files import locked, write_atomically
from gronwall.running.fingerprint import closure, tree_hash, versions


def out_folder() -> Path:
    """The folder of the run a worker works for (``build`` outside of a run)."""
    return Path(os.environ.get("GRONWALL_OUT", "build"))


def cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Cache by content what a dear function returns: a dict of NumPy arrays, such as trained weights.

    The key is the syntax tree of the function's module and of every local module it imports, the
    arguments (as canonical JSON) and the library versions; the arrays lie in ``DIR/cache/``. Claims,
    mutants and figures that ask for the same thing share it, also across processes: one makes it, the others
    wait. What cannot be read, a killed run's or a foreign file, is made anew.
    """
    import numpy as np

    @functools.lru_cache(maxsize=64)
    def load(key: str, out: str, arguments: Any) -> dict[str, Any]:
        path = Path(out) / "cache" / f"{function.__name__}-{key[:16]}.npz"
        found = _stored(path)
        if found is not None:
            return found
        with locked(Path(out) / "cache" / "locks" / key[:16]):
            found = _stored(path)  # another process may have made it in the meantime
            if found is None:
                found = {name: np.asarray(value) for name, value in arguments.call().items()}
                buffer = io.BytesIO()
                np.savez(buffer, **found)
                write_atomically(path, buffer.getvalue())
            return found

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> dict[str, Any]:
        file = Path(inspect.getsourcefile(function) or "").resolve()
        trees = [tree_hash(module) for module in closure(file)]
        given = inspect.signature(function).bind(*args, **kwargs)
        given.apply_defaults()
        key = digest(dumps([function.__qualname__, trees, to_json(dict(given.arguments)), versions()]))
        made = load(key, str(out_folder().resolve()), _Arguments(function, args, kwargs))
        return {name: array.copy() for name, array in made.items()}

    return wrapper


def _stored(path: Path) -> dict[str, Any] | None:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


class _Arguments:
    """A call that compares equal to every other: the cache's key already says which call it is."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._made = (function, args, kwargs)

    def call(self) -> Any:
        function, args, kwargs = self._made
        return function(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Arguments)

    def __hash__(self) -> int:
        return 0
