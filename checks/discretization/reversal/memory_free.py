"""What the memory-free adjoint computes: the exact gradient of a network next door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from gronwall import identity, pick
from gronwall.theory.discretization.reversal import EULER, HEUN, Scheme
from systems.discretization.memory_free import Callables, gradients, memory_free, of_modules, plain, rebuilt
from systems.discretization.stacks import Stack, by_autograd, flat, reversible, shifted

ABSTRACT = "Abstract: memory-free adjoint"
SCHEMES = {"euler": EULER, "heun": HEUN}
EXAMPLES = pick(quick=30, full=300)
OPS = 256
"""Up to 12 steps of about 20 roundings each lie between the loss and a gradient."""


STACKS = st.builds(
    Stack, st.integers(2, 12), st.integers(2, 6), st.integers(1, 6), st.integers(1, 4), st.floats(0.5, 2.0),
    st.integers(0, 10**6),
)  # fmt: skip


@identity(source="sander2022", ref=ABSTRACT, over=STACKS, cases=SCHEMES, examples=EXAMPLES, ops=OPS)
def the_adjoint_is_the_gradient_of_a_shifted_network(instance, case):
    r"""Rebuilt states give the exact gradient of $z_{n+1}=\Phi_n(z_n)+r_n$, $r_n=\tilde x_{n+1}-\Phi_n(\tilde x_n)$.

    Left the module's own gradients in x_0, V, W and b; right torch's through the shifted network, in which r_n are
    constants.  To rounding: the two sum the same terms in another order.
    """
    f, x, c = instance.build()
    return by_autograd(memory_free, case, f, x, c), by_autograd(shifted, case, f, x, c)


def by_hand(case: Scheme, instance: Stack, late: int = 0, h: float | None = None) -> Any:
    """The pulls of the adjoint, at states `late` steps too late, with another h."""
    f, x, c = instance.build()
    with torch.no_grad():
        last = plain(case, f, x)
        pairs = [(case.steps(f.depth), last), *rebuilt(case, f, last)]
        states = [(n, pairs[k + 1 - late][1]) for k, (n, _) in enumerate(pairs[1:])]
        return flat(*gradients(case, f, states, c, h))


@the_adjoint_is_the_gradient_of_a_shifted_network.mutant("Jacobians at the state after the step")
def _(instance, case):
    f, x, c = instance.build()
    return by_hand(case, instance, late=1), by_autograd(shifted, case, f, x, c)


@the_adjoint_is_the_gradient_of_a_shifted_network.mutant("forgets the factor 1/N")
def _(instance, case):
    f, x, c = instance.build()
    return by_hand(case, instance, h=1.0), by_autograd(shifted, case, f, x, c)


@the_adjoint_is_the_gradient_of_a_shifted_network.mutant("the network's own gradient")
def _(instance, case):
    f, x, c = instance.build()
    return by_autograd(memory_free, case, f, x, c), by_autograd(plain, case, f, x, c)


# ---------------------------------------------------------------- where nothing is lost


@identity(source="sander2022", ref=ABSTRACT, over=STACKS, cases=SCHEMES, examples=EXAMPLES, ops=OPS)
def reversible_residuals_have_the_exact_gradient(instance, case):
    r"""Where $W_mV_n=0$ for all layers the states come back exactly, and the adjoint is backpropagation.

    For then f_m(x + f_n(x)) = f_m(x): what a layer adds is not seen by any other.  To rounding.
    """
    f, x, c = reversible(instance)
    return by_autograd(memory_free, case, f, x, c), by_autograd(plain, case, f, x, c)


@reversible_residuals_have_the_exact_gradient.mutant("for any residuals")
def _(instance, case):
    f, x, c = instance.build()
    return by_autograd(memory_free, case, f, x, c), by_autograd(plain, case, f, x, c)


# ---------------------------------------------------------------- modules with shared weights


def alternating(instance: Stack) -> tuple[Callables, Tensor, Tensor]:
    """The first two layers of the stack in turn, as torch modules: each is met in every other layer."""
    f, x, c = instance.build()

    class Block(nn.Module):
        def __init__(self, n: int) -> None:
            super().__init__()
            self.V, self.W, self.b = (nn.Parameter(p[n].detach().clone()) for p in f.tensors)

        def forward(self, x: Tensor) -> Tensor:
            return self.V @ torch.tanh(self.W @ x + self.b)

    blocks = [Block(0), Block(1)]
    return of_modules([blocks[n % 2] for n in range(instance.depth)]), x, c


@dataclass(frozen=True)
class Forgetful(Callables):
    """Residuals whose gradients take the place of what was gathered before, instead of adding to it."""

    def places(self, n, into):
        for gradient in super().places(n, into):
            gradient.zero_()
        return super().places(n, into)


@identity(source="sander2022", ref=ABSTRACT, over=STACKS, cases=SCHEMES, examples=EXAMPLES, ops=OPS)
def layers_that_share_weights_gather_their_gradients(instance, case):
    r"""Weights met in several steps get the sum of the steps' gradients, for any torch module as residual.

    Two modules in turn: weights tied across layers; for Heun each layer is in two steps besides.
    """
    f, x, c = alternating(instance)
    return by_autograd(memory_free, case, f, x, c), by_autograd(shifted, case, f, x, c)


@layers_that_share_weights_gather_their_gradients.mutant("the last step's gradient only")
def _(instance, case):
    f, x, c = alternating(instance)
    return by_autograd(memory_free, case, Forgetful(f.residual, f.parameters), x, c), by_autograd(
        shifted, case, f, x, c
    )
