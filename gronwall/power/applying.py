"""A mutant at work in the functions of this process: on while the claim's own functions run, and off between them.

What measures, compares and judges so always runs on the source as it is, also where it shares a function with what is
mutated. The edit keeps line numbers, so a function of the edited source is known by its name and its first line.
"""

from __future__ import annotations

import functools
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType

from gronwall.power.mutants import Mutant

Place = tuple[str, int]
"""The qualified name of a function and its first line."""


def codes(source: str, filename: str) -> dict[Place, CodeType]:
    """Every function of a source, compiled, that its name and first line tell from all others."""
    found: list[CodeType] = []
    stack = [compile(source, filename, "exec", dont_inherit=True)]
    while stack:
        inner = [constant for constant in stack.pop().co_consts if isinstance(constant, CodeType)]
        found += inner
        stack += inner
    times = Counter(_place(code) for code in found)
    return {_place(code): code for code in found if times[_place(code)] == 1}


def _place(code: CodeType) -> Place:
    return code.co_qualname, code.co_firstlineno


class Applied:
    """The functions of this process that a mutant changes. Raises :class:`ValueError` where they cannot be changed."""

    def __init__(self, mutant: Mutant, source: str, file: Path) -> None:
        gc.unfreeze()  # what was loaded before the fork is looked through as well
        functions = [
            one for one in gc.get_objects() if isinstance(one, FunctionType) and _is_of(one.__code__.co_filename, file)
        ]
        edited: dict[str, dict[Place, CodeType]] = {}
        self._pairs: list[tuple[FunctionType, CodeType, CodeType]] = []
        for function in functions:
            old = function.__code__
            if old.co_filename not in edited:
                edited[old.co_filename] = codes(mutant.applied(source), old.co_filename)
            new = edited[old.co_filename].get(_place(old))
            if new is None or new == old:
                continue
            if len(new.co_freevars) != len(old.co_freevars):
                raise ValueError("the edit changes which variables a function shares with the one around it")
            self._pairs.append((function, old, new))
        if not self._pairs:
            raise ValueError("nothing of this process is made from what the edit changes")
        forget_results()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The mutant in the place of the source."""
        for function, _, new in self._pairs:
            function.__code__ = new
        try:
            yield
        finally:
            for function, old, _ in self._pairs:
                function.__code__ = old


def forget_results() -> None:
    """Empty the caches of results that functions of the project and of the tool filled as they were imported."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper):
            code = getattr(getattr(one, "__wrapped__", None), "__code__", None)
            if code is not None and "site-packages" not in code.co_filename and "/lib/python" not in code.co_filename:
                one.cache_clear()


def _is_of(filename: str, file: Path) -> bool:
    return filename.endswith(file.name) and Path(filename).resolve() == file
