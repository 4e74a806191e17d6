"""Several looks at one metric: the smallest p-value so far, and when it became significant."""

from datetime import UTC, datetime, timedelta

import pytest

from splitplot.experiments.history.looks import turns_to_significant, with_smallest_p_values
from splitplot.experiments.history.series import DailyResult
from splitplot.filters.model import JsonValue, Properties

START = datetime(2025, 3, 1, tzinfo=UTC)
YES, NO = True, False


def look(p_value: JsonValue, key: str = "test") -> Properties:
    return {"key": key, "splitplot": {"level": 0.95, "always_valid": {"p_value": p_value}}}


def smallest(document: Properties | None) -> list[object]:
    found: list[object] = []
    variants = [] if document is None else document["variant_results"]
    assert isinstance(variants, list)
    for variant in variants:
        assert isinstance(variant, dict)
        own = variant["splitplot"]
        assert isinstance(own, dict)
        assert isinstance(own["always_valid"], dict)
        found.append(own["always_valid"]["smallest_p_value"])
    return found


def test_the_smallest_p_value_never_grows() -> None:
    days: list[Properties | None] = [
        {"variant_results": [look(0.4), look(0.9, "other")]},
        None,
        {"variant_results": [look(0.03), look(None, "other")]},
        {"variant_results": [look(0.2), look(0.8, "other")]},
    ]
    shown = with_smallest_p_values(days)
    assert list(map(smallest, shown)) == [[0.4, 0.9], [], [0.03, 0.9], [0.03, 0.8]]
    assert days[0] == {"variant_results": [look(0.4), look(0.9, "other")]}


def test_before_the_first_p_value_there_is_none() -> None:
    assert smallest(with_smallest_p_values([{"variant_results": [look(None)]}])[0]) == [None]


@pytest.mark.parametrize(
    "document",
    [
        {"variant_results": None},
        {"variant_results": ["?", {"key": "test"}, {"splitplot": {"always_valid": None}}]},
    ],
)
def test_a_document_without_looks_stays_as_it_is(document: Properties) -> None:
    (shown,) = with_smallest_p_values([document])
    variants = document["variant_results"]
    assert shown == {"variant_results": variants if isinstance(variants, list) else []}


def day(number: int, *significant: JsonValue, failed: bool = False) -> DailyResult:
    until = START + timedelta(days=number)
    names = ("test", "other")
    variants: list[JsonValue] = [
        {"key": name, "significant": each} for name, each in zip(names, significant, strict=NO)
    ]
    return DailyResult(
        day=(until - timedelta(microseconds=1)).date(),
        query_from=START,
        query_to=until,
        key="k",
        document=None if failed else {"variant_results": variants},
        error="no" if failed else None,
        recorded_at=until,
        computed_at=until,
    )


def turned(*days: DailyResult) -> list[tuple[int, object]]:
    return [(turn.day.day, turn.variant["key"]) for turn in turns_to_significant(days)]


def test_a_turn_is_a_day_after_one_that_was_not_significant() -> None:
    assert turned(day(2, YES, None), day(1, NO, None), day(3, YES, YES)) == [
        (2, "test"),
        (3, "other"),
    ]


def test_a_day_that_failed_says_nothing() -> None:
    assert turned(day(1, NO), day(2, failed=True), day(3, YES)) == [(3, "test")]
    assert turned(day(1, YES), day(2, failed=True), day(3, YES)) == []


def test_the_first_day_turns_nothing_and_old_days_are_no_news() -> None:
    assert turned(day(1, YES)) == []
    assert turned(*(day(number, number > 1) for number in range(1, 7))) == []


def test_a_variant_that_is_new_was_not_significant() -> None:
    assert turned(day(1, NO), day(2, NO, YES)) == [(2, "other")]
