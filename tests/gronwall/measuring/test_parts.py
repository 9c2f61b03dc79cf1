"""over=dict(L=…, N=…) names the parts of an instance."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.canonical import dumps
from gronwall.problems import MalformedClaim
from tests.gronwall.judged import judged


def test_functions_receive_the_parts_by_name_or_all_of_them():
    @bound(over=dict(L=st.floats(0.5, 3), N=st.integers(1, 50)), sharp=0.9)
    def claim(N, L):
        return (1 + L / N) ** N, 1.0001 * math.exp(L)

    @claim.witness
    def _():
        return dict(L=0.5, N=50)

    @claim.mutant("three quarters")
    def _(instance, L):
        assert list(instance) == ["L", "N"]
        return (1 + L / instance["N"]) ** instance["N"], 0.75 * math.exp(L)

    @claim.printed("one tenth", recalled=True)
    def _(L, N, log):
        return (1 + L / N) ** N, math.exp(L) / 10

    record = judged(claim)
    assert record["verdict"] == "holds", record["reason"]
    assert set(record["worst"]["instance"]) == {"L", "N"}
    assert set(record["mutants"][0]["instance"]) == {"L", "N"}


def test_plain_sequences_stand_for_their_elements_and_the_instance_is_a_json_object():
    @bound(over=dict(L=[1, 2, 3], N=range(4)))
    def claim(L, N):
        return L + N, 5

    record = judged(claim)
    assert record["verdict"] == "refuted"
    assert record["counterexample"] == {"L": 3, "N": 3}
    assert json.loads(dumps(record["counterexample"])) == {"L": 3, "N": 3}
    assert '{"L": 3, "N": 3}' in record["reason"]


@pytest.mark.parametrize("name", ["instance", "rng", "case", "log"])
def test_an_injected_name_is_no_name_for_a_part(name):
    with pytest.raises(MalformedClaim, match=name):
        judged(bound(over={name: [1, 2]})(lambda instance: (1, 2)))


def test_an_injected_name_is_none_for_the_part_of_a_mutant_either():
    @bound(over=dict(L=[1]))
    def claim(L):
        return L, 2

    claim.mutant("another domain", over=dict(rng=[1]))
    with pytest.raises(MalformedClaim, match="rng"):
        judged(claim)


@pytest.mark.parametrize(("parts", "says"), [({"rng": [1]}, "'rng' a part"), ({3: [1]}, "3 a part"), ({}, "no part")])
def test_parts_that_a_function_names_are_looked_at_when_it_is_called(parts, says):
    @bound(over=lambda case: parts, cases={"one": 1})
    def claim(instance):
        return 1, 2

    record = judged(claim, "one")
    assert record["verdict"] == "error"
    assert says in record["reason"]


def test_a_name_that_is_no_part_is_refused_with_those_that_are():
    with pytest.raises(MalformedClaim, match=r"K.*L, N"):
        judged(bound(over=dict(L=[1], N=[2]))(lambda K: (1, 2)))


def test_parts_may_have_the_names_of_what_the_tool_calls_its_own():
    @bound(over=dict(shared=[2], fn=[3], self=[5], what=[7]))
    def claim(shared, fn, self, what):
        return shared * fn * self * what, 210

    assert judged(claim)["verdict"] == "holds"


@pytest.mark.parametrize(
    ("returned", "says"), [(dict(L=1, M=2), "L, M"), (dict(L=1), "the parts L;"), (3, "no parts: 3")]
)
def test_a_witness_with_other_parts_is_an_error_that_names_both(returned, says):
    @bound(over=dict(L=[1], N=[2]))
    def claim(L, N):
        return L, 3

    claim.witness(lambda: returned)
    record = judged(claim)
    assert record["verdict"] == "error"
    assert says in record["reason"]
    assert "over= names L, N" in record["reason"]


def test_a_part_that_is_no_domain_is_named():
    @bound(over=dict(L=st.floats(0, 1), N=3))
    def claim(L, N):
        return L, N

    assert "over= at N is 3" in judged(claim)["reason"]


def test_parts_may_depend_on_the_case_and_on_the_effort():
    @bound(over=lambda case: dict(u=[case, 1]), cases={"one": 1, "two": 2})
    def by_case(u, case):
        return u, case

    @bound(over=pick(quick=dict(a=[1]), full=dict(a=[1], b=[2])))
    def by_effort(a):
        return a, 1

    assert judged(by_case, "two")["verdict"] == "holds"
    assert judged(by_effort)["verdict"] == "holds"


def test_an_identity_names_its_parts_too():
    @identity(over=dict(a=st.floats(1, 2), b=[0.5, 1.5]), tol=1e-9, why="a test")
    def claim(a, b, rng):
        return a * b, a * b * (1 + 1e-6)

    record = judged(claim)
    assert record["verdict"] == "refuted"
    assert set(record["counterexample"]) == {"a", "b"}


def test_a_mutant_may_have_a_domain_with_other_parts():
    @bound(over=dict(L=st.integers(0, 5)))
    def claim(L):
        return L, 5

    @claim.mutant("another domain", over=dict(K=st.integers(0, 9)))
    def _(K):
        return K, 5

    record = judged(claim)
    assert record["verdict"] == "holds", record["reason"]
    assert record["mutants"][0]["instance"]["K"] > 5


@dataclass(frozen=True)
class Network:
    """What a network is built from."""

    L: float
    N: int


@pytest.mark.parametrize(
    "strategy",
    [
        st.builds(Network, st.floats(0, 3), st.integers(1, 9)),
        st.fixed_dictionaries({"L": st.floats(0, 3), "N": st.integers(1, 9)}),
    ],
)
def test_fields_and_keys_are_named_in_the_counterexample(strategy):
    @bound(over=strategy)
    def claim(instance):
        L, N = (instance["L"], instance["N"]) if isinstance(instance, dict) else (instance.L, instance.N)
        return L * N, 20.0

    record = judged(claim)
    assert set(record["counterexample"]) == {"L", "N"}
    assert '"L": ' in record["reason"]


def test_an_instance_without_parts_is_shown_in_eighty_letters():
    @bound(over=dict(a=st.floats(0, 1)))
    def claim(a):
        return a, 1.0

    claim.witness(lambda: tuple(range(100, 200)))
    shown = f"no parts: {tuple(range(100, 200))!r}"[:80]
    assert judged(claim)["reason"].startswith(f"an instance has {shown}; over= names ")
