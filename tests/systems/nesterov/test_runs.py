"""True adjoints of small second-order layers: autograd beside complex steps."""

import numpy as np

from gronwall.theory.nesterov.limit import gated_field, nesterov_field
from systems.nesterov.runs import TANH, XI, Force, by_complex_steps, gate_of, gated_run, nesterov_run

LAYER = Force(4)
CLOSE = {"rtol": 1e-6, "atol": 1e-7}  # the classical scheme at h = 1/120: h⁴ = 5e-9 times derivatives of order ten


def force(h, t):
    return LAYER.force(h, t, LAYER.weights())


def agree(found, expected):
    for name in ("first", "second", "a_first", "a_second"):
        assert np.allclose(getattr(found, name), getattr(expected, name), **CLOSE)


def test_complex_steps_and_autograd_give_the_adjoints_of_a_nesterov_layer():
    agree(by_complex_steps(LAYER, nesterov_field(force)), nesterov_run(LAYER))


def test_complex_steps_and_autograd_give_the_adjoints_of_a_gated_layer():
    field = gated_field(force, TANH.value, XI)
    agree(by_complex_steps(LAYER, field, float(gate_of(TANH, 3.0))), gated_run(LAYER, "tanh"))
