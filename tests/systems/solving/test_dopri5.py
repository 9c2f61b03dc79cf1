"""The method that the adaptive solvers share: torchdiffeq's floats, read by every solver off one tableau."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from torchdiffeq._impl.dopri5 import Dopri5Solver  # noqa: E402

from gronwall.theory.runge_kutta.adaptive import DOPRI5 as EXACT  # noqa: E402
from systems.solving.dopri5 import BETA, DOPRI5, ERROR, MIDDLE  # noqa: E402
from systems.training.compiled import cache_folder  # noqa: E402

ROOT = Path(__file__).parents[3]


def test_every_float_is_torchdiffeqs():
    theirs = Dopri5Solver.tableau
    assert DOPRI5.nodes.tolist() == theirs.alpha.tolist()
    assert [row[0].tolist() for row in BETA] == [row.tolist() for row in theirs.beta]
    assert [row[: i + 1].tolist() for i, row in enumerate(DOPRI5.rows)] == [row.tolist() for row in theirs.beta]
    assert np.triu(DOPRI5.rows, 1).max() == 0
    assert DOPRI5.errors.tolist() == ERROR[0].tolist() == theirs.c_error.tolist()
    assert DOPRI5.middle.tolist() == MIDDLE[0].tolist() == Dopri5Solver.mid.tolist()
    assert all(part.dtype == torch.float64 for part in (*BETA, ERROR, MIDDLE))
    assert DOPRI5[4:] == (0.9, 0.2, 10.0, 0.2)


def test_an_error_weight_is_a_difference_of_floats_and_off_the_exact_one_by_no_more_than_their_rounding():
    differ = 0
    for e, b, hat in zip(DOPRI5.errors, EXACT.pair.b, EXACT.pair.embedded, strict=True):
        assert abs(e - float(b - hat)) <= 2**-53 * float(abs(b) + abs(hat))
        differ += e != float(b - hat)
    assert differ == 5  # cancellation: only those of b_2 = 0 and b_7 = 0 are the nearest floats


def test_nothing_here_looks_into_torchdiffeq():
    """But `systems.solvers`, whose subject its methods are."""
    looking = {file for file in (ROOT / "systems").rglob("*.py") if "torchdiffeq._impl" in file.read_text()}
    assert {file.parent.name for file in looking} == {"solvers"}


SOLVES = """
import hashlib, sys
from dataclasses import replace
from fractions import Fraction as F
from gronwall.theory.runge_kutta import schemes

if sys.argv[1] == "another":
    d = schemes.DORMAND_PRINCE
    b = (d.b[0] + F(1, 10**4), d.b[1], d.b[2] - F(1, 10**4), *d.b[3:])
    schemes.DORMAND_PRINCE = replace(d, A=(*d.A[:-1], b), b=b)

import numpy as np
import torch
from systems.adjoint.densities.models import gated
from systems.solving.dense import Solve
from systems.solving.lockstep import dopri5


class Decay:
    def value(self, z):
        return -z * z, ()


def told(name, states):
    print(name, hashlib.sha256(np.ascontiguousarray(states).tobytes()).hexdigest())


start = torch.ones(2, 3, dtype=torch.float64)
told("lockstep", dopri5(lambda t, y, who: -y * y, start, 0.0, 1.0, 1e-6)[0].numpy())
told("dense", Solve(Decay(), start[:, None], np.linspace(0.0, 1.0, 4), 1e-6).states.numpy())
told("compiled", gated(2).carried(gated(2).first(0), np.ones((2, 3))))
"""


def solved(which):
    """What each solver gives, in a process of its own, by the name of the solver."""
    kept = {**os.environ, "NUMBA_CACHE_DIR": str(cache_folder()), "PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-c", SOLVES, which]
    ran = subprocess.run(call, cwd=ROOT, env=kept, capture_output=True, text=True, check=True)
    return dict(line.split() for line in ran.stdout.splitlines())


def test_another_weight_in_the_one_tableau_changes_what_every_solver_gives():
    as_it_is, other = solved("as it is"), solved("another")
    assert set(as_it_is) == {"lockstep", "dense", "compiled"}
    assert [name for name in as_it_is if as_it_is[name] == other[name]] == []
