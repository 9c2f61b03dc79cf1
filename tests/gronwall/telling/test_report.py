"""The report shows what the records say, to everybody, and nothing a stranger smuggled in."""

from __future__ import annotations

import json
import math
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gronwall.problems import Corrupted, WrongUsage
from gronwall.running import store, tables
from gronwall.running.index import Index
from gronwall.telling import report, report_claim, report_plots, results

CLAIMS = r'''
import math
from fractions import Fraction
from hypothesis import strategies as st
from gronwall import bound, rate, identity

@rate(order=1, at=[8, 16, 32, 64, 128, 256], cases={"one": 1, "two": 2}, source="sander2022", ref="Proposition 1")
def euler_is_of_order_one(n, case):
    r"""Euler's error is $\mathcal{O}(1/n)$.

    By expanding $(1 + 1/n)^n$.
    """
    return abs((1 + 1 / n) ** n - math.e)
euler_is_of_order_one.mutant("order two", order=2)
euler_is_of_order_one.printed("order three", order=3)

@bound(over=st.integers(1, 40), source="someone2020", ref="<b>Lemma</b>")
def powers_stay_below(instance, log):
    """$(1+1/n)^n \\le e$ <script>alert("x")</script>"""
    log("growth", x=instance, measured=1.0, predicted=2.0, who="<i>me</i>")
    log("growth", x=instance + 9, measured=1.5, predicted=math.inf, who="<i>me</i>")
    return (1 + 1 / instance) ** instance, math.e
@powers_stay_below.mutant("<img src=x>")
def _(instance):
    return (1 + 1 / instance) ** instance, 2.1
@powers_stay_below.printed("as recalled", recalled=True)
def _(instance):
    return (1 + 1 / instance) ** instance, 2.2

@identity()
def a_third_is_a_half():
    r"""$\frac13 = \nosuchmacro{x$"""
    return Fraction(1, 3), Fraction(1, 2)

@bound(over=st.integers(0, 1))
def crashes(instance):
    return 1 / 0, 1
'''


class Page(HTMLParser):
    """A page as its elements and its text."""

    VOID = frozenset({"meta", "input", "img", "br", "col", "link", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words, self.open, self.unbalanced = "", [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def pages(out: Path) -> list[Path]:
    index = report.write_report(out)
    return [index, *sorted((index.parent / "claims").glob("*.html"))]


def test_there_is_an_index_and_a_page_a_claim(out: Path):
    index, *claims = pages(out)
    ids = [result["claim"] for result in results.load(out)]
    assert index == out / "report" / "index.html"
    assert {path.name for path in claims} == {report.page_name(identity) for identity in ids}
    assert len(ids) == 5


def test_every_link_of_the_index_leads_to_a_page(out: Path):
    from urllib.parse import unquote

    index = pages(out)[0]
    links = [a["href"] for a in read(index).all("a") if not str(a["href"]).startswith("#")]
    assert len(links) >= 5
    assert all((index.parent / unquote(str(link))).is_file() for link in links)


def test_the_index_tells_every_verdict_in_words(out: Path):
    words = read(pages(out)[0]).words
    for word in ("5 claims, put to the test", "holds", "refuted", "error", "unarmed", "3 of 3", "0.02"):
        assert word in words
    found = report.totals(list(results.load(out)))
    assert found["verdicts"] == {"holds": 3, "refuted": 1, "error": 1}
    assert found["mutants"] == found["killed"] == 3
    assert found["misses"] == pytest.approx(0.02)


def test_elements_are_balanced_and_nothing_is_loaded_from_a_network(out: Path):
    for path in pages(out):
        page = read(path)
        assert page.unbalanced == []
        assert page.open == []
        for _, attributes in page.tags:
            assert not any(str(attributes.get(key, "")).startswith(("http", "//")) for key in ("src", "href"))
        assert "@import" not in path.read_text()
        assert "url(" not in path.read_text()


def test_nothing_a_stranger_wrote_becomes_markup(out: Path):
    for path in pages(out):
        page = read(path)
        assert page.all("i") == [] or all("class" in tag for tag in page.all("i"))
        assert all(str(tag.get("src")) != "x" for tag in page.all("img"))
        scripts = page.all("script")
        assert len(scripts) == (1 if path.name == "index.html" else 0)
    assert '<script>alert("x")</script>' in read(pages(out)[0]).words


def test_latex_that_does_not_convert_is_shown_as_its_source(out: Path):
    page = read(out / "report" / "claims" / report.page_name("mine.a_third_is_a_half")) if pages(out) else None
    assert page is not None
    assert r"\frac13 = \nosuchmacro{x" in page.words


def test_a_printed_form_is_an_erratum_once_and_a_recalled_one_is_none(out: Path):
    found = report.errata(results.load(out))
    assert [(one["form"], one["cases"]) for one in found] == [("order three", 2)]
    assert "False as printed" in read(pages(out)[0]).words


def test_a_rate_has_a_plot_with_its_window_and_the_stated_slope(out: Path):
    pages(out)
    text = (out / "report" / "claims" / report.page_name("mine.euler_is_of_order_one[one]")).read_text()
    assert 'class="window"' in text
    assert 'class="wedge"' in text
    fit = results.load(out)["mine.euler_is_of_order_one[one]"]["fit"]
    (plot,) = Page(text).all("svg")
    assert f"measured order {fit['order']:.3f}, stated 1 ± 0.1" in str(plot["aria-label"])


def test_the_slope_that_is_drawn_is_the_slope_that_is_stated(out: Path):
    import re

    record = results.load(out)["mine.euler_is_of_order_one[one]"].record
    drawing = report_plots.rate_plot(record)
    x0, y0, x1, y1 = map(float, re.findall(r'class="stated" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', drawing)[0])
    dots = [tuple(map(float, dot)) for dot in re.findall(r'class="dot c0" cx="([\d.]+)" cy="([\d.]+)"', drawing)]
    (ax, ay), (bx, by) = dots[0], dots[-1]
    errors = sorted((p["x"], p["measured"]) for p in record["series"])
    measured = math.log(errors[0][1] / errors[-1][1]) / math.log(errors[-1][0] / errors[0][0])
    assert (y1 - y0) / (x1 - x0) / ((by - ay) / (bx - ax)) == pytest.approx(1 / measured, rel=0.01)


def test_a_page_says_how_to_run_the_claim_again_and_shows_the_docstring(out: Path):
    pages(out)
    page = read(out / "report" / "claims" / report.page_name("mine.euler_is_of_order_one[one]"))
    assert "gronwall check mine.py --effort quick --seed 0" in page.words
    assert "By expanding" in page.words


def test_equal_records_give_equal_bytes(out: Path):
    first = {path: path.read_bytes() for path in pages(out)}
    shutil.rmtree(out / "report")
    assert {path: path.read_bytes() for path in pages(out)} == first


def test_pages_and_pictures_of_what_is_no_more_are_removed(out: Path):
    (out / "figures").mkdir()
    (out / "figures" / "old-figure.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    pages(out)
    assert (out / "report" / "figures" / "old-figure.svg").exists()
    (out / "figures" / "old-figure.svg").unlink()
    first, *others = store.read_records(out)
    page = out / "report" / "claims" / report.page_name(first["claim"])
    assert page.exists()
    store.write_records(out, others)
    pages(out)
    assert not page.exists()
    assert not (out / "report" / "figures" / "old-figure.svg").exists()


def test_a_figure_is_shown_with_an_alternative_text(out: Path):
    (out / "figures").mkdir()
    (out / "figures" / "demo-orders.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (image,) = read(pages(out)[0]).all("img")
    assert image["src"] == "figures/demo-orders.svg"
    assert "demo orders" in str(image["alt"])


def test_a_stale_record_is_marked_on_the_index_and_on_its_page(out: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results, "is_stale", lambda record, *_: record["claim"] == "mine.crashes")
    index, *_ = pages(out)
    assert "1 record is stale" in read(index).words
    assert "stale" in read(index.parent / "claims" / "mine.crashes.html").words
    assert "stale" not in read(index.parent / "claims" / report.page_name("mine.a_third_is_a_half")).words


def test_the_index_has_a_table_a_room_and_links_to_each(out: Path, monkeypatch: pytest.MonkeyPatch):
    lies = {"mine.a_third_is_a_half": "checks/mine/far/thirds.py", "mine.crashes": "checks/mine/near/crash.py"}
    load = results.load

    def moved(folder: Path, index: Index) -> results.Results:
        found = {result["claim"]: result for result in load(folder, index)}
        return results.Results(
            {
                claim: results.Result({**result.record, "file": lies.get(claim, result["file"])}, looked=False)
                for claim, result in found.items()
            }
        )

    monkeypatch.setattr(results, "load", moved)
    index, *_ = pages(out)
    (subject,) = report.index_page(moved(out, Index(out)), [], {})["subjects"]
    assert [(room["title"], room["size"]) for room in subject["rooms"]] == [("", 3), ("far", 1), ("near", 1)]
    page = read(index)
    inside = {str(a["href"]) for a in page.all("a") if str(a["href"]).startswith("#s-")}
    assert inside == {"#s-mine", "#s-mine-far", "#s-mine-near"}
    assert {f"#{h['id']}" for h in [*page.all("h2"), *page.all("h3")] if str(h.get("id")).startswith("s-")} == inside
    assert len(page.all("table")) == 3
    claim = index.parent / "claims" / report.page_name("mine.crashes")
    assert "../index.html#s-mine-near" in [a["href"] for a in read(claim).all("a")]


def test_ids_that_differ_by_case_alone_have_pages_of_their_own():
    names = [report.page_name(identity).lower() for identity in ("m.case[A]", "m.case[a]", "m.a/b", "m.a_b")]
    assert len(set(names)) == 4


def test_no_records_and_edited_records_are_told_apart(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(WrongUsage, match="gronwall check"):
        report.write_report(tmp_path / "empty")
    with (out / store.RECORDS).open("a") as file:
        file.write(json.dumps({"claim": "made.up"}) + "\n")
    with pytest.raises(Corrupted, match="edited"):
        report.write_report(out)


@pytest.mark.parametrize(
    "points",
    [
        [(1, 1.0), (2, 1.0)],
        [(1, 0.0), (2, -3.0)],
        [(1e-300, 1e-320), (2e-300, 1e300)],
        [(1, "inf"), (2, 3.0), (3, "nan"), (4, [1, 2])],
        [("a", 1.0), ("b", 2.0)],
        [(1, 5.0)],
        [(1, 1e308), (2, -1e308)],
    ],
)
def test_no_logged_series_breaks_a_page(points):
    series = [{"name": "s", "x": x, "measured": y, "predicted": None} for x, y in points]
    drawing = report_plots.series_plot("s", series)
    assert drawing is None or ("nan" not in drawing and "inf" not in drawing)
    sweep = {"series": [p | {"name": "error"} for p in series], "fit": {"stated": 1, "within": 0.1, "order": None}}
    drawing = report_plots.rate_plot(sweep)
    assert drawing is None or "nan" not in drawing


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (0.0, 0.0), (-3.0, 5.0), (1e-9, 1e9), (0.2, 0.9)])
def test_ticks_lie_on_their_axis(low: float, high: float):
    axis = report_plots.axis([low, high], 0.0, 100.0)
    assert 1 <= len(axis.ticks()) <= 12
    assert all(-1e-6 <= axis.at(tick) <= 100 + 1e-6 for tick in axis.ticks())


def test_without_the_measurement_the_docstring_is_read_from_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report_claim, "home", lambda: tmp_path)
    (tmp_path / "a.py").write_text('@rate(\n    order=1)\ndef f(n):\n    """First.\n\n    Second\n    half.\n    """\n')
    record = {"claim": "a.f", "file": "a.py", "line": 1}
    assert report.docstring(record, None) == ["Second half."]
    assert report.docstring(record | {"file": "gone.py"}, None) == []


def laid(out: Path, stale: bool = False) -> None:
    """The table of an experiment of a room that the records do not have."""
    made = tables.Made("mine.deep.cloud", "train.py", "full", 60, (12, 13, 14, 17), (0, 1, 2, 100))
    rows = [
        {"name": "table", "key": "loss", "measured": 0.5, "low": 0.25, "high": 1.0},
        {"name": "path", "values": [[1.0, 2.0], [3.0, 4.0]]},
    ]
    tables.lay(out, made, "then", {"system": "NODE <b>"}, rows, "2026-01-01T00:00:00+00:00")


def test_an_experiment_has_a_page_with_its_seeds_and_rows(out: Path):
    laid(out)
    report.write_report(out)
    page = read(out / "report" / "tables" / "mine.deep.cloud.html")
    assert page.unbalanced == []
    assert "12–14, 17" in page.words
    assert "0–2, 100" in page.words
    assert "NODE <b>" in page.words  # as text, and no element
    assert page.all("b") == []
    assert "2 × 2" in page.words
    assert "stale" in page.words  # there is no train.py whose code it would be


def test_a_page_that_would_come_out_the_same_is_left_and_another_is_made(out: Path):
    laid(out)
    report.write_report(out)
    pages = sorted((out / "report").rglob("*.html"))
    before = {page: page.stat().st_mtime_ns for page in pages}
    report.write_report(out)
    assert {page: page.stat().st_mtime_ns for page in pages} == before
    pages[1].write_text("edited")
    report.write_report(out)
    changed = [page for page in pages if page.stat().st_mtime_ns != before[page]]
    assert changed == [pages[1]]
    assert pages[1].read_text() != "edited"


def test_a_folder_that_the_report_did_not_make_is_left_as_it_is(out: Path, tmp_path: Path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "page.html").write_text("a stranger's")
    (out / "report").symlink_to(theirs)
    with pytest.raises(WrongUsage, match="symbolic link"):
        report.write_report(out)
    (out / "report").unlink()
    (out / "report").mkdir()
    (out / "report" / "index.html").write_text("mine")
    with pytest.raises(WrongUsage, match="was not made by the report"):
        report.write_report(out)
    assert (out / "report" / "index.html").read_text() == "mine"
    assert (theirs / "page.html").read_text() == "a stranger's"


def test_what_somebody_has_put_into_the_report_stays(out: Path):
    report.write_report(out)
    (out / "report" / "claims" / "notes.html").write_text("mine")
    (out / "report" / "claims" / "claims").symlink_to(out)
    report.write_report(out)
    assert (out / "report" / "claims" / "notes.html").read_text() == "mine"
    (out / "report" / "tables").rename(out / "elsewhere") if (out / "report" / "tables").exists() else None
    (out / "report" / "tables").symlink_to(out)
    with pytest.raises(WrongUsage, match="symbolic link"):
        report.write_report(out)
