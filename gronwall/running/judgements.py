"""Judgements kept from one run to the next, each by the measurement and by the judge that it is of.

A judgement is a function of the stored measurement and of the judge's code: where neither has changed it is not
made again. A better judge, or other versions of what it computes with, judges everything afresh.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps, tidy
from gronwall.places import HERE
from gronwall.running.files import write_atomically
from gronwall.running.fingerprint import versions
from gronwall.running.sources import Sources

NAME = "judgements.json"
JUDGE = HERE / "judging" / "judge.py"
COPIED = ("series", "arrays")
"""What a record has straight from the measurement."""


class Judgements:
    """The judgements of a folder, out of the file where they are there."""

    def __init__(self, out: Path, sources: Sources) -> None:
        self.path = out / NAME
        self.judge = digest(dumps([[sources.source(file).tree for file in sources.closure(JUDGE)], versions()]))
        self._known = self._load()
        self._used: dict[str, Any] = {}
        self._new = False

    def of(self, measurement: dict[str, Any]) -> dict[str, Any]:
        """The judgement of a measurement."""
        key = digest(dumps(measurement))
        if key not in self._used:
            self._used[key] = self._known.get(key) or self._judged(measurement)
        return {**self._used[key], **{name: measurement[name] for name in COPIED}}

    def _judged(self, measurement: dict[str, Any]) -> dict[str, Any]:
        from gronwall.judging.judge import judge

        self._new = True
        return {name: value for name, value in judge(measurement).items() if name not in COPIED}

    def _load(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.path.read_bytes())
            if stored["judge"] == self.judge and stored["sha256"] == digest(dumps(stored["found"])):
                return dict(stored["found"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return {}

    def save(self) -> None:
        """Keep what was used in this run; what no claim has any more is forgotten."""
        if self._new or set(self._used) != set(self._known):
            found = dumps(self._used)
            write_atomically(
                self.path, dumps({"judge": self.judge, "sha256": digest(found), "found": self._used}) + "\n"
            )


def failed(reason: str) -> dict[str, Any]:
    """The judgement of what could not be measured, or not judged, at all."""
    return {
        "verdict": "error", "grade": "measured", "scope": "point", "reason": tidy(reason), "unarmed": True,
        "worst": {"ratio": None, "instance": None}, "counterexample": None, "fit": {}, "mutants": [], "printed": [],
        "series": [], "arrays": [], "examples": 0,
    }  # fmt: skip
