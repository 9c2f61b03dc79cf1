"""Text with LaTeX between dollars becomes HTML and Typst, whatever a stranger wrote in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gronwall.telling.mathtext import all_to_typst, escape_typst, split, to_html, to_mathml, to_typst

REPOSITORY = Path(__file__).parents[3]
CLAIMS = {"bound", "rate", "identity", "comparison", "reproduction"}


def statements() -> list[str]:
    """The statements of this repository's claims, read without importing them."""
    found = []
    for path in sorted((REPOSITORY / "checks").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(_names_a_claim(one) for one in node.decorator_list):
                found.append((ast.get_docstring(node) or "").strip().split("\n")[0])
    return found


def _names_a_claim(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id in CLAIMS


def test_text_and_formulas_are_told_apart():
    assert [(p.text, p.math) for p in split(r"for $x$ and $$y$$")] == [
        ("for ", False), ("x", True), (" and ", False), ("y", True),
    ]  # fmt: skip


def test_a_dollar_left_over_or_escaped_is_a_dollar():
    assert to_html(r"costs \$5") == "costs $5"
    assert to_html("costs $5") == "costs $5"
    assert [p.math for p in split("$a$ and $5")] == [True, False]


def test_a_formula_becomes_well_formed_mathml():
    root = ElementTree.fromstring(to_mathml(r"\frac{e^L-1}{2NL}\,C_N < \|x\|") or "")
    assert root.tag == "math"
    assert root.get("alttext") == r"\frac{e^L-1}{2NL}\,C_N < \|x\|"
    assert [len(fraction) for fraction in root.iter("mfrac")] == [2]


@pytest.mark.parametrize("latex", [r"\frac{a", "a}", r"\nosuchmacro{x}", "x_", "a & b", r"\text{<b>}"])
def test_latex_that_does_not_convert_is_shown_as_its_source(latex: str):
    shown = to_html(f"see ${latex}$")
    assert shown.startswith('see <code class="latex">$')
    assert "<b>" not in shown


def test_no_markup_of_a_stranger_survives():
    text = r"<script>alert(1)</script> $\text{<script>}$ $\href{javascript:alert(1)}{x}$ $\style{color:red}{x}$"
    shown = to_html(text)
    assert "<script" not in shown
    assert not re.search(r"<[^>]*\b(href|style|on\w+)=", re.sub(r'alttext="[^"]*"', "", shown))


def test_a_full_stop_stays_with_its_formula():
    assert to_html("so $x$. Then").endswith("</math>.</span> Then")


def test_typst_shows_text_as_text():
    texts = ['#read("/etc/passwd")', "= no heading", "*not bold* _nor this_", "1. not a list", "", "// not a comment"]
    for text, made in zip(texts, all_to_typst(texts), strict=True):
        shown = re.sub(r"\\(.)", r"\1", made).replace("\u200b", "")
        assert shown.replace("“", '"').replace("”", '"') == text
        assert not re.search(r"(?<!\\)[#*_]", made)


def test_typst_formulas_are_math():
    assert to_typst(r"for $a\le\frac12$") == "for $a lt.eq 1 / 2$"
    assert "bar.v.double" in to_typst(r"$\|x\|\le1$")
    assert to_typst(r"$\nosuchmacro{x}$").startswith(r"\$")


def test_texts_come_back_in_their_order_and_as_often_as_given():
    assert all_to_typst(["b", "a", "b"]) == ["b", "a", "b"]
    assert all_to_typst([]) == []


def test_escaped_text_compiles():
    import typst

    hostile = "#panic() $ ` <x> @y [z] \\ * _ // /* = - + \" ' ~"
    assert typst.compile(escape_typst(hostile).encode(), format="pdf").startswith(b"%PDF")


def test_every_statement_of_this_repository_converts_both_ways():
    texts = statements()
    assert len(texts) > 30
    unconverted = [text for text in texts if 'class="latex"' in to_html(text)]
    unconverted += [text for text, made in zip(texts, all_to_typst(texts), strict=True) if r"\$" in made]
    assert unconverted == []


def test_no_text_shifts_the_others():
    """A Typst comment in a text stays in that text, the old mark between two texts too."""
    texts = ["first", "a //%% next %% b", "// a comment", "$x //%% next %%$", "/* open", "last"]
    together = all_to_typst(texts)
    assert together[0] == "first"
    assert together[-1] == "last"
    assert together == [to_typst(text) for text in texts]
