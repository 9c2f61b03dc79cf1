r"""Compiled: tanh networks of state and parameter as fields, their orbits, and gradients through Kutta's scheme.

A member at a time: a field is met some hundred times in a row by a handful of rows (five blocks of the predator–prey
system), where calls cost more than arithmetic.  The products are BLAS's, of which small ones run at the speed of large
ones; gradients in the weights are one product for all the rows that a block has met.  tanh is a loop that LLVM turns
into vector instructions:

    E ← e^{x/128} − 1 by eleven terms,  eight times E ← E(E + 2),  tanh x = E/(E + 2).

A network's output o(z, α) becomes the field by its head:

    PLAIN   f = o(z, α)             AFFINE  f = o₁(z) + α o₂(z)            AXES    f_i = z_i o_i(z, α)

`tests/systems/bifurcations/test_kernels.py` compares with torch and its autograd.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from systems.training.compiled import fused

__all__ = ["AFFINE", "AXES", "PLAIN", "Net", "blocks", "field", "leak", "net", "orbits", "rolled", "work"]

PLAIN, AFFINE, AXES = range(3)


class Net(NamedTuple):
    """The dimension of the state, inputs, outputs, units of a hidden layer, hidden layers, and the head."""

    d: int
    inputs: int
    outputs: int
    width: int
    layers: int
    head: int

    @property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        inner = (self.layers - 1) * (self.width + 1) * self.width
        return (self.inputs + 1) * self.width + inner + (self.width + 1) * self.outputs


class Work(NamedTuple):
    """Inputs (N x n), hidden layers one after the other (LN x w) and outputs (N x m) of N rows."""

    inputs: np.ndarray
    hidden: np.ndarray
    outputs: np.ndarray


def net(d: int, width: int, layers: int, head: int = PLAIN) -> Net:
    """A network of so many hidden layers of one width for a state of d numbers and one parameter."""
    inputs, outputs = (d, 2 * d) if head == AFFINE else (d + 1, d)
    return Net(d, inputs, outputs, width, layers, head)


@fused
def work(net, rows):  # type: ignore[no-untyped-def]
    """Room for so many rows."""
    return Work(np.empty((rows, net.inputs)), np.empty((net.layers * rows, net.width)), np.empty((rows, net.outputs)))


@fused
def rows_of(met, layer, at, rows):  # type: ignore[no-untyped-def]
    """Some of the rows of a hidden layer."""
    first = layer * met.inputs.shape[0] + at
    return met.hidden[first : first + rows]


@fused
def tanh(x):  # type: ignore[no-untyped-def]
    """In place; within a few units in the last place."""
    for i in range(x.size):
        y = min(max(x[i], -20.0), 20.0) * 0.0078125
        E = 1.0 + y * (1.0 / 11.0)
        E = 1.0 + y * (1.0 / 10.0) * E
        E = 1.0 + y * (1.0 / 9.0) * E
        E = 1.0 + y * (1.0 / 8.0) * E
        E = 1.0 + y * (1.0 / 7.0) * E
        E = 1.0 + y * (1.0 / 6.0) * E
        E = 1.0 + y * (1.0 / 5.0) * E
        E = 1.0 + y * (1.0 / 4.0) * E
        E = 1.0 + y * (1.0 / 3.0) * E
        E = 1.0 + y * (1.0 / 2.0) * E
        E = y * E
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        E = E * (E + 2.0)
        x[i] = E / (E + 2.0)


@fused
def affine(x, P, at, m, out):  # type: ignore[no-untyped-def]
    """out ← xW + b, W and b being the parameters from `at` on; where they end."""
    n = x.shape[1]
    np.dot(x, P[at : at + n * m].reshape(n, m), out)
    bias = P[at + n * m : at + n * m + m]
    for b in range(x.shape[0]):
        row = out[b]
        for j in range(m):
            row[j] += bias[j]
    return at + n * m + m


@fused
def forward(P, net, met, at, rows):  # type: ignore[no-untyped-def]
    """Hidden layers and outputs from the inputs of so many rows of `met`, from `at` on."""
    x, place = met.inputs[at : at + rows], 0
    for layer in range(net.layers):
        out = rows_of(met, layer, at, rows)
        place = affine(x, P, place, net.width, out)
        tanh(out.reshape(out.size))
        x = out
    affine(x, P, place, net.outputs, met.outputs[at : at + rows])


@fused
def backward(P, net, met, slopes, at, rows):  # type: ignore[no-untyped-def]
    """From ∂/∂outputs in `slopes` to ∂/∂(what each tanh was given) and ∂/∂inputs; met: as `forward` left it."""
    w, m = net.width, net.outputs
    place = P.size - (w + 1) * m
    g = slopes.outputs[at : at + rows]
    for layer in range(net.layers - 1, -1, -1):
        below = rows_of(slopes, layer, at, rows)
        np.dot(g, P[place : place + w * m].reshape(w, m).T, below)
        bent(below, rows_of(met, layer, at, rows))
        g, m = below, w
        place -= ((w if layer else net.inputs) + 1) * w
    np.dot(g, P[: net.inputs * w].reshape(net.inputs, w).T, slopes.inputs[at : at + rows])


@fused
def bent(slope, value):  # type: ignore[no-untyped-def]
    """slope ← slope (1 − value²)."""
    for b in range(slope.shape[0]):
        s, v = slope[b], value[b]
        for j in range(s.size):
            s[j] *= 1.0 - v[j] * v[j]


@fused
def collected(net, met, slopes, grad):  # type: ignore[no-untyped-def]
    """grad += Σ over all rows of ∂/∂P."""
    rows = met.inputs.shape[0]
    x, place = met.inputs, 0
    for layer in range(net.layers):
        place = added(x, rows_of(slopes, layer, 0, rows), grad, place)
        x = rows_of(met, layer, 0, rows)
    added(x, slopes.outputs, grad, place)


@fused
def added(x, slope, grad, at):  # type: ignore[no-untyped-def]
    """grad += (xᵀ slope, Σ slope), from `at` on; where they end."""
    n, m = x.shape[1], slope.shape[1]
    product = np.dot(x.T, slope)
    for i in range(n):
        for j in range(m):
            grad[at + i * m + j] += product[i, j]
    bias = grad[at + n * m : at + n * m + m]
    for b in range(x.shape[0]):
        for j in range(m):
            bias[j] += slope[b, j]
    return at + n * m + m


# ---------------------------------------------------------------- the field


@fused
def field(member, place, met, at, out):  # type: ignore[no-untyped-def]
    """out ← f(z, α) for place = (z, alpha), rows x d and rows; met: what the layers were, from `at` on.

    A member is (P, net).
    """
    (P, net), (z, alpha) = member, place
    d, head, rows = net.d, net.head, z.shape[0]
    for b in range(rows):
        for i in range(d):
            met.inputs[at + b, i] = z[b, i]
        if head != AFFINE:
            met.inputs[at + b, d] = alpha[b]
    forward(P, net, met, at, rows)
    for b in range(rows):
        for i in range(d):
            o = met.outputs[at + b, i]
            if head == AFFINE:
                o += alpha[b] * met.outputs[at + b, d + i]
            elif head == AXES:
                o *= z[b, i]
            out[b, i] = o


@fused
def pulled(member, place, both, at, given, into):  # type: ignore[no-untyped-def]
    """into ← (∂f/∂z)ᵀ given; both: what `field` left, and room for what `collected` needs beside it."""
    (P, net), (z, alpha) = member, place
    d, head, rows = net.d, net.head, z.shape[0]
    met, slopes = both
    for b in range(rows):
        for i in range(d):
            g = given[b, i]
            if head == AFFINE:
                slopes.outputs[at + b, d + i] = alpha[b] * g
            elif head == AXES:
                g *= z[b, i]
            slopes.outputs[at + b, i] = g
    backward(P, net, met, slopes, at, rows)
    for b in range(rows):
        for i in range(d):
            into[b, i] = slopes.inputs[at + b, i]
            if head == AXES:
                into[b, i] += met.outputs[at + b, i] * given[b, i]


# ---------------------------------------------------------------- blocks of series


@fused
def blocks(member, data, alpha, step, both, grad):  # type: ignore[no-untyped-def]
    """The mean absolute error over blocks, data (T x rows x d), each started at its first point; grad ← its gradient.

    Kutta's classical scheme, step = (length of a step, steps between two points); both: twice `work` for all the rows
    that are met, 4 (T − 1) times those of a block and its steps between two points.
    """
    _, net = member
    d = net.d
    T, rows, _ = data.shape
    h, many = step
    steps = (T - 1) * many
    met, slopes = both
    states, k = np.empty((4 * steps, rows, d)), np.empty((4, rows, d))
    u, wrong = data[0].copy(), np.zeros((T, rows, d))
    loss, share = 0.0, 1.0 / (T * rows * d)
    for n in range(steps):
        for stage in range(4):
            at = 4 * n + stage
            ahead = h if stage == 3 else 0.5 * h
            for b in range(rows):
                for i in range(d):
                    states[at, b, i] = u[b, i] + (ahead * k[stage - 1, b, i] if stage else 0.0)
            field(member, (states[at], alpha), met, at * rows, k[stage])
        for b in range(rows):
            for i in range(d):
                u[b, i] += h / 6.0 * (k[0, b, i] + 2.0 * k[1, b, i] + 2.0 * k[2, b, i] + k[3, b, i])
        if (n + 1) % many == 0:
            t = (n + 1) // many
            for b in range(rows):
                for i in range(d):
                    off = u[b, i] - data[t, b, i]
                    loss += abs(off) * share
                    wrong[t, b, i] = share if off > 0.0 else -share if off < 0.0 else 0.0
    a, back, given = np.zeros((rows, d)), np.zeros((rows, d)), np.empty((rows, d))
    for n in range(steps - 1, -1, -1):
        if (n + 1) % many == 0:
            for b in range(rows):
                for i in range(d):
                    a[b, i] += wrong[(n + 1) // many, b, i]
        total = a.copy()
        for stage in range(3, -1, -1):
            at = 4 * n + stage
            weight = h / 6.0 if stage in (0, 3) else h / 3.0
            ahead = h if stage == 2 else 0.5 * h
            for b in range(rows):
                for i in range(d):
                    given[b, i] = weight * a[b, i] + (ahead * back[b, i] if stage < 3 else 0.0)
            pulled(member, (states[at], alpha), (met, slopes), at * rows, given, back)
            for b in range(rows):
                for i in range(d):
                    total[b, i] += back[b, i]
        a[:] = total
    grad[:] = 0.0
    collected(net, met, slopes, grad)
    return loss


@fused
def leak(member, axes, weight, both, grad):  # type: ignore[no-untyped-def]
    """weight · Σ_axes mean |f_i| on the points of the axis z_i = 0; its gradient is added to `grad`.

    axes = (z, alpha, across): the i of every row, whose axis has as many rows as every other one; both: twice `work`
    for all rows.
    """
    _, net = member
    z, alpha, across = axes
    rows, d = z.shape
    met, slopes = both
    out, given = np.empty((rows, d)), np.zeros((rows, d))
    field(member, (z, alpha), met, 0, out)
    loss, share = 0.0, weight * d / rows
    for b in range(rows):
        through = out[b, across[b]]
        loss += abs(through) * share
        given[b, across[b]] = share if through > 0.0 else -share if through < 0.0 else 0.0
    pulled(member, (z, alpha), (met, slopes), 0, given, out)
    collected(net, met, slopes, grad)
    return loss


# ---------------------------------------------------------------- orbits


@fused
def rolled(member, place, step, every, out):  # type: ignore[no-untyped-def]
    """out (k x rows x d) ← the orbits after every `every` steps of Kutta's scheme, the starts not included."""
    _, net = member
    start, alpha = place
    rows, d = start.shape
    met, k = work(net, rows), np.empty((4, rows, d))
    u, at = start.copy(), np.empty((rows, d))
    for n in range(out.shape[0] * every):
        for stage in range(4):
            ahead = step if stage == 3 else 0.5 * step
            for b in range(rows):
                for i in range(d):
                    at[b, i] = u[b, i] + (ahead * k[stage - 1, b, i] if stage else 0.0)
            field(member, (at, alpha), met, 0, k[stage])
        for b in range(rows):
            for i in range(d):
                u[b, i] += step / 6.0 * (k[0, b, i] + 2.0 * k[1, b, i] + 2.0 * k[2, b, i] + k[3, b, i])
        if (n + 1) % every == 0:
            out[(n + 1) // every - 1] = u


def orbits(member: tuple[Any, Net], start: Any, alpha: Any, step: float, every: int, points: int) -> np.ndarray:
    """The orbits of one member, points x rows x d, `every` steps apart."""
    out = np.empty((points, *start.shape))
    place = np.ascontiguousarray(start, dtype=float), np.ascontiguousarray(alpha, dtype=float)
    rolled(member, place, step, every, out)
    return out
