"""Every move by itself: which cases it makes of one, and how often."""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from types import SimpleNamespace

import pytest

from gronwall.measuring.moves import Moves, _bounded, _edges, _jump, _neighbours

TIMES = 3000


def a_float(value, low=-math.inf, high=math.inf, *, forced=False, tiny=5e-324):
    constraints = {"min_value": low, "max_value": high, "allow_nan": False, "smallest_nonzero_magnitude": tiny}
    return SimpleNamespace(type="float", value=value, constraints=constraints, was_forced=forced)


def an_integer(value, low=None, high=None, *, forced=False):
    constraints = {"min_value": low, "max_value": high, "weights": None, "shrink_towards": 0}
    return SimpleNamespace(type="integer", value=value, constraints=constraints, was_forced=forced)


def a_boolean(value):
    return SimpleNamespace(type="boolean", value=value, constraints={"p": 0.5}, was_forced=False)


def case(*nodes, groups=()):
    spans = SimpleNamespace(mutator_groups=list(groups))
    return SimpleNamespace(nodes=nodes, choices=tuple(node.value for node in nodes), spans=spans)


def made(move: str, given, times: int = TIMES) -> Counter:
    """How often a move makes which choices."""
    moves = Moves(Random(5))
    found = [moves.kinds[move](given) for _ in range(times)]
    return Counter(None if choices is None else tuple(choices) for choices in found)


# --------------------------------------------------------------------------- step


def test_a_step_moves_one_choice_or_several_and_no_forced_one():
    given = case(*(a_float(1.0, 0.0, 2.0) for _ in range(3)), a_float(1.0, 0.0, 2.0, forced=True))
    moved = Counter(sum(x != 1.0 for x in choices) for choices in made("step", given).elements())
    assert set(moved) == {1, 2, 3}
    assert moved[1] / TIMES == pytest.approx(0.6 + 0.4 / 3, abs=0.04)
    assert all(choices[3] == 1.0 for choices in made("step", given))
    assert set(made("step", case(a_float(1.0, forced=True)), 20)) == {None}


def test_steps_are_shares_of_the_range_or_of_the_size():
    away = [abs(x - 100.0) for (x,) in made("step", case(a_float(100.0, -1e9, 1e9))).elements()]
    by_size = [d for d in away if d < 1e3]
    assert 0.3 < len(by_size) / TIMES < 0.85  # by size they end at some 500, by range they begin at some 1e4
    assert max(away) > 1e8
    assert {x for (x,) in made("step", case(a_float(0.0)))} != {0.0}  # at zero of no range, a size of its own
    assert all(abs(x) < 0.01 for (x,) in made("step", case(a_float(0.0))))
    assert set(made("step", case(a_float(math.inf)), 20)) == {(math.inf,)}
    assert set(made("step", case(a_boolean(True)), 20)) == {(False,)}


def test_integers_step_up_and_down_by_one_or_by_a_share_of_their_size():
    steps = Counter(k for (k,) in made("step", case(an_integer(10))).elements())
    assert {9, 11, 12, 8} <= set(steps)
    assert 10 not in steps
    assert steps[9] == pytest.approx(steps[11], rel=0.15)
    assert min(steps) >= 10 - _jump(10, 10**-0.3)
    assert min(steps) < 7 < 13 < max(steps)


@pytest.mark.parametrize(
    ("value", "share", "jump"),
    [(0, 0.5, 2), (0, 0.45, 1), (4, 0.5, 2), (-8, 0.5, 4), (3, 0.25, 1), (1, 1e-6, 1), (10**40, 0.5, 5 * 10**39)],
)
def test_an_integer_may_jump_by_a_share_of_its_size_and_at_least_by_one(value, share, jump):
    assert _jump(value, share) == jump


# --------------------------------------------------------------------------- even, fresh


def test_even_draws_one_number_and_fresh_all_that_have_a_range():
    given = case(a_float(0.5, 0.0, 1.0), an_integer(3, 0, 9), a_float(0.5), an_integer(3), a_boolean(True))
    even, fresh = made("even", given), made("fresh", given)
    assert {choices[2:] for choices in [*even, *fresh]} == {(0.5, 3, True)}
    assert all((x == 0.5) + (k == 3) >= 1 for x, k, *_ in even)
    assert any(x != 0.5 and k != 3 for x, k, *_ in fresh)
    for found in (even, fresh):
        assert {k for _, k, *_ in found} == set(range(10))
    assert set(made("even", case(a_float(0.5), a_boolean(True)), 20)) == {None}
    assert set(made("fresh", case(a_float(0.5), a_boolean(True)), 20)) == {None}


@pytest.mark.parametrize(
    ("low", "high", "below", "share"),
    [
        (0.0, 1.0, 0.01, 0.4 * 10 / 12 + 0.6 * 0.01),  # evenly in the logarithm from 1e-12 on, two times in five
        (1.0, 1e4, 100.0, 0.4 * 0.5 + 0.6 * 0.0099),  # a wide range: so too
        (1.0, 50.0, 1.49, 0.01),  # a narrow one: never
        (-1.0, 1.0, -0.5, 0.6 * 0.25),
        (-2.0, -1.0, -1.5, 0.5),
        (0.0, 1e-310, 1e-311, 0.4 * math.log(1e-311 / 5e-324) / math.log(1e-310 / 5e-324) + 0.6 * 0.1),
    ],
)
def test_an_even_draw_is_even_or_even_in_the_logarithm(low, high, below, share):
    found = [x for (x,) in made("even", case(a_float(high, low, high))).elements()]
    assert sum(x < below for x in found) / TIMES == pytest.approx(share, abs=0.03)
    assert all(low <= x <= high for x in found)


def test_a_range_is_one_where_both_ends_are_a_finite_distance_apart():
    assert _bounded(a_float(0.0, -1e308, 7e307))
    assert _bounded(an_integer(1, 0, 10**400))
    for node in (
        a_float(0.0, -1e308, 1e308),
        a_float(0.0, 0.0),
        an_integer(1, 0),
        an_integer(1, None, 3),
        a_boolean(True),
    ):
        assert not _bounded(node)


# --------------------------------------------------------------------------- edge, same


def test_the_edges_of_numbers():
    tiny = 5e-324
    beside = {math.nextafter(0.25, 1), math.nextafter(2.0, 0), math.nextafter(1.6, 2), math.nextafter(1.6, 0)}
    expected = beside | {0.25, 2.0, 0.0, tiny, -tiny, 3 * tiny, 1.0, -1.0, -1.6, 3.2, 0.8}
    assert set(_edges(a_float(1.6, 0.25, 2.0))) == expected
    assert {math.copysign(1, x) for x in _edges(a_float(1.6, 0.25, 2.0)) if x == 0} == {1.0, -1.0}
    assert {round(x) for x in _edges(a_float(2.4, 2.3, 2.5)) if x == round(x)} == {0, 1, -1, 2}
    assert set(_edges(an_integer(7, 2, 9))) == {2, 9, 3, 8, 0, 1, -1, -7, 14, 6}
    assert set(_edges(an_integer(7))) == {0, 1, -1, -7, 14, 3, 8, 6}
    assert math.inf in _edges(a_float(math.inf))


def test_an_edge_is_taken_by_one_number_or_by_all_of_its_kind_that_may():
    given = case(
        a_float(1.6, 0.25, 2.0), a_float(0.75, 0.5, 3.0), an_integer(4, 4, 6), a_float(0.5, 0.5, 0.5, forced=True)
    )
    found = made("edge", given)
    assert {choices[3] for choices in found} == {0.5}
    allowed = {x for x in _edges(given.nodes[0]) if 0.25 <= x <= 2.0}
    alone = {x for x, y, *_ in found if y == 0.75}
    assert allowed <= alone
    both = sum(times for (x, y, *_), times in found.items() if x == y == 2.0)
    one = sum(times for (x, y, *_), times in found.items() if x == 2.0 and y == 0.75)
    assert both == pytest.approx(one, rel=0.35)  # every second time the others take it too
    assert {k for _, _, k, _ in found} <= {4, 5, 6}
    assert all(0.5 <= y <= 3.0 for _, y, *_ in found)
    assert set(made("edge", case(a_boolean(True)), 20)) == {(False,)}
    assert set(made("edge", case(a_float(0.3, 0.3, 0.3, forced=True)), 20)) == {None}
    assert set(made("edge", case(an_integer(5, 5, 5)), 20)) == {(5,)}


def test_numbers_are_made_the_same_or_neighbours_or_opposite():
    given = case(
        a_float(1.5, -9.0, 9.0), a_float(2.5, -9.0, 9.0), a_float(3.5, -9.0, 9.0), a_boolean(True), an_integer(1)
    )
    found = made("same", given)
    near = {1.5, math.nextafter(1.5, 2), math.nextafter(1.5, 1), -1.5}
    given_up = found.pop(None)
    of_first = {y for x, y, *_ in found if x == 1.5 and abs(abs(y) - 1.5) < 0.1}
    assert of_first == near
    assert {choices[3:] for choices in found} == {(True, 1)}
    changed = Counter(sum(a != b for a, b in zip(c, given.choices, strict=True)) for c in found.elements())
    assert set(changed) == {1, 2}
    assert changed[2] / changed.total() == pytest.approx(0.3, abs=0.05)
    assert given_up / TIMES == pytest.approx(0.25, abs=0.03)  # the integer is alone of its kind
    plain = sum(times for (x, *_), times in found.items() if x in (2.5, 3.5))
    close = sum(times for (x, *_), times in found.items() if x not in (1.5, 2.5, 3.5))
    assert plain / (plain + close) == pytest.approx(0.6, abs=0.05)
    assert set(made("same", case(a_float(1.0), a_boolean(True)), 20)) == {None}
    assert _neighbours("integer", 4) == [5, 3, -4]
    narrow = case(a_float(1.5, 1.0, 2.0), a_float(2.5, 2.2, 3.0))
    assert set(made("same", narrow, 200)) == {None}


# --------------------------------------------------------------------------- order, span, further


def test_numbers_of_one_range_are_put_in_other_orders():
    given = case(*(an_integer(k, 0, 9) for k in (3, 1, 4, 2)), an_integer(7, 0, 8), an_integer(5, 0, 9, forced=True))
    found = made("order", given)
    assert found[None] / TIMES == pytest.approx(0.2, abs=0.03)  # 7 is alone with its range
    orders = Counter({choices[:4]: times for choices, times in found.items() if choices})
    assert {choices[4:] for choices in found if choices} == {(7, 5)}
    share = orders.total() / 6
    exchanged = [(1, 3, 4, 2), (4, 1, 3, 2), (2, 1, 4, 3), (3, 4, 1, 2), (3, 2, 4, 1), (3, 1, 2, 4)]
    for order in [(1, 2, 3, 4), (4, 3, 2, 1), (2, 4, 1, 3), (1, 4, 2, 3)]:
        assert orders.pop(order) == pytest.approx(share, rel=0.2)
    assert set(orders) == set(exchanged)
    assert set(made("order", case(a_float(1.0, forced=True)), 20)) == {None}


def test_a_part_is_copied_exchanged_doubled_or_left_out():
    given = case(*(an_integer(k) for k in range(6)), groups=[{(1, 3), (4, 5)}])
    assert set(made("span", given)) == {
        (0, 4, 3, 4, 5),
        (0, 1, 2, 3, 1, 2, 5),
        (0, 4, 3, 1, 2, 5),
        (0, 1, 2, 1, 2, 3, 4, 5),
        (0, 3, 4, 5),
    }
    assert set(made("span", case(an_integer(1)), 20)) == {None}


def test_a_part_within_another_is_repeated_or_replaces_it():
    given = case(*(an_integer(k) for k in range(6)), groups=[{(1, 5), (2, 4)}])
    found = made("span", given)
    assert set(found) == {(0, 1, 1, 2, 3, 4, 5), (0, 2, 3, 5)}
    assert found[0, 1, 1, 2, 3, 4, 5] / TIMES == pytest.approx(0.6, abs=0.04)


def test_what_moved_is_moved_on_by_twice_as_much_and_back_into_its_range():
    moves = Moves(Random(0))
    before = case(a_float(1.0, 0.0, 100.0), an_integer(3), a_boolean(True), a_float(0.0, forced=True))
    after = case(a_float(2.0, 0.0, 100.0), an_integer(1), a_boolean(False), a_float(1.0, forced=True))
    assert moves.further(before, after) == [4.0, -3, False, 1.0]
    assert moves.further(before, before) is None
    assert moves.further(before, case(a_float(2.0))) is None
    assert moves.further(case(a_float(1.0)), case(an_integer(2))) is None
    assert moves.further(case(a_float(1.0)), case(a_float(math.inf))) is None
    beyond = {moves.further(case(a_float(4.0, 0.0, 10.0)), case(a_float(8.0, 0.0, 10.0)))[0] for _ in range(100)}
    assert beyond == {4.0, 10.0}  # 16 mirrored at 10, or the edge
    below = {moves.further(case(a_float(6.0, 0.0, 10.0)), case(a_float(2.0, 0.0, 10.0)))[0] for _ in range(100)}
    assert below == {6.0, 0.0}
    far = {moves.further(case(a_float(0.0, 0.0, 10.0)), case(a_float(9.0, 0.0, 10.0)))[0] for _ in range(100)}
    assert far == {0.0, 10.0}


def test_mirrored_values_come_four_times_in_five():
    moves, node = Moves(Random(1)), a_float(5.0, 0.0, 10.0)
    assert sum(moves._fitting(node, 12.0) == 8.0 for _ in range(TIMES)) / TIMES == pytest.approx(0.8, abs=0.03)
    assert sum(moves._fitting(node, -3.0) == 3.0 for _ in range(TIMES)) / TIMES == pytest.approx(0.8, abs=0.03)
    assert moves._fitting(an_integer(4, None, 9), -30) == -30
    assert moves._fitting(a_float(4.0, 1.0, 9.0, tiny=2.0), 1.5) == 4.0  # what is not permitted stays as it was
