"""Drawing: runs the modules of ``figures/`` on the records and writes SVG and PDF with stable bytes.

A module of ``figures/`` has one public function a figure, named in its ``__all__``; it takes the
:class:`gronwall.results.Results` and returns a matplotlib figure. It never computes a result. Where a
record it needs is missing it raises ``KeyError``, and the figure is left out with a note.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gronwall import results
from gronwall.fingerprint import REPOSITORY
from gronwall.problems import WrongUsage
from gronwall.results import Results
from gronwall.store import write_atomically

FIGURES = REPOSITORY / "figures"


def modules() -> list[str]:
    """The subjects that have figures."""
    return sorted(path.stem for path in FIGURES.glob("*.py") if not path.stem.startswith("_") and path.stem != "style")


def available() -> dict[str, tuple[str, str]]:
    """Every figure's name (``subject-function``) with its module and function."""
    return {
        f"{name}-{function}".replace("_", "-"): (name, function)
        for name in modules()
        for function in _module(name).__all__
    }


def _module(name: str) -> Any:
    if str(REPOSITORY) not in sys.path:
        sys.path.insert(0, str(REPOSITORY))
    try:
        return importlib.import_module(f"figures.{name}")
    except ImportError as problem:
        raise WrongUsage(f"figures need the extra `suite` (pip install 'gronwall[suite]'): {problem}") from None


def chosen(names: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """The figures that were asked for: by full name or by subject; all of them where nothing was."""
    known = available()
    if not known:
        raise WrongUsage(f"there are no figures here: {FIGURES} does not exist")
    if not names:
        return known
    found: dict[str, tuple[str, str]] = {}
    for name in names:
        wanted = name.replace("_", "-")
        matching = {key: value for key, value in known.items() if wanted in (key, value[0].replace("_", "-"))}
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
        except KeyError as problem:
            print(f"note: {name} is left out: {problem.args[0]}", file=sys.stderr)
            continue
        yield save(figure, out / "figures" / name, stale=_uses_stale(found, module))


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
