"""The command: exit statuses, formats, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

HOLDS = "@comparison(seeds=8)\ndef wins(rng): return 1, 2\n"
REFUTED = "@comparison(seeds=8)\ndef loses(rng): return 2, 1\n"
INCONCLUSIVE = "@comparison(seeds=4)\ndef few(rng): return 1, 2\n"
FINDING = "@reproduction(published=1.0, seeds=8)\ndef off(rng): return 2.0\n"


PRINTED = '''
@bound(source="doe2020", ref="(3)", over=st.floats(0, 1))
def right(instance):
    """The square is at most one."""
    return instance**2, 1.0
@right.printed("a half, as printed")
def _(instance):
    return instance**2, 0.5
@right.printed("a third, as recalled", recalled=True)
def _(instance):
    return instance**2, 0.3
'''
LONG = HOLDS.replace("wins", "a_claim_with_a_long_name_that_says_precisely_what_it_states")
ARMED = HOLDS + HOLDS.replace("wins", "armed") + "armed.mutant('by half', factor=3)\n"
FILES = {
    "armed": ARMED,
    "holds": HOLDS,
    "finding": HOLDS + FINDING,
    "inconclusive": HOLDS + INCONCLUSIVE,
    "refuted": REFUTED + INCONCLUSIVE,
    "mixed": HOLDS + REFUTED + INCONCLUSIVE + FINDING,
    "printed": PRINTED,
    "long": LONG,
}


@pytest.fixture(scope="module")
def measured(shared):
    """Every file above measured in one run; and the command that judges and shows one of them again."""
    command, write = shared
    files = {name: write(f"{name}.py", body) for name, body in FILES.items()}
    command("check", *files.values())

    def again(name, *arguments):
        answer = command("check", files[name], *arguments)
        assert "measured now" not in answer.out or "0 measured now" in answer.out
        return answer

    again.command, again.files = command, files
    return again


@pytest.mark.parametrize(("name", "status"), [("holds", 0), ("finding", 0), ("inconclusive", 3), ("refuted", 1)])
def test_the_exit_status_is_that_of_the_worst_verdict(measured, name, status):
    assert measured(name).status == status


def test_a_syntax_error_is_an_error(gronwall, write):
    assert gronwall("check", write("claims.py", "x = (\n")).status == 1


def test_a_claim_without_a_mutant_is_inconclusive_where_mutants_are_required(measured, tmp_path):
    junit = tmp_path / "junit.xml"
    found = measured("armed", "--require-mutants", "--junit", junit)
    assert found.status == 3
    assert "1 inconclusive" in found.out
    assert "1 holds" in found.out
    assert "(--require-mutants)" in junit.read_text()
    assert measured("armed").status == 0
    assert found.records["armed.wins"]["verdict"] == "holds"
    assert measured("armed", "--require-mutants", "--allow-inconclusive").status == 0
    assert measured("refuted", "--require-mutants").status == 1


def test_inconclusive_passes_on_request(measured):
    assert measured("inconclusive", "--allow-inconclusive").status == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "no/such/file.py"], "no path"),
        (["check", "discretization.no_such_claim"], "no claim to run"),
        (["check", "--effort", "heroic"], "heroic"),
        (["check", "--jobs", "0"], "--jobs"),
        (["check", "--seed", "-1"], "--seed"),
        (["explain", "nothing.at_all"], "nothing.at_all"),
        (["figures", "no-such-figure"], "no-such-figure"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told_in_one_line_with_status_two(gronwall, tmp_path, arguments, says):
    answer = gronwall(*arguments)
    assert answer.status == 2
    assert says in answer.err
    assert "Traceback" not in answer.err


def test_a_duplicate_id_is_wrong_usage(gronwall, write):
    answer = gronwall("check", write("claims.py", HOLDS + HOLDS))
    assert answer.status == 2
    assert "duplicate id claims.wins" in answer.err


def test_a_file_without_claims_is_wrong_usage(gronwall, write):
    answer = gronwall("check", write("claims.py", "x = 1\n"))
    assert answer.status == 2
    assert "no claim to run" in answer.err


def test_an_unwritable_folder_is_told_before_any_work(gronwall, write, tmp_path):
    (tmp_path / "file").write_text("")
    answer = gronwall("check", write("claims.py", HOLDS), out=tmp_path / "file" / "out")
    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_json_is_one_strict_document(measured):
    answer = measured("mixed", "--format", "json")
    records = json.loads(answer.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert [record["claim"] for record in records] == ["mixed.few", "mixed.loses", "mixed.off", "mixed.wins"]


def test_github_gets_annotations_on_the_line_of_the_claim(measured):
    out = measured("mixed", "--format", "github").out
    line = measured.files["mixed"].read_text().splitlines().index("def loses(rng): return 2, 1")
    assert f"::error file=mixed.py,line={line}," in out
    assert "::warning file=mixed.py" in out
    assert "::notice file=mixed.py" in out


def test_junit_has_a_case_a_claim(measured, tmp_path):
    measured("mixed", "--junit", tmp_path / "junit.xml")
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "0")
    assert {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")} == {
        "few": ["failure"], "loses": ["failure"], "off": [], "wins": []
    }  # fmt: skip


def test_the_table_fits_eighty_columns(measured):
    table = measured("long").out.split("records:")[0]
    assert max(map(len, table.splitlines())) <= 80


def test_help_answers_without_the_heavy_libraries():
    heavy = ("numpy", "torch", "sympy", "hypothesis", "rich")
    code = f"import sys, gronwall.cli; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_explain_tells_what_was_found(measured):
    measured("refuted")
    answer = measured.command("explain", "refuted.loses")
    assert answer.status == 0
    assert "refuted" in answer.out
    assert "refuted.py:5" in answer.out


def test_list_shows_the_claims_of_a_file(gronwall, write):
    answer = gronwall("list", write("claims.py", HOLDS + FINDING))
    assert answer.status == 0
    assert "claims.off" in answer.out
    assert "2 claims" in answer.out


def test_errata_show_the_printed_form_the_counterexample_and_what_holds(measured):
    measured("printed")
    out = measured.command("list", "--errata").out
    assert "a half, as printed" in out
    assert "The square is at most one." in out
    assert "a third" not in out
    assert "1 erratum" in measured.command("list", "--errata", "printed").out
    out = measured.command("list", "--recalled", "printed").out
    assert "as recalled:    a third" in out
    assert "a half" not in out
    assert "1 refuted as recalled" in out
