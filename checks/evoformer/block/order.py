"""A block is one Euler step of its field, updates in turn are not updates together, and by how much."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from gronwall import identity, rate
from gronwall.theory.runge_kutta import EULER, integrate
from systems.evoformer.block.plain import plain_block
from systems.evoformer.block.updates import UPDATES, Sizes, drawn, shapes
from systems.evoformer.block.whole import Evoformer, start

SOURCE, REF, ORDER = "sanford2025", "Blocks as steps", "Order of the updates"
SIZES, ROWS, RESIDUES, BLOCKS = Sizes(), 3, 4, 48
smooth = torch.nn.functional.silu


def block(seed, activation=torch.relu, size=1.0):
    return Evoformer(drawn(np.random.default_rng(seed), shapes(SIZES), size), SIZES, ROWS, RESIDUES, activation)


@cache
def stack():
    """48 blocks of weights of their own."""
    return [block(seed, size=0.3) for seed in range(BLOCKS)]


def through(blocks):
    """x after all blocks."""
    x = start(1, SIZES, ROWS, RESIDUES)
    with torch.no_grad():
        for one in blocks:
            x = one.sequential(x)
    return x.numpy()


def by_euler(blocks, factor=BLOCKS, shift=0, together=False):
    """x(1) by 48 steps of Euler's method on f(t, x) = 48 (block_⌊48t⌋(x) − x), blocks residue by residue."""

    def field(t, x):
        of = blocks[(round(float(t) * BLOCKS) + shift) % BLOCKS]
        return factor * (of.together(torch.tensor(x)).numpy() if together else plain_block(of, x) - x)

    return integrate(EULER, field, 0, 1, start(1, SIZES, ROWS, RESIDUES).numpy(), BLOCKS)


@identity(source=SOURCE, ref=REF, tol=1e-11, why="48 blocks of some thousand operations")
def forty_eight_blocks_are_steps_of_euler():
    r"""48 blocks are Euler's method with $h=\frac1{48}$ on $f(t,x)=48\,(B_{\lfloor48t\rfloor}(x)-x)$, weights constant between.

    Left by tensors, right with each block residue by residue: it is the block of the supplement, too.
    """  # noqa: E501
    blocks = stack()
    return through(blocks), by_euler(blocks)


@forty_eight_blocks_are_steps_of_euler.mutant("without the factor 48")
def _():
    blocks = stack()
    return through(blocks), by_euler(blocks, factor=1)


@forty_eight_blocks_are_steps_of_euler.mutant("with the weights of the next block")
def _():
    blocks = stack()
    return through(blocks), by_euler(blocks, shift=1)


@forty_eight_blocks_are_steps_of_euler.mutant("with the updates of a block side by side")
def _():
    blocks = stack()
    return through(blocks), by_euler(blocks, together=True)


# ---------------------------------------------------------------- in turn, or together


@cache
def at_rest():
    """A block bent by SiLU, and a state."""
    return block(3, smooth), start(2, SIZES, ROWS, RESIDUES)


def apart(n):
    """‖x after updates in turn − x − h Σ f_i(x)‖ at h = 1/n."""
    of, x = at_rest()
    with torch.no_grad():
        return float((of.sequential(x, 1 / n) - x - of.together(x) / n).norm())


@rate(source=SOURCE, ref=ORDER, order=2, at=[64, 128, 256, 512, 1024, 2048], direction="n", within=0.05)
def updates_in_turn_differ_from_their_sum_to_second_order(n):
    r"""$\|(\mathrm{id}+hf_9)\circ\dots\circ(\mathrm{id}+hf_1)(x)-x-h\sum f_i(x)\|\sim h^2$, transitions bent by SiLU."""  # noqa: E501
    return apart(n)


updates_in_turn_differ_from_their_sum_to_second_order.mutant("to first order", order=1)
updates_in_turn_differ_from_their_sum_to_second_order.mutant("to third order", order=3)


@cache
def second(order=UPDATES):
    """lim (in turn − x − h Σ f_i(x))/h², by two steps and Richardson's extrapolation from both sides."""
    of, x = at_rest()

    def quotient(h):
        return (of.sequential(x, h, order) - x - h * of.together(x)) / h**2

    h = 2.0**-9
    even = [(quotient(step) + quotient(-step)) / 2 for step in (h, h / 2)]
    return ((4 * even[1] - even[0]) / 3).numpy()


@cache
def chained(pairs):
    """Σ Df_j(x) f_i(x) over pairs (i, j), by forward derivatives."""
    of, x = at_rest()
    found = torch.zeros_like(x)
    values = [of.added(update, x) for update in UPDATES]
    for j, update in enumerate(UPDATES):
        before = sum((values[i] for i in range(9) if (i, j) in pairs), torch.zeros_like(x))
        found = found + torch.func.jvp(lambda y, update=update: of.added(update, y), (x,), (before,))[1]
    return found.numpy()


ALL = frozenset((i, j) for i in range(9) for j in range(9))
EARLIER = frozenset((i, j) for i, j in ALL if i < j)
LATER, OWN = frozenset((j, i) for i, j in EARLIER), frozenset((i, i) for i in range(9))
LAST = frozenset((j - 1, j) for j in range(1, 9))


@identity(source=SOURCE, ref=ORDER, tol=1e-6, why="divided differences at h = 2⁻⁹, extrapolated twice")
def the_order_costs_derivatives_along_earlier_updates():
    r"""In turn less together is $h^2\sum_{i<j}Df_j(x)f_i(x)+O(h^3)$: each update along those before it, by forward derivatives."""  # noqa: E501
    return second(), chained(EARLIER)


@the_order_costs_derivatives_along_earlier_updates.mutant("along those after it")
def _():
    return second(), chained(LATER)


@the_order_costs_derivatives_along_earlier_updates.mutant("half of it, as of a flow")
def _():
    return second(), chained(EARLIER) / 2


@the_order_costs_derivatives_along_earlier_updates.mutant("along the neighbour before it alone")
def _():
    return second(), chained(LAST)


@identity(source=SOURCE, ref=ORDER, tol=1e-6, why="divided differences at h = 2⁻⁹, extrapolated twice")
def both_orders_averaged_are_a_flow_but_for_each_update_along_itself():
    r"""The mean of both orders is $x+hf+\frac{h^2}2(Df\,f-\sum_iDf_i\,f_i)+O(h^3)$, $f=\sum f_i$: no order is left over.

    The flow of f has $\frac{h^2}2Df\,f$; what lacks is the half that each Euler step of one update lacks by itself.
    """  # noqa: E501
    return (second() + second(UPDATES[::-1])) / 2, (chained(ALL) - chained(OWN)) / 2


@both_orders_averaged_are_a_flow_but_for_each_update_along_itself.mutant("one order alone")
def _():
    return second(), (chained(ALL) - chained(OWN)) / 2


@both_orders_averaged_are_a_flow_but_for_each_update_along_itself.mutant("the flow to second order")
def _():
    return (second() + second(UPDATES[::-1])) / 2, chained(ALL) / 2
