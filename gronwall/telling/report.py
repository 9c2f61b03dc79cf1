"""The report: one static folder, an index and a page a claim, that opens offline and prints.

Everything on a page comes from the records, the claims' own docstrings and the figures already drawn; equal
records give equal bytes. No page loads anything from a network: styles, plots and the twenty lines of the
filter are inline, formulas are MathML.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gronwall.judging.judgement import CONFIDENCE, FINDINGS, number
from gronwall.problems import WrongUsage
from gronwall.running import store
from gronwall.running.files import write_atomically
from gronwall.running.repository import home
from gronwall.telling import figures, results
from gronwall.telling import report_plots as plots
from gronwall.telling.mathtext import to_html
from gronwall.telling.output import evidence, standing, where
from gronwall.telling.report_claim import PERCENT, claim_page, svg
from gronwall.telling.results import Result, Results

__all__ = ["captions", "errata", "page_name", "run_info", "totals", "where", "write_report"]

TEMPLATES = Path(__file__).parents[1] / "templates"
MARKS = {"holds": "✓", "refuted": "✗", "error": "!", "inconclusive": "?", "reproduced": "✓", "not reproduced": "≠"}
"""A verdict is told by its word and this sign, never by colour alone."""
ORDER = ("holds", "refuted", "error", "inconclusive", *FINDINGS)
GRADES = ("derived", "enclosed", "measured")


def write_report(out: Path) -> Path:
    """Write ``out/report/`` from the records and return its ``index.html``.

    Pages of claims that no longer exist are removed. Raises :class:`WrongUsage` where there are no records,
    or no jinja2, and :class:`Corrupted` where the records are not what the tool wrote.
    """
    found = results.load(out)
    folder = out / "report"
    environment = _environment()
    pages = {page_name(result["claim"]): result for result in found}
    for name, result in pages.items():
        text = environment.get_template("claim.html").render(page=claim_page(result, out))
        write_atomically(folder / "claims" / name, text)
    drawn = _copy_figures(out, folder)
    text = environment.get_template("index.html").render(page=index_page(found, drawn))
    write_atomically(folder / "index.html", text)
    _remove(folder / "claims", "*.html", pages)
    _remove(folder / "figures", "*.svg", {path.name for path in drawn})
    return folder / "index.html"


def page_name(identity: str) -> str:
    """The file name of a claim's page: its id made safe, and distinct also where case is ignored."""
    return store.claim_file(Path(), identity).name.removesuffix(".json") + ".html"


def _environment() -> Any:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise WrongUsage("the report needs the extra `suite` (pip install 'gronwall[suite]'): no jinja2") from None
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"math": _math, "number": _number, "mark": lambda verdict: MARKS.get(verdict, "·")}
    environment.filters["slug"] = lambda verdict: verdict.replace(" ", "-")
    return environment


def _math(text: str | None) -> Any:
    from markupsafe import Markup

    return Markup(to_html(text or ""))


def _number(value: Any) -> str:
    """A number for a table; anything else as it stands."""
    if isinstance(value, float):
        return number(value).replace("-", "−")
    return "–" if value is None else str(value)


def _remove(folder: Path, pattern: str, keep: Iterable[str]) -> None:
    """Remove the pages and pictures of what is no more."""
    for path in folder.glob(pattern):
        if path.name not in set(keep):
            path.unlink(missing_ok=True)


# --------------------------------------------------------------------------- the index


def index_page(found: Results, drawn: Sequence[Path]) -> dict[str, Any]:
    """What the index shows: totals, errata, a table a subject, figures, how it was run."""
    everything = list(found)
    by_subject = groupby(everything, key=lambda result: result.subject)
    return {
        "totals": totals(everything),
        "subjects": [_subject(name, list(members)) for name, members in by_subject],
        "errata": errata(everything),
        "figures": [_figure(path) for path in drawn],
        "run": run_info(everything),
        "verdicts": [verdict for verdict in ORDER if any(result["verdict"] == verdict for result in everything)],
        "stale": sum(result.stale for result in everything),
    }


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


def _subject(name: str, members: Sequence[Result]) -> dict[str, Any]:
    """The table of a subject: a group of rows a claim, a row a case."""
    claims = []
    for claim, cases in groupby(members, key=lambda result: str(result["claim"]).split("[")[0]):
        listed = list(cases)
        alike = len({result["statement"] for result in listed}) == 1
        grouped = len(listed) > 1 and alike
        claims.append(
            {
                "name": claim.partition(".")[2] or claim,
                "grouped": grouped,
                "statement": listed[0]["statement"],
                "where": where(listed[0].record),
                "rows": [_row(result, grouped) for result in listed],
            }
        )
    counts = Counter(result["verdict"] for result in members)
    told = [(verdict, counts[verdict]) for verdict in ORDER if counts[verdict]]
    return {"name": name, "title": name.replace("_", " "), "claims": claims, "counts": told, "size": len(members)}


def _row(result: Result, grouped: bool) -> dict[str, Any]:
    record = result.record
    identity = str(record["claim"])
    own = identity.partition(".")[2] or identity
    return {
        "id": identity,
        "name": own.partition("[")[2].rstrip("]") if grouped else own,
        "page": "claims/" + quote(page_name(identity)),
        "verdict": record["verdict"],
        "kind": record["kind"],
        "statement": record["statement"],
        "where": where(record),
        "standing": standing(record),
        "evidence": evidence(record),
        "gauge": svg(plots.gauge(record)),
        "mutants": len(record["mutants"]),
        "killed": sum(form["refuted"] for form in record["mutants"]),
        "stale": result.stale,
        "unarmed": record["unarmed"] and record["kind"] != "file",
    }


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


# --------------------------------------------------------------------------- the figures


def _copy_figures(out: Path, folder: Path) -> list[Path]:
    """The drawn figures, copied beside the pages that show them (as images they can run no script)."""
    drawn = []
    for path in sorted((out / "figures").glob("*.svg")):
        write_atomically(folder / "figures" / path.name, path.read_bytes())
        drawn.append(folder / "figures" / path.name)
    return drawn


def _figure(path: Path) -> dict[str, str]:
    title = path.stem.replace("-", " ")
    return {"file": "figures/" + quote(path.name), "title": title, "caption": captions().get(path.stem, title)}


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
