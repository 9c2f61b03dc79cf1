"""What is dear is made once: a cache by content of what functions return, shared by processes, claims and figures.

Who makes something dear may tell how far it is; the runner decides who listens (:func:`listening`).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps, to_json
from gronwall.places import HERE
from gronwall.running.files import locked, write_atomically
from gronwall.running.fingerprint import versions
from gronwall.running.sources import Sources

Progress = Callable[[float, float, str], None]
"""Called with (how much is done, of how much, of what)."""


def out_folder() -> Path:
    """The folder of the run a worker works for (``build`` outside of a run)."""
    return Path(os.environ.get("GRONWALL_OUT", "build"))


def cache_folder() -> Path:
    """Where dear things are kept: the folder ``GRONWALL_CACHE``, else ``cache`` in the folder of the run."""
    return Path(os.environ.get("GRONWALL_CACHE") or out_folder() / "cache").resolve()


def code_of(file: Path, sources: Sources | None = None) -> str:
    """The hash of a file and of all it imports of its project; the tool's own modules change no value of it."""
    sources = sources or Sources()
    tool = [HERE / part.name for part in HERE.iterdir() if part.name != "theory"]
    own = [module for module in sources.closure(file) if not any(module.is_relative_to(part) for part in tool)]
    return digest(dumps([sources.source(module).tree for module in own]))


@functools.lru_cache(maxsize=512)
def code_now(file: Path) -> str:
    """:func:`code_of` as it was when this process first asked: what it has imported does not change any more."""
    return code_of(file)


def made_once(name: str, key: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """The arrays that ``make`` returns, out of the cache where they are there; read-only, the same for all who ask.

    Two processes that want the same make it once: the other waits. What is not what was written under this key (a
    killed run's, a foreign file, a flipped bit) is made anew.
    """
    found = made_unless_others_do(name, key, make, wait=True)
    assert found is not None
    return found


def made_unless_others_do(
    name: str, key: str, make: Callable[[], Mapping[str, Any]], wait: bool = False
) -> dict[str, Any] | None:
    """:func:`made_once`, or None where another process is making it just now and nobody waits."""
    import numpy as np

    path = cache_folder() / f"{name}-{key[:16]}.npz"
    remembered = _remembered.get(path)
    if remembered is not None:
        return remembered
    found = _stored(path, key)
    if found is None:
        with locked(path.parent / "locks" / key[:16], wait) as ours:
            found = _stored(path, key)  # another process may have made it in the meantime
            if found is None and not ours:
                return None
            if found is None:
                found = {name: np.array(value) for name, value in make().items()}
                buffer = io.BytesIO()
                np.savez(buffer, **found)
                write_atomically(path, _seal(key, buffer.getvalue()) + b"\n" + buffer.getvalue())
    for array in found.values():
        array.setflags(write=False)
    while len(_remembered) >= REMEMBERED:
        _remembered.pop(next(iter(_remembered)))
    _remembered[path] = found
    return found


REMEMBERED = 64
_remembered: dict[Path, dict[str, Any]] = {}


def cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Cache by content what a dear function returns: a dict of NumPy arrays, such as trained weights.

    The key is the syntax tree of the function's module and of every local module it imports, the
    arguments (as canonical JSON) and the library versions; the arrays lie in ``DIR/cache/``. Claims,
    mutants and figures that ask for the same thing share it, also across processes. Every caller gets copies.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> dict[str, Any]:
        file = Path(inspect.getsourcefile(function) or "").resolve()
        given = inspect.signature(function).bind(*args, **kwargs)
        given.apply_defaults()
        key = digest(dumps([function.__qualname__, code_now(file), to_json(dict(given.arguments)), versions()]))
        found = made_once(function.__name__, key, lambda: function(*args, **kwargs))
        return {name: array.copy() for name, array in found.items()}

    return wrapper


def _seal(key: str, body: bytes) -> bytes:
    """What stands before the arrays: a digest of them and of the key in the file's name."""
    return digest(key[:16].encode() + body).encode()


def _stored(path: Path, key: str) -> dict[str, Any] | None:
    import numpy as np

    try:
        seal, _, body = path.read_bytes().partition(b"\n")
        if seal != _seal(key, body):
            return None
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


# ---------------------------------------------------------------- who listens


_listeners: list[Progress] = []


@contextlib.contextmanager
def listening(listener: Progress) -> Iterator[None]:
    """Let a listener hear how far the dear things are that are made in this block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def progress(done: float, total: float, what: str) -> None:
    """Tell whoever listens how far something is; costs nothing where nobody does."""
    for listener in _listeners:
        listener(done, total, what)
