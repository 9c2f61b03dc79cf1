"""The report: one static folder, an index and a page a claim, that opens offline and prints.

Everything on a page comes from the records, the claims' own docstrings and the figures already drawn; equal
records give equal bytes. No page loads anything from a network: styles, plots and the twenty lines of the
filter are inline, formulas are MathML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gronwall.canonical import digest, dumps
from gronwall.judging.judgement import number
from gronwall.power.scores import function_of
from gronwall.problems import WrongUsage
from gronwall.running.files import write_atomically
from gronwall.running.fingerprint import file_hash
from gronwall.running.index import Index
from gronwall.running.sources import Sources
from gronwall.telling import report_plots as plots
from gronwall.telling import results
from gronwall.telling.made import Made
from gronwall.telling.mathtext import to_html
from gronwall.telling.output import evidence, standing
from gronwall.telling.power import Score, count, effect, scores_of, weakest_first
from gronwall.telling.report_claim import claim_page, docstring, svg
from gronwall.telling.report_table import table_page
from gronwall.telling.results import Result, Results
from gronwall.telling.rooms import room
from gronwall.telling.summary import ORDER, anchor, captions, errata, page_name, run_info, totals, where

TEMPLATES = Path(__file__).parents[1] / "templates"
MARKS = {"holds": "✓", "refuted": "✗", "error": "!", "inconclusive": "?", "reproduced": "✓", "not reproduced": "≠"}
"""A verdict is told by its word and this sign, never by colour alone."""


def write_report(out: Path) -> Path:
    """Write ``out/report/`` from the records and return its ``index.html``.

    Pages of claims that no longer exist are removed. Raises :class:`WrongUsage` where there are no records,
    or no jinja2, or where what lies there is not a report, and :class:`Corrupted` where the records are not what the
    tool wrote.
    """
    index = Index(out)
    found = results.load(out, index)
    folder = out / "report"
    _refuse_what_is_no_report(folder)
    environment, code = _environment(), _code()
    made, entries = Made(folder / "made.json"), index.entries()
    scores = scores_of(found, out, index)

    def written(path: Path, template: str, key: list[Any], page: Callable[[], dict[str, Any]]) -> None:
        """Write a page, unless it is there as it would come out."""
        sha = digest(dumps([code, *key]))
        if not made.is_current(path.name, sha):
            write_atomically(path, environment.get_template(template).render(page=page()))
            made.keep(path.name, sha, [path])

    pages = {page_name(result["claim"]): result for result in found}
    for name, result in pages.items():
        said = docstring(result.record, entries.get(result["claim"]))
        score = scores.get(function_of(result["claim"]))
        key: list[Any] = [result.digest, room(result.record), said, score and [score.entry, score.stale]]
        written(folder / "claims" / name, "claim.html", key, partial(claim_page, result, said, score))
    for name, table in found.tables.items():
        written(folder / "tables" / f"{name}.html", "table.html", [table.digest], partial(table_page, table))
    drawn = _copy_figures(out, folder)
    everything = [[result.digest, room(result.record)] for result in found]
    shown = [[path.name, captions().get(path.stem)] for path in drawn]
    told = [[table.name, table.stale] for table in found.tables.values()]
    ranked = weakest_first(scores.values())
    seen = [[score.entry, score.stale] for score in ranked]
    if ranked:
        written(folder / "power.html", "power.html", [seen, everything], partial(power_page, ranked, found))
    key = [everything, shown, told, seen]
    written(folder / "index.html", "index.html", key, lambda: index_page(found, drawn, scores))
    for path in drawn:
        made.keep(path.name, "copied", [path])
    for path in made.no_more():
        path.unlink(missing_ok=True)
    made.save()
    return folder / "index.html"


def _refuse_what_is_no_report(folder: Path) -> None:
    """Raise :class:`WrongUsage` for a folder that the report did not make: it would be written over."""
    parts = [folder, *(folder / name for name in ("claims", "tables", "figures", "index.html", "made.json"))]
    for path in parts:
        if path.is_symlink():
            raise WrongUsage(f"{path} is a symbolic link; the report writes only into a folder of its own")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "made.json").is_file())):
        raise WrongUsage(f"{folder} was not made by the report; move it away, or choose another --out")


def _code() -> str:
    """The hash of what makes the pages: the code, the templates, the version of what sets formulas."""
    sources = Sources()
    code = [sources.source(file).tree for file in sources.closure(Path(__file__).resolve())]
    templates = {path.name: file_hash(path) for path in sorted(TEMPLATES.iterdir()) if path.is_file()}
    setting = {name: metadata.version(name) for name in ("jinja2", "latex2mathml")}
    return digest(dumps([code, templates, setting]))


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
    environment.filters["effect"] = effect
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


# --------------------------------------------------------------------------- the index


def index_page(found: Results, drawn: Sequence[Path], scores: Mapping[str, Score]) -> dict[str, Any]:
    """What the index shows: totals, errata, a table a room of each subject, figures, how it was run."""
    everything = list(found)
    by_subject = groupby(everything, key=lambda result: result.subject)
    return {
        "totals": totals(everything),
        "subjects": [_subject(name, list(members), found, scores) for name, members in by_subject],
        "power": _pooled(scores.values()),
        "errata": errata(everything),
        "figures": [_figure(path) for path in drawn],
        "run": run_info(everything),
        "verdicts": [verdict for verdict in ORDER if any(result["verdict"] == verdict for result in everything)],
        "stale": sum(result.stale for result in everything),
    }


def _pooled(scores: Collection[Score]) -> dict[str, Any] | None:
    """How many automatic mutants were noticed, of all; None where none was tried."""
    noticed, blind = (sum(count(score.entry, what) for score in scores) for what in ("noticed", "blind"))
    return {"noticed": noticed, "tried": noticed + blind, "claims": len(scores)} if noticed + blind else None


def _subject(name: str, members: Sequence[Result], told: Results, scores: Mapping[str, Score]) -> dict[str, Any]:
    """A subject with a table a room; those of its claims that lie in no room come first."""
    by_room: dict[str, list[Result]] = {}
    for result in members:
        by_room.setdefault(room(result.record), []).append(result)
    rooms = [
        {
            **_counted(place, found),
            "anchor": anchor(name, place),
            "claims": _claims(found, scores),
            "experiments": [
                {"title": table.title, "page": f"tables/{quote(table.name)}.html", "stale": table.stale}
                for table in told.tables.values()
                if (table.subject, table.room) == (name, place)
            ],
        }
        for place, found in sorted(by_room.items())
    ]
    return {**_counted(name, members), "anchor": anchor(name), "rooms": rooms}


def _counted(name: str, members: Sequence[Result]) -> dict[str, Any]:
    """The title of a subject or a room, and how many of its claims came out how."""
    counts = Counter(result["verdict"] for result in members)
    told = [(verdict, counts[verdict]) for verdict in ORDER if counts[verdict]]
    return {"title": name.replace("_", " "), "counts": told, "size": len(members)}


def _claims(members: Sequence[Result], scores: Mapping[str, Score]) -> list[dict[str, Any]]:
    """The rows of a table: a group of rows a claim, a row a case."""
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
                "score": scores.get(claim),
                "rows": [_row(result, grouped) for result in listed],
            }
        )
    return claims


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


# --------------------------------------------------------------------------- the power of the checks


def power_page(ranked: Sequence[Score], found: Results) -> dict[str, Any]:
    """What the page of power shows: the claims, the weakest check first, with the mutants to which each is blind."""
    first: dict[str, Result] = {}
    for result in found:
        first.setdefault(function_of(result["claim"]), result)
    rows = [
        {
            "name": score.entry["claim"],
            "page": "claims/" + quote(page_name(first[score.entry["claim"]]["claim"])),
            "statement": first[score.entry["claim"]]["statement"],
            "kind": first[score.entry["claim"]]["kind"],
            "score": score,
        }
        for score in ranked
    ]
    return {"rows": rows, "pooled": _pooled(ranked), "stale": sum(score.stale for score in ranked)}


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
