"""Measuring a bound: witnesses, what came closest before, then a search that climbs measured/predicted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from gronwall.canonical import to_json
from gronwall.claims import Variant
from gronwall.measuring import quantities, repeated, sides
from gronwall.measuring.bench import Bench, Failed, Form, at, own_copy, pair_of
from gronwall.measuring.domains import Problem, domain, searched
from gronwall.measuring.quantities import Pair
from gronwall.measuring.search import Found, Outcome
from gronwall.measuring.sides import Unusable


def measure_bound(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    bench, strategy = domain(bench, variant)

    def compare(instance: Any) -> Pair | Problem:
        def once() -> Pair:
            returned = at(bench, fn, instance)
            return quantities.compare(*pair_of(returned, "measured, predicted"))

        try:
            return quantities.at_rising_precision(once, lambda pair: pair.state == "undecided")  # type: ignore[no-any-return]
        except (Failed, Unusable) as problem:
            return Problem(str(problem))

    def evaluate(instance: Any) -> Outcome:
        result = compare(instance)
        if isinstance(result, Problem):
            return Outcome(None, True, result)
        return Outcome(result.ratio, result.state == "above", result)

    start = repeated.Start(fn)
    found, witnesses = _at_known_instances(bench, evaluate, variant, main)
    if found.failure is None and strategy is not None:
        found = searched(bench, evaluate, strategy, variant, found)
    elif strategy is None and not witnesses:
        if "instance" in inspect.signature(fn).parameters:
            raise Failed("the bound takes an instance and has neither over= nor a witness")
        found.evaluated.append((None, evaluate(None)))
        found.failure = next(((i, o) for i, o in found.evaluated if o.failed), None)
    form = _form(found, witnesses)
    form["_parts"] = bench.parts
    reported = form.pop("_reported")
    if form["error"] is None and start.cheap(len(found.evaluated)):
        if len(found.evaluated) == 1:
            start.put_back()
        _measured_again(compare, reported)
    if variant is None:
        _log_one(bench, fn, form, witnesses)
    return form


def _at_known_instances(
    bench: Bench, evaluate: Callable[[Any], Outcome], variant: Variant | None, main: Form | None
) -> tuple[Found, list[Any]]:
    """Evaluate the witnesses and, for a mutant, the instances on which the claim itself came closest."""
    found, witnesses = Found(), []
    for witness in bench.claim.witnesses:
        instance = bench.guarded(witness, "witness")
        witnesses.append(instance)
        found.evaluated.append((instance, evaluate(instance)))
    if variant is not None and main is not None and main.get("_parts", ()) == bench.parts:
        for instance in main.get("_closest", ()):
            found.evaluated.append((instance, evaluate(instance)))
    found.failure = next(((i, o) for i, o in found.evaluated if o.failed), None)
    return found, witnesses


def _form(found: Found, witnesses: list[Any]) -> Form:
    pairs = [(i, o.result) for i, o in found.evaluated if isinstance(o.result, Pair)]
    failure = found.failure
    problem = None
    if failure is not None and isinstance(failure[1].result, Problem):
        problem = {"reason": failure[1].result.reason, "instance": to_json(failure[0])}
        failure = None
    above = [pair for pair in pairs if pair[1].state == "above"]
    undecided = [pair for pair in pairs if pair[1].state == "undecided"]
    worst = max(pairs, key=lambda pair: pair[1].severity(), default=None)
    ratios = [(pair.ratio, i, pair) for i, pair in pairs if pair.ratio is not None]
    ratios.sort(key=lambda ranked: -ranked[0])
    largest = ratios[0][1:] if ratios else None
    shown = largest if not above or worst is None else worst
    violation = failure or (above[0] if above else None)
    form: Form = {
        "examples": len(found.evaluated),
        "witnesses": len(witnesses),
        "worst": _told(shown),
        "violation": _told(violation),
        "undecided": _told(undecided[0] if undecided else None),
        "vacuous": bool(pairs) and all(pair.vacuous for _, pair in pairs),
        "grade": sides.lowest(*(pair.grade for _, pair in pairs)) if pairs else "measured",
        "problem": found.problem,
        "error": problem,
    }
    form["_closest"] = [i for _, i, _ in ratios[:3]] + ([failure[0]] if failure else [])
    reported = [(one[0], getattr(one[1], "result", one[1])) for one in (violation, shown) if one is not None]
    form["_reported"] = reported[:1] if len(reported) == 2 and reported[0][1] is reported[1][1] else reported
    return form


def _measured_again(compare: Callable[[Any], Pair | Problem], reported: list[tuple[Any, Pair]]) -> None:
    """The counterexample and the worst instance measured once more. Raises :class:`Failed` where they changed."""

    def again(instance: Any) -> Form:
        pair = compare(instance)
        if isinstance(pair, Problem):
            raise Failed(pair.reason)
        return {"measured": pair.measured, "predicted": pair.predicted}

    for instance, pair in reported:
        first = {"measured": pair.measured, "predicted": pair.predicted}
        repeated.check(first, lambda at=instance: again(at), instance)  # type: ignore[misc]


def _told(pair: Any) -> Form | None:
    if pair is None:
        return None
    instance, result = pair
    result = result.result if isinstance(result, Outcome) else result
    return {"instance": to_json(instance), **result.stored()}


def _log_one(bench: Bench, fn: Callable[..., Any], form: Form, witnesses: list[Any]) -> None:
    """Evaluate once more with the log open: on the witnesses, else where the ratio was largest."""
    if "log" not in inspect.signature(fn).parameters or form["error"] is not None:
        return
    bench.log.enabled = True
    for instance in witnesses or form["_closest"][:1] or [None]:
        with quantities.working_precision():
            bench.guarded(fn, "instance", to_json(instance), instance=own_copy(instance))
