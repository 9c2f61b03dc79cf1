r"""One protocol of a training: an experiment is declared once, and claims, figures and paper ask it.

    CLOUD = Experiment(
        "nesterov.trained.point_cloud",           # subject, room, name: that of its table
        train=trained,                            # (run, **setting) -> arrays whose values are kept
        tell=told,                                # (table, found, **setting): the rows that are shown
        sweep=[{"system": name} for name in NAMES],  # what belongs to it, and is in its table
        length=pick(full=60, paper=200),          # epochs, steps or iterations, by effort
        seeds=Seeds(36, 24, chosen_on=range(36)), # who is measured, and on whom margins and rates were chosen
        streams={"points": 3},                    # names of the streams of randomness that a seed has
    )
    found = CLOUD(effort, system="NODE")          # made once, whoever asks first; read-only arrays

A replicate is never a seed: `CLOUD.seeds.of(replicate)` is the seed of a replicate.  Every draw comes from
`run.stream(seed, "weights")`, a generator of that seed and that name alone, so that a member is who it is whatever
others there are.  How long to train is in one place, and so is when a member stops: `Stopping`.

The arrays are cached by content (the code below the module of `train`, setting, seeds, length, streams, library
versions); two processes that want them make them once.  The rows that `tell` writes go to the experiment's table,
DIR/tables/NAME.json, a record of its own: no figure's data is a side effect of a claim.
"""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gronwall.canonical import digest, dumps, to_json
from gronwall.efforts import Effort, Pick
from gronwall.running import tables
from gronwall.running.caching import code_now, made_once, made_unless_others_do, out_folder, progress
from gronwall.running.fingerprint import versions
from systems.training.streams import STREAMS, stream

__all__ = ["Experiment", "Run", "Seeds", "Stopping", "Table", "quartiles"]


@dataclass(frozen=True)
class Seeds:
    """The seeds that are measured, `first`, `first` + 1, …, and those on which rates, widths or margins were chosen.

    count may depend on the effort.  Raises ValueError where one of the measured seeds has been chosen on.
    """

    first: int
    count: int | Pick
    chosen_on: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "chosen_on", tuple(self.chosen_on))
        largest = self.count if isinstance(self.count, int) else max(self.count.values.values())
        both = sorted(set(self.chosen_on) & set(range(self.first, self.first + largest)))
        if both:
            raise ValueError(f"seeds {both} are measured and had been chosen on: expected seeds that played no part")

    def at(self, effort: Effort) -> list[int]:
        """The seeds of an effort."""
        return list(range(self.first, self.first + self.many(effort)))

    def many(self, effort: Effort) -> int:
        """How many they are."""
        return self.count if isinstance(self.count, int) else int(self.count.at(effort))

    def of(self, replicate: int) -> int:
        """The seed of a replicate of a claim, counted from 0."""
        return self.first + replicate


@dataclass(frozen=True)
class Run:
    """One training as `train` is asked for it: whose, how long, with which randomness, and who hears of it."""

    effort: Effort
    seeds: list[int]
    length: int
    streams: Mapping[str, int]
    label: str
    progress: Callable[[float, float], None]

    def stream(self, seed: int, name: str) -> np.random.Generator:
        """The generator of a seed's stream of this name."""
        return stream(seed, name, self.streams)


class Stopping:
    """The rule by which a member stops: its loss or its gradient leaves the floats, or its solver gives up.

    Solvers say that they give up by NaN.  Who has stopped keeps the weights and the figures it had, and is `stopped`
    in what is told; nobody else notices.
    """

    def __init__(self, members: int) -> None:
        self.alive = np.ones(members, dtype=bool)

    @property
    def stopped(self) -> np.ndarray:
        return ~self.alive

    def look(self, losses: Any, slopes: Iterable[Any]) -> np.ndarray:
        """Who goes on, one a member, after losses (members) and slopes (members x …) that may be NaN or infinite."""
        import torch

        fit = torch.isfinite(torch.as_tensor(losses).detach())
        for slope in slopes:
            fit &= torch.isfinite(slope).flatten(1).all(dim=1)
        self.alive &= fit.numpy()
        return self.alive

    def keep(self, new: np.ndarray, last: np.ndarray) -> np.ndarray:
        """The new figures of those who go on, the last ones of those who stopped."""
        return np.where(self.alive, new, last)


@dataclass
class Table:
    """What an experiment shows of one setting: points of series and whole arrays, as a claim's `log` has them."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, *, measured: Any, **labels: Any) -> None:
        """One point of a series."""
        self.rows.append({"name": name, "measured": to_json(measured), **to_json(labels)})

    def array(self, name: str, values: Any, **labels: Any) -> None:
        """A curve, a path, a picture."""
        self.rows.append({"name": name, "values": to_json(values), **to_json(labels)})

    def quartiles(self, name: str, values: Any, **labels: Any) -> None:
        """Median and quartiles over the seeds, as one point."""
        self.add(name, **quartiles(values), **labels)


def quartiles(values: Any) -> dict[str, float]:
    """Median and quartiles over the seeds: measured, low, high."""
    low, middle, high = np.quantile(np.asarray(values, dtype=float), [0.25, 0.5, 0.75])
    return {"measured": float(middle), "low": float(low), "high": float(high)}


def nothing_told(table: Table, found: Mapping[str, Any], run: Run, **setting: Any) -> None:
    """Of an experiment that shows nothing of its own."""


@dataclass(frozen=True)
class Experiment:
    """A training, declared once; see the head of this module.

    name: "subject.room.name".  train(run, **setting): the arrays that are kept, by name.  tell(table, found, run,
    **setting): the rows that figures and paper read.  length: steps, epochs or iterations.  sweep: the settings that
    belong to it and are in its table; whoever asks first has all of them made, and two processes share the work.
    Without a sweep the table has what was asked for.
    """

    name: str
    train: Callable[..., Mapping[str, Any]]
    length: int | Pick
    seeds: Seeds
    tell: Callable[..., None] = nothing_told
    streams: Mapping[str, int] = field(default_factory=dict)
    sweep: Sequence[Mapping[str, Any]] = ()

    def __call__(self, effort: Effort, **setting: Any) -> dict[str, Any]:
        """What a training left: arrays, read-only, made once for this setting."""
        self.complete(effort)
        setting = self.whole(setting)
        run = self.run(effort, setting)
        found = made_once(*self._order(run, setting))
        if not self.sweep:
            self._lay(run, setting, found)
        return found

    def complete(self, effort: Effort) -> None:
        """Make all of the sweep, those first that nobody else is at, and lay its table."""
        mark = (str(out_folder().resolve()), self.name, str(effort))
        if mark in _complete:
            return
        _complete.add(mark)
        waiting = [self.whole(setting) for setting in self.sweep]
        for wait in (False, True):
            for setting in list(waiting):
                run = self.run(effort, setting)
                found = made_unless_others_do(*self._order(run, setting), wait=wait)
                if found is not None:
                    waiting.remove(setting)
                    self._lay(run, setting, found)

    def whole(self, setting: Mapping[str, Any]) -> dict[str, Any]:
        """A setting with the defaults of `train`.  Raises TypeError for what `train` does not know."""
        given = inspect.signature(self.train).bind(None, **setting)
        given.apply_defaults()
        return dict(list(given.arguments.items())[1:])

    def run(self, effort: Effort, setting: Mapping[str, Any]) -> Run:
        """The training of an effort and a setting, not yet made."""
        length = self.length if isinstance(self.length, int) else int(self.length.at(effort))
        what = self.name.rpartition(".")[2].replace("_", " ")
        label = ", ".join([what, *(f"{value}" for value in setting.values())])
        return Run(effort, self.seeds.at(effort), length, {**STREAMS, **self.streams}, label, _telling(label))

    @property
    def module(self) -> Path:
        """The file that declares how it is trained."""
        return Path(inspect.getsourcefile(self.train) or "").resolve()

    def _order(self, run: Run, setting: Mapping[str, Any]) -> tuple[str, str, Callable[[], Mapping[str, Any]]]:
        """Under which name and key it is kept, and how it is made."""
        return self.name, self._key(run, setting), partial(self.train, run, **setting)

    def _key(self, run: Run, setting: Mapping[str, Any]) -> str:
        asked = {"seeds": run.seeds, "length": run.length, "streams": dict(run.streams), "setting": dict(setting)}
        return digest(dumps([self.name, code_now(self.module), to_json(asked), versions()]))

    def _lay(self, run: Run, setting: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Write the rows of this setting into the table, once a process."""
        if self.tell is nothing_told:
            return
        teller = Path(inspect.getsourcefile(self.tell) or "").resolve()
        made = tables.Made(
            self.name, tables.module_of(teller), str(run.effort), run.length, tuple(run.seeds), self.seeds.chosen_on
        )
        out = out_folder().resolve()
        mark = (str(out), self.name, str(run.effort), dumps(to_json(dict(setting))))
        if mark in _laid:
            return
        _laid.add(mark)
        shown = Table()
        self.tell(shown, found, run, **setting)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        tables.lay(out, made, made.fingerprint(code_now(teller)), setting, shown.rows, now)


_laid: set[tuple[str, ...]] = set()
_complete: set[tuple[str, ...]] = set()


def _telling(label: str) -> Callable[[float, float], None]:
    return lambda done, total: progress(done, total, label)
