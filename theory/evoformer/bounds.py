r"""What each update of an Evoformer block adds at most to a token, whatever the state: normalisations see to that.

With R = ‖γ‖_∞ √c + ‖β‖ >= ‖LN(x)‖, and gates and shares of attention between 0 and 1,

    attention        ‖W_o‖ (Σ_h ‖W_v^h‖²)^½ R + ‖b_o‖                          heads h
    transition       ‖W₂‖ (‖W₁‖ R + ‖b₁‖) + ‖b₂‖                               |act(x)| <= |x|
    outer product    ‖W_o‖ (‖W_a‖ R + ‖b_a‖)(‖W_b‖ R + ‖b_b‖) + ‖b_o‖
    triangle         ‖W_o‖ R_inner + ‖b_o‖                                     the sum over k is normalised

So the field of a block is bounded, its solutions exist for all times and are unique, and ‖m_i(t)‖ <= ‖m_i(0)‖ + C t.

Weights are arrays by the names that `systems.evoformer.block` gives them.  Source: derived here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["most_added", "most_normalised"]

Arrays = Mapping[str, Any]


def most_normalised(w: Arrays, name: str) -> float:
    """‖γ‖_∞ √c + ‖β‖."""
    scale, shift = np.asarray(w[f"{name}.scale"]), np.asarray(w[f"{name}.shift"])
    return float(np.abs(scale).max() * np.sqrt(scale.size) + np.linalg.norm(shift))


def norm(w: Arrays, name: str) -> float:
    """‖W‖ of a matrix, ‖b‖ of a vector."""
    return float(np.linalg.norm(np.asarray(w[name]), 2))


def most_added(w: Arrays, update: str, heads: int) -> float:
    """The bound of an update; heads of its attention."""
    end = norm(w, f"{update}.out.bias")
    if update in ("outgoing", "incoming"):
        return norm(w, f"{update}.out") * most_normalised(w, f"{update}.inner") + end
    R = most_normalised(w, f"{update}.norm")
    if update in ("MSA transition", "pair transition"):
        return norm(w, f"{update}.out") * (norm(w, f"{update}.in") * R + norm(w, f"{update}.in.bias")) + end
    if update == "outer product":
        a, b = (norm(w, f"{update}.{name}") * R + norm(w, f"{update}.{name}.bias") for name in ("a", "b"))
        return norm(w, f"{update}.out") * a * b + end
    values = np.asarray(w[f"{update}.v"])
    spread = np.linalg.norm([np.linalg.norm(part, 2) for part in np.split(values, heads)])
    return norm(w, f"{update}.out") * float(spread) * R + end
