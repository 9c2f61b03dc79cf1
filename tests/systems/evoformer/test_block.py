"""The block of AlphaFold 2 by its numbers, and that its updates depend on what they should."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
import torch

from systems.evoformer.block.reduced import Continuous, gates, reduced_shapes
from systems.evoformer.block.updates import UPDATES, Sizes, changed, drawn, shapes
from systems.evoformer.block.whole import Evoformer, start

LARGE = Sizes(256, 128, 8, 4, 32, 32, 128, 4)


def weights(update):
    return sum(prod(shape) for name, shape in shapes(LARGE).items() if name.startswith(f"{update}."))


def test_a_block_has_as_many_weights_as_alphafolds():
    counted = {
        "row attention": 329_984, "column attention": 328_704, "MSA transition": 526_080, "outer product": 148_160,
        "outgoing": 99_584, "incoming": 99_584, "starting": 82_944, "ending": 82_944, "pair transition": 131_968,
    }  # fmt: skip
    assert {update: weights(update) for update in UPDATES} == counted
    assert sum(counted.values()) == 1_829_952


@pytest.fixture
def block():
    return Evoformer(drawn(np.random.default_rng(0), shapes(Sizes())), Sizes(), 3, 4)


def test_ending_is_starting_of_the_transposed_pairs(block):
    m, z = block.split(start(0, Sizes(), 3, 4))
    w = dict(block.w)
    for name in list(w):
        if name.startswith("starting."):
            w[name.replace("starting", "ending")] = w[name]
    ending = changed("ending", w, m, z)[1]
    assert torch.allclose(ending, changed("starting", w, m, z.transpose(0, 1))[1].transpose(0, 1), atol=1e-13)


def test_incoming_is_outgoing_of_the_transposed_pairs(block):
    m, z = block.split(start(0, Sizes(), 3, 4))
    open_gate = {**block.w, "outgoing.gate": 0 * block.w["outgoing.gate"]}  # which knows (i, j) from (j, i)
    w = {name.replace("outgoing", "incoming"): v for name, v in open_gate.items() if name.startswith("outgoing.")}
    incoming = changed("incoming", w, m, z.transpose(0, 1))[1]
    assert torch.allclose(incoming, changed("outgoing", open_gate, m, z)[1], atol=1e-13)


def test_one_row_attends_to_itself_alone_in_columns(block):
    m, z = block.split(start(0, Sizes(), 3, 4))
    three = changed("column attention", block.w, m[:1].expand(3, -1, -1), z)[0]
    assert torch.allclose(three[0], changed("column attention", block.w, m[:1], z)[0][0], atol=1e-13)


def test_an_update_that_is_not_there_is_refused(block):
    with pytest.raises(ValueError, match="no update"):
        block.added("dropout", start(0, Sizes(), 3, 4))


def test_gates_lie_between_nothing_and_one_and_know_the_time():
    w = drawn(np.random.default_rng(1), reduced_shapes(Sizes()))
    found = torch.stack([gates(w, t) for t in (0.0, 0.5, 1.0)])
    assert ((found > 0) & (found < 1)).all()
    assert (found[0] - found[2]).abs().max() > 1e-3


def test_the_field_with_gates_wide_open_is_the_field_without():
    w = drawn(np.random.default_rng(1), reduced_shapes(Sizes()))
    w["clock.out.bias"] = torch.full((2,), 60.0, dtype=torch.float64)
    of, x = Continuous(w, Sizes(), 3, 4), start(1, Sizes(), 3, 4)
    assert torch.allclose(of.field(0.3, x), of.still(x), atol=1e-12)
