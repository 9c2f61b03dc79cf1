"""From a measurement to a verdict.

Judging is cheap, reads nothing but the stored measurement, and is done afresh in every run, so a
better judge costs no measurement. Confidence is 99 % everywhere.
"""

from __future__ import annotations

from typing import Any

from gronwall.canonical import tidy
from gronwall.judging.bounds import judge_bound
from gronwall.judging.identities import judge_identity
from gronwall.judging.judgement import Judgement, on
from gronwall.judging.medians import judge_comparison, judge_reproduction
from gronwall.judging.rates import judge_rate


def judge(measurement: dict[str, Any]) -> dict[str, Any]:
    """Judge a claim and all its forms; the part of a record that is not about how it was run."""
    kind, main = measurement["kind"], measurement["main"]
    own = judge_form(kind, main)
    mutants = [_judge_variant(kind, form, main) for form in measurement["mutants"]]
    printed = [{**_judge_variant(kind, form, main), "recalled": form["recalled"]} for form in measurement["printed"]]
    verdict, reason = _with_forms(own, mutants, printed)
    worst = {"ratio": own.ratio, "instance": own.instance}
    return {
        "verdict": verdict,
        "grade": own.grade,
        "scope": own.scope,
        "reason": reason,
        "unarmed": not mutants,
        "worst": worst,
        "counterexample": own.counterexample,
        "fit": own.fit,
        "mutants": [_shown(form) for form in mutants],
        "printed": [{**_shown(form), "recalled": form["recalled"]} for form in printed],
        "series": measurement["series"],
        "arrays": measurement["arrays"],
        "examples": main.get("examples", 0),
    }


def _judge_variant(kind: str, form: dict[str, Any], main: dict[str, Any]) -> dict[str, Any]:
    if form.get("same"):
        form = {**main, "name": form["name"], "stated": form["stated"]}
    found = judge_form(kind, form)
    refuted = found.verdict in ("refuted", "not reproduced")
    return {"name": form["name"], "refuted": refuted, "found": found}


def _shown(form: dict[str, Any]) -> dict[str, Any]:
    found: Judgement = form["found"]
    instance = found.counterexample if found.counterexample is not None else found.instance
    return {"name": form["name"], "refuted": form["refuted"], "instance": instance, "reason": found.reason,
            "ratio": found.ratio}  # fmt: skip


def _with_forms(own: Judgement, mutants: list[Any], printed: list[Any]) -> tuple[str, str]:
    """The claim's verdict, given what became of its wrong versions."""
    if own.verdict in ("refuted", "error"):
        return own.verdict, own.reason
    for word, forms in (("mutant", mutants), ("printed form", printed)):
        for form in forms:
            if form["found"].verdict == "error":
                return "error", f"the {word} {form['name']!r} could not be checked: {form['found'].reason}"
    survivors = [f"mutant {form['name']!r}" for form in mutants if not form["refuted"]]
    survivors += [f"printed form {form['name']!r}" for form in printed if not form["refuted"]]
    if survivors and own.verdict != "inconclusive":
        first = next(form for form in (*mutants, *printed) if not form["refuted"])
        many = f"{len(survivors)} wrong versions survive, first the " if len(survivors) > 1 else "the "
        tail = " survives" if len(survivors) == 1 else ""
        because = f" ({first['found'].reason})" if first["found"].verdict == "inconclusive" else ""
        return "inconclusive", (
            f"no power: {many}{survivors[0]}{tail}{because}; "
            "add an instance or a witness that tells it from the statement"
        )
    return own.verdict, own.reason


def judge_form(kind: str, form: dict[str, Any]) -> Judgement:
    """Judge one form: the claim itself, a mutant or a printed form."""
    if form.get("error") is not None:
        error = form["error"]
        return Judgement("error", on(tidy(error["reason"]), error["instance"]), None, error["instance"])
    rules = {
        "bound": judge_bound,
        "rate": judge_rate,
        "identity": judge_identity,
        "comparison": judge_comparison,
        "reproduction": judge_reproduction,
    }
    return rules[kind](form)


# --------------------------------------------------------------------------- rate


# --------------------------------------------------------------------------- comparison and reproduction
