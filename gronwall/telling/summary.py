"""What report and paper both tell of all records: totals, errata, how they came about, the captions of figures."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gronwall.judging.judgement import CONFIDENCE, FINDINGS
from gronwall.running import store
from gronwall.running.repository import home
from gronwall.telling import figures
from gronwall.telling.output import standing
from gronwall.telling.results import Result

ORDER = ("holds", "refuted", "error", "inconclusive", *FINDINGS)
GRADES = ("derived", "enclosed", "measured")
PERCENT = f"{CONFIDENCE:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def totals(found: Sequence[Result]) -> dict[str, Any]:
    """Verdicts, grades of what holds, misses expected at 99 %, wrong versions tried and refuted."""
    verdicts = Counter(result["verdict"] for result in found)
    grades = Counter(result["grade"] for result in found if result["verdict"] == "holds")
    statistical = sum(result["kind"] in ("rate", "comparison", "reproduction") for result in found)
    mutants = [form for result in found for form in result["mutants"]]
    return {
        "claims": len(found),
        "verdicts": {verdict: verdicts[verdict] for verdict in ORDER if verdicts[verdict]},
        "grades": {grade: grades[grade] for grade in GRADES if grades[grade]},
        "statistical": statistical,
        "misses": (1 - CONFIDENCE) * statistical,
        "confidence": PERCENT,
        "mutants": len(mutants),
        "killed": sum(form["refuted"] for form in mutants),
        "unarmed": sum(result["unarmed"] for result in found if result["kind"] != "file"),
        "errata": len(errata(found)),
        "examples": sum(result["examples"] for result in found),
    }


def errata(found: Iterable[Result]) -> list[dict[str, Any]]:
    """What is false as printed (not merely as recalled): the form, what refutes it, what is true instead.

    Cases of one claim that refute the same form are one erratum, shown with the first of them.
    """
    seen: dict[tuple[str, str, str], dict[str, Any]] = {}
    for result in found:
        for form in result["printed"]:
            if not form["refuted"] or form["recalled"]:
                continue
            key = (str(result["claim"]).split("[")[0], form["name"], result["statement"])
            one = seen.setdefault(key, _erratum(result, form))
            one["cases"] += 1
    return list(seen.values())


def _erratum(result: Result, form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "claim": result["claim"],
        "page": "claims/" + quote(page_name(result["claim"])),
        "where": where(result.record),
        "form": form["name"],
        "reason": form["reason"],
        "statement": result["statement"],
        "verdict": result["verdict"],
        "standing": standing(result.record),
        "cases": 0,
    }


def where(record: Mapping[str, Any]) -> str:
    """The source of a statement and the place in it; empty where neither is stated."""
    return ", ".join(part for part in (record["source"], record["ref"]) if part)


def run_info(found: Sequence[Result]) -> list[tuple[str, str]]:
    """How the records came about: seed, effort, dates, seconds, versions; several where they differ."""

    def distinct(values: Iterable[Any]) -> str:
        return ", ".join(str(value) for value in sorted(set(values), key=str))

    dates = sorted(result["date"] for result in found)
    seconds = sum(result["seconds"] for result in found)
    lines = [
        ("effort", distinct(result["effort"] for result in found)),
        ("seed", distinct(result["seed"] for result in found)),
        ("measured", dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"),
        ("time measured", f"{seconds:.0f} s on one core, all claims together"),
    ]
    libraries = sorted({library for result in found for library in result["versions"]})
    return lines + [(x, distinct(r["versions"][x] for r in found if x in r["versions"])) for x in libraries]


@lru_cache(maxsize=1)
def captions() -> dict[str, str]:
    """The caption of every figure: the docstring of the function that draws it, read without importing it."""
    found = {}
    for module in figures.modules():
        path = (home() / "figures").joinpath(*module.split(".")).with_suffix(".py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
                name = f"{module.split('.')[0]}-{node.name}".replace("_", "-")
                found[name] = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
    return found


def page_name(identity: str) -> str:
    """The file name of a claim's page: its id made safe, and distinct also where case is ignored."""
    return store.claim_file(Path(), identity).name.removesuffix(".json") + ".html"


def anchor(subject: str, place: str = "") -> str:
    """Where on the index a subject or one of its rooms stands."""
    return quote("-".join(filter(None, ("s", subject, place))))
