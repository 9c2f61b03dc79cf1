"""The page of one claim in the report: what it states, what was found, and every form and series of its record."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from gronwall.canonical import dumps
from gronwall.judging.judgement import number
from gronwall.running.repository import home
from gronwall.telling import report_plots as plots
from gronwall.telling.output import evidence, standing
from gronwall.telling.power import Score
from gronwall.telling.results import Result
from gronwall.telling.rooms import room
from gronwall.telling.summary import PERCENT, anchor, where

LONGEST = 400
"""A table of logged points shows this many rows; the rest is in records.jsonl."""


def claim_page(result: Result, said: list[str], score: Score | None) -> dict[str, Any]:
    """What the page of one claim shows; `said`: the paragraphs of its docstring."""
    record = result.record
    return {
        "record": record,
        "stale": result.stale,
        "subject": result.subject,
        "room": room(record),
        "anchor": anchor(result.subject, room(record)),
        "where": where(record),
        "standing": standing(record),
        "evidence": evidence(record),
        "instance": pretty(record["worst"]["instance"]),
        "counterexample": pretty(record["counterexample"]),
        "fit": _fit(record),
        "rate_plot": svg(plots.rate_plot(record)) if record["kind"] == "rate" else "",
        "forms": [_form(form, "mutant") for form in record["mutants"]]
        + [_form(form, "recalled" if form["recalled"] else "printed") for form in record["printed"]],
        "score": score,
        "series": _series(record),
        "arrays": [(array["name"], shape(array["values"])) for array in record["arrays"]],
        "docstring": said,
        "rerun": rerun(record),
    }


def _form(form: Mapping[str, Any], kind: str) -> dict[str, Any]:
    told = form["instance"] is None or dumps(form["instance"]) in form["reason"]
    return {**form, "kind": kind, "instance": "" if told else pretty(form["instance"])}


def pretty(instance: Any) -> str:
    """An instance for reading: short ones on a line, objects a field a line; empty for None."""
    if instance is None:
        return ""
    line = dumps(instance)
    if len(line) <= 88 or not isinstance(instance, dict | list):
        return line
    if isinstance(instance, dict):
        return "{\n" + ",\n".join(f"  {dumps(key)}: {dumps(value)}" for key, value in sorted(instance.items())) + "\n}"
    return "[\n" + ",\n".join(f"  {dumps(value)}" for value in instance) + "\n]"


def _fit(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was estimated, in words and numbers."""
    fit = record["fit"]
    told = []
    if record["kind"] == "rate" and fit:
        told.append(("stated order", f"{fit['stated']:g} ± {fit['within']:g}"))
        if fit["order"] is not None:
            told.append(("measured order", f"{fit['order']:.4f}"))
        if fit.get("seen") is not None:
            told.append(("order seen at the fine end", f"{fit['seen']:.4f}"))
    elif "median" in fit:
        told.append(("median of theirs/(ours x factor)" if "factor" in fit else "median", number(fit["median"])))
    if fit.get("published") is not None:
        told.append(("published", number(fit["published"])))
    if fit.get("interval"):
        told.append((f"interval at {PERCENT}", "{:.4g} to {:.4g}".format(*fit["interval"])))
    if fit.get("window"):
        name = fit.get("direction") or "n"
        told.append(("window", "{} = {:g} to {:g}".format(name, *fit["window"])))
    if fit.get("floor"):
        told.append(("round-off floor", number(fit["floor"])))
    return told


def _series(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each logged series: a plot where it can be drawn, and a table."""
    points = sorted(record["series"], key=lambda point: str(point["name"]))
    together = record["kind"] == "comparison"
    shown = []
    for name, members in groupby(points, key=lambda point: "ours and theirs" if together else str(point["name"])):
        listed = list(members)
        labels = sorted({key for point in listed for key in point} - {"name", "x", "measured", "predicted"})
        columns = (["name"] if together else []) + labels + ["x", "measured", "predicted"]
        if all(point["predicted"] is None for point in listed):
            columns.remove("predicted")
        is_sweep = record["kind"] == "rate" and name == "error"
        drawing = None if is_sweep else plots.series_plot(name, listed, by_name=together)
        rows = [[point.get(column) for column in columns] for point in listed[:LONGEST]]
        shown.append({"name": name, "plot": svg(drawing), "columns": columns, "rows": rows, "size": len(listed)})
    return shown


def shape(values: Any) -> str:
    """The shape of nested lists: ``8 x 12``."""
    sizes = []
    while isinstance(values, list):
        sizes.append(len(values))
        values = values[0] if values else None
    return " × ".join(map(str, sizes)) or "a number"


def docstring(record: Mapping[str, Any], entry: Mapping[str, Any] | None) -> list[str]:
    """The paragraphs of a claim's docstring after the statement: as measured, else from the project's file."""
    if entry is not None:
        text = str(entry["described"].get("docstring", ""))
    else:
        text = _docstring_at(str(record["file"]), int(record["line"]))
    return [_flowing(paragraph.strip("\n")) for paragraph in text.partition("\n")[2].split("\n\n") if paragraph.strip()]


def _flowing(paragraph: str) -> str:
    """A paragraph on one line, unless it is a list or a display: those keep their lines."""
    lines = paragraph.split("\n")
    return paragraph if any(line.startswith((" ", "- ", "* ", "|")) for line in lines) else " ".join(lines)


@lru_cache(maxsize=1024)
def _docstring_at(file: str, line: int) -> str:
    """The docstring of the function at a line of a file of this repository; empty where there is none."""
    try:
        tree = ast.parse((home() / file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and line in (node.lineno, *(one.lineno for one in node.decorator_list)):
            return (ast.get_docstring(node) or "").strip()
    return ""


def rerun(record: Mapping[str, Any]) -> str:
    """The command that measures this claim again."""
    own = "/" in record["file"]
    target = str(record["claim"]) if own else str(record["file"])
    target = f"'{target}'" if set(target) & set("[] '\"$&;()*?") else target
    return f"gronwall check {target} --effort {record['effort']} --seed {record['seed']}"


def svg(drawing: str | None) -> Any:
    from markupsafe import Markup

    return Markup(drawing or "")
