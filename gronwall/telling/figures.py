"""Drawing: runs the modules of ``figures/`` on the records and writes SVG and PDF with stable bytes.

A module of ``figures/`` has one public function a figure, named in its ``__all__``; a subject with rooms is a
folder of such modules. The function takes the :class:`gronwall.telling.results.Results` and returns a matplotlib
figure. It never computes a result. Where a record it needs is missing it raises :class:`MissingRecord`, and the
figure is left out with a note.
"""

from __future__ import annotations

import ast
import importlib
import io
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from gronwall.canonical import digest, dumps
from gronwall.problems import MissingRecord, WrongUsage
from gronwall.running.files import write_atomically
from gronwall.running.repository import home
from gronwall.running.sources import Sources
from gronwall.telling import results
from gronwall.telling.made import Made, Watched, rests_on_stale, told


def modules() -> list[str]:
    """The modules that have figures: ``solvers``, ``adjoint.densities``."""
    folder = home() / "figures"
    found = [path.relative_to(folder).with_suffix("").parts for path in [*folder.glob("*.py"), *folder.glob("*/*.py")]]
    return sorted(".".join(parts) for parts in found if parts[-1] != "style" and not parts[-1].startswith("_"))


def available() -> dict[str, tuple[str, str]]:
    """Every figure's name (``subject-function``) with its module and function."""
    return {
        f"{name.split('.')[0]}-{function}".replace("_", "-"): (name, function)
        for name in modules()
        for function in named(name)
    }


def path_of(module: str) -> Path:
    """The file of a module of figures."""
    return (home() / "figures").joinpath(*module.split(".")).with_suffix(".py")


def named(module: str) -> list[str]:
    """What the ``__all__`` of a module of figures names, read without importing it."""
    for node in ast.parse(path_of(module).read_bytes()).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return []


def _module(name: str) -> Any:
    if str(home()) not in sys.path:
        sys.path.insert(0, str(home()))
    try:
        import matplotlib

        matplotlib.use("Agg")
        return importlib.import_module(f"figures.{name}")
    except ImportError as problem:
        raise WrongUsage(f"figures need the extra `suite` (pip install 'gronwall[suite]'): {problem}") from None


def chosen(names: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """The figures that were asked for: by full name or by subject; all of them where nothing was."""
    known = available()
    if not known:
        raise WrongUsage(f"there are no figures here: {home() / 'figures'} does not exist")
    if not names:
        return known
    found: dict[str, tuple[str, str]] = {}
    for name in names:
        wanted = name.replace("_", "-")
        subjects = {key: module.split(".")[0].replace("_", "-") for key, (module, _) in known.items()}
        matching = {key: value for key, value in known.items() if wanted in (key, subjects[key])}
        if not matching:
            raise WrongUsage(f"no figure {name!r}; there are {', '.join(known) or 'none'}")
        found |= matching
    return found


def draw(names: tuple[str, ...], out: Path) -> Iterator[Path]:
    """Draw figures into ``out/figures``, yielding each SVG; one that would come out the same is left as it is."""
    wanted, found = chosen(names), results.load(out)
    made, sources = Made(out / "figures" / "made.json"), Sources()
    for name, (module, function) in wanted.items():
        code, asked = _code(module, sources), made.knows(name)
        svg = out / "figures" / f"{name}.svg"
        if asked is not None and made.is_current(name, told(found, asked, code)):
            yield svg
            continue
        watched = Watched(found)
        try:
            figure = getattr(_module(module), function)(watched)
        except MissingRecord as problem:
            print(f"note: {name} is left out: {problem}", file=sys.stderr)
            continue
        asked = sorted(map(list, watched.asked))
        save(figure, out / "figures" / name, rests_on_stale(found, asked))
        made.keep(name, told(found, asked, code), [svg, svg.with_suffix(".pdf")], asked)
        yield svg
    made.save(whole=not names)


def _code(module: str, sources: Sources) -> str:
    """The hash of the code that draws a module's figures, and of the versions of what it draws with."""
    code = [sources.source(file).tree for file in sources.closure(path_of(module))]
    drawing = {name: metadata.version(name) for name in ("matplotlib", "seaborn", "numpy")}
    return digest(dumps([code, drawing]))


def save(figure: Any, stem: Path, stale: bool = False) -> Path:
    """Write a figure as SVG and PDF: the same figure, the same bytes."""
    import matplotlib
    from matplotlib import pyplot

    if stale:
        figure.text(0.995, 0.995, "stale records", ha="right", va="top", fontsize=7, color="#b00020")
    with matplotlib.rc_context({"svg.hashsalt": stem.name, "svg.fonttype": "path", "pdf.fonttype": 42}):
        for suffix, metadata in ((".svg", {"Date": None}), (".pdf", {"CreationDate": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix[1:], metadata=metadata)
            write_atomically(stem.with_name(stem.name + suffix), buffer.getvalue())
    pyplot.close(figure)
    return stem.with_name(stem.name + ".svg")
