"""Measuring a claim: run its functions and write down, as JSON, all that a judge needs.

A measurement holds no verdict. It has one *form* for the claim itself and one for each mutant and
printed form; every form is made by the same code. Judging (:mod:`gronwall.judging.judge`) reads it afresh.
"""

from __future__ import annotations

import sys
from typing import Any

from gronwall.canonical import readable
from gronwall.claims import Claim, Variant
from gronwall.efforts import Effort
from gronwall.measuring.bench import Bench, Failed, Form, Log
from gronwall.measuring.bench import describe as describe
from gronwall.measuring.keywords import ALWAYS_STATED, stated
from gronwall.measuring.kinds import measurer
from gronwall.problems import MalformedClaim


def measure(claim: Claim, claim_id: str, case: Any, seed: int, effort: Effort) -> dict[str, Any]:
    """Measure a claim, then every mutant and printed form of it by the same code path.

    Raises :class:`MalformedClaim` for a claim that cannot be measured as it is written.
    """
    if claim.malformed is not None:
        raise MalformedClaim(claim.malformed)
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
            return {"name": readable(variant.name), "stated": stated(bench, variant), "same": True}
        except Failed as problem:
            error = {"reason": str(problem), "instance": None}
            return {"name": readable(variant.name), "stated": {}, "error": error}
    return {"name": readable(variant.name), **_form(bench, variant, main)}


def _form(bench: Bench, variant: Variant | None, main: Form | None) -> Form:
    fn = variant.fn if variant is not None and variant.fn is not None else bench.claim.fn
    bench.log.enabled = False
    form: Form = {"stated": {}, "error": None}
    try:
        form["stated"] = stated(bench, variant)
        form |= measurer(bench.claim.kind)(bench, fn, variant, main)
    except Failed as problem:
        form["error"] = {"reason": str(problem), "instance": getattr(problem, "instance", None)}
    except (Exception, SystemExit) as problem:  # a strategy or a keyword function of the claim's that raised
        form["error"] = {"reason": describe(problem, bench.claim.path), "instance": None}
        bench.raised(problem)
    if form["error"] is not None and variant is None:
        print(bench.log.raised.get(form["error"]["reason"], ""), file=sys.stderr)
    bench.log.enabled = False
    return form


def without_scratch(measurement: dict[str, Any]) -> dict[str, Any]:
    """The measurement without what only the measuring itself needed."""
    forms = [measurement["main"], *measurement["mutants"], *measurement["printed"]]
    for form in forms:
        for scratch in ("_closest", "_parts"):
            form.pop(scratch, None)
    return measurement
