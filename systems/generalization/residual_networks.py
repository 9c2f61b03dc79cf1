r"""Residual networks C h_L, h_0 = A x, h_{k+1} = h_k + W_{k+1} ReLU(h_k)/L without biases, many at once.

The system of Marion 2023 (the authors' code: activation before the matrix, factor 1/L, cross-entropy), with each member
its own weights, penalty and data order.  Loss and gradients are a compiled kernel's, without an autograd graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from systems.generalization.kernels import (
    PENALTIES,
    How,
    Images,
    Weights,
    penalty,
    residual_losses,
    residual_step,
)

SEGMENT = 32
"""Layers whose activations are kept at a time on the way back: at 30 x 128 0.5 MB, inside a second-level cache."""


@dataclass(frozen=True)
class Data:
    """Images as rows of numbers and their labels: n x p and n."""

    x: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if self.x.dim() != 2 or self.labels.shape != self.x.shape[:1] or self.labels.dtype != torch.int64:
            raise ValueError(
                f"data of shape {tuple(self.x.shape)} with labels {tuple(self.labels.shape)} of {self.labels.dtype}: "
                f"expected n x p numbers and n labels of torch.int64"
            )

    def __len__(self) -> int:
        return len(self.x)


def _images(data: Data) -> Images:
    return Images(data.x.numpy(), data.labels.numpy())


class ResidualNetworks:
    """E networks of one depth as an ensemble (`systems.training.ensemble`).

    A: E x d x p, W: E x L x d x d, or E x 1 x d x d for the same matrix in all `depth` layers, C: E x c x d, of one
    dtype; the ensemble trains W, and A and C too with `projections`, in place.  penalties: kinds out of
    `systems.generalization.kernels.PENALTIES`, one a member, and weights λ their factors.
    """

    def __init__(
        self,
        A: Tensor,
        W: Tensor,
        C: Tensor,
        data: Data,
        *,
        depth: int | None = None,
        projections: bool = False,
        penalties: Sequence[str] | None = None,
        weights: Sequence[float] | None = None,
        segment: int = SEGMENT,
    ) -> None:
        members, layers, d, _ = W.shape
        self.depth = layers if depth is None else depth
        if layers not in (1, self.depth) or A.shape[:2] != (members, d) or C.shape[::2] != (members, d):
            raise ValueError(
                f"A {tuple(A.shape)}, W {tuple(W.shape)}, C {tuple(C.shape)} at depth {self.depth} do not fit: "
                f"expected E x d x p, E x depth x d x d (or E x 1 x d x d), E x c x d"
            )
        if A.shape[2] != data.x.shape[1] or not A.dtype == W.dtype == C.dtype == data.x.dtype:
            raise ValueError(
                f"A {tuple(A.shape)} of {A.dtype}, W of {W.dtype}, C of {C.dtype} for data of {data.x.shape[1]} "
                f"numbers of {data.x.dtype}: expected one dtype and A of shape E x d x {data.x.shape[1]}"
            )
        if not 0 <= int(data.labels.min()) <= int(data.labels.max()) < C.shape[1]:
            raise ValueError(f"labels reach {int(data.labels.max())}, C has {C.shape[1]} classes")
        kinds = ["none"] * members if penalties is None else list(penalties)
        unknown = sorted(set(kinds) - set(PENALTIES))
        if unknown or len(kinds) != members:
            raise ValueError(
                f"{len(kinds)} penalties for {members} members, unknown: {unknown}; "
                f"expected one each of {list(PENALTIES)}"
            )
        self.A, self.W, self.C = (tensor.contiguous() for tensor in (A, W, C))
        self.data, self.projections, self.segment = data, projections, min(segment, self.depth)
        self.kinds = np.array([PENALTIES[kind] for kind in kinds])
        self.weights = np.zeros(members) if weights is None else np.array(weights, dtype=float)
        if self.weights.shape != (members,):
            raise ValueError(f"{self.weights.size} factors of penalties for {members} members: expected one each")
        self._frozen = (torch.zeros(members, 1, 1, dtype=W.dtype), torch.zeros(members, 1, 1, dtype=W.dtype))

    @property
    def parameters(self) -> tuple[Tensor, ...]:
        return (self.W, self.A, self.C) if self.projections else (self.W,)

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        """The mean cross-entropy of each member; the gradients are those of that plus its penalty."""
        dW, dA, dC = (*into, *self._frozen)[:3]
        slopes = Weights(dA.numpy(), dW.numpy(), dC.numpy())
        how = How(self.depth, self.segment, self.projections, self.kinds, self.weights)
        losses = np.empty(len(self.W))
        residual_step(self._weights, slopes, _images(self.data), batch, how, losses)
        return losses

    @property
    def _weights(self) -> Weights:
        return Weights(self.A.numpy(), self.W.numpy(), self.C.numpy())

    def losses(self, data: Data, block: int = 128) -> tuple[np.ndarray, np.ndarray]:
        """The mean cross-entropy of each member on all of some data, and the share that it classes rightly."""
        losses, right = np.empty(len(self.W)), np.empty(len(self.W))
        residual_losses(self._weights, _images(data), self.depth, block, losses, right)
        return losses, right / len(data)

    def penalties(self) -> np.ndarray:
        """Each member's penalty without its factor λ; 0 where it has none."""
        flat = self.W.numpy().reshape(len(self.W), self.W.shape[1], -1)
        nowhere = np.zeros_like(flat[0])
        return np.array([penalty(W, kind, nowhere, 0.0) for W, kind in zip(flat, self.kinds, strict=True)])
