"""What a rate may return and state: norms of vectors, paths of stochastic equations, arithmetics, directions."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall import rate
from gronwall.judging.rates import jackknifed
from gronwall.problems import MalformedClaim
from tests.gronwall.judged import judged, measured

AT = [8, 16, 32, 64, 128]


@pytest.mark.parametrize("norm", [2, np.inf, lambda e: float(np.abs(e).sum())])
def test_a_vector_error_is_made_one_number_by_its_norm(norm):
    @rate(order=2, at=AT, norm=norm)
    def vector(n):
        return np.array([3.0, -4.0, 0.5]) / n**2

    found = judged(vector)
    assert found["verdict"] == "holds"
    assert found["fit"]["order"] == pytest.approx(2)


def test_a_vector_without_a_norm_is_an_error_that_names_it():
    @rate(order=2, at=AT)
    def vector(n):
        return np.ones(3) / n**2

    assert judged(vector)["verdict"] == "error"
    assert "norm=2" in judged(vector)["reason"]


def test_a_norm_that_is_none_is_an_error():
    @rate(order=2, at=AT, norm="two")
    def vector(n):
        return np.ones(3) / n**2

    assert judged(vector)["verdict"] == "error"
    assert "norm='two'" in judged(vector)["reason"]


@pytest.mark.parametrize(("direction", "verdict"), [("h", "holds"), (None, "inconclusive"), ("n", "refuted")])
def test_a_direction_says_which_end_is_fine(direction, verdict):
    @rate(order=3, at=[0.1, 0.05, 0.025, 0.0125, 0.00625], direction=direction)
    def third(n):
        return n**3

    found = judged(third)
    assert found["verdict"] == verdict, found["reason"]
    assert found["fit"]["direction"] == direction


def test_words_that_a_rate_does_not_know_are_errors():
    for keyword, word in (("direction", "up"), ("remainder", "powder"), ("dtype", "float31")):

        @rate(order=1, at=AT, **{keyword: word})
        def odd(n):
            return 1 / n

        assert judged(odd)["verdict"] == "error"
        assert word in judged(odd)["reason"]


def test_an_arithmetic_coarser_than_the_error_is_stated():
    @rate(order=2, at=[2**k for k in range(2, 12)], dtype="float32")
    def rounded(n):
        return float(np.float32(1 + n**-2.0) - np.float32(1))

    assert judged(rounded)["verdict"] == "holds"


# --------------------------------------------------------------------------- paths


def _geometric_motion(n, paths, shared_rng, milstein):
    """|X_n − X(1)| of Euler–Maruyama or Milstein for dX = X/2 dt + X/2 dW on common Brownian paths."""
    finest = 1024
    steps = shared_rng.standard_normal((paths, finest)) / np.sqrt(finest)
    dw = steps.reshape(paths, n, finest // n).sum(axis=2)
    x = np.ones(paths)
    for k in range(n):
        x = x * (1 + 0.5 / n + 0.5 * dw[:, k] + (0.125 * (dw[:, k] ** 2 - 1 / n) if milstein else 0.0))
    return np.exp(0.375 + 0.5 * steps.sum(axis=1)) - x


@pytest.mark.parametrize(("milstein", "order", "wrong"), [(False, 0.5, 1.0), (True, 1.0, 0.5)])
def test_strong_orders_are_judged_by_root_mean_squares_over_common_paths(milstein, order, wrong):
    @rate(order=order, at=[16, 32, 64, 128, 256], paths=2000, within=0.15, scale=5)
    def strong(n, paths, shared_rng):
        return _geometric_motion(n, paths, shared_rng, milstein)

    strong.mutant("another order", order=wrong)
    found = judged(strong)
    assert found["verdict"] == "holds", found["reason"]
    assert found["mutants"][0]["refuted"]


def test_paths_that_are_not_as_many_as_stated_are_an_error():
    @rate(order=1, at=AT, paths=7)
    def few(n, paths):
        return np.ones(paths - 1) / n

    assert judged(few)["verdict"] == "error"
    assert "each of the 7 paths" in judged(few)["reason"]


def test_the_jackknifes_rows_scatter_as_the_root_mean_square_does():
    rng = np.random.default_rng(0)
    squares = rng.chisquare(5, (400, 3, 20)) / 5 * np.array([1.0, 0.1, 0.01])[None, :, None]
    rows = np.log(np.stack([jackknifed([s.tolist()]) for s in squares]))  # (400, 20, 3)
    told = np.sqrt(np.mean(rows.var(axis=1, ddof=1) / 20, axis=0))
    seen = np.log(np.sqrt(squares.mean(axis=2))).std(axis=0, ddof=1)
    assert told == pytest.approx(seen, rel=0.1)


def test_rows_of_equal_blocks_are_their_root_mean_square_and_their_mean_is_that_of_all():
    blocks = np.array([[4.0] * 5, [9.0] * 5])
    assert jackknifed([blocks.tolist()]) == pytest.approx(np.tile([2.0, 3.0], (5, 1)))
    uneven = np.array([[4.0, 4.1, 3.9, 4.05, 3.95]])
    assert np.exp(np.log(jackknifed([uneven.tolist()])).mean()) == pytest.approx(2.0, rel=1e-4)
    two = jackknifed([blocks.tolist(), blocks.tolist()])
    assert two == pytest.approx(np.tile([2.0, 3.0], (10, 1)))
    alone = jackknifed([[[4.0], [9.0]]])
    assert alone == pytest.approx(np.array([[2.0, 3.0]]))
    pair = np.array([4.0, 9.0])  # with y half the log of the mean, exp(2 y - y_k): the mean over the root of the other
    assert jackknifed([[pair.tolist()]]) == pytest.approx(6.5 / np.sqrt(pair[::-1])[:, None])
    one_of_four = jackknifed([[[4.0, 0, 0, 0], [9.0, 1, 1, 1]]])
    assert one_of_four == pytest.approx(np.array([[1.0, np.sqrt(3)]]))


def test_only_a_rate_has_paths():
    @rate(order=1, at=AT, path=3)
    def odd(n):
        return 1 / n

    with pytest.raises(MalformedClaim, match="no keyword 'path'"):
        judged(odd)


# --------------------------------------------------------------------------- measured twice


def test_a_rate_that_changes_from_call_to_call_is_an_error_with_both_values():
    calls = [0]

    @rate(order=1, at=AT)
    def counting(n):
        calls[0] += 1
        return calls[0] / 7 * 8 / n

    found = judged(counting)
    assert found["verdict"] == "error"
    assert "not repeatable: the error 0.1428571" in found["reason"]


@pytest.mark.parametrize("kind", ["comparison", "reproduction"])
def test_a_value_over_seeds_that_changes_from_call_to_call_is_an_error(kind):
    import gronwall

    calls = [0]
    decorate = gronwall.comparison(seeds=8) if kind == "comparison" else gronwall.reproduction(published=1.0, seeds=8)

    @decorate
    def counting(rng):
        calls[0] += 1
        return (float(calls[0]), 9.0) if kind == "comparison" else float(calls[0])

    found = judged(counting)
    assert found["verdict"] == "error"
    assert "not repeatable" in found["reason"]
    assert "1.0" in found["reason"]
    assert "2.0" in found["reason"]


# --------------------------------------------------------------------------- the directions of a vector error


def form_of(function, **keywords):
    return measured(rate(**{"order": 1, "at": AT, **keywords})(function))["main"]


def test_a_short_vector_is_kept_relative_to_its_norm():
    form = form_of(lambda n: np.array([3.0, -4.0]) / n, norm=np.inf)
    assert form["errors"] == [[4 / n for n in AT]]
    np.testing.assert_allclose(form["directions"], [[0.75, -1.0]] * len(AT), rtol=1e-15)


def test_a_long_vector_is_kept_in_the_three_directions_in_which_the_sweep_lies():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(50, 3)))[0].T
    parts = {n: np.array([1 / n, -2 / n**2, 3 / n**3]) for n in AT}
    form = form_of(lambda n: parts[n] @ axes, norm=2)
    kept, errors = np.array(form["directions"]), np.array(form["errors"][0])
    assert kept.shape == (len(AT), 3)
    vectors = np.array([parts[n] for n in AT])
    np.testing.assert_allclose(errors, np.linalg.norm(vectors, axis=1), rtol=1e-13)
    seen = kept * errors[:, None]  # up to a rotation
    np.testing.assert_allclose(seen @ seen.T, vectors @ vectors.T, rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize(
    ("function", "keywords"),
    [
        (lambda n: 1 / n, {}),
        (lambda n: np.ones(3) / n, {"norm": lambda e: float(e.max())}),
        (lambda n, rng: rng.normal(size=3) / n, {"norm": 2, "seeds": 2}),
        (lambda n, paths: np.ones(paths) / n, {"paths": 3}),
        (lambda n: np.ones(2 + n // 64) / n, {"norm": 2}),
    ],
)
def test_directions_are_kept_of_one_sweep_of_vectors_of_one_length_alone(function, keywords):
    assert "directions" not in form_of(function, **keywords)


def test_an_error_of_zero_has_no_direction():
    form = form_of(lambda n: np.array([1.0, -1.0]) * (n != 16) / n, norm=2)
    assert form["directions"][1] == [0.0, 0.0]
