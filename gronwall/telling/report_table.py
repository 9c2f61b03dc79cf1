"""The page of an experiment in the report: how it was trained, and the rows of its table."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from gronwall.telling.report_claim import LONGEST, shape
from gronwall.telling.results import Table
from gronwall.telling.summary import anchor

FIGURES = ("measured", "predicted", "low", "high")
"""The columns that stand last, in this order."""


def table_page(table: Table) -> dict[str, Any]:
    """What the page of one experiment shows."""
    content = table.content
    return {
        "name": table.name,
        "title": table.title,
        "stale": table.stale,
        "subject": table.subject,
        "room": table.room,
        "anchor": anchor(table.subject, table.room),
        "facts": [
            ("declared in", content["module"]),
            ("effort, length", f"{content['effort']}, {content['length']}"),
            ("seeds", ranges(content["seeds"])),
            ("chosen on", ranges(content["held_out"]) or "none"),
            ("settings", len(content["settings"])),
            ("trained", content["date"]),
            *sorted(content["versions"].items()),
        ],
        "series": [_series(name, rows) for name, rows in _by_name(table, "measured")],
        "arrays": [
            (name, _labels(row), shape(row["values"])) for name, rows in _by_name(table, "values") for row in rows
        ],
    }


def _by_name(table: Table, having: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows that have a cell, by their name, in the order in which names first appear."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.rows:
        if having in row:
            found.setdefault(str(row["name"]), []).append(row)
    return list(found.items())


def _series(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The points of one name: labels first, in the order of the table, then the figures."""
    labels = list(dict.fromkeys(key for row in rows for key in row if key not in ("name", *FIGURES)))
    columns = [*labels, *(key for key in FIGURES if any(key in row for row in rows))]
    shown = [[row.get(column) for column in columns] for row in rows[:LONGEST]]
    return {"name": name, "columns": columns, "rows": shown, "size": len(rows)}


def _labels(row: dict[str, Any]) -> str:
    return ", ".join(f"{key} {cell}" for key, cell in row.items() if key not in ("name", "values"))


def ranges(seeds: list[int]) -> str:
    """``0–11, 100, 101``: whole numbers in their order, runs of three and more as their ends."""
    told = []
    for _, members in groupby(enumerate(sorted(seeds)), key=lambda pair: pair[1] - pair[0]):
        run = [seed for _, seed in members]
        told.append(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)))
    return ", ".join(told)
