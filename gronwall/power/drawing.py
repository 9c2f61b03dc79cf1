"""Which mutants of a claim are tried: drawn by the seed, by function first, then by operator."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable
from pathlib import Path

from gronwall.power.mutants import Mutant, mutants
from gronwall.power.watching import Function, Watch

NEAR = 3
"""A function of the claims' file, or of a module that it imports itself, is drawn so many times as often."""
SHARE = 4
"""One function has at most this part of the mutants (at least two), unless there are no others."""
RANDOM = re.compile(r"\b(rng|shared_rng|default_rng|random|normal|uniform|integers|standard_normal)\b")
"""A statement that draws builds an instance."""
CALLED = re.compile(r"(\w+)\s*\((?:[^()]*,)?\s*$")
"""What is called, before the first of its arguments that change places."""
NO_NUMBERS = ("map", "filter", "zip", "getattr", "setattr", "reduce", "replace", "partial", "sorted", "enumerate")
"""Functions whose arguments are of different kinds."""


def sites(watch: Watch) -> dict[Function, list[Mutant]]:
    """The mutants of every function that computes what a claim compares, at the statements that ran."""
    found: dict[Function, list[Mutant]] = {}
    for file in sorted({file for file, _ in watch.formulas}):
        source = file.read_text(encoding="utf-8")
        drawing = _drawing_lines(source)
        for mutant in mutants(source, str(file), formulas_only=True):
            one = (file, mutant.function)
            if one not in watch.formulas or mutant.statement not in watch.lines[file] or mutant.statement in drawing:
                continue
            if mutant.operator != "swap arguments" or _of_one_kind(mutant, source, watch):
                found.setdefault(one, []).append(mutant)
    return found


def _of_one_kind(mutant: Mutant, source: str, watch: Watch) -> bool:
    """Are the arguments that change places of one kind, as far as is known of the function that gets them?"""
    called = CALLED.search(source.encode()[: mutant.start].decode())
    if called is None or called[1] in NO_NUMBERS:
        return False
    kinds = watch.given.get(called[1], set())
    return all(len(set(given) - {"type"}) <= 1 for given in kinds)


def _drawing_lines(source: str) -> set[int]:
    """The first lines of statements that draw random numbers."""
    simple = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)
    statements = [one for one in ast.walk(ast.parse(source)) if isinstance(one, simple)]
    return {one.lineno for one in statements if RANDOM.search(ast.get_source_segment(source, one) or "")}


def drawn(given: dict[Function, list[Mutant]], near: Iterable[Path], most: int, seed: int, claim: str) -> list[Mutant]:
    """At most ``most`` of the mutants, a function of the seed and the claim's name."""
    rng = random.Random(f"{seed} {claim}")
    nearby, cap = set(near), max(2, most // SHARE)
    left = {one: _by_operator(sorted(found, key=_order), rng) for one, found in sorted(given.items())}
    chosen: list[Mutant] = []
    for share in (cap, most):  # what is capped comes again where the others do not fill the number
        taken = dict.fromkeys(left, 0)
        bag = [one for one, found in left.items() if found for _ in range(NEAR if one[0] in nearby else 1)]
        while bag and len(chosen) < most:
            one = rng.choice(bag)
            chosen.append(left[one].pop(0))
            taken[one] += 1
            if not left[one] or taken[one] >= share:
                bag = [other for other in bag if other != one]
    return chosen


def _order(mutant: Mutant) -> tuple[int, int, str]:
    return mutant.start, mutant.stop, mutant.text


def _by_operator(found: list[Mutant], rng: random.Random) -> list[Mutant]:
    """The mutants of a function, one of each operator in turn."""
    operators: dict[str, list[Mutant]] = {}
    for mutant in found:
        operators.setdefault(mutant.operator, []).append(mutant)
    for group in operators.values():
        rng.shuffle(group)
    names = sorted(operators)
    rng.shuffle(names)
    ordered: list[Mutant] = []
    while any(operators.values()):
        ordered += [operators[name].pop() for name in names if operators[name]]
    return ordered
