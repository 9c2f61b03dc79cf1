"""How much work a run may do, and values that depend on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gronwall.problems import MalformedClaim, WrongUsage

EFFORTS = ("quick", "full", "paper")


class Effort(str):
    """How much work a run may do: ``quick`` < ``full`` < ``paper``; compares and prints as that word."""

    __slots__ = ()

    def __new__(cls, name: str) -> Effort:
        if name not in EFFORTS:
            raise WrongUsage(f"effort {name!r} is not one of {', '.join(EFFORTS)}")
        return super().__new__(cls, name)

    @property
    def level(self) -> int:
        return EFFORTS.index(self)

    def pick(self, **values: Any) -> Any:
        """The value for this effort: the nearest lesser effort that is named, else the least named one."""
        return Pick(values).at(self)


@dataclass(frozen=True)
class Pick:
    """A value for each effort, as ``pick(quick=8, full=20)`` makes it."""

    values: Mapping[str, Any]

    def checked(self) -> Pick:
        """This very one. Raises :class:`MalformedClaim` where it names something else than efforts, or none."""
        wrong = [name for name in self.values if name not in EFFORTS]
        if wrong or not self.values:
            raise MalformedClaim(
                f"pick() got {', '.join(map(repr, wrong)) or 'nothing'}; "
                f"name at least one of {', '.join(EFFORTS)}, as in pick(quick=8, full=20)"
            )
        return self

    def at(self, effort: Effort) -> Any:
        named = [name for name in EFFORTS if name in self.checked().values]
        lesser = [name for name in named if EFFORTS.index(name) <= effort.level]
        return self.values[lesser[-1] if lesser else named[0]]


def pick(**values: Any) -> Pick:
    """A keyword whose value depends on the effort: ``seeds=pick(quick=8, full=20)``."""
    return Pick(values)
