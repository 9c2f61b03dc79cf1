"""How one case becomes another: moves in the choices that Hypothesis made for it.

A move knows the kind and the range of every choice and nothing of the strategy above them, so whatever it proposes is
an instance of the domain once the engine has drawn it. Some moves walk (a step, a coordinate drawn evenly), some try
what random draws seldom meet: values that coincide, neighbours in floating point, edges, other orders, parts
that are copied, exchanged or left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis.internal.conjecture.choice import choice_permitted

Choices = list[Any]

WALKING = ("step", "step", "step", "step", "step", "step", "even", "edge", "same", "span")
"""The moves where the ratio leads somewhere, as often as they stand here."""
TRYING = ("step", "even", "even", "edge", "edge", "edge", "edge", "same", "same", "order", "span", "span", "fresh",
          "fresh")  # fmt: skip
"""The moves where it does not."""


class Moves:
    """Proposals for the next case, drawn from one generator."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.kinds: dict[str, Callable[[Any], Choices | None]] = {
            "step": self.step, "even": self.even, "edge": self.edge, "same": self.same,
            "order": self.order, "span": self.span, "fresh": self.fresh,
        }  # fmt: skip

    def proposal(self, case: Any, among: Sequence[str]) -> Choices | None:
        """The choices of a case moved in one of these ways; None where that way leads nowhere."""
        return self.kinds[self.rng.choice(among)](case)

    def step(self, case: Any) -> Choices | None:
        """Some choices moved by a common share of their ranges, or of their sizes."""
        places = _free(case)
        if not places:
            return None
        count = 1 if self.rng.random() < 0.6 else self.rng.randint(1, len(places))
        share = 10.0 ** self.rng.uniform(-5.0, -0.3)
        by_range = self.rng.random() < 0.5
        choices = list(case.choices)
        for place in self.rng.sample(places, count):
            choices[place] = self._stepped(case.nodes[place], share, by_range)
        return choices

    def _stepped(self, node: Any, share: float, by_range: bool) -> Any:
        value = node.value
        if node.type == "boolean":
            return not value
        if node.type == "integer":
            return self._fitting(node, value + self.rng.choice((-1, 1)) * self.rng.randint(1, _jump(value, share)))
        if node.type != "float" or not math.isfinite(value):
            return value
        low, high = node.constraints["min_value"], node.constraints["max_value"]
        width = high - low
        unit = width if by_range and math.isfinite(width) else abs(value) or min(1e-3, width)
        return self._fitting(node, value + share * unit * self.rng.gauss(0.0, 1.0))

    def even(self, case: Any) -> Choices | None:
        """One number drawn evenly over its range, or evenly in its logarithm."""
        places = [place for place in _free(case) if _bounded(case.nodes[place])]
        if not places:
            return None
        choices, place = list(case.choices), self.rng.choice(places)
        choices[place] = self._even(case.nodes[place])
        return choices

    def fresh(self, case: Any) -> Choices | None:
        """Every number that has a range drawn evenly over it."""
        places = [place for place in _free(case) if _bounded(case.nodes[place])]
        choices = list(case.choices)
        for place in places:
            choices[place] = self._even(case.nodes[place])
        return choices if places else None

    def _even(self, node: Any) -> Any:
        low, high = node.constraints["min_value"], node.constraints["max_value"]
        if node.type == "integer":
            return self.rng.randint(low, high)
        if high > 0 and self.rng.random() < (0.4 if low <= 0 or high / low > 100 else 0.0):
            least = low if low > 0 else max(node.constraints["smallest_nonzero_magnitude"], high * 1e-12)
            return self._fitting(node, math.exp(self.rng.uniform(math.log(least), math.log(high))))
        return self._fitting(node, self.rng.uniform(low, high))

    def edge(self, case: Any) -> Choices | None:
        """One number, or all, at an end of the range or beside it, at zero, negated, doubled, halved, rounded."""
        places = [place for place in _free(case) if case.nodes[place].type in ("integer", "float", "boolean")]
        if not places:
            return None
        choices, place = list(case.choices), self.rng.choice(places)
        node = case.nodes[place]
        if node.type == "boolean":
            choices[place] = not node.value
            return choices
        candidates = [value for value in _edges(node) if choice_permitted(value, node.constraints)]
        if not candidates:
            return None
        choices[place] = value = self.rng.choice(candidates)
        for other in places if self.rng.random() < 0.5 else ():
            if case.nodes[other].type == node.type and choice_permitted(value, case.nodes[other].constraints):
                choices[other] = value
        return choices

    def same(self, case: Any) -> Choices | None:
        """One number, or all of its kind, made equal to another of the case, its neighbour or its negative."""
        places = [place for place in _free(case) if case.nodes[place].type != "boolean"]
        if len(places) < 2:
            return None
        source = self.rng.choice(places)
        kind, value = case.nodes[source].type, case.nodes[source].value
        if kind in ("integer", "float") and self.rng.random() < 0.4:
            value = self.rng.choice(_neighbours(kind, value))
        others = [place for place in places if place != source and case.nodes[place].type == kind
                  and choice_permitted(value, case.nodes[place].constraints)]  # fmt: skip
        if not others:
            return None
        choices = list(case.choices)
        for place in others if self.rng.random() < 0.3 else [self.rng.choice(others)]:
            choices[place] = value
        return choices

    def order(self, case: Any) -> Choices | None:
        """The choices of one kind and range in another order: two exchanged, sorted, backwards, turned round."""
        places = _free(case)
        if not places:
            return None
        like = case.nodes[self.rng.choice(places)]
        kind = like.type, like.constraints
        places = [place for place in places if (case.nodes[place].type, case.nodes[place].constraints) == kind]
        if len(places) < 2:
            return None
        values = [case.nodes[place].value for place in places]
        one, other = self.rng.sample(range(len(values)), 2)
        exchanged = list(values)
        exchanged[one], exchanged[other] = values[other], values[one]
        orders = [
            exchanged,
            exchanged,
            sorted(values),
            sorted(values, reverse=True),
            values[::-1],
            values[1:] + values[:1],
        ]
        choices = list(case.choices)
        for place, value in zip(places, self.rng.choice(orders), strict=True):
            choices[place] = value
        return choices

    def span(self, case: Any) -> Choices | None:
        """One part copied over another of its kind, beside itself, exchanged with it, or left out."""
        groups = case.spans.mutator_groups
        if not groups:
            return None
        (a, b), (c, d) = sorted(self.rng.sample(sorted(self.rng.choice(groups)), 2))
        x, how = list(case.choices), self.rng.randrange(5)
        if b > c:  # one part within the other: repeat the inner one, or what leads to it
            return x[:c] + x[a:] if how < 3 else x[:a] + x[c:d] + x[b:]
        first, second = x[a:b], x[c:d]
        return [
            lambda: x[:a] + second + x[b:],
            lambda: x[:c] + first + x[d:],
            lambda: x[:a] + second + x[b:c] + first + x[d:],
            lambda: x[:b] + first + x[b:],
            lambda: x[:a] + x[b:],
        ][how]()

    def further(self, before: Any, after: Any) -> Choices | None:
        """The numbers of ``after`` moved on by twice what they moved since ``before``; None where nothing moves."""
        if len(before.nodes) != len(after.nodes):
            return None
        choices = list(after.choices)
        for place, (old, new) in enumerate(zip(before.nodes, after.nodes, strict=True)):
            if old.type == new.type and new.type in ("integer", "float") and not new.was_forced:
                moved = new.value - old.value
                if moved and (new.type == "integer" or math.isfinite(moved)):
                    choices[place] = self._fitting(new, new.value + 2 * moved)
        return choices if choices != list(after.choices) else None

    def _fitting(self, node: Any, value: Any) -> Any:
        """A moved value brought back into its range: mirrored, or to the edge, where extremes like to be."""
        low, high = node.constraints["min_value"], node.constraints["max_value"]
        if low is not None and value < low:
            value = max(low, 2 * low - value) if self.rng.random() < 0.8 else low
        if high is not None and value > high:
            value = min(high, 2 * high - value) if self.rng.random() < 0.8 else high
        if low is not None:
            value = max(low, value)
        return value if choice_permitted(value, node.constraints) else node.value


def _free(case: Any) -> list[int]:
    """The places of the choices that are really drawn."""
    return [place for place, node in enumerate(case.nodes) if not node.was_forced]


def _bounded(node: Any) -> bool:
    """Has a number two ends, a finite distance apart?"""
    if node.type not in ("integer", "float"):
        return False
    low, high = node.constraints["min_value"], node.constraints["max_value"]
    return low is not None and high is not None and (node.type == "integer" or math.isfinite(high - low))


def _jump(value: int, share: float) -> int:
    """How far an integer may step."""
    size = max(abs(value), 4)
    return max(1, int(share * 2**40) * size >> 40)


def _edges(node: Any) -> list[Any]:
    low, high = node.constraints["min_value"], node.constraints["max_value"]
    ends = [end for end in (low, high) if end is not None]
    value = node.value
    if node.type == "integer":
        inner = [end + side for end, side in ((low, 1), (high, -1)) if end is not None]
        return [*ends, *inner, 0, 1, -1, -value, 2 * value, value // 2, value + 1, value - 1]
    tiny = node.constraints["smallest_nonzero_magnitude"]
    inner = [math.nextafter(low, math.inf), math.nextafter(high, -math.inf)]
    near = [math.nextafter(value, math.inf), math.nextafter(value, -math.inf)] if math.isfinite(value) else []
    whole = [float(round(value))] if math.isfinite(value) else []
    return [*ends, *inner, *near, *whole, 0.0, -0.0, tiny, -tiny, 3 * tiny, 1.0, -1.0, -value, 2 * value, value / 2]


def _neighbours(kind: str, value: Any) -> list[Any]:
    if kind == "integer":
        return [value + 1, value - 1, -value]
    return [math.nextafter(value, math.inf), math.nextafter(value, -math.inf), -value]
