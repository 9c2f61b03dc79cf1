r"""The kinetics once more, compiled: courses of a strain by Kutta's scheme, and the fit of constants to samples.

The rates are those of `gronwall.theory.pathways.kinetics`, written out; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

from systems.training.compiled import exact

__all__ = ["course"]


@exact
def slopes(s, e, k, out):  # type: ignore[no-untyped-def]
    """out ← s' of ten species; e: nine enzymes, k: 34 constants in the order of `CONSTANTS`."""
    below = k[4] * s[1] + k[5] * s[0] + k[6] * s[0] * s[1]
    v1 = k[0] * e[0] * s[0] / (k[1] + k[2] * s[0])
    v2 = k[33] * k[3] * e[1] * s[0] * s[1] / below if below > 0.0 else 0.0
    v3 = k[7] * e[2] * s[2] / (k[8] * s[0] + k[9] * s[1] + k[10] * s[2] + k[11])
    v4 = k[12] * e[3] * s[3] / (k[13] * s[8] + k[14] * s[4] + k[15] * s[3] + k[16])
    v5 = k[17] * e[4] * s[4] / (k[18] + s[4])
    v6 = k[19] * e[5] * s[5] / (k[20] * s[4] + k[21] * s[3] + k[22] * s[5] + k[23])
    v7 = k[24] * e[6] * s[6] / (k[25] + s[6])
    v8 = k[26] * e[7] * s[6] * s[7] / (k[27] + k[28] * s[6] + k[29] * s[7] + s[6] * s[7])
    v9 = k[30] * e[8] * s[8] / (k[31] + s[8])
    out[0] = k[32] - v1 - v2
    out[1] = v1 - v2
    out[2] = v2 - v3
    out[3] = v3 - v4
    out[4] = v4 - v5
    out[5] = v5 - v6
    out[6] = v6 - v7 - v8
    out[7] = v7 - v8
    out[8] = v8 - v9
    out[9] = v9


@exact
def levels(t, enzymes, out):  # type: ignore[no-untyped-def]
    """out ← k_f t/(k_m + t) + k_l, rows of enzymes."""
    for i in range(9):
        out[i] = enzymes[i, 0] * t / (enzymes[i, 1] + t) + enzymes[i, 2]


@exact
def courses(k, starts, enzymes, times, step):  # type: ignore[no-untyped-def]
    """rows x times x 10: row by row constants (rows, 34), starts (rows, 10), enzymes (rows, 9, 3); times from 0 on."""
    rows, count = k.shape[0], times.shape[0]
    out = np.empty((rows, count, 10))
    e, at, k1, k2, k3, k4 = np.empty(9), np.empty(10), np.empty(10), np.empty(10), np.empty(10), np.empty(10)
    for row in range(rows):
        s, t = starts[row].copy(), 0.0
        for n in range(count):
            steps = int(np.ceil((times[n] - t) / step - 1e-9))
            h = (times[n] - t) / steps if steps > 0 else 0.0
            for m in range(steps):
                now = t + m * h
                levels(now, enzymes[row], e)
                slopes(s, e, k[row], k1)
                levels(now + h / 2, enzymes[row], e)
                for i in range(10):
                    at[i] = s[i] + h / 2 * k1[i]
                slopes(at, e, k[row], k2)
                for i in range(10):
                    at[i] = s[i] + h / 2 * k2[i]
                slopes(at, e, k[row], k3)
                levels(now + h, enzymes[row], e)
                for i in range(10):
                    at[i] = s[i] + h * k3[i]
                slopes(at, e, k[row], k4)
                for i in range(10):
                    s[i] = max(s[i] + h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]), 0.0)
            t = times[n]
            out[row, n] = s
    return out


def course(k: np.ndarray, starts: np.ndarray, enzymes: np.ndarray, times: np.ndarray, step: float = 0.1) -> np.ndarray:
    """Courses of ten species, rows x times x 10, by steps of at most so many hours; what falls below 0 is 0."""
    k, starts, enzymes = (np.ascontiguousarray(values, dtype=float) for values in (k, starts, enzymes))
    return np.asarray(courses(k, starts, enzymes, np.asarray(times, dtype=float), step))
