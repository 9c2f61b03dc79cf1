"""No text of a stranger's reaches a terminal, a CI or an XML reader as anything but text."""

from __future__ import annotations

import io
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.markup import escape
from rich.table import Table

from gronwall.telling.console import COMMANDS, _Console, visible
from gronwall.telling.junit import junit_xml

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
PIECES = ["::", "error", " file=a::b", "\x1b[31m", "##[", "##vso[", "\n", "\x00", "\r", " ", "\x9b2J", "\u202e"]
HOSTILE = st.lists(st.sampled_from(PIECES) | ANYTHING, max_size=6).map("".join)


def obeyed(printed: str) -> list[str]:
    """The lines of a log that GitHub's or Azure's runner takes for commands."""
    commands = re.compile(rf"\s*::(?:{COMMANDS})[ :].*|.*##(?:\[|\w+\[).*", re.IGNORECASE | re.DOTALL)
    return [line for line in printed.split("\n") if commands.fullmatch(line)]


def controls(printed: str) -> set[str]:
    return {c for c in printed if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c != "\n"}


@given(HOSTILE)
def test_what_is_visible_holds_no_control_character_and_no_command(text):
    shown = visible(text)
    assert controls(shown) == set()
    assert obeyed(shown) == []
    assert visible(shown) == shown
    assert shown.count("\n") == text.count("\n")


@given(HOSTILE)
def test_a_console_prints_only_what_is_visible(text):
    out = io.StringIO()
    console = _Console(file=out, width=60, highlight=False)
    console.print("  " + escape(text), soft_wrap=True)
    grid = Table(box=None, show_header=False)
    grid.add_row("holds", escape(text))
    console.print(grid)
    assert controls(out.getvalue()) == set()
    assert obeyed(out.getvalue()) == []


@pytest.mark.parametrize("text", ["", "a ≤ b, x̂ ∈ ℝⁿ", "file.py::name[case]", "a :: b ## c", "日本語", "emoji 👩‍🔬"])
def test_ordinary_text_is_printed_as_it_is(text):
    assert visible(text) == text


def test_what_is_shown_in_place_of_a_command_can_be_read():
    assert visible("\x1b[2J::error::no") == "\\x1b[2J: :error::no"
    assert visible("##[group]x\u2028\x85") == "# #[group]x\\u2028\\x85"


@given(st.lists(HOSTILE, min_size=5, max_size=5))
def test_junit_is_xml_whatever_a_claim_is_called_and_says(texts):
    subject, name, reason, statement, file = texts
    record = {
        "claim": f"{subject}.{name}", "verdict": "refuted", "reason": reason, "statement": statement, "file": file,
        "line": 3, "seconds": 0.1,
    }  # fmt: skip
    root = ElementTree.fromstring(junit_xml([record]))
    assert root.get("failures") == "1"
    assert len(root.findall(".//failure")) == 1
