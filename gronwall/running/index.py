"""What was learned of the files of a project, kept between runs in ``DIR/index.json``.

It is as fresh as the files' stat and hash say: a file whose stat is as it was is taken as it was, a touched one is
hashed, a changed one is read again; the claims of a file are known as long as nothing it reaches has changed.
Nothing else depends on it: without it, or with a damaged one, the same answers take longer.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.places import project_root
from gronwall.problems import Corrupted
from gronwall.running import store
from gronwall.running.collect import Described
from gronwall.running.files import write_atomically
from gronwall.running.fingerprint import content, fingerprint, versions
from gronwall.running.following import SEEN, base_of, is_as_seen
from gronwall.running.libraries import Libraries
from gronwall.running.options import started_with
from gronwall.running.sources import Source, Sources

NAME = "index.json"
FORMAT = 4
SETTLED = 2.0
"""Seconds after which a file system gives a changed file another time stamp, whatever its clock's grain."""


class Index(Sources):
    """Sources of files that remember what was parsed and which claims a file defines."""

    def __init__(self, out: Path) -> None:
        super().__init__()
        self.path = out / NAME
        kept = _load(self.path)
        self._files: dict[str, Any] = kept.get("files", {})
        self._claims: dict[str, Any] = kept.get("claims", {})
        self._entries: dict[str, Any] = kept.get("entries", {})
        self._settled_before = kept.get("written", 0.0) - SETTLED
        self._changed = False
        self._lookups: dict[tuple[Path, str, tuple[str, ...]], tuple[Path, ...]] = {}
        self.libraries = Libraries(out)

    def _found(self, root: Path, module: str, names: Iterable[str]) -> Iterator[Path]:
        """As in any snapshot; hundreds of files ask for the same modules."""
        asked = (root, module, tuple(names))
        if asked not in self._lookups:
            self._lookups[asked] = tuple(super()._found(*asked))
        return iter(self._lookups[asked])

    def read(self, file: Path, status: os.stat_result) -> Source:
        key, stamp = str(file), [status.st_mtime_ns, status.st_size, status.st_ino]
        kept = self._files.get(key)
        if kept is not None and kept["stamp"] == stamp and status.st_mtime < self._settled_before:
            return Source.from_json(kept)
        text = file.read_bytes()
        sha = digest(text)
        source = Source.from_json(kept) if kept is not None and kept["sha"] == sha else Source.parse(text)
        if kept is None or kept["stamp"] != stamp or kept["sha"] != sha:
            self._files[key] = {"stamp": stamp, "sha": sha, **source.as_json()}
            self._changed = True
        return source

    def described(self, path: Path, seed: int, effort: str) -> list[Described] | None:
        """The claims of a file, where they are known and nothing that the file reaches has changed."""
        kept = self._claims.get(str(path))
        if kept is None or kept["key"] != self._key(path, seed):
            return None
        if not is_as_seen(kept["seen"], path, started_with()):
            return None
        if not self.libraries.unchanged(kept["libraries"], base_of(path)):
            return None
        return self.with_fingerprints((Described(**claim) for claim in kept["claims"]), seed, effort)

    def keep(self, path: Path, seed: int, answer: dict[str, Any]) -> None:
        """Remember the claims that a file defines, and what it read and loaded as it was imported."""
        self._claims[str(path)] = {
            "key": self._key(path, seed),
            "claims": answer["claims"],
            "seen": {key: answer[key] for key in SEEN},
            "libraries": self.libraries.keep(answer["imported"], base_of(path)),
        }
        self._changed = True

    def with_fingerprints(self, claims: Iterable[Described], seed: int, effort: str) -> list[Described]:
        """The claims as they are in a run of this seed and effort."""
        return [
            replace(one, fingerprint=fingerprint(Path(one.path), one.kind, one.id, seed, effort, sources=self))
            for one in claims
        ]

    def _key(self, path: Path, seed: int) -> str:
        own = {name: value for name, value in os.environ.items() if name.startswith("GRONWALL_") and name != OUT}
        return digest(dumps([content(path, None, self), versions(), seed, own]))

    def entries(self) -> dict[str, dict[str, Any]]:
        """What is stored of each claim without its measurement: ``described``, ``fingerprint`` and ``reads``."""
        folder, found = self.path.parent / "claims", {}
        kept, self._entries = self._entries, {}
        for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
            if name.endswith(".json"):
                found.update(self._entry(folder / name, kept.get(name)))
        self._changed = self._changed or set(kept) != set(self._entries)
        return found

    def _entry(self, path: Path, known: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
        """The entry at a path by the claim's id; nothing where it is damaged or has just been removed."""
        with contextlib.suppress(Corrupted, FileNotFoundError):
            status = path.stat()
            stamp = [status.st_mtime_ns, status.st_size, status.st_ino]
            if known is None or known["stamp"] != stamp or status.st_mtime >= self._settled_before:
                entry = store.load_entry(path)
                short = {key: entry.get(key, {}) for key in ("claim", "described", "fingerprint", "reads")}
                self._changed = self._changed or known is None or known["stamp"] != stamp
                known = {"stamp": stamp, **short}
            self._entries[path.name] = known
            return {known["claim"]: known}
        return {}

    def save(self) -> None:
        """Write the index where anything new was learned, and where there is a folder for it.

        A folder is made in a project only: nothing is left beside a stranger's lone file that was merely listed.
        """
        if not self._changed or not (self.path.parent.is_dir() or project_root(Path.cwd()) is not None):
            return
        kept = {
            "format": FORMAT,
            "written": time.time(),
            "files": self._files,
            "claims": self._claims,
            "entries": self._entries,
        }
        with contextlib.suppress(OSError):  # a folder that cannot be written: the next run learns it again
            write_atomically(self.path, json.dumps(kept))
            self.libraries.save()


OUT = "GRONWALL_OUT"
"""Set in workers only; it says where a run's folder is and changes no claim."""


def _load(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_bytes())
        return kept if kept.get("format") == FORMAT else {}
    except (OSError, ValueError, AttributeError):
        return {}
