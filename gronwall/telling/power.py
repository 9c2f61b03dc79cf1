"""What is shown of the power of claims: a line a claim, each blind mutant with its edit, the totals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from gronwall.power.scores import NAME, Scores, function_of, known, power
from gronwall.problems import WrongUsage
from gronwall.telling.console import plain_console, visible

WIDEST = 160
COUNTED = ("noticed", "blind", "unchanged", "errors", "equivalent", "not_tried")


def count(entry: dict[str, Any], what: str) -> int:
    """How many mutants of an entry came to this."""
    found = entry[what]
    return found if isinstance(found, int) else len(found)


def show(scores: Scores, out: Path | None) -> None:
    """Print a table, the blind mutants, the claims without a score, where that was written to, and the totals."""
    console = plain_console()
    grid = Table(box=None, pad_edge=False, expand=True, padding=(0, 1, 0, 0), header_style="")
    grid.add_column("power", width=5, justify="right")
    grid.add_column("noticed", width=9, justify="right")
    grid.add_column("claim", ratio=1, overflow="fold")
    for entry in sorted(scores.entries, key=lambda entry: (_power_of(entry), entry["claim"])):
        found = power(entry["noticed"], len(entry["blind"]))
        colour = "" if found is None or found >= 0.8 else "[yellow]" if found >= 0.5 else "[red]"
        shown = "-" if found is None else f"{found:.2f}"
        seen = f"{entry['noticed']} of {entry['noticed'] + len(entry['blind'])}"
        grid.add_row(colour + shown, seen, escape(entry["claim"]) + _beside(entry))
    console.print(grid)
    for entry in scores.entries:
        for blind in entry["blind"]:
            effect = ", ".join(word for word in (f"changes {_side(blind['side'])}", blind["direction"]) if word)
            console.print(
                f"\n[yellow]blind[/] {escape(entry['claim'])}: {escape(blind['file'])}:{blind['line']} ({effect})",
                soft_wrap=True,
            )
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
    console.print(totals(scores))


def listed(targets: tuple[str, ...], out: Path) -> None:
    """Print what is known of the power of claims without trying any, those with the least of it first."""
    found = [
        entry
        for claim, entry in known(out).items()
        if not targets or any(claim == target or claim.startswith(f"{target}.") for target in targets)
    ]
    if not found:
        raise WrongUsage("nothing is known of the power of these claims: gronwall power tries their mutants")
    show(Scores(found), None)


def explained(claim: str, out: Path) -> str | None:
    """A line for ``explain``; None where nothing is known."""
    entry = known(out).get(function_of(claim))
    if entry is None:
        return None
    found = power(entry["noticed"], len(entry["blind"]))
    told = f"{entry['noticed']} of {entry['noticed'] + len(entry['blind'])} automatic mutants noticed when last tried"
    blind = "; ".join(f"blind at {one['file']}:{one['line']}" for one in entry["blind"])
    return ("no automatic mutant changes a side" if found is None else told) + (f"; {blind}" if blind else "")


def _beside(entry: dict[str, Any]) -> str:
    """What counts neither way."""
    counts = [(name.replace("_", " "), count(entry, name)) for name in COUNTED[2:] if count(entry, name)]
    return f" [dim]({', '.join(f'{number} {name}' for name, number in counts)})[/]" if counts else ""


def _side(side: str) -> str:
    return "both sides" if side == "both" else side


def _power_of(entry: dict[str, Any]) -> float:
    found = power(entry["noticed"], len(entry["blind"]))
    return 2.0 if found is None else found


def totals(scores: Scores) -> str:
    """``95 of 100 noticed, 5 blind; 40 unchanged, 12 errors, 7 equivalent, 3 not tried``."""
    sums = {name: sum(count(entry, name) for entry in scores.entries) for name in COUNTED}
    return (
        f"{sums['noticed']} of {sums['noticed'] + sums['blind']} noticed, {sums['blind']} blind; "
        f"{sums['unchanged']} unchanged, {sums['errors']} errors, {sums['equivalent']} equivalent, "
        f"{sums['not_tried']} not tried"
    )
