"""What a measurement depends on, as one hash: if it changes, the measurement is stale.

It covers the syntax tree of the claim's file and of every module that file imports, at any depth, out
of this repository or from beside the file; the files it names as data; the seed; the effort; the
versions of the libraries; and the parts of the tool that measure. Comments, formatting and the judge
are not in it.
"""

from __future__ import annotations

import ast
import functools
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from gronwall.canonical import digest, dumps

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent

MEASURING = ("canonical", "claims", "measure", "problems", "quantities", "search", "seeding", "symbolic")
"""The modules of the tool that a measurement depends on."""

SHARED = ("theory", "checks")
"""The packages of this repository that claims import."""

ESTIMATOR = "gronwall.order"
"""The one module of the tool that a claim's own code may call to compute something."""

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


def package_root(path: Path) -> Path:
    """The folder from which a file's imports start: the first one up that is no package."""
    folder = path.parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder


def dotted_name(path: Path) -> str:
    """The name under which a file in a package is imported: ``checks.discretization.distance``."""
    parts = path.relative_to(package_root(path)).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def closure(path: Path) -> list[Path]:
    """The file and every local module it imports, at any depth, sorted."""
    seen: set[Path] = set()
    stack = [path.resolve()]
    while stack:
        file = stack.pop()
        if file in seen or _is_tool(file):
            continue
        seen.add(file)
        stack.extend(_imports(file))
    return sorted(seen)


def _is_tool(file: Path) -> bool:
    """The tool's own modules count through ``MEASURING``, except the estimator where a claim calls it."""
    return file.is_relative_to(HERE) and file.name != "order.py"


@dataclass(frozen=True)
class _Source:
    """What of a Python file counts: its syntax tree (as a hash), what it imports, its string literals."""

    tree: str
    imported: tuple[tuple[str, tuple[str, ...], int], ...]
    literals: tuple[str, ...]


def _source(file: Path) -> _Source:
    """A Python file as it is on disk now."""
    status = file.stat()
    return _parsed(file, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=4096)
def _parsed(file: Path, modified: int, size: int) -> _Source:
    """The file's source; one that does not parse counts by its bytes."""
    text = file.read_bytes()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return _Source(digest(text), (), ())
    literals = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    short = tuple(sorted(text for text in literals if 0 < len(text) < 200))
    return _Source(digest(ast.dump(tree, include_attributes=False)), tuple(_imported_names(tree)), short)


def tree_hash(file: Path) -> str:
    """The hash of the syntax tree of a Python file, without positions or comments."""
    return _source(file).tree


def _imports(file: Path) -> Iterator[Path]:
    roots = list(dict.fromkeys([file.parent, package_root(file), REPOSITORY]))
    for module, names, level in _source(file).imported:
        bases = roots
        if level:
            base = file.parent
            for _ in range(level - 1):
                base = base.parent
            bases = [base]
        for root in bases:
            if root == REPOSITORY and not level and module.split(".")[0] not in SHARED and module != ESTIMATOR:
                continue
            found = list(_resolve(root, module, names))
            yield from found
            if found:
                break


def _imported_names(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """(module, names, level) of every import statement and of every literal given to an importing call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, (), 0
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield node.module or "", names, node.level
            if node.module == "gronwall" and ("estimate_order" in names or "*" in names) and not node.level:
                yield ESTIMATOR, (), 0
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__", "run_path") and isinstance(node.args[0].value, str):
                yield node.args[0].value.removesuffix(".py").lstrip("."), (), 0


def _resolve(root: Path, module: str, names: tuple[str, ...]) -> Iterator[Path]:
    """The files of ``root`` that ``from module import names`` executes."""
    place = root
    for part in filter(None, module.split(".")):
        place = place / part
        if (place / "__init__.py").is_file():
            yield (place / "__init__.py").resolve()
    if module and place.with_suffix(".py").is_file():
        yield place.with_suffix(".py").resolve()
    for name in names:
        if (place / f"{name}.py").is_file():
            yield (place / f"{name}.py").resolve()
        elif (place / name / "__init__.py").is_file():
            yield (place / name / "__init__.py").resolve()


def _literal_files(file: Path) -> Iterator[Path]:
    """Files that lie beside a module and that it names in a string literal."""
    for literal in _source(file).literals:
        try:
            named = file.parent / literal
            if named.is_file() and named.suffix != ".py":
                yield named.resolve()
        except (OSError, ValueError):
            continue


def data_files(path: Path) -> list[Path]:
    """The data that the modules of a claim name; what they read otherwise is noticed as it is read."""
    found: set[Path] = set()
    for file in closure(path):
        found.update(_literal_files(file))
    return sorted(found)


@functools.cache
def _tool() -> str:
    parts = [tree_hash(HERE / f"{name}.py") for name in MEASURING]
    parts += [tree_hash(file) for file in closure(REPOSITORY / "theory" / "rigor.py") if file.is_file()]
    return digest("".join(parts))


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes; of nothing where there is no such file."""
    return digest(path.read_bytes()) if path.is_file() else "absent"


def fingerprint(path: Path, claim_id: str, seed: int, effort: str, libraries: dict[str, str] | None = None) -> str:
    """The hash of all that the measurement of one claim depends on.

    ``libraries`` are the versions to assume: those of a record where the question is whether the
    code has changed since it was made, else the installed ones.
    """
    root = package_root(path)

    def name(file: Path) -> str:
        base = REPOSITORY if file.is_relative_to(REPOSITORY) else root
        return file.relative_to(base).as_posix() if file.is_relative_to(base) else file.name

    parts = {
        "claim": claim_id,
        "modules": {name(file): tree_hash(file) for file in closure(path)},
        "data": {name(file): file_hash(file) for file in data_files(path)},
        "seed": seed,
        "effort": effort,
        "versions": libraries or versions(),
        "tool": _tool(),
    }
    return digest(dumps(parts))
