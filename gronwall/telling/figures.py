"""Drawing: runs the modules of ``figures/`` on the records and writes SVG and PDF with stable bytes.

A module of ``figures/`` has one public function a figure, named in its ``__all__``; a subject with rooms is a
folder of such modules. The function takes the :class:`gronwall.telling.results.Results` and returns a matplotlib
figure. It never computes a result. Where a record it needs is missing it raises :class:`MissingRecord`, and the
figure is left out with a note.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gronwall.problems import MissingRecord, WrongUsage
from gronwall.running.files import write_atomically
from gronwall.running.repository import home
from gronwall.telling import results
from gronwall.telling.results import Results


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
        for function in _module(name).__all__
    }


def _module(name: str) -> Any:
    if str(home()) not in sys.path:
        sys.path.insert(0, str(home()))
    try:
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
    """Draw figures into ``out/figures``, yielding each SVG as it is written."""
    try:
        import matplotlib
    except ImportError:
        raise WrongUsage("figures need the extra `suite`: pip install 'gronwall[suite]'") from None
    matplotlib.use("Agg")
    wanted, found = chosen(names), results.load(out)
    for name, (module, function) in wanted.items():
        try:
            figure = getattr(_module(module), function)(found)
        except MissingRecord as problem:
            print(f"note: {name} is left out: {problem}", file=sys.stderr)
            continue
        yield save(figure, out / "figures" / name, stale=_uses_stale(found, module.split(".")[0]))


def _uses_stale(found: Results, subject: str) -> bool:
    return any(result.stale for result in found.of(subject))


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
