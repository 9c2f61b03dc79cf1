"""The paper: Typst sections of ``paper/``, every number of which comes from the records.

``out/paper/data.json`` holds what the sections read, ``out/paper/numbers.tex`` the same numbers as TeX macros,
``out/paper/src/`` the sources as compiled, ``out/paper.pdf`` the result. A section asks for a number by claim and
name, and a number that is missing stops the compilation; so does a stale record.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from gronwall.canonical import to_json
from gronwall.problems import Stale, WrongUsage
from gronwall.running.files import write_atomically
from gronwall.running.repository import home
from gronwall.telling import results
from gronwall.telling.mathtext import all_to_typst
from gronwall.telling.output import evidence, standing
from gronwall.telling.results import Result, Results, Table
from gronwall.telling.rooms import room
from gronwall.telling.summary import captions, errata, run_info, totals, where

FRAME = ("main", "template")
"""Sources that are no section; the rooms of a subject, which its section includes, lie in a folder of its name."""
ALWAYS = ("claims", "estimator")
"""Sections about the tool itself, which need no records of their own."""
NUMBERS = ("order", "low", "high", "half_width", "stated", "within", "floor", "window_low", "window_high", "ratio",
           "median", "published", "examples", "mutants", "killed", "seconds")  # fmt: skip
"""The numbers of a claim, by the names under which a section or a TeX macro asks for them."""
POINTS = 200
"""A series with more points than this is for figures, and is not given to the sections."""


def sources() -> Path:
    """The folder of the sections."""
    return home() / "paper"


def write_paper(out: Path) -> Path:
    """Compile the paper with the records of ``out`` and return ``out/paper.pdf``.

    Raises :class:`Stale` where a record was measured from other code than is here now, and
    :class:`WrongUsage` where a section asks for a number that no record has.
    """
    found = results.load(out)
    refuse_stale([*found, *found.tables.values()])
    folder = out / "paper"
    sections = available(found)
    figures = _copy_sources(out, folder / "src")
    data = paper_data(found, sections, figures, _bench(out))
    write_atomically(folder / "data.json", json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    write_atomically(folder / "numbers.tex", tex_macros(data))
    dates = max(datetime.datetime.fromisoformat(result["date"]) for result in found)
    write_atomically(out / "paper.pdf", _compile(folder, dates))
    return out / "paper.pdf"


def refuse_stale(found: Iterable[Result | Table]) -> None:
    """Raise :class:`Stale` naming the claims and tables whose code changed since they were measured."""
    stale = [one.name for one in found if one.stale]
    if not stale:
        return
    shown = ", ".join(stale[:5]) + (f" and {len(stale) - 5} more" if len(stale) > 5 else "")
    many = "1 record is" if len(stale) == 1 else f"{len(stale)} records are"
    names = sorted({claim.split(".")[0] for claim in stale})
    raise Stale(f"{many} stale: {shown}; run `gronwall check {' '.join(names)}` before the paper")


def available(found: Results) -> list[str]:
    """The sections that can be set: those about the tool, and those of subjects that have records."""
    subjects = {result.subject for result in found}
    sections = sorted(path.stem for path in sources().glob("*.typ") if path.stem not in FRAME)
    for name in sections:
        if name not in ALWAYS and name not in subjects:
            print(f"note: section {name} is left out: no records of it", file=sys.stderr)
    return [name for name in sections if name in ALWAYS or name in subjects]


def _copy_sources(out: Path, src: Path) -> list[str]:
    """Lay the sources and the drawn figures side by side, as Typst reads nothing outside its root."""
    if src.exists():
        shutil.rmtree(src)
    texts = sources()
    if not (texts / "main.typ").exists():
        raise WrongUsage(f"no paper here: {texts / 'main.typ'} does not exist")
    for path in sorted([*texts.glob("*.typ"), *texts.glob("*/*.typ")]):
        write_atomically(src / path.relative_to(texts), path.read_bytes())
    drawn = sorted((out / "figures").glob("*.svg"))
    for path in drawn:
        write_atomically(src / "figures" / path.name, path.read_bytes())
    return [path.stem for path in drawn]


def _bench(out: Path) -> Any:
    """The error rates of the order estimator, as ``bench/estimator.py`` measured them; None where it was not run."""
    for path in (out / "bench" / "estimator.json", sources() / "estimator.json"):
        if path.exists():
            try:
                return to_json(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as problem:
                raise WrongUsage(f"{path} is no JSON: {problem}") from None
    return None


def _compile(folder: Path, date: datetime.datetime) -> bytes:
    """The PDF. What Typst complains of ends as one line: the message of the section that asked for too much."""
    try:
        import typst
    except ImportError:
        raise WrongUsage("the paper needs the extra `suite` (pip install 'gronwall[suite]'): no typst") from None
    try:
        made = typst.compile(
            folder / "src" / "main.typ", root=folder, ignore_system_fonts=True, timestamp=int(date.timestamp())
        )
    except typst.TypstError as problem:
        told = " ".join(str(problem).split()).removeprefix("panicked with: ").strip('"')
        raise WrongUsage(f"the paper does not compile: {told}") from None
    return bytes(made)


# --------------------------------------------------------------------------- what the sections read


def paper_data(found: Results, sections: Sequence[str], figures: Sequence[str], bench: Any) -> dict[str, Any]:
    """Everything a section may print, as strict JSON."""
    everything = list(found)
    claims = {str(result["claim"]): facts(result) for result in everything}
    printed = errata(everything)
    drawn = {name: captions().get(name, name.replace("-", " ")) for name in figures}
    _convert(claims, printed, drawn)
    return {
        "sections": list(sections),
        "claims": claims,
        "tables": {name: _points(table) for name, table in found.tables.items()},
        "errata": printed,
        "figures": drawn,
        "totals": totals(everything),
        "rates": rates([result.record for result in everything]),
        "bench": bench,
        "run": [list(line) for line in run_info(everything)],
        "date": max(result["date"] for result in everything)[:10],
    }


def _points(table: Table) -> list[dict[str, Any]]:
    """The rows of an experiment's table that are numbers; curves and pictures are for figures."""
    return [row for row in table.rows if "measured" in row]


def facts(result: Result) -> dict[str, Any]:
    """One claim as the paper knows it; a number it does not have is absent, so that asking for it fails."""
    record = result.record
    identity = str(record["claim"])
    own = identity.partition(".")[2]
    told = {key: record[key] for key in ("claim", "kind", "verdict", "grade", "scope", "reason", "file", "line")}
    told |= {
        "subject": result.subject,
        "room": room(record),
        "name": own.split("[")[0],
        "case": own.partition("[")[2].rstrip("]"),
        "statement": record["statement"],
        "standing": standing(record),
        "evidence": evidence(record),
        "where": where(record),
        "forms": [{key: form[key] for key in ("name", "refuted", "reason")} | {"recalled": form["recalled"]}
                  for form in record["printed"]],
        "mutant_names": [form["name"] for form in record["mutants"]],
        "series": record["series"] if len(record["series"]) <= POINTS else [],
    }  # fmt: skip
    return told | {name: value for name, value in numbers(record).items() if value is not None}


def numbers(record: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a claim under the names of :data:`NUMBERS`; None where it has none."""
    fit = record["fit"]
    low, high = fit.get("interval") or (None, None)
    start, end = sorted(fit["window"]) if fit.get("window") else (None, None)
    order = fit.get("order")
    known = {
        "order": order,
        "low": low,
        "high": high,
        "half_width": max(high - order, order - low) if None not in (low, high, order) else None,
        "window_low": start,
        "window_high": end,
        "ratio": record["worst"]["ratio"],
        "examples": record["examples"],
        "mutants": len(record["mutants"]),
        "killed": sum(form["refuted"] for form in record["mutants"]),
        "seconds": record["seconds"],
    }
    return {name: known[name] if name in known else fit.get(name) for name in NUMBERS}


def rates(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the order estimator did in this run: verdicts, widths, floors, wrong orders refuted."""
    swept = [record for record in records if record["kind"] == "rate"]
    widths = [value for record in swept if (value := numbers(record)["half_width"]) is not None]
    wrong = [form for record in swept for form in (*record["mutants"], *record["printed"])]
    return {
        "count": len(swept),
        "verdicts": dict(sorted(Counter(record["verdict"] for record in swept).items())),
        "half_width": median(widths) if widths else None,
        "floors": sum(record["fit"].get("floor") is not None for record in swept),
        "wrong": len(wrong),
        "wrong_refuted": sum(form["refuted"] for form in wrong),
    }


def _convert(claims: dict[str, Any], printed: list[dict[str, Any]], drawn: dict[str, str]) -> None:
    """Turn every text that may hold formulas into Typst markup, all by one run of pandoc."""
    texts = [one["statement"] for one in claims.values()]
    texts += [form["name"] for one in claims.values() for form in one["forms"]]
    texts += [one[key] for one in printed for key in ("form", "statement")] + list(drawn.values())
    markup = dict(zip(texts, all_to_typst(texts), strict=True))
    for one in claims.values():
        one["statement"] = markup[one["statement"]]
        for form in one["forms"]:
            form["name"] = markup[form["name"]]
    for one in printed:
        one["form"], one["statement"] = markup[one["form"]], markup[one["statement"]]
    for name, caption in drawn.items():
        drawn[name] = markup[caption]


# --------------------------------------------------------------------------- the same numbers for TeX

DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def tex_macros(data: Mapping[str, Any]) -> str:
    r"""``\newcommand`` lines, one a number: ``runge_kutta.error[rk4]`` has ``\RungeKuttaErrorRkFourOrder``."""
    lines = ["% Written by `gronwall paper` from the records; \\input it, then use the macros in text or in math."]
    used: set[str] = set()
    wanted = [(f"totals.{key}", value) for key, value in sorted(data["totals"].items()) if _is_number(value)]
    for identity, one in sorted(data["claims"].items()):
        wanted += [(f"{identity} {name}", one[name]) for name in NUMBERS if name in one]
    for source, value in wanted:
        name = base = tex_name(source)
        while name in used:  # two ids that differ in punctuation alone
            name = base + "Also" * (1 + name.count("Also"))
        used.add(name)
        lines.append(f"\\newcommand{{\\{name}}}{{\\ensuremath{{{tex_number(value)}}}}} % {_comment(source)}")
    return "\n".join(lines) + "\n"


def tex_name(text: str) -> str:
    """A macro's name: letters alone, words joined by capitals, digits spelled out."""
    spelled = re.sub(r"[0-9]", lambda digit: f" {DIGITS[int(digit.group())]} ", text)
    words = re.findall(r"[A-Za-z]+", spelled.encode("ascii", "ignore").decode())
    return "".join(word[0].upper() + word[1:] for word in words) or "Unnamed"


def tex_number(value: float) -> str:
    r"""Four significant digits, as ``1.998`` or ``3.2 \times 10^{-5}``."""
    text = str(value) if isinstance(value, int) else f"{value:.4g}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa} \\times 10^{{{int(exponent)}}}" if exponent else mantissa


def _comment(text: str) -> str:
    return " ".join(text.split())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
