"""Adaptive methods as data."""

from dataclasses import replace
from fractions import Fraction as F

import pytest

from gronwall.theory import runge_kutta as rk


def test_the_error_weights_of_torchdiffeq_are_two_thirds_of_those_of_dormand_and_prince():
    theirs, ours = rk.DOPRI5.pair, rk.DORMAND_PRINCE
    errors = [[b - hat for b, hat in zip(t.b, t.embedded, strict=True)] for t in (theirs, ours)]
    assert errors[0] == [F(2, 3) * e for e in errors[1]]
    assert (theirs.A, theirs.b, theirs.c) == (ours.A, ours.b, ours.c)
    assert rk.algebraic_order(theirs, embedded=True) == theirs.embedded_order == 4


def test_what_is_no_adaptive_method_is_refused():
    controller = rk.DOPRI5.controller
    with pytest.raises(ValueError, match="a last stage that begins the next step"):
        rk.Adaptive(rk.DORMAND_PRINCE_87, rk.MIDDLE, controller)
    with pytest.raises(ValueError, match="7 weights half way for 2 stages"):
        rk.Adaptive(replace(rk.HEUN, A=((0, 0), (1, 0)), b=(1, 0), embedded=(F(1, 2),) * 2), rk.MIDDLE, controller)
    with pytest.raises(TypeError, match=r"not 0\.9"):
        replace(controller, safety=0.9)
    with pytest.raises(ValueError, match="shrink < safety"):
        replace(controller, shrink=F(2))
