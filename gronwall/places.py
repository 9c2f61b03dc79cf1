"""Where things are: the tool, this repository, somebody's project, and the folders from which a file imports."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
"""The tool itself; its mathematics, ``gronwall.theory``, is the repository's folder ``theory/``."""

REPOSITORY = HERE.parent
"""The checkout the tool runs from (of an installed tool, the folder it was installed into)."""

MARKS = ("gronwall.toml", "pyproject.toml", ".git")
"""What makes a folder the root of a project."""

SHARED = ("checks", "systems", "figures")
"""The packages of this repository that are not installed, and whose names a project of one's own may bear."""


def project_root(path: Path) -> Path | None:
    """The root of the project that a file or folder lies in, or None where there is none above it."""
    folder = path.resolve()
    for candidate in (folder, *folder.parents):
        if candidate.is_dir() and any((candidate / mark).exists() for mark in MARKS):
            return candidate
    return None


def package_root(path: Path) -> Path:
    """The folder from which a file's imports start: the first one up that is no package."""
    folder = path.parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder


def import_roots(path: Path) -> list[Path]:
    """The folders in which a file's imports are looked up: that of its package, then the root of its project."""
    roots = [package_root(path), project_root(path)]
    return list(dict.fromkeys(root for root in roots if root is not None))


def dotted_name(path: Path) -> str:
    """The name under which a file in a package is imported: ``checks.discretization.distance``."""
    parts = path.relative_to(package_root(path)).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def shown_path(path: Path) -> str:
    """A file's path as a record may state it: relative to its project, else its name."""
    root = REPOSITORY if path.is_relative_to(REPOSITORY) else project_root(path)
    return path.relative_to(root).as_posix() if root is not None else path.name
