"""The orders of diffrax's solvers, judged on one sweep: how many stay open, and is any right one refuted?

``python bench/orders.py`` (extra ``peers``: diffrax, jax): 18 solvers of fixed order on three problems, x' = −cos(t) x²
(nonlinear, nonautonomous, exact), a 3 × 3 linear system far from normal (exact), and van der Pol's oscillator, forced
(against mpmath's Taylor series at 30 digits), n = 8, 16, … 512 equal steps, float64, stated to ± 0.1. The problems are
smooth and the steps equal, so the error is a series in integer powers (Gragg), and the statement says so:
``remainder="powers"``; the estimator is given the errors as the vectors that they are, ``norm=2``. A table, then one
line of JSON: ``open`` (of 54), ``refuted_right``, what stays open with reasons; ``open_norms`` and ``refuted_norms`` of
the norms alone, ``open_unpromised`` and ``refuted_unpromised`` of the norms without the promise; and
``confirmed_wrong`` of the same sweeps, in these three ways, with an order one more or one less stated.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gronwall import estimate_order  # noqa: E402

STEPS = [8, 16, 32, 64, 128, 256, 512]
ORDERS = {
    "Euler": 1, "ImplicitEuler": 1, "Heun": 2, "Midpoint": 2, "Ralston": 2, "ReversibleHeun": 2, "LeapfrogMidpoint": 2,
    "Sil3": 2, "Bosh3": 3, "Kvaerno3": 3, "KenCarp3": 3, "Kvaerno4": 4, "KenCarp4": 4, "Kvaerno5": 5, "KenCarp5": 5,
    "Dopri5": 5, "Tsit5": 5, "Dopri8": 8,
}  # fmt: skip
SPLIT = ("Sil3", "KenCarp3", "KenCarp4", "KenCarp5")
"""Solvers of a sum of two fields, one explicit and one implicit."""


@dataclass(frozen=True)
class Problem:
    """x' = mild(t, x) + stiff(t, x) from x0 over [0, end], with the solution at the end."""

    name: str
    mild: Callable[[Any, Any], Any]
    stiff: Callable[[Any, Any], Any]
    x0: np.ndarray
    end: float
    solution: np.ndarray


def pair(jnp: Any) -> Problem:
    r"""x' = −cos(t) x² in two components: x = 1 / (1 / x0 + sin t)."""
    end, x0 = 2.0, np.array([1.0, 0.5])
    exact = 1 / (1 / x0 + np.sin(end))

    def half(t: Any, x: Any) -> Any:
        return -0.5 * jnp.cos(t) * x * x

    return Problem("nonlinear", half, half, x0, end, exact)


def linear(jnp: Any) -> Problem:
    """x' = A x with ‖A‖ twice its spectral radius; exp(A) by mpmath."""
    import mpmath

    a = np.array([[-1.0, 3.0, 0.0], [0.0, -1.5, 4.0], [-0.5, 0.0, -2.0]])
    x0, end = np.array([1.0, 0.5, -1.0]), 1.0
    with mpmath.workdps(40):
        solution = mpmath.expm(mpmath.matrix(a.tolist()) * end) * mpmath.matrix(x0.tolist())
    diagonal, rest = jnp.array(np.diag(np.diag(a))), jnp.array(a - np.diag(np.diag(a)))
    exact = np.array([float(v) for v in solution])
    return Problem("linear", lambda _, x: rest @ x, lambda _, x: diagonal @ x, x0, end, exact)


def van_der_pol(jnp: Any) -> Problem:
    """x'' = (1 − x²) x' − x + cos(6t/5)/2."""
    import mpmath

    end, mu = 2.0, 1.0
    with mpmath.workdps(30):
        solve = mpmath.odefun(
            lambda t, x: [x[1], mu * (1 - x[0] ** 2) * x[1] - x[0] + mpmath.cos(mpmath.mpf(6) / 5 * t) / 2], 0, [2, 0]
        )
        solution = np.array([float(v) for v in solve(end)])

    def mild(t: Any, x: Any) -> Any:
        return jnp.stack([x[1], mu * (1 - x[0] ** 2) * x[1] + 0.5 * jnp.cos(1.2 * t)])

    return Problem("van der Pol", mild, lambda _, x: jnp.stack([0 * x[0], -x[0]]), np.array([2.0, 0.0]), end, solution)


def sweeps() -> Iterator[tuple[str, str, int, np.ndarray, float]]:
    """Problem, solver, its order, the vector errors at STEPS, the size of the solution."""
    import diffrax
    import jax
    import optimistix

    jax.config.update("jax_enable_x64", True)
    for problem in (make(jax.numpy) for make in (pair, linear, van_der_pol)):
        for name, order in ORDERS.items():
            implicit = name in SPLIT or name.startswith(("Implicit", "Kvaerno"))
            close = 1e-13 if order > 1 else 1e-10  # far below the errors that are judged
            finder = {"root_finder": optimistix.Newton(rtol=close, atol=close / 10)} if implicit else {}
            run = _runner(diffrax, problem, getattr(diffrax, name)(**finder), name in SPLIT)
            errors = np.array([np.asarray(run(n)) - problem.solution for n in STEPS])
            yield problem.name, name, order, errors, float(np.linalg.norm(problem.solution))


def _runner(diffrax: Any, problem: Problem, solver: Any, split: bool) -> Callable[[int], Any]:
    import jax

    mild = diffrax.ODETerm(lambda t, x, _: problem.mild(t, x))
    stiff = diffrax.ODETerm(lambda t, x, _: problem.stiff(t, x))
    whole = diffrax.ODETerm(lambda t, x, _: problem.mild(t, x) + problem.stiff(t, x))
    terms = diffrax.MultiTerm(mild, stiff) if split else whole
    start, steady = jax.numpy.array(problem.x0), diffrax.ConstantStepSize()

    def solve(step: Any) -> Any:
        options = {"stepsize_controller": steady, "max_steps": 2 * STEPS[-1]}
        return diffrax.diffeqsolve(terms, solver, 0.0, problem.end, step, start, **options).ys[0]

    compiled = jax.jit(solve)
    return lambda n: compiled(problem.end / n)


def main() -> None:
    begun = time.perf_counter()
    try:
        found = list(sweeps())
    except ImportError as missing:
        print(f"{missing.name} is not installed: pip install 'gronwall[peers]'")
        print(json.dumps({"missing": missing.name}))
        return
    right = {way: Counter() for way in WAYS}
    wrong = Counter()
    waiting = []
    print(f"{'problem':14}{'solver':18}{'order':>6}{'found':>8}{'seen':>8}  {'vectors':14}{'norms':14}nothing promised")
    for problem, name, order, errors, size in found:
        told = {way: judged(way, errors, size, order) for way in WAYS}
        for way in WAYS:
            right[way][told[way].verdict] += 1
            for other in {max(1, order - 1), order + 1} - {order}:
                wrong[judged(way, errors, size, other).verdict] += 1
        first = told["vectors"]
        order_, seen = (f"{x:.3f}" if x is not None else "–" for x in (first.order, first.seen))
        verdicts = "".join(f"{told[way].verdict:14}" for way in WAYS)
        print(f"{problem:14}{name:18}{order:6d}{order_:>8}{seen:>8}  {verdicts}")
        if first.verdict != "holds":
            norms = np.linalg.norm(errors, axis=1).tolist()
            waiting.append({"problem": problem, "solver": name, "order": order, "error": norms, "reason": first.reason})
    for row in waiting:
        print(f"\n{row['problem']}, {row['solver']}: {row['reason']}")
    print()
    for way in WAYS:
        print(
            f"{way:10} {right[way]['holds']} hold, {right[way]['inconclusive']} open, {right[way]['refuted']} refuted"
        )
    print(f"{wrong['holds']} of {wrong.total()} wrong orders are confirmed, {wrong['refuted']} refuted")
    print(json.dumps({
        "open": right["vectors"]["inconclusive"], "refuted_right": right["vectors"]["refuted"],
        "holds": right["vectors"]["holds"],
        **{f"{key}_{way}": right[way][verdict] for way in WAYS[1:]
           for key, verdict in (("open", "inconclusive"), ("refuted", "refuted"))},
        "confirmed_wrong": wrong["holds"], "refuted_wrong": wrong["refuted"], "wrong": wrong.total(),
        "sweeps": len(found), "waiting": waiting, "seconds": round(time.perf_counter() - begun, 1),
    }, sort_keys=True))  # fmt: skip


WAYS = ("vectors", "norms", "unpromised")


def judged(way: str, errors: np.ndarray, size: float, order: int) -> Any:
    """The verdict on vector errors (N, d): as vectors with the promise, by their norms with it, by these without."""
    promise = {} if way == "unpromised" else {"remainder": "powers"}
    given = {"error": errors, "norm": 2} if way == "vectors" else {"error": np.linalg.norm(errors, axis=1)}
    return estimate_order(n=STEPS, order=order, scale=size, **given, **promise)


if __name__ == "__main__":
    main()
