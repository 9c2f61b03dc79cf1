"""Figures of `generalization`, covers: one cover against a chain of them."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["bounds_against_sample_size"]

ROUTES = "generalization.one_cover_gives_a_quarter_and_a_chain_a_half"


def bounds_against_sample_size(results: Results) -> Any:
    """The bound on a residual network against the sample size: recalled, provable, chained; and its terms."""
    cases = results.cases(ROUTES)
    if len(cases) < 2:
        raise MissingRecord(f"no record of {ROUTES}")
    one, chained = cases["one scale"], cases["chained"]
    figure, axes = style.panels(2, width=3.7, height=3.0)
    totals = [
        ("recalled", one.series("bound against n", route="recalled", term="total")),
        ("provable, one cover", one.series("bound against n", route="one scale", term="total")),
        ("provable, chained", chained.series("bound against n", route="chained", term="total")),
    ]
    for index, (label, points) in enumerate(totals):
        axes[0].loglog([p["x"] for p in points], [p["measured"] for p in points], label=label, **style.look(index))
    terms = ["smoothness", "parameters", "confidence", "discretisation"]
    for index, term in enumerate(terms):
        points = one.series("bound against n", route="one scale", term=term)
        look = style.look(index)
        axes[1].loglog([p["x"] for p in points], [p["measured"] for p in points], label=term, **look)
    axes[1].set_title("terms of the one cover")
    axes[1].set_ylabel("term of the bound")
    for axis in axes:
        axis.set_xlabel("sample size n")
        axis.legend(fontsize=7.5)
    axes[0].set_ylabel("bound on the gap, d = 2")
    style.finish(axes)
    return figure
