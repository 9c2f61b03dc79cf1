"""Figures and pages are made anew only where they would be others."""

from __future__ import annotations

import pytest

from gronwall.problems import MissingRecord
from gronwall.telling.made import Made, Watched, rests_on_stale, told
from gronwall.telling.results import Result, Results, Table


def result(claim, stale=False, **more):
    return Result({"claim": claim, "series": [], "arrays": [], **more}, stale)


@pytest.fixture
def found():
    records = [result("mine.f"), result("mine.g[a]", stale=True), result("mine.g[b]"), result("yours.h", x=1)]
    tables = {"mine.room.t": Table("mine.room.t", {"columns": [], "rows": []}, False)}
    return Results({one.name: one for one in records}, tables)


def test_what_a_figure_asks_is_noticed(found):
    watched = Watched(found)
    assert watched["mine.f"]["claim"] == "mine.f"
    assert "mine.nothing" not in watched
    watched.cases("mine.g")
    watched.table("mine.room.t")
    watched.of("yours")
    list(watched)
    assert watched.asked == {
        ("claim", "mine.f"), ("claim", "mine.nothing"), ("cases", "mine.g"), ("table", "mine.room.t"),
        ("subject", "yours"), ("all", ""),
    }  # fmt: skip
    with pytest.raises(MissingRecord):
        watched["mine.nothing"]


@pytest.mark.parametrize(
    ("asked", "stale"),
    [
        ([["claim", "mine.f"], ["table", "mine.room.t"]], False),
        ([["claim", "mine.f"], ["cases", "mine.g"]], True),
        ([["claim", "mine.nothing"]], False),
        ([["all", ""]], True),
    ],
)
def test_a_figure_is_stale_where_an_answer_is(found, asked, stale):
    assert rests_on_stale(found, asked) == stale


def test_the_key_changes_with_the_answers_and_the_code_and_with_nothing_else(found):
    asked = [["claim", "mine.f"], ["cases", "mine.g"]]
    key = told(found, asked, "code")
    others = {one.name: one for one in found}
    assert told(Results({**others, "yours.h": result("yours.h", x=2)}, found.tables), asked, "code") == key
    assert told(Results({**others, "mine.f": result("mine.f", x=2)}, found.tables), asked, "code") != key
    assert told(Results({**others, "mine.g[c]": result("mine.g[c]")}, found.tables), asked, "code") != key
    assert told(Results({**others, "mine.f": result("mine.f", stale=True)}, found.tables), asked, "code") != key
    assert told(found, asked, "other code") != key


def test_a_file_counts_as_made_while_it_is_as_it_was_made(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("as made")
    made = Made(tmp_path / "made.json")
    made.keep("page", "key", [page], of=[["claim", "mine.f"]])
    made.save()
    again = Made(tmp_path / "made.json")
    assert again.is_current("page", "key")
    assert again.knows("page") == [["claim", "mine.f"]]
    assert not again.is_current("page", "another key")
    page.write_text("edited")
    assert not again.is_current("page", "key")
    page.unlink()
    assert not again.is_current("page", "key")


def test_a_part_that_is_made_leaves_what_is_known_of_the_rest(tmp_path):
    first = Made(tmp_path / "made.json")
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        first.keep(name, name, [tmp_path / name])
    first.save()
    part = Made(tmp_path / "made.json")
    assert part.is_current("a", "a")
    part.save(whole=False)
    assert Made(tmp_path / "made.json").is_current("b", "b")
    whole = Made(tmp_path / "made.json")
    assert whole.is_current("a", "a")
    whole.save()
    assert not Made(tmp_path / "made.json").is_current("b", "b")


def test_a_damaged_memory_is_no_memory(tmp_path):
    (tmp_path / "made.json").write_text("{")
    assert not Made(tmp_path / "made.json").is_current("a", "a")
