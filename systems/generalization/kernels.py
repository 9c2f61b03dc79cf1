r"""Compiled: residual networks forwards and backwards for every member of an ensemble, and penalties of their weights.

The kernels go through the members one after the other and do the same arithmetic for a member whatever stands beside
it, so that an ensemble gives each member the bits of a lone run.  A member at a time is also what a processor likes:
its states (d x B, 15 KB for 30 x 128 in single precision) stay in the first-level cache between a matrix product and
the elementwise pass after it, and one call does a whole step.

The products are BLAS's (`numpy.dot` in numba is SciPy's OpenBLAS, whose small products run at the speed of large ones);
the elementwise passes are loops that LLVM turns into vector instructions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from systems.training.compiled import compiled

NONE, FROBENIUS, TWO_MAX, MAX_MAX, TWO_MAX_ABS, MAX_MAX_ABS = range(6)

PENALTIES = {
    "none": NONE,
    "frobenius": FROBENIUS,  # (Σ_k ‖W_{k+1} − W_k‖_F²)^{1/2}
    "two-max": TWO_MAX,  # ‖(max_ij (W_{k+1} − W_k)_ij)_k‖_2, without absolute value as in the authors' code
    "max-max": MAX_MAX,  # max_{k,ij} (W_{k+1} − W_k)_ij, likewise
    "two-max-abs": TWO_MAX_ABS,
    "max-max-abs": MAX_MAX_ABS,
}
"""What λ multiplies."""


# ---------------------------------------------------------------- penalties


@compiled
def _largest(below, above, absolute):  # type: ignore[no-untyped-def]
    """Where the largest entry of above − below stands (of its absolute value, if so), and that entry with its sign."""
    at, largest, signed = 0, -np.inf, below[0]
    for i in range(below.size):
        difference = above[i] - below[i]
        size = abs(difference) if absolute else difference
        if size > largest:
            at, largest, signed = i, size, difference
    return at, largest, signed


@compiled
def penalty(W, kind, into, weight):  # type: ignore[no-untyped-def]
    """The penalty of one member's weights W (L x p); `weight` times its gradient is added to `into` (L x p).

    At a tie, and where the penalty is 0, a subgradient: that of the first entry, and 0.
    """
    L, p = W.shape
    total = 0.0
    if kind == FROBENIUS:
        for k in range(L - 1):
            part = W[k, 0] - W[k, 0]
            for i in range(p):
                difference = W[k + 1, i] - W[k, i]
                part += difference * difference
            total += part
        total = np.sqrt(total)
        if total > 0 and weight != 0:
            c = W.dtype.type(weight / total)
            for k in range(L):  # c (2W_k − W_{k−1} − W_{k+1}), one-sided at the ends
                before, after = W[max(k - 1, 0)], W[min(k + 1, L - 1)]
                for i in range(p):
                    into[k, i] += c * ((W[k, i] - before[i]) + (W[k, i] - after[i]))
    elif kind in (TWO_MAX, TWO_MAX_ABS):
        for k in range(L - 1):
            _, largest, _ = _largest(W[k], W[k + 1], kind == TWO_MAX_ABS)
            total += largest * largest
        total = np.sqrt(total)
        if total > 0 and weight != 0:
            for k in range(L - 1):
                at, largest, signed = _largest(W[k], W[k + 1], kind == TWO_MAX_ABS)
                c = W.dtype.type(weight / total * (largest if kind == TWO_MAX else signed))
                into[k + 1, at] += c
                into[k, at] -= c
    elif kind in (MAX_MAX, MAX_MAX_ABS):
        best, where, at, sign = -np.inf, -1, 0, 1.0
        for k in range(L - 1):
            i, largest, signed = _largest(W[k], W[k + 1], kind == MAX_MAX_ABS)
            if largest > best:
                best, where, at = largest, k, i
                sign = -1.0 if (signed < 0 and kind == MAX_MAX_ABS) else 1.0
        if where >= 0:
            total = best
            c = W.dtype.type(weight * sign)
            into[where + 1, at] += c
            into[where, at] -= c
    return total


# ---------------------------------------------------------------- residual networks


@compiled
def _relu(h, a):  # type: ignore[no-untyped-def]
    zero = h[0] - h[0]
    for i in range(h.size):
        a[i] = h[i] if h[i] > 0 else zero


@compiled
def _add_relu(h, t, s, a):  # type: ignore[no-untyped-def]
    """h ← h + s t, a ← ReLU(h)."""
    zero = s - s
    for i in range(h.size):
        x = h[i] + s * t[i]
        h[i] = x
        a[i] = x if x > 0 else zero


@compiled
def _back(g, t, s, a):  # type: ignore[no-untyped-def]
    """g ← g + s t where a > 0."""
    zero = s - s
    for i in range(g.size):
        g[i] += s * t[i] if a[i] > 0 else zero


class Weights(NamedTuple):
    """A: E x d x p, W: E x L x d x d, or E x 1 x d x d if all layers are tied, C: E x c x d; or gradients in them."""

    A: np.ndarray
    W: np.ndarray
    C: np.ndarray


class Images(NamedTuple):
    """X: n x p, and the labels, n."""

    X: np.ndarray
    labels: np.ndarray


class How(NamedTuple):
    """The depth, how many layers' activations are kept at a time, whether A and C are trained, and the penalties.

    With kind[e] != NONE, weight[e] times a penalty of W[e] is in the gradient.
    """

    depth: int
    segment: int
    projections: bool
    kind: np.ndarray
    weight: np.ndarray


class Stack(NamedTuple):
    """The layers of one member: W (depth x d x d, or 1 x d x d if tied), the depth, and s = 1/depth in their dtype."""

    W: np.ndarray
    depth: int
    s: float


class Work(NamedTuple):
    """States before each segment, the activations of one, and h, t, g (d x B), a product (d x d), logits (c x B)."""

    kept: np.ndarray
    a: np.ndarray
    h: np.ndarray
    t: np.ndarray
    g: np.ndarray
    part: np.ndarray
    logits: np.ndarray


@compiled
def _work(W, C, how, B):  # type: ignore[no-untyped-def]
    d, dtype = W.shape[2], W.dtype
    segments = (how.depth + how.segment - 1) // how.segment
    return Work(
        np.empty((segments, d, B), dtype), np.empty((how.segment + 1, d, B), dtype), np.empty((d, B), dtype),
        np.empty((d, B), dtype), np.empty((d, B), dtype), np.empty((d, d), dtype), np.empty((C.shape[1], B), dtype),
    )  # fmt: skip


@compiled
def _layers(stack, first, last, h, a, t):  # type: ignore[no-untyped-def]
    """h through the layers first … last − 1; a = ReLU(h) before and after."""
    tied = stack.W.shape[0] < stack.depth
    for k in range(first, last):
        np.dot(stack.W[0 if tied else k], a, t)
        _add_relu(h.reshape(-1), t.reshape(-1), stack.s, a.reshape(-1))


@compiled
def _layers_kept(stack, first, last, work):  # type: ignore[no-untyped-def]
    """The same, with a_k = ReLU(h_k) kept in a[k − first]."""
    tied = stack.W.shape[0] < stack.depth
    for k in range(first, last):
        np.dot(stack.W[0 if tied else k], work.a[k - first], work.t)
        _add_relu(work.h.reshape(-1), work.t.reshape(-1), stack.s, work.a[k - first + 1].reshape(-1))


@compiled
def _cross_entropy(logits, labels):  # type: ignore[no-untyped-def]
    """The mean cross-entropy; logits (classes x B) become its gradient.  Also how many are classed rightly."""
    classes, B = logits.shape
    total, right = 0.0, 0
    for c in range(B):
        top, at = logits[0, c], 0
        for j in range(1, classes):
            if logits[j, c] > top:
                top, at = logits[j, c], j
        mass = 0.0
        for j in range(classes):
            mass += np.exp(np.float64(logits[j, c] - top))
        total += np.log(mass) - np.float64(logits[labels[c], c] - top)
        right += at == labels[c]
        for j in range(classes):
            share = np.exp(np.float64(logits[j, c] - top)) / mass
            logits[j, c] = (share - (1.0 if j == labels[c] else 0.0)) / B
    return total / B, right


@compiled
def _gathered(X, chosen):  # type: ignore[no-untyped-def]
    x = np.empty((chosen.size, X.shape[1]), X.dtype)
    for c in range(chosen.size):
        for i in range(X.shape[1]):
            x[c, i] = X[chosen[c], i]
    return x


@compiled
def _copy(x, y):  # type: ignore[no-untyped-def]
    """x ← y."""
    for i in range(y.size):
        x[i] = y[i]


@compiled
def _forwards(stack, A, x, segment, work):  # type: ignore[no-untyped-def]
    """h_L from h_0 = A xᵀ: the state before each segment is kept, and the activations of the last one."""
    np.dot(A, x.T, work.h)
    _relu(work.h.reshape(-1), work.a[0].reshape(-1))
    segments = len(work.kept)
    for part_of in range(segments):
        _copy(work.kept[part_of].reshape(-1), work.h.reshape(-1))
        first, last = part_of * segment, min((part_of + 1) * segment, stack.depth)
        if part_of < segments - 1:
            _layers(stack, first, last, work.h, work.a[0], work.t)
        else:
            _layers_kept(stack, first, last, work)


@compiled
def _backwards(stack, dW, segment, work):  # type: ignore[no-untyped-def]
    """∇W from g = ∇h_L/L, which becomes ∇h_0/L; the activations of each segment are made anew but for the last one."""
    W, (kept, a, h, t, g, part, _) = stack.W, work
    d, tied, segments = W.shape[1], W.shape[0] < stack.depth, len(kept)
    if tied:
        for i in range(d):
            for j in range(d):
                dW[0, i, j] = 0
    for part_of in range(segments - 1, -1, -1):
        first, last = part_of * segment, min((part_of + 1) * segment, stack.depth)
        if part_of < segments - 1:
            _copy(h.reshape(-1), kept[part_of].reshape(-1))
            _relu(h.reshape(-1), a[0].reshape(-1))
            _layers_kept(stack, first, last - 1, work)
        for k in range(last - 1, first - 1, -1):
            if tied:
                np.dot(g, a[k - first].T, part)
                for i in range(d):
                    for j in range(d):
                        dW[0, i, j] += part[i, j]
            else:
                np.dot(g, a[k - first].T, dW[k])
            np.dot(W[0 if tied else k].T, g, t)
            _back(g.reshape(-1), t.reshape(-1), stack.s, a[k - first].reshape(-1))


@compiled
def residual_step(weights, slopes, images, batch, how, losses):  # type: ignore[no-untyped-def]
    r"""Losses and gradients of C h_L with h_0 = A x, h_{k+1} = h_k + W_{k+1} ReLU(h_k)/L, for every member.

    The gradients `slopes` are overwritten (those in A and C only with `projections`).  batch: E x B, rows of the
    images.  The loss of a member is the mean cross-entropy; its penalty is in the gradient and not in `losses`.

    Backwards, with g = ∇h_{k+1}/L and a_k = ReLU(h_k):  ∇W_{k+1} = g a_kᵀ,  g ← g + 1_{h_k > 0} ⊙ W_{k+1}ᵀ g / L.
    Every `segment` layers a state is kept, and the a_k of a segment are made anew on the way back, so that they stay
    in the second-level cache; segment = depth keeps all of them and computes none twice.
    """
    (A, W, C), (dA, dW, dC), (E, B) = weights, slopes, batch.shape
    s = W.dtype.type(1) / W.dtype.type(how.depth)
    work, y, layers, p = _work(W, C, how, B), np.empty(B, images.labels.dtype), W.shape[1], W.shape[2] * W.shape[2]
    h, g, logits = work.h, work.g, work.logits
    for e in range(E):
        x, stack = _gathered(images.X, batch[e]), Stack(W[e], how.depth, s)
        for c in range(B):
            y[c] = images.labels[batch[e, c]]
        _forwards(stack, A[e], x, how.segment, work)
        np.dot(C[e], h, logits)
        losses[e], _ = _cross_entropy(logits, y)
        np.dot(C[e].T, logits, g)
        if how.projections:
            np.dot(logits, h.T, dC[e])
        for i in range(len(g)):
            for c in range(B):
                g[i, c] *= s
        _backwards(stack, dW[e], how.segment, work)
        if how.projections:
            for i in range(len(g)):
                for c in range(B):
                    g[i, c] /= s
            np.dot(g, x, dA[e])
        if how.kind[e] != NONE:
            penalty(W[e].reshape((layers, p)), how.kind[e], dW[e].reshape((layers, p)), how.weight[e])


@compiled
def residual_losses(weights, images, depth, block, losses, right):  # type: ignore[no-untyped-def]
    """Every member's mean cross-entropy on all images, and how many it classes rightly; `block` of them at a time."""
    (A, W, C), (X, labels) = weights, images
    d, n = W.shape[2], X.shape[0]
    s = W.dtype.type(1) / W.dtype.type(depth)
    for e in range(A.shape[0]):
        total, hits, stack = 0.0, 0, Stack(W[e], depth, s)
        for first in range(0, n, block):
            x, y = X[first : first + block], labels[first : first + block]
            B = x.shape[0]
            h, t, a = np.empty((d, B), W.dtype), np.empty((d, B), W.dtype), np.empty((d, B), W.dtype)
            logits = np.empty((C.shape[1], B), W.dtype)
            np.dot(A[e], x.T, h)
            _relu(h.reshape(-1), a.reshape(-1))
            _layers(stack, 0, depth, h, a, t)
            np.dot(C[e], h, logits)
            loss, rightly = _cross_entropy(logits, y)
            total += loss * B
            hits += rightly
        losses[e], right[e] = total / n, hits
