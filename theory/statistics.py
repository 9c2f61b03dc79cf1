r"""What chance leaves: how far estimates may be off, and rank correlations with their critical values.

| name | states | source |
|---|---|---|
| `errors_allowed` | of m normal errors one passes z σ with probability 1 %: P(\|Z\| > z) = 0.01/m | Bonferroni |
| `pairs` | pairs ordered in opposite ways and alike, (C, D) of Kendall's τ = (D − C)/(D + C) | Kendall 1938 |
| `spearman` | ρ, the correlation of the ranks | Spearman 1904 |
| `critical` | ρ ((n − 2)/(1 − ρ²))^{1/2} is about Student's t with n − 2 degrees of freedom | approximate |
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata, t

__all__ = ["critical", "errors_allowed", "pairs", "spearman"]

Array = NDArray[np.float64]


def errors_allowed(comparisons: int) -> float:
    """So many standard errors that of so many normal estimates one is off by more in a run in a hundred."""
    return float(norm.isf(0.005 / comparisons))


def pairs(x: Array, y: Array) -> tuple[float, float]:
    """Half plus the number of pairs that x and y order in opposite ways, and in the same way."""
    above = np.triu_indices(len(x), 1)
    signs = np.sign((x[above[0]] - x[above[1]]) * (y[above[0]] - y[above[1]]))
    return 0.5 + np.sum(signs < 0), 0.5 + np.sum(signs > 0)


def spearman(x: Array, y: Array) -> float:
    """Spearman's rank correlation."""
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def critical(n: int, tests: int) -> float:
    """The size that a rank correlation of n independent pairs exceeds with probability 1 %, in one of some tests.

    From Student's t with n − 2 degrees of freedom for ρ ((n − 2)/(1 − ρ²))^{1/2}, each side of each test 0.5 %/tests.
    """
    q = t.ppf(1 - 0.005 / tests, n - 2)
    return float(q / np.sqrt(n - 2 + q * q))
