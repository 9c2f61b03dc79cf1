"""Measuring over seeds, and a claim with its wrong versions: what is written down for the judge."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from flint import arb
from hypothesis import strategies as st

from gronwall import bound, comparison, identity, rate, reproduction
from gronwall.judging.judge import judge
from gronwall.judging.rates import judge_rate
from gronwall.measuring.measure import without_scratch
from gronwall.problems import MalformedClaim
from tests.gronwall.judged import measured

AT = [8, 16, 32, 64]


def form_of(function, **keywords):
    return measured(rate(**{"order": 1, "at": AT, **keywords})(function))["main"]


# --------------------------------------------------------------------------- a rate


def test_a_rate_is_measured_at_every_n_for_every_seed_and_logged():
    def error(n, replicate):
        return (replicate + 1) / n

    claim = rate(order=1, at=AT, seeds=3)(error)
    found = measured(claim)
    form = found["main"]
    assert form["errors"] == [[(r + 1) / n for n in AT] for r in range(3)]
    assert (form["n"], form["examples"], form["error"], form["eps"]) == (AT, 12, None, 2.0**-52)
    assert "paths" not in form
    assert found["series"] == [
        {"name": "error", "x": n, "measured": (r + 1) / n, "predicted": None, "replicate": r}
        for r in range(3)
        for n in AT
    ]


def test_sizes_of_any_kind_are_written_as_numbers():
    form = form_of(lambda n: float(n), at=[np.int64(8), np.float64(0.5), Fraction(1, 4), 2])
    assert form["n"] == [8, 0.5, 0.25, 2]
    assert json.loads(json.dumps(form["n"])) == form["n"]


def test_a_function_gets_the_size_as_it_was_given_and_plain_numbers_for_numpys():
    seen = []
    form_of(lambda n: seen.append(n) or 1.0, at=[np.int64(8), Fraction(1, 4)])
    assert seen == [8, 8, Fraction(1, 4)]  # the first one twice
    assert [type(n) for n in seen] == [int, int, Fraction]


def test_the_coarsest_arithmetic_of_the_sweep_counts():
    assert form_of(lambda n: np.float32(1 / n) if n == 16 else 1 / n)["eps"] == 2.0**-23
    assert form_of(lambda n: Fraction(1, n))["eps"] == 2.0**-52


@pytest.mark.parametrize(
    ("norm", "expected"),
    [(2, 5.0), (1, 7.0), (np.inf, 4.0), (math.inf, 4.0), (3, 91 ** (1 / 3)), (lambda e: abs(e).max() ** 2, 16.0)],
)
def test_a_vector_becomes_one_number_by_its_norm(norm, expected):
    form = form_of(lambda n: np.array([3.0, -4.0], dtype=np.float32), norm=norm)
    assert form["errors"][0] == pytest.approx([expected] * 4)
    assert form["eps"] == 2.0**-23


def test_paths_become_a_root_mean_square_and_the_means_of_twenty_blocks():
    def error(n, paths):
        return np.arange(paths) / n - 3 / n

    form = form_of(error, paths=50)
    squares = np.square((np.arange(50) - 3) / 8)
    assert form["errors"][0][0] == pytest.approx(np.sqrt(squares.mean()))
    assert form["paths"] == 50
    assert np.array(form["squares"]).shape == (1, 4, 20)
    assert form["squares"][0][0] == pytest.approx([b.mean() for b in np.array_split(squares, 20)])
    assert np.array(form_of(error, paths=5, seeds=2)["squares"]).shape == (2, 4, 5)
    assert form_of(error, paths=5)["squares"][0][1] == pytest.approx(np.square((np.arange(5) - 3) / 16))
    single = form_of(lambda n, paths: np.full(paths, 0.5, dtype=np.float32), paths=3)
    assert single["eps"] == 2.0**-23


@pytest.mark.parametrize(
    ("function", "keywords", "says"),
    [
        (lambda n: np.ones(3), {}, "wrong shape: the error has (3,), expected one number; norm=2 makes a vector one"),
        (lambda n: -1.0, {}, "the error is -1.0, expected a finite magnitude"),
        (lambda n: math.inf, {}, "the error is inf, expected a finite magnitude"),
        (lambda n: np.array([1.0, math.inf]), {"norm": 2}, "the error is inf"),
        (lambda n: np.ones(2), {"norm": lambda e: -1.0}, "the error is -1.0"),
        (lambda n: np.ones(2), {"norm": lambda e: e}, None),
        (lambda n: np.ones(2), {"norm": "two"}, "norm='two', expected 2, inf or a function of the error"),
        (
            lambda n: np.ones((4, 2)),
            {"paths": 4},
            "wrong shape: the errors have (4, 2), expected one for each of the 4",
        ),
        (lambda n: np.ones(3), {"paths": 4}, "wrong shape: the errors have (3,)"),
        (lambda n: 1.0, {"paths": 1}, "wrong shape: the errors have ()"),
        (lambda n: 1.0, {"at": []}, "at= names no n"),
        (lambda n: 1.0, {"seeds": 0}, "seeds=0"),
        (lambda n: 1.0, {"paths": 0}, "paths=0"),
        (lambda n: 1 / 0, {}, "ZeroDivisionError"),
        (lambda n: None, {}, "the error is None"),
    ],
)
def test_what_is_no_error_is_said(function, keywords, says):
    form = form_of(function, **keywords)
    if says is None:
        assert form["error"] is None
    else:
        assert says in form["error"]["reason"]


def test_an_error_says_at_which_n_and_replicate():
    form = form_of(lambda n, replicate: math.nan if (n, replicate) == (32, 1) else 1 / n, seeds=2)
    assert form["error"]["instance"] == {"n": 32, "replicate": 1}
    assert "NaN" in form["error"]["reason"]


def test_negative_entries_of_a_vector_have_magnitudes_and_a_negative_number_has_none():
    assert form_of(lambda n: np.array([-3.0, 4.0]), norm=1)["errors"][0][0] == 7.0
    assert form_of(lambda n: np.array([-3.0, 4.0]), paths=2)["errors"][0][0] == pytest.approx(np.sqrt(12.5))
    assert form_of(lambda n: -3.0)["error"] is not None


# --------------------------------------------------------------------------- what the judge makes of it


def sweep(**parts):
    stated = {"order": 2.0, "within": 0.1, "scale": 1.0, "at_least": False, "direction": None, "q": None,
              "dtype": None, "remainder": None}  # fmt: skip
    n = [8.0, 16.0, 32.0, 64.0, 128.0]
    usual = {"n": n, "errors": [[3 * k**-2.0 for k in n]], "eps": 2.0**-52}
    return {**usual, **parts, "stated": {**stated, **parts.get("stated", {})}}


def test_the_fit_tells_what_was_found_and_what_was_stated():
    found = judge_rate(sweep())
    assert found.verdict == "holds"
    assert found.fit["order"] == pytest.approx(2)
    assert found.fit["seen"] == pytest.approx(2)
    assert found.fit["interval"] == pytest.approx([2, 2], abs=1e-2)
    assert found.fit["window"] == [8.0, 128.0]
    assert (found.fit["floor"], found.fit["stated"], found.fit["within"], found.fit["direction"]) == (
        None,
        2.0,
        0.1,
        None,
    )
    assert (found.grade, found.scope, found.ratio, found.instance) == ("measured", "point", None, None)


def test_too_few_points_have_no_fit():
    fit = judge_rate(sweep(n=[8.0, 16.0], errors=[[1.0, 0.25]])).fit
    assert (fit["order"], fit["interval"], fit["window"], fit["seen"]) == (None, None, None, None)


def test_a_plateau_of_single_precision_is_a_floor_by_the_type_that_was_measured_or_stated():
    n = [2.0**k for k in range(2, 14)]
    errors = [[k**-2.0 + 1e-6 for k in n]]
    assert judge_rate(sweep(n=n, errors=errors)).verdict == "refuted"
    for parts in ({"eps": 2.0**-23}, {"stated": {"dtype": "float32"}},
                  {"eps": 2.0**-23, "stated": {"dtype": "float64"}}):  # fmt: skip
        found = judge_rate(sweep(n=n, errors=errors, **parts))
        assert found.verdict == "holds"
        assert found.fit["floor"] == pytest.approx(1e-6, rel=0.3)


def test_what_is_stated_reaches_the_estimator():
    assert judge_rate(sweep(stated={"order": 1.0})).verdict == "refuted"
    assert judge_rate(sweep(stated={"order": 1.0, "at_least": True})).verdict == "holds"
    assert judge_rate(sweep(stated={"order": 2.2, "within": 0.3})).verdict == "holds"
    h = [0.1, 0.05, 0.025, 0.0125]
    steps = sweep(n=h, errors=[[k**2 for k in h]], stated={"direction": "h"})
    assert judge_rate(steps).verdict == "holds"
    assert judge_rate(steps).fit["direction"] == "h"
    assert judge_rate(sweep(errors=[[-1.0] * 5])).verdict == "error"
    series = [[k**-2.0 * (1 + 6 / k - 9 / k**2) for k in sweep()["n"]]]
    assert "in the limit" in judge_rate(sweep(errors=series, stated={"remainder": "powers"})).reason


def test_paths_are_judged_by_their_jackknife():
    n = [8.0, 16.0, 32.0, 64.0, 128.0]
    squares = [[[(1 + 0.1 * b) / k**4 for b in range(20)] for k in n]]
    assert judge_rate(sweep(squares=squares, paths=20, errors=[[1.0] * 5])).verdict == "holds"
    one = [[[1 / k**4] for k in n]]
    assert judge_rate(sweep(squares=one, paths=1, errors=[[1.0] * 5])).verdict == "holds"
    lone = [[[1 / k**4] + [0.0] * 3 for k in n]]
    assert judge_rate(sweep(squares=lone, paths=4, errors=[[1.0] * 5])).verdict == "holds"


# --------------------------------------------------------------------------- comparisons and reproductions


def test_pairs_and_values_are_written_down_and_logged():
    @comparison(seeds=3)
    def pairs(replicate):
        return replicate + 1, Fraction(7, 2)

    @reproduction(published=1, seeds=2)
    def values(replicate):
        return arb(replicate) - 2

    found = measured(pairs)
    assert found["main"]["values"] == [[1.0, 3.5], [2.0, 3.5], [3.0, 3.5]]
    assert found["main"]["examples"] == 3
    assert [(p["name"], p["x"], p["measured"]) for p in found["series"]] == [
        (name, x, value) for x in range(3) for name, value in (("ours", x + 1.0), ("theirs", 3.5))
    ]
    found = measured(values)
    assert found["main"]["values"] == [[-2.0], [-1.0]]
    assert [(p["name"], p["x"], p["measured"]) for p in found["series"]] == [("value", 0, -2.0), ("value", 1, -1.0)]


@pytest.mark.parametrize(
    ("kind", "keywords", "value", "says"),
    [
        (comparison, {}, (1.0, 0.0), "a value is 0.0, expected a finite number above 0 (values are compared by"),
        (comparison, {}, (-1.0, 1.0), "a value is -1.0"),
        (comparison, {}, (1.0, math.inf), "a value is inf"),
        (comparison, {}, 1.0, "expected a pair (ours, theirs), got float 1.0"),
        (comparison, {}, (1.0, [1.0, 2.0]), "wrong shape: a value has (2,), expected one number"),
        (reproduction, {"published": 1}, math.inf, "a value is inf, expected a finite number"),
        (reproduction, {"published": 1}, [1.0, 2.0], "wrong shape: a value has (2,), expected one number"),
        (reproduction, {"published": 1}, -1.0, None),
        (reproduction, {"published": 1}, 0.0, None),
    ],
)
def test_values_that_cannot_be_compared_are_errors_with_their_seed(kind, keywords, value, says):
    usual = (1.0, 1.0) if kind is comparison else 1.0
    form = measured(kind(seeds=8, **keywords)(lambda replicate: value if replicate == 5 else usual))["main"]
    if says is None:
        assert form["error"] is None
        return
    assert form["error"]["reason"].startswith(says)
    assert form["error"]["instance"] == {"replicate": 5}
    assert kind is comparison or "above 0" not in form["error"]["reason"]


# --------------------------------------------------------------------------- a claim with its wrong versions


def test_a_wrong_version_that_only_states_otherwise_is_not_measured_again():
    calls = []

    @bound(over=[1.0, 2.0], sharp=0.5)
    def claim(instance):
        calls.append(instance)
        return instance, 2.0

    measured(claim)
    alone = len(calls)
    claim.mutant("sharper", sharp=0.9)
    calls.clear()
    measured(claim)
    assert len(calls) == alone
    claim.mutant("elsewhere", over=[1.0])
    claim.printed("nonsense", sharp=-1)
    found = measured(claim)
    same, other = found["mutants"]
    assert same == {"name": "sharper", "stated": {"sharp": 0.9}, "same": True}
    assert other["examples"] > 0
    assert "same" not in other
    (printed,) = found["printed"]
    assert (printed["name"], printed["recalled"], printed["stated"]) == ("nonsense", False, {})
    assert printed["error"] == {"reason": "sharp=-1 must be positive", "instance": None}


def test_a_wrong_version_that_changes_nothing_is_malformed():
    @bound(over=[1.0])
    def claim(instance):
        return instance, 2.0

    claim.mutant("nothing")
    with pytest.raises(MalformedClaim, match="claim: 'nothing' changes nothing; decorate a function or override"):
        measured(claim)


def test_a_wrong_version_that_errs_leaves_the_claim_measured():
    @identity
    def claim():
        return 1, 1

    claim.mutant("text", tol="x")
    found = measured(claim)
    assert found["main"]["worst"]["equal"] is True
    assert "tol='x' is no finite number" in found["mutants"][0]["error"]["reason"]


def test_only_the_claims_own_evaluation_is_logged():
    @rate(order=1, at=AT)
    def claim(n, log):
        log("own", x=n, measured=1.0)
        return 1 / n

    @claim.mutant("squared")
    def _(n, log):
        log("own", x=-n, measured=1.0)
        return 1 / n**2

    found = measured(claim)
    assert sorted(p["x"] for p in found["series"] if p["name"] == "own") == AT
    assert [p["x"] for p in found["series"] if p["name"] == "error"] == AT


def test_what_a_strategy_or_a_keyword_raises_is_an_error_of_the_form():
    @bound(over=st.floats(0, 1).map(lambda v: 1 / 0))
    def claim(instance):
        return 0, 1

    @rate(order=lambda case: case.missing, at=AT, cases={"a": 1})
    def other(n, case):
        return 1 / n

    assert "ZeroDivisionError" in measured(claim)["main"]["error"]["reason"]
    found = measured(other, case="a")["main"]
    assert "AttributeError" in found["error"]["reason"]
    assert found["error"]["instance"] is None
    assert judge(measured(other, case="a"))["verdict"] == "error"


def test_what_only_measuring_needs_is_left_out_of_the_measurement():
    @bound(over=[1.0, 2.0])
    def claim(instance):
        return instance, 2.0

    @claim.mutant("half")
    def _(instance):
        return instance, 1.0

    @claim.printed("a third")
    def _(instance):
        return instance, 0.5

    found = measured(claim)
    assert found["main"]["_closest"][0] == 2.0
    forms = [found["main"], *found["mutants"], *found["printed"]]
    assert all("_closest" in form for form in forms)
    assert without_scratch(found) is found
    assert not any("_closest" in form for form in forms)


@pytest.mark.parametrize("domain", [[1.0, 2.0], (1.0, 2.0), range(1, 3), st.sampled_from([1.0, 2.0])])
def test_a_domain_is_a_strategy_or_a_plain_sequence(domain):
    found = measured(bound(over=domain)(lambda instance: (instance, 3.0)))["main"]
    assert found["examples"] == 2


def test_a_domain_that_is_neither_is_an_error():
    found = measured(bound(over={1, 2})(lambda instance: (instance, 3.0)))["main"]
    assert found["error"]["reason"].startswith(
        "over= is {1, 2}, expected a Hypothesis strategy such as st.floats(0, 1)"
    )


@pytest.mark.parametrize("how", [True, "powell", lambda instance, ratio: [min(instance + d, 1.0) for d in (0.01, 1.0)]])
def test_an_ascent_that_is_named_adds_to_what_the_search_evaluates(how):
    def peak(instance):
        return 1 - abs(instance - 0.777) ** 0.5, 1.0

    plain = measured(bound(over=st.floats(0, 1), examples=40)(peak))["main"]
    climbed = measured(bound(over=st.floats(0, 1), examples=40, climb=how)(peak))["main"]
    assert climbed["examples"] > plain["examples"]
    assert climbed["worst"]["ratio"] >= plain["worst"]["ratio"]


def test_no_ascent_follows_a_counterexample():
    calls = []

    def climb(instance, ratio):
        calls.append(instance)
        return []

    measured(bound(over=st.floats(0, 1), examples=40, climb=climb)(lambda instance: (2.0, 1.0)))
    assert calls == []
    measured(bound(over=st.floats(0, 1), examples=40, climb=climb)(lambda instance: (instance, 1.0)))
    assert len(calls) == 3


# --------------------------------------------------------------------------- what an identity meets on its domain


def test_an_identity_that_raises_tells_the_instance_of_its_reason_and_searches_no_further():
    def raises(instance):
        raise ValueError(f"not at {instance}")

    form = measured(identity(over=st.integers(0, 10**6), examples=300)(raises))["main"]
    assert f"not at {form['error']['instance']} " in form["error"]["reason"] + " "
    assert form["examples"] < 100

    def raises_late(instance):
        if instance > 1000:
            raise ValueError(f"not at {instance}")
        return instance, instance

    form = measured(identity(over=st.integers(0, 10**6), examples=300)(raises_late))["main"]
    assert f"not at {form['error']['instance']} (" in form["error"]["reason"]
    assert form["error"]["instance"] > 1000


def test_the_three_closest_instances_of_a_bound_are_kept_for_its_mutants():
    kept = []
    claim = bound(over=st.floats(0, 1), examples=50)(lambda instance: (instance, 1.0))

    @claim.mutant("half of it")
    def _(instance):
        kept.append(instance)
        return instance, 0.5

    closest = measured(claim)["main"]["_closest"]
    assert len(closest) == 3
    assert sorted(closest, reverse=True) == closest
    assert kept[:3] == closest


def test_an_instance_at_which_a_bound_fails_without_a_ratio_is_kept_for_its_mutants():
    seen = []
    claim = bound(over=st.integers(0, 5), examples=60)(lambda instance: (0.5, 0.0) if instance == 3 else (0.5, 1.0))

    @claim.mutant("another")
    def _(instance):
        seen.append(instance)
        return 0.5, 1.0

    closest = measured(claim)["main"]["_closest"]
    assert closest[-1] == 3
    assert 3 in seen[: len(closest)]


def test_a_search_logs_nothing_but_where_it_came_closest():
    @bound(over=st.floats(0, 1), examples=50)
    def claim(instance, log):
        log("x", x=instance, measured=instance)
        return instance, 1.0

    points = measured(claim)["series"]
    assert len(points) == 1
    assert points[0]["x"] > 0.99


def test_of_seeds_that_do_not_come_back_the_first_is_named():
    calls = []

    @reproduction(published=1.0, within=0.1, seeds=8)
    def claim():
        calls.append(1)
        return float(len(calls))

    found = measured(claim)["main"]
    assert "not repeatable" in found["error"]["reason"]
    assert found["error"]["instance"] == {"replicate": 0}


def test_both_values_of_every_seed_are_logged_and_those_of_a_mutant_are_not():
    @comparison(seeds=3)
    def claim(replicate):
        return replicate + 1.0, replicate + 2.0

    claim.mutant("turned")(lambda replicate: (replicate + 5.0, 1.0))
    plain = {"predicted": None}
    assert measured(claim)["series"] == [
        {"name": name, "x": k, "measured": k + more, **plain}
        for k in range(3)
        for name, more in (("ours", 1), ("theirs", 2))
    ]


def test_the_worst_gap_of_an_identity_is_one_that_is_not_exactly_zero():
    @identity(over=st.sampled_from([0, 1, 2]))
    def claim(instance):
        return (Fraction(1), Fraction(1)) if instance else (1.0, 1.0 + 2.0**-50)

    worst = measured(claim)["main"]["worst"]
    assert (worst["instance"], worst["gap"]) == (0, 2.0**-50)


@pytest.mark.parametrize(("value", "radius", "evaluations"), [(1e6, 1e-10, 1), (1e6, 1e-8, 5), (1.0, 1e-10, 5)])
def test_balls_are_wide_by_the_size_of_what_they_enclose(value, radius, evaluations):
    calls = []

    @identity
    def claim():
        calls.append(flint.ctx.prec)
        return arb(value, radius), arb(value, radius)

    measured(claim)
    assert len(set(calls)) == evaluations
    assert min(calls) == 128
