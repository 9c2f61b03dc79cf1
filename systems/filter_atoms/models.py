r"""A generator whose filters know the label, every member at once as a group of channels.

    picture ─ relu(E · + e) ─ 16 channels of 4 x 4 ─ three layers x ← x + relu(W(T) * x + b) ─ D · + d ─ picture

W_oi(T) = Σ_k a_oik ψ_k(T) with T = θ/90 and six atoms of 3 x 3 a layer.  How the atoms know T:

    atoms by an ODE        ψ(0) learned, ψ' = g(ψ, t): normalisation, sigmoid, linear with t, twice, normalisation;
                           four steps of Kutta's scheme from 0 to T
    atoms on a line        ψ(T) = ψ₀ + T(ψ₁ − ψ₀)
    filters by label       ψ at each label that is seen, the mean of neighbours between them
    label as an input      ψ fixed; T is one more pixel of what is given

Source: the released generator of Wang et al. (NeurIPS 2021) for the field and the layers, much smaller and without
normalisations or an adversary; the other three are baselines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["KINDS", "atoms_at", "drawn", "filters_at", "generated", "through"]

KINDS = ("atoms by an ODE", "atoms on a line", "filters by label", "label as an input")
LAYERS, ATOMS, TAPS, WIDE, SMALL, HIDDEN, GROUPS = 3, 6, 9, 16, 4, 60, 6
STATE = LAYERS * ATOMS * TAPS
STEPS = 4
Parameters = Mapping[str, Tensor]


def shapes(kind: str, size: int, labels: int) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter of a member, by name."""
    given = size**2 + (kind == "label as an input")
    found: dict[str, tuple[int, ...]] = {
        "encoder": (given, WIDE * SMALL**2), "encoder.bias": (1, WIDE * SMALL**2),
        "decoder": (WIDE * SMALL**2, size**2), "decoder.bias": (1, size**2),
    }  # fmt: skip
    found["a"], found["bias"] = (LAYERS, WIDE, WIDE, ATOMS), (LAYERS, WIDE)
    found["atoms"] = (STATE,)
    if kind == "atoms by an ODE":
        found |= {"in": (HIDDEN, STATE + 1), "in.bias": (HIDDEN,), "out": (STATE, HIDDEN + 1), "out.bias": (STATE,)}
        for name, n in (("first", STATE), ("second", HIDDEN), ("last", STATE)):
            found[f"{name}.scale"], found[f"{name}.shift"] = (n,), (n,)
    if kind == "atoms on a line":
        found["atoms at the end"] = (STATE,)
    if kind == "filters by label":
        found["atoms"] = (labels, STATE)
    return found


def drawn(kind: str, size: int, labels: int, rngs: Sequence[np.random.Generator]) -> dict[str, Tensor]:
    """Parameters of all members: linear maps N(0, 1/inputs), atoms N(0, 1), coefficients so that filters are small."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in shapes(kind, size, labels)}
    for rng in rngs:
        for name, shape in shapes(kind, size, labels).items():
            if name.endswith(".scale"):
                values = np.ones(shape)
            elif name.endswith((".shift", "bias")):
                values = np.zeros(shape)
            elif name.startswith("atoms"):
                values = rng.normal(size=shape)
            elif name == "a":
                values = rng.normal(size=shape) * 0.5 / np.sqrt(TAPS * WIDE * ATOMS)
            else:
                values = rng.normal(size=shape) * np.sqrt(1 / shape[0])
            found[name].append(values)
    if kind == "atoms on a line":
        found["atoms at the end"] = [atoms.copy() for atoms in found["atoms"]]
    if kind == "filters by label":
        found["atoms"] = [np.tile(atoms[:1], (labels, 1)) for atoms in found["atoms"]]
    return {name: torch.tensor(np.stack(values), dtype=torch.float32) for name, values in found.items()}


def grouped(p: Parameters, name: str, x: Tensor) -> Tensor:
    """γ ⊙ z + β, z of mean 0 and variance 1 in each of 6 groups: (members, n)."""
    z = functional.layer_norm(x.unflatten(-1, (GROUPS, -1)), (x.shape[-1] // GROUPS,)).flatten(-2)
    return p[f"{name}.scale"] * z + p[f"{name}.shift"]


def speed(p: Parameters, t: float, atoms: Tensor) -> Tensor:
    """g(ψ, t): (members, D)."""

    def with_time(x: Tensor) -> Tensor:
        return torch.cat([x, torch.full_like(x[:, :1], t)], dim=1)

    x = with_time(torch.sigmoid(grouped(p, "first", atoms)))
    x = torch.einsum("mij,mj->mi", p["in"], x) + p["in.bias"]
    x = with_time(torch.sigmoid(grouped(p, "second", x)))
    return grouped(p, "last", torch.einsum("mij,mj->mi", p["out"], x) + p["out.bias"])


def atoms_at(kind: str, p: Parameters, T: float, labels: Sequence[float]) -> Tensor:
    """ψ(T) of all layers: (members, layers, atoms, 3, 3)."""
    atoms = p["atoms"]
    if kind == "atoms by an ODE":
        h = T / STEPS
        for k in range(STEPS if T > 0 else 0):
            t = k * h
            k1 = speed(p, t, atoms)
            k2 = speed(p, t + h / 2, atoms + h / 2 * k1)
            k3 = speed(p, t + h / 2, atoms + h / 2 * k2)
            atoms = atoms + h / 6 * (k1 + 2 * k2 + 2 * k3 + speed(p, t + h, atoms + h * k3))
    elif kind == "atoms on a line":
        atoms = atoms + T * (p["atoms at the end"] - atoms)
    elif kind == "filters by label":
        place = float(np.interp(90 * T, labels, np.arange(len(labels))))
        low = min(int(place), len(labels) - 2)
        atoms = (low + 1 - place) * atoms[:, low] + (place - low) * atoms[:, low + 1]
    return atoms.unflatten(-1, (LAYERS, ATOMS, 3, 3))


def filters_at(kind: str, p: Parameters, T: float, labels: Sequence[float]) -> Tensor:
    """W(T) of all layers: (members, layers, out, in, 3, 3)."""
    return torch.einsum("mloik,mlkxy->mloixy", p["a"], atoms_at(kind, p, T, labels))


def convolved(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Every member by filters of its own, zeros around: x (batch, members·in, n, n), W (members, out, in, 3, 3)."""
    return functional.conv2d(x, W.flatten(0, 1), b.flatten(), padding=1, groups=len(W))


def through(kind: str, p: Parameters, images: Tensor, T: float, filters: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The pictures, and what enters each of the layers and the decoder: images (members, batch, n, n)."""
    members, n = len(images), images.shape[-1]
    x = images.flatten(2)
    if kind == "label as an input":
        x = torch.cat([x, torch.full_like(x[..., :1], T)], dim=-1)
    x = torch.relu(torch.baddbmm(p["encoder.bias"], x, p["encoder"]))
    x = x.unflatten(-1, (WIDE, SMALL, SMALL)).transpose(0, 1).flatten(1, 2)
    entering = []
    for layer in range(LAYERS):
        entering.append(x)
        x = x + torch.relu(convolved(x, filters[:, layer], p["bias"][:, layer]))
    entering.append(x)
    x = x.unflatten(1, (members, -1)).flatten(2).transpose(0, 1)
    return torch.baddbmm(p["decoder.bias"], x, p["decoder"]).unflatten(-1, (n, n)), entering


def generated(kind: str, p: Parameters, images: Tensor, T: float, labels: Sequence[float]) -> Tensor:
    """Pictures at the label T: (members, batch, n, n)."""
    return through(kind, p, images, T, filters_at(kind, p, T, labels))[0]
