"""Capture that answers for each event by itself."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import brotli  # type: ignore[import-untyped]
import httpx
import pytest

from splitplot.errors import Overloaded, Unavailable
from splitplot.events.model import Event
from splitplot.http.inflating import zstd
from splitplot.ports.event_store import EventSelection
from tests.api.stack import Stack, running_stack, settings_in

PATH = "/i/v1/analytics/events"
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "br": brotli.compress,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server for every test of this module; each uses ids of its own."""
    with running_stack(settings_in(tmp_path_factory.mktemp("capture"))) as running:
        yield running


def an_event(**fields: object) -> dict[str, Any]:
    sent = {
        "event": "visit",
        "uuid": str(uuid4()),
        "distinct_id": uuid4().hex,
        "timestamp": datetime.now(UTC).isoformat(),
        "options": {},
        "properties": {},
    }
    return {**sent, **fields}


def headers(stack: Stack, **changes: str | None) -> dict[str, str]:
    """The headers of a request; None leaves one out."""
    usual: dict[str, str | None] = {
        "Authorization": f"Bearer {stack.project.api_token}",
        "PostHog-Sdk-Info": "posthog-python/7.91.1",
        "PostHog-Attempt": "1",
        "PostHog-Request-Id": str(uuid4()),
        "PostHog-Request-Timestamp": datetime.now(UTC).isoformat(),
    }
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in (usual | named).items() if value is not None}


def send(stack: Stack, *batch: object, **changes: str | None) -> httpx.Response:
    body = {"created_at": datetime.now(UTC).isoformat(), "batch": batch}
    return stack.anonymous.post(PATH, json=body, headers=headers(stack, **changes))


def results(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"results"}
    return dict(body["results"])


def refusal(answer: httpx.Response, *, status: int) -> str:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() == {"error", "error_description", "error_uri"}
    assert body["error_description"]
    assert body["error_uri"].endswith(body["error"])
    return str(body["error"])


def stored(stack: Stack, sent: Mapping[str, Any]) -> list[Event]:
    selection = EventSelection(project_id=stack.project.id, distinct_id=sent["distinct_id"])
    return list(stack.platform.stores.events.find_events(selection))


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_event_has_an_answer_of_its_own(shared: Stack, slash: str) -> None:
    good = an_event(properties={"amount": 3, "$groups": {"company": "acme"}})
    odd, bad = an_event(timestamp="soon"), an_event(event="")
    body = {"batch": [good, odd, bad]}
    answer = shared.anonymous.post(PATH + slash, json=body, headers=headers(shared))
    assert results(answer) == {
        good["uuid"]: {"result": "ok"},
        odd["uuid"]: {"result": "warning", "details": "invalid_timestamp"},
        bad["uuid"]: {"result": "drop", "details": "missing_event_name"},
    }
    assert "retry-after" not in answer.headers
    (event,) = stored(shared, good)
    assert str(event.uuid) == good["uuid"]
    assert event.properties == {
        "amount": 3,
        "$groups": {"company": "acme"},
        "$group_0": "acme",
        "$lib": "posthog-python",
        "$lib_version": "7.91.1",
    }
    assert len(stored(shared, odd)) == 1
    assert stored(shared, bad) == []


@pytest.mark.parametrize("encoding", ENCODERS)
def test_every_encoding_is_read_and_bounded(shared: Stack, encoding: str) -> None:
    sent = an_event()
    encoded = ENCODERS[encoding](json.dumps({"batch": [sent]}).encode())
    with_encoding = headers(shared, Content_Encoding=encoding)
    answer = shared.anonymous.post(PATH, content=encoded, headers=with_encoding)
    assert results(answer) == {sent["uuid"]: {"result": "ok"}}
    assert len(stored(shared, sent)) == 1
    bomb = ENCODERS[encoding](b" " * (21 * 1024 * 1024))
    answer = shared.anonymous.post(PATH, content=bomb, headers=with_encoding)
    assert refusal(answer, status=413) == "too_large"
    answer = shared.anonymous.post(PATH, content=encoded[:-9], headers=with_encoding)
    assert refusal(answer, status=400) == "parse_error"


def test_an_event_is_stored_once_however_often_and_whichever_way_it_comes(shared: Stack) -> None:
    sent = an_event()
    for attempt in ("1", "2"):
        assert results(send(shared, sent, sent, PostHog_Attempt=attempt)) == {
            sent["uuid"]: {"result": "ok"}
        }
    older = {"api_key": shared.project.api_token, "batch": [sent]}
    assert shared.anonymous.post("/batch/", json=older).status_code == 200
    assert len(stored(shared, sent)) == 1


def test_persons_follow_from_these_events_too(shared: Stack) -> None:
    visit, user = an_event(), uuid4().hex
    identify = an_event(
        event="$identify",
        distinct_id=user,
        properties={"$anon_distinct_id": visit["distinct_id"], "$set": {"plan": "pro"}},
    )
    assert set(results(send(shared, visit, identify))) == {visit["uuid"], identify["uuid"]}
    found = shared.client.get(shared.url("persons/"), params={"distinct_id": visit["distinct_id"]})
    (person,) = found.json()["results"]
    assert sorted(person["distinct_ids"]) == sorted([user, visit["distinct_id"]])
    assert person["properties"] == {"plan": "pro"}


def test_the_clock_of_the_request_is_the_senders(shared: Stack) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    sent = an_event(timestamp=(ahead - timedelta(minutes=1)).isoformat())
    send(shared, sent, PostHog_Request_Timestamp=ahead.isoformat())
    (event,) = stored(shared, sent)
    happened = datetime.now(UTC) - timedelta(minutes=1)
    assert abs(event.timestamp - happened) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "key", [None, "", "Bearer", "Bearer phc_nobody", "Bearer phx_personal", "Basic abc"]
)
def test_only_a_known_project_token_lets_events_in(shared: Stack, key: str | None) -> None:
    sent = an_event()
    assert refusal(send(shared, sent, Authorization=key), status=401) == "invalid_api_token"
    assert stored(shared, sent) == []


@pytest.mark.parametrize(
    ("name", "value", "tag"),
    [
        ("PostHog_Sdk_Info", None, "missing_header"),
        ("PostHog_Sdk_Info", "/", "invalid_header"),
        ("PostHog_Attempt", None, "missing_header"),
        ("PostHog_Attempt", "0", "invalid_header"),
        ("PostHog_Attempt", "first", "invalid_header"),
        ("PostHog_Request_Id", None, "missing_header"),
        ("PostHog_Request_Id", " ", "missing_header"),
        ("PostHog_Request_Timestamp", None, "missing_header"),
        ("PostHog_Request_Timestamp", "now", "invalid_header"),
    ],
)
def test_every_header_is_needed(shared: Stack, name: str, value: str | None, tag: str) -> None:
    sent = an_event()
    assert refusal(send(shared, sent, **{name: value}), status=400) == tag
    assert stored(shared, sent) == []


@pytest.mark.parametrize(
    ("content", "status", "tag"),
    [
        (b"", 400, "parse_error"),
        (b"{", 400, "parse_error"),
        (b"[]", 400, "no_events"),
        (b'{"batch": []}', 400, "no_events"),
        (b'{"batch": [7]}', 400, "invalid_event"),
        (b'{"batch": [{"event": "visit", "distinct_id": "a"}]}', 400, "missing_uuid"),
        (b'{"batch": [{"event": "visit", "uuid": "1"}]}', 400, "invalid_uuid"),
        (b" " * (20 * 1024 * 1024 + 1), 413, "too_large"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else None,
)
def test_a_body_that_cannot_be_judged_event_by_event_is_refused(
    shared: Stack, content: bytes, status: int, tag: str
) -> None:
    answer = shared.anonymous.post(PATH, content=content, headers=headers(shared))
    assert refusal(answer, status=status) == tag


def test_an_encoding_that_nobody_reads_is_refused(shared: Stack) -> None:
    answer = send(shared, an_event(), Content_Encoding="compress")
    assert refusal(answer, status=415) == "unsupported_content_encoding"


def test_a_full_queue_asks_for_the_events_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> None:
        raise Overloaded("full")

    good, bad = an_event(), an_event(distinct_id="")
    with monkeypatch.context() as patch:
        patch.setattr(stack.platform.capture._queue, "commit", refuse)
        answer = send(stack, good, bad)
    assert results(answer) == {
        good["uuid"]: {"result": "retry", "details": "overloaded"},
        bad["uuid"]: {"result": "drop", "details": "missing_distinct_id"},
    }
    assert answer.headers["retry-after"] == "1"
    assert stored(stack, good) == []
    assert results(send(stack, good, PostHog_Attempt="2")) == {good["uuid"]: {"result": "ok"}}
    assert len(stored(stack, good)) == 1


def test_a_store_that_is_away_refuses_in_the_shape_of_this_path(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(stack.platform.capture._queue, "commit", refuse)
    answer = send(stack, an_event())
    assert refusal(answer, status=503) == "unavailable"
    assert int(answer.headers["retry-after"]) > 0


def test_a_large_batch_is_judged_whole(shared: Stack) -> None:
    batch = [an_event(distinct_id="crowd", event=f"e{n % 2 or ''}") for n in range(1200)]
    assert {result["result"] for result in results(send(shared, *batch)).values()} == {"ok"}
    assert set(results(send(shared, *batch))) == {sent["uuid"] for sent in batch}


def test_browsers_may_ask_and_other_methods_may_not(shared: Stack) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,posthog-sdk-info",
    }
    preflight = shared.anonymous.options(PATH, headers=asked)
    assert preflight.status_code == 204
    allowed = preflight.headers["access-control-allow-headers"]
    assert allowed == "authorization,posthog-sdk-info"
    plain = shared.anonymous.options(PATH)
    assert (plain.status_code, plain.headers["allow"]) == (204, "POST, OPTIONS")
    assert shared.anonymous.get(PATH).status_code == 405
