"""The contract of writing a claim: decorators, keywords, what functions receive, what is logged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from gronwall import bound, comparison, identity, pick, rate, reproduction
from gronwall.efforts import Effort
from gronwall.problems import MalformedClaim, WrongUsage
from gronwall.telling.output import evidence
from tests.gronwall.judged import judged


def test_pick_takes_the_nearest_lesser_effort():
    assert pick(quick=1, full=2).at(Effort("paper")) == 2
    assert pick(full=2).at(Effort("quick")) == 2
    assert Effort("full").pick(quick=1, paper=3) == 1


def test_an_unknown_effort_is_wrong_usage():
    with pytest.raises(WrongUsage, match="heroic"):
        Effort("heroic")
    with pytest.raises(MalformedClaim, match="swift"):
        pick(swift=1).at(Effort("quick"))
    with pytest.raises(MalformedClaim, match="nothing"):
        pick().at(Effort("quick"))


def test_a_claim_stays_callable():
    @bound(over=st.floats(0, 1))
    def claim(instance):
        return instance, 1.0

    assert claim(0.25) == (0.25, 1.0)


def test_the_first_line_of_the_docstring_is_the_statement():
    @identity()
    def claim():
        """Two routes meet.

        More on that.
        """
        return 1, 1

    @identity
    def nameless_but_clear():
        return 1, 1

    assert claim.statement == "Two routes meet."
    assert nameless_but_clear.statement == "nameless but clear"


def test_functions_receive_what_they_name_in_any_order():
    @rate(order=1, at=[4, 8, 16, 32, 64], seeds=2, cases={"a": 3.0})
    def claim(effort, case, rng, shared_rng, n, log):
        assert effort == "quick"
        log("own", x=n, measured=rng.random(), kind="draw")
        return case / n

    record = judged(claim, "a")
    assert record["verdict"] == "holds"
    assert len([p for p in record["series"] if p["name"] == "own" and p["kind"] == "draw"]) == 10


def test_shared_rng_is_one_for_every_n_and_rng_is_not():
    seen = []

    @rate(order=1, at=[4, 8, 16, 32], seeds=2)
    def claim(n, rng, shared_rng):
        seen.append((shared_rng.random(), rng.random()))
        return 1 / n

    judged(claim)
    shared, own = zip(*seen, strict=True)
    assert len(set(shared)) == 2
    assert len(set(own)) == 8


def test_replicate_counts_the_seeds_so_that_all_of_them_can_be_trained_at_once():
    trained = [3.0 + k for k in range(8)]

    @comparison(seeds=8)
    def claim(replicate):
        return 1.0, trained[replicate]

    @claim.mutant("the other way round")
    def _(replicate):
        return trained[replicate], 1.0

    record = judged(claim)
    assert record["verdict"] == "holds"
    assert [p["measured"] for p in record["series"] if p["name"] == "theirs"] == trained


def test_keywords_may_depend_on_the_case_and_mutants_too():
    @rate(order=lambda case: case, at=[4, 8, 16, 32, 64], cases={"one": 1, "two": 2})
    def claim(n, case):
        return n**-case

    claim.mutant("one more", order=lambda case: case + 1)
    for case in ("one", "two"):
        record = judged(claim, case)
        assert record["verdict"] == "holds"
        assert record["mutants"][0]["refuted"]


def test_a_mutant_may_override_keywords_and_measure_anew():
    @comparison(seeds=8)
    def claim(rng):
        return 1.0, 2.0

    @claim.mutant("three times, and worse", factor=3.0)
    def _(rng):
        return 1.5, 2.0

    assert judged(claim)["mutants"][0]["refuted"]


def test_negative_and_zero_orders_are_growth_and_constancy():
    @rate(order=-1, at=[1.0, 2.0, 4.0, 8.0, 16.0])
    def grows(n):
        return 0.3 * n

    @rate(order=0, at=[1, 2, 4, 8, 16])
    def stays(n):
        return 0.3

    assert judged(grows)["verdict"] == "holds"
    assert judged(stays)["verdict"] == "holds"


def test_the_log_keeps_the_claims_own_evaluation_and_not_the_mutants():
    @bound(over=st.floats(0, 1), sharp=0.9)
    def claim(instance, log):
        log("seen", x=instance, measured=instance, predicted=1.0)
        log.array("weights", np.eye(2), layer=1)
        return instance, 1.0

    @claim.witness
    def _():
        return 1.0

    @claim.mutant("half")
    def _(instance, log):
        log("seen", x=instance, measured=-1.0)
        return instance, 0.5

    record = judged(claim)
    assert record["series"] == [{"name": "seen", "x": 1.0, "measured": 1.0, "predicted": 1.0}]
    assert record["arrays"] == [{"name": "weights", "values": [[1.0, 0.0], [0.0, 1.0]], "layer": 1}]


def test_global_randomness_repeats_itself_too():
    @reproduction(published=0.5, seeds=8)
    def claim():
        return np.random.random()  # noqa: NPY002

    assert judged(claim)["fit"] == judged(claim)["fit"]
    assert judged(claim)["fit"] != judged(claim, seed=1)["fit"]


def test_a_plain_list_of_instances_is_a_domain():
    @bound(over=[0.1, 0.5, 1.0], sharp=1.0)
    def claim(instance):
        return instance, 1.0

    assert judged(claim)["examples"] == 3


def test_an_exact_bound_is_derived_and_one_float_taints_it():
    @bound(over=[1, 2, 3])
    def exact(instance):
        return instance, 3

    @bound(over=[1, 2, 3])
    def tainted(instance):
        return instance, 3.0 if instance == 2 else 3

    assert judged(exact)["grade"] == "derived"
    assert judged(tainted)["grade"] == "measured"


def test_the_worst_of_an_identity_is_what_its_tolerance_makes_of_it():
    @identity(over=[1e-12, 1.0], tol=1e-9, why="a made-up reason")
    def claim(instance):
        return instance, instance + 1e-12

    @identity(over=[1e-12, 1.0], tol=1e-13, why="a made-up reason")
    def too_tight(instance):
        return instance, instance + 1e-12

    assert judged(claim)["verdict"] == "holds"
    assert judged(too_tight)["verdict"] == "refuted"


def _with(claim, spoil):
    spoil(claim)
    return claim


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: rate(at=[1, 2])(lambda n: n), "a rate states order="),
        (lambda: rate()(lambda n: n), "order= and at="),
        (lambda: reproduction(seeds=8)(lambda: 1.0), "published="),
        (lambda: bound(over=st.floats(), shaarp=1)(lambda instance: (0, 1)), "'shaarp'; it has cases, climb.*timeout$"),
        (lambda: bound(over=st.floats(), examples=pick(quik=1))(lambda instance: (0, 1)), "examples=.*'quik'"),
        (lambda: bound(over=st.floats(), effort="heroic")(lambda instance: (0, 1)), "effort=.*'heroic'"),
        (lambda: bound(over=st.floats(), effort=pick(heroic=1))(lambda instance: (0, 1)), "effort=.*'heroic'"),
        (lambda: bound(over=st.floats(), timeout=0)(lambda instance: (0, 1)), "timeout=0, .* seconds"),
        (lambda: bound(over=st.floats(), timeout=pick(quick=1, full=-1))(lambda instance: (0, 1)), "timeout=-1, "),
        (lambda: bound(over=st.floats(), timeout=pick(fool=1))(lambda instance: (0, 1)), "timeout=.*'fool'"),
        (lambda: bound(over=st.floats(), memory="1 GB")(lambda instance: (0, 1)), "memory='1 GB', .* MiB"),
        (lambda: bound(over=st.floats(), memory=True)(lambda instance: (0, 1)), "memory=True, "),
        (lambda: bound(over=st.floats(), memory=float("nan"))(lambda instance: (0, 1)), "memory=nan, "),
        (lambda: bound(over=st.floats(), cases=[])(lambda instance: (0, 1)), "no case"),
        (lambda: bound(over=st.floats(), cases=3)(lambda instance: (0, 1)), "cases=3, expected a list"),
        (lambda: bound(over=st.floats(), cases=[1, "1"])(lambda instance: (0, 1)), "two cases have one name"),
        (lambda: _with(bound(over=st.floats())(lambda: (0, 1)), lambda claim: claim.mutant("")), "needs a name"),
        (
            lambda: _with(bound(over=st.floats())(lambda: (0, 1)), lambda claim: claim.mutant("a", timeout=1)),
            "'timeout'",
        ),
        (lambda: _with(identity()(lambda: (0, 1)), lambda claim: claim.witness(lambda: 1)), "only a bound"),
        (lambda: _with(identity()(lambda: (0, 1)), lambda claim: claim.mutant("n")(lambda n: 1)), "called 'n'"),
        (lambda: rate(order=1, at=[1])(lambda n, instance: 1), "instance"),
        (lambda: rate(order=1, at=[1])(lambda n, case: 1), "no cases="),
        (lambda: bound("floats")(lambda instance: (0, 1)), "keywords only, got 'floats'"),
    ],
)
def test_a_malformed_claim_is_in_error_with_its_reason_and_raises_nothing_where_it_is_written(make, says):
    claim = make()
    with pytest.raises(MalformedClaim, match=says):
        judged(claim, None)


def test_two_forms_of_one_name_spoil_their_claim():
    @bound(over=st.floats(0, 1))
    def claim(instance):
        return instance, 1.0

    claim.mutant("same", sharp=1)
    claim.mutant("same", sharp=2)
    with pytest.raises(MalformedClaim, match="two forms are called 'same'"):
        judged(claim)


def test_only_a_function_is_a_claim():
    with pytest.raises(MalformedClaim, match="goes on a function"):
        bound(over=st.floats())(3)


def test_a_claim_states_its_own_limits_by_effort():
    @bound(over=st.floats(0, 1), timeout=pick(quick=1, full=30), memory=512)
    def claim(instance):
        return instance, 1.0

    assert claim.limits == {
        "timeout": {"quick": 1, "full": 30, "paper": 30},
        "memory": {"quick": 512, "full": 512, "paper": 512},
    }
    assert judged(claim)["verdict"] == "holds"


def test_a_mutant_that_changes_nothing_is_an_error():
    @bound(over=st.floats(0, 1))
    def claim(instance):
        return instance, 1.0

    claim.mutant("empty")
    with pytest.raises(MalformedClaim, match="changes nothing"):
        judged(claim)


def test_the_median_told_of_a_comparison_is_that_of_the_quotient_not_over_the_factor():
    @comparison(seeds=8, factor=1.5)
    def claim(rng):
        return 1.0, 3.0

    record = judged(claim)
    assert record["fit"]["median"] == pytest.approx(2.0)
    assert evidence({**record, "kind": "comparison"}) == "median 3"
