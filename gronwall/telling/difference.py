"""``gronwall diff OLD NEW``: the verdicts and values in which two files of records differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from gronwall.canonical import dumps
from gronwall.problems import Corrupted, WrongUsage
from gronwall.running.store import RECORDS
from gronwall.telling.console import plain_console

STATED = ("kind", "statement", "source", "ref", "unarmed")
FOUND = ("verdict", "grade", "scope", "examples")
LOGGED = ("series", "arrays")
"""What a claim says, what was found, and what it wrote down for figures; when, where and how long is no difference."""


@dataclass(frozen=True)
class Difference:
    """One thing in which the records of a claim differ, as it was and as it is, in words."""

    claim: str
    what: str
    old: str
    new: str


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The records of a file, or of the file in a folder, by claim.

    Raises :class:`WrongUsage` where there is none, and :class:`Corrupted` where a line is no record.
    """
    file = path / RECORDS if path.is_dir() else path
    if not file.is_file():
        raise WrongUsage(f"no records at {file}; name a {RECORDS}, or the folder of a run")
    found = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            record = json.loads(line)
            found[str(record["claim"])] = record
        except (ValueError, KeyError, TypeError):
            raise Corrupted(f"{file}, line {number}, is no record: it does not parse, or names no claim") from None
    return found


def differences(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """Everything in which two sets of records differ, claim by claim."""
    found = []
    for claim in sorted({*old, *new}):
        if claim not in new:
            found.append(Difference(claim, "record", str(old[claim].get("verdict")), "-"))
        elif claim not in old:
            found.append(Difference(claim, "record", "-", str(new[claim].get("verdict"))))
        else:
            found.extend(_of_claim(claim, old[claim], new[claim]))
    return found


def _of_claim(claim: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Difference]:
    for key in (*FOUND, *STATED):
        if old.get(key) != new.get(key):
            yield Difference(claim, key, _short(old.get(key)), _short(new.get(key)))
    for key in ("mutants", "printed", "errata"):
        forms = _forms(old.get(key)), _forms(new.get(key))
        if forms[0] != forms[1]:
            yield Difference(claim, key, *map(_short, forms))
    if _values(old) != _values(new):
        before, after = value(old), value(new)
        if before == after:
            yield Difference(claim, "value", *_first_difference(_values(old), _values(new)))
        else:
            yield Difference(claim, "value", before, after)
    for key in LOGGED:
        if old.get(key, []) != new.get(key, []):
            yield Difference(claim, key, *_logs(old.get(key, []), new.get(key, [])))


def _forms(forms: Any) -> list[Any]:
    """Names, fates and reasons of wrong versions, in their order."""
    told = [{**form, "name": form.get("name", form.get("printed"))} for form in forms or ()]
    return [[form["name"], form.get("refuted"), form.get("reason", form.get("counterexample"))] for form in told]


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: record.get(key) for key in ("worst", "counterexample", "fit", "reason")}


def value(record: Mapping[str, Any]) -> str:
    """The number a record stands on, with its interval: an order, a median, a ratio; else the reason."""
    fit = record.get("fit") or {}
    number = next((fit[key] for key in ("order", "median") if fit.get(key) is not None), None)
    if number is None:
        number = (record.get("worst") or {}).get("ratio")
    if number is None:
        return _short(record.get("reason"))
    interval = fit.get("interval")
    return f"{number:.10g}" + (" in [{:.6g}, {:.6g}]".format(*interval) if interval else "")


def _first_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str]:
    key = next(key for key in old if old[key] != new[key])
    return f"{key}: {_short(old[key])}", f"{key}: {_short(new[key])}"


def _logs(old: list[Any], new: list[Any]) -> tuple[str, str]:
    """How many logged things are gone, new, or the same."""
    before, after = ([dumps(item) for item in items] for items in (old, new))
    gone, fresh = len([one for one in before if one not in set(after)]), len(set(after) - set(before))
    return f"{len(before)}, of which {gone} are gone", f"{len(after)}, of which {fresh} are new"


def _short(thing: Any, width: int = 160) -> str:
    text = thing if isinstance(thing, str) else dumps(thing)
    return text if len(text) <= width else text[: width - 1] + "…"


def show(old: Path, new: Path, form: str) -> int:
    """Print the differences as a table, as Markdown or as JSON; 0 where there are none, else 1."""
    before, after = read(old), read(new)
    found = differences(before, after)
    if form == "json":
        print("[" + ",\n".join(dumps(asdict(one)) for one in found) + "]")
    elif form == "markdown":
        print("| claim | what | old | new |\n|---|---|---|---|")
        for one in found:
            print("| " + " | ".join(_cell(text) for text in (f"`{one.claim}`", one.what, one.old, one.new)) + " |")
    else:
        _table(found)
    if form != "json":
        claims = len({one.claim for one in found})
        same = len({*before, *after}) - claims
        print(f"\n{claims} claim{'s' * (claims != 1)} differ{'s' * (claims == 1)}, {same} are the same")
    return 1 if found else 0


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(found: list[Difference]) -> None:
    grid = Table(box=None, pad_edge=False, expand=True, padding=(0, 1, 0, 0))
    for heading, ratio in (("claim", 4), ("what", 1), ("old", 3), ("new", 3)):
        grid.add_column(heading, ratio=ratio, overflow="fold")
    for one in found:
        grid.add_row(*(escape(text) for text in (one.claim, one.what, one.old, one.new)))
    if found:
        plain_console().print(grid)
