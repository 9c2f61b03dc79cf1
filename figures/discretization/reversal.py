"""Figures of `discretization`, reversal: what rebuilt states cost a gradient, and what they save."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["gradient_error_against_depth", "memory_against_depth"]

GRADIENTS = "discretization.gradients_err_like_one_over_depth_and_its_square"
HEUN = "discretization.heun_errors_fall_one_order_faster"


def gradient_error_against_depth(results: Results) -> Any:
    """Errors through rebuilt states, smooth weights: Euler at orders 1 and 2, Heun at 3 and 4; their windows are
    shaded, and darker where both are.
    """
    euler, heun = (_by_label(results, claim) for claim in (GRADIENTS, HEUN))
    figure, axes = style.panels(2, width=3.7, height=3.0)
    for axis, of, title in zip(
        axes, ("x", "theta"), ("gradient in the states", "gradient in the weights"), strict=True
    ):
        for index, (name, found) in enumerate((("Euler", euler), ("Heun", heun))):
            result = found[of, "smooth"]
            style.shade_window(axis, result)
            style.sweep(axis, result, index, name)
            xs, ys = style.points_of(result)
            axis.annotate(f"order {result['fit']['order']:.2f}", (xs[-2], ys[-2]), textcoords="offset points",
                          xytext=(-4, 7), fontsize=7.5)  # fmt: skip
        axis.set_title(title)
        axis.set_xscale("log", base=2)
        axis.set_xlabel("depth N")
    axes[0].set_ylabel(r"$\max_n$ of the error")
    axes[0].legend(fontsize=7.5, loc="lower left")
    style.finish(axes)
    return figure


def _by_label(results: Results, claim: str) -> dict[tuple[str, str], Any]:
    """The results of a claim with cases by what the gradient is of and the family of weights."""
    found = {}
    for result in results.cases(claim).values():
        point = next((p for p in result["series"] if "of" in p and "weights" in p), None)
        if point is not None:
            found[point["of"], point["weights"]] = result
    if not found:
        raise MissingRecord(f"no record of {claim}; run `gronwall check discretization` first")
    return found


def memory_against_depth(results: Results) -> Any:
    """Peak memory of a pass and its gradient against depth: linear for backpropagation, flat without stored states."""
    names = {
        "discretization.backpropagation_takes_memory_in_proportion_to_depth": "backpropagation",
        "discretization.the_adjoint_takes_the_same_memory_at_every_depth": "memory-free",
    }
    figure, (axis,) = style.panels(1, width=4.6, height=3.0)
    index = 0
    for claim, gradient in names.items():
        for scheme, result in results.cases(claim).items():
            points = result.series("peak memory")
            axis.loglog([p["x"] for p in points], [p["measured"] for p in points],
                        label=f"{gradient}, {scheme.capitalize()}", **style.look(index))  # fmt: skip
            index += 1
    if index == 0:
        raise MissingRecord("no records of memory; run `gronwall check discretization` first")
    axis.set_xscale("log", base=2)
    axis.set_xlabel("depth N")
    axis.set_ylabel("peak memory in MiB, weights apart")
    axis.legend(fontsize=7.5)
    style.finish([axis])
    return figure
