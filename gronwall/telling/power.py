"""What is shown of the power of claims: a line a claim, each blind mutant with its edit, the totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from gronwall.power.scores import NAME, Scores, function_of, known, power, under_test
from gronwall.problems import WrongUsage
from gronwall.running.index import Index
from gronwall.telling import results
from gronwall.telling.console import plain_console, visible
from gronwall.telling.results import Result, path_of

WIDEST = 160
COUNTED = ("noticed", "blind", "unchanged", "errors", "equivalent", "not_tried")
NONE = 2.0
"""Where a claim stands in the order of power of which no mutant changes a side: last."""


@dataclass(frozen=True)
class Score:
    """The score of a claim function, and whether its code has changed since."""

    entry: dict[str, Any]
    stale: bool

    @property
    def power(self) -> float | None:
        return power(self.entry["noticed"], len(self.entry["blind"]))

    @property
    def rank(self) -> float:
        """The least power first, those without one last."""
        return NONE if self.power is None else self.power

    @property
    def seen(self) -> str:
        """``19 of 20``"""
        return f"{self.entry['noticed']} of {self.entry['noticed'] + len(self.entry['blind'])}"

    @property
    def uncounted(self) -> str:
        """What counts neither way: ``12 unchanged, 1 error``."""
        counts = [(name.replace("_", " "), count(self.entry, name)) for name in COUNTED[2:] if count(self.entry, name)]
        return ", ".join(f"{number} {'error' if (number, name) == (1, 'errors') else name}" for name, number in counts)

    @property
    def told(self) -> str:
        """What was found, in a line."""
        if self.power is None:
            return "no automatic mutant changes a side"
        return f"{self.seen} automatic mutants noticed"


def scores_of(found: Iterable[Result], out: Path, index: Index) -> dict[str, Score]:
    """The scores of claim functions, by what is known in ``out`` or committed."""
    entries, there = known(out), index.entries()
    told: dict[str, Score] = {}
    for result in found:
        name = function_of(result["claim"])
        if name in entries and name not in told:
            path = path_of(result.record, there.get(result["claim"]))
            gone = not path.is_file()
            stale = gone or entries[name]["fingerprint"] != under_test(name, path, result["kind"], index)
            told[name] = Score(entries[name], stale)
    return told


def weakest_first(scores: Iterable[Score]) -> list[Score]:
    return sorted(scores, key=lambda score: (score.rank, score.entry["claim"]))


def count(entry: dict[str, Any], what: str) -> int:
    """How many mutants of an entry came to this."""
    found = entry[what]
    return found if isinstance(found, int) else len(found)


def show(scores: Scores, out: Path | None, stale: Iterable[str] = ()) -> None:
    """Print a table, the blind mutants, the claims without a score, where that was written to, and the totals."""
    console, aged = plain_console(), set(stale)
    grid = Table(box=None, pad_edge=False, expand=True, padding=(0, 1, 0, 0), header_style="")
    grid.add_column("power", width=5, justify="right")
    grid.add_column("noticed", width=9, justify="right")
    grid.add_column("claim", ratio=1, overflow="fold")
    for score in weakest_first(Score(entry, entry["claim"] in aged) for entry in scores.entries):
        colour = "" if score.rank >= 0.8 else "[yellow]" if score.rank >= 0.5 else "[red]"
        shown = "-" if score.power is None else f"{score.power:.2f}"
        beside = ", ".join(filter(None, (score.uncounted, STALE if score.stale else "")))
        claim = escape(score.entry["claim"]) + (f" [dim]({beside})[/]" if beside else "")
        grid.add_row(colour + shown, score.seen, claim)
    console.print(grid)
    for entry in scores.entries:
        for blind in entry["blind"]:
            place = escape(f"{blind['file']}:{blind['line']}")
            console.print(f"\n[yellow]blind[/] {escape(entry['claim'])}: {place} ({effect(blind)})", soft_wrap=True)
            for line in blind["diff"].split("\n"):
                console.print("  " + escape(visible(line)[:WIDEST]), soft_wrap=True)
        if entry["both_sides"]:
            console.print(
                f"\n[yellow]both sides[/] {escape(entry['claim'])} come from {escape(', '.join(entry['both_sides']))}",
                soft_wrap=True,
            )
    for claim, reason in sorted(scores.without.items()):
        console.print(f"\nno score {escape(claim)}: {escape(visible(reason))}", soft_wrap=True)
    console.print("" if out is None else f"\n{out / NAME}", soft_wrap=True)
    console.print(totals(scores), soft_wrap=True)


def listed(targets: tuple[str, ...], out: Path) -> None:
    """Print what is known of the power of claims without trying any, those with the least of it first."""
    found = [
        entry
        for claim, entry in known(out).items()
        if not targets or any(claim == target or claim.startswith(f"{target}.") for target in targets)
    ]
    if not found:
        raise WrongUsage("nothing is known of the power of these claims: gronwall power tries their mutants")
    index = Index(out)
    try:
        stale = [name for name, score in scores_of(results.load(out, index), out, index).items() if score.stale]
    except WrongUsage:  # no claim was checked yet: where they are defined is not known
        stale = []
    show(Scores(found), None, stale)


def explained(result: Result, out: Path, index: Index) -> str | None:
    """A line for ``explain``; None where nothing is known."""
    score = next(iter(scores_of([result], out, index).values()), None)
    if score is None:
        return None
    blind = "; ".join(f"blind at {one['file']}:{one['line']}" for one in score.entry["blind"])
    return score.told + (f" ({STALE})" if score.stale else "") + (f"; {blind}" if blind else "")


STALE = "stale: the code has changed since"


def effect(blind: dict[str, Any]) -> str:
    """What a blind mutant does: ``changes predicted, loosens``."""
    side = "both sides" if blind["side"] == "both" else blind["side"]
    return ", ".join(word for word in (f"changes {side}", blind["direction"]) if word)


def totals(scores: Scores) -> str:
    """``95 of 100 noticed, 5 blind; 40 unchanged, 12 errors, 7 equivalent, 3 not tried``."""
    sums = {name: sum(count(entry, name) for entry in scores.entries) for name in COUNTED}
    return (
        f"{sums['noticed']} of {sums['noticed'] + sums['blind']} noticed, {sums['blind']} blind; "
        f"{sums['unchanged']} unchanged, {sums['errors']} errors, {sums['equivalent']} equivalent, "
        f"{sums['not_tried']} not tried"
    )
