r"""Compiled: tanh networks of state and parameter as fields, their orbits, and gradients through Kutta's scheme.

A member at a time: a field is met some hundred times in a row by a handful of rows (five blocks of the predator–prey
system), where calls cost more than arithmetic and a matrix product is too small for BLAS.  The products are loops over
the units of a layer, which LLVM turns into vector instructions, and so is tanh:

    E ← e^{x/128} − 1 by eleven terms,  eight times E ← E(E + 2),  tanh x = E/(E + 2).

A network's output o(z, α) becomes the field by its head:

    PLAIN   f = o(z, α)             AFFINE  f = o₁(z) + α o₂(z)            AXES    f_i = z_i o_i(z, α)

`tests/systems/bifurcations/test_kernels.py` compares with torch and its autograd.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from systems.training.compiled import exact, fused

__all__ = ["AFFINE", "AXES", "PLAIN", "Net", "blocks", "field", "leak", "net", "room", "rolled", "transposed"]

PLAIN, AFFINE, AXES = range(3)


class Net(NamedTuple):
    """Units by layer, the dimension of the state, and the head."""

    sizes: np.ndarray
    d: int
    head: int

    @property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        return int(((self.sizes[:-1] + 1) * self.sizes[1:]).sum())


def net(d: int, width: int, layers: int, head: int = PLAIN) -> Net:
    """A network of so many hidden layers of one width for a state of d numbers and one parameter."""
    ends = (d, 2 * d) if head == AFFINE else (d + 1, d)
    return Net(np.array([ends[0], *[width] * layers, ends[1]], dtype=np.int64), d, head)


@exact
def room(sizes, rows):  # type: ignore[no-untyped-def]
    """Numbers of all layers for so many rows, the input included."""
    total = 0
    for n in sizes:
        total += n * rows
    return total


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
def transposed(P, sizes, into):  # type: ignore[no-untyped-def]
    """Every W_l (n x m) as m x n, in the same places: what gradients of inputs are made with."""
    at = 0
    for layer in range(sizes.size - 1):
        n, m = sizes[layer], sizes[layer + 1]
        for i in range(n):
            for j in range(m):
                into[at + j * n + i] = P[at + i * m + j]
        at += n * m + m


@fused
def forward(P, sizes, rows, acts):  # type: ignore[no-untyped-def]
    """All layers from the input, which stands first in `acts`; layer l, rows x n_l, stands after layer l − 1."""
    at, src = 0, 0
    for layer in range(sizes.size - 1):
        n, m = sizes[layer], sizes[layer + 1]
        dst = src + rows * n
        bias = P[at + n * m : at + n * m + m]
        for b in range(rows):
            out = acts[dst + b * m : dst + (b + 1) * m]
            for j in range(m):
                out[j] = bias[j]
        for i in range(n):
            row = P[at + i * m : at + (i + 1) * m]
            for b in range(rows):
                x = acts[src + b * n + i]
                out = acts[dst + b * m : dst + (b + 1) * m]
                for j in range(m):
                    out[j] += x * row[j]
        if layer < sizes.size - 2:
            tanh(acts[dst : dst + rows * m])
        at += n * m + m
        src = dst


@fused
def backward(P, PT, sizes, rows, acts, slopes, grad):  # type: ignore[no-untyped-def]
    """From ∂/∂output, which stands last in `slopes`, to ∂/∂input, which will stand first; `grad` is added to.

    acts: as `forward` left them; slopes: as much room, laid out alike.
    """
    at, end = P.size, room(sizes, rows)
    for back in range(sizes.size - 1):
        layer = sizes.size - 2 - back
        n, m = sizes[layer], sizes[layer + 1]
        at -= n * m + m
        dst = end - rows * m
        src = dst - rows * n
        if back > 0:
            for k in range(dst, end):
                slopes[k] *= 1.0 - acts[k] * acts[k]
        bias = grad[at + n * m : at + n * m + m]
        for b in range(rows):
            g = slopes[dst + b * m : dst + (b + 1) * m]
            for j in range(m):
                bias[j] += g[j]
        for i in range(n):
            row = grad[at + i * m : at + (i + 1) * m]
            for b in range(rows):
                x = acts[src + b * n + i]
                g = slopes[dst + b * m : dst + (b + 1) * m]
                for j in range(m):
                    row[j] += x * g[j]
        for k in range(src, dst):
            slopes[k] = 0.0
        for j in range(m):
            column = PT[at + j * n : at + (j + 1) * n]
            for b in range(rows):
                g = slopes[dst + b * m + j]
                into = slopes[src + b * n : src + (b + 1) * n]
                for i in range(n):
                    into[i] += g * column[i]
        end = dst


# ---------------------------------------------------------------- the field


@fused
def field(P, net, z, alpha, acts, out):  # type: ignore[no-untyped-def]
    """out ← f(z, α) for rows z (rows x d) with parameters alpha (rows)."""
    sizes, d, head = net
    rows, n, m = z.shape[0], sizes[0], sizes[-1]
    for b in range(rows):
        for i in range(d):
            acts[b * n + i] = z[b, i]
        if head != AFFINE:
            acts[b * n + d] = alpha[b]
    forward(P, sizes, rows, acts)
    last = room(sizes, rows) - rows * m
    for b in range(rows):
        for i in range(d):
            o = acts[last + b * m + i]
            if head == AFFINE:
                o += alpha[b] * acts[last + b * m + d + i]
            elif head == AXES:
                o *= z[b, i]
            out[b, i] = o


@fused
def pulled(P, PT, net, z, alpha, acts, slopes, given, into, grad):  # type: ignore[no-untyped-def]
    """into ← (∂f/∂z)ᵀ given, and (∂f/∂P)ᵀ given is added to `grad`; acts: as `field` left them."""
    sizes, d, head = net
    rows, n, m = z.shape[0], sizes[0], sizes[-1]
    last = room(sizes, rows) - rows * m
    for b in range(rows):
        for i in range(d):
            g = given[b, i]
            if head == AFFINE:
                slopes[last + b * m + d + i] = alpha[b] * g
            elif head == AXES:
                g *= z[b, i]
            slopes[last + b * m + i] = g
    backward(P, PT, sizes, rows, acts, slopes, grad)
    for b in range(rows):
        for i in range(d):
            into[b, i] = slopes[b * n + i]
            if head == AXES:
                into[b, i] += acts[last + b * m + i] * given[b, i]


# ---------------------------------------------------------------- blocks of series


@fused
def blocks(P, PT, net, data, alpha, step, grad):  # type: ignore[no-untyped-def]
    """The mean absolute error over blocks, data (T x rows x d), each started at its first point; grad ← its gradient.

    Kutta's classical scheme, step = (length of a step, steps between two points).
    """
    sizes, d, _ = net
    T, rows, _ = data.shape
    h, many = step
    size = room(sizes, rows)
    met = (T - 1) * many
    acts, slopes = np.empty((4 * met, size)), np.empty(size)
    states, k = np.empty((4 * met, rows, d)), np.empty((4, rows, d))
    u, wrong = data[0].copy(), np.zeros((T, rows, d))
    loss, share = 0.0, 1.0 / (T * rows * d)
    for n in range(met):
        for stage in range(4):
            ahead = h if stage == 3 else 0.5 * h
            for b in range(rows):
                for i in range(d):
                    states[4 * n + stage, b, i] = u[b, i] + (ahead * k[stage - 1, b, i] if stage else 0.0)
            field(P, net, states[4 * n + stage], alpha, acts[4 * n + stage], k[stage])
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
    grad[:] = 0.0
    a, back, given = np.zeros((rows, d)), np.zeros((rows, d)), np.empty((rows, d))
    for n in range(met - 1, -1, -1):
        if (n + 1) % many == 0:
            for b in range(rows):
                for i in range(d):
                    a[b, i] += wrong[(n + 1) // many, b, i]
        total = a.copy()
        for stage in range(3, -1, -1):
            weight = h / 6.0 if stage in (0, 3) else h / 3.0
            ahead = h if stage == 2 else 0.5 * h
            for b in range(rows):
                for i in range(d):
                    given[b, i] = weight * a[b, i] + (ahead * back[b, i] if stage < 3 else 0.0)
            pulled(P, PT, net, states[4 * n + stage], alpha, acts[4 * n + stage], slopes, given, back, grad)
            for b in range(rows):
                for i in range(d):
                    total[b, i] += back[b, i]
        a[:] = total
    return loss


@fused
def leak(P, PT, net, z, alpha, across, weight, grad):  # type: ignore[no-untyped-def]
    """weight · Σ_axes mean |f_i| on the points of the axis z_i = 0; its gradient is added to `grad`.

    across: the i of every row, whose axis has as many rows as every other one.
    """
    sizes, d, _ = net
    rows = z.shape[0]
    acts, slopes = np.empty(room(sizes, rows)), np.empty(room(sizes, rows))
    out, given = np.empty((rows, d)), np.zeros((rows, d))
    field(P, net, z, alpha, acts, out)
    loss, share = 0.0, weight * d / rows
    for b in range(rows):
        through = out[b, across[b]]
        loss += abs(through) * share
        given[b, across[b]] = share if through > 0.0 else -share if through < 0.0 else 0.0
    pulled(P, PT, net, z, alpha, acts, slopes, given, out, grad)
    return loss


# ---------------------------------------------------------------- orbits


@fused
def rolled(P, net, start, alpha, step, every, out):  # type: ignore[no-untyped-def]
    """out (k x rows x d) ← the orbits after every `every` steps of Kutta's scheme, the starts not included."""
    sizes, d, _ = net
    rows = start.shape[0]
    acts, k = np.empty(room(sizes, rows)), np.empty((4, rows, d))
    u, at = start.copy(), np.empty((rows, d))
    for n in range(out.shape[0] * every):
        for stage in range(4):
            ahead = step if stage == 3 else 0.5 * step
            for b in range(rows):
                for i in range(d):
                    at[b, i] = u[b, i] + (ahead * k[stage - 1, b, i] if stage else 0.0)
            field(P, net, at, alpha, acts, k[stage])
        for b in range(rows):
            for i in range(d):
                u[b, i] += step / 6.0 * (k[0, b, i] + 2.0 * k[1, b, i] + 2.0 * k[2, b, i] + k[3, b, i])
        if (n + 1) % every == 0:
            out[(n + 1) // every - 1] = u


def orbits(P: Any, net: Net, start: Any, alpha: Any, step: float, every: int, points: int) -> np.ndarray:
    """The orbits of one member, points x rows x d, `every` steps apart."""
    out = np.empty((points, *start.shape))
    rolled(P, net, np.ascontiguousarray(start, dtype=float), np.ascontiguousarray(alpha, dtype=float), step, every, out)
    return out
