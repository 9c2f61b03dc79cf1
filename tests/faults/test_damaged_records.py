"""Records and measurements that were cut short or edited are noticed, never served, and made anew."""

from __future__ import annotations

import pytest

from gronwall.running import store

CLAIM = '''
@bound(over=st.floats(0.01, 2.0), sharp=0.99)
def sine(instance):
    """$\\\\sin x \\\\le x$."""
    return math.sin(instance), instance
@sine.mutant("a percent less")
def _(instance):
    return math.sin(instance), 0.99 * instance
'''


@pytest.mark.parametrize("damage", ["truncated", "edited", "last line gone", "deleted"])
def test_damaged_records_are_noticed_and_never_served(gronwall, write, tmp_path, damage):
    file = write(
        "claims.py",
        CLAIM.replace("0.99 * instance", "2 * instance") + "@comparison(seeds=5)\ndef c(rng): return 1, 2\n",
    )
    truth = gronwall("check", file)
    path = truth.folder / "records.jsonl"
    text = path.read_text()
    if damage == "truncated":
        path.write_text(text[: len(text) // 2])
    elif damage == "edited":
        path.write_text(text.replace('"verdict": "inconclusive"', '"verdict": "holds"'))
    elif damage == "last line gone":
        path.write_text("".join(text.splitlines(keepends=True)[:-1]))
    else:
        path.unlink()
    served = gronwall("list", "--errata")
    assert served.status == 2
    assert "records" in served.err
    mended = gronwall("check", file)
    assert mended.status == 3
    assert "0 measured now" in mended.out
    assert path.read_text() == text


def test_an_edited_measurement_is_measured_again(gronwall, write):
    file = write("claims.py", CLAIM)
    folder = gronwall("check", file).folder
    (entry,) = (folder / "claims").glob("*.json")
    entry.write_text(entry.read_text().replace('"examples": ', '"examples": 9'))
    answer = gronwall("check", file)
    assert "edited by hand" in answer.err
    assert "1 measured now" in answer.out


def test_a_checksum_that_is_no_text_is_noticed(gronwall, write):
    file = write("claims.py", CLAIM)
    folder = gronwall("check", file).folder
    (folder / "records.sha256").write_bytes(b"\xff\xfe\x00")
    assert gronwall("check", file).status == 0
    assert store.is_intact(folder)
