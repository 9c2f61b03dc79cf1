"""How much our own tests notice: mutants of the tool's code, and whether a test fails on them.

``python bench/mutation.py judging|measuring|running|theory ... [--sample N] [--seed S]``: N mutants of these folders,
as many of each file, drawn by the seed out of all that :mod:`gronwall.power.mutants` makes; each is run by the tests
that reach it, the command included, cheapest first, until one fails. One that hangs is killed, and told apart. A table
by file, the survivors with their diffs, then a line of JSON: ``score`` = killed / (tried - equivalent).

An equivalent mutant computes the same as the source. It is listed in ``bench/equivalent.toml`` with the reason, or
marked on its line; only one that survives is counted so.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib
import json
import random
import signal
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from mutating import tree  # noqa: E402
from mutating.covering import coverage  # noqa: E402
from mutating.trying import Fate, fate, untrue  # noqa: E402

from gronwall.power.mutants import Mutant, mutants  # noqa: E402

VERDICTS = ("judging", "measuring")
SUITES = {
    VERDICTS: (
        *(f"tests/gronwall/{name}" for name in ("judging/", "measuring/", "test_claims", "test_cli", "test_strangers")),
        *(f"tests/quality/test_{name}" for name in ("estimator", "search", "sweeps")),
    ),
    ("running",): ("tests/gronwall/", "tests/faults/"),
    ("theory",): ("tests/theory/", "tests/quality/"),
}
"""Where the tests of folders are."""
FOLDERS = [folder for folders in SUITES for folder in folders]
PRELOADED = ("numpy", "scipy.optimize", "scipy.stats", "scipy.special", "sympy", "flint", "hypothesis", "torch", "rich",
             "click", "mpmath")  # fmt: skip
"""Loaded once, before the processes are forked that try a mutant each."""
MOST_EQUIVALENT = 0.05


def progress(said: str) -> None:
    print(said, file=sys.stderr, flush=True)


def drawn(folders: list[str], sample: int, seed: int) -> list[Mutant]:
    """As many mutants of every file, but for files that have fewer."""
    left = {}
    for name in sorted(name for folder in folders for name in tree.files_of(folder)):
        given = mutants(tree.content(name).decode(), name)
        random.Random(f"{seed} {name}").shuffle(given)
        if given:
            left[name] = given
    chosen: list[Mutant] = []
    while left and len(chosen) < sample:
        names = sorted(left)
        random.Random(f"{seed} {len(chosen)}").shuffle(names)
        for name in names[: sample - len(chosen)]:
            chosen.append(left[name].pop())
            if not left[name]:
                del left[name]
    return sorted(chosen, key=lambda m: (m.file, m.start, m.text))


def equivalents() -> dict[tuple[str, str], str]:
    """The reasons, by file and diff."""
    path = ROOT / "bench" / "equivalent.toml"
    listed = tomllib.loads(path.read_text())["mutant"] if path.exists() else []
    return {(one["file"], one["diff"].strip()): one["reason"] for one in listed}


def table(fates: dict[Mutant, Fate], excused: dict[Mutant, str]) -> None:
    print(f"\n{'file':40}{'tried':>8}{'killed':>8}{'hung':>8}{'equivalent':>12}{'score':>8}")
    for file in [*sorted({m.file for m in fates}), "all"]:
        here = [m for m in fates if file in (m.file, "all")]
        dead = sum(fates[m].state != "survived" for m in here)
        same = sum(m in excused for m in here)
        share = f"{dead / (len(here) - same):8.0%}" if len(here) > same else f"{'-':>8}"
        print(f"{file:40}{len(here):8}{dead:8}{sum(fates[m].state == 'hung' for m in here):8}{same:12}{share}")


def told(mutant: Mutant, source: str, note: str) -> None:
    where = f" in {mutant.function}" if mutant.function else ""
    print(f"\n{mutant.file}:{mutant.line}{where}: {mutant.operator} ({note})\n{mutant.diff(source)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", choices=[*FOLDERS, []], default=list(VERDICTS))
    parser.add_argument("--sample", type=int, default=30, help="mutants to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=float, default=60.0, metavar="SECONDS", help="of tests a mutant, the cheapest")
    parser.add_argument("--only", default="", metavar="TEXT", help="of those drawn, the ones whose file has this text")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and what was forked ends with it
    begun = time.perf_counter()
    for module in PRELOADED:
        try:
            importlib.import_module(module)
        except ImportError:
            progress(f"{module} is not installed")
    held = tree.alone("+".join(sorted(set(asked.folders))))
    tree.renew()
    tests = [n for n in tree.checkout() if n.rpartition("/")[2].startswith("test_") and n.endswith(".py")]
    covered = {}
    for folders, names in SUITES.items():
        if set(folders) & set(asked.folders):
            found = coverage(folders, [n for n in tests if n.startswith(names)], progress)
            covered |= {name: found for folder in folders for name in tree.files_of(folder)}
    tree.compile_all()
    fates: dict[Mutant, Fate] = {}
    chosen = [m for m in drawn(asked.folders, asked.sample, asked.seed) if asked.only in m.file]
    for place, mutant in enumerate(chosen, 1):
        fates[mutant] = found = fate(mutant, covered[mutant.file], asked.most)
        progress(f"{place}/{len(chosen)} {mutant.file}:{mutant.line} {mutant.operator}: {found.state} {found.by}")
    progress("the tests that killed, without a mutant")
    failing = untrue(
        {found.by for found in fates.values() if found.by}, {n: t for c in covered.values() for n, t in c.items()}
    )
    if failing:
        raise SystemExit(f"these fail without a mutant too, and kill nothing: {', '.join(failing)}")
    report(fates, asked, time.perf_counter() - begun)
    held.close()


def report(fates: dict[Mutant, Fate], asked: argparse.Namespace, seconds: float) -> None:
    sources = {m.file: tree.content(m.file).decode() for m in fates}
    listed = equivalents()
    excused: dict[Mutant, str] = {}
    survivors: list[dict[str, Any]] = []
    for mutant, found in fates.items():
        if found.state != "survived":
            continue
        source = sources[mutant.file]
        reason = listed.get((mutant.file, mutant.diff(source).strip())) or mutant.equivalent(source)
        if reason:
            excused[mutant] = reason
            told(mutant, source, f"equivalent: {reason}")
        else:
            told(mutant, source, f"survived {found.reached} tests" if found.reached else "no test reaches it")
            survivors.append({"file": mutant.file, "line": mutant.line, "operator": mutant.operator,
                              "diff": mutant.diff(source)})  # fmt: skip
    table(fates, excused)
    tried, killed = len(fates), sum(f.state != "survived" for f in fates.values())
    if len(excused) > MOST_EQUIVALENT * tried:
        print(f"{len(excused)} of {tried} are listed as equivalent, more than {MOST_EQUIVALENT:.0%}")
    figures = {
        "score": round(killed / (tried - len(excused)), 4) if tried > len(excused) else None,
        "tried": tried,
        "killed": killed,
        "hung": sum(f.state == "hung" for f in fates.values()),
        "equivalent": len(excused),
        "survivors": survivors,
        "folders": asked.folders,
        "sample": asked.sample,
        "seed": asked.seed,
        "seconds": round(seconds, 1),
    }
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
