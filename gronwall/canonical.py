"""Canonical JSON: one text for one value, on every run and every machine.

Instances in records, keys of seeds and the contents of caches all go through here, so nothing
with an address in memory or an order of its own may survive.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import math
import re
from collections.abc import Mapping, Set
from fractions import Fraction
from pathlib import PurePath
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
LONG = 4096
"""Bits from which on an integer is written in hexadecimal digits, as text: Python limits decimal ones."""
_MANGLED = re.compile(r"_claims_[0-9a-f]{12}_")


def to_json(value: Any) -> Any:
    """``value`` as something :func:`dumps` writes: dataclasses become objects, fractions ``"p/q"``."""
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        return readable(str(value))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, int):
        return int(value) if value.bit_length() < LONG else hex(value)
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else _key(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return to_json(value._asdict())
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Set):
        return sorted((to_json(item) for item in value), key=dumps)
    return _foreign(value)


def _float(value: float) -> Any:
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def _key(key: Any) -> str:
    return dumps(to_json(key))


def _foreign(value: Any) -> Any:
    if isinstance(value, complex):
        return {"re": _float(value.real), "im": _float(value.imag)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, PurePath):
        return value.name
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu().numpy()
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        return to_json(value.tolist())
    if hasattr(value, "__attrs_attrs__"):
        return {a.name: to_json(getattr(value, a.name)) for a in value.__attrs_attrs__}
    if callable(value) and hasattr(value, "__qualname__"):
        return tidy(f"{value.__module__}.{value.__qualname__}")
    return _by_its_state(value)


_inside: list[int] = []
"""The objects whose state is being written: one that holds itself is not written again."""

_nameless: list[str] = []
"""What was met that no text tells from another one of its kind."""


def _by_its_state(value: Any) -> Any:
    """An object by its repr, or by its class and its attributes where the repr is only an address."""
    text = repr(value)
    if _ADDRESS.search(text) is None and f"{id(value):x}" not in text.lower():
        return tidy(text)
    state = _state(value)
    if not state:
        _nameless.append(tidy(text))
        return tidy(text)
    if id(value) in _inside:
        return {"class": tidy(type(value).__qualname__)}
    _inside.append(id(value))
    try:
        return {"class": tidy(type(value).__qualname__)} | {name: to_json(item) for name, item in state.items()}
    finally:
        _inside.pop()


def _state(value: Any) -> dict[str, Any]:
    """The attributes of an object, those in slots included."""
    state = {str(name): item for name, item in getattr(value, "__dict__", {}).items()}
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                state[name] = getattr(value, name)
    return state


def nameless(value: Any) -> str | None:
    """What in ``value`` has a text that is only an address, so that another one would have the same; or None."""
    del _nameless[:]
    to_json(value)
    return _nameless[0] if _nameless else None


def readable(text: str) -> str:
    """Text that can be written anywhere: lone surrogates are escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def tidy(text: str) -> str:
    """A message without addresses in memory and without the names the tool gives to strangers' modules."""
    return readable(_MANGLED.sub("", _ADDRESS.sub("", text)))


def dumps(value: Any) -> str:
    """Strict JSON with sorted keys on one line; ``value`` has been through :func:`to_json`."""
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False, separators=(", ", ": "))


def digest(text: str | bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
