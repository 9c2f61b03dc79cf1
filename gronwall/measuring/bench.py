"""Where a claim is measured: its functions are called here, with what they name, and what they log is kept."""

from __future__ import annotations

import copy
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gronwall.canonical import nameless, readable, tidy, to_json
from gronwall.claims import Claim, Variant
from gronwall.efforts import Effort
from gronwall.measuring import seeding, sides
from gronwall.measuring.sides import Unusable
from gronwall.places import HERE, import_roots, shown_path
from gronwall.problems import MalformedClaim

Form = dict[str, Any]


class Failed(Exception):
    """A function of the claim raised, or returned what cannot be compared."""


@dataclass
class Log:
    """What a claim's evaluations leave: for the figures ``log("name", x=…, measured=…)`` of its own, and frames."""

    series: list[dict[str, Any]] = field(default_factory=list)
    arrays: list[dict[str, Any]] = field(default_factory=list)
    enabled: bool = False
    raised: dict[str, str] = field(default_factory=dict)
    """The way through the claim's files to each thing that was raised, by what is told of it."""

    def __call__(self, name: str, *, x: Any, measured: Any, predicted: Any = None, **labels: Any) -> None:
        """One point of a series."""
        if self.enabled:
            numbers = {"x": _plain(x), "measured": _plain(measured), "predicted": _plain(predicted)}
            point = {"name": readable(str(name)), **numbers}
            self.series.append({**{key: to_json(value) for key, value in labels.items()}, **point})

    def array(self, name: str, array: Any, **labels: Any) -> None:
        """A whole array, such as the weights of a trained network."""
        if self.enabled:
            self.arrays.append({**{key: to_json(value) for key, value in labels.items()},
                                "name": readable(str(name)), "values": to_json(array)})  # fmt: skip


def _plain(value: Any) -> Any:
    """A number of any arithmetic as a JSON number."""
    if value is None or isinstance(value, str):
        return to_json(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if hasattr(value, "detach") or isinstance(value, np.ndarray | np.generic):
        return to_json(value)
    return to_json(sides.to_float(value))


@dataclass(frozen=True)
class Bench:
    """Where one claim (one case of it) is measured: its identity, the run's seed, the effort, its log."""

    claim: Claim
    claim_id: str
    case: Any
    seed: int
    effort: Effort
    log: Log
    parts: tuple[str, ...] = ()
    """The names that the claim gives the parts of its instances."""

    def call(self, fn: Callable[..., Any], *what: Any, shared: tuple[Any, ...] = (), **given: Any) -> Any:
        """Call ``fn`` with what it names; its randomness is keyed by ``what``."""
        lazy: dict[str, Callable[[], Any]] = {
            "rng": lambda: seeding.generator(self.seed, self.claim_id, *what),
            "shared_rng": lambda: seeding.generator(self.seed, self.claim_id, "shared", *shared),
            "case": lambda: self.case,
            "effort": lambda: self.effort,
            "log": lambda: self.log,
            **{name: (lambda value=value: value) for name, value in given.items()},  # type: ignore[misc]
        }
        if self.parts and isinstance(given.get("instance"), Mapping):
            lazy |= {name: (lambda name=name: given["instance"][name]) for name in self.parts}  # type: ignore[misc]
        names = [p.name for p in inspect.signature(fn).parameters.values()
                 if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]  # fmt: skip
        seeding.seed_globals(seeding.key(self.seed, self.claim_id, *what))
        return fn(**{name: lazy[name]() for name in names if name in lazy})

    def guarded(self, fn: Callable[..., Any], *what: Any, shared: tuple[Any, ...] = (), **given: Any) -> Any:
        """:meth:`call`, with whatever is raised turned into :class:`Failed`."""
        try:
            return self.call(fn, *what, shared=shared, **given)
        except (Exception, SystemExit, KeyboardInterrupt) as problem:
            if type(problem).__name__ in ("UnsatisfiedAssumption", "StopTest"):
                raise
            raise Failed(self.raised(problem)) from problem

    def raised(self, problem: BaseException) -> str:
        """What was raised, in a line; the way to it is kept."""
        told = describe(problem, self.claim.path)
        self.log.raised[told] = own_frames(problem, self.claim.path)
        return told

    def stated(self, keyword: str, variant: Variant | None) -> Any:
        return self.claim.stated(keyword, self.effort, self.case, variant)


def describe(problem: BaseException, path: Path | None = None) -> str:
    """``ValueError: message (line 12 of claims.py)``: the innermost line of the claim's own file."""
    text = tidy(f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__)
    if isinstance(problem, MalformedClaim):
        return text
    frames = traceback.extract_tb(problem.__traceback__)
    own = [f for f in frames if path is not None and Path(f.filename) == path] or frames[-1:]
    return text + (f" (line {own[-1].lineno} of {Path(own[-1].filename).name})" if own else "")


def own_frames(problem: BaseException, path: Path) -> str:
    """The way to what was raised through the claim's file and its project, as a traceback shows it, innermost last."""
    roots = import_roots(path)
    frames = [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if any(Path(frame.filename).is_relative_to(root) for root in roots)
        and not Path(frame.filename).is_relative_to(HERE)
        and "site-packages" not in frame.filename
    ]
    lines = [
        f"{shown_path(Path(frame.filename))}:{frame.lineno}, in {frame.name}: {frame.line or ''}".rstrip(": ")
        for frame in frames
    ]
    return "\n".join(lines)


def own_copy(instance: Any) -> Any:
    """A copy for a function of the claim to do with as it likes; the object itself where it has no copy."""
    try:
        return copy.deepcopy(instance)
    except Exception:  # whatever the stranger's class raises
        return instance


def at(bench: Bench, fn: Callable[..., Any], instance: Any) -> Any:
    """What a function of the claim returns at an instance. Raises :class:`Failed`."""
    unnamed = nameless(instance)
    if unnamed is not None:
        raise Failed(
            f"the instance holds {unnamed}, which nothing tells from another one; draw a frozen dataclass, "
            "a tuple or a number, and make the object inside the claim"
        )
    if bench.parts and (not isinstance(instance, Mapping) or set(instance) != set(bench.parts)):
        received = f"the parts {_named(instance)}" if isinstance(instance, Mapping) else f"no parts: {instance!r}"[:80]
        raise Failed(f"an instance has {received}; over= names {_named(bench.parts)}, so expected a dict of these")
    return bench.guarded(fn, "instance", to_json(instance), instance=own_copy(instance))


def _named(names: Iterable[Any]) -> str:
    return ", ".join(map(str, names)) or "none"


def pair_of(returned: Any, names: str) -> tuple[Any, Any]:
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        kind = "nothing" if returned is None else f"{type(returned).__name__} {returned!r}"[:80]
        raise Unusable(f"expected a pair ({names}), got {kind}")
    return returned[0], returned[1]
