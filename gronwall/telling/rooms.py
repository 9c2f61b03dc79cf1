"""Which room a claim lies in: a subject is a folder of ``checks/``, a room a folder below it.

Claims are found by reading files, never by importing them. How it can be wrong: what counts is a function under one of
the five decorators by its own name; one that is renamed on import, or called in the place of decorating, is not seen.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from gronwall.problems import WrongUsage
from gronwall.running import repository

CHECKS = "checks"


@dataclass(frozen=True)
class Place:
    """A claim (with all of its cases) and where it is defined; ``file`` is relative to the project."""

    claim: str
    kind: str
    file: str
    line: int

    @property
    def subject(self) -> str:
        return self.claim.split(".")[0]

    @property
    def room(self) -> str:
        return room_of(self.file)


def room_of(file: str) -> str:
    """The room that a file of claims lies in, by its path in the project; "" where it lies in none."""
    parts = PurePath(file).parts
    return parts[2] if len(parts) > 3 and parts[0] == CHECKS else ""


def claims_in(root: Path) -> dict[str, Place]:
    """Every claim of the project at ``root``, by its id without a case."""
    checks = root / CHECKS
    if not checks.is_dir():
        return {}
    found = (place for file in repository.files_of(checks) for place in _defined(file, root))
    return {place.claim: place for place in found}


def _defined(file: Path, root: Path) -> Iterator[Place]:
    subject = repository.subject_of(file)
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for kind in filter(None, map(_kind, node.decorator_list)):
                shown = file.relative_to(root.resolve()).as_posix()
                yield Place(f"{subject}.{node.name}", kind, shown, node.lineno)


def _kind(decorator: ast.expr) -> str | None:
    """The kind of claim that a decorator makes: of ``@bound(...)`` and of ``@gronwall.bound(...)``."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name if name in repository.DECORATORS else None


def rooms_of(claims: Mapping[str, Place]) -> dict[str, list[str]]:
    """The rooms of each subject that has claims."""
    found: dict[str, set[str]] = {}
    for place in claims.values():
        found.setdefault(place.subject, set()).add(place.room)
    return {subject: sorted(rooms - {""}) for subject, rooms in sorted(found.items())}


def room(record: Mapping[str, Any]) -> str:
    """The room of a record's claim. Where its file has moved since it was measured, the room it lies in now."""
    file, root = str(record["file"]), repository.home()
    if not (root / file).is_file():
        place = _claims_in(root).get(str(record["claim"]).split("[")[0])
        file = place.file if place is not None else file
    return room_of(file)


_claims_in = lru_cache(maxsize=1)(claims_in)


def statements(subject: str, root: Path | None = None) -> list[dict[str, str]]:
    """The inventory of a paper's statements, from ``checks/SUBJECT/statements.toml``; empty where there is none."""
    path = (root or repository.home()) / CHECKS / subject / "statements.toml"
    if not path.is_file():
        return []
    try:
        return list(tomllib.loads(path.read_text(encoding="utf-8")).get("statement", []))
    except tomllib.TOMLDecodeError as problem:
        raise WrongUsage(f"{path}: {problem}") from None
