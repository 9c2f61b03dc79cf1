"""Which test reaches which statement, the processes that it starts included, and how long it takes.

The sources of a folder are rewritten so that every statement inside a function says that it is reached
(:data:`HITS` is the module it tells); each file of tests is run once so, and what was found is kept by the content of
the code and of that file.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mutating import tree

HITS = '''"""Who reached what: lines of a file that several processes append to."""

import os
from pathlib import Path

_folder = Path(os.environ["MUTATION_HITS"])
_seen = set()
context = None


def forget():
    global context
    context = None


def hit(place):
    global context
    if context is None:
        context = ""  # a hook that hears of this reading may be what is recorded
        context = (_folder / "context").read_text()
    if (context, place) not in _seen:
        _seen.add((context, place))
        out = os.open(_folder / "hits", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(out, f"{context}\\t{place}\\n".encode())
        os.close(out)


os.register_at_fork(after_in_child=forget)
'''


def telling(source: str, name: str) -> str:
    """The source with every statement inside a function saying that it is reached."""

    class Told(ast.NodeTransformer):
        depth = 0

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            self.depth += 1
            self.generic_visit(node)
            self.depth -= 1
            first = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
            node.body = [*node.body[:first], *self.told(node.body[first:])]
            return node

        def generic_visit(self, node: ast.AST) -> ast.AST:
            super().generic_visit(node)
            if self.depth and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                for field in ("body", "orelse", "finalbody"):
                    statements = getattr(node, field, None)
                    if isinstance(statements, list):
                        setattr(node, field, self.told(statements))
            return node

        def told(self, statements: list[ast.stmt]) -> list[ast.stmt]:
            return [one for s in statements for one in (*self.hit(s), s)]

        def hit(self, statement: ast.stmt) -> list[ast.stmt]:
            if isinstance(statement, ast.Global | ast.Nonlocal):
                return []
            return [*ast.parse(f"__hit__({f'{name}:{statement.lineno}'!r})").body]

    module = Told().visit(ast.parse(source))
    after = [isinstance(s, ast.ImportFrom) and s.module == "__future__" for s in module.body]
    place = after.index(True) + 1 if True in after else 0
    module.body[place:place] = ast.parse("from gronwall._hits import hit as __hit__").body
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def named(nodeid: str) -> str:
    """The name of a test without addresses in memory, which are others in every process."""
    return re.sub(r"0x[0-9a-f]+", "0x", nodeid)


class Recorder:
    """A plugin that says which test is running, or which shared fixture is being made, and times both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tests: dict[str, dict[str, Any]] = {}
        self.shared: dict[str, float] = {}
        self.now("@file")

    def now(self, context: str) -> str:
        before = getattr(self, "context", "@file")
        self.context = context
        (self.folder / "context").write_text(context)
        if "gronwall._hits" in sys.modules:
            sys.modules["gronwall._hits"].context = context  # type: ignore[attr-defined]
        return before

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        defined = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
        wide = [f"@{d[-1].baseid}::{name}" for name, d in defined.items() if d[-1].scope != "function"]
        self.tests.setdefault(named(item.nodeid), {"seconds": 0.0, "passed": True, "shared": wide})
        self.now(named(item.nodeid))
        yield
        self.now("@file")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            yield
            return
        begun, name = time.perf_counter(), f"@{fixturedef.baseid}::{fixturedef.argname}"
        before = self.now(name)
        yield
        self.now(before)
        self.shared[name] = self.shared.get(name, 0.0) + time.perf_counter() - begun

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self.tests[named(report.nodeid)]
        test["seconds"] += report.duration
        test["passed"] &= report.passed


def forked(work: Callable[[], int], log: Path, limit: float = 0.0) -> tuple[int, bool]:
    """Run in a child with a group of its own, which is ended with it. The exit status, and whether it hung."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        out = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        status = 70
        with contextlib.suppress(BaseException):
            os.chdir(tree.TREE)
            os.environ["PYTHONPATH"] = str(tree.TREE)
            sys.path[:] = [str(tree.TREE), *(p for p in sys.path if p not in ("", str(tree.ROOT)))]
            for name in [name for name in sys.modules if name.split(".")[0] == "gronwall"]:
                del sys.modules[name]  # the checkout's, which made the mutants; the copy's is to be imported
            status = int(work())
        sys.stdout.flush()
        os._exit(status)
    begun, status = time.monotonic(), 0
    try:
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            if limit and time.monotonic() - begun > limit:
                return 1, True
            time.sleep(0.01)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        if not done:
            os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status), os.WTERMSIG(status) == signal.SIGALRM
    return os.WEXITSTATUS(status), False


def coverage(folders: tuple[str, ...], tests: list[str], report: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """By test: its seconds, those of the fixtures it shares, and the places it reaches; those that fail left out."""
    kept = tree.FOLDER / "coverage" / "+".join(folders)
    kept.mkdir(parents=True, exist_ok=True)
    code = tree.digest(tree.code())
    found: dict[str, dict[str, Any]] = {}
    stale = []
    for test in tests:
        path = kept / f"{test.replace('/', '.')}.{code}.{tree.digest(tree.beside(test))}.json"
        if path.exists():
            found |= json.loads(path.read_text())
        else:
            stale.append((test, path))
    if stale:
        for name in (name for folder in folders for name in tree.files_of(folder)):
            (tree.TREE / name).write_text(telling(tree.content(name).decode(), name))
        (tree.TREE / "gronwall" / "_hits.py").write_text(HITS)
        for test, path in stale:
            report(f"who reaches what: {test}")
            for old in kept.glob(f"{test.replace('/', '.')}.*.json"):
                old.unlink()
            told = _recorded(test)
            path.write_text(json.dumps(told))
            found |= told
        (tree.TREE / "gronwall" / "_hits.py").unlink()
        tree.renew()
    return {name: test for name, test in found.items() if test["passed"]}


def _recorded(test: str) -> dict[str, dict[str, Any]]:
    """One file of tests, run."""
    hits = tree.FOLDER / "hits"
    hits.mkdir(exist_ok=True)
    for file in hits.iterdir():
        file.unlink()

    def work() -> int:
        os.environ["MUTATION_HITS"] = str(hits)
        recorder = Recorder(hits)
        pytest.main([test, "-q", "-p", "no:cacheprovider"], plugins=[recorder])
        (hits / "told").write_text(json.dumps({"tests": recorder.tests, "shared": recorder.shared}))
        return 0

    forked(work, tree.FOLDER / "record.log")
    told = json.loads((hits / "told").read_text())
    places: dict[str, set[str]] = defaultdict(set)
    for line in (hits / "hits").read_text().splitlines() if (hits / "hits").exists() else ():
        context, place = line.split("\t")
        places[context].add(place)
    for name, one in told["tests"].items():
        made = sum(told["shared"].get(wide, 0.0) for wide in one["shared"])
        one["file"], one["shared"], wide = test, made, one["shared"]
        one["places"] = sorted(places[name] | places["@file"] | set().union(*(places[w] for w in wide)))
    return dict(told["tests"])
