"""Figures of `runge_kutta`: the observed order of every scheme."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["observed_orders"]

SWEEP = "runge_kutta.the_error_falls_at_the_order_of_the_scheme"


def observed_orders(results: Results) -> Any:
    """Error against steps for every scheme; filled points lie in the window of the order estimator."""
    cases = results.cases(SWEEP)
    if not cases:
        raise MissingRecord(f"no record of {SWEEP}; run `gronwall check runge_kutta` first")
    by_order: dict[float, dict[str, Any]] = {}
    for case, result in cases.items():
        by_order.setdefault(result["fit"]["stated"], {})[case] = result
    low = {name: case for order in (1, 2) for name, case in by_order.get(order, {}).items()}
    high = {name: case for order, group in by_order.items() if order > 2 for name, case in group.items()}
    figure, axes = style.panels(2, width=4.4, height=3.6, columns=2)
    groups = [("orders one and two", low), ("orders three to five", high)]
    style.many_sweeps(axes, groups, "steps n", "global error")
    style.finish(axes)
    return figure
