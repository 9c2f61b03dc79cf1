"""Figures of `solvers`: the order and the tolerance calibration of other people's solvers."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Result, Results

__all__ = ["fixed_steps", "tolerances"]

FIXED = "solvers.a_fixed_step_method_has_its_order"
SCIPY = "solvers.scipy_runge_kutta_errors_are_proportional_to_the_tolerance"
TORCH = "solvers.torch_outputs_follow_the_tolerance"


def fixed_steps(results: Results) -> Any:
    """Error against steps for every fixed-step method of torchdiffeq, on a nonlinear non-autonomous problem."""
    cases: dict[str, Result] = results.cases(FIXED)
    if not cases:
        raise MissingRecord(f"no record of {FIXED}; run `gronwall check solvers` first")
    low = {case: r for case, r in cases.items() if r["fit"]["stated"] <= 3}
    high = {case: r for case, r in cases.items() if r["fit"]["stated"] > 3}
    figure, axes = style.panels(2, width=4.4, height=3.6, columns=2)
    style.many_sweeps(axes, [("orders one to three", low), ("orders four and five", high)], "steps n", "global error")
    style.finish(axes)
    return figure


def tolerances(results: Results) -> Any:
    """Error against the tolerance asked for: a solver that keeps its word has slope one."""
    groups = [("SciPy", results.cases(SCIPY)), ("torchdiffeq, outputs between steps", results.cases(TORCH))]
    if not all(cases for _, cases in groups):
        raise MissingRecord(f"no record of {SCIPY} and {TORCH}; run `gronwall check solvers` first")
    figure, axes = style.panels(2, width=4.4, height=3.6, columns=2)
    style.many_sweeps(axes, groups, "1 / tolerance", "global error")
    style.finish(axes)
    return figure
