"""The command ``gronwall``. Results go to stdout, progress and diagnostics to stderr.

Everything heavy is imported inside the commands, so that ``gronwall --help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

OUT = click.option(
    "--out",
    metavar="DIR",
    default="build",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the records, figures and report.",
)

SEED = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N", help="The run's seed.")
JOBS = click.option(
    "--jobs", type=click.IntRange(1), default=None, metavar="N", help="Claims at work at once [default: cores]."
)
EXPRESSION = click.option(
    "-k",
    "expression",
    metavar="EXPRESSION",
    help="Only claims whose ids match: parts of ids, joined by and, or, not and parentheses.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gronwall", message="gronwall %(version)s")
def cli() -> None:
    """Test theorems about neural networks: predict, measure, hunt for a counterexample.

    \b
    gronwall check                    every claim of this repository
    gronwall check my_claims.py       claims of your own
    gronwall explain ID               what a claim says and what was found
    """


@cli.command()
@click.argument("targets", nargs=-1, metavar="[PATH | ID | SUBJECT]...")
@click.option("--effort", type=click.Choice(["quick", "full", "paper"]), default="quick", show_default=True,
              help="How much work: quick is minutes, full hours, paper a cluster's.")  # fmt: skip
@SEED
@JOBS
@EXPRESSION
@click.option("--failed", is_flag=True, help="Only claims that did not hold when they were last run into --out.")
@click.option("-x", "first", is_flag=True, help="Stop at the first claim that is refuted or in error.")
@click.option("--force", is_flag=True, help="Measure all anew, also where nothing has changed.")
@click.option("--timeout", type=click.FloatRange(0), metavar="SECONDS",
              help="For each claim; 0: none [default: 600 at quick, 14400 at full, none at paper].")  # fmt: skip
@click.option("--memory", type=click.IntRange(0), metavar="MIB",
              help="For each claim; 0: no limit [default: half of this machine's].")  # fmt: skip
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, tcp://HOST:PORT, in place of local processes.")
@OUT
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Also write JUnit XML.")
@click.option("--format", "form", type=click.Choice(["table", "json", "github"]), default="table", show_default=True,
              help="What to print: a table, a JSON array of records, or GitHub annotations.")  # fmt: skip
@click.option("--allow-inconclusive", is_flag=True, help="Exit with 0 where claims are merely inconclusive.")
@click.option("--require-mutants", is_flag=True, help="Let claims without a mutant count as inconclusive.")
def check(
    targets: tuple[str, ...],
    effort: str,
    seed: int,
    jobs: int | None,
    expression: str | None,
    failed: bool,
    first: bool,
    force: bool,
    timeout: float | None,
    memory: int | None,
    cluster: str | None,
    out: Path,
    junit: Path | None,
    form: str,
    allow_inconclusive: bool,
    require_mutants: bool,
) -> None:
    """Check claims: of a file, a folder, a subject, one id, or all of this repository.

    \b
    Exit status
      0  every verdict is `holds` (or a finding)
      1  at least one is refuted or in error
      2  wrong usage: no such path or name, no claim to run, a duplicate id
      3  none of those, and at least one is inconclusive
    """
    from gronwall.efforts import Effort
    from gronwall.running import run
    from gronwall.running.options import TIMEOUTS, Options, half_of_memory
    from gronwall.telling import output
    from gronwall.telling.waiting import progress

    options = Options(
        Effort(effort), seed, jobs or os.cpu_count() or 1, out, cluster,
        timeout=TIMEOUTS[effort] if timeout is None else timeout or None,
        memory=half_of_memory() if memory is None else memory or None,
        expression=expression, failed=failed, force=force, first=first,
        require_mutants=require_mutants,
    )  # fmt: skip
    writable(out)
    if junit is not None:
        writable(junit.parent)
    with progress(out) as advance:
        result = run.check(targets, options, advance)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    if junit is not None:
        from gronwall.running.files import write_atomically
        from gronwall.telling.junit import junit_xml

        write_atomically(junit, junit_xml(result.records, allow_inconclusive, result.shown()))
    try:
        output.show(result, form, out)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the table has seen enough; the status is still the run's
        nobody_listens()
    sys.exit(run.exit_status(result.records, allow_inconclusive))


@cli.command()
@click.argument("targets", nargs=-1, metavar="[PATH | ID | SUBJECT]...")
@click.option("--min-power", type=click.FloatRange(0, 1), metavar="P",
              help="Exit with 1 where the power of all that was named is below P.")  # fmt: skip
@click.option("--mutants", "most", type=click.IntRange(1), default=20, show_default=True, metavar="N",
              help="Mutants of each claim, its cases together, at most.")  # fmt: skip
@SEED
@JOBS
@EXPRESSION
@click.option("--force", is_flag=True, help="Try all anew, also where nothing has changed.")
@OUT
def power(
    targets: tuple[str, ...],
    min_power: float | None,
    most: int,
    seed: int,
    jobs: int | None,
    expression: str | None,
    force: bool,
    out: Path,
) -> None:
    """Tell how much of what a claim states its own check sees.

    \b
    Terms, factors, powers, signs and constants are changed one at a time in the
    claim and in what it computes with; the check should notice. Power is
    noticed / (noticed + blind): blind is what changed a side of the claim and
    let it hold all the same.

    \b
    Exit status
      0  always, without --min-power; with it, where the power reaches P
      1  the power is below P, or there is none
      2  wrong usage
    """
    from gronwall.power.scores import score
    from gronwall.running.options import Options, half_of_memory
    from gronwall.telling.power import show
    from gronwall.telling.waiting import progress

    options = Options(seed=seed, jobs=jobs or os.cpu_count() or 1, out=out, memory=half_of_memory(),
                      expression=expression, force=force)  # fmt: skip
    writable(out)
    with progress(out) as advance:
        found = score(targets, options, most, advance)
    show(found, out)
    sys.exit(1 if min_power is not None and (found.power is None or found.power < min_power) else 0)


def nobody_listens() -> None:
    """Let what is still to be printed go nowhere, now that the reader of our output is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def writable(folder: Path) -> None:
    """Make a folder for results, or say why it cannot be made before any work is done."""
    from gronwall.problems import WrongUsage

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise WrongUsage(f"cannot write to {folder}: {problem.strerror or problem}") from None
    if not os.access(folder, os.W_OK):
        raise WrongUsage(f"cannot write to {folder}: permission denied")


@cli.command("list")
@click.argument("targets", nargs=-1, metavar="[PATH | ID | SUBJECT]...")
@click.option("--errata", is_flag=True, help="Only what is false as printed: the form, the counterexample, what holds.")
@click.option("--recalled", is_flag=True, help="Likewise what is false as recalled, not read in print: no errata.")
@click.option("--coverage", is_flag=True, help="Each statement of the papers, with its claims or the reason for none.")
@click.option("--power", "powers", is_flag=True, help="What is known of the power of claims, the least first.")
@click.option(
    "--house", is_flag=True, help="What has no place: in a room, a table, a figure or a section of the paper."
)
@OUT
def list_claims(
    targets: tuple[str, ...], errata: bool, recalled: bool, coverage: bool, powers: bool, house: bool, out: Path
) -> None:
    """List the claims, the errors found in print, how much of each paper is covered, or what has no place."""
    from gronwall.telling import listing

    if powers:
        from gronwall.telling.power import listed

        listed(targets, out)
        return
    if house:
        from gronwall.telling.house import show

        sys.exit(show(targets))
    if errata or recalled:
        listing.errata(targets, out, recalled and not errata)
    elif coverage:
        sys.exit(listing.coverage(targets, out))
    else:
        listing.claims(targets, out)


@cli.command()
@click.argument("identity", metavar="ID")
@OUT
def explain(identity: str, out: Path) -> None:
    """Explain one claim: the statement, how it was tested, what was found."""
    from gronwall.telling import listing

    listing.explain(identity, out)


@cli.command()
@click.argument("identity", metavar="ID")
@OUT
def replay(identity: str, out: Path) -> None:
    """Evaluate a bound or an identity once more where it failed or came closest, and print that as code to paste."""
    from gronwall.telling import listing

    sys.exit(listing.replay(identity, out))


@cli.command()
@click.option("--all", "whole", is_flag=True, help="Also trained networks and their tables, which are dear.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@OUT
def clean(whole: bool, dry_run: bool, out: Path) -> None:
    """Remove what runs have left in DIR: measurements, records, figures, report. Nothing else in it is touched."""
    from gronwall.running.cleaning import clean as cleaned

    for line in cleaned(out, whole, dry_run):
        click.echo(line)


@cli.command()
@click.argument("old", type=click.Path(path_type=Path), metavar="OLD")
@click.argument("new", type=click.Path(path_type=Path), metavar="NEW")
@click.option("--format", "form", type=click.Choice(["table", "markdown", "json"]), default="table", show_default=True,
              help="What to print.")  # fmt: skip
def diff(old: Path, new: Path, form: str) -> None:
    """Print the verdicts and values in which two files of records differ (a file, or the folder of a run).

    \b
    Exit status
      0  they are the same, but for dates, times and where things lie
      1  they differ
    """
    from gronwall.telling.difference import show

    sys.exit(show(old, new, form))


@cli.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@OUT
def figures(names: tuple[str, ...], out: Path) -> None:
    """Draw the figures of this repository from the records, as SVG and PDF, into DIR/figures/."""
    from gronwall.telling.figures import draw

    writable(out)
    for path in draw(names, out):
        click.echo(path)


@cli.command()
@OUT
def report(out: Path) -> None:
    """Write the report, one page a claim, into DIR/report/ (opens offline)."""
    from gronwall.telling.report import write_report

    writable(out)
    click.echo(write_report(out))


@cli.command()
@OUT
def paper(out: Path) -> None:
    """Compile paper/main.typ with the numbers of the records into DIR/paper.pdf."""
    from gronwall.telling.paper import write_paper

    writable(out)
    click.echo(write_paper(out))


def main(arguments: list[str] | None = None) -> None:
    """Run the command; every foreseen mistake ends in one clear line and exit status 2."""
    sys.exit(_guarded(lambda: cli.main(args=arguments, prog_name="gronwall", standalone_mode=False)))


class Terminated(BaseException):
    """SIGTERM: what runs ends as with Ctrl-C."""


def _terminate(*_: Any) -> None:
    raise Terminated


def _guarded(command: Callable[[], Any]) -> int:
    from gronwall.problems import Corrupted, Stale, WrongUsage

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(command() or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (WrongUsage, Corrupted, Stale, FileNotFoundError) as problem:
        click.echo(f"gronwall: {problem}", err=True)
        return 2
    except Terminated:
        click.echo("gronwall: terminated; what was measured is kept, the same command goes on from there", err=True)
        return 128 + signal.SIGTERM
    except (KeyboardInterrupt, click.Abort):
        click.echo("gronwall: interrupted; what was measured is kept, the same command goes on from there", err=True)
        return 130
    except BrokenPipeError:
        nobody_listens()
        return 0
    except OSError as problem:
        click.echo(f"gronwall: {problem}", err=True)
        return 2
