"""A network of linear maps and tanh as its tensors, for gradients that are taken by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Mlp"]


@dataclass(frozen=True)
class Mlp:
    """f(x) = A_L tanh(… tanh(A_1 x + b_1) …) + b_L on rows x of d numbers; A_l is out x in, as in `nn.Linear`."""

    weights: Sequence[Tensor]
    biases: Sequence[Tensor]

    def __post_init__(self) -> None:
        shapes = [tuple(A.shape) for A in self.weights]
        told = f"got A {shapes}, b {[tuple(b.shape) for b in self.biases]}"
        if not shapes or len(shapes) != len(self.biases) or any(len(shape) != 2 for shape in shapes):
            raise ValueError(f"{told}: expected one matrix (out x in) and one vector (out) a layer, at least one layer")
        if any(tuple(b.shape) != shape[:1] for b, shape in zip(self.biases, shapes, strict=True)):
            raise ValueError(f"{told}: expected a bias for each row of its matrix")
        if any(a[0] != b[1] for a, b in zip(shapes, [*shapes[1:], shapes[0]], strict=True)):
            raise ValueError(
                f"{told}: expected layers that fit and a last one with as many rows as the state has numbers"
            )
        kinds = {(t.dtype, t.device.type) for t in self.tensors}
        if len(kinds) != 1 or next(iter(kinds))[0] not in (torch.float32, torch.float64):
            raise TypeError(
                f"weights are of {sorted(map(str, kinds))}: expected one of float32 and float64, one device"
            )

    @staticmethod
    def of(module: nn.Sequential) -> Mlp:
        """The network of `nn.Sequential(Linear, Tanh, Linear, …, Linear)`, whose parameters get the gradients."""
        parts = list(module)
        fits = len(parts) % 2 == 1 and all(type(p) is (nn.Tanh if i % 2 else nn.Linear) for i, p in enumerate(parts))
        if not fits or any(p.bias is None for p in parts[::2]):
            names = ", ".join(type(p).__name__ for p in parts)
            raise ValueError(f"got a Sequential of {names or 'nothing'}: expected Linear, Tanh, …, Linear, with biases")
        return Mlp([p.weight for p in parts[::2]], [p.bias for p in parts[::2]])

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return (*self.weights, *self.biases)

    def __call__(self, x: Tensor) -> Tensor:
        """f(x), as torch would compute and differentiate it."""
        for A, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = torch.tanh(nn.functional.linear(x, A, b))
        return nn.functional.linear(x, self.weights[-1], self.biases[-1])
