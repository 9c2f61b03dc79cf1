"""What a target names: a project's subjects, files of claims, ids."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gronwall.places import REPOSITORY, project_root
from gronwall.problems import WrongUsage
from gronwall.running.sources import Sources

DECORATORS = ("bound", "rate", "identity", "comparison", "reproduction")
SKIPPED = {"__pycache__", "build", "node_modules", "site-packages"}


def home() -> Path:
    """The project that is meant where no file is named: the one we stand in where it has claims, else this one."""
    here = project_root(Path.cwd())
    return here if here is not None and (here / "checks").is_dir() else REPOSITORY


def subjects() -> list[str]:
    """The subjects of the project, by the folders of its ``checks/``."""
    checks = home() / "checks"
    if not checks.is_dir():
        return []
    return sorted(f.name for f in checks.iterdir() if f.is_dir() and f.name[0] not in "._" and f.name not in SKIPPED)


def subject_of(path: Path) -> str:
    """The first half of a claim's id: its folder in the project's ``checks/``, else the stem of its file."""
    root = REPOSITORY if path.is_relative_to(REPOSITORY) else project_root(path)
    if root is not None and path.is_relative_to(root / "checks") and path.parent != root / "checks":
        return path.relative_to(root / "checks").parts[0]
    return path.stem


def files_of(path: Path, sources: Sources | None = None) -> list[Path]:
    """The files of a path that may hold claims: the file itself, or those of a folder that import gronwall."""
    if path.is_file():
        return [path.resolve()]
    found = [
        file.resolve()
        for file in path.rglob("*.py")
        if not any(part in SKIPPED or part.startswith(".") for part in file.relative_to(path).parts)
        and not (file.parent / "pyvenv.cfg").exists()
    ]
    sources = sources or Sources()
    return sorted(file for file in set(found) if file.is_file() and may_hold_claims(file, sources))


def may_hold_claims(file: Path, sources: Sources) -> bool:
    """Does the file import one of the five decorators? (One that does not parse, and names the tool, may.)"""
    imported = sources.source(file).imported
    for module, names, level in imported:
        if not level and module.split(".")[0] == "gronwall" and (not names or {*DECORATORS, "*"} & set(names)):
            return True
    return not imported and _names_it_and_does_not_parse(file.read_bytes())


def _names_it_and_does_not_parse(text: bytes) -> bool:
    if b"gronwall" not in text:
        return False
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return True
    return False


Entries = Callable[[], Mapping[str, Mapping[str, Any]]]
"""What is known of the claims that were run into a folder, by id."""


def resolve(
    targets: tuple[str, ...], sources: Sources | None = None, entries: Entries = dict
) -> tuple[list[Path], list[str]]:
    """The files that targets name, and the ids and subjects that choose among their claims.

    A target is a path, ``file.py::name``, a subject or an id of the project, or the id of a claim that was run before
    (then it is in ``entries``). Raises :class:`WrongUsage` for one that is none of them.
    """
    checks = home() / "checks"
    files: list[Path] = []
    chosen: list[str] = []
    if not targets:
        if not checks.is_dir():
            raise WrongUsage("no claim to run: name a file or a folder of claims (there is no checks/ here)")
        return files_of(checks, sources), []
    for target in targets:
        path = Path(target)
        if path.exists():
            if path.is_file() and path.suffix != ".py":
                raise WrongUsage(f"{target} is not a Python file")
            files.extend(files_of(path, sources))
        elif Path(target.partition("::")[0]).is_file() and "::" in target:
            file = Path(target.partition("::")[0]).resolve()
            files.append(file)
            chosen.append(f"{subject_of(file)}.{target.partition('::')[2]}")
        elif target.split(".")[0] in subjects() and "/" not in target:
            files.extend(files_of(checks / target.split(".")[0], sources))
            chosen.append(target)
        else:
            known = {Path(e["described"]["path"]) for identity, e in entries().items() if _is_of(identity, target)}
            if not any(path.is_file() for path in known):
                subjects_here = f" (subjects: {', '.join(subjects())})" if subjects() else ""
                raise WrongUsage(f"{target!r} is no path, no subject and no claim{subjects_here}")
            files.extend(path for path in known if path.is_file())
            chosen.append(target)
    return sorted(set(files)), chosen


def is_chosen(claim_id: str, path: Path, targets: tuple[str, ...], chosen: list[str]) -> bool:
    """Was this claim asked for: by its file or folder, by its subject, or by its id (with or without case)?"""
    if not targets:
        return True
    for target in targets:
        named = Path(target)
        if named.exists() and path.is_relative_to(named.resolve()):
            return True
    return any(_is_of(claim_id, name) for name in chosen)


def _is_of(claim_id: str, name: str) -> bool:
    """Is this the claim of that name, a case of it, or one of that subject?"""
    return claim_id == name or claim_id.startswith((name + ".", name + "["))
