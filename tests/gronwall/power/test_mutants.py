"""The operators: every rule makes the mutant it names, one edit at a time, and leaves alone what states nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gronwall.power.mutants import ARITHMETIC, CODE, LOGIC, mutants

ROOT = Path(__file__).resolve().parents[3]


def made(line: str, **keywords: object) -> dict[str, set[str]]:
    """By operator, what becomes of a line inside a function."""
    source = f"def f(a, b, x, tol):\n    {line}\n"
    found: dict[str, set[str]] = {}
    for mutant in mutants(source, "f.py", **keywords):  # type: ignore[arg-type]
        found.setdefault(mutant.operator, set()).add(mutant.applied(source).splitlines()[1].strip())
    return found


@pytest.mark.parametrize(
    ("line", "operator", "wrong"),
    [
        ("y = a + b", "drop a term", {"y = a", "y = b"}),
        ("y = a - b", "drop a term", {"y = a", "y = (-b)"}),
        ("y = a + b", "flip a sign", {"y = a - b"}),
        ("y = a - b", "flip a sign", {"y = a + b"}),
        ("y = a * b", "drop a factor", {"y = a", "y = b"}),
        ("y = (a + b) / x", "drop a factor", {"y = (a + b)", "y = (1 / x)"}),
        ("y = 1.0 / x", "drop a factor", {"y = 1.0"}),
        ("y = a**3", "drop a power", {"y = a"}),
        ("y = a**3", "change an exponent", {"y = a**4"}),
        ("y = a**b", "change an exponent", {"y = a**(b + 1)"}),
        ("y = -a", "drop a minus", {"y = a"}),
        ("y = a * 0.5", "change a constant", {"y = a * 1.5"}),
        ("y = min(a, b)", "min for max", {"y = max(a, b)"}),
        ("y = np.argmax(a)", "min for max", {"y = np.argmin(a)"}),
        ("y = f(a, b)", "swap arguments", {"y = f(b, a)"}),
        ("y = np.exp(a - b)", "return an argument", {"y = (a - b)"}),
        ("y = a < b", "flip a comparison", {"y = a >= b"}),
        ("y = a < b", "move a boundary", {"y = a <= b"}),
        ("y = a < b <= x", "move a boundary", {"y = a <= b <= x", "y = a < b < x"}),
        ("y = a is not b", "flip a comparison", {"y = a is b"}),
        ("y = a not in b", "flip a comparison", {"y = a in b"}),
        ("y = a and b or x", "and for or", {"y = ((a and b) and x)", "y = (a or b) or x"}),
        ("y = not a", "negate a condition", {"y = a"}),
        ("if a: return x", "negate a condition", {"if (not a): return x"}),
        ("y = any(a)", "any for all", {"y = all(a)"}),
        ("y = f(a, True)", "flip a truth", {"y = f(a, False)"}),
        ("y += a", "drop a statement", {"pass"}),
        ("a.sort()", "drop a statement", {"pass"}),
        ("raise a", "drop a statement", {"pass"}),
        ("return a", "change a return", {"return None"}),
    ],
    ids=lambda value: " or ".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_an_operator_makes_what_it_says(line, operator, wrong):
    assert made(line)[operator] == wrong


@pytest.mark.parametrize(
    "line",
    [
        '"""A docstring with 2 + 2."""',
        "from a import b",
        "assert a < b",
        'y = f"{a + b} of {2 * a}"',
        "y: tuple[int, 3]",
        "y = isinstance(a, int | float)",
        '__all__ = ["a", 2]',
        'y = "a" + b',
    ],
)
def test_docstrings_types_and_messages_are_left_alone(line):
    assert made(line) == {}


def test_of_what_is_raised_only_the_raising_is_mutated():
    assert made("raise ValueError(a + 1)") == {"drop a statement": {"pass"}}


def test_what_only_type_checkers_read_is_left_alone():
    source = "if TYPE_CHECKING:\n    x = 1 + 2\nelse:\n    y = 3\n"
    assert {m.line for m in mutants(source, "f.py")} == {4}
    assert mutants("def f(a: A[2] = 1) -> B[3]:\n    pass\n", "f.py")[0].text == "2"
    assert len(mutants("def f(a: A[2] = 1) -> B[3]:\n    pass\n", "f.py")) == 1


@pytest.mark.parametrize(
    "line",
    ["y = a < 2 * b", "if a > 2: return x", "y = range(2 * a)", "y = a[1]", "tol = 2 * a", "y = f(a, tol=2 * b)"],
)
def test_formulas_have_no_conditions_ranges_and_tolerances(line):
    assert made(line, formulas_only=True) in ({}, {"swap arguments": {"y = f(x, a)"}})
    assert made(line) != {}


def test_formulas_are_mutated_by_arithmetic_only():
    found = made("return max(a, -b) + x**2 if a else not b", formulas_only=True)
    assert set(found) <= set(ARITHMETIC)
    assert len(found) >= 6
    assert set(CODE) == set(ARITHMETIC) | set(LOGIC)


def test_a_mutant_knows_its_function_its_line_and_its_statement():
    source = "x = 1\nclass A:\n    def f(self):\n        y = (\n            2 +\n            self.x\n        )\n"
    one, *_, last = mutants(source, "f.py")
    assert (one.function, one.line, one.statement) == ("", 1, 1)
    assert (last.function, last.line, last.statement) == ("A.f", 5, 4)
    assert {m.function for m in mutants(source, "f.py", function="A.f")} == {"A.f"}
    assert mutants(source, "f.py", function="f") == []


def test_the_diff_shows_the_line_before_and_after():
    source = "def f(é):\n    return é + 1\n"
    assert any(m.diff(source) == "-    return é + 1\n+    return é - 1" for m in mutants(source, "f.py"))


def test_an_equivalent_mutant_is_marked_at_the_end_of_its_line():
    source = "x = 1  # equivalent: nobody reads it\ny = 2\n"
    assert [m.equivalent(source) for m in mutants(source, "f.py")] == ["nobody reads it", None]


@pytest.mark.parametrize("name", ["gronwall/judging/order_model.py", "gronwall/measuring/sides.py", "gronwall/cli.py"])
def test_every_mutant_of_our_own_code_is_python_and_another_program(name):
    source = (ROOT / name).read_text()
    found = mutants(source, name)
    assert len(found) > 30
    assert len({m.applied(source) for m in found}) == len(found)
    for mutant in found:
        changed = mutant.applied(source)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source)), mutant.diff(source)
        assert changed.count("\n") <= source.count("\n")
    assert mutants(source, name) == found


def test_assertions_of_zip_boundaries_of_draws_and_the_order_in_suppress_are_no_mistakes():
    assert "flip a truth" not in made("y = zip(a, b, strict=True)")
    assert made("y = f(a, strict=True)")["flip a truth"] == {"y = f(a, strict=False)"}
    drawn = made("y = a.random() < x")
    assert drawn["flip a comparison"] == {"y = a.random() >= x"}
    assert "move a boundary" not in drawn
    assert "move a boundary" in made("y = a < x")
    assert "swap arguments" not in made("y = suppress(a, b)")
    assert "swap arguments" in made("y = g(a, b)")
