r"""Compiled kernels of the ensemble engine: residual networks forwards and backwards, penalties, Adam and SGD.

This is the one module that imports numba.  Every kernel goes through the members one after the other and does the same
arithmetic for a member whatever stands beside it, so that an ensemble gives each member the bits of a lone run.  A
member at a time is also what a processor likes: its states (d x B, 15 KB for 30 x 128 in single precision) stay in the
first-level cache between a matrix product and the elementwise pass after it, and one call does a whole step.

The products are BLAS's (`numpy.dot` in numba is SciPy's OpenBLAS, whose small products run at the speed of large ones);
the elementwise passes are loops that LLVM turns into vector instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall.running.caching import out_folder

try:
    import numba
except ImportError as problem:  # pragma: no cover
    raise ImportError(
        f"the ensemble engine compiles its kernels with numba, which does not import ({problem}): "
        "pip install 'gronwall[suite]'"
    ) from problem

if not numba.config.CACHE_DIR:  # beside what else a run keeps, so that nobody's folder fills
    numba.config.CACHE_DIR = str(out_folder().resolve() / "cache" / "numba")


def compiled(function: Any) -> Any:
    """Compiled, with fused multiply-adds and reordered sums; NaN and infinity keep their meaning."""
    return numba.njit(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy", nogil=True, cache=True)(function)


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


@compiled
def _layers(W, first, last, depth, s, h, a, t):  # type: ignore[no-untyped-def]
    """h through the layers first … last − 1; a = ReLU(h) before and after.  W: depth x d x d, or 1 x d x d if tied."""
    tied = W.shape[0] < depth
    for k in range(first, last):
        np.dot(W[0 if tied else k], a, t)
        _add_relu(h.reshape(-1), t.reshape(-1), s, a.reshape(-1))


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
def residual_step(A, W, C, dA, dW, dC, X, labels, batch, depth, segment, kind, weight, projections, losses):  # type: ignore[no-untyped-def]
    r"""Losses and gradients of C h_L with h_0 = A x, h_{k+1} = h_k + W_{k+1} ReLU(h_k)/L, for every member.

    A: E x d x p, W: E x L x d x d (E x 1 x d x d: tied), C: E x c x d; the gradients dA, dW, dC are overwritten (dA and
    dC only with `projections`).  X: n x p and labels: n, batch: E x B (rows of X).  The loss of a member is the mean
    cross-entropy; with kind[e] != NONE, weight[e] times a penalty of W is in the gradient and not in `losses`.

    Backwards, with g = ∇h_{k+1}/L and a_k = ReLU(h_k):  ∇W_{k+1} = g a_kᵀ,  g ← g + 1_{h_k > 0} ⊙ W_{k+1}ᵀ g / L.
    Every `segment` layers a state is kept, and the a_k of a segment are made anew on the way back, so that they stay
    in the second-level cache; segment = depth keeps all of them and computes none twice.
    """
    E, B = batch.shape
    d = W.shape[2]
    tied = W.shape[1] < depth
    one = W.dtype.type(1)
    s = one / W.dtype.type(depth)
    segments = (depth + segment - 1) // segment
    kept = np.empty((segments, d, B), W.dtype)
    a = np.empty((segment + 1, d, B), W.dtype)
    h, t, g = np.empty((d, B), W.dtype), np.empty((d, B), W.dtype), np.empty((d, B), W.dtype)
    part, y = np.empty((d, d), W.dtype), np.empty(B, labels.dtype)
    logits = np.empty((C.shape[1], B), W.dtype)
    for e in range(E):
        x = _gathered(X, batch[e])
        for c in range(B):
            y[c] = labels[batch[e, c]]
        np.dot(A[e], x.T, h)
        _relu(h.reshape(-1), a[0].reshape(-1))
        for part_of in range(segments):
            _copy(kept[part_of].reshape(-1), h.reshape(-1))
            first, last = part_of * segment, min((part_of + 1) * segment, depth)
            if part_of < segments - 1:
                _layers(W[e], first, last, depth, s, h, a[0], t)
            else:
                for k in range(first, last):
                    np.dot(W[e, 0 if tied else k], a[k - first], t)
                    _add_relu(h.reshape(-1), t.reshape(-1), s, a[k - first + 1].reshape(-1))
        np.dot(C[e], h, logits)
        losses[e], _ = _cross_entropy(logits, y)
        np.dot(C[e].T, logits, g)
        if projections:
            np.dot(logits, h.T, dC[e])
        for i in range(d):
            for c in range(B):
                g[i, c] *= s
        if tied:
            for i in range(d):
                for j in range(d):
                    dW[e, 0, i, j] = 0
        for part_of in range(segments - 1, -1, -1):
            first, last = part_of * segment, min((part_of + 1) * segment, depth)
            if part_of < segments - 1:
                _copy(h.reshape(-1), kept[part_of].reshape(-1))
                _relu(h.reshape(-1), a[0].reshape(-1))
                for k in range(first, last - 1):
                    np.dot(W[e, 0 if tied else k], a[k - first], t)
                    _add_relu(h.reshape(-1), t.reshape(-1), s, a[k - first + 1].reshape(-1))
            for k in range(last - 1, first - 1, -1):
                if tied:
                    np.dot(g, a[k - first].T, part)
                    for i in range(d):
                        for j in range(d):
                            dW[e, 0, i, j] += part[i, j]
                else:
                    np.dot(g, a[k - first].T, dW[e, k])
                np.dot(W[e, 0 if tied else k].T, g, t)
                _back(g.reshape(-1), t.reshape(-1), s, a[k - first].reshape(-1))
        if projections:
            for i in range(d):
                for c in range(B):
                    g[i, c] /= s
            np.dot(g, x, dA[e])
        if kind[e] != NONE:
            p = d * d
            penalty(W[e].reshape((W.shape[1], p)), kind[e], dW[e].reshape((W.shape[1], p)), weight[e])


@compiled
def residual_losses(A, W, C, X, labels, depth, block, losses, right):  # type: ignore[no-untyped-def]
    """Every member's mean cross-entropy on all of X, and how many rows it classes rightly; `block` rows at a time."""
    d, n = W.shape[2], X.shape[0]
    s = W.dtype.type(1) / W.dtype.type(depth)
    for e in range(A.shape[0]):
        total, hits = 0.0, 0
        for first in range(0, n, block):
            x, y = X[first : first + block], labels[first : first + block]
            B = x.shape[0]
            h, t, a = np.empty((d, B), W.dtype), np.empty((d, B), W.dtype), np.empty((d, B), W.dtype)
            logits = np.empty((C.shape[1], B), W.dtype)
            np.dot(A[e], x.T, h)
            _relu(h.reshape(-1), a.reshape(-1))
            _layers(W[e], 0, depth, depth, s, h, a, t)
            np.dot(C[e], h, logits)
            loss, rightly = _cross_entropy(logits, y)
            total += loss * B
            hits += rightly
        losses[e], right[e] = total / n, hits


# ---------------------------------------------------------------- optimisers


@compiled
def adam(w, g, m, v, lr, beta1, beta2, eps, decay, step):  # type: ignore[no-untyped-def]
    r"""Adam's `step`-th step (from 1) in place, for E x P parameters w, gradients g and moments m, v.

    lr, beta1, beta2, eps, decay: one a member.  With ĝ = g + decay w,  m ← β₁m + (1 − β₁)ĝ,  v ← β₂v + (1 − β₂)ĝ²,
    w ← w − lr/(1 − β₁^t) m / ((v/(1 − β₂^t))^{1/2} + ε).
    """
    for e in range(w.shape[0]):
        b1, b2 = w.dtype.type(beta1[e]), w.dtype.type(beta2[e])
        r1, r2 = w.dtype.type(1 - beta1[e]), w.dtype.type(1 - beta2[e])
        size = w.dtype.type(lr[e] / (1 - beta1[e] ** step))
        scale = w.dtype.type(1 / np.sqrt(1 - beta2[e] ** step))
        small, lam = w.dtype.type(eps[e]), w.dtype.type(decay[e])
        w_, g_, m_, v_ = w[e], g[e], m[e], v[e]
        for i in range(w.shape[1]):
            slope = g_[i] + lam * w_[i]
            m_[i] = b1 * m_[i] + r1 * slope
            v_[i] = b2 * v_[i] + r2 * slope * slope
            w_[i] -= size * m_[i] / (np.sqrt(v_[i]) * scale + small)


@numba.njit(error_model="numpy", nogil=True, cache=True)  # no fused multiply-add, no reordering: torch's bits
def sgd(w, g, m, lr, momentum, decay):  # type: ignore[no-untyped-def]
    """m ← momentum m + g + decay w,  w ← w − lr m, in place, for E x P parameters; lr, momentum, decay one a member."""
    for e in range(w.shape[0]):
        size, mu, lam = w.dtype.type(lr[e]), w.dtype.type(momentum[e]), w.dtype.type(decay[e])
        w_, g_, m_ = w[e], g[e], m[e]
        for i in range(w.shape[1]):
            m_[i] = mu * m_[i] + (g_[i] + lam * w_[i])
            w_[i] -= size * m_[i]
