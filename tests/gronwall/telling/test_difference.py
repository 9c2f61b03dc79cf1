"""What two files of records differ in, as somebody who has changed something reads it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gronwall.cli import cli, main

RECORD = {
    "claim": "mine.f", "kind": "comparison", "verdict": "holds", "grade": "measured", "scope": "point", "examples": 8,
    "statement": "f < g", "source": None, "ref": None, "unarmed": False, "reason": "as claimed", "counterexample": None,
    "worst": {"ratio": None, "instance": None}, "fit": {"median": 1.5, "interval": [1.2, 1.9]}, "errata": [],
    "mutants": [{"name": "g < f", "refuted": True, "reason": "not so"}], "printed": [],
    "series": [{"name": "ours", "x": 1, "measured": 2.0, "predicted": None}], "arrays": [],
    "date": "2026-01-01T00:00:00+00:00", "seconds": 1.0, "file": "a.py", "line": 3, "fingerprint": "a", "versions": {},
}  # fmt: skip


def written(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def told(tmp_path, old, new, *options):
    paths = [str(written(tmp_path / name, *records)) for name, records in (("old", old), ("new", new))]
    done = CliRunner().invoke(cli, ["diff", *paths, *options])
    return done.exit_code, done.output


def test_when_where_and_how_long_is_no_difference(tmp_path):
    moved = {
        **RECORD,
        "date": "2027",
        "seconds": 9.0,
        "file": "b.py",
        "line": 7,
        "fingerprint": "b",
        "versions": {"a": 1},
    }
    status, out = told(tmp_path, [RECORD], [moved])
    assert status == 0
    assert "0 claims differ, 1 are the same" in out


@pytest.mark.parametrize(
    ("change", "what", "shown"),
    [
        ({"verdict": "refuted"}, "verdict", "refuted"),
        ({"statement": "f <= g"}, "statement", "f <= g"),
        ({"grade": "derived"}, "grade", "derived"),
        ({"mutants": []}, "mutants", "[]"),
        ({"mutants": [{"name": "g < f", "refuted": False, "reason": "not so"}]}, "mutants", "false"),
        ({"fit": {"median": 1.6, "interval": [1.3, 1.9]}}, "value", "1.6 in [1.3, 1.9]"),
        ({"fit": {"median": 1.5, "interval": [1.2, 1.9], "n": 3}}, "value", '"n": 3'),
        ({"series": []}, "series", "1, of which 1 are gone"),
        ({"arrays": [{"name": "a", "values": [1]}]}, "arrays", "1, of which 1 are new"),
    ],
)
def test_each_kind_of_difference_is_told_with_old_and_new(tmp_path, change, what, shown):
    status, out = told(tmp_path, [RECORD], [{**RECORD, **change}], "--format", "json")
    (one,) = json.loads(out)
    assert status == 1
    assert (one["claim"], one["what"]) == ("mine.f", what)
    assert shown in one["old"] + one["new"]


def test_what_is_gone_and_what_is_new_is_told(tmp_path):
    _, out = told(tmp_path, [RECORD], [{**RECORD, "claim": "mine.g"}], "--format", "json")
    assert [(one["claim"], one["old"], one["new"]) for one in json.loads(out)] == [
        ("mine.f", "holds", "-"), ("mine.g", "-", "holds"),
    ]  # fmt: skip


def test_markdown_is_a_table(tmp_path):
    _, out = told(tmp_path, [RECORD], [{**RECORD, "statement": "a | b"}], "--format", "markdown")
    assert "| `mine.f` | statement | f < g | a \\| b |" in out.splitlines()


def test_the_folder_of_a_run_stands_for_its_records(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    written(folder / "records.jsonl", RECORD)
    other = written(tmp_path / "other", RECORD)
    assert CliRunner().invoke(cli, ["diff", str(folder), str(other)]).exit_code == 0


@pytest.mark.parametrize(("text", "message"), [(None, "no records at"), ("{", "line 1, is no record")])
def test_what_is_no_file_of_records_is_wrong_usage(tmp_path, capsys, text, message):
    other = written(tmp_path / "other", RECORD)
    path = tmp_path / "records.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit) as leave:
        main(["diff", str(path), str(other)])
    assert leave.value.code == 2
    assert message in capsys.readouterr().err
