"""Compiled code is kept only as long as all that it was compiled from."""

from __future__ import annotations

import importlib.util
import sys

import pytest

pytest.importorskip("numba")

from systems.training.compiled import compiled, exact, fused

CALLEE = "from systems.training.compiled import exact\n\n@exact\ndef scaled(x):\n    return {factor} * x\n"
CALLER = """
from callee import scaled
from systems.training.compiled import exact

SHIFT = {shift}

@exact
def moved(x):
    return scaled(x) + SHIFT
"""


def moved(folder, monkeypatch, factor, shift):
    """What `moved(1.0)` gives from files with this text, in modules as a process finds them when it starts."""
    for name, text in (("callee", CALLEE.format(factor=factor)), ("caller", CALLER.format(shift=shift))):
        file = folder / f"{name}.py"
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(text, str(file), "exec"), module.__dict__)
    return module.moved(1.0), module.moved.stats.cache_hits


def test_a_callee_in_another_file_and_a_constant_are_seen(tmp_path, monkeypatch):
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    (tmp_path / "of").mkdir()
    found = []
    for factor, shift in ((2.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 5.0)):
        value, hits = moved(tmp_path / "of", monkeypatch, factor, shift)
        found.append((value, sum(hits.values())))
    assert found == [(3.0, 0), (3.0, 1), (4.0, 0), (8.0, 0)]


def test_three_ways_to_compile_give_the_same_sum_of_small_integers():
    def total(a, n):
        found = 0.0
        for _ in range(n):
            found += a
        return found

    assert {how(total)(1.5, 7) for how in (compiled, fused, exact)} == {10.5}
