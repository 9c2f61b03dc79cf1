"""What a run costs a stranger: CPU-seconds of 100, 400 and 1600 claims beside pytest with Hypothesis on the same.

``python bench/loop.py [--claims 100 400 1600] [--examples 500]``: one file of cheap bounds, each over its own strategy,
and one file of tests with the same strategies and numbers of examples, run one after the other, each in a fresh folder.
Every claim has a process of its own (a fork), a search, a climb, a second measurement of what it reports and a record;
a test has none of these. A table, then a line of JSON: ``claims_ratio``, the largest ratio of CPU-seconds of the two,
and ``exponent``, how the claims' grow with their number; ``again`` is the ratio of a second run, from what is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STRATEGIES = ("st.floats(0, 1)", "st.integers(0, 100)", "st.tuples(st.floats(0, 1), st.integers(1, 9))",
              "st.lists(st.floats(0, 1), min_size=1, max_size=5)")  # fmt: skip
VALUES = ("float(x)", "float(x)", "x[0] * x[1]", "sum(x)")
LIMITS = ("1.0", "100.0", "9.0", "float(len(x))")


def claims(count: int, examples: int) -> str:
    """A file of so many bounds."""
    head = "from hypothesis import strategies as st\nfrom gronwall import bound\n"
    body = "@bound(over={strategy}, examples={examples})\ndef bound_{i}(instance):\n    x = instance\n"
    body += "    return {value}, {limit}\n"
    return head + "".join(_filled(body, i, examples) for i in range(count))


def tests(count: int, examples: int) -> str:
    """A file of so many tests of the same."""
    head = "from hypothesis import given, settings, strategies as st\n"
    body = "@settings(max_examples={examples}, database=None, deadline=None)\n@given({strategy})\n"
    body += "def test_{i}(x):\n    assert {value} <= {limit}\n"
    return head + "".join(_filled(body, i, examples) for i in range(count))


def _filled(body: str, i: int, examples: int) -> str:
    kind = i % len(STRATEGIES)
    return body.format(i=i, examples=examples, strategy=STRATEGIES[kind], value=VALUES[kind], limit=LIMITS[kind])


def cpu_seconds(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU-seconds and seconds of a command with all that it starts. Raises where it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode()[-2000:]}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, nargs="+", default=[100, 400, 1600])
    parser.add_argument("--examples", type=int, default=500)
    asked = parser.parse_args()
    rows = []
    print(f"{'claims':>8}{'gronwall':>12}{'pytest':>12}{'ratio':>8}{'again':>8}{'wall':>10}")
    for count in asked.claims:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "mine.py").write_text(claims(count, asked.examples))
            (folder / "test_mine.py").write_text(tests(count, asked.examples))
            check = [sys.executable, "-m", "gronwall", "check", "mine.py", "--out", "out"]
            ours, wall = cpu_seconds(check, folder)
            again, _ = cpu_seconds(check, folder)
            theirs, _ = cpu_seconds([sys.executable, "-m", "pytest", "-q", "test_mine.py"], folder)
        rows.append({"claims": count, "ours": ours, "pytest": theirs, "ratio": ours / theirs, "again": again / theirs})
        print(f"{count:8d}{ours:10.1f} s{theirs:10.1f} s{ours / theirs:8.2f}{again / theirs:8.2f}{wall:8.1f} s")
    first, last = rows[0], rows[-1]
    spread = math.log(last["claims"] / first["claims"])
    print(json.dumps({
        "claims_ratio": round(max(row["ratio"] for row in rows), 3),
        "exponent": round(math.log(last["ours"] / first["ours"]) / spread, 3) if spread else None,
        "again": round(max(row["again"] for row in rows), 3),
        "examples": asked.examples,
        "rows": rows,
    }, sort_keys=True))  # fmt: skip


if __name__ == "__main__":
    main()
