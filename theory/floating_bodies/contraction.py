r"""How fast volumes of states of a learned body shrink, in balls: div f <= −c over all states of a box.

For v_i' = −κ_i(r, s) w_i with r = |x|, s = |w|, w = v − u(x),

    −div f = κ_x + κ_y + (w_x²/s) ∂_s κ_x + (w_y²/s) ∂_s κ_y  >=  κ_x + κ_y + s min(∂_s κ_x, ∂_s κ_y),

whatever the flow is: so a plane (r, s) is covered by boxes instead of four dimensions.  κ_i = (500 c_q s + c_l)/(100 + m_i)
and (m_x, m_y, c_q, c_l) are the smaller of softplus of a network with two hidden layers of softplus and of caps.  Values and
slopes in s of every box by balls, first order forwards; what is kept is the least lower end.

Source: the form of Zhang et al. (arXiv 2509.13783); derived here.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp, log1p

__all__ = ["contraction_over", "rates_over"]

Array = NDArray[np.float64]
CAPS = (60, 60, 2, 10)
BODY, HALF_DENSITY = 100, 500


def softplus(z: Any) -> Any:
    """log(1 + e^z), by the side that does not overflow."""
    return rigor.above_zero(log1p(exp(z)) if z.upper() < 0 else z + log1p(exp(-z)))


def layer(W: Any, b: Sequence[Any], values: Any, slopes: Any) -> tuple[list[Any], list[Any]]:
    """Wᵀ · + b of values and slopes: columns of balls."""
    z, dz = W * values, W * slopes
    return [z[k, 0] + b[k] for k in range(len(b))], [dz[k, 0] for k in range(len(b))]


def column(entries: Sequence[Any]) -> Any:
    return rigor.from_entries(len(entries), 1, list(entries))


class Network:
    """The weights of a coefficient network as balls: inputs (r, s), two hidden layers, four outputs."""

    def __init__(self, parameters: Sequence[Array]) -> None:
        self.W = [rigor.matrix(np.ascontiguousarray(W.T), dyadic=True) for W in parameters[::2]]
        self.b = [[rigor.dyadic(float(x)) for x in np.ravel(b)] for b in parameters[1::2]]

    def over(self, r: Any, s: Any) -> tuple[list[Any], list[Any]]:
        """softplus of the outputs, and their slopes in s."""
        values, slopes = column([r, s]), column([rigor.ball(0), rigor.ball(1)])
        for W, b in zip(self.W, self.b, strict=True):
            z, dz = layer(W, b, values, slopes)
            made = [softplus(one) for one in z]
            steep = [1 / (1 + exp(-one)) for one in z]
            values, slopes = column(made), column([a * d for a, d in zip(steep, dz, strict=True)])
        return [values[k, 0] for k in range(4)], [slopes[k, 0] for k in range(4)]


def rates_over(network: Network, r: Any, s: Any) -> tuple[list[Any], list[Any]]:
    """κ_x, κ_y and ∂_s κ_x, ∂_s κ_y over balls r and s."""
    values, slopes = network.over(r, s)
    for k, cap in enumerate(CAPS):
        top = rigor.ball(cap)
        if not values[k] < top:  # where the cap is reached, or may be
            slopes[k] = rigor.hull(0, slopes[k]) if not values[k] > top else rigor.ball(0)
            values[k] = values[k].min(top)
    drag = HALF_DENSITY * values[2] * s + values[3]
    steeper = HALF_DENSITY * (values[2] + s * slopes[2]) + slopes[3]
    rates, steep = [], []
    for k in range(2):
        mass = BODY + values[k]
        rates.append(drag / mass)
        steep.append((steeper - drag / mass * slopes[k]) / mass)
    return rates, steep


def contraction_over(
    parameters: Sequence[Array], radius: float, speeds: tuple[float, float], near: float = 0.95, most: int = 3000
) -> tuple[float, float]:
    """The c that boxes show, −div f >= c for r in [0, radius] and s between two speeds; and the least value at a centre.

    By branch and bound: the box with the least lower end is cut across its longer side, until that end is `near` the
    least value seen at a centre, or so many boxes have been looked at.
    """  # noqa: E501
    network = Network(parameters)
    units = (radius, speeds[1] - speeds[0])
    seen = np.inf

    def least(box: tuple[float, float, float, float]) -> float:
        nonlocal seen
        r0, r1, s0, s1 = box
        centre = _contraction(network, rigor.dyadic((r0 + r1) / 2), rigor.dyadic((s0 + s1) / 2))
        seen = min(seen, rigor.upper(centre))
        ends = [(rigor.dyadic(a), rigor.dyadic(b)) for a, b in ((r0, r1), (s0, s1))]
        found = _contraction(network, *(rigor.hull(a, b) for a, b in ends))
        return rigor.lower(found) if rigor.is_finite(found) else -np.inf

    whole = (0.0, radius, *speeds)
    heap, looked = [(least(whole), whole)], 1
    while not heap[0][0] >= near * seen and looked < most:
        _, (r0, r1, s0, s1) = heappop(heap)
        middle_r, middle_s = (r0 + r1) / 2, (s0 + s1) / 2
        across = (r1 - r0) / units[0] >= (s1 - s0) / units[1]
        cuts = ((r0, middle_r, s0, s1), (middle_r, r1, s0, s1)), ((r0, r1, s0, middle_s), (r0, r1, middle_s, s1))
        halves = cuts[0] if across else cuts[1]
        for box in halves:
            heappush(heap, (least(box), box))
        looked += 2
    return float(heap[0][0]), float(seen)


def _contraction(network: Network, r: Any, s: Any) -> Any:
    """κ_x + κ_y + s min(∂_s κ_x, ∂_s κ_y) over balls r and s."""
    rates, steep = rates_over(network, r, s)
    return rates[0] + rates[1] + s * steep[0].min(steep[1])
