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
