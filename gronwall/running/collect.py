"""Importing files of claims, wherever they lie, without configuration and without mixing them up."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from gronwall import claims
from gronwall.canonical import readable
from gronwall.claims import Claim
from gronwall.places import REPOSITORY, SHARED, dotted_name, import_roots, package_root
from gronwall.running.repository import subject_of


@dataclass(frozen=True)
class Described:
    """A claim (one case of it) as the main process sees it: enough to list, run, cache and record it."""

    id: str
    path: str
    line: int
    kind: str
    name: str
    case: str | None
    statement: str
    source: str | None
    ref: str | None
    least_effort: str
    unarmed: bool
    docstring: str = ""
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    """The claim's own ``timeout`` and ``memory``, where it states them, by effort."""
    fingerprint: str = ""
    """Of a run of one seed and effort; empty where the claim is only known to be there."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def importing_for(path: Path) -> Iterator[None]:
    """A file's imports start in its own folder and its project's, and other strangers' modules are out of the way.

    No bytecode is written: it would litter a stranger's folder, and Python takes it for fresh when a
    file of the same size changes twice in a second.
    """
    roots = import_roots(path)
    _drop_foreign_modules(roots)
    ours = _step_aside_for(roots)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path[:0] = [str(root) for root in roots]
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        for root in roots:
            if str(root) in sys.path:
                sys.path.remove(str(root))
        if ours:
            for name in [name for name in sys.modules if _is_ours(name)]:
                del sys.modules[name]
            sys.modules.update(ours)


def _is_ours(name: str) -> bool:
    return name.split(".")[0] in SHARED


def _step_aside_for(roots: list[Path]) -> dict[str, ModuleType]:
    """Take this repository's packages out of the way of a stranger's module of the same name; those taken."""
    theirs = [root / name for root in roots if root != REPOSITORY for name in SHARED]
    if REPOSITORY in roots or not any(place.is_dir() or place.with_suffix(".py").exists() for place in theirs):
        return {}
    return {name: sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)}


_used_roots: set[Path] = set()


def _drop_foreign_modules(roots: list[Path]) -> None:
    """Forget modules imported from other folders of claims, so that two ``helpers.py`` never meet."""
    others = [other for other in _used_roots if other not in (*roots, REPOSITORY)]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and any(Path(file).is_relative_to(other) for other in others) and not _is_installed(file):
            if any(Path(file).is_relative_to(root) for root in (*roots, REPOSITORY)):
                continue
            del sys.modules[name]
    _used_roots.update(roots)


def _is_installed(file: str) -> bool:
    standard = Path(file).is_relative_to(sys.base_prefix) and not Path(file).is_relative_to(REPOSITORY)
    return standard or "site-packages" in file or "dist-packages" in file


def import_file(path: Path) -> list[Claim]:
    """Import a file and return the claims it defines (those it imports belong to other files)."""
    path = path.resolve()
    root = package_root(path)
    with importing_for(path):
        if root != path.parent:
            name = dotted_name(path)
            if name not in sys.modules or Path(getattr(sys.modules[name], "__file__", "")).resolve() != path:
                claims.forget_claims_of(path)
                sys.modules.pop(name, None)
                importlib.import_module(name)
        else:
            _import_lone_file(path)
    return claims.claims_defined_in(path)


def _import_lone_file(path: Path) -> None:
    """Import a file that is in no package under a name nothing else has."""
    name = f"_claims_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"
    if name in sys.modules:
        return
    claims.forget_claims_of(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def cases_of(claim: Claim) -> list[tuple[str | None, Any]]:
    """The (name, value) of each case, or the one nameless case of a claim without."""
    return [(None, None)] if claim.cases is None else list(claim.cases.items())


def claim_id(claim: Claim, case: str | None) -> str:
    """``subject.name`` or ``subject.name[case]``."""
    base = f"{subject_of(claim.path)}.{claim.name}"
    return base if case is None else f"{base}[{case}]"


def described(path: Path) -> list[Described]:
    """Import a file and describe every case of every claim it defines."""
    import inspect

    found = []
    for claim in import_file(path):
        for case, _ in cases_of(claim):
            identity = claim_id(claim, case)
            found.append(
                Described(
                    id=identity,
                    path=str(claim.path),
                    line=claim.line,
                    kind=claim.kind,
                    name=claim.name,
                    case=case,
                    statement=claim.statement,
                    source=claim.source,
                    ref=claim.ref,
                    least_effort=str(claim.least_effort),
                    unarmed=not claim.mutants,
                    docstring=readable(inspect.getdoc(claim.fn) or ""),
                    limits=claim.limits,
                )
            )
    return found


def find(path: Path, identity: str) -> tuple[Claim, Any]:
    """The claim with this id in this file, and the value of its case."""
    for claim in import_file(path):
        for case, value in cases_of(claim):
            if claim_id(claim, case) == identity:
                return claim, value
    raise LookupError(f"{path.name} defines no claim {identity}")
