"""The fingerprint against Python's own imports: every module is changed in turn, and the right files become stale.

What is right comes by a second route.  One process imports a file of claims of every room, that which reaches most,
with the tool's and this repository's modules forgotten before each, and notes what Python has then loaded; it goes on
to import whatever those modules import inside their functions.  So for each of these files, its own modules and those
that measure included,

    loaded on import  ⊆  what the fingerprint covers  =  what import statements can load at all,

where of a package that finds its names on first use only the table is left out: who imports a name depends on its home.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gronwall.places import HERE, REPOSITORY
from gronwall.running.fingerprint import content
from gronwall.running.sources import Source, Sources

CLAIMS = sorted(path for path in (REPOSITORY / "checks").rglob("*.py") if path.name != "__init__.py")
FLOORS = ("gronwall", "systems", "theory")
MODULES = sorted(
    path.resolve()
    for floor in FLOORS
    for path in (REPOSITORY / floor).rglob("*.py")
    if not path.is_relative_to(HERE / "theory")
)

IMPORT_THEM_ALL = r'''
import ast, importlib, json, sys
from pathlib import Path

ROOT, FILES = Path(sys.argv[1]), sys.argv[2:]
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True
OURS = ("gronwall", "systems", "checks", "theory")


def ours():
    return [name for name in sys.modules if name.split(".")[0] in OURS]


def files():
    found = (getattr(sys.modules[name], "__file__", None) for name in ours())
    return {str(Path(file).resolve()) for file in found if file}


def never_runs(node):
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def statements(file, known={}):
    """Every import statement of a file that can run, as (module, names, level)."""
    if file not in known:
        stack, found = [ast.parse(Path(file).read_text())], []
        while stack:
            node = stack.pop()
            stack.extend(node.orelse if never_runs(node) else ast.iter_child_nodes(node))
            if isinstance(node, ast.Import):
                found += [(alias.name, (), 0) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found.append((node.module or "", tuple(alias.name for alias in node.names), node.level))
        known[file] = [one for one in found if one[2] or one[0].split(".")[0] in OURS]
    return known[file]


def ask(module, names):
    """Import a module as a statement does: its names, or what a package has where it is taken itself."""
    module = importlib.import_module(module)
    for name in names:
        taken = getattr(module, name, None)
        if taken is None:
            taken = importlib.import_module(f"{module.__name__}.{name}")
        for home in sorted(set(getattr(taken, "_HOME", {}).values())):
            importlib.import_module(home)


def reach():
    """Import what the loaded modules import inside their functions, until there is nothing new."""
    done = set()
    while todo := [name for name in ours() if name not in done]:
        for name in todo:
            done.add(name)
            module = sys.modules[name]
            for wanted, names, level in statements(module.__file__) if getattr(module, "__file__", None) else ():
                if level:
                    wanted = importlib.util.resolve_name("." * level + wanted, module.__package__)
                ask(wanted, names)


def loaded(module):
    for name in ours():
        del sys.modules[name]
    importlib.import_module("gronwall.measuring.measure")
    for kind in importlib.import_module("gronwall.measuring.kinds").MEASURERS:
        sys.modules["gronwall.measuring.kinds"].measurer(kind)
    importlib.import_module(module)
    on_import = files()
    reach()
    return sorted(on_import), sorted(files())


print(json.dumps({file: loaded(".".join(Path(file).relative_to(ROOT).with_suffix("").parts)) for file in FILES}))
'''


class Changed(Sources):
    """The sources as they are, but for one file whose syntax tree is another."""

    def __init__(self, changed: Path, known: dict[Path, Source]) -> None:
        super().__init__()
        self.changed, self._sources = changed, dict(known)
        self._sources[changed] = Source(**{**vars(known[changed]), "tree": "another"})


@pytest.fixture(scope="module")
def sample(fresh: Sources) -> list[Path]:
    """Of every room the file of claims that reaches most."""
    largest: dict[Path, Path] = {}
    for path in sorted(CLAIMS, key=lambda path: len(fresh.closure(path))):
        largest[path.parent] = path
    return sorted(largest.values())


@pytest.fixture(scope="module")
def reached(sample: list[Path]) -> dict[Path, tuple[set[Path], set[Path]]]:
    """By file of claims, the files that are loaded on import, and those that import statements can load."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_THEM_ALL, str(REPOSITORY), *map(str, sample)],
        capture_output=True, text=True, check=False, cwd=REPOSITORY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    return {
        Path(file): (set(map(Path, on_import)), set(map(Path, at_all))) for file, (on_import, at_all) in found.items()
    }


@pytest.fixture(scope="module")
def fresh() -> Sources:
    sources = Sources()
    for path in CLAIMS:
        content(path, None, sources)
    for path in MODULES:
        sources.source(path)
    return sources


def stale(module: Path, claims: list[Path], fresh: Sources, kind: str | None = None) -> set[Path]:
    """The files whose content, for claims of this kind, is another where the module's syntax tree is."""
    sources = Changed(module, fresh._sources)
    sources._closures, sources._data, sources._hashes = fresh._closures, fresh._data, fresh._hashes
    return {path for path in claims if content(path, kind, sources) != fresh.contents[path, kind]}


@pytest.fixture(scope="module")
def stale_by(sample: list[Path], fresh: Sources) -> dict[Path, set[Path]]:
    """For every module, the files of the sample that become stale when it changes."""
    return {module: stale(module, sample, fresh) for module in MODULES}


def tables(fresh: Sources) -> set[Path]:
    """The packages that find their names on first use."""
    return {path for path in MODULES if fresh.source(path).homes}


def test_the_files_and_modules_are_those_of_the_checkout():
    assert len(CLAIMS) > 90
    assert len(MODULES) > 100
    assert {path.relative_to(REPOSITORY).parts[0] for path in MODULES} == set(FLOORS)


def test_whatever_python_loads_makes_the_file_stale(sample, reached, stale_by, fresh):
    for path in sample:
        on_import, _ = reached[path]
        unseen = {module for module in on_import & set(MODULES) - tables(fresh) if path not in stale_by[module]}
        assert not unseen, (path, unseen)


def test_whatever_no_import_can_load_leaves_the_file_fresh(sample, reached, stale_by, fresh):
    for path in sample:
        _, at_all = reached[path]
        seen = {module for module in MODULES if path in stale_by[module]}
        assert seen == (at_all & set(MODULES)) - tables(fresh), path


def test_each_module_of_the_mathematics_is_in_some_fingerprint(fresh):
    covered = {module for path in CLAIMS for module in fresh.closure(path)}
    theory = {module for module in MODULES if module.is_relative_to(REPOSITORY / "theory")} - tables(fresh)
    assert {module for module in theory - covered if module.name != "__init__.py"} == set()


EVERY = {"bound", "identity", "rate", "comparison", "reproduction"}
SEARCHED = {"bound", "identity"}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        *((name, EVERY) for name in ("measure", "bench", "repeated", "sides", "seeding", "keywords", "kinds")),
        *((name, SEARCHED) for name in ("search", "engine", "moves", "quantities", "domains")),
        ("bounds", {"bound"}),
        *((name, {"identity"}) for name in ("identities", "symbolic")),
        *((name, {"rate"}) for name in ("rates", "vectors")),
        ("replicates", EVERY - SEARCHED),
    ],
)
def test_what_measures_is_in_the_fingerprints_of_its_kinds_and_no_others(fresh, name, kinds):
    module, path = HERE / "measuring" / f"{name}.py", [CLAIMS[0]]
    for kind in EVERY:
        content(CLAIMS[0], kind, fresh)
    assert {kind for kind in EVERY if stale(module, path, fresh, kind)} == kinds
    assert stale(module, CLAIMS, fresh) == set(CLAIMS)


def test_what_only_shows_or_steers_is_in_no_fingerprint(fresh):
    showing = [
        *(HERE / "telling").glob("*.py"),
        HERE / "cli.py",
        HERE / "pytest_plugin.py",
        HERE / "running" / "run.py",
    ]
    assert {path.name: found for path in showing if (found := stale(path, CLAIMS, fresh))} == {}


def test_the_judge_is_in_the_fingerprints_of_those_who_ask_for_an_order_and_no_others(fresh, tmp_path):
    asker, other = tmp_path / "asker.py", tmp_path / "other.py"
    asker.write_text("import gronwall\ndef f(n, e):\n    return gronwall.estimate_order(n, e).order\n")
    other.write_text("from gronwall import bound, cached\n")
    for path in (asker, other):
        content(path, None, fresh)
    claims = [*CLAIMS, asker, other]
    askers = {path for path in claims if "estimate_order" in path.read_text(encoding="utf-8")}
    assert asker in askers
    assert other not in askers
    for name in ("order", "order_model", "floor"):
        assert stale(HERE / "judging" / f"{name}.py", claims, fresh) == askers
    assert stale(HERE / "judging" / "judge.py", claims, fresh) == set()


def test_a_comment_in_any_module_changes_no_tree(fresh):
    for path in MODULES:
        assert Source.parse(b"# a remark\n" + path.read_bytes() + b"\n# another\n") == fresh.source(path), path
