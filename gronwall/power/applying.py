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
from typing import Any

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


class Loaded:
    """The functions of this process by the file they come from, and the caches of results that some of them have.

    Looked for once: whoever is forked from here finds them at the same place.
    """

    def __init__(self) -> None:
        gc.unfreeze()  # what was loaded before the fork is looked through as well
        self.functions: dict[str, list[FunctionType]] = {}
        self.caches: list[Any] = []
        for one in gc.get_objects():
            if type(one) is FunctionType:  # asking for the class alone wakes no stranger's property
                self.functions.setdefault(one.__code__.co_filename, []).append(one)
            elif type(one) is functools._lru_cache_wrapper:
                code = getattr(getattr(one, "__wrapped__", None), "__code__", None)
                if code is not None and not any(part in code.co_filename for part in ("site-packages", "/lib/python")):
                    self.caches.append(one)

    def of(self, file: Path) -> list[FunctionType]:
        """The functions that come from a file."""
        names = [name for name in self.functions if name.endswith(file.name) and Path(name).resolve() == file]
        return [one for name in names for one in self.functions[name]]


class Applied:
    """The functions of this process that a mutant changes. Raises :class:`ValueError` where they cannot be changed."""

    def __init__(self, mutant: Mutant, source: str, loaded: Loaded) -> None:
        edited: dict[str, dict[Place, CodeType]] = {}
        self._pairs: list[tuple[FunctionType, CodeType, CodeType]] = []
        for function in loaded.of(Path(mutant.file)):
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
        for cache in loaded.caches:  # they were filled as the project was imported
            cache.cache_clear()

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
