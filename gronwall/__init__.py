"""Gronwall: the place where a theorem about a neural network goes to be tested.

A statement becomes a Python object that predicts, measures, hunts for a counterexample and says
``holds``, ``refuted`` or ``inconclusive``::

    from hypothesis import strategies as st
    from gronwall import bound

    @bound(over=st.floats(0.01, 2.0), sharp=0.99)
    def sine_is_below_its_argument(instance):
        return math.sin(instance), instance

Everything is imported on first use, so that ``gronwall --help`` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gronwall.claims import Claim as Claim
    from gronwall.claims import bound as bound
    from gronwall.claims import comparison as comparison
    from gronwall.claims import identity as identity
    from gronwall.claims import rate as rate
    from gronwall.claims import reproduction as reproduction
    from gronwall.efforts import Effort as Effort
    from gronwall.efforts import pick as pick
    from gronwall.judging.estimates import OrderEstimate as OrderEstimate
    from gronwall.judging.order import estimate_order as estimate_order
    from gronwall.running.caching import cached

__version__ = "0.1.0"

_HOME = {
    "Claim": "gronwall.claims",
    "Effort": "gronwall.efforts",
    "bound": "gronwall.claims",
    "cached": "gronwall.running.caching",
    "comparison": "gronwall.claims",
    "estimate_order": "gronwall.judging.order",
    "identity": "gronwall.claims",
    "OrderEstimate": "gronwall.judging.estimates",
    "pick": "gronwall.efforts",
    "rate": "gronwall.claims",
    "reproduction": "gronwall.claims",
}

__all__ = [
    "Claim",
    "Effort",
    "OrderEstimate",
    "bound",
    "cached",
    "comparison",
    "estimate_order",
    "identity",
    "pick",
    "rate",
    "reproduction",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'gronwall' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
