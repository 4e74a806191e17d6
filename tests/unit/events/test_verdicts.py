from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from splitplot.errors import InvalidInput
from splitplot.events.envelope import MAX_EVENT_BYTES
from splitplot.events.model import Event
from splitplot.events.normalize import Circumstances
from splitplot.events.verdicts import Judged, Outcome, Sender, Verdict, judge, read_batch
from splitplot.filters.model import JsonValue

NOW = datetime(2026, 11, 21, 9, 24, 15, tzinfo=UTC)
FIRST, SECOND = (str(UUID(int=number)) for number in (1, 2))
SENDER = Sender(library="posthog-python", version="7.91.1", sent_at=NOW)
LIBRARY = {"$lib": "posthog-python", "$lib_version": "7.91.1"}
OK = Verdict(outcome=Outcome.OK)
VISIT: dict[str, Any] = {
    "event": "visit",
    "uuid": FIRST,
    "distinct_id": "ada",
    "timestamp": "2026-11-21T09:24:10Z",
    "options": {},
    "properties": {"page": "/"},
}


def judged(*batch: dict[str, Any], sender: Sender = SENDER, size: int = 100) -> Judged:
    circumstances = Circumstances(project_id=3, now=NOW, random_bytes=bytes)
    return judge(read_batch({"batch": list(batch)}), sender, circumstances, size_of=lambda _: size)


def stored(sent: dict[str, Any], *, sender: Sender = SENDER) -> Event:
    (event,) = judged(sent, sender=sender).events
    return event


def verdict(sent: dict[str, Any]) -> tuple[str, str | None]:
    (only,) = judged(sent).verdicts.values()
    return only.outcome.value, only.details


def test_an_event_is_stored_with_the_library_that_the_header_names() -> None:
    outcome = judged(VISIT)
    assert outcome.verdicts == {FIRST: OK}
    (event,) = outcome.events
    assert (event.uuid, event.name, event.distinct_id) == (UUID(FIRST), "visit", "ada")
    assert event.timestamp == NOW - timedelta(seconds=5)
    assert event.properties == {"page": "/", **LIBRARY}


def test_a_library_that_does_not_tell_its_version_has_none() -> None:
    sender = Sender(library="tiny", version="", sent_at=NOW)
    assert stored(VISIT, sender=sender).properties == {"page": "/", "$lib": "tiny"}


def test_options_and_sessions_become_the_properties_that_they_stand_for() -> None:
    options = {
        "cookieless_mode": True,
        "disable_skew_correction": True,
        "process_person_profile": False,
        "product_tour_id": "tour",
        "unknown": 1,
        "later": None,
    }
    sent = {**VISIT, "options": options, "session_id": "s", "window_id": "w", "properties": None}
    event = stored(sent)
    assert event.is_personless
    assert event.properties == LIBRARY | {
        "$cookieless_mode": True,
        "$ignore_sent_at": True,
        "$process_person_profile": False,
        "$product_tour_id": "tour",
        "$session_id": "s",
        "$window_id": "w",
    }
    assert verdict(sent) == ("ok", None)


def test_the_time_of_the_request_corrects_the_senders_clock_unless_it_says_not_to() -> None:
    ahead = Sender(library="a", version="", sent_at=NOW + timedelta(hours=5))
    sent = {**VISIT, "timestamp": "2026-11-21T14:24:10Z"}
    assert stored(sent, sender=ahead).timestamp == NOW - timedelta(seconds=5)
    sent["options"] = {"disable_skew_correction": True}
    assert stored(sent, sender=ahead).timestamp == NOW + timedelta(hours=5, seconds=-5)


@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"options": {"process_person_profile": "false"}}, "invalid_option"),
        ({"options": {"product_tour_id": 7}}, "invalid_option"),
        ({"options": [1]}, "invalid_option"),
        ({"session_id": 7}, "invalid_option"),
        ({"timestamp": "yesterday"}, "invalid_timestamp"),
        ({"timestamp": None, "window_id": []}, "invalid_timestamp, invalid_option"),
        (
            {"event": "$identify", "properties": {"$anon_distinct_id": "null"}},
            "illegal_distinct_id",
        ),
        (
            {"event": "$create_alias", "distinct_id": "guest", "properties": {"alias": "b"}},
            "illegal_distinct_id",
        ),
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_warning(
    change: dict[str, Any], details: str
) -> None:
    sent = {**VISIT, **change}
    assert verdict(sent) == ("warning", details)
    assert stored(sent).name == sent["event"]
    assert not stored(sent).is_personless


@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"event": ""}, "missing_event_name"),
        ({"event": None}, "missing_event_name"),
        ({"event": "x" * 201}, "event_name_too_long"),
        ({"distinct_id": ""}, "missing_distinct_id"),
        ({"properties": [1]}, "invalid_properties"),
        ({"event": "$performance_event"}, "performance_event"),
        (
            {"event": "$identify", "options": {"process_person_profile": False}},
            "personless_identity",
        ),
    ],
)
def test_an_event_that_cannot_be_kept_is_dropped_alone(
    change: dict[str, Any], details: str
) -> None:
    other = {**VISIT, "uuid": SECOND}
    outcome = judged({**VISIT, **change}, other)
    dropped = Verdict(outcome=Outcome.DROP, details=details)
    assert outcome.verdicts == {FIRST: dropped, SECOND: OK}
    assert [event.uuid for event in outcome.events] == [UUID(SECOND)]


def test_a_name_of_two_hundred_characters_is_kept() -> None:
    assert verdict({**VISIT, "event": "x" * 200}) == ("ok", None)


def test_an_event_that_is_too_large_is_dropped() -> None:
    large = judged(VISIT, size=MAX_EVENT_BYTES + 1)
    assert large.verdicts == {FIRST: Verdict(outcome=Outcome.DROP, details="event_too_large")}
    assert judged(VISIT, size=MAX_EVENT_BYTES).verdicts == {FIRST: OK}


def test_a_uuid_that_repeats_in_a_batch_is_the_same_event() -> None:
    outcome = judged(VISIT, {**VISIT, "event": "other"})
    assert [event.name for event in outcome.events] == ["visit"]
    assert outcome.verdicts == {FIRST: OK}


def test_what_could_be_stored_is_to_be_sent_again_when_there_is_no_room() -> None:
    outcome = judged({**VISIT, "event": ""}, {**VISIT, "uuid": SECOND})
    assert outcome.put_off() == {
        FIRST: Verdict(outcome=Outcome.DROP, details="missing_event_name"),
        SECOND: Verdict(outcome=Outcome.RETRY, details="overloaded"),
    }


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (None, "no_events"),
        ([VISIT], "no_events"),
        ({}, "no_events"),
        ({"batch": []}, "no_events"),
        ({"batch": {"0": VISIT}}, "no_events"),
        ({"batch": [VISIT, 7]}, "invalid_event"),
        ({"batch": [VISIT, {**VISIT, "uuid": ""}]}, "missing_uuid"),
        ({"batch": [{**VISIT, "uuid": 7}]}, "invalid_uuid"),
    ],
)
def test_a_batch_whose_events_cannot_be_told_apart_is_refused(
    payload: JsonValue, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_batch(payload)
    assert refusal.value.code == code
