"""The pieces of ``power``: what runs, what changes, what is drawn, what a mutant replaces, what feeds both sides."""

from __future__ import annotations

import functools
import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy

from gronwall.places import REPOSITORY
from gronwall.power import drawing, sides
from gronwall.power.applying import Applied, Loaded, codes
from gronwall.power.flow import both_sides
from gronwall.power.mutants import ARITHMETIC, mutants
from gronwall.power.watching import TooDear, Watch, counted, is_numeric, mutable, name_of

HERE = Path(__file__).resolve()


# --------------------------------------------------------------------------- what is under mutation


def square(x):
    return x * x + 1.0


@functools.cache
def remembered(x):
    return square(x)


def nested(x):
    def inner(y):
        return 2.0 * y

    return sum(inner(k * x) for k in range(3))


def builds(x):
    return {"x": square(x)}


def draws(rng):
    return rng.normal()


def checks(x):
    if x < 0:
        raise ValueError(f"{x} is negative")


def decides(x):
    return x > 0


def both(instance):
    scaled = nested(instance)
    return square(scaled), 1 + square(scaled) + math.exp(remembered(instance))


def apart(instance):
    return square(instance), nested(instance)


# --------------------------------------------------------------------------- watching


def test_what_runs_is_watched_by_function_line_and_call():
    watch = Watch(mutable(HERE, "test_pieces"))
    with watch.watched():
        nested(2.0)
        builds(1.0)
        draws(np.random.default_rng(0))
        checks(1.0)
        decides(1.0)
    before = watch.calls
    square(3.0)
    assert watch.calls == before
    assert {name for _, name in watch.runs} == {"nested", "nested.inner", "builds", "square", "draws", "checks",
                                                "decides"}  # fmt: skip
    assert {name for _, name in watch.formulas} == {"nested", "nested.inner", "square"}
    assert watch.given["square"] == {("number",)}
    assert square.__code__.co_firstlineno + 1 in watch.lines[HERE]
    assert checks.__code__.co_firstlineno + 2 not in watch.lines[HERE]
    other = Watch(mutable(HERE, "test_pieces"))
    other.add(watch.as_json())
    assert (other.runs, other.formulas, other.lines, other.calls, other.given) == (
        watch.runs, watch.formulas, watch.lines, watch.calls, watch.given
    )  # fmt: skip


def test_a_comprehension_belongs_to_its_function():
    found = []

    def outer():
        return [found.append(name_of(sys._getframe().f_code)) for _ in range(1)]

    outer()
    assert found == ["test_a_comprehension_belongs_to_its_function.outer"]


@pytest.mark.parametrize(
    ("value", "numeric"),
    [(1, True), (2.5, True), (Fraction(1, 2), True), (np.ones(3), True), (sympy.Symbol("x"), True), ((1, 2.0), True),
     (sympy.Function("f")(sympy.Symbol("x")), True), (sympy.Function("f"), False),
     ("a", False), ({}, False), ((), False), ((1, "a"), False), (len, False), (None, False)],
)  # fmt: skip
def test_what_counts_as_numbers(value, numeric):
    assert is_numeric(value) is numeric


def test_in_this_repository_theory_and_systems_are_mutated_and_the_tool_is_not():
    claims = REPOSITORY / "checks" / "gronwall_lemma" / "discrete.py"
    file_of = mutable(claims, "gronwall_lemma")
    assert file_of(str(claims)) == claims
    assert (
        file_of(str(REPOSITORY / "gronwall" / "theory" / "gronwall_lemma.py"))
        == REPOSITORY / "theory/gronwall_lemma.py"
    )
    assert file_of(str(REPOSITORY / "systems" / "gronwall_lemma" / "recursions.py")) is not None
    for other in (
        "gronwall/measuring/bench.py",
        "gronwall/theory/rigor/balls.py",
        "theory/arithmetic.py",
        "tests/conftest.py",
    ):
        assert file_of(str(REPOSITORY / other)) is None
    assert mutable(REPOSITORY / "checks/rigor/balls.py", "rigor")(str(REPOSITORY / "theory/rigor/balls.py")) is not None
    assert file_of("<string>") is None


def test_in_a_project_of_ones_own_its_files_are_mutated(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    claims = tmp_path / "claims" / "heat.py"
    claims.parent.mkdir()
    file_of = mutable(claims, "heat")
    assert file_of(str(tmp_path / "solver.py")) == tmp_path / "solver.py"
    assert file_of(str(tmp_path / "venv" / "site-packages" / "numpy.py")) is None
    assert file_of(str(REPOSITORY / "theory" / "gronwall_lemma.py")) is None


def test_calls_are_counted_and_too_many_end_what_runs():
    empty, spent = [0], [0]
    with counted(empty, 100):
        pass
    with counted(spent, 100):
        square(1.0)
        builds(1.0)
    assert spent[0] == empty[0] + 3  # of square twice and of what calls it; the end of the block counts too
    with pytest.raises(TooDear), counted([0], 5):
        nested(1.0)
    assert sys.getprofile() is None


# --------------------------------------------------------------------------- applying


def mutant_of(function: str, text: str):
    (found,) = [m for m in mutants(HERE.read_text(), str(HERE)) if m.function == function and m.text == text]
    return found


def test_a_mutant_is_at_work_within_its_block_alone_and_in_every_function_that_calls_it():
    loaded, source = Loaded(), HERE.read_text()
    assert remembered(3.0) == 10.0
    applied = Applied(mutant_of("square", "(x * x)"), source, loaded)
    assert square(3.0) == 10.0
    with applied.at_work():
        assert square(3.0) == 9.0
        assert builds(3.0) == {"x": 9.0}
        assert remembered(3.0) == 9.0  # its cache is emptied
    assert square(3.0) == 10.0
    with pytest.raises(ZeroDivisionError), applied.at_work():
        1 / int(square(0.0))
    assert square(0.0) == 1.0


def test_a_function_within_a_function_is_mutated_with_it():
    with Applied(mutant_of("nested.inner", "3.0"), HERE.read_text(), Loaded()).at_work():
        assert nested(1.0) == 9.0
    assert nested(1.0) == 6.0


def test_what_is_not_loaded_cannot_be_mutated(tmp_path):
    file = tmp_path / "elsewhere.py"
    file.write_text("def f(x):\n    return x + 1\n")
    (mutant, *_) = mutants(file.read_text(), str(file))
    with pytest.raises(ValueError, match="nothing of this process"):
        Applied(mutant, file.read_text(), Loaded())


def test_functions_are_known_by_name_and_line_where_these_are_one():
    found = codes("def f():\n    return 1\nf = lambda: 1\ng, h = lambda: 2, lambda: 3\n", "a.py")
    assert ("f", 1) in found
    assert ("<lambda>", 3) in found
    assert ("<lambda>", 4) not in found


# --------------------------------------------------------------------------- drawing


def watched(*calls):
    watch = Watch(mutable(HERE, "test_pieces"))
    with watch.watched():
        for function, *given in calls:
            function(*given)
    return watch


def test_only_formulas_that_ran_are_mutated():
    found = drawing.sites(watched((nested, 1.0), (builds, 1.0), (draws, np.random.default_rng(0)), (decides, 1.0)))
    assert {name for _, name in found} == {"nested", "nested.inner", "square"}
    assert all(mutant.operator in ARITHMETIC for group in found.values() for mutant in group)


def test_the_draw_depends_on_seed_and_claim_and_gives_no_function_more_than_its_share():
    given = drawing.sites(watched((nested, 1.0), (square, 2.0)))
    count = sum(map(len, given.values()))
    one = drawing.drawn(given, [HERE], 8, 0, "a.claim")
    assert one == drawing.drawn(given, [HERE], 8, 0, "a.claim")
    assert one != drawing.drawn(given, [HERE], 8, 1, "a.claim")
    assert one != drawing.drawn(given, [HERE], 8, 0, "another.claim")
    assert len(one) == len(set(one)) == min(8, count)
    assert len(drawing.drawn(given, [HERE], 1000, 0, "a.claim")) == count
    assert drawing.drawn({}, [], 8, 0, "a.claim") == []


def test_arguments_change_places_where_they_are_of_one_kind():
    source = "def f(a, b):\n    return g(a, b) + h(a, b) + map(a, b)\n"
    swaps = [m for m in mutants(source, "f.py") if m.operator == "swap arguments"]
    watch = Watch(lambda name: None)
    watch.given = {"g": {("number", "number")}, "h": {("number", "Tableau")}}
    assert [drawing._of_one_kind(m, source, watch) for m in swaps] == [True, False, False]


# --------------------------------------------------------------------------- sides


def told(*values, eps=2.0**-52):
    return [{"values": list(np.atleast_1d(value).astype(float)), "eps": eps} for value in values]


def test_sides_are_told_as_numbers_where_they_are_numbers():
    assert sides.told((1.0, Fraction(1, 2)), True) == [
        {"values": [1.0], "eps": 2.0**-52}, {"values": [0.5], "eps": 0.0}
    ]  # fmt: skip
    assert sides.told(sympy.Symbol("x") + 1, False) == [{"text": "x + 1"}]
    long = sides.told(np.arange(1000.0), False)[0]["values"]
    assert len(long) == sides.MOST + 3
    assert long[-2:] == [999.0, 0.0]
    assert sides.told((np.inf, 1.0), True)[0]["values"] == [np.finfo(float).max]


@pytest.mark.parametrize(
    ("after", "side", "direction", "elsewhere"),
    [
        ([(1.0, 2.0), (1.0, 4.0)], "", "", False),
        ([(1.0, 2.0 + 1e-12), (1.0, 4.0)], "", "", False),
        ([(1.0, 3.0), (1.0, 4.0)], "predicted", "loosens", False),
        ([(1.0, 2.0), (1.0, 8.0)], "predicted", "loosens", True),
        ([(1.5, 2.0), (1.0, 4.0)], "measured", "tightens", False),
        ([(1.5, 2.0), (0.5, 4.0)], "measured", "either way", False),
        ([(2.0, 4.0), (1.0, 4.0)], "both", "", False),
    ],
)
def test_what_a_mutant_changed_of_a_bound(after, side, direction, elsewhere):
    before = {"a": told(1.0, 2.0), "b": told(1.0, 4.0), "gone": told(1.0, 1.0)}
    found = sides.change(
        before, {**dict(zip("ab", (told(*pair) for pair in after), strict=True)), "new": told(9, 9)}, "bound"
    )
    assert (found.side, found.direction, found.elsewhere) == (side, direction, elsewhere)
    assert bool(found) is bool(side)


def test_of_a_rate_counts_how_the_errors_fall():
    before = {str(n): told(1 / n) for n in (8, 16, 32)}
    assert not sides.change(before, {str(n): told(7 / n) for n in (8, 16, 32)}, "rate")
    assert sides.change(before, {str(n): told(7 / n + 1e-3) for n in (8, 16, 32)}, "rate").side == "measured"
    assert not sides.change(before, {}, "rate")


def test_changes_of_several_cases_are_told_together():
    one, two = sides.Change("measured", "loosens"), sides.Change("predicted", "tightens")
    assert not sides.joined({"a": sides.Change()})
    assert sides.joined({"a": one, "b": sides.Change()}) == one
    assert sides.joined({"a": one, "b": two}) == sides.Change("both", "either way")


# --------------------------------------------------------------------------- both sides


def test_a_function_that_feeds_both_sides_is_read_off_the_source():
    file_of = mutable(HERE, "test_pieces")
    assert {name for _, name in both_sides(both, file_of)} == {"square", "nested"}
    assert both_sides(apart, file_of) == set()
    assert both_sides(square, file_of) == set()
