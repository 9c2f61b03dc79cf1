"""Is a measurement the same when it is made again? What is reported has been measured twice.

Global generators are seeded before every call (:mod:`gronwall.measuring.seeding`), so what still changes from call to
call is a state that the claim keeps, a clock, or memory that nobody set. It can be wrong in one direction: what
changes now and then only may happen to agree twice.
"""

from __future__ import annotations

import inspect
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np

from gronwall.canonical import to_json
from gronwall.measuring.bench import Failed
from gronwall.measuring.sides import Unusable

CHEAP = 0.5
"""Seconds: of the measurements that take longer, those that stand alone are not made again."""
FEW = 5
"""So many stand alone: one more would be felt."""
MOST = 60
"""Characters of a value that are told."""
ADVICE = "draw from rng or shared_rng, read no clock and keep nothing between calls"


class Start:
    """What stood before a measurement: the time, and the generators that the claim's own module keeps.

    The time is what the processor does; a busy machine and a first import count for nothing. Generators of a module
    are put back before a claim that stands alone is measured again: it is the same measurement from the same start.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        from gronwall.theory import rigor

        rigor.ball(0)
        kept = getattr(inspect.unwrap(fn), "__globals__", {})
        self.generators = [(one, _state(one)) for one in kept.values() if _state(one) is not None]
        self.started = time.process_time()

    def cheap(self, evaluations: int = 1) -> bool:
        """Would one more be cheap, after so many in the time since?"""
        each = (time.process_time() - self.started) / max(1, evaluations)
        return evaluations >= FEW or each <= CHEAP

    def put_back(self) -> None:
        """Let the generators stand where they stood."""
        for generator, state in self.generators:
            if isinstance(generator, np.random.Generator):
                generator.bit_generator.state = state
            elif isinstance(generator, np.random.RandomState):
                generator.set_state(state)
            else:
                generator.setstate(state)


def _state(value: Any) -> Any:
    """The state of a generator of random numbers; None for anything else."""
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, np.random.RandomState):
        return value.get_state()
    return value.getstate() if isinstance(value, random.Random) else None


def check(first: Mapping[str, Any], again: Callable[[], Mapping[str, Any]], instance: Any = None) -> None:
    """Measure again and compare, name by name, to the last digit. Raises :class:`Failed` with both values.

    ``first`` is what was measured, such as ``{"measured": …, "predicted": …}``: numbers, arrays, balls, expressions.
    """
    try:
        second: Mapping[str, Any] = again()
    except (Failed, Unusable) as problem:
        raise _changed("it", "was measured", f"not ({problem})", instance) from None
    except Exception as problem:
        if type(problem).__name__ != "UnsatisfiedAssumption":
            raise
        raise _changed("the instance", "passed assume()", "did not", instance) from None
    for name, value in first.items():
        apart = difference(value, second[name])
        if apart is not None:
            raise _changed(name, *apart, instance)


def _changed(name: str, first: str, second: str, instance: Any) -> Failed:
    failed = Failed(f"not repeatable: {name} {first} at first and {second} when called again; {ADVICE}")
    failed.instance = to_json(instance)  # type: ignore[attr-defined]
    return failed


def difference(first: Any, second: Any) -> tuple[str, str] | None:
    """The first entry in which two values differ, as two texts; None where they are the same."""
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        if len(first) != len(second):
            return f"{len(first)} entries", f"{len(second)}"
        return next((apart for pair in zip(first, second, strict=True) if (apart := difference(*pair))), None)
    first, second = _plain(first), _plain(second)
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return _of_arrays(first, second)
    if isinstance(first, int | Fraction) and isinstance(second, int | Fraction):
        return None if first == second else _from_where_they_differ(_exactly(first), _exactly(second))
    one, other = _text(first), _text(second)
    if one == other:
        return None
    short = str(first), str(second)
    return short if short[0] != short[1] and max(map(len, short)) <= MOST else _from_where_they_differ(one, other)


def _from_where_they_differ(one: str, other: str) -> tuple[str, str]:
    """Two texts from a little before the first character in which they differ."""
    alike = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if alike < MOST:
        return _short(one), _short(other)
    before = alike - MOST // 2
    return "… " + _short(one[before:]), "… " + _short(other[before:])


def _exactly(number: Any) -> str:
    """An exact number in decimal digits; one of very many in hexadecimal ones, of which Python prints any number."""
    number = Fraction(number)
    if max(number.numerator.bit_length(), number.denominator.bit_length()) < 256:
        return str(number)
    return hex(number.numerator) + (f" / {hex(number.denominator)}" if number.denominator > 1 else "")


def _of_arrays(first: Any, second: Any) -> tuple[str, str] | None:
    if first.shape != second.shape:
        return f"of shape {first.shape}", f"of shape {second.shape}"
    if first.dtype.kind == "O" or second.dtype.kind == "O":
        return difference(list(first.ravel()), list(second.ravel()))
    apart = np.flatnonzero((first != second) & ~((first != first) & (second != second)))
    if not apart.size:
        return None
    place = np.unravel_index(apart[0], first.shape)
    where = f" at entry {tuple(map(int, place))}" if first.ndim else ""
    return f"{first[place].item()!r}{where}", f"{second[place].item()!r}"


def _plain(value: Any) -> Any:
    """Tensors and numbers of NumPy as arrays."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if "bfloat16" in str(value.dtype) else value).numpy()
    return np.asarray(value) if isinstance(value, np.generic) else value


def _text(value: Any) -> str:
    """What tells a value from another one: all digits of a number, midpoint and radius of a ball."""
    from gronwall.theory import rigor

    if rigor.is_ball(value):
        with suppress(TypeError):  # a complex one has no JSON
            return str(rigor.to_json(value))
    return str(value) if rigor.is_ball(value) or hasattr(value, "free_symbols") else str(to_json(value))


def _short(text: str) -> str:
    return text if len(text) <= MOST else text[:MOST].rstrip() + " …"
