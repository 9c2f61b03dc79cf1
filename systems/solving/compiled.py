r"""Compiled: one member's solve by an adaptive method, with nothing called in between.

`systems.solving.lockstep` moves many members together through torch; for systems as small as a flow in the plane its
calls cost several times the arithmetic.  Here a member is solved at a time, by the method that it is asked to use; norm
and first step are those of torchdiffeq 0.2.5.  In a kernel of one's own, for y' = right(t, y):

    @exact
    def right(t, y, given, out):                    # out ← y'
        out[0] = -given.rate * y[0]

    solved = solver_of(right)

    @exact
    def decayed(y, given, asked):                   # y ← the solution at asked.end; the number of evaluations
        return solved(given, y, np.array([y.size]), asked)

`tests/systems/solving/test_compiled.py` and `tests/systems/adjoint/test_densities.py` compare states, gradients and
counts with torchdiffeq.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gronwall.theory.runge_kutta import dense
from systems.solving.dopri5 import Method
from systems.training.compiled import compiled, exact, generic

__all__ = ["Asked", "solver_of"]

quartic, along = exact(dense.quartic), exact(dense.along)


class Asked(NamedTuple):
    """From where to where, how exactly, with how many attempted steps at most, by which method."""

    start: float
    end: float
    tol: float
    most: int
    method: Method


class Work(NamedTuple):
    """The slopes of a step (stages x D), the state at its end, the scale of its error, and the error."""

    K: np.ndarray
    new: np.ndarray
    scale: np.ndarray
    error: np.ndarray


@compiled
def norm(v, scale, ends):  # type: ignore[no-untyped-def]
    """The largest root mean square of v/scale over the segments that end at `ends`."""
    most, start = 0.0, 0
    for end in ends:
        total = 0.0
        for i in range(start, end):
            x = v[i] / scale[i]
            total += x * x
        rms = np.sqrt(total / (end - start))
        if not rms <= most:  # NaN too
            most = rms
        start = end
    return most


def first_step_of(right: Any) -> Any:
    """Kernels are made for a field: right(t, y, given, out) writes y' to out."""

    @generic
    def first_step(given, Y, ends, asked, work):  # type: ignore[no-untyped-def]
        """Hairer, Nørsett, Wanner II.4, from the slope K_0 that is there."""
        (K, new, scale, diff), tol = work, asked.tol
        for i in range(Y.size):
            scale[i] = tol + tol * abs(Y[i])
        d0, d1 = norm(Y, scale, ends), norm(K[0], scale, ends)
        h = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
        for i in range(Y.size):
            new[i] = Y[i] + h * K[0, i]
        right(asked.start + h, new, given, K[1])
        for i in range(Y.size):
            diff[i] = K[1, i] - K[0, i]
        d2 = norm(diff, scale, ends) / h
        flat = d1 <= 1e-15 and d2 <= 1e-15
        larger = max(1e-6, h * 1e-3) if flat else (0.01 / max(d1, d2)) ** asked.method.exponent
        return min(100.0 * h, larger)

    return first_step


def attempted_of(right: Any) -> Any:
    """For a field, as `first_step_of`."""

    @generic
    def attempted(given, Y, step, asked, work):  # type: ignore[no-untyped-def]
        """The stages of a step = (t, h) from Y, its end into `new`, its error and what it is measured by."""
        (t, h), (K, new, scale, error), method, tol = step, work, asked.method, asked.tol
        for stage in range(len(method.nodes)):
            for i in range(Y.size):
                new[i] = Y[i]
            for j in range(stage + 1):
                x = h * method.rows[stage, j]
                if x != 0.0:
                    for i in range(Y.size):
                        new[i] += x * K[j, i]
            right(t + method.nodes[stage] * h, new, given, K[stage + 1])
        for i in range(Y.size):
            error[i] = 0.0
            scale[i] = tol + tol * max(abs(Y[i]), abs(new[i]))
        for j in range(len(K)):
            x = h * method.errors[j]
            for i in range(Y.size):
                error[i] += x * K[j, i]

    return attempted


@exact
def interpolated(Y, h, x, middles, work):  # type: ignore[no-untyped-def]
    """Y ← the quartic at the share x of the step."""
    K, new, _, _ = work
    for i in range(Y.size):
        middle = Y[i]
        for j in range(len(K)):
            middle += h * middles[j] * K[j, i]
        Y[i] = along(Y[i], quartic(1.0, Y[i], new[i], h * K[0, i], h * K[-1, i], middle), x)


@exact
def grown(h, ratio, method):  # type: ignore[no-untyped-def]
    """The size of the next attempt."""
    factor = method.safety / max(ratio, 1e-30) ** method.exponent
    return h * min(method.grow, max(factor, 1.0 if ratio < 1.0 else method.shrink))


def solver_of(right: Any) -> Any:
    """The solver of y' = right(t, y): a kernel solved(given, Y, ends, asked), to be called by other kernels."""
    first_step, attempted = first_step_of(right), attempted_of(right)

    @generic
    def solved(given, Y, ends, asked):  # type: ignore[no-untyped-def]
        """Y ← the solution at the end from Y at the start; evaluations, or −1 after too many steps or an underflow.

        ends: where the segments of Y end whose root mean squares are compared.
        """
        D, moves = Y.size, len(asked.method.nodes)
        work = Work(np.empty((moves + 1, D)), np.empty(D), np.empty(D), np.empty(D))
        t = asked.start
        right(t, Y, given, work.K[0])
        h = first_step(given, Y, ends, asked, work)
        count = 2
        for _ in range(asked.most):
            if not (np.isfinite(h) and t + h > t):
                return -1
            attempted(given, Y, (t, h), asked, work)
            count += moves
            ratio = norm(work.error, work.scale, ends)
            if not np.isfinite(ratio):
                ratio = 1e30
            if ratio <= 1.0:
                if t + h >= asked.end:
                    interpolated(Y, h, (asked.end - t) / h, asked.method.middle, work)
                    return count
                t += h
                for i in range(D):
                    Y[i], work.K[0, i] = work.new[i], work.K[-1, i]
            h = grown(h, ratio, asked.method)
        return -1

    return solved
