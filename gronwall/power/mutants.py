"""Mutants: every place of a source at which a rule makes it wrong, and what stands there then.

A *mutant* is one edit of one expression or statement, so that its diff is a line or two and line numbers stay. The
rules come in two sets. ``ARITHMETIC`` is what goes wrong in a formula: a term, a factor, a power or a minus that is
forgotten, a sign, an exponent or a constant that is another, min for max, arguments that change places, a function that
is left out. ``LOGIC`` is what goes wrong in a program beside: comparisons, conditions, statements, what is returned.

Not mutated: docstrings, annotations, what only type checkers read, imports, decorators, assertions, ``__all__``, and
messages (strings, and the whole of what is raised). With ``formulas_only`` comparisons, conditions, ranges, indices and
tolerances are left alone too: there the statement of a theorem is not.

A mutant that computes the same as the source is *equivalent*; a person says so at the end of the line, ``# equivalent:
REASON``. The order of the mutants is that of the source, and nothing depends on anything but the source.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

ARITHMETIC = (
    "drop a term", "drop a factor", "drop a power", "drop a minus", "flip a sign", "change an exponent",
    "change a constant", "min for max", "swap arguments", "return an argument",
)  # fmt: skip
LOGIC = (
    "flip a comparison", "move a boundary", "and for or", "negate a condition", "flip a truth", "any for all",
    "drop a statement", "change a return",
)  # fmt: skip
CODE = ARITHMETIC + LOGIC

EQUIVALENT = re.compile(r"#\s*equivalent:\s*(\S.*)$", re.MULTILINE)
TOLERANCES = re.compile(r"tol|slack|margin|within|eps", re.IGNORECASE)

OPPOSITE = {
    ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
BOUNDARY = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
SIGN = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&")}
PAIRS = {
    "min": "max", "minimum": "maximum", "argmin": "argmax", "nanmin": "nanmax", "fmin": "fmax", "floor": "ceil",
    "lower": "upper",
}  # fmt: skip
EXTREMES = {**PAIRS, **{high: low for low, high in PAIRS.items()}}
QUANTIFIERS = {"any": "all", "all": "any"}
FUNCTIONS = {
    "abs", "absolute", "fabs", "sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tanh", "sign",
    "square", "ceil", "floor", "round", "relu", "norm", "median", "mean",
}  # fmt: skip
"""Functions that are left out: what they return is of the kind of their first argument."""
SYMMETRIC = set(EXTREMES) | {"isinstance", "hypot", "gcd", "lowest", "isclose", "suppress"}
ATOMS = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp)
LISTS = (ast.List, ast.Tuple, ast.ListComp)
"""Their sums and multiples are no arithmetic."""


@dataclass(frozen=True)
class Mutant:
    """One edit: bytes ``start`` to ``stop`` of the source become ``text``.

    ``function`` is the qualified name of the function it lies in, empty where that is none; ``line`` where the edit
    begins, and ``statement`` the line on which the innermost statement around it does.
    """

    operator: str
    file: str
    function: str
    line: int
    statement: int
    start: int
    stop: int
    text: str

    def applied(self, source: str) -> str:
        """The source with the edit."""
        given = source.encode()
        return (given[: self.start] + self.text.encode() + given[self.stop :]).decode()

    def diff(self, source: str) -> str:
        """The lines that change, before and after."""
        lines = difflib.unified_diff(source.split("\n"), self.applied(source).split("\n"), lineterm="", n=0)
        return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))

    def equivalent(self, source: str) -> str | None:
        """Why it computes the same, where the source says so on one of the lines that it changes."""
        last = source.encode()[: self.stop].count(b"\n") + 1
        for line in source.split("\n")[self.line - 1 : last]:
            found = EQUIVALENT.search(line)
            if found:
                return found[1]
        return None


@dataclass(frozen=True)
class _Place:
    """What is known on the way down the tree: the names of the functions, the statement, and what encloses a node."""

    function: tuple[str, ...] = ()
    inside: bool = False
    statement: int = 0


def mutants(source: str, file: str, *, formulas_only: bool = False, function: str | None = None) -> list[Mutant]:
    """Every mutant of a source, from top to bottom; of one function alone where its qualified name is given."""
    found = _Sites(source, file, formulas_only)
    found.down(ast.parse(source), _Place())
    unique = {(m.start, m.stop, m.text): m for m in reversed(found.mutants)}
    ordered = sorted(unique.values(), key=lambda m: (m.start, m.stop, m.operator, m.text))
    wanted = [m for m in ordered if function is None or m.function == function]
    return [m for m in wanted if m.applied(source) != source]


class _Sites:
    def __init__(self, source: str, file: str, formulas_only: bool) -> None:
        self.bytes, self.file, self.formulas_only = source.encode(), file, formulas_only
        self.starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.mutants: list[Mutant] = []

    # ------------------------------------------------------------------ text

    def span(self, node: ast.AST) -> tuple[int, int]:
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return self.starts[first - 1] + node.col_offset, self.starts[last - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        """The source of an expression, in parentheses unless it needs none anywhere."""
        start, stop = self.span(node)
        said = self.bytes[start:stop].decode()
        return said if isinstance(node, ATOMS) else f"({said})"

    def add(self, operator: str, place: _Place, span: tuple[int, int], text: str) -> None:
        start, stop = span
        line = self.bytes[:start].count(b"\n") + 1
        inside = ".".join(place.function) if place.inside else ""
        self.mutants.append(Mutant(operator, self.file, inside, line, place.statement, start, stop, text))

    def between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> tuple[tuple[int, int], str]:
        """What stands between two expressions, with another operator."""
        start, stop = self.span(left)[1], self.span(right)[0]
        said = self.bytes[start:stop].decode()
        pattern = r"\b" + old.replace(" ", r"\s+") + r"\b" if old[0].isalpha() else re.escape(old)
        return (start, stop), re.sub(pattern, new, said, count=1)

    # ------------------------------------------------------------------ the way down

    def down(self, node: ast.AST, place: _Place) -> None:
        if isinstance(node, ast.stmt):
            place = _Place(place.function, place.inside, node.lineno)
            if _is_left_alone(node):
                return
            if not self.formulas_only:
                self.statement(node, place)
            if isinstance(node, ast.Raise):
                return
        if isinstance(node, ast.JoinedStr) or _calls(node) == "isinstance":
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.definition(node, place)
            return
        if isinstance(node, ast.expr):
            self.expression(node, place)
        for child in self.below(node):
            self.down(child, place)

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, place: _Place) -> None:
        is_function = not isinstance(node, ast.ClassDef)
        inside = _Place((*place.function, node.name), is_function or place.inside, place.statement)
        if not isinstance(node, ast.ClassDef):
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    self.down(default, place)
        for statement in node.body:
            self.down(statement, inside)

    def below(self, node: ast.AST) -> Iterator[ast.AST]:
        """The children that may be mutated."""
        if isinstance(node, ast.AnnAssign):
            yield from [node.value] if node.value is not None else []
            return
        if isinstance(node, ast.If) and _is_type_checking(node):
            yield from node.orelse
            return
        skipped: list[ast.AST | None] = []
        if isinstance(node, ast.Call) and _calls(node) == "zip":
            skipped += [one for one in node.keywords if one.arg == "strict"]  # an assertion about the code itself
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant):
            skipped.append(node.right)  # its constant is the exponent
        if self.formulas_only:
            if isinstance(node, ast.Compare) or _calls(node) == "range":
                return
            if isinstance(node, ast.Assign | ast.AugAssign | ast.keyword) and TOLERANCES.search(_target(node)):
                return
            if isinstance(node, ast.If | ast.While | ast.IfExp | ast.comprehension):
                skipped += [getattr(node, "test", None), *getattr(node, "ifs", ())]
            if isinstance(node, ast.Subscript):
                skipped.append(node.slice)
        for child in ast.iter_child_nodes(node):
            if child not in skipped:
                yield child

    # ------------------------------------------------------------------ expressions

    def expression(self, node: ast.expr, place: _Place) -> None:
        if isinstance(node, ast.BinOp):
            self.binary(node, place)
        elif isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.USub):
                self.add("drop a minus", place, self.span(node), self.text(node.operand))
            elif isinstance(node.op, ast.Not | ast.Invert) and not self.formulas_only:
                self.add("negate a condition", place, self.span(node), self.text(node.operand))
        elif isinstance(node, ast.Constant):
            self.constant(node, place)
        elif isinstance(node, ast.Call):
            self.call(node, place)
        elif not self.formulas_only:
            self.condition(node, place)

    def binary(self, node: ast.BinOp, place: _Place) -> None:
        if any(_is_text(side) for side in (node.left, node.right)):
            return
        if self.formulas_only and any(isinstance(side, LISTS) for side in (node.left, node.right)):
            return
        span, left, right = self.span(node), self.text(node.left), self.text(node.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            self.add("drop a term", place, span, left)
            self.add("drop a term", place, span, right if isinstance(node.op, ast.Add) else f"(-{right})")
        elif isinstance(node.op, ast.Mult | ast.Div | ast.FloorDiv | ast.Mod):
            self.add("drop a factor", place, span, left)
            if isinstance(node.op, ast.Mult):
                self.add("drop a factor", place, span, right)
            elif isinstance(node.op, ast.Div) and not (isinstance(node.left, ast.Constant) and node.left.value == 1):
                self.add("drop a factor", place, span, f"(1 / {right})")
        elif isinstance(node.op, ast.Pow):
            self.add("drop a power", place, span, left)
            self.add("change an exponent", place, self.span(node.right), _plus_one(node.right) or f"({right} + 1)")
        logical = isinstance(node.op, ast.BitAnd | ast.BitOr)
        if type(node.op) in SIGN and not (logical and (self.formulas_only or not place.inside)):
            where, text = self.between(node.left, node.right, *SIGN[type(node.op)])
            self.add("and for or" if logical else "flip a sign", place, where, text)

    def constant(self, node: ast.Constant, place: _Place) -> None:
        if isinstance(node.value, bool):
            if not self.formulas_only:
                self.add("flip a truth", place, self.span(node), str(not node.value))
            return
        other = _plus_one(node)
        if other is not None:
            self.add("change a constant", place, self.span(node), other)

    def call(self, node: ast.Call, place: _Place) -> None:
        name = _calls(node)
        for operator, table in (("min for max", EXTREMES), ("any for all", QUANTIFIERS)):
            if name in table and (operator == "min for max" or not self.formulas_only):
                _, stop = self.span(node.func)
                self.add(operator, place, (stop - len(name), stop), table[name])
        if name in FUNCTIONS and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
            self.add("return an argument", place, self.span(node), self.text(node.args[0]))
        if name in SYMMETRIC:
            return
        for first, second in zip(node.args, node.args[1:], strict=False):
            if _is_arithmetic(first) and _is_arithmetic(second):
                start, stop = self.span(first)[0], self.span(second)[1]
                self.add("swap arguments", place, (start, stop), f"{self.text(second)}, {self.text(first)}")
                break

    def condition(self, node: ast.expr, place: _Place) -> None:
        if isinstance(node, ast.Compare):
            for op, left, right in zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False):
                drawn = "random" in (_calls(left), _calls(right))  # of which no draw will meet a boundary
                for operator, table in (("flip a comparison", OPPOSITE), ("move a boundary", BOUNDARY)):
                    if type(op) in table and not (drawn and operator == "move a boundary"):
                        where, text = self.between(left, right, _sign_of(op), table[type(op)])
                        self.add(operator, place, where, text)
        elif isinstance(node, ast.BoolOp):
            word = " or " if isinstance(node.op, ast.And) else " and "
            joined = word.join(self.text(value) for value in node.values)
            self.add("and for or", place, self.span(node), f"({joined})")
        elif isinstance(node, ast.IfExp):
            self.negated(node.test, place)

    def negated(self, test: ast.expr, place: _Place) -> None:
        """A condition that is no comparison and no negation (those have rules of their own)."""
        alone = isinstance(test, ast.Compare) and len(test.ops) == 1
        if not alone and not isinstance(test, ast.UnaryOp):
            self.add("negate a condition", place, self.span(test), f"(not {self.text(test)})")

    # ------------------------------------------------------------------ statements

    def statement(self, node: ast.stmt, place: _Place) -> None:
        if isinstance(node, ast.If | ast.While) and not _is_type_checking(node):
            self.negated(node.test, place)
        dropped = isinstance(node, ast.AugAssign) and not _is_text(node.value)
        dropped |= isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        dropped |= isinstance(node, ast.Raise | ast.Continue | ast.Break)
        if dropped:
            self.add("drop a statement", place, self.span(node), "pass")
        value = node.value if isinstance(node, ast.Return) else None
        if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            self.add("change a return", place, self.span(value), "None")


def _is_left_alone(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert | ast.Global | ast.Nonlocal):
        return True
    if isinstance(node, ast.Assign):
        return any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # a docstring


def _is_type_checking(node: ast.If | ast.While) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_text(node: ast.expr) -> bool:
    """Is this a message?"""
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _is_arithmetic(node: ast.expr) -> bool:
    """May this be a number or an array of numbers?"""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return isinstance(node, ast.Name | ast.Attribute | ast.BinOp | ast.UnaryOp | ast.Subscript) and not _is_text(node)


def _calls(node: ast.AST) -> str:
    """The last name of what is called, empty where nothing is."""
    if not isinstance(node, ast.Call):
        return ""
    named = node.func
    return named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""


def _target(node: ast.Assign | ast.AugAssign | ast.keyword) -> str:
    if isinstance(node, ast.keyword):
        return node.arg or ""
    return " ".join(ast.unparse(t) for t in (node.targets if isinstance(node, ast.Assign) else [node.target]))


def _sign_of(op: ast.cmpop) -> str:
    return {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
            ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}[type(op)]  # fmt: skip


def _plus_one(node: ast.expr) -> str | None:
    """The number after a literal one: 3 for 2, 1.5 for 0.5."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, int | float):
        return None
    other = node.value + 1
    return repr(other) if other != node.value else repr(2 * node.value)
