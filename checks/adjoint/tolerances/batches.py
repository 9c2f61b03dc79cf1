"""One step size for a whole batch: what torchdiffeq's error norm does to one hard sample, and to many easy ones."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torchdiffeq import odeint

from gronwall import comparison, rate

REF = "torchdiffeq: RMS norm over the batch"
ONE_STEP = "Section 6: minibatching"
TOL, END = 1e-6, 2.0
FREQUENCIES = (5.0, 6.1, 7.4)


def per_sample(states):
    """The largest root mean square of a sample: the norm that a batch needs."""
    return states.pow(2).mean(-1).sqrt().max()


@cache
def oscillator_error(batch: int, own_norm: bool = False) -> float:
    """The error of one oscillator among batch − 1 constants; the geometric mean over three frequencies."""
    errors = []
    for omega in FREQUENCIES:
        rates = torch.zeros(batch, 1, dtype=torch.float64)
        rates[0] = omega
        start = torch.tensor([[1.0, 0.0]], dtype=torch.float64).repeat(batch, 1)
        turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
        given = {"options": {"norm": per_sample}} if own_norm else {}
        times = torch.tensor([0.0, END], dtype=torch.float64)
        z = odeint(lambda t, z, r=rates, M=turn: r * (z @ M), start, times, rtol=TOL, atol=TOL, **given)[-1, 0]
        exact = torch.tensor([np.cos(omega * END), np.sin(omega * END)])
        errors.append(float((z - exact).norm()))
    return float(np.exp(np.mean(np.log(errors))))


BATCHES = [1, 4, 16, 64, 256]


@rate(source="torchdiffeq", ref=REF, order=-1 / 2, at=BATCHES, direction="n", within=0.15)
def one_oscillator_among_constants_errs_like_the_root_of_the_batch(n, log):
    r"""One oscillator among $B-1$ constants errs like $\sqrt B$: the norm divides its error by $\sqrt B$.

    The step control keeps the root mean square over the whole state below the tolerance.
    """
    log("error of the oscillator", x=n, measured=oscillator_error(n), norm="over the batch")
    log("error of the oscillator", x=n, measured=oscillator_error(n, own_norm=True), norm="per sample")
    return oscillator_error(n)


one_oscillator_among_constants_errs_like_the_root_of_the_batch.mutant("not at all", order=0)
one_oscillator_among_constants_errs_like_the_root_of_the_batch.mutant("like B", order=-1)


@one_oscillator_among_constants_errs_like_the_root_of_the_batch.mutant("with a norm per sample too")
def _(n):
    return oscillator_error(n, own_norm=True)


@rate(source="torchdiffeq", ref=REF, order=0, at=BATCHES, direction="n", within=0.05, at_least=True)
def a_norm_per_sample_keeps_the_error_whatever_the_batch(n):
    r"""With the largest error of a sample as the norm the oscillator errs the same in every batch, up to 256."""
    return oscillator_error(n, own_norm=True)


@a_norm_per_sample_keeps_the_error_whatever_the_batch.mutant("so it does with the default norm")
def _(n):
    return oscillator_error(n)


# ---------------------------------------------------------------- evaluations


def evaluations(rates, tol: float = 1e-5) -> int:
    """Evaluations of dopri5 for z' = −rate (z − cos t), one rate a sample, solved as one system over [0, 1]."""
    count = 0
    lam = torch.tensor(rates, dtype=torch.float64)

    def field(t, z):
        nonlocal count
        count += 1
        return -lam * (z - torch.cos(t))

    odeint(field, torch.zeros_like(lam), torch.tensor([0.0, 1.0], dtype=torch.float64), rtol=tol, atol=tol)
    return count


@rate(source="chen2018", ref=ONE_STEP, order=-1, at=[256, 512, 1024, 2048], direction="n", within=0.1)
def evaluations_of_a_batch_grow_with_its_stiffest_sample(n, log):
    r"""63 easy samples and one of rate $\lambda$: the evaluations of all 64 grow like $\lambda$, by stability alone.

    dopri5 is stable for hλ <= 3.31, six evaluations a step: about 1.8λ a unit of time, whatever the tolerance.
    """
    measured = evaluations([1.0] * 63 + [float(n)])
    log("evaluations", x=n, measured=measured, predicted=6 * n / 3.3066)
    return float(measured)


evaluations_of_a_batch_grow_with_its_stiffest_sample.mutant("they did not increase substantially", order=0)


@evaluations_of_a_batch_grow_with_its_stiffest_sample.mutant("a batch of easy samples needs as many")
def _(n):
    return float(evaluations([1.0 + 1 / n] * 64))


@comparison(source="chen2018", ref=ONE_STEP, factor=10)
def solving_each_sample_alone_saves_nine_evaluations_of_ten(rng):
    r"""63 easy samples and a stiff one: one at a time needs less than a tenth of the sample evaluations of one system.

    "NFE did not increase substantially" (the paper, recalled) holds where all samples are alike.
    """
    rates = [*rng.uniform(0.5, 2, 3), float(rng.uniform(300, 400))]
    alone = sum(21 * evaluations([rate]) for rate in rates[:-1]) + evaluations([rates[-1]])
    return float(alone), float(64 * evaluations(rates[:-1] * 21 + rates[-1:]))


@solving_each_sample_alone_saves_nine_evaluations_of_ten.mutant("samples all alike")
def _(rng):
    rates = list(rng.uniform(0.5, 2, 4))
    return float(sum(16 * evaluations([rate]) for rate in rates)), float(64 * evaluations(rates * 16))


solving_each_sample_alone_saves_nine_evaluations_of_ten.mutant("a thousandth", factor=1000)
