"""How many planted faults the search finds, beside plain Hypothesis on the same strategies.

``python bench/search.py [--examples 500] [--seeds 20] [--kind KIND]``: the faults are those of
``tests/quality/planted.py``. Plain Hypothesis draws N examples with ``@given``. Ours draws the same N with Hypothesis's
engine, then climbs with at most N/4 more (what it cost is in the table). A table for people, then one line of JSON.

A kind is ``worse`` where, over the seeds on which the two find different numbers of its faults, ours finds fewer so
often that a sign test says so at 99 %.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import hypothesis  # noqa: E402
from scipy.stats import binom  # noqa: E402

from gronwall.measuring.search import CLIMB  # noqa: E402
from tests.quality.planted import FAULTS, Fault, plain_hypothesis_finds, the_search_finds  # noqa: E402

CONFIDENCE = 0.99


def is_worse(fewer: int, more: int) -> bool:
    """Is it beyond chance that ours found fewer on so many seeds and more on so many?"""
    return fewer > more and float(binom.sf(fewer - 1, fewer + more, 0.5)) < 1 - CONFIDENCE


def compared(kind: str, faults: list[Fault], examples: int, seeds: range) -> dict[str, Any]:
    """Both searches on the faults of one kind, seed by seed."""
    row: dict[str, Any] = {"faults": len(faults), "found": 0, "found_plain": 0, "fewer": 0, "more": 0}
    row |= {"evaluations": 0, "evaluations_plain": 0, "seconds": 0.0, "seconds_plain": 0.0}
    row["by_fault"] = {fault.name: [0, 0] for fault in faults}
    for seed in seeds:
        tally = {}
        for place, (name, find) in enumerate((("", the_search_finds), ("_plain", plain_hypothesis_finds))):
            begun = time.process_time()
            tally[name] = 0
            for fault in faults:
                found, calls = find(fault, examples, seed)
                tally[name] += found
                row["evaluations" + name] += calls
                row["by_fault"][fault.name][place] += found
            row["seconds" + name] += time.process_time() - begun
            row["found" + name] += tally[name]
        row["fewer"] += tally[""] < tally["_plain"]
        row["more"] += tally[""] > tally["_plain"]
    row["worse"] = is_worse(row["fewer"], row["more"])
    row["share"] = row["found"] / row["found_plain"] if row["found_plain"] else None
    return row


def table(rows: dict[str, dict[str, Any]], seeds: int, detailed: bool) -> None:
    print(f"{'kind':16}{'faults':>8}{'trials':>8}{'found':>8}{'plain':>8}{'more on':>9}{'fewer on':>9}"
          f"{'evaluations':>13}{'plain':>9}{'seconds':>9}{'plain':>8}")  # fmt: skip
    for kind, row in rows.items():
        print(f"{kind:16}{row['faults']:8d}{row['faults'] * seeds:8d}{row['found']:8d}{row['found_plain']:8d}"
              f"{row['more']:9d}{row['fewer']:9d}{row['evaluations']:13d}{row['evaluations_plain']:9d}"
              f"{row['seconds']:9.1f}{row['seconds_plain']:8.1f}{'  worse' if row['worse'] else ''}")  # fmt: skip
        for name, (mine, theirs) in row["by_fault"].items() if detailed else ():
            print(f"    {name:45}{mine:8d}{theirs:8d}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=500, help="plain Hypothesis's examples, and the engine's")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1000, help="the first seed; those below 1000 were developed on")
    parser.add_argument("--kind", help="one kind alone")
    parser.add_argument("--detailed", action="store_true", help="fault by fault")
    chosen = parser.parse_args()
    begun = time.perf_counter()
    kinds = [kind for kind in dict.fromkeys(fault.kind for fault in FAULTS) if chosen.kind in (None, kind)]
    rows = {}
    for kind in kinds:
        faults = [fault for fault in FAULTS if fault.kind == kind]
        rows[kind] = compared(kind, faults, chosen.examples, range(chosen.first, chosen.first + chosen.seeds))
        print(f"{kind}: {rows[kind]['found']} found, {rows[kind]['found_plain']} by plain Hypothesis", file=sys.stderr)
    table(rows, chosen.seeds, chosen.detailed)
    print(f"\nOurs: the engine's {chosen.examples} examples and at most {chosen.examples // CLIMB} more for the climb.")
    shares = [row["share"] for row in rows.values() if row["share"] is not None]
    figures = {
        "faults": sum(row["faults"] for row in rows.values()),
        "kinds": rows,
        "found": sum(row["found"] for row in rows.values()),
        "found_plain": sum(row["found_plain"] for row in rows.values()),
        "least_share": min(shares, default=None),
        "worse_kinds": sum(row["worse"] for row in rows.values()),
        "examples": chosen.examples,
        "climb_at_most": chosen.examples // CLIMB,
        "seeds": chosen.seeds,
        "first_seed": chosen.first,
        "hypothesis": hypothesis.__version__,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
