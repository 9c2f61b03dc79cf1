"""The search: it finds, climbs, shrinks, repeats itself, and stays in the domain."""

from __future__ import annotations

import math
import re
import sys
import types
from random import Random

import hypothesis
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gronwall.measuring.engine import NOTHING, Engine, Violation, literals_of, only
from gronwall.measuring.moves import TRYING, WALKING, Moves
from gronwall.measuring.search import ELITES, OTHERS, SHRINKS, Found, Outcome, _above, _Search, ascend, climb, search


def evaluated(ratio):
    """An evaluation that fails where the ratio exceeds one."""

    def evaluate(instance):
        value = ratio(instance)
        return Outcome(value, value > 1, value)

    return evaluate


def test_a_violation_by_one_percent_in_four_dimensions_is_found():
    box = st.tuples(*[st.floats(-1, 1)] * 4)
    wrong = evaluated(lambda x: 1.01 - sum((a - 0.37) ** 2 for a in x) / 4)
    found = sum(search(wrong, box, examples=500, seed=seed).failure is not None for seed in range(10))
    assert found == 10


def test_a_violation_on_two_percent_of_the_domain_is_found():
    wrong = evaluated(lambda x: 2.0 if 0.613 < x < 0.633 else 0.5)
    found = sum(search(wrong, st.floats(0, 1), examples=500, seed=seed).failure is not None for seed in range(10))
    assert found == 10


def test_the_ascent_reaches_the_maximum_that_random_draws_miss():
    box = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
    found = search(evaluated(lambda x: 1 - ((x[0] - 0.3) ** 2 + (x[1] + 0.7) ** 2) ** 0.5), box, examples=500, seed=0)
    assert found.worst()[1].fitness > 0.99


def test_no_instance_leaves_the_domain():
    strategy = st.tuples(st.floats(2.0, 3.0), st.integers(-5, 5), st.sampled_from("abc")).filter(lambda x: x[1] != 0)
    found = search(evaluated(lambda x: x[0] / 3 - abs(x[1]) / 10), strategy, examples=300, seed=1)
    assert len(found.evaluated) > 250
    for (x, k, letter), _ in found.evaluated:
        assert 2.0 <= x <= 3.0
        assert -5 <= k <= 5
        assert k != 0
        assert letter in "abc"


def test_a_failure_is_shrunk_and_shrinking_is_capped():
    calls = []

    def evaluate(x):
        calls.append(x)
        return Outcome(None, sum(x) > 1000, None)

    found = search(evaluate, st.lists(st.integers(0, 10_000), max_size=20), examples=500, seed=3)
    assert found.failure is not None
    assert found.failure[0] == [1001]
    assert len(calls) < 500 + SHRINKS


def test_shrinking_evaluates_as_many_instances_as_it_may_and_no_more():
    calls = []

    def evaluate(x):  # the larger the sum, the simpler what is left: shrinking has far to go
        calls.append(x)
        return Outcome(None, len(set(x)) > 30 and sum(x) % 7 != 3, None)

    found = search(evaluate, st.lists(st.integers(0, 10**9), min_size=40, max_size=60), examples=20, seed=0)
    first = next(at for at, x in enumerate(calls) if len(set(x)) > 30 and sum(x) % 7 != 3)
    assert found.failure is not None
    assert len(calls) == first + 1 + SHRINKS


def test_what_the_climb_found_is_shrunk_however_long_that_takes(monkeypatch):
    """Hypothesis stops shrinking after five minutes; a verdict does not depend on how fast the machine is."""
    monkeypatch.setattr("hypothesis.internal.conjecture.engine.MAX_SHRINKING_SECONDS", -1.0)

    def run(instance, case):
        if sum(instance) > 100:
            seen.append(instance)
            raise Violation

    seen = []
    engine = Engine(st.lists(st.integers(0, 1000), max_size=8), run, examples=1, seed=1)
    engine.generate()
    engine.replay([True, 90, True, 80, True, 3, False])
    engine.shrink()
    assert seen[-1] == [101]


def test_the_draws_do_not_depend_on_what_else_is_imported():
    def draws():
        return [i for i, _ in search(evaluated(lambda x: 0.5), st.integers(), examples=100, seed=5).evaluated]

    before = draws()
    module = types.ModuleType("a_local_module")
    module.__file__ = __file__
    sys.modules["a_local_module"] = module
    try:
        assert draws() == before
    finally:
        del sys.modules["a_local_module"]


STRATEGIES = {
    "lists of tiny floats": st.lists(st.floats(0, 1e-300), min_size=1, max_size=8),
    "filtered": st.tuples(*[st.floats(0.3, 0.45)] * 3).filter(lambda p: p[0] != p[2]),
    "integers": st.lists(st.integers()),
    "trees": st.recursive(st.integers(), lambda child: st.lists(child, max_size=3), max_leaves=10),
    "permutations": st.permutations(range(6)),
    "mixed": st.one_of(st.integers(0, 3), st.floats(0, 1), st.sampled_from("abc")),
    "unique": st.lists(st.integers(0, 50), unique=True),
    "text": st.text(),
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_first_draws_are_those_of_plain_hypothesis_one_by_one(name):
    plain = []

    @hypothesis.seed(7)
    @settings(max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def test(instance):
        plain.append(repr(instance))

    with only(NOTHING):
        test()
    ours = search(evaluated(lambda _: 0.5), STRATEGIES[name], examples=200, seed=7).evaluated
    plain = list(dict.fromkeys(plain))
    assert [repr(instance) for instance, _ in ours][: len(plain)] == plain
    assert len(ours) <= 250


def test_the_climb_adds_at_most_a_quarter():
    found = search(evaluated(lambda x: x / 2), st.floats(0, 1), examples=100, seed=2)
    assert 100 < len(found.evaluated) <= 125


def test_literals_of_the_claims_own_file_are_drawn(tmp_path):
    (tmp_path / "mine.py").write_text("x = -0.6137 if True else 'word'\n")
    literals = literals_of(tmp_path / "mine.py")
    drawn = search(evaluated(lambda _: 0.5), st.floats(-1, 1), examples=200, seed=0, literals=literals).evaluated
    assert -0.6137 in {x for x, _ in drawn}
    assert -0.6137 not in {
        x for x, _ in search(evaluated(lambda _: 0.5), st.floats(-1, 1), examples=200, seed=0).evaluated
    }
    assert literals_of(tmp_path / "none.py") is NOTHING


def test_every_move_stays_in_the_domain():
    strategy = st.lists(
        st.one_of(
            st.floats(-2.5, 1e300), st.integers(-3, 10**40), st.integers(), st.floats(), st.booleans(), st.text()
        ),
        max_size=6,
    )
    cases = []
    engine = Engine(strategy, lambda instance, case: cases.append((instance, case)), examples=60, seed=4)
    engine.generate()
    moves, rng, kept = Moves(Random(1)), Random(2), list(cases)
    for _ in range(400):
        choices = moves.proposal(rng.choice(kept)[1], [*WALKING, *TRYING])
        if choices is not None:
            engine.replay(choices)
    assert len(cases) > len(kept) + 150
    for instance, _ in cases:
        for x in instance:
            assert type(x) in (float, int, bool, str)


def test_a_step_that_helps_is_taken_further():
    cases = {}
    engine = Engine(st.tuples(st.floats(0, 100), st.integers(0, 9)), lambda i, case: cases.update({i: case}),
                    examples=1, seed=0)  # fmt: skip
    for choices in ((1.0, 3), (2.0, 4)):
        engine.replay(choices)
    assert Moves(Random(0)).further(cases[1.0, 3], cases[2.0, 4]) == [4.0, 6]
    assert Moves(Random(0)).further(cases[1.0, 3], cases[1.0, 3]) is None


@pytest.mark.parametrize(
    "strategy",
    [st.integers(0, 3), st.booleans(), st.sampled_from("abc"), st.just(1), st.integers(0, 99).filter(lambda k: k % 2)],
)
def test_a_small_domain_that_was_searched_whole_is_not_starved(strategy):
    assert search(evaluated(lambda _: 0.5), strategy, examples=500, seed=0).problem is None


def test_many_draws_of_few_instances_are_not_starved():
    found = search(evaluated(lambda _: 0.5), st.floats(0, 1).map(lambda x: x > 0.5), examples=300, seed=0)
    assert (len(found.evaluated), found.problem) == (2, None)


def test_a_filter_that_starves_the_search_is_a_problem_with_the_way_out():
    found = search(evaluated(lambda _: 0.5), st.integers(0, 10**7).filter(lambda k: k % 499 == 3), examples=200, seed=1)
    passed, drawn = map(int, re.match(r"only (\d+) of (\d+) ", found.problem).groups())
    assert 0 < passed < 200 < drawn
    for word in ("instances passed the filter", "200", ".map"):
        assert word in found.problem
    assert "examples=" not in found.problem  # fewer would let a wrong claim hold


def test_assumptions_that_starve_the_search_are_a_problem():
    def rarely(x):
        assume(x % 1009 == 5)
        return Outcome(0.5, False, None)

    assert "passed the filter" in search(rarely, st.integers(0, 10**7), examples=100, seed=0).problem

    def never(x):
        assume(False)

    assert "only 0 of" in search(never, st.integers(0, 10**7), examples=100, seed=0).problem


def test_a_starved_search_still_refutes():
    wrong = evaluated(lambda k: 2.0 if k > 10**5 else 0.5)
    found = search(wrong, st.integers(0, 10**7).filter(lambda k: k % 997 == 3), examples=500, seed=0)
    assert found.failure is not None
    assert found.problem is None


def test_instances_too_large_to_draw_are_told_from_filtered_ones():
    huge = st.lists(st.lists(st.integers(), min_size=100), min_size=150)
    found = search(evaluated(lambda _: 0.5), huge, examples=50, seed=0)
    assert "small enough" in found.problem or found.problem == "the strategy yields no example"


def test_a_strategy_that_raises_is_not_swallowed():
    def boom(x):
        raise RuntimeError("from the strategy")

    with pytest.raises(RuntimeError, match="from the strategy"):
        search(evaluated(lambda _: 0.5), st.integers().map(boom), examples=10, seed=0)


def test_assumptions_are_honoured():
    def evaluate(x):
        assume(x > 0.5)
        return Outcome(x, False, x)

    found = search(evaluate, st.floats(0, 1), examples=100, seed=0)
    assert found.evaluated
    assert all(x > 0.5 for x, _ in found.evaluated)


@pytest.mark.parametrize("strategy", [st.nothing(), st.floats(0, 1).filter(lambda x: False)])
def test_a_strategy_without_examples_is_a_problem(strategy):
    found = search(evaluated(lambda x: 0.5), strategy, examples=50, seed=0)
    assert found.problem == "the strategy yields no example"


def test_a_small_domain_is_searched_once():
    found = search(evaluated(lambda x: 0.5), st.sampled_from([1, 2, 3]), examples=500, seed=0)
    assert sorted(i for i, _ in found.evaluated) == [1, 2, 3]


def test_the_authors_own_ascent_adds_what_it_visits():
    evaluate = evaluated(lambda x: x / 10)
    found = search(evaluate, st.integers(0, 3), examples=50, seed=0)

    def upwards(instance, ratio):
        while ratio(instance + 1) > ratio(instance) and instance < 8:
            instance += 1
        yield instance

    climb(evaluate, found, upwards)
    assert found.worst()[0] == 9


def test_a_named_ascent_sharpens_the_best_draws_inside_the_domain():
    box = st.tuples(*[st.floats(-1, 1)] * 3)
    peak = evaluated(lambda x: 1 - sum((a - 0.37) ** 2 for a in x))
    found = search(peak, box, examples=60, seed=0)
    before = found.worst()[1].fitness
    ascend(peak, box, found, "nelder-mead", seed=0)
    assert found.worst()[1].fitness > 1 - (1 - before) / 100
    assert all(-1 <= a <= 1 for x, _ in found.evaluated for a in x)
    assert found.failure is None


def test_an_unknown_ascent_is_refused_by_name():
    peak = evaluated(lambda x: 0.5 - abs(x - 0.37) / 10)
    found = search(peak, st.floats(0, 1), examples=40, seed=0)
    with pytest.raises(ValueError, match="hill"):
        ascend(peak, st.floats(0, 1), found, "hill", seed=0)


def test_what_the_climb_finds_is_shrunk_too():
    """No draw is near the top of this slope; the simplest failing pair is (617, 1000)."""
    wrong = evaluated(lambda p: 1 + 1e-12 - abs(p[0] - 617) / 1000 - (1000 - p[1]) / 2000)
    pairs = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
    found = [search(wrong, pairs, examples=500, seed=seed) for seed in range(6)]
    assert [one.failure[0] for one in found if one.failure is not None] == [(617, 1000)] * 6
    assert any(len(one.evaluated) > 500 for one in found)


def test_a_named_ascent_stops_at_the_first_failure_it_meets():
    box = st.tuples(*[st.floats(-1, 1)] * 3)
    peak = evaluated(lambda x: 1 + 1e-7 - sum((a - 0.37) ** 2 for a in x))
    found = search(peak, box, examples=40, seed=0)
    assert found.failure is None
    ascend(peak, box, found, "nelder-mead", seed=0, evaluations=400)
    failed = [(x, outcome) for x, outcome in found.evaluated if outcome.failed]
    assert found.failure == failed[0]


def test_the_authors_own_ascent_keeps_the_first_failure_and_skips_what_is_assumed_away():
    wrong = evaluated(lambda x: x / 10)
    found = Found(evaluated=[(k, Outcome(k / 10, False, None)) for k in range(5)] + [(9, Outcome(None, False, None))])
    begun = []

    def upwards(instance, ratio):
        begun.append(instance)
        assume(instance != 3)
        assert ratio(instance) == instance / 10
        yield from (11 + instance, 20 + instance)

    climb(wrong, found, upwards)
    assert begun == [4, 3, 2]
    assert found.failure[0] == 15
    assert [x for x, _ in found.evaluated[6:]] == [4, 15, 24, 2, 13, 22]
    nothing = []
    climb(lambda _: Outcome(None, False, None), found, lambda instance, ratio: nothing.append(ratio(instance)))
    assert nothing == [-math.inf] * 3


# --------------------------------------------------------------------------- what it keeps, and where it goes on


class Case:
    """A case of the engine by its choices."""

    def __init__(self, *choices):
        self.choices = choices


def a_search(examples: int = 100, ratio=lambda x: 0.5, strategy=None) -> _Search:
    return _Search(evaluated(ratio), st.floats(0, 1) if strategy is None else strategy, examples, 0, NOTHING)


def test_the_best_cases_are_kept_once_each_best_first():
    one = a_search()
    for fitness, name in [(1, "a"), (3, "b"), (None, "c"), (float("nan"), "d"), (2, "e"), (3, "b"), (2, "f"), (0, "g")]:
        one._keep(fitness, Case(name))
    assert [(f, case.choices) for f, case in one.found.elites] == [
        (3, ("b",)), (2, ("e",)), (2, ("f",)), (1, ("a",)), (0, ("g",)),
    ]  # fmt: skip
    for fitness, name in [(5, "h"), (0, "i"), (0, "j"), (4, "k")]:
        one._keep(fitness, Case(name))
    assert [case.choices[0] for _, case in one.found.elites] == ["h", "k", "b", "e", "f", "a"]
    assert len(one.found.elites) == ELITES
    assert (one.last[0], one.last[1].choices) == (4, ("k",))
    assert [case.choices[0] for case in one.others] == list("abcdebfghijk")


def test_among_the_best_is_whoever_beats_the_last_of_them():
    one = a_search()
    for fitness in (6, 5, 4, 3, 2, 1):
        one._keep(fitness, Case(fitness))
    one._keep(1.5, Case("new"))
    one._keep(1.5, Case("no better"))
    assert [case.choices[0] for _, case in one.found.elites] == [6, 5, 4, 3, 2, "new"]


def test_the_first_violation_ends_the_drawing():
    seen = []

    def always_wrong(instance):
        seen.append(instance)
        return Outcome(1.0, True, None)

    search(always_wrong, st.integers(0, 10**6), examples=300, seed=0)
    assert len(seen) <= 2


def test_of_many_cases_a_few_are_kept_and_one_in_ten_takes_the_place_of_another():
    one, taken, places = a_search(), 0, set()
    for k in range(3000):
        case = Case(k)
        one._keep(None, case)
        if case in one.others and k >= OTHERS:
            taken += 1
            places.add(one.others.index(case))
    assert len(one.others) == OTHERS
    assert taken / 3000 == pytest.approx(0.1, abs=0.02)
    assert places == set(range(OTHERS))


def test_the_best_are_moved_four_times_in_five_where_the_ratio_leads():
    one = a_search()
    assert one._base() == (None, False)
    one._keep(None, Case("other"))
    assert (one._base()[0].choices, one._base()[1]) == (("other",), False)
    for fitness, share, leads in ((1.0, 0.8, True), (1.0 + 1e-10, 0.4, False), (2.0, 0.8, True)):
        one.found.elites = [(fitness, Case("best")), (1.0, Case("least"))][: 1 if fitness == 1.0 else 2]
        bases = [one._base() for _ in range(3000)]
        best = [(case, lead) for case, lead in bases if case.choices != ("other",)]
        assert len(best) / 3000 == pytest.approx(share, abs=0.04)
        assert {lead for _, lead in best} == {leads}
        assert {lead for case, lead in bases if case.choices == ("other",)} == {False}
    first = sum(case.choices == ("best",) for case, _ in best) / len(best)
    assert first == pytest.approx(1 - 2.718281828**-0.8, abs=0.04)


def test_larger_by_rounding_is_not_larger():
    assert not _above(0.0, 0.0)
    assert _above(1.0 + 2e-9, 1.0)
    assert not _above(1.0 + 0.5e-9, 1.0)
    assert _above(-1.0 + 2e-9, -1.0)
    assert not _above(-1.0 + 0.5e-9, -1.0)
    assert not _above(2.0, 2.0)


def test_the_climb_proposes_at_most_four_times_what_it_may_evaluate(monkeypatch):
    replays = []
    replay = Engine.replay
    monkeypatch.setattr(Engine, "replay", lambda self, choices: replays.append(choices) or replay(self, choices))
    found = search(evaluated(lambda _: 0.5), st.floats(0, 1).map(lambda x: x > 0.5), examples=100, seed=0)
    assert len(found.evaluated) == 2
    assert len(replays) == 4 * (100 // 4)


def test_a_proposal_improves_where_it_is_evaluated_and_beats_the_best():
    one = a_search(ratio=lambda x: x)
    one.engine.generate()
    one.allowed = 3
    one.found.elites = [(0.25, Case(0.25))]
    assert one._improves([0.53171])
    assert not one._improves([0.12371])
    assert one.attempts == 2
    assert not one._improves([0.77713])  # it is the best, and the last that may be evaluated
    assert one.found.elites[0][0] == 0.77713
    assert not one._improves([0.87713])  # nothing may be evaluated any more
    one.allowed, one.found.elites = 5, []
    assert not one._improves([0.91713])  # where there is no best there is none to beat


def test_the_engine_counts_what_passed_a_violation_among_it():
    def run(instance, case):
        if instance > 1 and instance % 7 == 0:
            raise Violation

    engine = Engine(st.integers(0, 10**6), run, examples=200, seed=0)
    engine.generate()
    valid = engine._cases("valid")
    assert engine.passed == valid + 1
    assert engine.drawn > engine.passed
    whole = Engine(st.integers(0, 10**6), lambda instance, case: None, examples=60, seed=0)
    whole.generate()
    assert (whole.passed, whole.exhausted, whole.oversized) == (60, False, False)


@pytest.mark.parametrize("how", ["drawn", "replayed"])
def test_the_simplest_violation_is_the_last_that_is_run(how):
    seen = []

    def run(instance, case):
        seen.append(instance)
        if sum(instance) > 100:
            raise Violation

    engine = Engine(st.lists(st.integers(0, 1000), max_size=8), run, examples=100 if how == "drawn" else 1, seed=1)
    engine.generate()
    if how == "replayed":
        assert not any(sum(instance) > 100 for instance in seen)
        engine.replay([True, 90, True, 80, True, 3, False])
        assert seen[-1] == [90, 80, 3]
        engine.shrink()
    assert seen[-1] == [101]
