"""``gronwall power`` as it is run: what it says of empty claims, of missing terms, of a killed run."""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TEXTBOOK = Path(__file__).parent / "textbook.py"
CLAIMS = """
def euler_bound(L, N):
    return L**2 * math.exp(L) / (2 * N)
@bound(over=st.tuples(st.floats(0.1, 2), st.integers(1, 40)), sharp=0.9)
def euler(instance):
    L, N = instance
    return abs(math.exp(L) - (1 + L / N)**N), euler_bound(L, N)
@euler.witness
def _():
    return (0.01, 100)
@euler.witness
def _():
    return (2.0, 40)
@bound(over=st.floats(0, 1))
def equal_to_itself(instance):
    x = math.sin(instance)**2 + 0.1
    return x, x
@bound(over=st.floats(0, 1))
def a_term_that_never_matters(instance):
    return math.sin(instance), instance + 5 * instance**3
@bound(over=st.just(0.7))
def one_point(instance):
    return math.sin(instance)**2, instance + 2 * instance**3
@rate(order=1, at=[8, 16, 32, 64, 128])
def euler_converges(n):
    x = 1.0
    for _ in range(n):
        x = x + x / n
    return abs(x - math.exp(1.0))
@identity(cases={"two": 2, "three": 3})
def powers(case):
    return case * case * case, case**3
@bound(effort="full")
def later():
    return 1, 2
@bound
def does_not_hold():
    return 2, 1
"""


def entries(folder: Path) -> dict:
    lines = (folder / "power.jsonl").read_text().splitlines()
    return {entry["claim"].partition(".")[2]: entry for entry in map(json.loads, lines)}


def power_of(entry: dict) -> float:
    return entry["noticed"] / (entry["noticed"] + len(entry["blind"]))


@pytest.fixture(scope="module")
def scored(shared):
    command, write = shared
    file = write("claims.py", CLAIMS)
    return command("power", file), command, file


def test_a_claim_that_sees_its_statement_scores_high_and_an_empty_one_low(scored):
    found = entries(scored[0].folder)
    assert power_of(found["euler"]) > 0.9
    assert power_of(found["euler_converges"]) == power_of(found["powers"]) == 1
    assert power_of(found["equal_to_itself"]) == 0
    assert power_of(found["a_term_that_never_matters"]) < 0.5
    assert power_of(found["one_point"]) < 0.5


def test_a_blind_mutant_is_told_with_its_side_and_direction(scored):
    answer = scored[0]
    found = entries(answer.folder)
    assert {blind["side"] for blind in found["equal_to_itself"]["blind"]} == {"both"}
    told = {blind["diff"].split("\n+")[1].strip(): blind for blind in found["a_term_that_never_matters"]["blind"]}
    assert told["return math.sin(instance), instance"]["direction"] == "tightens"
    assert told["return math.sin(instance), instance + 6 * instance**3"]["direction"] == "loosened elsewhere"
    assert all(blind["file"] == "claims.py" and blind["line"] > 0 for blind in told.values())
    assert "blind claims.a_term_that_never_matters: claims.py:" in answer.out


def test_claims_that_do_not_hold_or_need_more_effort_have_no_score(scored):
    answer = scored[0]
    assert set(entries(answer.folder)) == {
        "euler", "equal_to_itself", "a_term_that_never_matters", "one_point", "euler_converges", "powers"
    }  # fmt: skip
    assert "no score claims.later: it needs --effort full" in answer.out
    assert "no score claims.does_not_hold: it does not hold as it is: refuted" in answer.out
    assert answer.status == 0


def test_the_totals_are_the_last_line_and_decide_with_min_power(scored):
    answer, command, file = scored
    found = entries(answer.folder).values()
    sums = {key: sum(entry[key] for entry in found) for key in ("noticed", "unchanged", "errors")}
    lists = {key: sum(len(entry[key]) for entry in found) for key in ("blind", "equivalent", "not_tried")}
    assert answer.out.splitlines()[-1] == (
        f"{sums['noticed']} of {sums['noticed'] + lists['blind']} noticed, {lists['blind']} blind; "
        f"{sums['unchanged']} unchanged, {sums['errors']} errors, {lists['equivalent']} equivalent, "
        f"{lists['not_tried']} not tried"
    )
    assert command("power", file, "--min-power", 0.95).status == 1
    assert command("power", file, "-k", "powers or converges", "--min-power", 1).status == 0
    assert command("power", file, "-k", "does_not_hold", "--min-power", 0.1).status == 1
    assert len(entries(answer.folder)) == 6  # of a part of the file the rest is kept


def test_what_is_known_is_listed_and_explained_without_trying_anything(scored):
    answer, command, file = scored
    listed = command("list", "--power", "claims.equal_to_itself")
    assert listed.status == 0
    assert "0.00" in listed.out
    assert "euler" not in listed.out
    assert command("list", "--power", "no_such").status == 2
    command("check", file)
    assert "power    0 of " in command("explain", "claims.equal_to_itself").out
    assert "power" not in command("explain", "claims.later").out.replace("powers", "")
    (answer.folder / "broken").mkdir()
    (answer.folder / "broken" / "power.jsonl").write_text("{")
    damaged = command("list", "--power", out=answer.folder / "broken")
    assert damaged.status == 2
    assert "power.jsonl is truncated" in damaged.err


def test_two_runs_write_the_same_bytes_and_the_second_tries_nothing(scored, tmp_path):
    answer, command, file = scored
    before = (answer.folder / "power.jsonl").read_bytes()
    kept = answer.folder / "power" / "claims.powers.json"
    old = json.loads(kept.read_text())
    for damage in (b"", kept.read_bytes()[:-9], json.dumps({**old, "entry": {"claim": None}}).encode()):
        kept.write_bytes(damage)  # it is tried again
        command("power", file)
        assert (answer.folder / "power.jsonl").read_bytes() == before
        assert json.loads(kept.read_text()) == old
    again = command("power", file, "-k", "not euler", "--jobs", 1, out=tmp_path / "other")
    there = entries(again.folder)
    assert len(there) > 2
    assert there == {name: entry for name, entry in entries(answer.folder).items() if name in there}


def test_a_killed_run_goes_on_where_it_was(write, tmp_path):
    file = write("claims.py", CLAIMS)
    asked = [sys.executable, "-m", "gronwall", "power", str(file), "-k", "euler", "--jobs", "1", "--out", "out"]
    part = tmp_path / "out" / "power" / "claims.euler.part"
    process = subprocess.Popen(asked, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not part.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    done = json.loads(part.read_text())["done"]
    assert 0 < len(done) < 20
    first = next(iter(done))
    done[first] = {**done[first], "why": "from before"}  # what is there is believed
    part.write_text(json.dumps({**json.loads(part.read_text()), "done": done}))
    subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True)
    kept = json.loads((tmp_path / "out" / "power" / "claims.euler.json").read_text())["entry"]
    assert "from before" in [one["why"] for one in kept["tried"]]
    assert not part.exists()


def test_a_marked_line_is_equivalent_and_a_changed_file_is_tried_anew(gronwall, write):
    body = "@bound(over=st.floats(0, 1), examples=20)\ndef claim(instance):\n    return instance, 1 + instance{}\n"
    file = write("claims.py", body.format("  # equivalent: the one is enough"))
    found = entries(gronwall("power", file).folder)["claim"]
    assert found["blind"] == []
    assert {one["why"] for one in found["equivalent"]} == {"the one is enough"}
    write("claims.py", body.format(""))
    again = entries(gronwall("power", file).folder)["claim"]
    assert again["equivalent"] == []
    assert len(again["blind"]) >= len(found["equivalent"])
    assert again["fingerprint"] != found["fingerprint"]
    write("claims.py", body.format("").replace("claim", "another"))
    assert set(entries(gronwall("power", file).folder)) == {"another"}


def test_a_method_of_the_instance_that_both_sides_ask_builds_instances_and_one_that_one_side_asks_does_not(
    gronwall, write
):
    body = """
from dataclasses import dataclass
@dataclass(frozen=True)
class Step:
    k: int
    def size(self):
        return 1.0 / (2 + self.k)
    def square(self):
        return self.size() * self.size()
@bound(over=st.builds(Step, st.integers(1, 9)), sharp=0.9)
def claim(instance):
    return instance.square(), 1.05 * instance.size()**2
"""
    gronwall("power", write("claims.py", body))
    kept = json.loads(next(Path(gronwall("power", "claims.py").folder).glob("power/*.json")).read_text())["entry"]
    fates = {(one["line"], one["fate"]) for one in kept["tried"]}
    lines = dict(enumerate(Path(kept["path"]).read_text().split("\n"), 1))
    size = {fate for line, fate in fates if "1.0 / (2 + self.k)" in lines[line]}
    assert size == {"unchanged", "errors"}  # an error where 2 - k is zero
    assert {fate for line, fate in fates if "self.size() * self.size()" in lines[line]} == {"noticed"}


@pytest.mark.parametrize(
    ("arguments", "says"), [(["no/such.py"], "no path"), (["{file}", "-k", "nothing"], "no claim to try")]
)
def test_wrong_usage_is_told(gronwall, write, arguments, says):
    file = write("claims.py", "@bound\ndef one(): return 1, 2\n")
    found = gronwall("power", *(argument.format(file=file) for argument in arguments))
    assert found.status == 2
    assert says in found.err


def test_what_a_mutant_does_to_others_ends_with_it(gronwall, write, tmp_path):
    """It trains what is cached and patches: neither the cache nor the next mutant sees it."""
    body = """
from gronwall import cached
def factor():
    return 2.0 * 3.0
@cached
def trained(width):
    return {"weights": np.ones(width) * factor()}
@bound
def claim():
    math.pi = 0.0
    return float(trained(int(factor()))["weights"].sum()), 36.0
"""
    file = write("claims.py", body)
    before = gronwall("check", file)
    assert before.only["verdict"] == "holds"
    cache = {path.name: path.read_bytes() for path in (tmp_path / "out" / "cache").glob("*.npz")}
    assert len(cache) == 1
    found = entries(gronwall("power", file).folder)["claim"]
    assert found["noticed"] > 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / "cache").glob("*.npz")} == cache


def test_terms_that_textbook_properties_never_need_are_named(gronwall):
    pieces = runpy.run_path(str(TEXTBOOK))["PLANTED"]
    assert len(pieces) == 20
    found = entries(gronwall("power", TEXTBOOK, "--jobs", os.cpu_count()).folder)
    for name, piece in pieces.items():
        edits = [blind["diff"].replace(" ", "").split("\n+") for blind in found[name]["blind"]]
        term = piece.replace(" ", "")
        assert any(term in before and term not in after for before, after in edits), name


def test_what_was_tried_is_cleaned_with_the_rest(gronwall, write, tmp_path):
    gronwall("power", write("claims.py", "@bound\ndef one(): return 1, 1 + 1\n"))
    assert (tmp_path / "out" / "power").is_dir()
    assert gronwall("clean").status == 0
    assert not (tmp_path / "out" / "power").exists()
    assert not (tmp_path / "out" / "power.jsonl").exists()


SEEN_AND_NOT = """
@bound(over=st.floats(0, 1))
def a_term_that_never_matters(instance):
    return math.sin(instance), instance + 5 * instance**3
a_term_that_never_matters.mutant("none of it")(lambda instance: (math.sin(instance), 0.0 * instance))
@identity(cases={"two": 2, "three": 3})
def powers(case):
    return case * case * case, case**3
"""


def test_the_report_sorts_by_power_and_old_scores_are_marked(gronwall, write):
    file = write("claims.py", SEEN_AND_NOT)
    assert "gronwall power tries" in gronwall("list", "--power", "claims").err
    gronwall("check", file)
    folder = gronwall("report").folder / "report"
    assert not (folder / "power.html").exists()
    assert "automatic mutant" not in (folder / "index.html").read_text()
    scores = entries(gronwall("power", file).folder)
    blind = len(scores["a_term_that_never_matters"]["blind"])
    gronwall("report")
    index, page = (folder / "index.html").read_text(), (folder / "power.html").read_text()
    assert page.index("claims.a_term_that_never_matters</a>") < page.index("claims.powers</a>")
    assert f"blind to {blind} mutants" in page
    assert "instance + 5 * instance**3" in (folder / "claims" / "claims.a_term_that_never_matters.html").read_text()
    assert f'data-power="{power_of(scores["a_term_that_never_matters"])}"' in index
    assert 'data-power="1.0"' in index
    assert index.count("automatic mutants noticed") == 3  # the tile, and once each claim, not each case
    assert 'class="stale"' not in page
    assert "stale" not in gronwall("list", "--power", "claims").out + gronwall("explain", "claims.powers[two]").out
    file.write_text(file.read_text().replace("case * case * case", "case**2 * case"))
    assert gronwall("list", "--power", "claims").out.count("stale: the code has changed") == 2
    assert "noticed (stale: the code" in gronwall("explain", "claims.powers[two]").out
    gronwall("report")
    assert "2 scores are stale" in (folder / "power.html").read_text()
    gronwall("check", file)
    gronwall("power", file)
    gronwall("report")
    assert 'class="stale"' not in (folder / "power.html").read_text()
    assert "stale" not in gronwall("list", "--power", "claims").out
