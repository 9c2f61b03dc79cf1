"""The search for a counterexample: Hypothesis draws, an ascent climbs from the best it drew, Hypothesis shrinks.

First come the claim's ``examples``, drawn by Hypothesis's own engine exactly as plain Hypothesis draws them. Then the
climb: at most a quarter as many instances again, made by moving the choices of those with the largest
measured/predicted so far (:mod:`gronwall.measuring.moves`). So the search sees all that plain Hypothesis sees.

The draws depend on the seed, the strategy and the literals of the claim's own file
(:mod:`gronwall.measuring.engine`).

It can be wrong in one direction: a violation on a set of tiny measure far from every large ratio is
not found. A verdict ``holds`` with scope ``searched`` says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from hypothesis.errors import HypothesisException, InvalidArgument, UnsatisfiedAssumption
from hypothesis.strategies import SearchStrategy

from gronwall.canonical import dumps, to_json
from gronwall.measuring.engine import NOTHING, Engine, Enough, Violation
from gronwall.measuring.moves import TRYING, WALKING, Moves

SHRINKS = 400
"""Evaluations spent on making a counterexample simpler, at most."""
CLIMB = 4
"""One instance of the climb to so many of the engine's."""
ELITES = 6
"""Cases with the largest ratio that are moved further."""
OTHERS = 24
"""Cases kept beside them, where the ratio does not lead."""

Seen = tuple[float | None, Any]
"""The fitness of a case, and the case."""
UNSEEN: Seen = (None, None)


@dataclass(frozen=True)
class Outcome:
    """What one instance gave: ``fitness`` to climb (None: nothing to climb), and whether it is a failure."""

    fitness: float | None
    failed: bool
    result: Any


@dataclass
class Found:
    """What a search found: every evaluation, in order, and the shrunk failure if there was one.

    ``elites`` are the cases with the largest fitness, best first, with the choices that made them.
    """

    evaluated: list[tuple[Any, Outcome]] = field(default_factory=list)
    failure: tuple[Any, Outcome] | None = None
    problem: str | None = None
    elites: list[tuple[float, Any]] = field(default_factory=list)

    def worst(self) -> tuple[Any, Outcome] | None:
        """The evaluation with the largest fitness."""
        climbed = [pair for pair in self.evaluated if pair[1].fitness is not None]
        return max(climbed, key=lambda pair: cast(float, pair[1].fitness), default=None)


class _Search:
    """One search: what is known, what is best, and how much may still be spent."""

    def __init__(
        self, evaluate: Callable[[Any], Outcome], strategy: SearchStrategy[Any], examples: int, seed: int, literals: Any
    ) -> None:
        self.evaluate, self.examples, self.found = evaluate, examples, Found()
        self.known: dict[str, Outcome] = {}
        self.others: list[Any] = []
        self.allowed: float = math.inf
        self.attempts = 0
        self.rejected = 0
        self.last = UNSEEN
        self.engine = Engine(strategy, self.run, examples=examples, seed=seed, literals=literals)
        self.rng = Random(f"{seed}, the climb")

    def run(self, instance: Any, case: Any) -> None:
        """Evaluate an instance that was not yet, and tell the engine where it fails."""
        name = dumps(to_json(instance))
        if name not in self.known:
            if self.allowed <= 0:
                raise Enough
            try:
                outcome = self.evaluate(instance)
            except UnsatisfiedAssumption:
                self.rejected += 1
                raise
            self.allowed -= 1
            self.known[name] = outcome
            self.found.evaluated.append((instance, outcome))
        outcome = self.known[name]
        self._keep(outcome.fitness, case)
        if outcome.failed:
            if self.found.failure is None:
                self.allowed = SHRINKS
            self.found.failure = (instance, outcome)
            raise Violation

    def _keep(self, fitness: float | None, case: Any) -> None:
        """Keep the case if it belongs to the best, or as one of a few others."""
        self.last = (fitness, case)
        if len(self.others) < OTHERS:
            self.others.append(case)
        elif self.rng.random() < 0.1:
            self.others[self.rng.randrange(OTHERS)] = case
        if fitness is None or math.isnan(fitness):
            return
        elites = self.found.elites
        if len(elites) == ELITES and fitness <= elites[-1][0]:
            return
        if any(elite.choices == case.choices for _, elite in elites):
            return
        elites.append((fitness, case))
        elites.sort(key=lambda elite: -elite[0])
        del elites[ELITES:]

    def climb(self) -> None:
        """Move the best cases: at most a quarter as many instances again."""
        self.allowed = self.examples // CLIMB
        moves, tries = Moves(self.rng), 4 * self.allowed
        while self.allowed > 0 and self.attempts < tries and not self.engine.exhausted:
            base, leads = self._base()
            if base is None:
                return
            proposal = moves.proposal(base, WALKING if leads else TRYING)
            while proposal is not None and self._improves(proposal):
                base, proposal = self.last[1], moves.further(base, self.last[1])
            if self.found.failure is not None:
                self.engine.shrink()
                return

    def _base(self) -> tuple[Any, bool]:
        """The case to move next, and whether its ratio is one to climb from."""
        elites = [case for _, case in self.found.elites]
        leads = bool(elites) and (len(elites) < 2 or _above(self.found.elites[0][0], self.found.elites[-1][0]))
        if elites and self.rng.random() < (0.8 if leads else 0.4):
            return elites[min(int(self.rng.expovariate(0.8)), len(elites) - 1)], leads
        return (self.rng.choice(self.others), False) if self.others else (None, False)

    def _improves(self, choices: list[Any]) -> bool:
        """Does the case of these choices beat the best one? It is evaluated."""
        best = self.found.elites[0][0] if self.found.elites else math.inf
        self.attempts += 1
        self.last = UNSEEN
        self.engine.replay(choices)
        fitness = self.last[0]
        return fitness is not None and fitness > best and self.found.failure is None and self.allowed > 0


def _above(best: float, least: float) -> bool:
    """Is it larger by more than rounding, which leads nowhere?"""
    return best > least + 1e-9 * abs(least)


def search(
    evaluate: Callable[[Any], Outcome],
    strategy: SearchStrategy[Any],
    *,
    examples: int,
    seed: int,
    literals: Any = NOTHING,
) -> Found:
    """Evaluate ``examples`` draws of ``strategy``, then climb ``fitness``, stopping at a failure.

    ``evaluate`` may call ``hypothesis.assume``. A failure is shrunk with at most ``SHRINKS`` further
    evaluations. ``problem`` says why nothing could be drawn, or too little, where that is so. A domain that
    has fewer members than ``examples`` is searched whole.
    """
    one = _Search(evaluate, strategy, examples, seed, literals)
    found = one.found
    try:
        one.engine.generate()
        starved = _starved(one)
        if found.failure is None:
            one.climb()
        if found.failure is None:
            found.problem = starved
    except InvalidArgument as mistake:
        found.problem = f"the strategy cannot be drawn from: {mistake}"
    except HypothesisException as mistake:
        if found.failure is None:
            found.problem = f"the search stopped: {type(mistake).__name__}: {mistake}"
    return found


def _starved(one: _Search) -> str | None:
    """Why less was drawn than was asked for, and the way out; None where enough was drawn, or all there is."""
    engine = one.engine
    if not one.found.evaluated and not one.rejected:
        return "the strategy yields no example"
    if engine.passed >= one.examples or engine.exhausted:
        return None if one.found.evaluated else f"none of {engine.drawn} instances passed assume()"
    told = f"only {engine.passed} of {engine.drawn} instances"
    wanted = f"and {one.examples} are asked for"
    if engine.oversized:
        return f"{told} were small enough to be drawn, {wanted}; draw smaller ones, with max_size= or ranges"
    return (
        f"{told} passed the filter, {wanted}; draw what satisfies it, by ranges, .map or st.builds "
        "in place of .filter and assume"
    )


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
    replayed = _replayed(evaluate, strategy, found, seed)
    for _, elite in found.elites[:starts]:
        moving = [node for node in elite.nodes if node.type == "float" and math.isfinite(node.value)]
        if not moving:
            continue

        def loss(x: Any, elite: Any = elite, moving: Any = moving) -> float:
            values = {node.index: min(max(float(v), node.constraints["min_value"]), node.constraints["max_value"])
                      for node, v in zip(moving, x, strict=True)}  # fmt: skip
            return replayed([values.get(place, value) for place, value in enumerate(elite.choices)])

        minimize(loss, [node.value for node in moving], method=method, options=options)
        if found.failure is not None:
            return


def _replayed(
    evaluate: Callable[[Any], Outcome], strategy: SearchStrategy[Any], found: Found, seed: int
) -> Callable[[list[Any]], float]:
    """A function of choices: minus the fitness of the instance that they make; the evaluation is added to ``found``."""
    seen: dict[tuple[Any, ...], float] = {}

    def run(instance: Any, case: Any) -> None:
        outcome = evaluate(instance)
        found.evaluated.append((instance, outcome))
        if outcome.failed and found.failure is None:
            found.failure = (instance, outcome)
        seen[case.choices] = math.inf if outcome.fitness is None else -outcome.fitness

    engine = Engine(strategy, run, examples=1, seed=seed)

    def replay(choices: list[Any]) -> float:
        engine.replay(choices)
        return seen.get(tuple(choices), math.inf)

    return replay


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
