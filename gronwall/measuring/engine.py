"""The one door to Hypothesis's engine: its own generation, the replay of choices, its shrinking.

An instance is what a strategy makes of a sequence of *choices* (booleans, integers, floats with their ranges, …).
The generation is Hypothesis's as ``@given`` runs it, choice by choice: novelty, small cases first, boundary values,
copies of parts of a case. Whoever has an idea for other choices hands them to :meth:`Engine.replay`; where they do
not fit the strategy, the engine fits them.

The draws depend on the seed, the strategy and the literals that are handed over, on nothing else. Hypothesis as it
comes draws literals out of all local modules that happen to be imported.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis._settings import local_settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.control import BuildContext
from hypothesis.errors import StopTest, UnsatisfiedAssumption
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.conjecture.engine import ConjectureRunner, RunIsComplete
from hypothesis.internal.constants_ast import Constants, ConstantVisitor, TooManyConstants
from hypothesis.internal.entropy import deterministic_PRNG
from hypothesis.internal.escalation import InterestingOrigin
from hypothesis.strategies import SearchStrategy

NOTHING = Constants()


class Violation(Exception):
    """An instance fails: the engine is to make it simpler."""


class Enough(Exception):
    """No more evaluations are to be spent on the case at hand."""


@lru_cache(64)
def literals_of(path: Path) -> Any:
    """The literals of a claim's own file, which Hypothesis draws now and then; none where it cannot be read."""
    visitor = ConstantVisitor(limit=True)
    try:
        visitor.visit(ast.parse(path.read_bytes()))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, TooManyConstants):
        return NOTHING
    found = visitor.constants  # sets of numbers and words have no order of their own that another process would share
    return Constants(integers=_ordered(found.integers), floats=_ordered(found.floats),
                     bytes=_ordered(found.bytes), strings=_ordered(found.strings))  # fmt: skip


def _ordered(values: Any) -> Any:
    """A set that keeps the order in which it is filled."""
    return dict.fromkeys(sorted(values)).keys()


@contextmanager
def only(literals: Any) -> Iterator[None]:
    """Let Hypothesis draw these literals of local code and no others, and remember none of another search."""
    before = providers._get_local_constants, providers.CONSTANTS_CACHE
    providers._get_local_constants = lambda: literals
    providers.CONSTANTS_CACHE = LRUCache(1024)
    try:
        yield
    finally:
        providers._get_local_constants, providers.CONSTANTS_CACHE = before


def _settings(examples: int) -> settings:
    set_hypothesis_home_dir(tempfile.gettempdir())
    return settings(
        backend="hypothesis",
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
    )


class Engine:
    """Hypothesis's engine on one strategy: ``run(instance, data)`` is called for what it draws.

    ``run`` may raise :class:`Violation` (then the case is simplified), ``hypothesis.assume`` may reject the case,
    and :class:`Enough` ends what is under way. Anything else that is raised, by a strategy say, comes through.
    """

    def __init__(
        self,
        strategy: SearchStrategy[Any],
        run: Callable[[Any, Any], None],
        *,
        examples: int,
        seed: int,
        literals: Any = NOTHING,
    ) -> None:
        self._strategy, self._run, self._literals = strategy, run, literals
        self._settings = _settings(examples)
        self.runner = ConjectureRunner(self._once, settings=self._settings, random=Random(seed))

    def generate(self) -> None:
        """Draw up to ``examples`` cases, as ``@given`` does; a violation ends it and is made simpler."""
        with self._ready():
            self._strategy.validate()
            self.runner.run()
            self._simplest()

    def replay(self, choices: Sequence[Any]) -> None:
        """Run the case that these choices make, unless it is known; what is missing at the end is drawn."""
        self.runner.ignore_limits = True
        with self._ready():
            self.runner.cached_test_function(tuple(choices), extend="full")

    def shrink(self) -> None:
        """Make the violation that a replay met simpler."""
        with self._ready():
            self._cases("shrink_interesting")()
            self._simplest()

    @property
    def passed(self) -> int:
        """How many cases passed all filters and assumptions."""
        return int(self._cases("valid")) + bool(self._cases("interesting"))

    @property
    def drawn(self) -> int:
        """How many cases were drawn."""
        return int(self.runner.call_count)

    @property
    def oversized(self) -> bool:
        """Did more cases grow too large than failed a filter?"""
        return bool(self._cases("overrun") > self._cases("invalid"))

    @property
    def exhausted(self) -> bool:
        """Has every case of the domain been drawn?"""
        return bool(self.runner.tree.is_exhausted)

    def _cases(self, kind: str) -> Any:
        """What the engine has under the name of some test cases; Hypothesis called them examples for a long time."""
        name = f"{kind}_test_cases" if hasattr(self.runner, f"{kind}_test_cases") else f"{kind}_examples"
        return getattr(self.runner, name)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with only(self._literals), local_settings(self._settings):
            try:
                yield
            except (RunIsComplete, Enough):
                self._simplest()

    def _simplest(self) -> None:
        """Run the simplest violation once more, so that it is the last one seen."""
        for case in self._cases("interesting").values():
            data = self.runner.new_conjecture_data(case.choices)
            with suppress(StopTest):
                self._once(data)
            data.freeze()

    def _once(self, data: Any) -> None:
        """One case: draw the instance, run it, tell the engine how it went."""
        with deterministic_PRNG(), BuildContext(data, wrapped_test=_claim):
            try:
                self._run(data.draw(self._strategy, observe_as="generate:instance"), data)
                return
            except UnsatisfiedAssumption as rejected:
                reason = rejected.reason
            except Violation as violation:
                data.mark_interesting(InterestingOrigin.from_exception(violation))
            data.mark_invalid(reason)


def _claim() -> None:
    """What Hypothesis takes for the test, where it names one."""
