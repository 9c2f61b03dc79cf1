"""Canonical JSON: one text for one value."""

from __future__ import annotations

import enum
import json
import math
from collections import namedtuple
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from gronwall.canonical import dumps, to_json


class Family(enum.Enum):
    TANH = 1


@dataclass(frozen=True)
class Spec:
    family: Family
    depth: int
    lipschitz: Fraction


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Spec(Family.TANH, 4, Fraction(1, 2)), '{"depth": 4, "family": "TANH", "lipschitz": "1/2"}'),
        (Point(1, 2.5), '{"x": 1, "y": 2.5}'),
        (np.float32(0.5), "0.5"),
        (np.arange(3), "[0, 1, 2]"),
        ({2, 1}, "[1, 2]"),
        ([math.nan, math.inf, -math.inf], '["nan", "inf", "-inf"]'),
        ({1: "a"}, '{"1": "a"}'),
        (True, "true"),
        (2 + 1j, '{"im": 1.0, "re": 2.0}'),
    ],
)
def test_values_become_strict_json(value, text):
    assert dumps(to_json(value)) == text
    json.loads(text)


def test_no_address_survives():
    assert "0x" not in dumps(to_json([object(), lambda x: x, test_no_address_survives]))
