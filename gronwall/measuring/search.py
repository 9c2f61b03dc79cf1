"""The search for a counterexample: Hypothesis draws, an ascent climbs, Hypothesis shrinks.

Part of the instances is drawn afresh, part by perturbing those with the largest measured/predicted
so far. Both happen below the strategy, where Hypothesis makes its elementary choices (an integer,
a float with its range, ...), so that every perturbed instance is still an instance of the domain.

The draws depend on the seed and the strategy alone. Hypothesis as it comes also draws literals out
of the modules that happen to be imported; the provider here does not.

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
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import SearchStrategy

from gronwall.canonical import dumps, to_json

SHRINKS = 400
"""Evaluations spent on making a counterexample simpler, at most."""

ELITES = 6
"""Instances with the largest ratio that are perturbed further."""

FRESH_SHARE = 0.4
"""Share of the instances that are always drawn afresh."""


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


@dataclass
class _Choice:
    kind: str
    value: Any
    low: Any = None
    high: Any = None


class _Ascent:
    """The state the provider shares with the search: the current trace and the elite ones."""

    def __init__(self, examples: int = 0) -> None:
        self.examples = examples
        self.trace: list[_Choice] = []
        self.elites: list[tuple[float, list[_Choice]]] = []
        self.runs = 0
        self.forced: list[_Choice] | None = None

    def credit(self, fitness: float | None) -> None:
        """Keep the trace just drawn if it belongs to the elite."""
        if fitness is None or math.isnan(fitness) or not self.trace:
            return
        values = [choice.value for choice in self.trace]
        if any([choice.value for choice in trace] == values for _, trace in self.elites):
            return
        self.elites.append((fitness, list(self.trace)))
        self.elites.sort(key=lambda elite: -elite[0])
        del self.elites[ELITES:]


_ascent = _Ascent()


class ClimbingProvider(providers.HypothesisProvider):
    """Hypothesis's own draws, mixed with even ones over a range and with perturbations of the elite."""

    def __init__(self, conjecturedata: Any, /) -> None:
        super().__init__(conjecturedata)
        self._template: list[_Choice] | None = None
        self._moved: set[int] = set()
        self._step = 0.0
        if conjecturedata is not None:
            self._begin()

    @property
    def _local_constants(self) -> Constants:
        return Constants()

    def _begin(self) -> None:
        rng = self._random
        assert rng is not None
        _ascent.trace = []
        _ascent.runs += 1
        if _ascent.forced is not None:
            self._template = _ascent.forced
            return
        late = _ascent.runs > _ascent.examples  # what is missing still is missing because perturbing repeats itself
        if not _ascent.elites or _ascent.runs < 20 or late or rng.random() < FRESH_SHARE:
            return
        self._template = _ascent.elites[min(int(rng.expovariate(0.8)), len(_ascent.elites) - 1)][1]
        count = 1 if rng.random() < 0.6 else rng.randint(1, len(self._template))
        self._moved = set(rng.sample(range(len(self._template)), min(count, len(self._template))))
        self._step = 10.0 ** rng.uniform(-5.0, -0.3)

    def _next(self, kind: str, permitted: Callable[[Any], bool]) -> tuple[_Choice | None, bool]:
        """The choice of the template at this place, and whether it is to be moved."""
        place = len(_ascent.trace)
        if self._template is None or place >= len(self._template):
            return None, False
        choice = self._template[place]
        if choice.kind != kind or not permitted(choice.value):
            self._template = None
            return None, False
        return choice, place in self._moved

    def _made(self, kind: str, value: Any, low: Any = None, high: Any = None) -> Any:
        _ascent.trace.append(_Choice(kind, value, low, high))
        return value

    def draw_boolean(self, p: float = 0.5) -> bool:
        choice, move = self._next("boolean", lambda v: 0 < p < 1 or v == (p >= 1))
        value = super().draw_boolean(p) if choice is None or move else choice.value
        return bool(self._made("boolean", value))

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        rng = self._random
        assert rng is not None

        def permitted(v: int) -> bool:
            return (min_value is None or v >= min_value) and (max_value is None or v <= max_value)

        choice, move = self._next("integer", permitted)
        if choice is not None and not move:
            return int(self._made("integer", choice.value))
        if choice is not None and weights is None and rng.random() < 0.7:
            jump = max(1, round(self._step * max(abs(choice.value), 4)))
            value = choice.value + rng.choice([-1, 1]) * rng.randint(1, jump)
            if permitted(value):
                return int(self._made("integer", value))
        if weights is None and min_value is not None and max_value is not None and rng.random() < 0.5:
            return int(self._made("integer", rng.randint(min_value, max_value)))
        value = super().draw_integer(min_value, max_value, weights=weights, shrink_towards=shrink_towards)
        return int(self._made("integer", value))

    def draw_float(
        self,
        *,
        min_value: float = -math.inf,
        max_value: float = math.inf,
        allow_nan: bool = True,
        smallest_nonzero_magnitude: float,
    ) -> float:
        rng = self._random
        assert rng is not None

        def permitted(v: float) -> bool:
            if math.isnan(v):
                return allow_nan
            return min_value <= v <= max_value and (v == 0 or abs(v) >= smallest_nonzero_magnitude)

        choice, move = self._next("float", permitted)
        if choice is not None and not move:
            return float(self._made("float", choice.value, min_value, max_value))
        value = None
        width = max_value - min_value
        if choice is not None and math.isfinite(choice.value):
            unit = width if math.isfinite(width) and rng.random() < 0.5 else max(abs(choice.value), 1e-3)
            value = choice.value + self._step * unit * rng.gauss(0.0, 1.0)
            value = self._inside(value, min_value, max_value)
        elif math.isfinite(width) and rng.random() < 0.6:
            value = self._spread(min_value, max_value)
        if value is None or not permitted(value):
            value = super().draw_float(
                min_value=min_value,
                max_value=max_value,
                allow_nan=allow_nan,
                smallest_nonzero_magnitude=smallest_nonzero_magnitude,
            )
        return float(self._made("float", value, min_value, max_value))

    def _inside(self, value: float, low: float, high: float) -> float:
        """A moved value brought back into its range: now and then to the edge, where extremes like to be."""
        rng = self._random
        assert rng is not None
        mirrored = 2 * low - value if value < low else 2 * high - value if value > high else value
        if mirrored != value and rng.random() < 0.8 and low <= mirrored <= high:
            return mirrored
        return min(max(value, low), high)

    def _spread(self, low: float, high: float) -> float:
        """Even over the range, or even in the logarithm where the range spans decades above zero."""
        rng = self._random
        assert rng is not None
        if low > 0 and high / low > 100 and rng.random() < 0.5:
            return min(max(math.exp(rng.uniform(math.log(low), math.log(high))), low), high)
        return rng.uniform(low, high)

    def draw_string(self, *args: Any, **kwargs: Any) -> str:
        return str(self._made("string", super().draw_string(*args, **kwargs)))

    def draw_bytes(self, *args: Any, **kwargs: Any) -> bytes:
        return bytes(self._made("bytes", super().draw_bytes(*args, **kwargs)))


providers.AVAILABLE_PROVIDERS["gronwall"] = "gronwall.measuring.search.ClimbingProvider"


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
    global _ascent
    _ascent = _Ascent(examples)
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
        _ascent.credit(outcome.fitness)
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
    for _, elite in list(_ascent.elites[:starts]):
        moving = [choice for choice in elite if choice.kind == "float" and math.isfinite(choice.value)]
        if not moving:
            continue

        def trace_at(x: Any, elite: list[_Choice] = elite) -> list[_Choice]:
            values = iter(x)
            return [
                replace(c, value=min(max(float(next(values)), c.low), c.high))
                if c.kind == "float" and math.isfinite(c.value)
                else c
                for c in elite
            ]

        def loss(x: Any, at: Callable[[Any], list[_Choice]] = trace_at) -> float:
            return _replayed(evaluate, strategy, found, at(x), seed)

        minimize(loss, [choice.value for choice in moving], method=method, options=options)
        if found.failure is not None:
            return


def _replayed(
    evaluate: Callable[[Any], Outcome], strategy: SearchStrategy[Any], found: Found, trace: list[_Choice], seed: int
) -> float:
    """Minus the fitness of the instance that a trace makes; the evaluation is added to ``found``."""
    last: list[tuple[Any, Outcome]] = []

    def run(instance: Any) -> None:
        last.append((instance, evaluate(instance)))

    _ascent.forced = trace
    try:
        hypothesis.seed(seed)(_settings(2)(hypothesis.given(strategy)(run)))()
    except HypothesisException:
        return math.inf
    finally:
        _ascent.forced = None
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
