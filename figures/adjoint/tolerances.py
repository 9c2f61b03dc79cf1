"""Figures of `adjoint`, tolerances: what a tolerance controls and what it does not."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.telling.results import Results

__all__ = ["error_of_one_sample_against_batch", "evaluations_and_error_against_tolerance"]

TOLERANCE = "adjoint.the_error_of_the_gradient_is_proportional_to_the_tolerance"
SIGN = "adjoint.the_adjoint_at_tolerance_a_thousandth_has_the_wrong_sign"
RATIO = "adjoint.backward_evaluations_over_forward"


def evaluations_and_error_against_tolerance(results: Results) -> Any:
    r"""Tolerances of dopri5: evaluations by tolerance; the error of a gradient, of a smooth and of the stiff field
    $z'=-\lambda(z-\sin t)$; and evaluations backwards against forwards, one mark a random field.
    """
    smooth = results[TOLERANCE]
    figure, axes = style.panels(3, width=3.1, height=3.0)
    for index, direction in enumerate(("forwards", "backwards")):
        xs, ys = style.xy(smooth, "evaluations", direction=direction)
        axes[0].loglog([1 / x for x in xs], ys, label=direction, **style.look(index))
    axes[0].set_ylabel("evaluations")
    style.plain_ticks(axes[0].yaxis)
    axes[0].legend(fontsize=7.5)
    xs, ys = style.xy(smooth, "gradient error")
    axes[1].loglog([1 / x for x in xs], ys, label="a smooth field", **style.look(0))
    for index, result in enumerate(style.cases_of(results, SIGN).values(), 1):
        rate = result.series("relative gradient error")[0]["rate"]
        xs, ys = style.xy(result, "relative gradient error")
        label = f"stiff, λ = {rate:g}, relative"
        axes[1].loglog([1 / x for x in xs], ys, label=label, **style.look(index))
    axes[1].axhline(1, **style.BOUND)
    axes[1].annotate("above: sign may be wrong", (0.99, 1), xycoords=("axes fraction", "data"), ha="right",
                     textcoords="offset points", xytext=(0, 3), fontsize=7, color="#5a5a5a")  # fmt: skip
    axes[1].set_ylabel("error of the gradient")
    axes[1].set_ylim(top=axes[1].get_ylim()[1] * 1e4)
    axes[1].legend(fontsize=7, loc="upper right")
    for axis in axes[:2]:
        axis.invert_xaxis()
        axis.tick_params(axis="x", which="minor", bottom=False)
        axis.set_xlabel("tolerance")
    most = 0.0
    for index, (solver, result) in enumerate(style.cases_of(results, RATIO).items()):
        points = result.series("evaluations")
        look = {**style.look(index), "linestyle": "none"}
        axes[2].plot([p["x"] for p in points], [p["measured"] for p in points], label=solver, **look)
        most = max([most, *(float(p["x"]) for p in points)])
    for slope, told in ((1, "as many"), (0.5, "half, as\nreported")):
        axes[2].plot([0, most], [0, slope * most], color="#8a8a8a", linewidth=0.8, zorder=0.5)
        axes[2].annotate(told, (most, slope * most), va="center", textcoords="offset points", xytext=(3, 0),
                         fontsize=7, color="#5a5a5a")  # fmt: skip
    axes[2].set_xlim(0, 1.3 * most)
    axes[2].set_ylim(bottom=0)
    axes[2].set_xlabel("evaluations forwards")
    axes[2].set_ylabel("evaluations backwards")
    axes[2].legend(fontsize=7, loc="upper left")
    style.finish(axes)
    return figure


def error_of_one_sample_against_batch(results: Results) -> Any:
    """One oscillator among B − 1 constants: its error with the norm over the batch, and with one per sample."""
    found = results["adjoint.one_oscillator_among_constants_errs_like_the_root_of_the_batch"]
    figure, (axis,) = style.panels(1, width=4.6, height=3.0)
    for index, norm in enumerate(("over the batch", "per sample")):
        xs, ys = style.xy(found, "error of the oscillator", norm=norm)
        axis.loglog(xs, ys, label=f"error norm {norm}", **style.look(index))
        if index == 0:
            style.slope_guide(axis, xs, ys[-1] / 2, -0.5, r"$\sqrt{B}$")
    axis.set_xscale("log", base=2)
    axis.set_xlabel("batch size B")
    axis.set_ylabel("error of the oscillator")
    axis.legend(fontsize=7.5, loc="upper left")
    style.finish([axis])
    return figure
