"""Measuring an identity: both sides, compared in the arithmetic they come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gronwall.canonical import to_json
from gronwall.claims import Variant
from gronwall.measuring import quantities, repeated, seeding, sides
from gronwall.measuring.bench import Bench, Failed, Form, at, pair_of
from gronwall.measuring.domains import Problem, domain, searched
from gronwall.measuring.keywords import stated
from gronwall.measuring.search import Found, Outcome
from gronwall.measuring.sides import Unusable
from gronwall.measuring.symbolic import is_undecided_symbol, symbolic_difference


def measure_identity(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    bench, strategy = domain(bench, variant)
    if strategy is None:
        bench.log.enabled = variant is None
        told = _compared(bench, fn, None)
        return {"examples": 1, "worst": told, "undecided": None, "problem": None}

    allowed = stated(bench, variant)

    def evaluate(instance: Any) -> Outcome:
        try:
            told = _compared(bench, fn, instance)
        except Failed as problem:
            return Outcome(None, True, Problem(str(problem)))
        share = _share(told, allowed)
        return Outcome(share, told["equal"] is False or (share > 1 and told["grade"] == "measured"), told)

    found, start = Found(), repeated.Start(fn)
    known = main is not None and main.get("_parts", ()) == bench.parts
    for instance in (main or {}).get("_closest", ()) if known else ():
        found.evaluated.append((instance, evaluate(instance)))
    found = searched(bench, evaluate, strategy, variant, found)
    problems = [(i, o) for i, o in found.evaluated if isinstance(o.result, Problem)]
    gaps: list[Form] = [o.result for _, o in found.evaluated if not isinstance(o.result, Problem)]
    worst: Form | None = None
    if gaps:
        worst = max(gaps, key=lambda gap: (gap["equal"] is False, _share(gap, allowed)))
        if found.failure and not problems:
            worst = found.failure[1].result
        worst = {**worst, "grade": sides.lowest(*(gap["grade"] for gap in gaps))}
    error = {"reason": problems[0][1].result.reason, "instance": to_json(problems[0][0])} if problems else None
    if worst is not None and not problems and start.cheap(len(found.evaluated)):
        instance = next(i for i, o in found.evaluated if o.result["instance"] == worst["instance"])
        first = {"the difference": worst["gap"], "the norm": worst["scale"]}
        repeated.check(first, lambda: _again(bench, fn, instance), worst["instance"])
    ranked = sorted(found.evaluated, key=lambda pair: -(pair[1].fitness or 0.0))[:3]
    return {
        "examples": len(found.evaluated),
        "worst": worst,
        "undecided": None,
        "problem": found.problem,
        "error": error,
        "_closest": [i for i, _ in ranked],
        "_parts": bench.parts,
    }


def _share(told: Form, stated: dict[str, Any]) -> float:
    """The gap of the two sides as a share of what is allowed."""
    allowed = quantities.tolerance(stated, told["scale"], told["eps"], told["zero_side"])
    gap = float(told["gap"])
    return gap / allowed if allowed > 0 else float("inf") if gap > 0 else 0.0


def _again(bench: Bench, fn: Callable[..., Any], instance: Any) -> Form:
    told = _compared(bench, fn, instance)
    return {"the difference": told["gap"], "the norm": told["scale"]}


def _returned(bench: Bench, fn: Callable[..., Any], instance: Any, alone: bool) -> tuple[Any, Any]:
    """Both sides; those of a claim without a domain a second time, where that is cheap, to see that they stay."""
    start = repeated.Start(fn)
    returned = at(bench, fn, instance)
    bench.log.enabled = False
    left, right = pair_of(returned, "left, right")
    if alone and start.cheap():

        def again() -> Form:
            start.put_back()
            left, right = pair_of(at(bench, fn, instance), "left, right")
            return {"the left side": left, "the right side": right}

        repeated.check({"the left side": left, "the right side": right}, again)
    return left, right


def _compared(bench: Bench, fn: Callable[..., Any], instance: Any) -> Form:
    """Both sides of an identity at one instance, compared in the arithmetic they came in."""

    alone = instance is None

    def once() -> Form:
        nonlocal alone
        left, right = _returned(bench, fn, instance, alone)
        alone = False
        if is_undecided_symbol(left, right):
            return symbolic_difference(left, right, seeding.key(bench.seed, bench.claim_id, "points"))
        gap = quantities.difference(left, right)
        return {"symbolic": False, **vars(gap)}

    def wide(told: Form) -> bool:
        return told["grade"] == "enclosed" and told["equal"] is None and told["gap"] > 1e-15 * max(1.0, told["scale"])

    try:
        told: Form = quantities.at_rising_precision(once, wide)
    except Unusable as problem:
        raise Failed(str(problem)) from None
    return {"instance": to_json(instance), **{key: to_json(value) for key, value in told.items()}}
