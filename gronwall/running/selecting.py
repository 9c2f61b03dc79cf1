"""Which claims of those that the targets name: by an expression over their ids, or those that did not hold before."""

from __future__ import annotations

import re
from collections.abc import Callable

from gronwall.problems import WrongUsage

Matches = Callable[[str], bool]
"""Whether an id is one of those asked for."""


def matching(expression: str) -> Matches:
    """Parts of ids joined by ``and``, ``or``, ``not`` and parentheses, in any case. Raises :class:`WrongUsage`.

    ``not`` binds tighter than ``and``, and that tighter than ``or``.
    """
    words = re.findall(r"[()]|[^\s()]+", expression)
    parser = _Parser(words, expression)
    found = parser.either()
    if parser.left:
        raise parser.unclear()
    return found


class _Parser:
    """By recursive descent."""

    def __init__(self, words: list[str], expression: str) -> None:
        self.left, self.expression = words, expression

    def unclear(self) -> WrongUsage:
        rest = f", at {' '.join(self.left)!r}" if self.left else ", at its end"
        return WrongUsage(f"-k {self.expression!r} is no expression of names, and, or, not and parentheses{rest}")

    def _took(self, word: str) -> bool:
        if self.left and self.left[0] == word:
            self.left = self.left[1:]
            return True
        return False

    def either(self) -> Matches:
        found = self.both()
        while self._took("or"):
            found = _joined(any, found, self.both())
        return found

    def both(self) -> Matches:
        found = self.one()
        while self._took("and"):
            found = _joined(all, found, self.one())
        return found

    def one(self) -> Matches:
        if self._took("not"):
            other = self.one()
            return lambda identity: not other(identity)
        if self._took("("):
            found = self.either()
            if not self._took(")"):
                raise self.unclear()
            return found
        if not self.left or self.left[0] in ("and", "or", ")"):
            raise self.unclear()
        part = self.left[0].lower()
        self.left = self.left[1:]
        return lambda identity: part in identity.lower()


def _joined(how: Callable[[tuple[bool, bool]], bool], first: Matches, second: Matches) -> Matches:
    return lambda identity: how((first(identity), second(identity)))
