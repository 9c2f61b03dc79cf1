"""Runs: the cache of measurements, what claims leave behind, same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CLAIM = '''
@bound(over=st.floats(0.01, 2.0), sharp=0.99)
def sine(instance):
    """$\\\\sin x \\\\le x$."""
    return math.sin(instance), instance
@sine.mutant("a percent less")
def _(instance):
    return math.sin(instance), 0.99 * instance
'''


def without_clock(path: Path) -> list[dict]:
    """The records but for seconds and date."""
    return [
        {key: value for key, value in json.loads(line).items() if key not in ("seconds", "date")}
        for line in path.read_text().splitlines()
    ]


def test_a_second_run_measures_nothing(gronwall, write):
    file = write("claims.py", CLAIM)
    assert "1 measured now" in gronwall("check", file).out
    again = gronwall("check", file)
    assert "0 measured now" in again.out
    assert again.status == 0


def test_a_changed_comment_is_not_measured_again_and_a_changed_number_is(gronwall, write):
    file = write("claims.py", CLAIM)
    gronwall("check", file)
    file.write_text(file.read_text().replace("@bound", "# a remark\n@bound"))
    assert "0 measured now" in gronwall("check", file).out
    file.write_text(file.read_text().replace("0.01, 2.0", "0.02, 2.0"))
    assert "1 measured now" in gronwall("check", file).out


def test_a_changed_callee_two_modules_down_is_measured_again(gronwall, write):
    write("lower.py", "FACTOR = 1.0\n", imports=False)
    write("middle.py", "import lower\ndef scaled(x):\n    return lower.FACTOR * x\n", imports=False)
    file = write(
        "claims.py",
        """
@bound(over=st.floats(0.01, 1.0))
def scaled_is_below(instance):
    from middle import scaled
    return scaled(instance), instance
""",
    )
    assert gronwall("check", file).only["verdict"] == "holds"
    write("lower.py", "FACTOR = 2.0\n", imports=False)  # same size, within the same second
    answer = gronwall("check", file)
    assert "1 measured now" in answer.out
    assert answer.only["verdict"] == "refuted"


def test_changed_data_are_measured_again_however_they_are_opened(gronwall, write, tmp_path):
    (tmp_path / "limits").mkdir()
    (tmp_path / "limits" / "one.txt").write_text("1.0")
    file = write(
        "claims.py",
        """
from pathlib import Path
@bound(over=st.floats(0.0, 1.0))
def below_the_limit(instance):
    (name,) = Path(__file__).parent.glob("limits/*.txt")
    return instance, float(name.read_text())
""",
    )
    assert gronwall("check", file).only["verdict"] == "holds"
    (tmp_path / "limits" / "one.txt").write_text("0.5")
    assert gronwall("check", file).only["verdict"] == "refuted"


def test_jobs_change_no_byte_of_the_records(gronwall, write, tmp_path):
    for i in range(4):
        write(
            f"claims_{i}.py",
            CLAIM
            + """
@rate(order=1, at=[8, 16, 32, 64, 128], seeds=3, cases={"a": 1.0, "b": 2.0})
def falls(n, rng, case):
    return case / n * (1 + 0.01 * rng.random())
@comparison(seeds=8)
def wins(rng):
    return rng.random(), 2 + np.random.random()
""",
        )
    one = gronwall("check", tmp_path, "--jobs", 1, "--seed", 7, out=tmp_path / "one")
    two = gronwall("check", tmp_path, "--jobs", 2, "--seed", 7, out=tmp_path / "two", PYTHONHASHSEED="5")
    assert len(one.records) == 16
    assert without_clock(one.folder / "records.jsonl") == without_clock(two.folder / "records.jsonl")
    other = gronwall("check", tmp_path, "--seed", 8, out=tmp_path / "other")
    assert without_clock(one.folder / "records.jsonl") != without_clock(other.folder / "records.jsonl")


def test_a_claim_that_is_gone_leaves_no_record(gronwall, write):
    file = write("claims.py", CLAIM + "@comparison(seeds=8)\ndef gone(rng): return 1, 2\n")
    assert set(gronwall("check", file).records) == {"claims.sine", "claims.gone"}
    file.write_text(file.read_text().split("@comparison")[0])
    assert set(gronwall("check", file).records) == {"claims.sine"}


def test_a_claim_above_the_effort_is_counted_and_not_run(gronwall, write):
    file = write("claims.py", CLAIM + '@comparison(seeds=8, effort="full")\ndef dear(rng): return 1, 2\n')
    answer = gronwall("check", file)
    assert set(answer.records) == {"claims.sine"}
    assert "1 not run at this effort" in answer.out
    assert set(gronwall("check", file, "--effort", "full").records) == {"claims.sine", "claims.dear"}


def test_two_folders_with_helpers_of_one_name_are_kept_apart(gronwall, write, tmp_path):
    for folder, limit in (("one", 1.0), ("two", 0.5)):
        write(f"{folder}/helpers.py", f"LIMIT = {limit}\n", imports=False)
        write(
            f"{folder}/claims_{folder}.py",
            "from helpers import LIMIT\n"
            "@bound(over=st.floats(0, 1))\n"
            "def below(instance):\n"
            "    return instance, LIMIT\n",
        )
    records = gronwall("check", tmp_path, "--jobs", 1).records
    assert records["claims_one.below"]["verdict"] == "holds"
    assert records["claims_two.below"]["verdict"] == "refuted"
    assert not list(tmp_path.rglob("__pycache__"))
    assert not (tmp_path / ".hypothesis").exists()


# ---------------------------------------------------------------- what claims print and leave behind


PRINTS = 'print("at import")\n' + CLAIM.replace(
    "    return math.sin(instance), instance\n@", '    print("hello")\n    return math.sin(instance), instance\n@'
)
NOISY = """
import os, subprocess
@identity
def noisy():
    os.write(1, b"noise")
    subprocess.run(["echo", "x"])
    return 1, 1
"""
LEAK = """
import os, decimal
RNG = np.random.default_rng(0)
SEEN = []
@identity()
def a_first():
    np.seterr(all="raise"); os.chdir("/"); os.environ["LEAK"] = "1"; decimal.getcontext().prec = 3
    SEEN.append(1)
    return RNG.random(), np.random.default_rng(0).random()
@identity()
def b_defaults():
    return [np.geterr()["divide"] == "raise", os.getcwd() == "/", "LEAK" in os.environ, len(SEEN)], [0, 0, 0, 0]
@identity()
def c_the_first_draw():
    return RNG.random(), np.random.default_rng(0).random()
@identity()
def d_precision():
    return decimal.getcontext().prec, 28
"""
PRECISION = """
import flint, mpmath
@identity
def a_sets():
    flint.ctx.prec, mpmath.mp.dps = 999, 99
    return 1, 1
@comparison(seeds=8)
def b_finds_the_usual():
    return [1.0, float(mpmath.mp.dps < 99 and flint.ctx.prec < 999)][1] or 9.0, 2.0
"""
UNTIDY = {"prints": PRINTS, "noisy": NOISY, "leak": LEAK, "precision": PRECISION}


@pytest.fixture(scope="module")
def untidy(shared):
    """What the one document of a run says that measures all of these in one worker, by file."""
    command, write = shared
    answer = command("check", *(write(f"{name}.py", body) for name, body in UNTIDY.items()), "--format", "json")
    records = json.loads(answer.out)
    return {name: {r["claim"]: r["verdict"] for r in records if r["claim"].startswith(name)} for name in UNTIDY}


def test_what_a_claim_prints_does_not_reach_the_results(untidy):
    assert untidy["prints"] == {"prints.sine": "holds"}


def test_output_below_python_does_not_reach_the_results(untidy):
    assert untidy["noisy"] == {"noisy.noisy": "holds"}


def test_nothing_a_claim_leaves_behind_reaches_the_next(untidy):
    assert len(untidy["leak"]) == 4
    assert set(untidy["leak"].values()) == {"holds"}


def test_precision_that_a_claim_sets_does_not_reach_the_next(untidy):
    assert len(untidy["precision"]) == 2
    assert set(untidy["precision"].values()) == {"holds"}


# ---------------------------------------------------------------- what is stale, and what is not


def test_a_strangers_stale_record_is_marked(gronwall, write):
    write("helper.py", "LIMIT = 1.0\n", imports=False)
    file = write(
        "claims.py", "from helper import LIMIT\n@bound(over=st.floats(0, 1))\ndef b(instance): return instance, LIMIT\n"
    )
    gronwall("check", file)
    assert "stale" not in gronwall("explain", "claims.b").out
    write("helper.py", "LIMIT = 0.5\n", imports=False)
    assert "stale" in gronwall("explain", "claims.b").out


def test_a_folder_that_has_moved_is_not_stale(gronwall, write, tmp_path):
    first = write("first/claims.py", CLAIM)
    gronwall("check", first)
    first.parent.rename(tmp_path / "second")
    assert "0 measured now" in gronwall("check", tmp_path / "second" / "claims.py").out
    told = gronwall("explain", "claims.sine")
    assert told.status == 0
    assert "stale" not in told.out


def test_a_project_that_has_moved_is_not_stale_whatever_it_read_and_loaded(gronwall, write, tmp_path):
    """Its packages, a module that is loaded by a name made up, its data and a folder it lists; and torch's
    pseudo-modules, whose files are called by no whole path, are no files of the folder it is run from."""
    body = """
import importlib, os, sys, types
from pathlib import Path
HERE = Path(__file__).parent
sys.modules["pseudo"] = types.ModuleType("pseudo")
sys.modules["pseudo"].__file__ = "_ops.py"
@bound(over=st.floats(0.0, 1.0))
def below(instance):
    limit = importlib.import_module("parts." + "lim" + "its").LIMIT
    return instance, limit * float((HERE / "scale.txt").read_text()) * len(os.listdir(HERE / "data"))
"""
    file = write("first/claims.py", body)
    write("first/pyproject.toml", "", imports=False)
    write("first/parts/__init__.py", "", imports=False)
    write("first/parts/limits.py", "LIMIT = 1.0\n", imports=False)
    write("first/data/one.txt", "", imports=False)
    write("first/scale.txt", "1.0", imports=False)
    assert gronwall("check", file).only["verdict"] == "holds"
    file.parent.rename(tmp_path / "second")
    write("_ops.py", "", imports=False)
    assert "0 measured now" in gronwall("check", tmp_path / "second" / "claims.py").out
    assert "stale" not in gronwall("explain", "claims.below").out
    write("second/parts/limits.py", "LIMIT = 0.5\n", imports=False)
    assert gronwall("check", tmp_path / "second" / "claims.py").only["verdict"] == "refuted"


def test_data_above_the_folder_are_noticed_too(gronwall, write, tmp_path):
    (tmp_path / "limit.txt").write_text("1.0")
    body = """
from pathlib import Path
@bound(over=st.floats(0.0, 1.0))
def below(instance):
    return instance, float((Path(__file__).parent.parent / "limit.txt").read_text())
"""
    file = write("deep/claims.py", body)
    assert gronwall("check", file).only["verdict"] == "holds"
    (tmp_path / "limit.txt").write_text("0.5")
    assert gronwall("check", file).only["verdict"] == "refuted"


def test_a_reader_who_leaves_early_changes_no_status_and_costs_no_junit(write, tmp_path):
    file = write("claims.py", CLAIM)
    command = f"'{sys.executable}' -m gronwall check {file} --out {tmp_path}/out --junit {tmp_path}/j.xml | true"
    done = subprocess.run(
        ["bash", "-c", command + "; exit ${PIPESTATUS[0]}"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "j.xml").exists()


def test_what_is_drawn_at_import_is_the_same_in_every_run_of_one_seed(gronwall, write, tmp_path):
    file = write("claims.py", "W = np.random.rand()\n@reproduction(published=1.0)\ndef drawn():\n    return W\n")
    one, two = (gronwall("check", file, out=tmp_path / name) for name in ("one", "two"))
    assert one.only["fit"] == two.only["fit"]


def test_a_strangers_own_theory_is_theirs_and_the_tool_keeps_its_own(gronwall, write):
    write("theory.py", "LIMIT = 1.0\n", imports=False)
    body = """
from theory import LIMIT
from flint import arb
@bound(over=st.floats(0, 1))
def below(instance):
    return instance, LIMIT
@bound(over=st.integers(1, 5))
def in_balls(instance):
    from theory import LIMIT
    return arb(1) / (instance + 1), int(LIMIT)
"""
    answer = gronwall("check", write("claims.py", body))
    assert {record["verdict"] for record in answer.records.values()} == {"holds"}, answer.out


def test_a_dangling_link_and_a_folder_named_like_a_file_are_passed_over(gronwall, write, tmp_path):
    write("claims.py", CLAIM)
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "folder.py").mkdir()
    assert gronwall("check", tmp_path).status == 0


def test_coverage_of_no_subject_is_wrong_usage_and_names_those_there_are(gronwall):
    answer = gronwall("list", "--coverage", "nonsense")
    assert answer.status == 2
    assert "rigor" in answer.err


def test_errata_are_found_by_their_file(gronwall, write):
    body = CLAIM + '@sine.printed("a half")\ndef _(instance):\n    return math.sin(instance), instance / 2\n'
    file = write("claims.py", body)
    gronwall("check", file)
    assert "1 erratum" in gronwall("list", "--errata", file).out
