"""Balls as strict JSON and back, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gronwall.theory.rigor.balls import Ball
from gronwall.theory.rigor.door import arb, arb_mat


def to_json(b: Any) -> dict[str, Any]:
    """A ball as strict JSON: {"mid": [m, e], "rad": [m, e]}, each the integers of m * 2**e.

    A midpoint or radius that is not finite is one of "nan", "inf", "-inf".  A matrix is {"shape": [rows,
    columns], "entries": [...]} in reading order.  `from_json` gives back the same ball, bit for bit.
    """
    if isinstance(b, arb_mat):
        return {"shape": [b.nrows(), b.ncols()], "entries": [to_json(entry) for entry in b.entries()]}
    if not isinstance(b, arb):
        raise TypeError(f"to_json() got {type(b).__name__} {b!r}: expected an arb or an arb_mat")
    return {"mid": _part_to_json(b.mid()), "rad": _part_to_json(b.rad())}


def from_json(o: Mapping[str, Any]) -> Any:
    """The ball or the matrix of balls that `to_json` wrote.  Raises ValueError for anything else."""
    try:
        if "entries" in o:
            rows, columns = o["shape"]
            return arb_mat(rows, columns, [from_json(entry) for entry in o["entries"]])
        mid, rad = _part_from_json(o["mid"]), _part_from_json(o["rad"])
        if mid.is_nan():
            return arb.nan()
        return mid if rad.is_zero() else _with_radius(mid, rad)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f'from_json() got {o!r}: expected {{"mid": [m, e], "rad": [m, e]}}') from error


def _part_to_json(part: Ball) -> str | list[int]:
    if part.is_finite():
        man, exp = part.man_exp()
        return [int(man), int(exp)]
    return "nan" if part.is_nan() else ("inf" if part > 0 else "-inf")


def _part_from_json(part: Any) -> Ball:
    if part in ("nan", "inf", "-inf"):
        return {"nan": arb.nan(), "inf": arb.pos_inf(), "-inf": arb.neg_inf()}[part]
    man, exp = part
    return arb((int(man), int(exp)))


def _with_radius(mid: Ball, rad: Ball) -> Ball:
    """The ball with exactly this radius.

    arb(mid, rad) rounds the radius up to 30 bits and adds one unit even where none is needed, so half a unit
    less is offered first; the result is accepted only when its radius is the one asked for.
    """
    offers = [rad]
    if rad.is_finite():
        man, exp = (int(part) for part in rad.man_exp())
        shift = max(30 - man.bit_length(), 0)
        offers = [arb(((man << shift) * 2 - 1, exp - shift - 1)), rad]
    for offer in offers:
        b = arb(mid, offer)
        if b.rad() == rad or not rad.is_finite():
            return b
    raise ValueError(f"no ball has exactly the radius {rad.repr()}: expected 30 bits, as Arb writes them")
