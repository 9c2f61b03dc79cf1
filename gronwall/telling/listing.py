"""``gronwall list`` and ``gronwall explain``: what there is, and what is known of one claim."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gronwall.canonical import dumps
from gronwall.places import shown_path
from gronwall.problems import WrongUsage
from gronwall.running import describe, repository
from gronwall.running.collect import Described
from gronwall.running.index import Index
from gronwall.running.options import Options
from gronwall.running.records import refuted_forms
from gronwall.telling import results
from gronwall.telling.console import broken, plain_console
from gronwall.telling.power import explained
from gronwall.telling.results import Result
from gronwall.telling.rooms import statements


def described(targets: tuple[str, ...], index: Index) -> list[Described]:
    """The claims that the targets name, without running any; files that do not import are told on stderr."""
    found, broken_files = describe.chosen(targets, Options(jobs=2, out=index.path.parent), index)
    for path, reason in broken_files:
        print(f"error: {shown_path(path)}: {reason}", file=sys.stderr)
    return sorted(found, key=lambda one: one.id)


def _known(index: Index) -> dict[str, Result]:
    try:
        return {result["claim"]: result for result in results.load(index.path.parent, index)}
    except WrongUsage:
        return {}


def claims(targets: tuple[str, ...], out: Path) -> None:
    """Every claim with its kind, its place in the source and, where there is a record, its verdict."""
    index = Index(out)
    known, console = _known(index), plain_console()
    found = described(targets, index)
    grid = Table(box=None, pad_edge=False, expand=True, padding=(0, 1, 0, 0))
    for heading, options in (
        ("claim", {"ratio": 3}),
        ("kind", {"width": 12}),
        ("source", {"ratio": 2}),
        ("verdict", {"width": 12}),
    ):
        grid.add_column(heading, overflow="fold", **options)  # type: ignore[arg-type]
    for one in found:
        result = known.get(one.id)
        verdict = "-" if result is None else result["verdict"] + (" (stale)" if result.stale else "")
        source = ", ".join(filter(None, (one.source, one.ref)))
        grid.add_row(escape(one.id), one.kind, escape(source), verdict)
    console.print(grid)
    console.print(f"{len(found)} claims")


def errata(targets: tuple[str, ...], out: Path, recalled: bool = False) -> None:
    """What is false as printed: the printed form, the counterexample, the corrected statement that holds.

    Or what is false in the form in which it was recalled, which is no erratum before somebody has read it in print.
    """
    console = plain_console()
    index = Index(out)
    records = [result.record for result in _known(index).values()]
    if targets:
        origins = {claim: Path(entry["described"]["path"]) for claim, entry in index.entries().items()}
        records = [
            record
            for record in records
            if any(record["claim"].startswith(target) for target in targets)
            or _lies_in(origins.get(record["claim"]) or repository.home() / record["file"], targets)
        ]
    found = errata_of(records, recalled)
    for one in found:
        _tell(console, "as recalled" if recalled else "as printed", one)
    if recalled:
        console.print(f"{len(found)} refuted as recalled, not read in print, and so no errata")
    else:
        console.print(f"{len(found)} errat{'um' if len(found) == 1 else 'a'}")


def _lies_in(file: Path, targets: tuple[str, ...]) -> bool:
    """Is the file, or a folder it lies in, among the targets?"""
    return any(Path(target).exists() and file.resolve().is_relative_to(Path(target).resolve()) for target in targets)


def _tell(console: Console, how: str, one: dict[str, Any]) -> None:
    console.print(f"[bold]{escape(one['source'])}[/] {escape(one['claim'])}")
    counterexample = one["counterexample"].removeprefix("counterexample: ")
    for heading, text in ((how, one["printed"]), ("counterexample", counterexample), ("what holds", one["corrected"])):
        console.print(f"  {heading + ':':<15} {escape(text)}", soft_wrap=True)


def errata_of(records: Iterable[dict[str, Any]], recalled: bool = False) -> list[dict[str, Any]]:
    """The errata of all records, each with its claim and its source; or what is refuted as recalled."""
    return [
        {
            "claim": record["claim"],
            "source": ", ".join(filter(None, (record["source"], record["ref"]))) or "no source",
            **erratum,
        }
        for record in records
        for erratum in refuted_forms(record, recalled)
    ]


def coverage(targets: tuple[str, ...], out: Path) -> int:
    """Each statement of each paper with the claims that cite it, or the reason why it has none.

    A statement names its `room` where the subject has rooms, and may name its `row`: its place in the paper's test
    matrix, or the trap it is about.
    Returns 0 when every statement has one or the other and no claim cites a place that is not in the
    inventory, else 1.
    """
    console = plain_console()
    unknown = [target for target in targets if target not in repository.subjects()]
    if unknown:
        raise WrongUsage(f"{unknown[0]!r} is no subject (subjects: {', '.join(repository.subjects()) or 'none'})")
    unexplained, index = 0, Index(out)
    for subject in targets or repository.subjects():
        inventory = statements(subject)
        if not inventory:
            continue
        by_ref: dict[str, list[str]] = {}
        for one in described((subject,), index):
            by_ref.setdefault(one.ref or "", []).append(one.id)
        covered = sum(bool(by_ref.get(item["ref"])) for item in inventory)
        console.print(f"[bold]{subject}[/]: {covered} of {len(inventory)} statements have a claim")
        grid = Table(box=None, pad_edge=False, expand=True, padding=(0, 1, 0, 0))
        places = {key: ratio for key, ratio in (("room", 0), ("row", 1)) if any(key in item for item in inventory)}
        for heading, ratio in (("statement", 3), ("tag", 0), *places.items(), ("claims, or why none", 4)):
            grid.add_column(heading, ratio=ratio or None, overflow="fold")
        for item in inventory:
            having = [broken(name) for name in _shortened(by_ref.get(item["ref"], []))]
            told = escape("\n".join(having) or item.get("reason", ""))
            if not told:
                unexplained += 1
                told = "[red]no claim and no reason[/]"
            place = [escape(item.get(key, "")) for key in places]
            grid.add_row(escape(item["ref"]), item.get("tag", ""), *place, told if having else f"[dim]{told}[/]")
        console.print(grid)
        for ref in sorted(set(by_ref) - {item["ref"] for item in inventory}):
            unexplained += 1
            citing = ", ".join(_shortened(by_ref[ref]))
            console.print(f"[red]not in the inventory:[/] {escape(ref or '(no ref)')}: {escape(citing)}")
    return 1 if unexplained else 0


def _shortened(ids: list[str]) -> list[str]:
    """Ids without their subject, the cases of one claim counted."""
    counts: dict[str, int] = {}
    for identity in ids:
        name = identity.partition(".")[2].partition("[")[0]
        counts[name] = counts.get(name, 0) + 1
    return [name if count == 1 else f"{name} ({count} cases)" for name, count in counts.items()]


def explain(identity: str, out: Path) -> None:
    """Print what a claim says, where it stands, what was found and how its wrong versions fell."""
    index = Index(out)
    one, console = _find(identity, index), plain_console()
    result = _known(index).get(one.id)
    console.print(f"[bold]{escape(one.id)}[/]  ({one.kind})")
    console.print(escape(one.docstring or one.statement), soft_wrap=True)
    console.print(f"\nsource   {escape(', '.join(filter(None, (one.source, one.ref))) or 'none given')}")
    console.print(f"defined  {escape(str(_relative(Path(one.path))))}:{one.line}", soft_wrap=True)
    if result is None:
        console.print(f"no record yet: gronwall check {escape(one.id)}", soft_wrap=True)
        return
    record = result.record
    console.print(f"verdict  {record['verdict']}" + (" (stale: the code has changed since)" if result.stale else ""))
    console.print(f"reason   {escape(record['reason'])}", soft_wrap=True)
    console.print(f"grade    {record['grade']}, scope {record['scope']}, {record['examples']} evaluations")
    if record["worst"]["instance"] is not None:
        console.print(f"worst    {escape(dumps(record['worst']['instance']))}", soft_wrap=True)
    if record["counterexample"] is not None:
        console.print(f"counter  {escape(dumps(record['counterexample']))}", soft_wrap=True)
    for word, forms in (("mutant", record["mutants"]), ("printed", record["printed"])):
        for form in forms:
            fate = "refuted" if form["refuted"] else "SURVIVES"
            console.print(f"{word:<8} {escape(form['name'])}: {fate} ({escape(form['reason'])})", soft_wrap=True)
    power = explained(result, out, index)
    if power is not None:
        console.print(f"power    {escape(power)}", soft_wrap=True)
    console.print(f"run      seed {record['seed']}, effort {record['effort']}, {record['seconds']} s, {record['date']}")


def replay(identity: str, out: Path) -> int:
    """Evaluate a claim again where it failed or came closest; print the values and code that computes them."""
    from gronwall.efforts import Effort
    from gronwall.running.options import TIMEOUTS, Options
    from gronwall.running.pool import Pool
    from gronwall.running.replaying import instance_of, told

    index = Index(out)
    one = _find(identity, index)
    result = _known(index).get(one.id)
    if result is None:
        raise WrongUsage(f"no record of {one.id} yet: gronwall check {one.id}")
    record = result.record
    if record["kind"] not in ("bound", "identity"):
        raise WrongUsage(f"{one.id} is a {record['kind']}: it has no single instance; gronwall explain {one.id}")
    options = Options(Effort(record["effort"]), record["seed"], 1, out, timeout=TIMEOUTS[record["effort"]])
    with Pool(options, lambda _: {"replay": instance_of(record)}) as pool:
        ((_, answer),) = pool.measure([one])
    console = plain_console()
    console.print(f"# {escape(told(record))}", soft_wrap=True)
    if "failed" in answer:
        console.print(f"# {escape(answer['failed'])}", soft_wrap=True)
        return 1
    console.print(f"# now: {escape(', '.join(answer['returned']))}", soft_wrap=True)
    console.print(escape(answer["snippet"]), soft_wrap=True)
    return 0


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _find(identity: str, index: Index) -> Described:
    """The claim with this id, in this repository or among those already run into ``out``."""
    entry = index.entries().get(identity)
    if entry is not None and Path(entry["described"]["path"]).is_file():
        return Described(**entry["described"])
    subject = identity.split(".")[0]
    if subject not in repository.subjects():
        raise WrongUsage(f"no claim {identity!r}: not in this repository and not run into {index.path.parent}")
    found = described((subject,), index)
    for one in found:
        if one.id == identity:
            return one
    close = [one.id for one in found if one.id.startswith(identity)]
    hint = f"; there are {', '.join(close[:8])}" if close else f"; `gronwall list {subject}` shows them all"
    raise WrongUsage(f"no claim {identity!r}{hint}")
