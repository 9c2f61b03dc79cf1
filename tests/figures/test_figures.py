"""Figures come from records alone: the same records give the same bytes, missing ones leave a figure out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gronwall.efforts import Effort
from gronwall.problems import WrongUsage
from gronwall.running import run
from gronwall.telling import figures, report, results

CLAIM = "discretization.an_interpolating_ode_may_never_come_near"
NAME = "discretization-ways-to-miss-the-ode"


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """A folder with the records of one cheap claim of this repository."""
    folder = tmp_path_factory.mktemp("figures") / "out"
    run.check((CLAIM,), run.Options(Effort("quick"), 0, 2, folder))
    return folder


def draw(out: Path, **environment: str) -> bytes:
    command = [sys.executable, "-m", "gronwall", "figures", NAME, "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    return (out / "figures" / f"{NAME}.svg").read_bytes()


def test_the_same_records_give_the_same_bytes(out):
    assert draw(out, PYTHONHASHSEED="1") == draw(out, PYTHONHASHSEED="2")
    assert (out / "figures" / f"{NAME}.pdf").stat().st_size > 1000


def test_a_figure_shows_the_numbers_of_the_records(out):
    found = results.load(out)
    figure = figures._module("discretization.distance").ways_to_miss_the_ode(found)
    drawn = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    for case, result in found.cases(CLAIM).items():
        points = sorted((point["x"], point["measured"]) for point in result.series("error"))
        assert list(drawn[case.replace("_", " ")]) == [measured for _, measured in points]


def test_a_figure_without_its_records_is_left_out_with_a_note(out, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(results, "_committed", list)  # else the records of the last full run stand in
    assert list(figures.draw(("discretization-rough-weights",), out)) == []
    assert "left out: no records of rough networks" in capsys.readouterr().err


def test_without_any_record_there_is_nothing_to_draw(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "_committed", list)
    with pytest.raises(WrongUsage, match="gronwall check"):
        list(figures.draw((), tmp_path / "nothing"))


def test_the_committed_records_stand_in_where_nothing_was_run(tmp_path):
    assert len(results.load(tmp_path / "nothing")) >= 100


def test_an_unknown_figure_is_wrong_usage(out):
    with pytest.raises(WrongUsage, match="no figure 'nonsense'"):
        list(figures.draw(("nonsense",), out))


def test_every_figure_is_a_documented_function():
    for module, function in figures.available().values():
        assert getattr(figures._module(module), function).__doc__


def test_every_figure_has_a_caption_wherever_its_function_stands():
    assert set(figures.available()) <= set(report.captions())


def test_cases_are_named_as_they_are_read():
    style = figures._module("style")
    told = {"implicit_euler": "implicit Euler", "kutta3": "Kutta 3", "rk4": "RK4", "dormand_prince": "Dormand–Prince"}
    assert {case: style.named(case) for case in told} == told
    assert style.named("three_eighths") == "three eighths"  # no name of anybody


def test_no_figure_is_so_wide_that_a_page_makes_its_text_too_small():
    style = figures._module("style")
    for count in (1, 2, 3, 4, 7):
        figure, axes = style.panels(count, width=4.8, columns=7)
        assert figure.get_figwidth() <= style.WIDEST * (1 + 1e-12)
        assert len(axes) == count


def test_an_axis_has_no_ticks_where_names_stand():
    style = figures._module("style")
    sweep = {"series": [{"name": "error", "x": 2.0**k, "measured": 2.0**-k} for k in range(4, 10)], "fit": {}}
    record = results.Result(sweep | {"claim": "somebody.s"}, looked=False)
    figure, (axis,) = style.panels(1)
    style.many_sweeps([axis], [("", {"euler": record})], "n", "error")
    figure.canvas.draw()
    end = axis.spines["bottom"].get_bounds()[1]
    assert 2**9 <= end < axis.get_xlim()[1]
    assert all(tick <= end for minor in (False, True) for tick in axis.get_xticks(minor=minor))
    assert [text.get_text() for text in axis.texts] == ["Euler"]
