"""Which claims are run: by an expression, those that failed, until the first that fails, all anew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gronwall.problems import WrongUsage
from gronwall.running.selecting import matching

IDS = ["heat.energy[a]", "heat.mass", "wave.energy", "wave.speed[b]"]


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("energy", [0, 2]),
        ("ENERGY and wave", [2]),
        ("not energy", [1, 3]),
        ("mass or speed", [1, 3]),
        ("heat and not mass or speed", [0, 3]),
        ("heat and not (mass or energy)", []),
        ("not not mass", [1]),
        ("[b]", [3]),
        ("(heat)", [0, 1]),
        ("not heat and energy", [2]),
        ("mass or heat and energy", [0, 1]),
    ],
)
def test_an_expression_chooses_by_parts_of_ids(expression, chosen):
    matches = matching(expression)
    assert [i for i, identity in enumerate(IDS) if matches(identity)] == chosen


@pytest.mark.parametrize("expression", ["", "and", "a and", "or a", "(a", "a)", "a b", "not", "()", "a and or b"])
def test_what_is_no_expression_is_told_with_the_place(expression):
    with pytest.raises(WrongUsage, match="is no expression of names"):
        matching(expression)


TREES = st.recursive(
    st.sampled_from(["heat", "wave", "energy", "mass"]),
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner) | st.tuples(st.just("not"), inner),
)


def written(tree) -> str:
    if isinstance(tree, str):
        return tree
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    return f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"


def true_of(tree, identity: str) -> bool:
    if isinstance(tree, str):
        return tree in identity
    if tree[0] == "not":
        return not true_of(tree[1], identity)
    sides = [true_of(side, identity) for side in tree[1:]]
    return all(sides) if tree[0] == "and" else any(sides)


@given(TREES)
def test_any_tree_of_and_or_and_not_means_what_it_says(tree):
    matches = matching(written(tree))
    assert [matches(identity) for identity in IDS] == [true_of(tree, identity) for identity in IDS]


BODY = """
@bound
def a_holds():
    return 0.5, 1.0
@bound
def b_fails():
    return 2.0, 1.0
@bound
def c_errs():
    raise ValueError("no")
@bound
def d_holds():
    return 0.1, 1.0
"""


def test_the_command_runs_what_is_asked_for(gronwall, write):
    file = write("mine.py", BODY)
    first = gronwall("check", file, "-k", "holds and not d_")
    assert (first.status, "1 measured now" in first.out) == (0, True)
    stopped = gronwall("check", file, "-x")
    assert stopped.status == 1
    assert "-x: 2 claims were not measured" in stopped.err
    assert set(stopped.records) == {"mine.a_holds", "mine.b_fails"}
    whole = gronwall("check", file)
    assert "3 measured now" in whole.out or "2 measured now" in whole.out
    assert len(whole.records) == 4
    failed = gronwall("check", file, "--failed")
    assert "2 claims: " in failed.out
    assert len(failed.records) == 4
    assert "4 measured now" in gronwall("check", file, "--force").out
    assert gronwall("check", file, "-k", "nothing").status == 2
    assert "is no expression" in gronwall("check", file, "-k", "a and").err


def test_a_claim_is_replayed_as_code_that_gives_the_same_values(gronwall, write, tmp_path):
    import subprocess
    import sys

    body = """
from dataclasses import dataclass
@dataclass(frozen=True)
class Wave:
    k: int
    x: tuple
@bound(over=st.builds(Wave, st.integers(1, 9), st.tuples(st.floats(0, 1), st.booleans())))
def dataclasses_too(instance, rng):
    return instance.k * instance.x[0] + 0 * rng.random(), 3.0
@bound(over=dict(a=st.floats(0, 2), b=st.lists(st.floats(0, 1), min_size=1).map(np.array)))
def names_too(a, b):
    return a * b.sum(), 2.0
@bound
def alone():
    return 2.0, 1.0
import sympy
x = sympy.Symbol("x")
@identity
def symbols():
    return (x + 1) ** 2, x**2 + 1
@identity(over=st.integers(0, 100))
def symbols_too(instance):
    return (x + instance) ** 2, x**2 + 2 * instance * x + (instance**2 if instance < 7 else 5)
@rate(order=1, at=[8, 16, 32, 64])
def a_rate(n):
    return 1 / n
"""
    file = write("mine.py", body)
    gronwall("check", file)
    for name in ("dataclasses_too", "names_too", "alone", "symbols", "symbols_too"):
        found = gronwall("replay", f"mine.{name}")
        assert found.status == 0, found.err
        told = [line for line in found.out.split("\n") if line.startswith("# now: ")]
        done = subprocess.run([sys.executable, "-c", found.out], capture_output=True, text=True, cwd="/")
        assert done.stderr == ""
        values = done.stdout.strip().replace("np.float64(", "")
        assert [f"# now: {values}".replace("(", "").replace(")", "")] == [told[0].replace("(", "").replace(")", "")]
    assert gronwall("replay", "mine.a_rate").status == 2
    assert "no claim" in gronwall("replay", "mine.nothing").err


def test_cleaning_removes_what_runs_have_made_and_nothing_else(gronwall, write, tmp_path):
    out = gronwall("check", write("mine.py", "@bound\ndef a(): return 0.5, 1.0\n")).folder
    (out / "notes.txt").write_text("mine")
    (out / "cache").mkdir()
    said = gronwall("clean", "--dry-run").out
    assert "would remove" in said
    assert (out / "records.jsonl").exists()
    assert "kept" in gronwall("clean").out
    assert sorted(path.name for path in out.iterdir()) == ["cache", "notes.txt"]
    assert gronwall("clean").status == 2
    assert gronwall("clean", out=tmp_path).status == 2


CASES = """
@bound(cases={"a": 0.5, "b": 0.7})
def small(case):
    return case, 1.0
@bound
def other():
    return 0.5, 1.0
"""


def test_a_claim_of_ones_own_file_runs_by_its_place_and_by_its_id(gronwall, write):
    file = write("mine.py", CASES)
    assert set(gronwall("check", f"{file}::small").records) == {"mine.small[a]", "mine.small[b]"}
    assert "1 claim: 1 holds" in gronwall("check", f"{file}::small[b]").out
    assert "2 claims: 2 holds" in gronwall("check", "mine.small").out
    assert "1 claim: 1 holds" in gronwall("check", "mine.small[a]").out
    assert gronwall("check", "mine.other").status == 2  # never run: its file is not known
    assert "no claim to run" in gronwall("check", f"{file}::nothing").err


def test_a_case_that_is_added_is_measured_alone_and_one_that_is_gone_is_told(gronwall, write):
    file = write("mine.py", CASES)
    gronwall("check", file)
    write("mine.py", CASES.replace('"b": 0.7', '"b": 0.7, "c": 0.8'))
    assert len(gronwall("check", file).records) == 4
    write("mine.py", CASES.replace(', "b": 0.7', ""))
    gone = gronwall("check", file)
    assert set(gone.records) == {"mine.small[a]", "mine.other"}
    assert "mine.small[b] is no more in mine.py: its record is removed" in gone.err


def test_ones_own_claims_are_not_mixed_with_the_committed_records(gronwall, write):
    gronwall("check", write("mine.py", CASES))
    told = gronwall("report")
    assert told.status == 0, told.err
    assert "committed records are left out" in told.err
    assert len(list((told.folder / "report" / "claims").glob("*.html"))) == 3
