"""One search, so that what a search loads and prepares is there before anything is forked."""

from __future__ import annotations

from hypothesis import strategies as st

from gronwall.claims import bound
from gronwall.efforts import Effort
from gronwall.measuring.measure import measure


@bound(  # type: ignore[untyped-decorator]
    over=st.tuples(st.floats(0, 1), st.integers(0, 9), st.lists(st.floats(0, 1), max_size=3)), examples=20
)
def a_sum_is_at_most(instance: tuple[float, int, list[float]]) -> tuple[float, float]:
    """A sum of numbers up to one is at most their number."""
    return instance[0] + instance[1] + sum(instance[2]), 10.0 + len(instance[2])


def search_once() -> None:
    """Measure the bound above and forget what came out."""
    measure(a_sum_is_at_most, "warm", None, 0, Effort("quick"))
