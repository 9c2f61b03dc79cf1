"""What a measurement depends on, as one hash: if it changes, the measurement is stale.

It covers the syntax tree of the claim's file and of every module it reaches: of its project, of this repository,
and of the tool itself, the modules that measure its kind included. Nothing is listed by hand; what is reached is
read off the imports (:mod:`gronwall.running.sources`). Beside that the data that these modules name, the seed, the
effort and the versions of the libraries. Comments, formatting, the judge and whatever only shows are not in it.
"""

from __future__ import annotations

import functools
import platform
from importlib import metadata
from pathlib import Path

from gronwall.canonical import digest, dumps
from gronwall.measuring.kinds import MEASURERS, file_of
from gronwall.places import HERE, REPOSITORY, package_root, project_root
from gronwall.running.sources import Sources

MEASURING = HERE / "measuring" / "measure.py"
"""Where every measurement begins: what this module reaches is in every fingerprint."""

LIBRARIES = ("numpy", "scipy", "sympy", "python-flint", "hypothesis", "torch", "torchdiffeq", "scikit-learn",
             "numba")  # fmt: skip


@functools.cache
def versions() -> dict[str, str]:
    """The versions a record states: Python, the tool and the libraries that are installed."""
    from gronwall import __version__

    found = {"python": platform.python_version(), "gronwall": __version__}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


def closure(path: Path, sources: Sources | None = None) -> list[Path]:
    """The file and every local module it reaches, sorted."""
    return list((sources or Sources()).closure(path))


def tree_hash(file: Path) -> str:
    """The hash of the syntax tree of a Python file, without positions or comments."""
    return Sources().source(file).tree


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes; of nothing where there is no such file."""
    return digest(path.read_bytes()) if path.is_file() else "absent"


def reached(path: Path, kind: str | None, sources: Sources) -> list[Path]:
    """Every module that a claim of this file and kind depends on: those it reaches and those that measure it.

    Without a kind, those of all kinds.
    """
    measuring = [MEASURING, *map(file_of, MEASURERS if kind is None else [kind])]
    return sorted({*sources.closure(path), *(module for root in measuring for module in sources.closure(root))})


def content(path: Path, kind: str | None, sources: Sources) -> str:
    """The hash of all code and data that claims of this kind (of any, where it is None) in a file reach."""
    if (path, kind) in sources.contents:
        return sources.contents[path, kind]
    roots = [REPOSITORY, *filter(None, (project_root(path), package_root(path)))]

    def name(file: Path) -> str:
        base = next((root for root in roots if file.is_relative_to(root)), None)
        return file.relative_to(base).as_posix() if base is not None else file.name

    modules = reached(path, kind, sources)
    data = {file for module in sources.closure(path) for file in sources.data(module)}
    parts = {
        "modules": {name(file): sources.source(file).tree for file in modules},
        "data": {name(file): sources.file_hash(file) for file in data},
    }
    sources.contents[path, kind] = digest(dumps(parts))
    return sources.contents[path, kind]


def fingerprint(
    path: Path,
    kind: str | None,
    claim_id: str,
    seed: int,
    effort: str,
    *,
    libraries: dict[str, str] | None = None,
    sources: Sources | None = None,
) -> str:
    """The hash of all that the measurement of one claim depends on.

    ``libraries`` are the versions to assume: those of a record where the question is whether the
    code has changed since it was made, else the installed ones. ``sources`` is a snapshot to share among many
    claims; without it the files are looked at anew.
    """
    parts = {
        "claim": claim_id,
        "content": content(path, kind, sources or Sources()),
        "seed": seed,
        "effort": effort,
        "versions": libraries or versions(),
    }
    return digest(dumps(parts))
