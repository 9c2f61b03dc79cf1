"""Figures of `adjoint`, routes: what the routes to a gradient cost and lose."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.telling.results import Results

__all__ = ["gradient_error_by_route", "memory_against_steps", "rebuilt_start_against_steps"]

EVERY = "adjoint.every_route_has_the_order_of_its_scheme"
REBUILT = "adjoint.rebuilt_states_cost_one_order_less_where_the_order_is_even"
CONTINUOUS = "adjoint.the_adjoint_equation_and_the_adjoint_of_the_scheme_differ_like_the_error"
ROUTES = {
    "stored": "stored states",
    "checkpointed": "checkpoints",
    "rebuilt": "rebuilt states",
    "reversible": "reversible scheme",
    "continuous": "adjoint ODE",
}
SCHEMES = {"euler": "Euler", "heun": "Heun", "kutta3": "Kutta 3", "rk4": "RK4"}


def gradient_error_by_route(results: Results) -> Any:
    """Gradients by route: the error against the exact flow, the lines of Heun on one another; and what a route adds to
    the gradient of stored states, with the measured orders.
    """
    cases = style.cases_of(results, EVERY)
    figure, axes = style.panels(3, width=3.1, height=3.1)
    for axis, scheme in zip(axes[:2], ("heun", "rk4"), strict=True):
        for index, (route, label) in enumerate(ROUTES.items()):
            if f"{route}, {scheme}" not in cases:
                continue
            xs, ys = style.xy(cases[f"{route}, {scheme}"], "gradient error")
            # the lines lie on one another: hollow marks, the first ones large
            look = {**style.look(index), "markerfacecolor": "none", "markersize": 8 - 1.3 * index}
            axis.loglog(xs, ys, label=label, **look)
        axis.set_title(f"{SCHEMES[scheme]}, to the exact gradient")
    for claim, index, route in ((REBUILT, 2, "rebuilt"), (CONTINUOUS, 4, "adjoint ODE")):
        for scheme, result in style.cases_of(results, claim).items():
            if scheme not in SCHEMES:
                continue
            xs, ys = style.xy(result, "difference from stored states")
            axes[2].loglog(xs, ys, **style.look(index))
            told = f"{SCHEMES[scheme]}, {route}: {result['fit']['order']:.2f}"
            style.label_end(axes[2], xs[-1], ys[-1], told, style.COLOURS[index])
    axes[2].set_title("to the gradient of stored states")
    low, high = axes[2].get_xlim()
    axes[2].set_xlim(low, high * (high / low) ** 1.4)
    style._end_at(axes[2], high)
    style._spread_labels(axes[2], gap=11)
    for axis in axes:
        axis.set_xscale("log", base=2)
        axis.set_xlabel("steps n")
    axes[2].set_xticks([32, 64, 128, 256], ["$2^5$", "$2^6$", "$2^7$", "$2^8$"])
    axes[0].set_ylabel("distance of gradients")
    axes[0].legend(fontsize=7.5, loc="lower left")
    style.finish(axes)
    return figure


BOOKS = "adjoint.the_books_of_a_route_are_right"
AGAIN = "adjoint.logarithmic_memory_costs_a_logarithmic_factor"


def memory_against_steps(results: Results) -> Any:
    """Bytes of states alive by route, each state 16 of them (rebuilt states and the adjoint ODE alike); and the steps
    that checkpoints compute again.
    """
    cases, again = style.cases_of(results, BOOKS), results[AGAIN]
    figure, axes = style.panels(2, width=3.7, height=3.0)
    for index, (route, label) in enumerate(ROUTES.items()):
        xs, ys = style.xy(cases[route], "bytes alive") if route in cases else ([], [])
        look = {**style.look(index), "markerfacecolor": "none", "markersize": 8 - 1.3 * index}
        name = f"{label}, 4 slots" if route == "checkpointed" else label
        axes[0].loglog(xs, ys, label=name, **look)
    axes[0].set_ylabel("bytes alive at most, temporaries included")
    axes[0].legend(fontsize=7.5, loc="upper left")
    xs, ys = style.xy(again, "steps computed again")
    _, allowed = style.xy(again, "steps computed again", value="predicted")
    axes[1].plot(xs, [y / x for x, y in zip(xs, allowed, strict=True)], label=r"$\frac{1}{2}\log_2 n$", **style.BOUND)
    axes[1].plot(xs, [y / x for x, y in zip(xs, ys, strict=True)], label="best schedule", **style.look(1))
    axes[1].set_ylabel("steps computed again, per step")
    axes[1].set_title(r"$\log_2 n$ slots")
    axes[1].legend(fontsize=7.5, loc="upper left")
    for axis in axes:
        axis.set_xscale("log", base=2)
        axis.set_xlabel("steps n")
    axes[1].set_ylim(bottom=0)
    style.finish(axes)
    return figure


def rebuilt_start_against_steps(results: Results) -> Any:
    """The start rebuilt by the reversible scheme is off by rounding, which grows by one over its coupling in a step."""
    figure, (axis,) = style.panels(1, width=4.8, height=3.1)
    told = "rounding × $λ^{-n}$"
    for index, result in enumerate(
        style.cases_of(results, "adjoint.exact_reversal_loses_decimals_to_rounding").values()
    ):
        coupling = result.series("error of the rebuilt start")[0]["coupling"]
        xs, ys = style.xy(result, "error of the rebuilt start")
        _, predicted = style.xy(result, "error of the rebuilt start", value="predicted")
        axis.loglog(xs, predicted, label=told if index == 0 else None, **style.BOUND)
        axis.loglog(xs, ys, label=f"λ = {coupling:g}", **style.look(index))
    axis.axhline(1, color="#8a8a8a", linewidth=0.8, zorder=0.5)
    axis.annotate("nothing left", (0.02, 1), xycoords=("axes fraction", "data"), textcoords="offset points",
                  xytext=(0, -9), fontsize=7, color="#5a5a5a")  # fmt: skip
    axis.set_xlabel("steps n")
    axis.set_ylabel("error of the rebuilt start")
    axis.legend(fontsize=7.5, loc="center")
    style.finish([axis])
    return figure
