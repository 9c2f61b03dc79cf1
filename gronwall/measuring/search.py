"""The search for a counterexample: Hypothesis draws, an ascent climbs, Hypothesis shrinks.

Part of the instances is drawn afresh, part by perturbing those with the largest measured/predicted
so far. Both happen below the strategy, where Hypothesis makes its elementary choices (an integer,
a float with its range, ...), so that every perturbed instance is still an instance of the domain.

The draws depend on the seed and the strategy alone (:mod:`gronwall.measuring.provider`).

It can be wrong in one direction: a violation on a set of tiny measure far from every large ratio is
not found. A verdict ``holds`` with scope ``searched`` says so.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import (
    HypothesisException,
    InvalidArgument,
    NoSuchExample,
    Unsatisfiable,
    UnsatisfiedAssumption,
)
from hypothesis.strategies import SearchStrategy

from gronwall.canonical import dumps, to_json
from gronwall.measuring import provider
from gronwall.measuring.provider import Choice

SHRINKS = 400
"""Evaluations spent on making a counterexample simpler, at most."""


@dataclass(frozen=True)
class Outcome:
    """What one instance gave: ``fitness`` to climb (None: nothing to climb), and whether it is a failure."""

    fitness: float | None
    failed: bool
    result: Any


@dataclass
class Found:
    """What a search found: every evaluation, in order, and the shrunk failure if there was one."""

    evaluated: list[tuple[Any, Outcome]] = field(default_factory=list)
    failure: tuple[Any, Outcome] | None = None
    problem: str | None = None

    def worst(self) -> tuple[Any, Outcome] | None:
        """The evaluation with the largest fitness."""
        climbed = [pair for pair in self.evaluated if pair[1].fitness is not None]
        return max(climbed, key=lambda pair: cast(float, pair[1].fitness), default=None)


class _Failed(Exception):
    pass


def _settings(examples: int) -> settings:
    set_hypothesis_home_dir(tempfile.gettempdir())
    return settings(
        backend="gronwall",
        max_examples=examples,
        database=InMemoryExampleDatabase(),
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
    )


def search(
    evaluate: Callable[[Any], Outcome],
    strategy: SearchStrategy[Any],
    *,
    examples: int,
    seed: int,
) -> Found:
    """Evaluate up to ``examples`` instances of ``strategy``, climbing ``fitness``, stopping at a failure.

    ``evaluate`` may call ``hypothesis.assume``. A failure is shrunk with at most ``SHRINKS`` further
    evaluations. ``problem`` says why nothing could be drawn, where that is so.
    """
    provider.begin(examples)
    found = Found()
    known: dict[str, Outcome] = {}
    after_failure = 0

    def run(instance: Any) -> None:
        nonlocal after_failure
        name = dumps(to_json(instance))
        if name not in known:
            if found.failure is not None:
                after_failure += 1
                if after_failure > SHRINKS:
                    return
            elif len(found.evaluated) >= examples:
                return
            known[name] = outcome = evaluate(instance)
            found.evaluated.append((instance, outcome))
        outcome = known[name]
        provider.current().credit(outcome.fitness)
        if outcome.failed:
            found.failure = (instance, outcome)
            raise _Failed

    # Hypothesis counts repeated draws of one instance as examples, this counts instances
    test = hypothesis.seed(seed)(_settings(examples + examples // 2 + 20)(hypothesis.given(strategy)(run)))
    try:
        test()
    except _Failed:
        pass
    except (Unsatisfiable, NoSuchExample):
        found.problem = "the strategy yields no example"
    except InvalidArgument as mistake:
        found.problem = f"the strategy cannot be drawn from: {mistake}"
    except HypothesisException as mistake:
        if found.failure is None:
            found.problem = f"the search stopped: {type(mistake).__name__}: {mistake}"
    if not found.evaluated and found.problem is None:
        found.problem = "the strategy yields no example"
    return found


def ascend(
    evaluate: Callable[[Any], Outcome],
    strategy: SearchStrategy[Any],
    found: Found,
    method: str,
    *,
    seed: int,
    starts: int = 2,
    evaluations: int = 150,
) -> None:
    """Climb from the best draws of the last search with a method of ``scipy.optimize.minimize``, by its name.

    What moves are the floats that the strategy drew, inside the ranges it drew them from; everything else
    of the instance stays. What is evaluated is added to ``found``. Raises ``ValueError`` for an unknown method.
    """
    from scipy import optimize

    minimize: Any = optimize.minimize  # its stubs know the methods' names one by one
    options = {"maxfev" if method.lower() in ("nelder-mead", "powell") else "maxiter": evaluations}
    for _, elite in list(provider.current().elites[:starts]):
        moving = [choice for choice in elite if choice.kind == "float" and math.isfinite(choice.value)]
        if not moving:
            continue

        def trace_at(x: Any, elite: list[Choice] = elite) -> list[Choice]:
            values = iter(x)
            return [
                replace(c, value=min(max(float(next(values)), c.low), c.high))
                if c.kind == "float" and math.isfinite(c.value)
                else c
                for c in elite
            ]

        def loss(x: Any, at: Callable[[Any], list[Choice]] = trace_at) -> float:
            return _replayed(evaluate, strategy, found, at(x), seed)

        minimize(loss, [choice.value for choice in moving], method=method, options=options)
        if found.failure is not None:
            return


def _replayed(
    evaluate: Callable[[Any], Outcome], strategy: SearchStrategy[Any], found: Found, trace: list[Choice], seed: int
) -> float:
    """Minus the fitness of the instance that a trace makes; the evaluation is added to ``found``."""
    last: list[tuple[Any, Outcome]] = []

    def run(instance: Any) -> None:
        last.append((instance, evaluate(instance)))

    provider.current().forced = trace
    try:
        hypothesis.seed(seed)(_settings(2)(hypothesis.given(strategy)(run)))()
    except HypothesisException:
        return math.inf
    finally:
        provider.current().forced = None
    instance, outcome = last[-1]
    found.evaluated.append((instance, outcome))
    if outcome.failed and found.failure is None:
        found.failure = (instance, outcome)
    return math.inf if outcome.fitness is None else -outcome.fitness


def climb(
    evaluate: Callable[[Any], Outcome],
    found: Found,
    how: Callable[..., Iterable[Any]],
    *,
    starts: int = 3,
) -> None:
    """Follow the author's own ascent from the best draws, adding what it evaluates to ``found``.

    ``how(instance, ratio)`` yields further instances of the domain; ``ratio`` is a function that
    gives measured/predicted of an instance (``-inf`` where there is none).
    """

    def ratio(instance: Any) -> float:
        outcome = evaluate(instance)
        found.evaluated.append((instance, outcome))
        if outcome.failed and found.failure is None:
            found.failure = (instance, outcome)
        return -math.inf if outcome.fitness is None else outcome.fitness

    ranked = sorted(
        (pair for pair in found.evaluated if pair[1].fitness is not None),
        key=lambda pair: -cast(float, pair[1].fitness),
    )
    for instance, _ in ranked[:starts]:
        try:
            for further in how(instance, ratio) or ():
                ratio(further)
        except UnsatisfiedAssumption:
            continue
