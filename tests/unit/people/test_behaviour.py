from datetime import UTC, datetime, timedelta

import pytest

from splitplot.errors import InvalidInput
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.people.behaviour import Behaviour, behaviours_of, parse_behaviour

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
LEAF: Properties = {"type": "behavioral", "key": "buy", "value": "performed_event"}


def test_a_behaviour_is_an_event_with_filters_and_a_span() -> None:
    leaf: Properties = {
        **LEAF,
        "event_type": "events",
        "explicit_datetime": "2024-01-01T10:23:00+00:00",
        "explicit_datetime_to": "2024-02-01",
        "event_filters": [
            {"key": "$feature_flag", "value": ["exp"], "operator": "exact", "type": "event"},
            {"key": "$feature/exp", "value": "test", "type": "feature"},
            {"key": "amount", "value": 5, "operator": "gt"},
        ],
    }
    assert parse_behaviour(leaf) == Behaviour(
        event="buy",
        filters=(
            PropertyFilter(key="$feature_flag", value=["exp"], kind=FilterKind.EVENT),
            PropertyFilter(key="$feature/exp", value="test", kind=FilterKind.EVENT),
            PropertyFilter(key="amount", value=5, operator=Operator.GT, kind=FilterKind.EVENT),
        ),
        since=datetime(2024, 1, 1, 10, 23, tzinfo=UTC),
        until=datetime(2024, 2, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ({"time_value": 30, "time_interval": "day"}, "-30d"),
        ({"time_value": "2", "time_interval": "week"}, "-2w"),
        ({"time_value": 1, "time_interval": "hour"}, "-1h"),
        ({"time_value": 1, "time_interval": "month"}, "-1m"),
        ({"time_value": 1, "time_interval": "year"}, "-1y"),
        ({"explicit_datetime": "-90d"}, "-90d"),
        ({"explicit_datetime": "-90d", "time_value": 1, "time_interval": "day"}, "-90d"),
        ({"explicit_datetime": None, "time_value": None}, None),
    ],
)
def test_a_window_ends_now(said: Properties, window: str | None) -> None:
    assert parse_behaviour({**LEAF, **said}).window == window


def test_a_window_says_how_old_the_last_event_may_be() -> None:
    month = Behaviour(event="buy", window="-1m")
    assert month.bound(now=NOW) == datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert Behaviour(event="buy").bound(now=NOW) is None


def test_nobody_performs_an_action() -> None:
    assert parse_behaviour({**LEAF, "event_type": "actions", "key": 7}).event is None


def test_behaviours_are_numbered_as_they_are_written() -> None:
    look: Properties = {**LEAF, "key": "look"}
    person: Properties = {"type": "person", "key": "plan", "value": "pro"}
    group: Properties = {
        "type": "OR",
        "values": [
            {"type": "AND", "values": [person, LEAF]},
            "no object",
            {"type": "AND", "values": []},
            look,
        ],
    }
    assert [behaviour.event for behaviour in behaviours_of(group)] == ["buy", "look"]


@pytest.mark.parametrize(
    ("said", "code", "part"),
    [
        ({"value": "performed_event_multiple"}, "unsupported_behaviour", "performed_event_multi"),
        ({"key": ""}, "invalid_input", "event's name"),
        ({"key": 7}, "invalid_input", "event's name"),
        ({"event_type": "pages"}, "invalid_input", "event_type"),
        ({"explicit_datetime": "soon"}, "invalid_date", "explicit_datetime is"),
        ({"explicit_datetime": 5}, "invalid_date", "explicit_datetime is"),
        ({"explicit_datetime_to": "-1d"}, "invalid_date", "explicit_datetime_to"),
        ({"time_value": 0, "time_interval": "day"}, "invalid_input", "time_value"),
        ({"time_value": 10_000, "time_interval": "day"}, "invalid_input", "time_value"),
        ({"time_value": True, "time_interval": "day"}, "invalid_input", "time_value"),
        ({"time_value": "x", "time_interval": "day"}, "invalid_input", "time_value"),
        ({"time_value": 1}, "invalid_input", "time_interval"),
        ({"time_value": 1, "time_interval": "fortnight"}, "invalid_input", "time_interval"),
        ({"event_filters": "all"}, "invalid_input", "event_filters"),
        ({"event_filters": 5}, "invalid_input", "event_filters"),
        ({"event_filters": ["all"]}, "invalid_input", "event_filters"),
        ({"event_filters": [{"key": "a", "type": "hogql"}]}, "invalid_input", "type 'event'"),
        ({"event_filters": [{"key": "a", "operator": "like"}]}, "invalid_operator", "like"),
        ({"event_filters": [{"key": "a", "operator": "in"}]}, "invalid_operator", "'in'"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    said: dict[str, JsonValue], code: str, part: str
) -> None:
    with pytest.raises(InvalidInput, match=part) as raised:
        parse_behaviour({**LEAF, **said})
    assert (raised.value.code, raised.value.attr) == (code, "filters")


def test_a_window_of_ten_thousand_hours_and_less_can_be_counted_back() -> None:
    behaviour = parse_behaviour({**LEAF, "time_value": 9999, "time_interval": "hour"})
    assert behaviour.bound(now=NOW) == NOW - timedelta(hours=9999)
