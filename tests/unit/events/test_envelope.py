from datetime import UTC, datetime
from typing import Any

import pytest

from splitplot.errors import InvalidInput, TooLarge, Unauthenticated
from splitplot.events.envelope import MAX_EVENT_BYTES, Envelope, check_sizes, read_envelope
from splitplot.filters.model import JsonValue, Properties

SENT = datetime(2026, 11, 21, 9, 24, 15, tzinfo=UTC)
SENT_TEXT = "2026-11-21T09:24:15+00:00"
EVENT: dict[str, Any] = {"event": "purchase", "distinct_id": "visitor"}


def envelope_of(payload: JsonValue, **query: str) -> Envelope:
    return read_envelope(payload, query=query)


@pytest.mark.parametrize("field", ["api_key", "token", "$token"])
def test_a_batch_object_carries_events_token_and_clock(field: str) -> None:
    payload: JsonValue = {field: "phc_1", "batch": [EVENT, EVENT], "sent_at": SENT_TEXT}
    expected = Envelope(token="phc_1", events=(EVENT, EVENT), sent_at=SENT)
    assert envelope_of(payload) == expected


def test_the_key_of_a_batch_holds_for_all_its_events() -> None:
    events: list[JsonValue] = [{**EVENT, "token": "phc_2"}, {**EVENT, "api_key": "phc_3"}]
    assert envelope_of({"api_key": "phc_1", "batch": events}).token == "phc_1"


def test_a_batch_without_a_key_takes_that_of_its_events() -> None:
    assert envelope_of({"batch": [EVENT, {**EVENT, "token": "phc_1"}]}).token == "phc_1"


@pytest.mark.parametrize("field", ["token", "api_key", "$token"])
def test_a_single_event_carries_its_own_token_and_clock(field: str) -> None:
    event = {**EVENT, field: "phc_1", "sent_at": SENT_TEXT}
    assert envelope_of(event) == Envelope(token="phc_1", events=(event,), sent_at=SENT)


def test_a_token_may_stand_in_the_properties() -> None:
    event = {**EVENT, "properties": {"token": " phc_1\n"}}
    assert envelope_of([event, EVENT]).token == "phc_1"


def test_the_events_of_an_array_agree_on_one_token() -> None:
    first, second = {**EVENT, "token": "phc_1"}, {**EVENT, "properties": {"token": "phc_1"}}
    assert envelope_of([first, second]).events == (first, second)
    with pytest.raises(Unauthenticated) as refusal:
        envelope_of([first, {**EVENT, "token": "phc_2"}])
    assert refusal.value.code == "inconsistent_tokens"


@pytest.mark.parametrize("field", ["token", "api_key"])
def test_the_query_may_carry_the_token_of_events_without_one(field: str) -> None:
    assert envelope_of(EVENT, **{field: "phc_1"}).token == "phc_1"
    assert envelope_of({**EVENT, "token": "phc_2"}, **{field: "phc_1"}).token == "phc_2"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "missing_api_key"),
        ("", "missing_api_key"),
        ("  ", "missing_api_key"),
        (7, "missing_api_key"),
        (["phc_1"], "missing_api_key"),
        ("x" * 65, "invalid_api_key"),
        ("phc_é", "invalid_api_key"),
        ("phc\0", "invalid_api_key"),
        ("phx_secret", "invalid_api_key"),
    ],
)
def test_a_token_that_can_be_no_projects_is_refused(token: JsonValue, code: str) -> None:
    for payload in ({"api_key": token, "batch": [EVENT]}, [{**EVENT, "token": token}]):
        with pytest.raises(Unauthenticated) as refusal:
            envelope_of(payload)
        assert refusal.value.code == code


@pytest.mark.parametrize("token", ["x" * 64, "any-old-shape", " phc_1 "])
def test_old_tokens_have_other_shapes(token: str) -> None:
    assert envelope_of({"api_key": token, "batch": [EVENT]}).token == token.strip()


@pytest.mark.parametrize(
    "payload",
    [None, 7, "text", [], {"api_key": "phc_1", "batch": []}, {"api_key": "phc_1", "batch": None}],
)
def test_a_request_without_events_is_refused(payload: JsonValue) -> None:
    with pytest.raises(InvalidInput) as refusal:
        envelope_of(payload)
    assert refusal.value.code == "no_events"


@pytest.mark.parametrize("item", [None, 7, "text", ["event"]])
def test_what_is_no_object_is_no_event(item: JsonValue) -> None:
    for payload in ([EVENT, item], {"api_key": "phc_1", "batch": [item]}):
        with pytest.raises(InvalidInput) as refusal:
            envelope_of(payload)
        assert refusal.value.code == "invalid_event"


def test_an_object_without_event_identifies_on_engage_alone() -> None:
    payload: Properties = {"$distinct_id": "visitor", "$token": "phc_1", "$set": {"plan": "pro"}}
    engaged = read_envelope(payload, query={}, is_engage=True)
    assert engaged.events == ({**payload, "event": "$identify"},)
    assert envelope_of(payload).events == (payload,)
    named = {**EVENT, "token": "phc_1"}
    assert read_envelope(named, query={}, is_engage=True).events == (named,)


def test_the_query_clock_stands_in_for_sent_at() -> None:
    event = {**EVENT, "token": "phc_1"}
    assert envelope_of(event, _="1795253055000").sent_at == SENT
    assert envelope_of({**event, "sent_at": SENT_TEXT}, _="1895253055000").sent_at == SENT
    assert envelope_of({**event, "sent_at": "soon"}, _="1795253055").sent_at is None
    assert envelope_of([event]).sent_at is None


def test_one_event_that_is_too_large_is_refused() -> None:
    large = {"event": "x" * (MAX_EVENT_BYTES + 1)}
    with pytest.raises(TooLarge):
        check_sizes([EVENT, large], size_of=lambda value: len(repr(value)))


def test_many_events_may_be_larger_together() -> None:
    half: JsonValue = {"event": "x" * (MAX_EVENT_BYTES // 2)}
    events: list[Any] = [half] * 3
    check_sizes(events, size_of=lambda value: len(repr(value)))
    check_sizes([EVENT], size_of=lambda value: len(repr(value)))
