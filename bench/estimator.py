"""How often the order estimator errs, beside the usual estimators on the very same problems.

``python bench/estimator.py [--laws 700] [--edges 450] [--seed N]``: random methods, right and with planted faults, that
were really run (``tests/quality/problems.py`` defines them, the truth and the classes), and the kinds at the edges
(``tests/quality/kinds.py``). Every sweep is judged in two units of its sizes. A table for people, then a line of JSON.
The claim is always order ± 0.1, the default: right problems are true to ± 0.05, wrong ones off by at least 0.5.
The seed reported was not used while the estimator was developed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scipy.stats import beta  # noqa: E402

from gronwall import estimate_order  # noqa: E402
from tests.quality.kinds import more_problems  # noqa: E402
from tests.quality.problems import Problem, Tally, judged, least_squares, mean_slope, problems, rates  # noqa: E402

SEED = 31_415_926
HOURS = 3600.0


@dataclass(frozen=True)
class Judged:
    """A verdict, whether another unit of the sizes changes it, and whether the interval contains the truth."""

    verdict: str
    changed: bool
    covered: bool | None


def ours(p: Problem) -> Judged:
    asked, other = p.sweep(), p.sweep(HOURS)
    found = estimate_order(asked.pop("sizes"), **asked)
    changed = found.verdict != estimate_order(other.pop("sizes"), **other).verdict
    if found.interval is None or p.twist is not None:
        return Judged(found.verdict, changed, None)
    return Judged(found.verdict, changed, bool(found.interval[0] <= p.truth <= found.interval[1]))


def all_judged(given: list[Problem], jobs: int) -> list[Judged]:
    """The estimator's verdicts, in several processes, with a line now and then that says how far they are."""
    begun, found = time.perf_counter(), []
    with ProcessPoolExecutor(jobs) as executor:
        for one in executor.map(ours, given, chunksize=25):
            found.append(one)
            if len(found) % 250 == 0:
                left = (time.perf_counter() - begun) * (len(given) - len(found)) / len(found)
                print(f"{len(found)} of {len(given)}, about {left / 60:.0f} min left", file=sys.stderr, flush=True)
    return found


def mean_of_ratios(p: Problem) -> str:
    return "holds" if abs(mean_slope(p) - p.claim) <= 0.2 else "refuted"


def fitted(p: Problem) -> str:
    return "holds" if abs(least_squares(p) - p.claim) <= 0.9 else "refuted"


RIVALS = {"mean of log2 ratios ± 0.2": mean_of_ratios, "least squares ± 0.9": fitted}


def upper(share: float, number: float) -> float:
    """The 95 % upper confidence limit (Clopper-Pearson) of a rate seen ``share`` times in ``number``."""
    seen = round(share * number)
    return 1.0 if seen >= number else float(beta.ppf(0.95, seen + 1, number - seen))


VERDICTS = ("holds", "refuted", "inconclusive")


def table(tally: Tally) -> None:
    print(f"\n{'class':8}{'kind':>18}{'noise':>8}{'type':>10}{'problems':>10}", *(f"{v:>12}" for v in VERDICTS))
    groups = sorted({key[:4] for key in tally}, key=str)
    for kind in ("right", "wrong", "early", "hidden"):
        for key in groups:
            if key[0] == kind:
                row = [tally[(*key, verdict)] for verdict in VERDICTS]
                _, noise, single, twist = key
                name = "coarse" if single else "float64"
                print(f"{kind:8}{twist or 'usual':>18}{noise:8g}{name:>10}{sum(row):10d}", *(f"{n:12d}" for n in row))


def by_kind(tally: Tally) -> list[dict[str, object]]:
    """What became of the right and of the wrong problems of each kind."""
    rows = []
    for twist in sorted({key[3] for key in tally}, key=lambda t: (t is not None, t)):
        row: dict[str, object] = {"kind": twist or "the usual"}
        for kind, bad in (("right", "refuted"), ("wrong", "holds")):
            found = {
                v: sum(n for k, n in tally.items() if k[0] == kind and k[3] == twist and k[4] == v) for v in VERDICTS
            }
            row |= {kind: sum(found.values()), f"{kind}, decided": found["holds" if kind == "right" else "refuted"],
                    f"{kind}, false": found[bad]}  # fmt: skip
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laws", type=int, default=700, help="methods to run, 16 problems each")
    parser.add_argument("--edges", type=int, default=450, help="laws of the kinds at the edges, 16 problems each")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--record", type=Path, metavar="FILE", help="also write the table the paper prints")
    chosen = parser.parse_args()
    begun = time.perf_counter()
    given = [*problems(chosen.seed, chosen.laws), *more_problems(chosen.seed, chosen.edges)]
    given = [p for p in given if p.kind != "between"]
    made = time.perf_counter() - begun
    judgements = all_judged(given, chosen.jobs)
    took = time.perf_counter() - begun - made
    verdicts = iter(judgements)
    tally = judged(given, lambda _: next(verdicts).verdict)
    table(tally)
    kinds = by_kind(tally)
    found = {"gronwall": rates(tally), **{name: rates(judged(given, rival)) for name, rival in RIVALS.items()}}
    ours_, changed = found["gronwall"], sum(one.changed for one in judgements)
    covered = [(p.noise, one.covered) for p, one in zip(given, judgements, strict=True) if one.covered is not None]
    print(f"\n{'':28}{'false refuted':>15}{'false confirmed':>17}{'inconclusive, clean':>21}")
    for name, rate in found.items():
        print(
            f"{name:28}{rate['false_refuted']:14.2%} {rate['false_confirmed']:16.2%} {rate['inconclusive_clean']:20.2%}"
        )
    print(f"{'targets':28}{'<= 0.10%':>15}{'<= 0.10%':>17}{'<= 5.00%':>21}")
    noises = (0.0, 1e-3, 0.1)
    inside = {
        n: sum(hit for noise, hit in covered if noise == n) / sum(noise == n for noise, _ in covered) for n in noises
    }
    print(f"in hours instead of seconds, {changed} verdicts change")
    print("\nThe 99 % interval contains the true slope:", *(f"{x:.2%} (noise {n:g})" for n, x in inside.items()))
    each = 1e3 * took * chosen.jobs / len(given)
    print(f"{len(given)} problems made in {made:.0f} s, judged in {took:.0f} s, {each:.1f} ms each")
    figures = {
        **ours_,
        "problems": int(ours_["right"] + ours_["wrong"]),
        "false_refuted_upper": upper(ours_["false_refuted"], ours_["right"]),
        "false_confirmed_upper": upper(ours_["false_confirmed"], ours_["wrong"]),
        "unit_changes": changed,
        "kinds": kinds,
        "coverage": {f"{noise:g}": share for noise, share in inside.items()},
        "rivals": {name: rate for name, rate in found.items() if name != "gronwall"},
        "seed": chosen.seed,
        "seconds": round(time.perf_counter() - begun, 1),
        "milliseconds_each": round(each, 2),
    }
    if chosen.record:
        chosen.record.write_text(json.dumps(for_the_paper(found, kinds, changed, chosen.seed), indent=1) + "\n")
    print(json.dumps(figures, sort_keys=True))


def for_the_paper(
    found: dict[str, dict[str, float]], kinds: list[dict[str, object]], changed: int, seed: int
) -> dict[str, object]:
    """The error rates as rows of text, one an estimator, and what became of each kind."""
    ours = found["gronwall"]
    rows = [
        {
            "estimator": name,
            "false refuted": f"{rate['false_refuted']:.2%}",
            "false confirmed": f"{rate['false_confirmed']:.2%}",
            "inconclusive, clean float64": f"{rate['inconclusive_clean']:.2%}",
        }
        for name, rate in found.items()
    ]
    limits = {
        "at most, of right ones refuted (95 %)": f"{upper(ours['false_refuted'], ours['right']):.2%}",
        "at most, of wrong ones confirmed (95 %)": f"{upper(ours['false_confirmed'], ours['wrong']):.2%}",
        "verdicts that another unit changes": changed,
    }
    return {
        "error_rates": rows,
        "kinds_of_sweeps": kinds,
        **limits,
        "right": ours["right"],
        "wrong": ours["wrong"],
        "seed": seed,
    }


if __name__ == "__main__":
    main()
