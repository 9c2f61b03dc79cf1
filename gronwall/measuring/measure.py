"""Measuring a claim: run its functions and write down, as JSON, all that a judge needs.

A measurement holds no verdict. It has one *form* for the claim itself and one for each mutant and
printed form; every form is made by the same code. Judging (:mod:`gronwall.judging.judge`) reads it afresh.
"""

from __future__ import annotations

import copy
import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy, sampled_from

from gronwall.canonical import nameless, readable, tidy, to_json
from gronwall.claims import Claim, Effort, Variant
from gronwall.measuring import quantities, seeding
from gronwall.measuring.quantities import Pair, Unusable
from gronwall.measuring.search import Found, Outcome, ascend, climb, search
from gronwall.measuring.symbolic import is_undecided_symbol, symbolic_difference
from gronwall.problems import MalformedClaim

Form = dict[str, Any]

ALWAYS_STATED = {
    "bound": ("sharp",),
    "rate": ("order", "within", "scale", "at_least"),
    "identity": ("tol", "why", "ops"),
    "comparison": ("factor", "equivalent_within"),
    "reproduction": ("published", "within"),
}
"""Keywords the judge reads; changing only these leaves a mutant with the claim's own measurement."""


class Failed(Exception):
    """A function of the claim raised, or returned what cannot be compared."""


@dataclass
class Log:
    """What a claim's own evaluation writes down for the figures: ``log("name", x=…, measured=…)``."""

    series: list[dict[str, Any]] = field(default_factory=list)
    arrays: list[dict[str, Any]] = field(default_factory=list)
    enabled: bool = False

    def __call__(self, name: str, *, x: Any, measured: Any, predicted: Any = None, **labels: Any) -> None:
        """One point of a series."""
        if self.enabled:
            numbers = {"x": _plain(x), "measured": _plain(measured), "predicted": _plain(predicted)}
            point = {"name": readable(str(name)), **numbers}
            self.series.append({**{key: to_json(value) for key, value in labels.items()}, **point})

    def array(self, name: str, array: Any, **labels: Any) -> None:
        """A whole array, such as the weights of a trained network."""
        if self.enabled:
            self.arrays.append({**{key: to_json(value) for key, value in labels.items()},
                                "name": readable(str(name)), "values": to_json(array)})  # fmt: skip


def _plain(value: Any) -> Any:
    """A number of any arithmetic as a JSON number."""
    if value is None or isinstance(value, str):
        return to_json(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if hasattr(value, "detach") or isinstance(value, np.ndarray | np.generic):
        return to_json(value)
    return to_json(quantities.to_float(value))


@dataclass(frozen=True)
class Bench:
    """Where one claim (one case of it) is measured: its identity, the run's seed, the effort, its log."""

    claim: Claim
    claim_id: str
    case: Any
    seed: int
    effort: Effort
    log: Log

    def call(self, fn: Callable[..., Any], *what: Any, shared: tuple[Any, ...] = (), **given: Any) -> Any:
        """Call ``fn`` with what it names; its randomness is keyed by ``what``."""
        lazy: dict[str, Callable[[], Any]] = {
            "rng": lambda: seeding.generator(self.seed, self.claim_id, *what),
            "shared_rng": lambda: seeding.generator(self.seed, self.claim_id, "shared", *shared),
            "case": lambda: self.case,
            "effort": lambda: self.effort,
            "log": lambda: self.log,
            **{name: (lambda value=value: value) for name, value in given.items()},  # type: ignore[misc]
        }
        names = [p.name for p in inspect.signature(fn).parameters.values()
                 if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]  # fmt: skip
        seeding.seed_globals(seeding.key(self.seed, self.claim_id, *what))
        return fn(**{name: lazy[name]() for name in names if name in lazy})

    def guarded(self, fn: Callable[..., Any], *what: Any, shared: tuple[Any, ...] = (), **given: Any) -> Any:
        """:meth:`call`, with whatever is raised turned into :class:`Failed`."""
        try:
            return self.call(fn, *what, shared=shared, **given)
        except (Exception, SystemExit, KeyboardInterrupt) as problem:
            if type(problem).__name__ in ("UnsatisfiedAssumption", "StopTest"):
                raise
            raise Failed(describe(problem, self.claim.path)) from problem

    def stated(self, keyword: str, variant: Variant | None) -> Any:
        return self.claim.stated(keyword, self.effort, self.case, variant)


def describe(problem: BaseException, path: Path | None = None) -> str:
    """``ValueError: message (line 12 of claims.py)``: the innermost line of the claim's own file."""
    text = tidy(f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__)
    frames = traceback.extract_tb(problem.__traceback__)
    own = [f for f in frames if path is not None and Path(f.filename) == path] or frames[-1:]
    return text + (f" (line {own[-1].lineno} of {Path(own[-1].filename).name})" if own else "")


def measure(claim: Claim, claim_id: str, case: Any, seed: int, effort: Effort) -> dict[str, Any]:
    """Measure a claim, then every mutant and printed form of it by the same code path."""
    bench = Bench(claim, claim_id, case, seed, effort, Log())
    main = _form(bench, None, None)
    return {
        "kind": claim.kind,
        "main": main,
        "mutants": [_variant(bench, variant, main) for variant in claim.mutants],
        "printed": [{**_variant(bench, form, main), "recalled": form.recalled} for form in claim.printed_forms],
        "series": bench.log.series,
        "arrays": bench.log.arrays,
    }


def _variant(bench: Bench, variant: Variant, main: Form) -> Form:
    if variant.fn is None and not variant.overrides:
        raise MalformedClaim(f"{bench.claim.name}: {variant.name!r} changes nothing; decorate a function or override")
    if variant.fn is None and set(variant.overrides) <= set(ALWAYS_STATED[bench.claim.kind]):
        try:
            return {"name": readable(variant.name), "stated": _stated(bench, variant), "same": True}
        except Failed as problem:
            error = {"reason": str(problem), "instance": None}
            return {"name": readable(variant.name), "stated": {}, "error": error}
    return {"name": readable(variant.name), **_form(bench, variant, main)}


def _stated(bench: Bench, variant: Variant | None) -> dict[str, Any]:
    return {key: _keyword(key, bench.stated(key, variant)) for key in ALWAYS_STATED[bench.claim.kind]}


OPTIONAL = ("sharp", "tol", "why", "equivalent_within")
POSITIVE = ("within", "scale", "ops", "factor", "equivalent_within", "sharp", "tol")


def _keyword(key: str, value: Any) -> Any:
    """A keyword the judge reads, as a plain number (exact ones are welcome). Raises :class:`Failed`."""
    if key == "why":
        return None if value is None else str(value)
    if key == "at_least":
        return bool(value)
    if value is None and key in OPTIONAL:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if isinstance(value, str) or not np.isfinite(number):
        raise Failed(f"{key}={value!r} is no finite number")
    if (key in POSITIVE and number < 0) or (key in POSITIVE and key != "tol" and number == 0):
        raise Failed(f"{key}={value!r} must be positive")
    if key == "equivalent_within" and number >= 1:
        raise Failed(f"equivalent_within={value!r}: 0.1 states that two methods are within 10 % of each other")
    return number


def _count(bench: Bench, key: str, variant: Variant | None) -> int:
    """A keyword that counts something. Raises :class:`Failed`."""
    value = bench.stated(key, variant)
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise Failed(f"{key}={value!r}, expected a whole number from 1 on")
    return int(value)


def _own_copy(instance: Any) -> Any:
    """A copy for a function of the claim to do with as it likes; the object itself where it has no copy."""
    try:
        return copy.deepcopy(instance)
    except Exception:  # whatever the stranger's class raises
        return instance


def _at(bench: Bench, fn: Callable[..., Any], instance: Any) -> Any:
    """What a function of the claim returns at an instance. Raises :class:`Failed`."""
    unnamed = nameless(instance)
    if unnamed is not None:
        raise Failed(
            f"the instance holds {unnamed}, which nothing tells from another one; draw a frozen dataclass, "
            "a tuple or a number, and make the object inside the claim"
        )
    return bench.guarded(fn, "instance", to_json(instance), instance=_own_copy(instance))


def _form(bench: Bench, variant: Variant | None, main: Form | None) -> Form:
    fn = variant.fn if variant is not None and variant.fn is not None else bench.claim.fn
    bench.log.enabled = False
    kind: dict[str, Callable[..., Form]] = {
        "bound": _bound,
        "rate": _rate,
        "identity": _identity,
        "comparison": _replicates,
        "reproduction": _replicates,
    }
    form: Form = {"stated": {}, "error": None}
    try:
        form["stated"] = _stated(bench, variant)
        form |= kind[bench.claim.kind](bench, fn, variant, main)
    except Failed as problem:
        form["error"] = {"reason": str(problem), "instance": getattr(problem, "instance", None)}
    except (Exception, SystemExit) as problem:  # a strategy or a keyword function of the claim's that raised
        form["error"] = {"reason": describe(problem, bench.claim.path), "instance": None}
    bench.log.enabled = False
    return form


def _pair_of(returned: Any, names: str) -> tuple[Any, Any]:
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        kind = "nothing" if returned is None else f"{type(returned).__name__} {returned!r}"[:80]
        raise Unusable(f"expected a pair ({names}), got {kind}")
    return returned[0], returned[1]


# --------------------------------------------------------------------------- bound


@dataclass
class _Problem:
    """An instance on which no comparison could be made."""

    reason: str


def _bound(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    def compare(instance: Any) -> Pair | _Problem:
        def once() -> Pair:
            returned = _at(bench, fn, instance)
            return quantities.compare(*_pair_of(returned, "measured, predicted"))

        try:
            return quantities.at_rising_precision(once, lambda pair: pair.state == "undecided")  # type: ignore[no-any-return]
        except (Failed, Unusable) as problem:
            return _Problem(str(problem))

    def evaluate(instance: Any) -> Outcome:
        result = compare(instance)
        if isinstance(result, _Problem):
            return Outcome(None, True, result)
        return Outcome(result.ratio, result.state == "above", result)

    found, witnesses = _at_known_instances(bench, evaluate, variant, main)
    strategy = _domain(bench, variant)
    if found.failure is None and strategy is not None:
        found = _searched(bench, evaluate, strategy, variant, found)
    elif strategy is None and not witnesses:
        if "instance" in inspect.signature(fn).parameters:
            raise Failed("the bound takes an instance and has neither over= nor a witness")
        found.evaluated.append((None, evaluate(None)))
        found.failure = next(((i, o) for i, o in found.evaluated if o.failed), None)
    form = _bound_form(found, witnesses)
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
    if variant is not None and main is not None:
        for instance in main.get("_closest", ()):
            found.evaluated.append((instance, evaluate(instance)))
    found.failure = next(((i, o) for i, o in found.evaluated if o.failed), None)
    return found, witnesses


def _domain(bench: Bench, variant: Variant | None) -> Any:
    """The strategy of instances; a plain sequence stands for its elements."""
    domain = bench.stated("over", variant)
    if isinstance(domain, list | tuple | range):
        return sampled_from(domain)
    if domain is not None and not isinstance(domain, SearchStrategy):
        raise Failed(f"over= is {domain!r}, expected a Hypothesis strategy such as st.floats(0, 1)")
    return domain


def _searched(
    bench: Bench, evaluate: Callable[[Any], Outcome], strategy: Any, variant: Variant | None, before: Found
) -> Found:
    seed = seeding.key(bench.seed, bench.claim_id, "search")
    found = search(evaluate, strategy, examples=_count(bench, "examples", variant), seed=seed)
    how = bench.stated("climb", variant) if "climb" in bench.claim.keywords else None
    if how is not None and found.problem is None and found.failure is None:
        if callable(how):
            climb(evaluate, found, how)
        else:
            ascend(evaluate, strategy, found, "nelder-mead" if how is True else str(how), seed=seed % 2**63)
    found.evaluated[:0] = before.evaluated
    return found


def _bound_form(found: Found, witnesses: list[Any]) -> Form:
    pairs = [(i, o.result) for i, o in found.evaluated if isinstance(o.result, Pair)]
    failure = found.failure
    problem = None
    if failure is not None and isinstance(failure[1].result, _Problem):
        problem = {"reason": failure[1].result.reason, "instance": to_json(failure[0])}
        failure = None
    above = [pair for pair in pairs if pair[1].state == "above"]
    undecided = [pair for pair in pairs if pair[1].state == "undecided"]
    worst = max(pairs, key=lambda pair: pair[1].severity(), default=None)
    ratios = [(pair.ratio, i, pair) for i, pair in pairs if pair.ratio is not None]
    ratios.sort(key=lambda ranked: -ranked[0])
    largest = ratios[0][1:] if ratios else None
    form: Form = {
        "examples": len(found.evaluated),
        "witnesses": len(witnesses),
        "worst": _told(largest if not above or worst is None else worst),
        "violation": _told(failure or (above[0] if above else None)),
        "undecided": _told(undecided[0] if undecided else None),
        "vacuous": bool(pairs) and all(pair.vacuous for _, pair in pairs),
        "grade": quantities.lowest(*(pair.grade for _, pair in pairs)) if pairs else "measured",
        "problem": found.problem,
        "error": problem,
    }
    form["_closest"] = [i for _, i, _ in ratios[:3]] + ([failure[0]] if failure else [])
    return form


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
            bench.guarded(fn, "instance", to_json(instance), instance=_own_copy(instance))


# --------------------------------------------------------------------------- identity


def _identity(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    strategy = _domain(bench, variant)
    if strategy is None:
        bench.log.enabled = variant is None
        told = _compared(bench, fn, None)
        return {"examples": 1, "worst": told, "undecided": None, "problem": None}

    stated = _stated(bench, variant)

    def evaluate(instance: Any) -> Outcome:
        try:
            told = _compared(bench, fn, instance)
        except Failed as problem:
            return Outcome(None, True, _Problem(str(problem)))
        share = _share(told, stated)
        return Outcome(share, told["equal"] is False or (share > 1 and told["grade"] == "measured"), told)

    found = Found()
    for instance in (main or {}).get("_closest", ()):
        found.evaluated.append((instance, evaluate(instance)))
    found = _searched(bench, evaluate, strategy, variant, found)
    problems = [(i, o) for i, o in found.evaluated if isinstance(o.result, _Problem)]
    gaps: list[Form] = [o.result for _, o in found.evaluated if not isinstance(o.result, _Problem)]
    worst: Form | None = None
    if gaps:
        worst = max(gaps, key=lambda gap: (gap["equal"] is False, _share(gap, stated)))
        if found.failure and not problems:
            worst = found.failure[1].result
        worst = {**worst, "grade": quantities.lowest(*(gap["grade"] for gap in gaps))}
    error = {"reason": problems[0][1].result.reason, "instance": to_json(problems[0][0])} if problems else None
    ranked = sorted(found.evaluated, key=lambda pair: -(pair[1].fitness or 0.0))[:3]
    return {
        "examples": len(found.evaluated),
        "worst": worst,
        "undecided": None,
        "problem": found.problem,
        "error": error,
        "_closest": [i for i, _ in ranked],
    }


def _share(told: Form, stated: dict[str, Any]) -> float:
    """The gap of the two sides as a share of what is allowed."""
    allowed = quantities.tolerance(stated, told["scale"], told["eps"], told["zero_side"])
    gap = float(told["gap"])
    return gap / allowed if allowed > 0 else float("inf") if gap > 0 else 0.0


def _compared(bench: Bench, fn: Callable[..., Any], instance: Any) -> Form:
    """Both sides of an identity at one instance, compared in the arithmetic they came in."""

    def once() -> Form:
        returned = _at(bench, fn, instance)
        bench.log.enabled = False
        left, right = _pair_of(returned, "left, right")
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


# --------------------------------------------------------------------------- rate, comparison, reproduction


def _one_number(value: Any, name: str) -> quantities.Side:
    side = quantities.read(value, name)
    if len(side.entries) != 1:
        raise Unusable(f"wrong shape: {name} has {side.shape}, expected one number")
    return side


def _rate(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    at = [n.item() if isinstance(n, np.generic) else n for n in bench.stated("at", variant)]
    if not at:
        raise Failed("at= names no n")
    errors, eps = [], 2.0**-52
    for replicate in range(_count(bench, "seeds", variant)):
        row = []
        for n in at:
            bench.log.enabled = variant is None
            try:
                value = bench.guarded(fn, "n", replicate, n, shared=(replicate,), n=n, replicate=replicate)
                side = _one_number(value, "the error")
            except (Failed, Unusable) as problem:
                raise _with_instance(problem, {"n": to_json(n), "replicate": replicate}) from None
            number = quantities.to_float(side.entries[0])
            if not np.isfinite(number) or number < 0:
                told = f"the error is {number}, expected a finite magnitude"
                raise _with_instance(Failed(told), {"n": to_json(n), "replicate": replicate})
            eps = max(eps, side.eps)
            bench.log("error", x=n, measured=number, replicate=replicate)
            row.append(number)
        errors.append(row)
    sizes = [float(n) if isinstance(n, Fraction) else to_json(n) for n in at]
    return {"examples": len(errors) * len(at), "n": sizes, "errors": errors, "eps": eps}


def _replicates(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    rows = []
    for replicate in range(_count(bench, "seeds", variant)):
        bench.log.enabled = variant is None
        try:
            value = bench.guarded(fn, "seed", replicate, shared=(replicate,), replicate=replicate)
            sides = _pair_of(value, "ours, theirs") if bench.claim.kind == "comparison" else (value,)
            row = [quantities.to_float(_one_number(side, "a value").entries[0]) for side in sides]
            wrong = [x for x in row if not np.isfinite(x) or (bench.claim.kind == "comparison" and x <= 0)]
            if wrong:
                raise Unusable(f"a value is {wrong[0]}, expected a finite number"
                               + (" above 0 (values are compared by their ratio)" * (len(row) == 2)))  # fmt: skip
        except (Failed, Unusable) as problem:
            raise _with_instance(problem, {"replicate": replicate}) from None
        for name, number in zip(("ours", "theirs") if len(row) == 2 else ("value",), row, strict=True):
            bench.log(name, x=replicate, measured=number)
        rows.append(row)
    return {"examples": len(rows), "values": rows}


def _with_instance(problem: Exception, instance: Any) -> Failed:
    failed = Failed(str(problem))
    failed.instance = instance  # type: ignore[attr-defined]
    return failed


def without_scratch(measurement: dict[str, Any]) -> dict[str, Any]:
    """The measurement without what only the measuring itself needed."""
    forms = [measurement["main"], *measurement["mutants"], *measurement["printed"]]
    for form in forms:
        form.pop("_closest", None)
    return measurement
