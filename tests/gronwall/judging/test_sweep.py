"""A sweep as it is read: which end is fine, in which arithmetic, without what is masked, in groups where it is long."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.judging.sweep import read_sweep, which

N = np.array([8.0, 16, 32, 64])
FALLS = np.array([4.0, 3, 2, 1])


def swept(size, error, direction=None, stated=1.0, dtype=None, scale=1.0, q=None):
    return read_sweep((size, error), direction, stated=stated, dtype=dtype, scale=scale, q=q)


@pytest.mark.parametrize(
    ("error", "stated", "downward"),
    [
        ([4, 3, 2, 1], 1, False),
        ([1, 2, 3, 4], 1, True),
        ([1, 2, 3, 4], -1, True),
        ([4, 3, 2, 1], -1, False),
        ([3, 1, 2, 4], 1, False),  # the smallest lies inside: the sign names the end
        ([3, 1, 2, 4], -1, True),
        ([3, 1, 2, 4], 0.5, False),
        ([1, 2, 3, 1], 1, False),  # it lies at both ends
        ([1, 2, 3, 1], -1, True),
        ([1, 1, 2, 3], 1, True),
        ([3, 2, 1, 1], -1, False),
        ([0, 1, 2, 3], 1, True),
        ([1, 2, 3, 4], 0, False),
        ([[1, 2, 3, 9], [9, 5, 5, 0.5]], 1, False),  # by the mean of the logarithms
        ([[1, 2, 3, 9], [1, 5, 5, 5]], 1, True),
    ],
)
def test_the_fine_end_is_where_the_errors_are_smaller_else_what_the_sign_names(error, stated, downward):
    found = swept(N, np.array(error, dtype=float), stated=stated)
    assert bool(found.size[0] > found.size[-1]) is downward
    assert found.sign == (-1.0 if downward else 1.0)
    assert found.name == "n"
    assert not found.said


@pytest.mark.parametrize(("direction", "first"), [("n", 8.0), ("h", 64.0), ("tol", 64.0)])
def test_a_direction_that_is_said_is_taken_and_keeps_the_sign(direction, first):
    for error in (FALLS, FALLS[::-1]):
        found = swept(N, error, direction)
        assert found.size[0] == first
        assert (found.sign, found.name, found.said) == (1.0, direction, True)
        assert found.errors[0].tolist() == (error if first == 8 else error[::-1]).tolist()


def test_sizes_are_sorted_with_their_errors_and_refinement_starts_at_zero():
    order = [2, 0, 3, 1]
    found = swept(N[order], np.stack([FALLS[order], 2 * FALLS[order]]))
    assert found.size.tolist() == N.tolist()
    assert found.errors.tolist() == [FALLS.tolist(), (2 * FALLS).tolist()]
    assert found.t == pytest.approx(np.log(2) * np.arange(4))
    assert swept(N, FALLS, "h").t == pytest.approx(np.log(2) * np.arange(4))


def test_the_work_grows_like_the_refinement_and_of_a_tolerance_like_its_root():
    assert swept(N, FALLS).work == pytest.approx([16, 32, 64, 128])
    assert swept(1000 * N, FALLS, "n").work == pytest.approx([16, 32, 64, 128])
    assert swept(N, FALLS, "h").work == pytest.approx([16, 32, 64, 128])
    tolerances = 10.0 ** -np.arange(0, 16, 4)
    assert swept(tolerances, FALLS, "tol").work == pytest.approx([16, 160, 1600, 16000])
    assert swept(tolerances, FALLS, "tol", q=2).work == pytest.approx([16, 1600, 160000, 16e6])
    assert swept(tolerances, FALLS, "h", q=2).work[-1] == pytest.approx(16e12)


@pytest.mark.parametrize(
    ("given", "dtype", "eps", "single"),
    [
        (np.float64, None, 2.0**-52, False),
        (np.float32, None, 2.0**-23, True),
        (np.float32, "float64", 2.0**-23, True),
        (np.float64, np.float32, 2.0**-23, True),
        (np.float64, "torch.bfloat16", 2.0**-7, True),
        (np.int64, None, 2.0**-52, False),
    ],
)
def test_the_coarser_of_two_arithmetics_counts(given, dtype, eps, single):
    found = swept(N, FALLS.astype(given), dtype=dtype, scale=3.0)
    assert (found.eps, found.single, found.scale) == (eps, single, 3.0)
    assert found.errors.dtype == np.float64


def test_masked_points_are_left_out_whether_size_or_error_is_masked():
    error = np.ma.array([[1.0, 2, 3, 4], [5, 6, 7, 8]], mask=[[0, 1, 0, 0], [0, 0, 0, 0]])
    found = swept(np.ma.array(N, mask=[0, 0, 1, 0]), error, "n")
    assert found.size.tolist() == [8, 64]
    assert found.errors.tolist() == [[1, 4], [5, 8]]
    assert swept(np.ma.array(N, mask=[1, 0, 0, 0]), FALLS, "n").errors.tolist() == [[3, 2, 1]]
    assert swept(N, np.ma.array(FALLS), "n").errors.tolist() == [FALLS.tolist()]
    with pytest.raises(ValueError, match="every point of the sweep is masked"):
        swept(np.ma.array(N, mask=[1, 1, 0, 0]), np.ma.array(FALLS, mask=[0, 0, 1, 1]))
    for wrong in (np.ma.ones((2, 3)), np.ma.ones((2, 2, 4)), np.ma.ones(5)):
        with pytest.raises(ValueError, match="shape"):
            swept(N, wrong)
    with pytest.raises(ValueError, match="one-dimensional"):
        swept(np.ma.ones((1, 4)), FALLS)


@pytest.mark.parametrize(
    ("size", "error", "says"),
    [
        (N * 1j, FALLS, "complex"),
        (N, [1, object(), 1, 1], "real numbers"),
        ([8, np.inf, 32, 64], FALLS, "got inf"),
        ([8, -3, 32, 64], FALLS, "got -3"),
        ([8, 16, 16, 8], FALLS, "n repeats a value: 8; give replicates as rows"),
        (N, np.ones((2, 3)), r"error has shape \(2, 3\); 4 values of n need \(4,\) or \(replicates, 4\)"),
        (N, np.ones((1, 1, 4)), r"shape \(1, 1, 4\)"),
        ([64, 32, 16, 8], [[1, 1, 1, 1], [1, 1, np.nan, 1]], "the error at n = 16, replicate 1, is NaN"),
        (N, [1, -np.inf, 1, 1], "is infinite"),
        (N, [1, -1e-300, 1, 1], "at n = 16, replicate 0, is negative"),
    ],
)
def test_what_is_malformed_is_said_with_the_value_and_the_place(size, error, says):
    with pytest.raises(ValueError, match=says):
        swept(size, error)


def test_a_single_point_and_replicates_of_it_are_sweeps():
    assert swept([8.0], [0.5]).errors.shape == (1, 1)
    assert swept([8.0], [[0.5], [0.25]]).errors.shape == (2, 1)


def test_a_long_sweep_is_averaged_in_48_groups_of_neighbours_by_logarithms():
    n = np.arange(1.0, 97)
    error = np.stack([n**-2.0, 3 * n**-1.0])
    found = swept(n, error)
    pairs = np.log(n).reshape(48, 2).mean(axis=1)
    assert found.size == pytest.approx(np.exp(pairs))
    assert found.errors == pytest.approx(np.stack([np.exp(-2 * pairs), 3 * np.exp(-pairs)]))
    assert len(swept(n[:48], error[:, :48]).size) == 48
    assert swept(n[:48], error[:, :48]).size.tolist() == n[:48].tolist()
    uneven = swept(n[:49], error[:, :49])
    assert len(uneven.size) == 48
    assert uneven.errors[0] == pytest.approx(uneven.size**-2.0)


def test_zeros_in_a_group_are_passed_over_unless_the_group_is_zero():
    n = np.arange(1.0, 97)
    error = np.array(n**-2.0)
    error[[0, 10, 11]] = 0
    found = swept(n, error)
    assert found.errors[0, 0] == pytest.approx(0.25)
    assert found.errors[0, 5] == 0
    assert found.errors[0, 6] == pytest.approx(1 / (13 * 14))


def test_sizes_and_errors_may_be_given_by_place_or_by_name():
    none = {"n": None, "h": None, "tol": None}
    assert which((1, 2), None, **none) == ((1, 2), None)
    assert which((1, None), 2, **none) == ((1, 2), None)
    assert which((None, None), 2, **{**none, "h": 1}) == ((1, 2), "h")
    assert which((2, None), None, **{**none, "tol": 1}) == ((1, 2), "tol")
    assert which((None, 2), None, **{**none, "n": 1}) == ((1, 2), "n")
    for positional, error, named in (
        ((None, None), None, none),
        ((1, None), None, none),
        ((None, 2), None, none),
        ((1, 2), 3, none),
        ((None, None), None, {**none, "h": 1}),
        ((1, 2), None, {**none, "h": 1}),
        ((1, None), 2, {**none, "h": 1}),
    ):
        with pytest.raises(ValueError, match="once"):
            which(positional, error, **named)
    with pytest.raises(ValueError, match="n= and tol= are both given; a sweep has one"):
        which((None, None), 2, n=1, h=None, tol=1)


def test_the_size_that_is_named_is_the_one_that_is_wrong():
    with pytest.raises(ValueError, match="n must be positive and finite, got -2"):
        swept([0.5, 0.25, -2.0, 4.0], [1.0, 2.0, 3.0, 4.0])
