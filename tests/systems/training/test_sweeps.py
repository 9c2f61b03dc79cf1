"""Groups that train together, and a sweep over them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import pytest

from systems.training.sweeps import grouped, sweep


def test_groups_depend_on_the_items_alone():
    items = [(depth, seed) for seed in range(5) for depth in (3, 7)]
    groups = grouped(items, key=lambda item: item[0], size=2)
    assert groups == [[(3, 0), (3, 1)], [(3, 2), (3, 3)], [(3, 4)], [(7, 0), (7, 1)], [(7, 2), (7, 3)], [(7, 4)]]


def test_a_sweep_gives_results_in_the_order_of_the_groups():
    groups = [[3, 1], [2], [5, 4, 0]]
    with ProcessPoolExecutor(2) as executor:
        assert sweep(sum, groups) == sweep(sum, groups, executor) == [4, 2, 9]


def test_a_sweep_raises_what_its_work_raises():
    with ProcessPoolExecutor(2) as executor, pytest.raises(ValueError, match="invalid literal"):
        sweep(int, ["1", "one", "2"], executor)
