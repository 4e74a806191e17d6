import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import httpx
import pytest

from splitplot.events.model import Event
from splitplot.ports.event_store import EventSelection
from tests.api.stack import Stack, running_stack, settings_in

CASES = Path("tests/cases/capture")
REFUSALS: list[dict[str, Any]] = json.loads((CASES / "refusals.json").read_text("utf-8"))["cases"]
REQUESTS: list[dict[str, Any]] = json.loads((CASES / "requests.json").read_text("utf-8"))["cases"]
PATHS = (
    *("/batch/", "/e/", "/i/v0/e/", "/i/v0/ai/batch/"),
    *("/capture/", "/track/", "/engage/"),
)
OK = {"status": "Ok"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server for every test of this module; each uses ids of its own."""
    with running_stack(settings_in(tmp_path_factory.mktemp("capture"))) as running:
        yield running


def an_id() -> str:
    return uuid4().hex


def event_of(stack: Stack, **fields: object) -> dict[str, Any]:
    return {"event": "purchase", "api_key": stack.project.api_token, **fields}


def send(
    stack: Stack,
    payload: object,
    path: str = "/batch/",
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    return stack.anonymous.post(path, json=payload, params=params, headers=headers)


def stored(stack: Stack, distinct_id: str) -> list[Event]:
    """What was captured under the id, oldest first."""
    selection = EventSelection(project_id=stack.project.id, distinct_id=distinct_id)
    return list(reversed(stack.platform.stores.events.find_events(selection)))


def body_of(stack: Stack, case: Mapping[str, Any]) -> bytes:
    if "base64" in case:
        return base64.b64decode(case["base64"] + "==")
    if "nested" in case:
        return b'{"a":' * int(case["nested"]) + b"1" + b"}" * int(case["nested"])
    text = case["text"] if "text" in case else json.dumps(case["json"])
    return str(text).replace("TOKEN", stack.project.api_token).encode()


def wrapped(body: bytes, how: str) -> bytes:
    match how:
        case "gzip":
            return gzip.compress(body)
        case "form":
            return b"data=" + quote_plus(base64.b64encode(body)).encode()
    return body


@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case["about"])
def test_what_clients_are_known_to_send_is_stored(shared: Stack, case: dict[str, Any]) -> None:
    headers = {"content-type": case["type"]}
    if "encoding" in case:
        headers["content-encoding"] = case["encoding"]
    body = wrapped(body_of(shared, case), case["wrap"])
    response = shared.anonymous.post(case["path"], content=body, headers=headers)
    assert (response.status_code, response.json()) == (200, OK)
    assert response.headers["content-type"] == "application/json"
    text = json.dumps(case["stored"]).replace("TOKEN", shared.project.api_token)
    expected = json.loads(text)
    found = stored(shared, expected[0]["distinct_id"]) if expected else []
    simple = [
        {"name": e.name, "distinct_id": e.distinct_id, "properties": e.properties} for e in found
    ]
    assert sorted(simple, key=lambda e: str(e["name"])) == expected


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["about"])
@pytest.mark.parametrize("path", ["/batch/", "/e/"])
def test_what_is_malformed_is_refused_in_plain_text(
    shared: Stack, case: dict[str, Any], path: str
) -> None:
    response = shared.anonymous.post(
        path,
        content=body_of(shared, case),
        headers={"content-type": case.get("type", "application/json")},
        params=case.get("query"),
    )
    assert (response.status_code, response.text) == (case["status"], case["answer"])
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "retry-after" not in response.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("slash", ["/", ""])
def test_capture_answers_exactly_200_with_json_on_every_path(
    shared: Stack, path: str, slash: str
) -> None:
    distinct_id = an_id()
    response = send(shared, event_of(shared, distinct_id=distinct_id), path.rstrip("/") + slash)
    assert (response.status_code, response.json()) == (200, OK)
    assert "quota_limited" not in response.json()
    assert len(stored(shared, distinct_id)) == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_get_carries_its_event_in_the_query(shared: Stack, path: str) -> None:
    distinct_id = an_id()
    event = json.dumps(event_of(shared, distinct_id=distinct_id, properties={"mark": "?>~"}))
    for data in (event, base64.b64encode(event.encode()).decode()):
        response = shared.anonymous.get(path, params={"data": data, "unknown": "parameter"})
        assert (response.status_code, response.json()) == (200, OK)
    assert [e.properties for e in stored(shared, distinct_id)] == [{"mark": "?>~"}] * 2


def test_a_get_without_data_is_refused(shared: Stack) -> None:
    assert shared.anonymous.get("/e/").status_code == 400


def test_who_asks_whether_a_path_is_there_stores_nothing(shared: Stack) -> None:
    distinct_id = an_id()
    event = json.dumps(event_of(shared, distinct_id=distinct_id))
    response = shared.anonymous.head("/e/", params={"data": event})
    assert (response.status_code, response.content) == (200, b"")
    assert stored(shared, distinct_id) == []


def test_a_beacon_is_answered_with_nothing(shared: Stack) -> None:
    distinct_id = an_id()
    event = event_of(shared, distinct_id=distinct_id)
    response = send(shared, event, "/e/", params={"beacon": "1"})
    assert (response.status_code, response.content) == (204, b"")
    assert len(stored(shared, distinct_id)) == 1
    assert send(shared, event, "/e/", params={"beacon": "0"}).status_code == 200


def test_gzip_is_known_by_its_first_bytes_alone(shared: Stack) -> None:
    distinct_id = an_id()
    body = json.dumps(event_of(shared, distinct_id=distinct_id)).encode()
    for content, headers in (
        (gzip.compress(body), {"content-type": "text/plain"}),
        (body, {"content-encoding": "gzip"}),
    ):
        assert shared.anonymous.post("/e/", content=content, headers=headers).json() == OK
    assert len(stored(shared, distinct_id)) == 2


@pytest.mark.parametrize("compression", ["lz64", "lz-string"])
@pytest.mark.parametrize("wrap", ["", "form"])
def test_an_older_browser_compresses_with_lz_string(
    shared: Stack, compression: str, wrap: str
) -> None:
    # [{"event": "visit ✓", "properties": {"distinct_id": "an older browser"}}], by lz-string 1.5.0
    packed = (
        "NobwRApgbhB2AuYBcYoEsDOb4AJDI5GADRgAOATgPYkRnxoQbLgAmmdsAxvAPprPJgAhrBwUANsxo4ARpQDuGG"
        "mAC+ygLpA="
    )
    before = len(stored(shared, "an older browser"))
    content = f"data={quote_plus(packed)}" if wrap else packed
    response = shared.anonymous.post(
        "/e/",
        params={"compression": compression, "token": shared.project.api_token, "ver": "1.30.0"},
        content=content.encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert (response.status_code, response.json()) == (200, OK)
    found = stored(shared, "an older browser")
    assert len(found) == before + 1
    assert found[-1].name == "visit ✓"


def test_events_are_known_by_their_uuid_however_often_they_come(shared: Stack) -> None:
    distinct_id = an_id()
    event = event_of(shared, distinct_id=distinct_id, uuid=str(uuid4()))
    batch = {"api_key": shared.project.api_token, "batch": [event, event]}
    for _ in range(3):
        assert send(shared, batch).json() == OK
    assert len(stored(shared, distinct_id)) == 1


def test_one_bad_event_keeps_out_the_whole_request(shared: Stack) -> None:
    distinct_id = an_id()
    good = event_of(shared, distinct_id=distinct_id)
    for bad in ({"event": "x"}, {**good, "uuid": "broken"}, {**good, "event": ""}):
        batch = {"api_key": shared.project.api_token, "batch": [good, bad]}
        assert send(shared, batch).status_code == 400
    assert stored(shared, distinct_id) == []


def test_a_senders_clock_is_corrected_in_the_right_direction(shared: Stack) -> None:
    distinct_id, ahead = an_id(), datetime.now(UTC) + timedelta(hours=5)
    event = event_of(
        shared, distinct_id=distinct_id, timestamp=(ahead - timedelta(minutes=2)).isoformat()
    )
    send(shared, {**event, "sent_at": ahead.isoformat()})
    (found,) = stored(shared, distinct_id)
    happened = datetime.now(UTC) - timedelta(minutes=2)
    assert abs(found.timestamp - happened) < timedelta(seconds=30)


def test_a_historical_migration_keeps_its_times(shared: Stack) -> None:
    distinct_id = an_id()
    event = {"event": "old", "distinct_id": distinct_id, "timestamp": "2019-05-01T10:00:00Z"}
    batch = {"api_key": shared.project.api_token, "batch": [event], "historical_migration": True}
    send(shared, batch)
    assert stored(shared, distinct_id)[0].timestamp == datetime(2019, 5, 1, 10, tzinfo=UTC)


def test_what_is_too_large_is_refused(shared: Stack) -> None:
    distinct_id = an_id()
    event = event_of(shared, distinct_id=distinct_id, properties={"text": "x" * 1_100_000})
    response = send(shared, event)
    assert (response.status_code, response.text) == (413, "An event is larger than 1048576 bytes.")
    bomb = gzip.compress(b" " * (21 * 1024 * 1024))
    response = shared.anonymous.post("/e/", content=bomb)
    expected = "The request's body inflates to more than 20971520 bytes."
    assert (response.status_code, response.text) == (413, expected)
    plain = shared.anonymous.post("/e/", content=b" " * (21 * 1024 * 1024))
    expected = "The request's body is larger than 20971520 bytes."
    assert (plain.status_code, plain.text) == (413, expected)
    assert stored(shared, distinct_id) == []


def test_a_large_batch_is_taken_whole(shared: Stack) -> None:
    distinct_id = an_id()
    events = [{"event": f"e{n}", "distinct_id": distinct_id} for n in range(3000)]
    assert send(shared, {"api_key": shared.project.api_token, "batch": events}).json() == OK
    selection = EventSelection(project_id=shared.project.id, distinct_id=distinct_id, limit=5000)
    assert len(shared.platform.stores.events.find_events(selection)) == 3000


def test_cookies_and_keys_mean_nothing_to_capture(shared: Stack) -> None:
    event = event_of(shared, distinct_id=an_id())
    headers = {"Cookie": "session=1", "Authorization": "Bearer phx_nobody"}
    assert send(shared, event, headers=headers).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_on_any_page_may_send(shared: Stack, path: str) -> None:
    origin = "https://shop.example"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-anything",
    }
    preflight = shared.anonymous.options(path, headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "content-type,x-anything"
    event = event_of(shared, distinct_id=an_id())
    for response in (
        preflight,
        send(shared, event, path, headers={"Origin": origin}),
        send(shared, {}, path, headers={"Origin": origin}),
    ):
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in response.headers["vary"]


def test_options_without_an_origin_tell_the_methods(shared: Stack) -> None:
    response = shared.anonymous.options("/e/")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, POST, OPTIONS, HEAD")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_for_capture(shared: Stack, method: str) -> None:
    assert shared.anonymous.request(method, "/e/").status_code == 405
