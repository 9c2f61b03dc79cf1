"""Whatever a claim raises is its own, and whatever its text holds is text: the others go on, all readers read."""

from __future__ import annotations

RAISES = {
    "cancelled": ("import asyncio", "raise asyncio.CancelledError"),
    "generator_exit": ("", "raise GeneratorExit('over')"),
    "of_its_own": ("class Stop(BaseException): pass", "raise Stop('enough')"),
    "skipped": ("import pytest", "pytest.skip('not today')"),
    "interrupted": ("", "raise KeyboardInterrupt"),
    "left": ("import sys", "sys.exit(0)"),
}
GOOD = """
@bound
def good():
    return 0.5, 1.0
"""


def test_what_is_no_exception_is_an_error_of_its_claim_alone(gronwall, write):
    files = [
        write(f"{name}.py", f"{before}\n@bound\ndef bad():\n    {raising}\n{GOOD}")
        for name, (before, raising) in RAISES.items()
    ]
    found = gronwall("check", *files, "--junit", "junit.xml")
    assert found.status == 1
    assert {name: found.records[f"{name}.good"]["verdict"] for name in RAISES} == dict.fromkeys(RAISES, "holds")
    for name, (_, raising) in RAISES.items():
        record = found.records[f"{name}.bad"]
        assert record["verdict"] == "error"
        assert "line" in record["reason"], raising
    assert "enough" in found.records["of_its_own.bad"]["reason"]
    assert (found.folder.parent / "junit.xml").exists()


def test_a_claim_that_is_malformed_spoils_no_other_of_its_file(gronwall, write):
    malformed = {
        "misspelt": "@bound(shaarp=1)",
        "heroic": "@bound(effort='heroic')",
        "pick": "@bound(over=st.floats(0, 1), examples=pick(quik=3))",
        "empty": "@bound(cases=[])",
        "bare": "@rate(order=1)",
    }
    body = "".join(f"{line}\ndef {name}():\n    return 1, 2\n" for name, line in malformed.items())
    mutant = "good.mutant('looser', tolerance=3)\n"
    file = write("claims.py", f"from gronwall import pick\n{GOOD}{mutant}{GOOD.replace('good', 'better')}{body}")
    found = gronwall("check", file)
    assert found.status == 1
    verdicts = {name: record["verdict"] for name, record in found.records.items()}
    assert verdicts.pop("claims.better") == "holds"
    assert verdicts == dict.fromkeys([f"claims.{name}" for name in [*malformed, "good"]], "error")
    says = {"misspelt": "'shaarp'", "heroic": "'heroic'", "pick": "'quik'", "empty": "no case", "bare": "at="}
    for name, word in says.items():
        assert word in found.records[f"claims.{name}"]["reason"]
        assert "line" not in found.records[f"claims.{name}"]["reason"]
    assert "'tolerance'" in found.records["claims.good"]["reason"]


def test_an_error_shows_the_way_to_it_through_the_files_of_its_project(gronwall, write):
    write("helper.py", "def inner(x):\n    return [x][1]\n", imports=False)
    file = write("claims.py", "from helper import inner\n@bound\ndef bad():\n    return inner(3), 1\n")
    found = gronwall("check", file)
    assert found.records["claims.bad"]["reason"].startswith("IndexError: list index out of range (line ")
    lines = [line.strip() for line in found.out.split("\n")]
    after = lines[lines.index("| " + next(line for line in lines if "in bad" in line).removeprefix("| ")) :]
    assert after[0].endswith("in bad: return inner(3), 1")
    assert after[1] == "| helper.py:2, in inner: return [x][1]"
    assert not any("gronwall/" in line for line in lines if line.startswith("|"))


def test_what_unicode_calls_a_line_ends_none_in_the_records(gronwall, write):
    texts = {f"of_{ord(end):x}": f"Half{end}is less." for end in "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"}
    file = write(
        "claims.py", "".join(f"\n@bound\ndef {n}():\n    {t!r}\n    return 0.5, 1\n" for n, t in texts.items())
    )
    found = gronwall("check", file)
    assert found.status == 0
    assert len(found.records) == len(texts)
    for command in (("list", file), ("explain", "claims.of_2028"), ("report",)):
        told = gronwall(*command)
        assert told.status == 0, told.err


def test_what_a_claim_prints_stands_beside_its_error_and_a_flood_ends_it(gronwall, write):
    body = """
@bound
def loud():
    while True:
        print("x" * 1_000_000)
@bound
def told():
    import warnings
    print("the value was 7\\x1b[31m")
    warnings.warn("too large")
    raise ValueError("no")
@bound
def fine():
    print("nobody asks")
    return 0.5, 1.0
"""
    found = gronwall("check", write("claims.py", body))
    assert found.records["claims.loud"]["reason"] == "it printed more than 100 MiB"
    assert "  | the value was 7\\x1b[31m" in found.out
    assert "UserWarning: too large" in found.out
    assert "nobody asks" not in found.out
    assert max(map(len, found.out.split("\n"))) < 300
    assert (found.folder / "records.jsonl").stat().st_size < 100_000
