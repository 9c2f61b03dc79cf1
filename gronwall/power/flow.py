"""Which functions feed both sides of a claim: read off its source, nothing is run.

A side is an expression of the pair that the claim returns, with all assignments that lead to it; what it calls, and
what that calls, feeds it. How it can be wrong: names are followed, values are not, so a function that is called on a
branch that is never taken counts, and one that comes out of a table or a method does not.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from gronwall.power.watching import Function, name_of


def both_sides(fn: Callable[..., Any], file_of: Callable[[str], Path | None]) -> set[Function]:
    """The functions of the project that feed both sides of what ``fn`` returns; none where it returns no pair."""
    fn = inspect.unwrap(fn)
    node = _parsed(fn.__code__) if isinstance(fn, FunctionType) else None
    if node is None or not isinstance(fn, FunctionType):
        return set()
    pairs = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and isinstance(one.value, ast.Tuple)]
    found: set[Function] = set()
    for pair in pairs:
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
            left, right = (_reached(_called(side, node), fn, file_of) for side in pair.elts)
            found |= left & right
    return found


@functools.lru_cache(4096)
def _parsed(code: CodeType) -> ast.FunctionDef | ast.Lambda | None:
    try:
        tree = ast.parse(textwrap.dedent("".join(inspect.getsourcelines(code)[0])))
    except (OSError, SyntaxError, IndentationError):
        return None
    return next((one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.Lambda)), None)


def _called(side: ast.expr, node: ast.AST) -> list[ast.expr]:
    """What is called to make a side: by the expression, and by the assignments to the names it reads, and so on."""
    made: dict[str, list[ast.expr]] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For) and (
            value := one.iter if isinstance(one, ast.For) else one.value
        ):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            for name in (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)):
                made.setdefault(name, []).append(value)
    calls: list[ast.expr] = []
    seen: set[str] = set()
    todo = [side]
    while todo:
        for one in ast.walk(todo.pop()):
            if isinstance(one, ast.Call):
                calls.append(one.func)
            elif isinstance(one, ast.Name) and one.id not in seen:
                seen.add(one.id)
                todo += made.get(one.id, [])
    return calls


def _reached(calls: list[ast.expr], fn: FunctionType, file_of: Callable[[str], Path | None]) -> set[Function]:
    """The functions of the project that these calls reach, at any depth."""
    found: set[Function] = set()
    todo = [(call, fn) for call in calls]
    while todo:
        call, within = todo.pop()
        for called in _resolved(call, within):
            file = file_of(called.__code__.co_filename)
            one = (file, name_of(called.__code__)) if file is not None else None
            if one is None or one in found or called.__code__ is within.__code__:
                continue
            found.add(one)
            node = _parsed(called.__code__)
            todo += [(inner.func, called) for inner in ast.walk(node) if isinstance(inner, ast.Call)] if node else []
    return found


def _resolved(call: ast.expr, within: FunctionType) -> Iterator[FunctionType]:
    """The function that an expression names, seen from a function; none where it is no name of one."""
    value: Any = None
    if isinstance(call, ast.Name):
        value = inspect.getclosurevars(within).nonlocals.get(call.id, within.__globals__.get(call.id))
    elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
        module = within.__globals__.get(call.value.id)
        value = getattr(module, call.attr, None) if isinstance(module, ModuleType) else None
    value = inspect.unwrap(value) if callable(value) else value
    if isinstance(value, FunctionType):
        yield value
