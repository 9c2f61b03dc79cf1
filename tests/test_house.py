"""The house: what may import what, and how large anything may be.

Imports are read off the syntax trees, those inside functions too; what only type checkers read is left out.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("theory", "systems", "checks", "figures", "gronwall")
LINES, LENGTH, POSITIONAL = 400, 60, 6

CACHED = {
    "gronwall.canonical", "gronwall.efforts.Effort", "gronwall.efforts.Pick", "gronwall.pick",
    "gronwall.running.caching", "gronwall.running.fingerprint.versions", "gronwall.running.tables",
}  # fmt: skip
"""What systems may import of the tool: what caches and what its keys are made of, and what tells efforts apart."""
SHARED = {"gronwall.theory.rigor", "gronwall.theory.ladder", "gronwall.theory.runge_kutta"}
"""What the tool may import of the mathematics: what subjects share (schemes, for what is certified of steps)."""
SHOWING = {"gronwall.problems", "gronwall.telling.results"}
"""What figures may import of the tool: the records, and what is raised where one is missing."""
MATHEMATICS = {"numpy", "scipy", "sympy", "flint"}
OUTSIDE_WORLD = {"datetime", "io", "os", "pathlib", "random", "shutil", "socket", "subprocess", "tempfile", "time"}


def python_files() -> list[str]:
    """Every Python file of the checkout, tracked or new, that is no test."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, text=True
    ).splitlines()
    return [name for name in listed if not name.startswith("tests/") and (ROOT / name).is_file()]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under ``if TYPE_CHECKING:``."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        below: list[ast.AST] = list(node.orelse)
    else:
        yield node
        below = list(ast.iter_child_nodes(node))
    for child in below:
        yield from _running(child)


def imports(name: str) -> set[str]:
    """The modules that a file imports; of one that it takes names from, ``module.name`` for each of them."""
    found: set[str] = set()
    package = list(Path(name).parent.parts)
    for node in _running(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *(node.module.split(".") if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def floor(name: str) -> set[str]:
    return {file for file in python_files() if file.startswith(name + "/")}


def of(found: set[str], *packages: str) -> set[str]:
    """The imports that lie in one of these packages."""
    return {one for one in found if any(one == package or one.startswith(package + ".") for package in packages)}


def strangers(floor_name: str, allowed: set[str], *among: str) -> dict[str, set[str]]:
    """By file, the imports of a floor out of `among` that are none of the allowed ones and nothing below those."""
    found = {name: of(imports(name), *among) - of(imports(name), *allowed) for name in sorted(floor(floor_name))}
    return {name: names for name, names in found.items() if names}


# ---------------------------------------------------------------- the arrows


def test_every_floor_is_looked_at():
    assert all(len(floor(name)) > 5 for name in FLOORS)
    assert not any(name.startswith("gronwall/theory/") for name in python_files())


def test_theory_imports_the_mathematics_and_nothing_else():
    known = MATHEMATICS | {"gronwall", "__future__"} | sys.stdlib_module_names
    for name in sorted(floor("theory")):
        assert {one.split(".")[0] for one in imports(name)} <= known, name
    assert strangers("theory", {"gronwall.theory"}, "gronwall") == {}


def test_theory_knows_no_files_no_clock_and_no_randomness_but_what_it_is_handed():
    assert strangers("theory", {"numpy.random.Generator"}, "numpy.random", *OUTSIDE_WORLD) == {}


def test_systems_import_theory_and_of_the_tool_what_caches():
    assert strangers("systems", {"gronwall.theory", *CACHED}, "gronwall", "checks", "figures") == {}


def test_claims_are_leaves():
    assert strangers("checks", set(), "checks", "figures") == {}


def test_nothing_but_tests_imports_claims():
    for name in python_files():
        assert not of(imports(name), "checks"), name


def test_figures_see_records_only():
    assert strangers("figures", SHOWING, "gronwall", "checks", "systems") == {}


def test_the_tool_knows_no_paper():
    assert strangers("gronwall", set(), "checks", "systems", "figures") == {}
    assert strangers("gronwall", SHARED, "gronwall.theory") == {}


def test_nobody_imports_the_mathematics_by_a_second_name():
    everything = [*python_files(), *(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))]
    assert {name for name in everything if of(imports(name), "theory")} == set()


@pytest.mark.parametrize(
    ("package", "door"), [("flint", "theory/rigor/door.py"), ("numba", "systems/training/compiled.py")]
)
def test_one_module_imports(package, door):
    assert {name for name in python_files() if of(imports(name), package)} == {door}


# ---------------------------------------------------------------- sizes


def _functions(name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def too_large(name: str) -> Iterator[str]:
    """What in a file is larger than anything may be."""
    lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
    if lines > LINES:
        yield f"{name} has {lines} lines"
    for function in _functions(name):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LENGTH:
            yield f"{name}: {function.name} has {length} lines"
        positional = len(function.args.posonlyargs) + len(function.args.args)
        if positional > POSITIONAL and not _is_command(function):
            yield f"{name}: {function.name} has {positional} positional parameters"


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Is this a command of the command line, whose parameters are its options?"""
    return any("command" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_no_file_function_or_signature_is_too_large():
    assert [told for name in python_files() for told in too_large(name)] == []
