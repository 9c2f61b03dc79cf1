"""Python files as a fingerprint sees them: their syntax trees, what they import, and the closure of a file.

A :class:`Sources` is a snapshot: each file and folder is looked at once, so that the closures of hundreds of
claims cost one walk. What was parsed can be kept from one run to the next (:mod:`gronwall.running.index`): a file
whose stat is as it was is not read, one that was touched is hashed, one that has changed is parsed.

How it can be wrong: imports are found by reading, not by running. A module chosen at run time by anything but a
literal is not seen, and counts only through the distribution's version or not at all.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gronwall.canonical import digest
from gronwall.places import HERE, import_roots

HOMES = "_HOME"
"""A package may say in a table of this name where its names live; who imports one depends on its home alone."""


@dataclass(frozen=True)
class Source:
    """What of a Python file counts: its syntax tree (as a hash), what it imports, its short string literals.

    ``imported`` holds (module, names, level) of every import; ``homes`` is the table of a package whose names
    are imported on first use.
    """

    tree: str
    imported: tuple[tuple[str, tuple[str, ...], int], ...]
    literals: tuple[str, ...]
    homes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: bytes) -> Source:
        """Read a file's text; one that does not parse counts by its bytes."""
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return cls(digest(text), (), ())
        literals = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        short = tuple(sorted(text for text in literals if 0 < len(text) < 200 and "\n" not in text))
        return cls(
            digest(ast.dump(tree, include_attributes=False)), tuple(_imported_names(tree)), short, _homes_of(tree)
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Source:
        imported = tuple((module, tuple(names), level) for module, names, level in kept["imported"])
        homes = tuple((name, home) for name, home in kept["homes"])
        return cls(kept["tree"], imported, tuple(kept["literals"]), homes)


def _only_for_types(node: ast.AST) -> bool:
    """Is this the block under ``if TYPE_CHECKING:``, which never runs?"""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only type checkers read."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.orelse if _only_for_types(node) else ast.iter_child_nodes(node))  # type: ignore[attr-defined]


def _imported_names(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """(module, names, level) of every import statement and of every literal given to an importing call.

    Of ``import gronwall`` the names are the attributes that are then asked of it, of ``import gronwall.theory`` all.
    """
    nodes = list(_running(tree))
    asked: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked.setdefault(node.value.id, set()).add(node.attr)
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound_to = alias.asname or alias.name
                names = ("*",) if "." in bound_to else tuple(sorted(asked.get(bound_to, ())))
                yield alias.name, names, 0
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", tuple(alias.name for alias in node.names), node.level
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__", "run_path") and isinstance(node.args[0].value, str):
                yield node.args[0].value.removesuffix(".py").lstrip("."), ("*",), 0


def _homes_of(tree: ast.Module) -> tuple[tuple[str, str], ...]:
    """The table by which a package finds its names on first use; none where it has no such table."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [HOMES]:
            return tuple(sorted(ast.literal_eval(node.value).items()))
    return ()


@lru_cache(maxsize=4096)
def _parsed(file: Path, modified: int, size: int) -> Source:
    return Source.parse(file.read_bytes())


class Sources:
    """A snapshot of the Python files under claims: each is read at most once."""

    def __init__(self) -> None:
        self._sources: dict[Path, Source] = {}
        self._folders: dict[Path, frozenset[str]] = {}
        self._direct: dict[Path, tuple[Path, ...]] = {}
        self._closures: dict[Path, tuple[Path, ...]] = {}
        self._data: dict[Path, tuple[Path, ...]] = {}
        self._hashes: dict[Path, str] = {}
        self.contents: dict[tuple[Path, str | None], str] = {}
        """The hash of all that claims of a file and kind reach (:func:`gronwall.running.fingerprint.content`)."""

    def source(self, file: Path) -> Source:
        """A Python file as it is on disk now."""
        if file not in self._sources:
            self._sources[file] = self.read(file, file.stat())
        return self._sources[file]

    def read(self, file: Path, status: os.stat_result) -> Source:
        """Parse a file, or remember it. An index overrides this with what it kept of earlier runs."""
        return _parsed(file, status.st_mtime_ns, status.st_size)

    def file_hash(self, path: Path) -> str:
        """SHA-256 of a file's bytes; "absent" where there is no such file."""
        if path not in self._hashes:
            self._hashes[path] = digest(path.read_bytes()) if path.is_file() else "absent"
        return self._hashes[path]

    def closure(self, file: Path) -> tuple[Path, ...]:
        """The file and every local module it imports, at any depth, the tool's own included; sorted."""
        file = file.resolve()
        if file not in self._closures:
            seen: set[Path] = set()
            stack = [file]
            while stack:
                one = stack.pop()
                if one not in seen:
                    seen.add(one)
                    stack.extend(self.imports(one))
            self._closures[file] = tuple(sorted(seen))
        return self._closures[file]

    def imports(self, file: Path) -> tuple[Path, ...]:
        """The local modules that a file imports itself."""
        if file not in self._direct:
            self._direct[file] = tuple(dict.fromkeys(self._resolved(file)))
        return self._direct[file]

    def data(self, file: Path) -> tuple[Path, ...]:
        """Files that lie beside a module and that it names in a string literal."""
        if file not in self._data:
            found = (self._beside(file, literal) for literal in self.source(file).literals)
            self._data[file] = tuple(sorted({path for path in found if path is not None}))
        return self._data[file]

    # ---------------------------------------------------------------- looking names up

    def _resolved(self, file: Path) -> Iterator[Path]:
        roots = list(dict.fromkeys([file.parent, *import_roots(file)]))
        for module, names, level in self.source(file).imported:
            if level:
                base = file.parent
                for _ in range(level - 1):
                    base = base.parent
                yield from self._found(base, module, names)
            elif module.split(".")[0] == HERE.name:
                yield from self._found(HERE.parent, module, names)
            else:
                for root in roots:
                    found = list(self._found(root, module, names))
                    yield from found
                    if found:
                        break

    def _found(self, root: Path, module: str, names: Iterable[str]) -> Iterator[Path]:
        """The files of ``root`` that ``from module import names`` executes."""
        place = root
        for part in filter(None, module.split(".")):
            place = place / part
            if self._has(place, "__init__.py"):
                yield from self._package(place / "__init__.py", names if place == self._last(root, module) else ())
        if module and self._has(place.parent, place.name + ".py"):
            yield place.with_suffix(".py").resolve()
        for name in names:
            if self._has(place, f"{name}.py"):
                yield (place / f"{name}.py").resolve()
            elif self._has(place / name, "__init__.py"):
                yield from self._package(place / name / "__init__.py", "*")  # as a whole: any of its names

    @staticmethod
    def _last(root: Path, module: str) -> Path:
        return root.joinpath(*filter(None, module.split(".")))

    def _package(self, init: Path, names: Iterable[str]) -> Iterator[Path]:
        """A package's own file, or the homes of the names asked of one that finds them on first use.

        One that is itself taken as a name, ``from gronwall.theory import rigor``, is asked for all of them.
        """
        init = init.resolve()
        homes = dict(self.source(init).homes)
        if not homes:
            yield init
            return
        asked = homes if "*" in names else names
        for name in asked:
            if name in homes:
                yield from self._found(HERE.parent, homes[name], ())

    def _has(self, folder: Path, name: str) -> bool:
        if folder not in self._folders:
            try:
                self._folders[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._folders[folder] = frozenset()
        return name in self._folders[folder]

    def _beside(self, file: Path, literal: str) -> Path | None:
        first = literal.split("/")[0]
        try:
            if first not in ("", ".", "..") and not self._has(file.parent, first):
                return None
            named = file.parent / literal
            return named.resolve() if named.is_file() and named.suffix != ".py" else None
        except (OSError, ValueError):
            return None
