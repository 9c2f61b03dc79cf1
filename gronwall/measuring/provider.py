"""Hypothesis's elementary draws, some of them perturbed from the best so far: what the search climbs with.

The draws depend on the seed and the strategy alone. Hypothesis as it comes also draws literals out
of the modules that happen to be imported; the provider here does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

ELITES = 6
"""Instances with the largest ratio that are perturbed further."""
FRESH_SHARE = 0.4
"""Share of the instances that are always drawn afresh."""


@dataclass
class Choice:
    kind: str
    value: Any
    low: Any = None
    high: Any = None


class Ascent:
    """The state the provider shares with the search: the current trace and the elite ones."""

    def __init__(self, examples: int = 0) -> None:
        self.examples = examples
        self.trace: list[Choice] = []
        self.elites: list[tuple[float, list[Choice]]] = []
        self.runs = 0
        self.forced: list[Choice] | None = None

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


_ascent = Ascent()


def begin(examples: int) -> None:
    """Forget the last search: the next draws belong to one of so many examples."""
    global _ascent
    _ascent = Ascent(examples)


def current() -> Ascent:
    """The state of the search that is under way, or of the last one."""
    return _ascent


class ClimbingProvider(providers.HypothesisProvider):
    """Hypothesis's own draws, mixed with even ones over a range and with perturbations of the elite."""

    def __init__(self, conjecturedata: Any, /) -> None:
        super().__init__(conjecturedata)
        self._template: list[Choice] | None = None
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

    def _next(self, kind: str, permitted: Callable[[Any], bool]) -> tuple[Choice | None, bool]:
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
        _ascent.trace.append(Choice(kind, value, low, high))
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


providers.AVAILABLE_PROVIDERS["gronwall"] = "gronwall.measuring.provider.ClimbingProvider"
