"""What is under test is what is installed: the modules that a claim's process had loaded, by their content.

``DIR/libraries/DIGEST.json`` lists the files of a set of modules with their hashes, once for all claims that had the
same ones loaded. A file is hashed once; as long as its stat is as it was, it is taken to be the same.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.running.files import write_atomically
from gronwall.running.fingerprint import file_hash
from gronwall.running.following import located

FOLDER = "libraries"
STAMPS = "stamps.json"


class Libraries:
    """The sets of modules of a run's folder, and whether they are still what they were."""

    def __init__(self, out: Path) -> None:
        self.folder = out / FOLDER
        self._stamps: dict[str, list[Any]] = _read(self.folder / STAMPS)
        self._known: dict[tuple[str, str], bool] = {}
        self._hashes: dict[str, str] = {}
        self._sets: dict[tuple[str, ...], str] = {}
        self._unsaved: dict[str, str] = {}

    def hash_of(self, path: str) -> str:
        """The hash of a file, ``absent`` where there is none."""
        if path not in self._hashes:
            try:
                status = os.stat(path)
            except OSError:
                return "absent"
            stamp = [status.st_mtime_ns, status.st_size, status.st_ino]
            kept = self._stamps.get(path)
            if kept is None or kept[:3] != stamp:
                kept = [*stamp, file_hash(Path(path))]
                self._stamps[path] = kept
            self._hashes[path] = str(kept[3])
        return self._hashes[path]

    def keep(self, files: Iterable[str], base: str) -> str:
        """Keep a set of files as they are now, and return the name by which it is known.

        Those of the project are named from its folder ``base``, so that the project may move.
        """
        asked = (base, *sorted(files))
        if asked not in self._sets:
            text = dumps({path: self.hash_of(located(path, base)) for path in asked[1:]})
            name = digest(text)[:16]
            if not (self.folder / f"{name}.json").exists():
                self._unsaved[name] = text
            self._sets[asked], self._known[name, base] = name, True
        return self._sets[asked]

    def unchanged(self, name: str, base: str) -> bool:
        """Is each file of the set what it was, for the project in the folder ``base``?"""
        if (name, base) not in self._known:
            kept = _read(self.folder / f"{name}.json")
            self._known[name, base] = bool(kept) and all(
                self.hash_of(located(path, base)) == wanted for path, wanted in kept.items()
            )
        return self._known[name, base]

    def save(self) -> None:
        """Write the sets that are new, and the stamps of their files."""
        if self._unsaved:
            for name, text in self._unsaved.items():
                write_atomically(self.folder / f"{name}.json", text + "\n")
            self._unsaved = {}
            write_atomically(self.folder / STAMPS, json.dumps(self._stamps))


def _read(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(kept, dict):
            return kept
    return {}
