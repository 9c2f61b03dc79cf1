r"""Fields of (x, v) of more or less structure, every member's on its own rows: (members, rows, 4) -> (members, rows, 4).

    neural ODE          s' = net(s)
    second order        x' = v, v' = net(s)
    drag, free flow     x' = v, v' = −κ_i(r, s)(v − u)_i, u = net(x)
    FHNN                the same with u = (−∂ψ/∂y, ∂ψ/∂x), ψ = net(x)
    HNN                 s' = J∇H                            D-HNN   s' = J∇H + ∇D
    LNN                 v' = (∂²L/∂v²)⁻¹(∂L/∂x − (∂²L/∂v∂x)v), L = |v|²/2 + net(s)

κ_i = (500 c_q s + c_l)/(100 + m_i) with (m_x, m_y, c_q, c_l) = min(softplus(net(r, s)), (60, 60, 2, 10)), r = |x|,
s = |v − u|; a known force F adds F_i/(100 + m_i).  All nets have two hidden layers of softplus; slopes and curvatures of
those with one output are written out, so that autograd is asked once.

Source: the released code of Zhang et al. (arXiv 2509.13783) for FHNN; Greydanus (2019), Sosanya (2022), Cranmer (2020).
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

__all__ = ["KINDS", "coefficients", "drawn", "field", "flow_of", "rates_of", "sizes"]

KINDS = ("neural ODE", "second order", "drag, free flow", "FHNN", "HNN", "D-HNN", "LNN")
CAPS = torch.tensor([60.0, 60.0, 2.0, 10.0], dtype=torch.float64)
BODY, HALF_DENSITY = 100.0, 500.0
Parameters = Sequence[Tensor]


def sizes(kind: str) -> list[tuple[int, int, int]]:
    """Inputs, width and outputs of each net of a kind; about 5300 parameters in all."""
    nets = {
        "neural ODE": [(4, 68, 4)], "second order": [(4, 68, 2)], "HNN": [(4, 69, 1)], "LNN": [(4, 69, 1)],
        "D-HNN": [(4, 48, 1), (4, 48, 1)], "drag, free flow": [(2, 48, 2), (2, 48, 4)],
        "FHNN": [(2, 48, 1), (2, 48, 4)],
    }  # fmt: skip
    return nets[kind]


def drawn(kind: str, rngs: Sequence[np.random.Generator]) -> list[Tensor]:
    """Six tensors a net, weights N(0, 1/inputs), biases 0, the last layer a third of that; a generator a member."""
    found: list[list[np.ndarray]] = []
    for rng in rngs:
        own: list[np.ndarray] = []
        for n, width, m in sizes(kind):
            for k, (into, out) in enumerate(((n, width), (width, width), (width, m))):
                own += [rng.normal(0, (0.3 if k == 2 else 1.0) / np.sqrt(into), (into, out)), np.zeros((1, out))]
        found.append(own)
    return [torch.tensor(np.stack(part)) for part in zip(*found, strict=True)]


def net(p: Parameters, x: Tensor) -> Tensor:
    """W₃ᵀ softplus(W₂ᵀ softplus(W₁ᵀx + b₁) + b₂) + b₃."""
    h = softplus(torch.baddbmm(p[1], x, p[0]))
    return torch.baddbmm(p[5], softplus(torch.baddbmm(p[3], h, p[2])), p[4])


def slope(p: Parameters, x: Tensor) -> Tensor:
    """∇ of a net with one output: W₁(σ(z₁) ⊙ W₂(σ(z₂) ⊙ w₃))."""
    z1 = torch.baddbmm(p[1], x, p[0])
    z2 = torch.baddbmm(p[3], softplus(z1), p[2])
    back = torch.sigmoid(z2) * p[4].transpose(1, 2)
    return torch.bmm(torch.sigmoid(z1) * torch.bmm(back, p[2].transpose(1, 2)), p[0].transpose(1, 2))


def curvature(p: Parameters, x: Tensor, rows: slice) -> tuple[Tensor, Tensor]:
    """∇ and the rows `rows` of the Hessian of a net with one output: (…, n), (…, rows, n)."""
    z1 = torch.baddbmm(p[1], x, p[0])
    s1 = torch.sigmoid(z1)
    z2 = torch.baddbmm(p[3], softplus(z1), p[2])
    s2 = torch.sigmoid(z2)
    w3 = p[4].transpose(1, 2)
    through = torch.bmm(s2 * w3, p[2].transpose(1, 2))
    grad = torch.bmm(s1 * through, p[0].transpose(1, 2))
    found = []
    for k in range(*rows.indices(x.shape[-1])):
        direction = p[0][:, k : k + 1]  # dz₁ along the axis k
        turned = torch.bmm(s1 * direction, p[2])
        deeper = torch.bmm(s2 * (1 - s2) * turned * w3, p[2].transpose(1, 2))
        found.append(torch.bmm(s1 * (1 - s1) * direction * through + s1 * deeper, p[0].transpose(1, 2)))
    return grad, torch.stack(found, dim=-2)


def flow_of(kind: str, p: Parameters, x: Tensor) -> Tensor:
    """u(x) of FHNN, or of the drag model with a free flow."""
    if kind == "FHNN":
        grad = slope(p[:6], x)
        return torch.stack([-grad[..., 1], grad[..., 0]], dim=-1)
    return net(p[:6], x)


def coefficients(p: Parameters, x: Tensor, s: Tensor) -> Tensor:
    """(m_x, m_y, c_q, c_l) at places x (…, 2) and speeds s (…)."""
    r = (x.square().sum(dim=-1) + 1e-16).sqrt()
    return torch.minimum(softplus(net(p[6:], torch.stack([r, s], dim=-1))), CAPS)


def rates_of(p: Parameters, x: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
    """κ_x, κ_y (…, 2), and the masses 100 + m_i (…, 2)."""
    found = coefficients(p, x, s)
    drag = HALF_DENSITY * found[..., 2] * s + found[..., 3]
    masses = BODY + found[..., :2]
    return drag[..., None] / masses, masses


def field(kind: str, p: Parameters, state: Tensor, stiffness: float = 0.0) -> Tensor:
    """The slopes of all states; a known force −stiffness·x for the models with drag."""
    x, v = state[..., :2], state[..., 2:]
    if kind == "neural ODE":
        return net(p, state)
    if kind == "second order":
        return torch.cat([v, net(p, state)], dim=-1)
    if kind in ("HNN", "D-HNN"):
        grad = slope(p[:6], state)
        turned = torch.cat([grad[..., 2:], -grad[..., :2]], dim=-1)
        return turned if kind == "HNN" else turned + slope(p[6:], state)
    if kind == "LNN":
        grad, hessian = curvature(p, state, slice(2, 4))
        mass = hessian[..., 2:] + torch.eye(2, dtype=v.dtype)
        forced = grad[..., :2] - (hessian[..., :2] @ v[..., None])[..., 0]
        determinant = mass[..., 0, 0] * mass[..., 1, 1] - mass[..., 0, 1] * mass[..., 1, 0]
        a = (mass[..., 1, 1] * forced[..., 0] - mass[..., 0, 1] * forced[..., 1]) / determinant
        b = (mass[..., 0, 0] * forced[..., 1] - mass[..., 1, 0] * forced[..., 0]) / determinant
        return torch.cat([v, torch.stack([a, b], dim=-1)], dim=-1)
    w = v - flow_of(kind, p, x)
    s = (w.square().sum(dim=-1) + 1e-16).sqrt()
    rates, masses = rates_of(p, x, s)
    return torch.cat([v, -rates * w - stiffness * x / masses], dim=-1)
