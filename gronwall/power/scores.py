"""Power as a number: how many mutants of a claim, and of what it computes with, the claim's own check notices.

``DIR/power/ID.json`` keeps what was tried of a claim, and ``DIR/power.jsonl`` is assembled from them: one object a
claim function (its cases together), sorted, with ``noticed``, ``blind``, ``unchanged``, ``errors``, ``equivalent``,
``not_tried``, ``both_sides`` and ``fingerprint``. Power is noticed / (noticed + blind).

The fingerprint of a score is what was under test (:func:`under_test`): where it is another now, the score is stale.
That of what is kept is all that it depends on: seed and number of mutants, and how they are made and tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.efforts import EFFORTS, Effort
from gronwall.places import HERE, REPOSITORY
from gronwall.power.mutants import EQUIVALENT
from gronwall.problems import Corrupted, WrongUsage
from gronwall.running import repository, store
from gronwall.running.collect import Described
from gronwall.running.describe import describe, refuse_duplicates
from gronwall.running.files import locked, write_atomically
from gronwall.running.fingerprint import content
from gronwall.running.index import Index
from gronwall.running.options import Options
from gronwall.running.pool import Pool
from gronwall.running.selecting import matching
from gronwall.running.sources import Sources

NAME = "power.jsonl"
KEPT = {"fingerprint", "path", "entry", "why", "tried"}
"""What is kept of a claim that was tried."""
FOLDER = "power"

Entry = dict[str, Any]
Progress = Callable[[int, int, str], None]


@dataclass
class Scores:
    """The entries of the claims that were named, and why others have none."""

    entries: list[Entry]
    without: dict[str, str] = field(default_factory=dict)
    """Claims without a score, and the reason."""
    tried_now: int = 0

    @property
    def noticed(self) -> int:
        return sum(entry["noticed"] for entry in self.entries)

    @property
    def blind(self) -> int:
        return sum(len(entry["blind"]) for entry in self.entries)

    @property
    def power(self) -> float | None:
        """Noticed / (noticed + blind) over all; None where no mutant changed anything."""
        return power(self.noticed, self.blind)


def power(noticed: int, blind: int) -> float | None:
    return noticed / (noticed + blind) if noticed + blind else None


def score(targets: tuple[str, ...], options: Options, most: int, progress: Progress | None = None) -> Scores:
    """Try the mutants of the claims that the targets name. Raises :class:`WrongUsage` where there is none."""
    index = Index(options.out)
    files, chosen = repository.resolve(targets, index, index.entries)
    asked: dict[str, dict[str, Any]] = {}
    with Pool(options, lambda one: {"power": asked[one.id]} if one.id in asked else {}) as pool:
        described, broken = describe(pool, files, options, index)
        index.save()
        refuse_duplicates(described)
        described = [one for one in described if repository.is_chosen(one.id, Path(one.path), targets, chosen)]
        if options.expression is not None:
            matches = matching(options.expression)
            described = [one for one in described if matches(one.id)]
        claims = _by_function(described)
        if not claims:
            why = f": {broken[0][0].name}: {broken[0][1]}" if broken else ""
            raise WrongUsage(f"no claim to try in {' '.join(targets) or 'this repository'}{why}")
        scores = Scores([], {path.name: reason for path, reason in broken})
        todo: list[Described] = []
        for name, cases in claims.items():
            able = [one for one in cases if Effort(one.least_effort).level <= options.effort.level]
            if not able:
                scores.without[name] = f"it needs --effort {cases[0].least_effort}"
                continue
            fingerprint = _fingerprint(able, most, index)
            kept = None if options.force else _load(place(options.out, name), fingerprint)
            if kept is not None:
                _take(scores, name, kept)
                continue
            part = place(options.out, name).with_suffix(".part")
            asked[able[0].id] = {
                "claim": name,
                "subject": name.partition(".")[0],
                "cases": [one.id for one in able],
                "mutants": most,
                "fingerprint": fingerprint,
                "under_test": under_test(name, Path(able[0].path), able[0].kind, index),
                "timeout": options.timeout,
                "keep": str(part.resolve()),
            }
            if options.force:
                part.unlink(missing_ok=True)
            todo.append(replace(able[0], limits={**able[0].limits, "timeout": dict.fromkeys(EFFORTS, inf)}))
        done, total = len(claims) - len(todo), len(claims)
        if progress is not None and todo:
            progress(done, total, "")
        for one, answer in pool.measure(todo):
            done += 1
            name = asked[one.id]["claim"]
            _keep(scores, options.out, asked[one.id], one.path, answer)
            if progress is not None:
                progress(done, total, name)
    _assemble(options.out, scores, [] if chosen or options.expression else files, set(claims))
    scores.entries.sort(key=lambda entry: str(entry["claim"]))
    return scores


def _keep(scores: Scores, out: Path, asked: dict[str, Any], path: str, answer: dict[str, Any]) -> None:
    """Keep what was tried of a claim, in its folder and among the scores."""
    name = asked["claim"]
    if "failed" in answer:
        scores.without[name] = f"it could not be tried: {answer['failed']}"
        return
    entry = answer["entry"] and {**answer["entry"], "fingerprint": asked["under_test"]}
    kept = {"fingerprint": asked["fingerprint"], "path": path, "entry": entry, "why": answer["why"],
            "tried": answer["tried"]}  # fmt: skip
    store.write_sealed(place(out, name), kept)
    Path(asked["keep"]).unlink(missing_ok=True)
    _take(scores, name, kept)
    scores.tried_now += 1


def _take(scores: Scores, name: str, kept: dict[str, Any]) -> None:
    if kept["entry"] is None:
        scores.without[name] = kept["why"]
    else:
        scores.entries.append(kept["entry"])


def function_of(identity: str) -> str:
    """The claim function of an id: the id without its case."""
    return identity.partition("[")[0]


def _by_function(described: Iterable[Described]) -> dict[str, list[Described]]:
    found: dict[str, list[Described]] = {}
    for one in described:
        found.setdefault(function_of(one.id), []).append(one)
    return dict(sorted(found.items()))


def under_test(claim: str, path: Path, kind: str, sources: Sources) -> str:
    """What was scored: a claim function with all that it reaches and that measures it, and the lines marked there."""
    return digest(dumps([claim, content(path, kind, sources), _marks(path, sources)]))


def _marks(path: Path, sources: Sources) -> list[list[str]]:
    """The reasons for which lines of the modules that a file reaches are marked as equivalent."""
    files = sources.closure(path)
    return [found for file in files if (found := _marked(file, file.stat().st_mtime_ns))]


@lru_cache(maxsize=4096)
def _marked(file: Path, modified: int) -> list[str]:
    return EQUIVALENT.findall(file.read_text(encoding="utf-8"))


def _fingerprint(cases: list[Described], most: int, sources: Sources) -> str:
    """What a score depends on: the claim with all that it reaches, how many mutants, how they are made and tried."""
    ours = sorted({*(HERE / "power").glob("*.py"), *(HERE / "judging").glob("*.py")} - {Path(__file__).resolve()})
    code = [sources.source(file).tree for file in ours]
    return digest(dumps([[one.fingerprint for one in cases], most, code, _marks(Path(cases[0].path), sources)]))


def place(out: Path, claim: str) -> Path:
    """Where what was tried of a claim lies."""
    return out / FOLDER / store.claim_file(out, claim).name


def _load(path: Path, fingerprint: str | None = None) -> dict[str, Any] | None:
    """What was tried of a claim; None where nothing was, or of other code, or the file is not what the tool wrote."""
    try:
        kept = store.load_entry(path)
    except (Corrupted, FileNotFoundError):
        return None
    whole = kept.keys() >= KEPT and (kept["entry"] is None or "fingerprint" in kept["entry"])
    return kept if whole and fingerprint in (None, kept["fingerprint"]) else None


def _assemble(out: Path, scores: Scores, whole: list[Path], there: set[str]) -> None:
    """Write ``power.jsonl``: what was tried now, and what is there of claims that were not named.

    What was tried of a claim that is gone from a file that was read ``whole`` is removed.
    """
    with locked(out / FOLDER):
        found = {entry["claim"]: entry for entry in scores.entries}
        for path in sorted((out / FOLDER).glob("*.json")):
            kept = _load(path)
            if kept is not None and _is_gone(Path(kept["path"]), kept, whole, there):
                path.unlink(missing_ok=True)
                continue
            if kept is not None and kept["entry"] is not None and kept["entry"]["claim"] not in scores.without:
                found.setdefault(kept["entry"]["claim"], kept["entry"])
        write_atomically(out / NAME, "".join(dumps(found[name]) + "\n" for name in sorted(found)))


def _is_gone(path: Path, kept: dict[str, Any], whole: list[Path], there: set[str]) -> bool:
    gone = kept["entry"] is not None and kept["entry"]["claim"] not in there
    return not path.is_file() or (gone and path in whole)


def read(path: Path) -> dict[str, Entry]:
    """The entries of a ``power.jsonl`` by claim; none where there is no such file. Raises :class:`Corrupted`."""
    try:
        return {entry["claim"]: entry for entry in store.json_lines(path)} if path.exists() else {}
    except (ValueError, KeyError, TypeError):
        raise Corrupted(f"{path} is truncated or was edited by hand; `gronwall power` writes it anew") from None


def known(out: Path) -> dict[str, Entry]:
    """What is known of the power of claims: by runs into ``out``, else by this repository's committed scores."""
    committed = read(REPOSITORY / "paper" / NAME) if repository.home() == REPOSITORY else {}
    return {**committed, **read(out / NAME)}
