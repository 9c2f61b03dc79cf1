"""``gronwall list --house``: has every claim, statement, figure and room of a project its place?

A subject has one name on every floor and so has a room of it: ``checks/SUBJECT/ROOM/``, ``figures/SUBJECT/ROOM.py``,
``paper/SUBJECT/ROOM.typ``. Looked at are files alone: no claim is imported, nothing is drawn, no record is read. A
floor that a project does not have is not asked for.

How it can be wrong: a table counts where ``statements-of("subject", "room")`` stands in a section, a figure where
``drawn("name")`` does, whatever condition is around it; a figure is fed by the claims whose ids stand, in one literal
each, in its function or in what the function names.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from gronwall.problems import WrongUsage
from gronwall.running import repository
from gronwall.telling.console import plain_console
from gronwall.telling.rooms import Place, claims_in, rooms_of, statements

TABLE = re.compile(r'statements-of\(\s*"(\w+)"((?:\s*,\s*"\w+")*)((?:\s*,\s*findings:\s*false)?)')
SHOWN = re.compile(r'\bdrawn\(\s*"([^"]+)"')
ALL_SHOWN = re.compile(r'\bdrawn-of\(\s*"(\w+)"')
INCLUDED = re.compile(r'\binclude\s+"([^"]+)"')
ID = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*){1,2}")


def show(targets: tuple[str, ...]) -> int:
    """Print the faults of the project's house, a line each; returns 1 where there are any, else 0."""
    if targets:
        raise WrongUsage(f"--house looks at the whole project; leave out {targets[0]!r}")
    house, console = House(repository.home()), plain_console()
    found = faults(house)
    for fault in found:
        console.print(fault, markup=False, soft_wrap=True)
    counts = {"claim": len(house.claims), "room": sum(map(len, house.rooms.values())), "figure": len(house.figures)}
    told = ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items())
    console.print(f"{told}: " + ("each in its place" if not found else f"{len(found)} out of place"))
    return 1 if found else 0


def faults(house: House) -> list[str]:
    """Everything out of place: what was found, what is expected, the way out."""
    found = [*homeless_statements(house), *unfed_figures(house)]
    if house.texts:
        found += [*rooms_without_a_section(house), *unknown_tables(house), *untold_claims(house), *unshown(house)]
    return found


# --------------------------------------------------------------------------- what there is


@dataclass(frozen=True)
class Figure:
    """A figure's name, the module that draws it, and the ids that its function asks for."""

    name: str
    file: str
    asks: frozenset[str]


@dataclass(frozen=True)
class Table:
    """A table of statements in a section: of a subject, or of some rooms of it."""

    file: str
    line: int
    subject: str
    rooms: tuple[str, ...]
    findings: bool


class House:
    """The floors of a project, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.claims: dict[str, Place] = claims_in(self.root)

    @cached_property
    def rooms(self) -> dict[str, list[str]]:
        """The rooms of each subject that has claims."""
        return rooms_of(self.claims)

    @cached_property
    def experiments(self) -> set[str]:
        """The names of the tables of experiments: the literals that head an ``Experiment(...)`` in ``systems/``."""
        trees = (ast.parse(path.read_bytes()) for path in sorted((self.root / "systems").rglob("*.py")))
        calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
        heads = (call.args[0] for call in calls if getattr(call.func, "id", "") == "Experiment")
        return {str(head.value) for head in heads if isinstance(head, ast.Constant)}

    @cached_property
    def texts(self) -> dict[str, str]:
        """The sources of the paper by their path in the project, without lines that are comments."""
        folder = self.root / "paper"
        paths = sorted([*folder.glob("*.typ"), *folder.glob("*/*.typ")])
        return {
            path.relative_to(self.root).as_posix(): re.sub(r"(?m)^[ \t]*//.*$", "", path.read_text(encoding="utf-8"))
            for path in paths
            if path != folder / "template.typ"
        }

    @cached_property
    def tables(self) -> list[Table]:
        """The tables of statements that the sections hold."""
        return [
            Table(file, _line(text, call), call[1], tuple(re.findall(r"\w+", call[2])), findings=not call[3])
            for file, text in self.texts.items()
            for call in TABLE.finditer(text)
        ]

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """The modules of figures by their path in the project."""
        folder = self.root / "figures"
        paths = sorted([*folder.glob("*.py"), *folder.glob("*/*.py")])
        return {
            path.relative_to(self.root).as_posix(): ast.parse(path.read_bytes())
            for path in paths
            if path.stem != "style" and not path.stem.startswith("_")
        }

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure that a module names in its ``__all__``."""
        found = [figure for file, tree in self.modules.items() for figure in _figures(file, tree)]
        return {figure.name: figure for figure in found}


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1


def _subject(file: str) -> str:
    """``figures/adjoint/digits.py`` and ``paper/adjoint.typ`` belong to ``adjoint``."""
    return PurePosixPath(file).parts[1].split(".")[0]


def _figures(file: str, tree: ast.Module) -> Iterator[Figure]:
    """The figures of a module: what its ``__all__`` names, with the ids that each reaches."""
    parts = {name: node for node in tree.body for name in _names(node)}
    for name in _listed(tree) or ():
        asks = frozenset(text for text in _literals(name, parts, set()) if ID.fullmatch(text))
        yield Figure(f"{_subject(file)}-{name}".replace("_", "-"), file, asks)


def _listed(tree: ast.Module) -> list[str] | None:
    """What the ``__all__`` of a module names; None where it has none that can be read."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and "__all__" in _names(node):
            with contextlib.suppress(ValueError):
                return [str(name) for name in ast.literal_eval(node.value)]
    return None


def _names(node: ast.stmt) -> list[str]:
    """What a statement of a module defines."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _literals(name: str, parts: Mapping[str, ast.stmt], seen: set[str]) -> Iterator[str]:
    """Every string literal in a part of a module, docstrings aside, and in the parts that it names."""
    if name in seen or name not in parts:
        return
    seen.add(name)
    node = parts[name]
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value.split("[")[0]
        elif isinstance(one, ast.Name):
            yield from _literals(one.id, parts, seen)


# --------------------------------------------------------------------------- what may be out of place


def homeless_statements(house: House) -> Iterator[str]:
    """Statements of an inventory that lie in no room, or in one that does not exist."""
    for subject, rooms in house.rooms.items():
        at = f"checks/{subject}/statements.toml"
        for one in statements(subject, house.root):
            room, ref = one.get("room"), one.get("ref", "(no ref)")
            if rooms and room is None:
                yield f"{at}: {ref!r} lies in no room; write room = one of {_told(rooms)}"
            elif rooms and room not in rooms:
                yield f"{at}: {ref!r} lies in the room {room!r}, which is none of {subject}; there are {_told(rooms)}"
            elif not rooms and room is not None:
                yield f"{at}: {ref!r} lies in the room {room!r}, and {subject} has none; leave the line out"


def unfed_figures(house: House) -> Iterator[str]:
    """Modules of figures that name none, or of a room that does not exist; figures that nothing feeds."""
    for file, tree in house.modules.items():
        if _listed(tree) is None:
            yield f"{file} does not say which figures it draws; name its functions in __all__, a list of literals"
        place = PurePosixPath(file)
        subject, rooms = _subject(file), house.rooms.get(_subject(file))
        if rooms is None:
            yield f"{file} draws for {subject!r}, which has no claims; there are {_told(house.rooms)}"
        elif len(place.parts) > 2 and place.stem not in rooms:
            yield f"{file} draws for the room {place.stem!r}, which is none of {subject}; there are {_told(rooms)}"
    for figure in house.figures.values():
        asked = sorted(one for one in figure.asks if one.split(".")[0] in house.rooms)
        for one in asked:
            if one not in house.claims and one not in house.experiments:
                what = "experiment" if one.count(".") == 2 else "claim"
                yield f"{figure.file}: {figure.name} asks for {one}, and there is no such {what}{_near(one, house)}"
        if not asked:
            yield (f"{figure.file}: {figure.name} names no claim and no experiment that feeds it; "
                   "ask the results for one by its id")  # fmt: skip


def rooms_without_a_section(house: House) -> Iterator[str]:
    """Subjects and rooms that have no file in the paper, or one that nothing includes; files of no room."""
    for subject, rooms in house.rooms.items():
        section = f"paper/{subject}.typ"
        if section not in house.texts:
            yield f"the subject {subject} has no section; write {section}"
            continue
        included = {_resolved(section, path) for path in INCLUDED.findall(house.texts[section])}
        for room in rooms:
            own = f"paper/{subject}/{room}.typ"
            if own not in house.texts:
                yield f"the room {room} of {subject} has no section; write {own} and include it in {section}"
            elif own not in included:
                yield f'{own} is in no section; write #include "{subject}/{room}.typ" in {section}'
        for file in house.texts:
            place = PurePosixPath(file)
            if len(place.parts) == 3 and place.parts[1] == subject and place.stem not in rooms:
                yield f"{file} is the section of no room of {subject}; there are {_told(rooms)}"


def unknown_tables(house: House) -> Iterator[str]:
    """Tables of subjects or rooms that do not exist."""
    for table in house.tables:
        rooms = house.rooms.get(table.subject)
        at = f"{table.file}:{table.line}: a table"
        if rooms is None:
            yield f"{at} of {table.subject!r}, which has no claims; there are {_told(house.rooms)}"
            continue
        for room in set(table.rooms) - set(rooms):
            yield f"{at} of the room {room!r}, which is none of {table.subject}; there are {_told(rooms)}"


def untold_claims(house: House) -> Iterator[str]:
    """Claims in no table; reproductions that their tables leave out and that no section of their subject names."""
    untold: dict[tuple[str, str], list[Place]] = {}
    for place in house.claims.values():
        own = [t for t in house.tables if t.subject == place.subject and (not t.rooms or place.room in t.rooms)]
        if not own:
            untold.setdefault((place.subject, place.room), []).append(place)
        elif place.kind == "reproduction" and not any(table.findings for table in own):
            text = "\n".join(text for file, text in house.texts.items() if _subject(file) == place.subject)
            if not re.search(rf"\b{place.claim.split('.')[1]}\b", text):
                yield (f"{place.file}:{place.line}: {place.claim} is a finding that its table leaves out and the text "
                       f"does not name; show it in {own[0].file}")  # fmt: skip
    for (subject, room), places in untold.items():
        many = f"{len(places)} claims are" if len(places) > 1 else "1 claim is"
        first = f"{places[0].file}:{places[0].line}: {many} in no table of the paper ({places[0].claim}"
        first += f" and {len(places) - 1} more); " if len(places) > 1 else "); "
        if room or not house.rooms[subject]:
            rooms, file = (f', "{room}"', f"{subject}/{room}") if room else ("", subject)
            yield first + f'write #statements-of("{subject}"{rooms}, caption: [...]) in paper/{file}.typ'
        else:
            yield first + f"move the file into a room of {subject}: {_told(house.rooms[subject])}"


def unshown(house: House) -> Iterator[str]:
    """Figures that are drawn and shown nowhere, and figures that are shown and drawn nowhere."""
    shown: set[str] = set()
    for file, text in house.texts.items():
        for call in SHOWN.finditer(text):
            shown.add(call[1])
            if call[1] not in house.figures:
                at = f"{file}:{_line(text, call)}"
                yield f"{at} shows the figure {call[1]!r}, which nothing draws{_near(call[1], house)}"
        for subject in ALL_SHOWN.findall(text):
            shown |= {name for name, figure in house.figures.items() if _subject(figure.file) == subject}
    for name, figure in house.figures.items():
        if name not in shown:
            room = figure.file.removeprefix("figures/").removesuffix(".py")
            yield f'{figure.file}: the figure {name} is in no section; write #drawn("{name}") in paper/{room}.typ'


def _resolved(file: str, path: str) -> str:
    """The path in the project of what a section includes; the paper's own folder is compiled as ``/src``."""
    if path.startswith("/"):
        return f"paper/{path.removeprefix('/src/')}"
    return (PurePosixPath(file).parent / path).as_posix()


def _told(names: Mapping[str, object] | list[str]) -> str:
    return ", ".join(names) or "none"


def _near(name: str, house: House) -> str:
    """A name that was probably meant."""
    import difflib

    known = [list(house.figures), list(house.claims), sorted(house.experiments)][name.count(".")]
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""
