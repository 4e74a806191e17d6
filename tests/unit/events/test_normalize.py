from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.errors import InvalidInput
from splitplot.events.envelope import Envelope
from splitplot.events.model import Drop, DropReason, Event
from splitplot.events.normalize import Circumstances, Normalized, normalize
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.identity import derived_person_id

NOW = datetime(2026, 11, 21, 9, 24, 15, tzinfo=UTC)
UUID_1 = UUID("0192f3a4-1234-7abc-8def-0123456789ab")
PERSONLESS = {"$process_person_profile": False}
BARE: dict[str, Any] = {"event": "purchase", "distinct_id": "visitor", "uuid": str(UUID_1)}


def normalized(*events: Properties, sent_at: datetime | None = None) -> Normalized:
    envelope = Envelope(token="phc_1", events=events, sent_at=sent_at)
    return normalize(envelope, Circumstances(project_id=3, now=NOW, random_bytes=bytes))


def normal(event: Properties, *, sent_at: datetime | None = None) -> Event:
    result = normalized(event, sent_at=sent_at)
    assert result.drops == ()
    return result.events[0]


def refusal_of(event: Properties) -> InvalidInput:
    with pytest.raises(InvalidInput) as refusal:
        normalized(BARE, event)
    return refusal.value


def test_an_event_is_kept_as_it_was_sent() -> None:
    properties: Properties = {"amount": 12.5, "$lib": "web", "nested": {"a": [1, None]}}
    sent = {**BARE, "timestamp": "2026-11-21T08:00:00Z", "properties": properties, "extra": 1}
    assert normal(sent) == Event(
        uuid=UUID_1,
        name="purchase",
        distinct_id="visitor",
        person_id=derived_person_id(3, "visitor"),
        timestamp=datetime(2026, 11, 21, 8, tzinfo=UTC),
        properties=properties,
    )


@pytest.mark.parametrize("name", [None, "", 7, ["purchase"]])
def test_an_event_needs_a_name(name: JsonValue) -> None:
    refusal = refusal_of({**BARE, "event": name})
    assert (refusal.code, refusal.attr) == ("missing_event_name", "event")


def test_a_long_name_is_cut() -> None:
    assert normal({**BARE, "event": "n" * 201}).name == "n" * 200


@pytest.mark.parametrize("properties", [7, "text", [], True])
def test_properties_are_an_object(properties: JsonValue) -> None:
    refusal = refusal_of({**BARE, "properties": properties})
    assert (refusal.code, refusal.attr) == ("invalid_properties", "properties")


def test_missing_properties_are_none() -> None:
    assert normal(BARE).properties == normal({**BARE, "properties": None}).properties == {}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"distinct_id": "a"}, "a"),
        ({"$distinct_id": "a"}, "a"),
        ({"properties": {"distinct_id": "a"}}, "a"),
        ({"distinct_id": "a", "$distinct_id": "b", "properties": {"distinct_id": "c"}}, "a"),
        ({"distinct_id": None, "properties": {"distinct_id": "c"}}, "c"),
        ({"distinct_id": 42}, "42"),
        ({"distinct_id": 123.45}, "123.45"),
        ({"distinct_id": True}, "true"),
        ({"distinct_id": ["é", {"a": 1}]}, '["é",{"a":1}]'),
        ({"distinct_id": "ü" * 201}, "ü" * 200),
        ({"distinct_id": " "}, " "),
    ],
)
def test_a_distinct_id_is_text_and_the_top_level_wins(sent: Properties, expected: str) -> None:
    event = normal({"event": "purchase", **sent})
    assert event.distinct_id == expected
    assert event.person_id == derived_person_id(3, expected)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"distinct_id": None},
        {"distinct_id": ""},
        {"distinct_id": "", "properties": {"distinct_id": "c"}},
        {"properties": {"distinct_id": ""}},
        {"properties": {"distinct_id": None}},
    ],
)
def test_an_event_needs_a_distinct_id(sent: Properties) -> None:
    refusal = refusal_of({"event": "purchase", **sent})
    assert (refusal.code, refusal.attr) == ("missing_distinct_id", "distinct_id")


def test_one_malformed_uuid_rejects_the_whole_request() -> None:
    assert refusal_of({**BARE, "uuid": "not-a-uuid"}).code == "invalid_uuid"


@pytest.mark.parametrize("uuid", [None, ""])
def test_an_event_without_uuid_gets_one_of_version_7(uuid: JsonValue) -> None:
    made = normal({**BARE, "uuid": uuid}).uuid
    assert made.version == 7
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_the_top_level_wins_where_changes_to_the_person_clash() -> None:
    sent = {
        **BARE,
        "$set": {"plan": "pro", "top": 1},
        "$set_once": {"source": "ad"},
        "properties": {"$set": {"plan": "free", "within": 2}, "$set_once": "broken", "x": 1},
    }
    assert normal(sent).properties == {
        "$set": {"plan": "pro", "top": 1, "within": 2},
        "$set_once": {"source": "ad"},
        "x": 1,
    }
    assert sent["properties"]["$set"] == {"plan": "free", "within": 2}


def test_changes_that_are_no_object_stay_where_they_are() -> None:
    sent = {**BARE, "$set": ["plan"], "$set_once": None, "properties": {"$set": {"a": 1}}}
    assert normal(sent).properties == {"$set": {"a": 1}}


def test_performance_events_are_dropped_silently() -> None:
    sent = {"event": "$performance_event", "uuid": str(UUID_1)}
    reason = DropReason.PERFORMANCE_EVENT
    drop = Drop(uuid=UUID_1, name="$performance_event", reason=reason)
    assert normalized(sent) == Normalized(events=(), drops=(drop,))
    assert normalized(BARE, sent) == Normalized(events=(normal(BARE),), drops=(drop,))


def test_a_personless_event_is_kept_without_what_it_says_of_a_person() -> None:
    sent = {
        **BARE,
        "$set": {"plan": "pro"},
        "properties": {**PERSONLESS, "$set": {}, "$set_once": {}, "$unset": [], "page": "/"},
    }
    event = normal(sent)
    assert event.is_personless
    assert event.properties == {**PERSONLESS, "page": "/"}
    assert event.person_id == derived_person_id(3, "visitor")
    assert normal({**BARE, "properties": PERSONLESS}).properties == PERSONLESS


@pytest.mark.parametrize(
    "name", ["$identify", "$create_alias", "$merge_dangerously", "$groupidentify"]
)
def test_personless_events_about_persons_are_dropped(name: str) -> None:
    sent = {**BARE, "event": name, "properties": PERSONLESS}
    drop = Drop(uuid=UUID_1, name=name, reason=DropReason.PERSONLESS_IDENTITY)
    assert normalized(sent) == Normalized(events=(), drops=(drop,))


@pytest.mark.parametrize("value", [True, "false", 0, None])
def test_only_a_boolean_false_makes_an_event_personless(value: JsonValue) -> None:
    sent = {**BARE, "properties": {"$process_person_profile": value, "$set": {"a": 1}}}
    event = normal(sent)
    assert not event.is_personless
    assert event.properties["$set"] == {"a": 1}


def test_a_senders_wrong_clock_is_corrected_by_sent_at() -> None:
    sent = {**BARE, "timestamp": "2026-11-21T12:24:00Z"}
    ahead = NOW + timedelta(hours=3)
    assert normal(sent, sent_at=ahead).timestamp == NOW - timedelta(seconds=15)


@pytest.mark.parametrize(("ignore", "is_ignored"), [(True, True), (False, False), ("true", False)])
def test_the_correction_can_be_declined(ignore: JsonValue, is_ignored: bool) -> None:  # noqa: FBT001
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    sent = {
        **BARE,
        "timestamp": at.isoformat(),
        "properties": {"$ignore_sent_at": ignore},
    }
    corrected = at - timedelta(hours=1)
    expected = at if is_ignored else corrected
    assert normal(sent, sent_at=NOW + timedelta(hours=1)).timestamp == expected


def test_an_offset_counts_back_from_now() -> None:
    sent = {**BARE, "offset": 1500, "timestamp": "2026-11-21T08:00:00Z"}
    assert normal(sent).timestamp == NOW - timedelta(milliseconds=1500)


raw_events = st.fixed_dictionaries(
    {
        "event": st.text(min_size=1, max_size=250),
        "distinct_id": st.text(min_size=1, max_size=250) | st.integers(),
    },
    optional={
        "uuid": st.uuids().map(str),
        "timestamp": st.datetimes().map(datetime.isoformat) | st.text(max_size=5),
        "$set": st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        "properties": st.dictionaries(
            st.sampled_from(["$set", "$process_person_profile", "x"]),
            st.booleans() | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        ),
    },
)


@given(raw=raw_events)
def test_normalising_twice_changes_nothing(raw: Properties) -> None:
    first = normalized(raw)
    again: list[Properties] = [
        {
            "event": event.name,
            "distinct_id": event.distinct_id,
            "uuid": str(event.uuid),
            "timestamp": event.timestamp.isoformat(),
            "properties": event.properties,
        }
        for event in first.events
    ]
    assert normalized(*again).events == first.events


@given(raw=st.lists(raw_events, max_size=5))
def test_every_event_is_kept_or_dropped_with_a_reason(raw: list[Properties]) -> None:
    result = normalized(*raw)
    assert len(result.events) + len(result.drops) == len(raw)
