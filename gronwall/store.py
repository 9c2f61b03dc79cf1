"""The folder of a run: one atomic file a claim, ``records.jsonl`` assembled from them, a content cache.

``DIR/claims/ID.json`` holds a measurement with its fingerprint and its own checksum. ``DIR/records.jsonl``
is what everybody reads; ``DIR/records.sha256`` tells whether it is what the tool wrote. Every write goes
to a new file that then takes the old one's place, so a killed run leaves nothing half written, and
two runs on one folder do each other no harm.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps, to_json
from gronwall.fingerprint import closure, file_hash, tree_hash, versions
from gronwall.problems import Corrupted

RECORDS = "records.jsonl"
CHECKSUM = "records.sha256"


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time work on what lies in a folder (where the system has locks)."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # not a POSIX system: the replacing itself is still atomic
        yield
        return
    with open(folder / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def claim_file(out: Path, identity: str) -> Path:
    """Where a claim's entry lies: its id, made safe for a file name and kept distinct."""
    safe = re.sub(r"[^A-Za-z0-9._\[\]=+-]", "_", identity)[:120]
    if safe != identity or identity != identity.lower():
        safe += "-" + digest(identity)[:8]
    return out / "claims" / f"{safe}.json"


def save_entry(out: Path, entry: dict[str, Any]) -> None:
    """Store what was measured of one claim."""
    body = dumps(entry)
    write_atomically(claim_file(out, entry["claim"]), dumps({"sha256": digest(body), "entry": entry}) + "\n")


def load_entry(path: Path) -> dict[str, Any]:
    """Read an entry back. Raises :class:`Corrupted` where it is truncated or was edited."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        entry = stored["entry"]
        intact = stored["sha256"] == digest(dumps(entry))
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        intact = False
    if not intact:
        raise Corrupted(f"{path} is truncated or was edited by hand")
    return entry  # type: ignore[no-any-return]


def is_fresh(entry: dict[str, Any], fingerprint: str) -> bool:
    """Was the entry measured from the same content, data files read on the way included?"""
    if entry.get("fingerprint") != fingerprint:
        return False
    return all(file_hash(Path(name)) == wanted for name, wanted in entry.get("reads", {}).items())


def entries(out: Path) -> tuple[list[dict[str, Any]], list[Path]]:
    """Every entry of a folder, and the files that are corrupted."""
    good, bad = [], []
    folder = out / "claims"
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            good.append(load_entry(path))
        except Corrupted:
            bad.append(path)
        except FileNotFoundError:  # another run has just pruned it
            continue
    return good, bad


def is_intact(out: Path) -> bool:
    """Is ``records.jsonl`` what the tool wrote? True too where there is none yet."""
    records, checksum = out / RECORDS, out / CHECKSUM
    if not records.exists():
        return not checksum.exists()
    return checksum.exists() and checksum.read_bytes().split()[:1] == [file_hash(records).encode()]


def write_records(out: Path, records: list[dict[str, Any]]) -> Path:
    """Write ``records.jsonl`` and its checksum: sorted by id, sorted keys, strict JSON."""
    lines = "".join(dumps(record) + "\n" for record in sorted(records, key=lambda record: record["claim"]))
    write_atomically(out / RECORDS, lines)
    write_atomically(out / CHECKSUM, f"{digest(lines)}  {RECORDS}\n")
    return out / RECORDS


def read_records(out: Path) -> list[dict[str, Any]]:
    """The records of a folder, none where nothing was run into it.

    Raises :class:`Corrupted` where the file is not what the tool wrote, or is gone.
    """
    with locked(out) if os.access(out, os.W_OK) else contextlib.nullcontext():
        if not is_intact(out):
            raise Corrupted(
                f"{out / RECORDS} was truncated, edited or removed: its checksum differs from {CHECKSUM}. "
                f"`gronwall check --out {out}` writes it anew from the measurements"
            )
        path = out / RECORDS
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


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
