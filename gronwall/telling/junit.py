"""JUnit XML of a run, as CI servers read it: one test case a claim, one suite a subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def junit_xml(
    records: Iterable[dict[str, Any]], allow_inconclusive: bool = False, files: Mapping[str, str] | None = None
) -> bytes:
    """Refuted is a failure, error an error, inconclusive a failure (or skipped where that is allowed).

    ``files`` names the file of each claim as the reader would.
    """
    root = ElementTree.Element("testsuites", name="gronwall")
    ordered = sorted(records, key=lambda record: record["claim"])
    for subject, group in groupby(ordered, key=lambda record: record["claim"].split(".")[0]):
        cases = list(group)
        suite = ElementTree.SubElement(root, "testsuite", name=_text(subject))
        counts = {"failure": 0, "error": 0, "skipped": 0}
        for record in cases:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=_text(subject),
                name=_text(record["claim"].partition(".")[2] or record["claim"]),
                file=_text((files or {}).get(record["claim"], record["file"])),
                line=str(record["line"]),
                time=f"{record['seconds']:.3f}",
            )
            tag = _tag(record["verdict"], allow_inconclusive)
            if tag is not None:
                counts[tag] += 1
                element = ElementTree.SubElement(case, tag, type=record["verdict"], message=_text(record["reason"]))
                element.text = _text(f"{record['statement']}\n{record['reason']}")
        _count(suite, len(cases), counts)
        suite.set("time", f"{sum(record['seconds'] for record in cases):.3f}")
    totals = {tag: sum(int(s.get(_PLURAL[tag], "0")) for s in root) for tag in ("failure", "error", "skipped")}
    _count(root, len(ordered), totals)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _text(text: str) -> str:
    """Text without what XML cannot say."""
    return _ILLEGAL.sub("?", text)


_PLURAL = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def _tag(verdict: str, allow_inconclusive: bool) -> str | None:
    if verdict == "inconclusive":
        return "skipped" if allow_inconclusive else "failure"
    return {"refuted": "failure", "error": "error"}.get(verdict)


def _count(element: ElementTree.Element, tests: int, counts: dict[str, int]) -> None:
    element.set("tests", str(tests))
    for tag, count in counts.items():
        element.set(_PLURAL[tag], str(count))
