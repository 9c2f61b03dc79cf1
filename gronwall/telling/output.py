"""What a run shows on stdout: a table, JSON or GitHub annotations."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from gronwall.canonical import dumps
from gronwall.judging.judgement import CONFIDENCE, number
from gronwall.running.run import Run
from gronwall.telling.console import broken, plain_console

MOST_LINES, WIDEST = 10, 200
"""Of what a claim printed, the last lines and their first characters are shown where it does not hold."""
COLOURS = {"holds": "green", "refuted": "bold red", "error": "bold red", "inconclusive": "yellow"}


def show(run: Run, form: str, out: Path) -> None:
    """Print what a run found in the form asked for."""
    if form == "json":
        print("[" + ",\n".join(dumps(record) for record in run.records) + "]")
    elif form == "github":
        shown = run.shown()
        for record in run.records:
            print(annotation(record, shown.get(record["claim"], record["file"])))
        print(summary(run))
    else:
        table(run, out)


def evidence(record: dict[str, Any]) -> str:
    """What was found, in a few words: the largest ratio, the order with its interval, the difference."""
    if record["verdict"] == "error":
        return str(record["reason"])
    kind, fit, ratio = record["kind"], record["fit"], record["worst"]["ratio"]
    if kind == "rate":
        if fit.get("order") is None or not fit.get("interval"):
            return str(record["reason"])
        low, high = fit["interval"]
        return f"order {round(fit['order'], 2) + 0.0:.2f}±{max(high - fit['order'], fit['order'] - low):.1g}"
    if kind == "bound":
        return f"ratio {number(ratio)}" if ratio is not None else "no ratio"
    if kind == "identity":
        exact = "exact" if record["verdict"] == "holds" else "differs"
        return f"gap/tol {number(ratio)}" if ratio is not None else exact
    if "median" not in fit:
        return str(record["reason"])
    return f"median {number(fit['median'] * fit.get('factor', 1.0))}"  # of a comparison: theirs/ours, factor undone


def standing(record: dict[str, Any]) -> str:
    """The grade with its scope: ``enclosed on 214``, ``derived for all``, ``measured``."""
    if record["scope"] == "searched":
        return f"{record['grade']} on {record['examples']}"
    return f"{record['grade']} for all" if record["scope"] == "all" else str(record["grade"])


def table(run: Run, out: Path) -> None:
    """A table a subject, then the reasons of what does not hold, then the totals."""
    console = plain_console()
    for subject, rows in groupby(run.records, key=lambda record: record["claim"].split(".")[0]):
        console.print(f"[bold]{escape(subject)}[/]")
        for base, cases in groupby(rows, key=lambda record: record["claim"].partition("[")[0]):
            found = list(cases)
            if "[" in found[0]["claim"]:
                console.print(" " * 13 + escape(base.partition(".")[2]))
            console.print(_block(base, found))
    for record in run.records:
        if record["verdict"] != "holds":
            colour = COLOURS.get(record["verdict"], "cyan")
            place = f"{record['file']}:{record['line']}"
            told = f"\n[{colour}]{record['verdict']}[/] {escape(record['claim'])} ({escape(place)})"
            console.print(told, soft_wrap=True)
            console.print("  " + escape(record["reason"]), soft_wrap=True)
            printed = run.printed.get(record["claim"], "").strip("\n").split("\n")[-MOST_LINES:]
            for line in printed if printed != [""] else []:
                console.print("  | " + escape(line[:WIDEST]), soft_wrap=True)
    console.print("\n" + escape(summary(run)))
    console.print(f"records: {out / 'records.jsonl'}", soft_wrap=True)


def _block(base: str, records: list[dict[str, Any]]) -> Table:
    """The rows of one claim: one, or its name and then a row a case."""
    grid = Table(box=None, pad_edge=False, show_header=False, expand=True, padding=(0, 1, 0, 0))
    grid.add_column(width=12, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(width=16, no_wrap=True)
    grid.add_column(width=17, overflow="ellipsis", no_wrap=True)
    name = base.partition(".")[2] or base
    cased = any("[" in record["claim"] for record in records)
    for record in records:
        verdict = record["verdict"]
        shown = "  " + record["claim"][len(base) :] if cased else broken(name)
        mark = f"[{COLOURS.get(verdict, 'cyan')}]{verdict}[/]"
        unarmed = " [yellow](unarmed)[/]" if record["unarmed"] and verdict != "error" else ""
        grid.add_row(mark, escape(shown) + unarmed, standing(record), escape(evidence(record)))
    return grid


def summary(run: Run) -> str:
    """The totals: verdicts, grades, what was not run, and how many misses 99 % confidence lets expect."""
    verdicts = Counter(record["verdict"] for record in run.records)
    grades = Counter(record["grade"] for record in run.records if record["verdict"] == "holds")
    words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items(), key=lambda item: -item[1]))
    total = len(run.records)
    lines = [f"{total} claim{'s' * (total != 1)}: {words}; {run.measured} measured now, {run.seconds:.1f} s"]
    if grades:
        lines.append("of those that hold: " + ", ".join(f"{count} {grade}" for grade, count in sorted(grades.items())))
    judged = [record for record in run.records if record["verdict"] != "error"]
    statistical = sum(record["kind"] in ("rate", "comparison", "reproduction") for record in judged)
    if statistical:
        misses = (1 - CONFIDENCE) * statistical
        lines.append(f"{statistical} rest on intervals at {CONFIDENCE:.0%}: {misses:.1f} misses expected")
    unarmed = sum(record["unarmed"] for record in run.records if record["kind"] != "file")
    if unarmed:
        lines.append(f"{unarmed} unarmed: no mutant shows that the check can fail")
    if run.skipped:
        efforts = sorted({one.least_effort for one in run.skipped})
        lines.append(f"{len(run.skipped)} not run at this effort (need --effort {' or '.join(efforts)})")
    return "\n".join(lines)


LEVELS = {"refuted": "error", "error": "error", "inconclusive": "warning"}


def annotation(record: dict[str, Any], file: str) -> str:
    """A GitHub workflow command that marks the claim's line: an error, a warning or a notice."""
    level = LEVELS.get(record["verdict"], "notice")
    title = _property(f"{record['verdict']}: {record['claim']}")
    return f"::{level} file={_property(file)},line={record['line']},title={title}::{_message(record['reason'])}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
