"""The claim's verdict given what became of its wrong versions, and what the record shows of them."""

from __future__ import annotations

from gronwall import bound, comparison, identity, rate, reproduction
from gronwall.judging.judge import judge_form
from gronwall.judging.judgement import number, on
from tests.gronwall.judged import judged


def claim_with(mutants=(), printed=(), predicted=1.0):
    """A bound instance <= predicted on four instances, and wrong versions with other numbers in its place."""

    @bound(over=[0.25, 0.5, 0.75, 1.0])
    def claim(instance):
        return instance, predicted

    def version(value):
        if value is None:
            return lambda instance: 1 / 0
        return lambda instance: (instance, value)

    for name, value in mutants:
        claim.mutant(name)(version(value))
    for name, value, recalled in printed:
        claim.printed(name, recalled=recalled)(version(value))
    return judged(claim)


def test_refuted_wrong_versions_leave_the_verdict_and_are_shown_with_their_instance():
    found = claim_with([("a half", 0.5)], [("a third", 0.3, False), ("a tenth", 0.1, True)])
    assert found["verdict"] == "holds"
    assert not found["unarmed"]
    assert [form["name"] for form in found["mutants"] + found["printed"]] == ["a half", "a third", "a tenth"]
    assert all(form["refuted"] for form in found["mutants"] + found["printed"])
    assert [form["recalled"] for form in found["printed"]] == [False, True]
    assert found["mutants"][0]["instance"] == 1.0
    assert found["mutants"][0]["ratio"] == 2.0
    assert found["mutants"][0]["reason"].startswith("counterexample: measured 1 > predicted 0.5")


def test_one_survivor_is_named_and_takes_the_power():
    found = claim_with([("a half", 0.5), ("two", 2.0)])
    assert found["verdict"] == "inconclusive"
    assert found["reason"] == (
        "no power: the mutant 'two' survives; add an instance or a witness that tells it from the statement"
    )
    assert [form["refuted"] for form in found["mutants"]] == [True, False]
    printed = claim_with([("a half", 0.5)], [("three", 3.0, False)])
    assert printed["reason"].startswith("no power: the printed form 'three' survives; add")


def test_several_survivors_are_counted_and_the_first_is_named():
    found = claim_with([("two", 2.0), ("a half", 0.5)], [("three", 3.0, False)])
    assert found["reason"].startswith("no power: 2 wrong versions survive, first the mutant 'two'; add")


def test_a_survivor_that_is_undecided_says_why():
    found = claim_with([("infinite", float("inf"))])
    assert "the mutant 'infinite' survives (predicted is infinite on every instance" in found["reason"]


def test_a_wrong_version_that_raises_is_an_error():
    found = claim_with([("a half", 0.5), ("crashes", None)])
    assert found["verdict"] == "error"
    assert found["reason"].startswith("the mutant 'crashes' could not be checked: ZeroDivisionError")
    found = claim_with([], [("crashes", None, False)])
    assert found["reason"].startswith("the printed form 'crashes' could not be checked: ")
    assert found["unarmed"]


def test_a_refuted_or_undecided_claim_keeps_its_own_reason():
    assert claim_with([("two", 2.0)], predicted=0.5)["reason"].startswith("counterexample")
    assert claim_with([("two", 2.0)], predicted=0.5)["verdict"] == "refuted"
    undecided = claim_with([("two", 2.0)], predicted=float("inf"))
    assert undecided["reason"].startswith("predicted is infinite")
    assert claim_with([("crashes", None)], predicted=float("inf"))["verdict"] == "error"


def test_a_mutant_of_another_statement_is_judged_on_the_same_measurement():
    calls = []

    @rate(order=1, at=[8, 16, 32, 64, 128])
    def falls(n):
        calls.append(n)
        return 1 / n

    falls.mutant("order two", order=2)
    found = judged(falls)
    assert found["verdict"] == "holds"
    assert found["mutants"][0]["refuted"]
    assert calls == [8, 8, 16, 32, 64, 128]  # the first one twice: is it repeatable?
    assert found["examples"] == 5

    @comparison(seeds=8)
    def wins(rng):
        return 1, 2

    wins.mutant("three times", factor=3.0)
    assert judged(wins)["mutants"][0]["refuted"]

    @identity(tol=1e-3, why="")
    def near():
        return 1.0, 1.0005

    near.mutant("nearer", tol=1e-4)
    assert judged(near)["mutants"][0]["refuted"]


def test_a_reproduction_that_fails_refutes_a_wrong_version_of_it():
    @reproduction(published=1.0, seeds=8)
    def value():
        return 1.01

    value.mutant("half of it", published=0.5)
    found = judged(value)
    assert found["verdict"] == "reproduced"
    assert found["mutants"][0]["refuted"]


def test_an_error_tells_its_instance():
    found = judge_form("bound", {"error": {"reason": "no such <T object at 0x7f0011223344>", "instance": [1, 2]}})
    assert (found.verdict, found.instance, found.ratio) == ("error", [1, 2], None)
    assert found.reason == "no such <T object>, on [1, 2]"


def test_a_claim_that_errs_has_no_examples():
    @rate(order=1, at=[])
    def nowhere(n):
        return 1 / n

    found = judged(nowhere)
    assert (found["verdict"], found["examples"], found["fit"]) == ("error", 0, {})


def test_numbers_have_four_digits_and_instances_are_cut_at_120_characters():
    assert [number(x) for x in (0.123456, 2.0, 1e-12)] == ["0.1235", "2", "1e-12"]
    assert on("why", None) == "why"
    assert on("why", 3) == "why, on 3"
    assert on("why", "x" * 118) == f'why, on "{"x" * 118}"'
    assert on("why", "x" * 119) == f'why, on "{"x" * 116}...'
