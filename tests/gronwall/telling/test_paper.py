"""Every number of the paper comes from a fresh record, or there is no paper."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from gronwall.problems import Stale, WrongUsage
from gronwall.telling import paper, results

CLAIMS = r'''
import math
from hypothesis import strategies as st
from gronwall import bound, rate

@rate(order=1, at=[8, 16, 32, 64, 128, 256], cases={"rk1": 1, "rk 1": 2}, source="sander2022", ref="Proposition 1")
def order_one(n, case):
    r"""Euler's error is $\mathcal{O}(1/n)$, #panic("no") and $\nosuchmacro{x}$."""
    return abs((1 + 1 / n) ** n - math.e)
order_one.mutant("order two", order=2)
order_one.printed("order $p=3$", order=3)

@bound(over=st.integers(1, 40))
def powers_stay_below(instance):
    """$(1+1/n)^n \\le e$."""
    return (1 + 1 / instance) ** instance, math.e
@powers_stay_below.mutant("too small")
def _(instance):
    return (1 + 1 / instance) ** instance, 2.1
'''


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A paper of our own: the real template, and a main file to fill."""
    folder = tmp_path / "sources"
    folder.mkdir()
    shutil.copy(paper.sources() / "template.typ", folder)
    monkeypatch.setattr(paper, "sources", lambda: folder)
    return folder


def test_the_paper_compiles_from_the_records(out: Path):
    made = paper.write_paper(out)
    assert made == out / "paper.pdf"
    assert made.read_bytes().startswith(b"%PDF")


def test_equal_records_give_the_same_paper(out: Path):
    first = paper.write_paper(out).read_bytes()
    assert paper.write_paper(out).read_bytes() == first


def test_the_paper_with_estimator_rates_differs_from_the_one_without(out: Path):
    without = paper.write_paper(out).read_bytes()
    (out / "bench").mkdir()
    rows = [{"estimator": "ours", "rejects_true": 0.01}, {"estimator": "mean of log2 ratios", "rejects_true": 0.22}]
    (out / "bench" / "estimator.json").write_text(json.dumps({"rates": rows, "problems": 60}))
    assert paper.write_paper(out).read_bytes() != without
    (out / "bench" / "estimator.json").write_text("{")
    with pytest.raises(WrongUsage, match=r"estimator\.json is no JSON"):
        paper.write_paper(out)


def test_a_stale_record_stops_the_paper_and_is_named(out: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results, "is_stale", lambda record, *_: record["kind"] == "bound")
    with pytest.raises(Stale, match=r"1 record is stale: mine\.powers_stay_below; run `gronwall check mine`"):
        paper.write_paper(out)
    assert not (out / "paper.pdf").exists()


def test_the_command_tells_a_stale_record_in_one_line(out: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    from gronwall.cli import main

    monkeypatch.setattr(results, "is_stale", lambda record, *_: True)
    with pytest.raises(SystemExit) as leave:
        main(["paper", "--out", str(out)])
    assert leave.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_no_records_are_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results, "_committed", list)
    with pytest.raises(WrongUsage, match="gronwall check"):
        paper.write_paper(tmp_path / "empty")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ('#num("mine.nothing", "order")', "no record of mine.nothing; run `gronwall check mine.nothing`"),
        ('#num("mine.powers_stay_below", "order")', "mine.powers_stay_below has no order"),
        ('#series("mine.powers_stay_below", "growth")', "logged no series growth"),
    ],
)
def test_a_number_that_is_missing_stops_the_paper(out: Path, sources: Path, asked: str, told: str):
    (sources / "main.typ").write_text('#import "template.typ": *\n' + asked)
    with pytest.raises(WrongUsage) as problem:
        paper.write_paper(out)
    assert told in str(problem.value)
    assert "\n" not in str(problem.value)
    assert not (out / "paper.pdf").exists()


def test_numbers_are_rounded_as_they_are_written(out: Path, sources: Path):
    wanted = {
        "1.9984": "2.00",
        "0.05": "0.0500",
        "-0.0004": "−4.00",
        "12345": "12\u202f345",
        "0.0": "0",
        "99.96": "100",
    }
    checks = "\n".join(
        f'#assert.eq(if type(sig({x})) == str {{ sig({x}) }} else {{ sig({x}).children.at(0).text }}, "{shown}")'
        for x, shown in wanted.items()
    )
    (sources / "main.typ").write_text('#import "template.typ": *\n' + checks)
    paper.write_paper(out)


def test_a_table_of_statements_is_of_a_subject_or_of_some_rooms_of_it(out: Path, sources: Path):
    data = paper.paper_data(results.load(out), [], [], None)["claims"]
    assert {one["room"] for one in data.values()} == {""}
    (sources / "main.typ").write_text(
        '#import "template.typ": *\n'
        '#assert.eq(claims-in("mine").len(), 3)\n'
        '#assert.eq(claims-in("mine", "far").len(), 0)\n'
        '#assert.eq(claims-in("mine", "far", "").len(), 3)\n'
        '#assert.eq(statements-of("mine", "far", caption: [None.]), none)\n'
        '#statements-of("mine", caption: [One bound.])\n'
        "#context assert.eq(query(figure).len(), 1)\n"
    )
    paper.write_paper(out)


def test_a_paper_that_fails_leaves_the_former_one(out: Path, sources: Path):
    (sources / "main.typ").write_text("first")
    first = paper.write_paper(out).read_bytes()
    (sources / "main.typ").write_text("#nonsense")
    with pytest.raises(WrongUsage, match=r"does not compile: .*nonsense"):
        paper.write_paper(out)
    assert (out / "paper.pdf").read_bytes() == first


def test_sections_without_records_are_left_out(out: Path, capsys):
    paper.write_paper(out)
    data = json.loads((out / "paper" / "data.json").read_text())
    assert data["sections"] == ["claims", "estimator"]
    assert "section discretization is left out" in capsys.readouterr().err


def test_the_data_agree_with_the_records(out: Path):
    found = results.load(out)
    data = paper.paper_data(found, [], [], None)
    one = data["claims"]["mine.order_one[rk1]"]
    fit = found["mine.order_one[rk1]"]["fit"]
    assert (one["order"], [one["low"], one["high"]]) == (fit["order"], fit["interval"])
    assert "ratio" not in one
    moved = results.Result({**found["mine.order_one[rk1]"].record, "file": "checks/mine/far/x.py"}, looked=False)
    assert (one["room"], paper.facts(moved)["room"]) == ("", "far")
    assert data["rates"] | {"half_width": None} == {
        "count": 2, "verdicts": {"holds": 2}, "half_width": None, "floors": 0, "wrong": 4, "wrong_refuted": 4,
    }  # fmt: skip
    assert [(erratum["form"], erratum["cases"]) for erratum in data["errata"]] == [("order $p = 3$", 2)]
    json.dumps(data, allow_nan=False)


def test_tex_macros_have_names_of_letters_and_no_two_alike(out: Path):
    paper.write_paper(out)
    lines = (out / "paper" / "numbers.tex").read_text().splitlines()[1:]
    names = [re.fullmatch(r"\\newcommand\{\\([A-Za-z]+)\}\{\\ensuremath\{.+\}\} % .+", line)[1] for line in lines]
    assert len(names) == len(set(names)) > 20
    assert {"MineOrderOneRkOneOrder", "MineOrderOneRkOneOrderAlso"} <= set(names)


@pytest.mark.parametrize(
    ("value", "tex"), [(3, "3"), (1.99812, "1.998"), (3.2e-5, r"3.2 \times 10^{-5}"), (-1e20, r"-1 \times 10^{20}")]
)
def test_tex_numbers_are_written_as_powers_of_ten(value: float, tex: str):
    assert paper.tex_number(value) == tex
