"""Figures of `discretization`: how far a residual network is from its ODE."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = [
    "distance_to_the_ode", "gradient_error_against_depth", "ladder_of_bounds", "memory_against_depth", "rough_weights",
    "test_error_against_depth", "ways_to_miss_the_ode", "weights_against_depth",
]  # fmt: skip

SMOOTH = "discretization.smooth_networks_converge_like_one_over_depth"
NAMES = {"gentle": "smooth, small L", "steep": "smooth, large L", "trained": "trained on digits"}


def distance_to_the_ode(results: Results) -> Any:
    """The distance of three families of networks to their ODE falls like 1/N, below the bound; the window of the order
    estimator is shaded.
    """
    cases = results.cases(SMOOTH)
    if not cases:
        raise MissingRecord(f"no record of {SMOOTH}")
    figure, axes = style.panels(len(cases))
    for axis, (case, result), index in zip(axes, cases.items(), range(len(cases)), strict=True):
        style.shade_window(axis, result)
        bound = result.series("bound")
        axis.loglog(
            [p["x"] for p in bound], [p["predicted"] for p in bound], label="bound of Proposition 1", **style.BOUND
        )
        style.sweep(axis, result, index, NAMES.get(case, case))
        least, most = result["fit"]["interval"]
        axis.set_xlabel("depth N")
        axis.text(0.97, 0.97, f"{NAMES.get(case, case)}\norder in [{least:.3f}, {most:.3f}]", transform=axis.transAxes,
                  ha="right", va="top", fontsize=7.5)  # fmt: skip
        low, high = axis.get_ylim()
        axis.set_ylim(low / 6, high * 8)
        axis.set_xscale("log", base=2)
    axes[0].set_ylabel(r"$\max_n \Vert x_n - x(n/N)\Vert$")
    axes[0].legend(loc="lower left", fontsize=7.5)
    style.finish(axes)
    return figure


def rough_weights(results: Results) -> Any:
    """Rough weights: the distance still falls with depth, although the bound does not."""
    names = {
        "discretization.the_bound_of_rough_weights_does_not_vanish": "bound, rough weights",
        "discretization.interpolating_rough_weights_converges_only_like_a_random_walk": "error, interpolated weights",
        "discretization.rough_networks_still_converge_like_one_over_depth": "error, interpolated residuals",
    }
    found = {label: results[claim] for claim, label in names.items() if claim in results}
    if len(found) < 2:
        raise MissingRecord("no records of rough networks; run `gronwall check discretization` first")
    figure, (axis,) = style.panels(1, width=5.2, height=3.2)
    style.many_sweeps([axis], [("", found)], "depth N", "distance to the ODE, or its bound")
    style.finish([axis])
    return figure


def ways_to_miss_the_ode(results: Results) -> Any:
    """Networks that stay away from the ODE that interpolates them, at every depth: alternating weights of size √N, a
    cosine sampled at its crests, and one residual in every layer, written with weights of flipped signs.
    """
    claim = "discretization.an_interpolating_ode_may_never_come_near"
    cases = results.cases(claim)
    if not cases:
        raise MissingRecord(f"no record of {claim}")
    figure, (axis,) = style.panels(1, width=4.6, height=3.0)
    for index, (case, result) in enumerate(cases.items()):
        xs, ys = style.points_of(result)
        axis.plot(xs, ys, label=case.replace("_", " "), **style.look(index))
    axis.set_xscale("log", base=2)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("depth N")
    axis.set_ylabel("distance to the ODE")
    axis.legend(fontsize=7.5)
    style.finish([axis])
    return figure


RUNGS = {
    "paper": "Proposition 1, norms",
    "piecewise constant": "frozen weights, norms",
    "logarithmic norm": "logarithmic norms",
    "along the trajectory": "along the trajectory",
}


def ladder_of_bounds(results: Results) -> Any:
    """Five bounds on the distance of a trained 64-layer network to its ODE, beside the enclosed distance; frozen
    weights have an ODE, and a distance, of their own.
    """
    claim = "discretization.every_rung_of_the_ladder_is_above_the_trained_network"
    cases = results.cases(claim)
    if not cases:
        raise MissingRecord(f"no record of {claim}")
    points = {label: cases[case].series("ladder")[0] for case, label in RUNGS.items() if case in cases}
    known = results["discretization.the_distance_of_the_trained_network_is_known_to_nine_digits"]
    points["enclosed"] = known.series("ladder")[0]
    figure, (axis,) = style.panels(1, width=5.4, height=2.5)
    for row, point in enumerate(points.values()):
        above = point["predicted"] / point["measured"]
        axis.plot([point["measured"], point["predicted"]], [row, row], color="#9a9a9a", linewidth=1.0, zorder=1)
        axis.plot(point["predicted"], row, "o", color=style.COLOURS[0], markersize=6, zorder=3)
        axis.plot(point["measured"], row, "|", color="black", markersize=13, markeredgewidth=1.6, zorder=2)
        told = f"×{above:.3g}" if above > 1.01 else "known to nine digits"
        axis.annotate(told, (point["predicted"], row), textcoords="offset points", xytext=(8, -3), fontsize=8)
    axis.set_yticks(range(len(points)), list(points))
    axis.set_ylim(len(points) - 0.5, -0.5)
    axis.set_xscale("log")
    axis.set_xlim(2e-3, 3)
    axis.set_xlabel("distance between network and ODE: bound (dot), truth (bar)")
    axis.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    style.finish([axis])
    return figure


def weights_against_depth(results: Results) -> Any:
    """Weights of the linear network against depth, at four steps of descent: they are smooth in depth at each."""
    found = results["discretization.weights_are_smooth_in_depth_at_every_step"]
    figure, axes = style.panels(2, width=3.6, height=2.8)
    curves = [array for array in found["arrays"] if array["name"] == "weights"]
    for index, curve in enumerate(curves):
        ys = curve["values"]
        look = {**style.look(index), "markevery": (3 * index, 20)}
        name = f"step {curve['step']}, entry ({curve['row'] + 1}, {curve['column'] + 1})"
        axes[0].plot(range(len(ys)), ys, label=name, **look)
    axes[0].set_xlabel("layer n")
    axes[0].set_ylabel(r"an entry of $\theta_n$")
    low, high = axes[0].get_ylim()
    axes[0].set_ylim(low, high + 0.35 * (high - low))
    axes[0].legend(fontsize=7, loc="upper center", ncols=2, columnspacing=1.0)
    for index, (name, label) in enumerate(
        [("roughness", r"$N\,\max_n\Vert\theta_{n+1}-\theta_n\Vert$"), ("size", r"$\max_n\Vert\theta_n\Vert$")]
    ):
        points = found.series(name)
        look = {**style.look(index), "markevery": 10}
        axes[1].plot([p["x"] for p in points], [p["measured"] for p in points], label=label, **look)
    axes[1].set_xlabel("step of gradient descent")
    axes[1].set_ylim(bottom=0)
    axes[1].legend(fontsize=7.5)
    style.finish(axes)
    return figure


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


def test_error_against_depth(results: Results) -> Any:
    """Test error on digits against depth: medians and quartiles over seeds, backpropagation and adjoint."""
    claim = "discretization.from_depth_eight_on_the_adjoint_moves_the_test_error_by_a_point_at_most"
    found = results[claim]
    figure, axes = style.panels(2, width=3.5, height=2.9)
    for axis, scheme, title in zip(axes, ("euler", "heun"), ("Euler", "Heun"), strict=True):
        for index, gradient in enumerate(("backpropagation", "memory-free")):
            points = found.series("test error", scheme=scheme, gradient=gradient)
            depths = sorted({p["x"] for p in points})
            values = [np.array([p["measured"] for p in points if p["x"] == depth]) for depth in depths]
            shift = 0.97 if index == 0 else 1.03
            middle = [np.median(v) for v in values]
            spread = [[m - np.quantile(v, 0.25) for m, v in zip(middle, values, strict=True)],
                      [np.quantile(v, 0.75) - m for m, v in zip(middle, values, strict=True)]]  # fmt: skip
            axis.errorbar([d * shift for d in depths], middle, yerr=spread, capsize=2, label=gradient,
                          **style.look(index))  # fmt: skip
        axis.set_xscale("log", base=2)
        axis.set_xlabel("depth N")
        axis.set_title(title)
    top = max(axis.get_ylim()[1] for axis in axes)
    for axis in axes:
        axis.set_ylim(0, top)
    axes[0].set_ylabel("test error in %")
    axes[0].legend(fontsize=7.5, loc="lower left")
    style.finish(axes)
    return figure


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
