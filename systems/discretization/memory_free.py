r"""The memory-free adjoint: a residual stack that stores its last state only and rebuilds the others on the way back.

A stack of depth N takes x_0 to its last state by the steps Φ_n of a scheme (`gronwall.theory.discretization.reversal`:
Euler with N steps, Heun with N − 1), h = 1/N.  Backwards, from x̃ = the last state and g = the gradient there, for n =
last … 0:

    x̃_n = Ψ_n(x̃_{n+1}),                      Ψ_n the step back: Φ_n with the sign of h turned
    g ← ∂_x Φ_n(x̃_n)ᵀ g,   ∇θ += ∂_θ Φ_n(x̃_n)ᵀ g      (with the g of before)

so that memory is O(1) in depth, apart from the weights and their gradients.  Since Ψ_n undoes Φ_n only up to its order,
this is not the gradient of the stack.  It is, exactly, that of the stack whose steps are shifted by constants,

    z_{n+1} = Φ_n(z_n) + r_n,   r_n = x̃_{n+1} − Φ_n(x̃_n),   z_0 = x̃_0,

which runs through the states x̃_n; it is the stack's own gradient where Ψ_n undoes Φ_n, as for V tanh(Wx + b) with
WV = 0.  Source: Sander, Ablin, Peyré 2022 (arXiv 2205.14612), the formulas of the authors' code.

States are columns, d x batch, as in `gronwall.theory.perceptrons`; with a leading axis (seeds x d x batch)
many networks run as one.  Residuals of modules may have any shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gronwall.theory.discretization.reversal import EULER, Scheme
from systems.solving.repeatable import check_repeatable

__all__ = ["Callables", "Perceptrons", "ResidualStack", "gradients", "memory_free", "of_modules", "plain", "rebuilt"]


class Residuals(Protocol):
    """The residuals f_0 … f_{N−1} of a stack, with their derivatives."""

    @property
    def depth(self) -> int:
        """N."""

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Whatever has a gradient, each tensor once."""

    def __call__(self, n: int, x: Tensor) -> Tensor:
        """f_n(x)."""

    def vjp(self, n: int, x: Tensor, g: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """∂_x f_n(x)ᵀ g and ∂_θ f_n(x)ᵀ g, the latter one tensor for each that the layer has."""

    def places(self, n: int, into: Sequence[Tensor]) -> Sequence[Tensor]:
        """Where in `into`, one tensor for each of `tensors`, layer n gathers its gradients."""


# ---------------------------------------------------------------- two kinds of residuals


def _affine(A: Tensor, x: Tensor, b: Tensor) -> Tensor:
    """Ax + b, in one product for matrices and in one for stacks of matrices."""
    return torch.addmm(b, A, x) if x.dim() == 2 else torch.baddbmm(b, A, x)


ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "tanh": (torch.tanh, lambda g, t: torch.ops.aten.tanh_backward(g, t)),  # g (1 − t²)
    "relu": (torch.relu, lambda g, t: torch.ops.aten.threshold_backward(g, t, 0)),  # g where t > 0
}
"""σ, and g ↦ σ'(z) g from t = σ(z)."""


@dataclass(frozen=True)
class Perceptrons:
    """f_n(x) = V_n σ(W_n x + b_n) from stacked weights, their derivatives written out.

    V: N x d x w, W: N x w x d, b: N x w x 1 and states d x batch; or, many networks as one, V: N x S x d x w, W: N x S
    x w x d, b: N x S x w x 1 and states S x d x batch.  σ: "tanh" or "relu".
    """

    V: Tensor
    W: Tensor
    b: Tensor
    activation: Literal["tanh", "relu"] = "tanh"

    def __post_init__(self) -> None:
        V, W, b = self.tensors
        if V.dim() not in (3, 4) or V.shape[-2:] != W.shape[:-3:-1] or b.shape != (*W.shape[:-1], 1):
            raise ValueError(
                f"weights V {tuple(V.shape)}, W {tuple(W.shape)}, b {tuple(b.shape)} do not fit: expected N x d x w, "
                f"N x w x d, N x w x 1, or the same with a second axis of networks"
            )
        if not V.shape[:-2] == W.shape[:-2] == b.shape[:-2]:
            raise ValueError(f"depths differ: V has {tuple(V.shape[:-2])}, W {tuple(W.shape[:-2])} layers (x networks)")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation {self.activation!r} is not one of {', '.join(ACTIVATIONS)}")
        object.__setattr__(self, "_layers", list(zip(V.unbind(), W.unbind(), b.unbind(), strict=True)))

    @property
    def depth(self) -> int:
        return len(self.V)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return (self.V, self.W, self.b)

    def __call__(self, n: int, x: Tensor) -> Tensor:
        """f_n(x) = V_n σ(W_n x + b_n)."""
        V, W, b = self._layers[n]  # type: ignore[attr-defined]
        return V @ ACTIVATIONS[self.activation][0](_affine(W, x, b))

    def vjp(self, n: int, x: Tensor, g: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Wᵀs, and g tᵀ for V, s xᵀ for W, Σ s over the batch for b;  t = σ(Wx + b), s = σ'(Wx + b) ⊙ Vᵀg."""
        V, W, b = self._layers[n]  # type: ignore[attr-defined]
        sigma, slope = ACTIVATIONS[self.activation]
        t = sigma(_affine(W, x, b))
        s = slope(V.mT @ g, t)
        return W.mT @ s, (g @ t.mT, s @ x.mT, s.sum(-1, keepdim=True))

    def places(self, n: int, into: Sequence[Tensor]) -> Sequence[Tensor]:
        return [gradient[n] for gradient in into]


@dataclass(frozen=True)
class Callables:
    """f_n(x) = residual(n, x) for any differentiable function; autograd takes its derivatives, a layer at a time.

    parameters[n] are the tensors with a gradient that f_n uses; one that several layers share stands in each.
    f_n must give the same value whenever it is asked, or the states that are rebuilt belong to another network: each is
    tried in every forward pass (`systems.solving.repeatable`), and refused where it does not.
    """

    residual: Callable[[int, Tensor], Tensor]
    parameters: Sequence[Sequence[Tensor]]
    buffers: Callable[[int], Mapping[str, Tensor]] = lambda n: {}
    """What layer n keeps beside its parameters and must not change when it is asked."""

    def __post_init__(self) -> None:
        if len(self.parameters) == 0:
            raise ValueError("no residuals: parameters has one entry a layer and is empty; a stack needs one layer")

    @property
    def depth(self) -> int:
        return len(self.parameters)

    @cached_property
    def tensors(self) -> tuple[Tensor, ...]:
        return tuple({id(p): p for n in range(self.depth) for p in self.tensors_of(n)}.values())

    @cached_property
    def _place(self) -> dict[int, int]:
        return {id(p): k for k, p in enumerate(self.tensors)}

    def __call__(self, n: int, x: Tensor) -> Tensor:
        """f_n(x), which must have the shape of x."""
        value = self.residual(n, x)
        if value.shape != x.shape:
            raise ValueError(
                f"residual {n} takes a state of shape {tuple(x.shape)} to {tuple(value.shape)}: expected the same shape"
            )
        return value

    def vjp(self, n: int, x: Tensor, g: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        uses = self.tensors_of(n)
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            value = self(n, x)
        if not value.requires_grad:  # a constant residual without parameters
            return torch.zeros_like(g), ()
        found = torch.autograd.grad(value, (x, *uses), g, allow_unused=True)
        at_x, *at_uses = (torch.zeros_like(p) if d is None else d for p, d in zip((x, *uses), found, strict=True))
        return at_x, tuple(at_uses)

    def places(self, n: int, into: Sequence[Tensor]) -> Sequence[Tensor]:
        return [into[self._place[id(p)]] for p in self.tensors_of(n)]

    def tensors_of(self, n: int) -> list[Tensor]:
        """The tensors with a gradient that f_n uses."""
        return [p for p in self.parameters[n] if p.requires_grad]


def of_modules(modules: Sequence[nn.Module]) -> Callables:
    """Modules as residuals, in the mode that each is in."""
    parameters = [list(module.parameters()) for module in modules]
    return Callables(lambda n, x: modules[n](x), parameters, lambda n: dict(modules[n].named_buffers()))


# ---------------------------------------------------------------- the way back


States = Callable[[Scheme, Residuals, Tensor], Iterable[tuple[int, Tensor]]]
"""From the last state, (n, state before step n) from the last step to the first."""


def rebuilt(scheme: Scheme, f: Residuals, last: Tensor) -> Iterator[tuple[int, Tensor]]:
    """(n, x̃_n) from the last step to the first: the states rebuilt from the last one, one at a time."""
    x = last
    for n in reversed(range(scheme.steps(f.depth))):
        x = scheme.back(f, n, x, 1 / f.depth)
        yield n, x


def gradients(
    scheme: Scheme, f: Residuals, states: Iterable[tuple[int, Tensor]], g: Tensor, h: float | None = None
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The gradient g at the last state taken back through (n, x_n), from the last step to the first.

    Returns the gradient at x_0 and those of `f.tensors`.  With stored states it is backpropagation, with `rebuilt`
    ones the memory-free adjoint.  h: the step, 1/N.
    """
    into = tuple(torch.zeros_like(p) for p in f.tensors)
    for n, x in states:
        g, received = scheme.pull(f, f.vjp, n, x, 1 / f.depth if h is None else h, g)
        for layer, parts in received.items():
            for gradient, part in zip(f.places(layer, into), parts, strict=True):
                gradient += part
    return g, into


# ---------------------------------------------------------------- the passes


class _MemoryFree(torch.autograd.Function):
    """The stack as one operation: it saves its last state and the weights."""

    @staticmethod
    def forward(ctx: Any, scheme: Scheme, f: Residuals, states: States, x: Tensor, *tensors: Tensor) -> Tensor:
        last = _run(scheme, f, x)
        ctx.scheme, ctx.residuals, ctx.states = scheme, f, states
        ctx.save_for_backward(last, *tensors)
        return last

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        last, *_ = ctx.saved_tensors  # raises where a weight was changed in place since the forward pass
        scheme, f = ctx.scheme, ctx.residuals
        at_x, at_tensors = gradients(scheme, f, ctx.states(scheme, f, last), g)
        return None, None, None, at_x, *at_tensors


def _run(scheme: Scheme, f: Residuals, x: Tensor) -> Tensor:
    for n in range(scheme.steps(f.depth)):
        x = scheme.step(f, n, x, 1 / f.depth)
    return x


def _checked(scheme: Scheme, f: Residuals, x: Tensor) -> None:
    if scheme.steps(f.depth) < 1:
        least = scheme.fewer + 1
        raise ValueError(
            f"{scheme.name} needs at least {least} residuals (N residuals make N − {scheme.fewer} steps), got "
            f"{f.depth}: add a layer or use EULER"
        )
    if not x.is_floating_point():
        raise TypeError(f"the state is of {x.dtype}, which has no gradient: pass x.float() or x.double()")
    if type(f) is not Perceptrons:  # whose two lines are above
        for n in range(f.depth):
            check_repeatable(partial(f, n), x, f"residual {n}", partial(getattr(f, "buffers", lambda _: {}), n))


def memory_free(scheme: Scheme, f: Residuals, x: Tensor, states: States = rebuilt) -> Tensor:
    """The last state of the stack, differentiable by the memory-free adjoint (once).

    states: where the way back gets its states from, for those who want to see what other states do.  Raises ValueError
    for Heun with one residual and for residuals that are no functions of their input, TypeError for a state of
    integers; NaNs pass as through any layer.
    """
    _checked(scheme, f, x)
    return _MemoryFree.apply(scheme, f, states, x, *f.tensors)  # type: ignore[no-any-return]


def plain(scheme: Scheme, f: Residuals, x: Tensor) -> Tensor:
    """The last state of the stack, differentiable by plain backpropagation, which stores every state."""
    _checked(scheme, f, x)
    return _run(scheme, f, x)


class ResidualStack(nn.Module):
    """A residual stack as a module: `ResidualStack([nn.Sequential(…), …], HEUN)(x)`.

    residuals: modules, one a layer (one module in several places has its weights tied), or `Perceptrons`, whose
    tensors become parameters.  memory_free: False for plain backpropagation.  In neither case may dropout, running
    statistics, a forward hook or anything else make a residual's value depend on the call: it is asked, and refused.
    """

    def __init__(
        self, residuals: Perceptrons | Iterable[nn.Module], scheme: Scheme = EULER, *, memory_free: bool = True
    ) -> None:
        super().__init__()
        self.scheme, self.memory_free = scheme, memory_free
        if isinstance(residuals, Perceptrons):
            self.layers: Any = nn.ParameterList(residuals.tensors)
            self.activation = residuals.activation
        else:
            self.layers = nn.ModuleList(residuals)

    def residuals(self) -> Residuals:
        """The residuals with the weights as they are now."""
        if isinstance(self.layers, nn.ParameterList):
            return Perceptrons(*self.layers, self.activation)
        return of_modules(list(self.layers))

    def forward(self, x: Tensor) -> Tensor:
        return (memory_free if self.memory_free else plain)(self.scheme, self.residuals(), x)
