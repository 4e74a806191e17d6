from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.errors import InvalidInput, NotFound
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.cohorts import Candidate, compile_cohort

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GERMAN: Properties = {"key": "country", "type": "person", "operator": "exact", "value": ["DE"]}
RICH: Properties = {"key": "revenue", "type": "person", "operator": "gt", "value": 100}
BEHAVIOUR: Properties = {"key": "purchase", "type": "behavioral", "value": "performed_event"}


def _has(
    document: Mapping[str, JsonValue],
    properties: Properties | None = None,
    *,
    static: Mapping[int, bool] | None = None,
    others: Mapping[int, Properties] | None = None,
) -> bool | None:
    cohort = compile_cohort(1, {1: document, **(others or {})})
    return cohort.has(Candidate(properties or {}, static or {}, NOW))


def _group(kind: str, *values: JsonValue) -> dict[str, JsonValue]:
    return {"type": kind, "values": list(values)}


def test_all_of_an_and_group_must_hold() -> None:
    both = _group("AND", GERMAN, RICH)
    assert _has(both, {"country": "DE", "revenue": 200}) is True
    assert _has(both, {"country": "DE", "revenue": 1}) is False


def test_one_of_an_or_group_is_enough() -> None:
    either = _group("OR", GERMAN, RICH)
    assert _has(either, {"country": "FR", "revenue": 200}) is True
    assert _has(either, {"country": "FR"}) is False


@pytest.mark.parametrize("kind", ["AND", "OR"])
def test_everybody_is_in_an_empty_group(kind: str) -> None:
    assert _has(_group(kind)) is True


def test_groups_nest_to_any_depth() -> None:
    document = _group("AND", GERMAN)
    for _ in range(50):
        document = _group("OR", document)
    assert _has({"properties": document}, {"country": "DE"}) is True


def test_negation_turns_a_leaf_round() -> None:
    assert _has(_group("AND", {**GERMAN, "negation": True}), {"country": "FR"}) is True
    assert _has(_group("AND", {**GERMAN, "negation": True}), {"country": "DE"}) is False


def test_only_person_properties_can_hold() -> None:
    assert _has(_group("AND", {**GERMAN, "type": "group"}), {"country": "DE"}) is False


@pytest.mark.parametrize("listed", [True, False])
def test_a_static_cohort_is_a_list(listed: bool) -> None:  # noqa: FBT001
    cohort = compile_cohort(5, {})
    assert cohort.has(Candidate({}, {5: listed}, NOW)) is listed


def test_an_unknown_cohort_is_an_error() -> None:
    with pytest.raises(NotFound) as raised:
        compile_cohort(5, {}).has(Candidate({}, {}, NOW))
    assert raised.value.code == "cohort_not_found"


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ({"value": 2, "operator": "in"}, True),
        ({"value": "2"}, True),
        ({"value": 2, "operator": "not_in"}, False),
        ({"value": 2, "negation": True}, False),
        ({"value": 2, "operator": "not_in", "negation": True}, True),
        ({"value": 2, "operator": "gt"}, False),
        ({"value": "two"}, False),
        ({"value": 2.5}, False),
    ],
)
def test_a_cohort_may_be_made_of_others(leaf: dict[str, JsonValue], expected: object) -> None:
    document = _group("AND", {"key": "id", "type": "cohort", **leaf})
    assert _has(document, {"country": "DE"}, others={2: _group("AND", GERMAN)}) is expected


def test_a_cohort_made_of_itself_is_an_error() -> None:
    with pytest.raises(InvalidInput) as raised:
        _has(
            _group("AND", {"type": "cohort", "value": 2}),
            others={2: _group("AND", {"type": "cohort", "value": 1})},
        )
    assert raised.value.code == "cohort_cycle"


def test_a_cohort_nested_beyond_reason_is_an_error() -> None:
    document = _group("AND", GERMAN)
    for _ in range(5000):
        document = _group("OR", document)
    with pytest.raises(InvalidInput) as raised:
        _has(document)
    assert raised.value.code == "cohort_too_deep"


@pytest.mark.parametrize(
    ("kind", "country", "expected"),
    [("AND", "DE", None), ("AND", "FR", False), ("OR", "DE", True), ("OR", "FR", None)],
)
def test_behaviour_leaves_open_what_the_rest_does_not_decide(
    kind: str, country: str, expected: object
) -> None:
    document = _group(kind, GERMAN, BEHAVIOUR)
    assert _has(document, {"country": country}) is expected
    assert compile_cohort(1, {1: document}).is_behavioural


def test_being_outside_an_undecided_cohort_is_undecided() -> None:
    document = _group("AND", {"type": "cohort", "value": 2, "operator": "not_in"})
    assert _has(document, others={2: _group("AND", BEHAVIOUR)}) is None


def performed(*, days_ago: float | None) -> Candidate:
    """Somebody who showed the only behaviour of cohort 1 then, or never."""
    times = {} if days_ago is None else {(1, 0): NOW - timedelta(days=days_ago)}
    return Candidate.of({}, times, static_cohorts=[], now=NOW)


def test_a_behaviour_that_was_shown_decides() -> None:
    cohort = compile_cohort(1, {1: _group("AND", BEHAVIOUR)})
    assert cohort.has(performed(days_ago=1000)) is True
    assert cohort.has(performed(days_ago=None)) is False
    assert cohort.lists == {1}


def test_a_behaviour_can_be_turned_round() -> None:
    cohort = compile_cohort(1, {1: _group("AND", {**BEHAVIOUR, "negation": True})})
    assert cohort.has(performed(days_ago=1000)) is False
    assert cohort.has(performed(days_ago=None)) is True


@pytest.mark.parametrize(("days_ago", "expected"), [(7, True), (7.001, False)])
def test_a_behaviour_must_be_recent_enough(days_ago: float, *, expected: bool) -> None:
    week: Properties = {**BEHAVIOUR, "time_value": 7, "time_interval": "day"}
    cohort = compile_cohort(1, {1: _group("AND", week)})
    assert cohort.has(performed(days_ago=days_ago)) is expected


def test_each_behaviour_has_a_number_of_its_own() -> None:
    documents: dict[int, Properties] = {
        1: _group("AND", _group("OR", BEHAVIOUR), BEHAVIOUR, {"type": "cohort", "value": 2}),
        2: _group("AND", BEHAVIOUR),
        3: _group("AND", GERMAN),
    }
    cohort = compile_cohort(1, documents)
    assert cohort.lists == {1, 2}
    shown = dict.fromkeys([(1, 0), (1, 1), (2, 0)], NOW)
    assert cohort.has(Candidate({}, {}, NOW, shown)) is True
    for missing in shown:
        rest = {place: at for place, at in shown.items() if place != missing}
        assert cohort.has(Candidate({}, {}, NOW, rest)) is False


def test_a_behaviour_that_cannot_be_understood_is_an_error() -> None:
    cohort = compile_cohort(1, {1: _group("AND", {**BEHAVIOUR, "value": "stopped"})})
    with pytest.raises(InvalidInput) as raised:
        cohort.has(performed(days_ago=1))
    assert raised.value.code == "unsupported_behaviour"


def test_a_candidate_is_listed_where_a_membership_says_so() -> None:
    candidate = Candidate.of({"a": 1}, {(5, 0): None, (6, 1): NOW}, static_cohorts=[5, 7], now=NOW)
    assert candidate == Candidate({"a": 1}, {5: True, 7: False}, NOW, {(6, 1): NOW})


def test_a_static_part_makes_the_answer_depend_on_the_list() -> None:
    documents: dict[int, Properties] = {1: _group("AND", {"type": "cohort", "value": 5})}
    assert compile_cohort(1, documents).lists == {5}


def test_a_cohort_names_the_properties_that_it_reads() -> None:
    documents: dict[int, Properties] = {
        1: _group("OR", GERMAN, {"type": "cohort", "value": 2}),
        2: _group("AND", RICH),
    }
    assert compile_cohort(1, documents).property_keys == {"country", "revenue"}
