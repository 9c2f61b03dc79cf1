"""Which functions of a project a claim runs, line by line, and what they return: seen on the unmutated claim."""

from __future__ import annotations

import functools
import numbers
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gronwall.places import HERE, REPOSITORY, import_roots

SYMBOLS = ("sympy", "flint", "torch", "fractions", "decimal", "mpmath")
"""Packages whose objects count as numbers."""
Function = tuple[Path, str]
"""A file, and the qualified name of a function in it."""
TOOLS_OWN = ("rigor", "arithmetic")
"""What the measuring itself computes with: mutated for the subject ``rigor`` alone."""


def mutable(path: Path, subject: str) -> Callable[[str], Path | None]:
    """The file of a code object, where what it holds may be mutated for the claims of ``path``; else None.

    In this repository that is ``theory/``, ``systems/`` and the claims' own file; in a project of one's own whatever
    lies in it.
    """
    path = path.resolve()
    ours = path.is_relative_to(REPOSITORY)
    homes = [REPOSITORY / "theory", REPOSITORY / "systems"] if ours else import_roots(path)
    left_alone = [] if subject == "rigor" else [REPOSITORY / "theory" / name for name in TOOLS_OWN]

    @functools.cache
    def file_of(filename: str) -> Path | None:
        if filename.startswith("<"):
            return None
        file = Path(filename).resolve()
        if file == path:
            return file
        if not any(file.is_relative_to(home) for home in homes) or "site-packages" in file.parts:
            return None
        if not ours and any(file.is_relative_to(part) for part in (HERE, REPOSITORY / "theory")):
            return None
        return None if any(file.with_suffix("").is_relative_to(part) for part in left_alone) else file

    return file_of


def name_of(code: CodeType) -> str:
    """The function a code object belongs to, as the source nests it; what a comprehension does is its function's."""
    name = code.co_qualname.replace(".<locals>", "")
    return re.sub(r"(\.<\w+>)+", "", name)


class Watch:
    """What runs in :meth:`watched` blocks: lines by file, calls, which functions return numbers, what they are given.

    A function that is handed a generator of random numbers builds an instance, whatever it returns.
    """

    def __init__(self, file_of: Callable[[str], Path | None]) -> None:
        self._file_of = file_of
        self.lines: dict[Path, set[int]] = {}
        self.calls = 0
        self.runs: set[Function] = set()
        self.returns_numbers: set[Function] = set()
        self.draws: set[Function] = set()
        self.given: dict[str, set[tuple[str, ...]]] = {}
        """The kinds of the arguments of functions, by name."""

    @property
    def formulas(self) -> set[Function]:
        """The functions that compute: they return numbers, and draw none.

        Others build what the numbers are about, or validate it: a mutant of them is another instance.
        """
        return self.returns_numbers - self.draws

    def as_json(self) -> dict[str, Any]:
        """For :meth:`add`, in another process."""
        sets = {name: [(str(file), function) for file, function in sorted(getattr(self, name))] for name in SETS}
        return {
            **sets,
            "lines": {str(file): sorted(lines) for file, lines in self.lines.items()},
            "calls": self.calls,
            "given": {name: sorted(kinds) for name, kinds in self.given.items()},
        }

    def add(self, told: dict[str, Any]) -> None:
        """What another process has seen."""
        for name in SETS:
            getattr(self, name).update((Path(file), function) for file, function in told[name])
        for file, lines in told["lines"].items():
            self.lines.setdefault(Path(file), set()).update(lines)
        for name, kinds in told["given"].items():
            self.given.setdefault(name, set()).update(map(tuple, kinds))
        self.calls += told["calls"]

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        self.calls += 1
        code = frame.f_code
        file = self._file_of(code.co_filename)
        if file is None:
            return None
        one, lines = (file, name_of(code)), self.lines.setdefault(file, set())
        self.runs.add(one)
        given = [frame.f_locals.get(name) for name in code.co_varnames[: code.co_argcount]]
        self.given.setdefault(code.co_name, set()).add(tuple(_kind(value) for value in given))
        if any(isinstance(value, np.random.Generator) for value in given):
            self.draws.add(one)

        def within(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            elif event == "return" and not isinstance(argument, bool) and is_numeric(argument):
                self.returns_numbers.add(one)
            return within

        return within


SETS = ("runs", "returns_numbers", "draws")
"""What a watch knows of functions."""


def _kind(value: Any) -> str:
    """``number`` for whatever may be computed with, else the type."""
    return "number" if is_numeric(value) else type(value).__name__


def is_numeric(value: Any) -> bool:
    """A number, an array, a ball, a symbol, or several of them."""
    if isinstance(value, tuple | list):
        return bool(value) and all(is_numeric(part) for part in value[:4])
    if isinstance(value, numbers.Number | np.ndarray | np.generic):
        return True
    home = next(kind.__module__ for kind in type(value).__mro__ if kind.__module__)  # that of SymPy's f(x) is None
    return home.split(".")[0] in SYMBOLS and not callable(value)


class TooDear(BaseException):
    """More calls than a mutant may cost."""


@contextmanager
def counted(spent: list[int], most: int) -> Iterator[None]:
    """Count the calls of Python functions in a block; past ``most`` of them :class:`TooDear` is raised."""

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            spent[0] += 1
            if spent[0] > most:
                raise TooDear

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
