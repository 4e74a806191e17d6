"""Whatever is sent to the paths of SDKs: an answer of the protocol, soon, and no crash."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.http.inflating import zstd
from splitplot.ports.event_store import EventSelection
from tests.api import hostile
from tests.api.management import SPLIT, Flags
from tests.api.stack import Stack, running_stack, settings_in

PATHS = (
    *("/flags/definitions", "/api/feature_flag/local_evaluation", "/flags/", "/decide/"),
    "/api/projects/ANY/feature_flags/ANY/remote_config",
    *("/array/ANY/config.js", "/array/ANY/config", "/array/ANY/array.js"),
    *("/static/ANY", "/static/ANY/ANY", "/static/array.js", "/static/ANY/array.js"),
    *("/api/web_experiments/", "/api/early_access_features/", "/api/surveys/"),
    *("/s/", "/i/v1/analytics/events", "/i/v1/logs", "/i/v0/ai/batch/"),
    *("/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/ANY", "/ofrep/v1/ANY"),
)
V1 = "/i/v1/analytics/events"
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
}
HEADER_TEXTS = st.sampled_from(
    ["", "*", "W/", 'W/"', '"" , ""', "gzip", "br", "zstd", "x" * 9000, "\xff\xfe", ";=,", "-1"]
)
HEADER_NAMES = (
    *("If-None-Match", "Accept-Encoding", "Content-Encoding", "Origin", "X-Request-Id"),
    *("PostHog-Attempt", "PostHog-Request-Timestamp", "PostHog-Sdk-Info", "User-Agent"),
)
HEADERS = st.fixed_dictionaries({}, optional=dict.fromkeys(HEADER_NAMES, HEADER_TEXTS))
KEYS = ("public", "secret", "personal", "Bearer", "Bearer \xff", "Basic eDp5", "Bearer phs_x", "")
QUERIES = st.dictionaries(
    st.sampled_from(["token", "v", "send_cohorts", "_", "compression", "data", "config", "stage"]),
    hostile.PLACES | hostile.QUERIES,
    max_size=3,
)

# They share a server.
pytestmark = pytest.mark.xdist_group("hostile sdk")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("barrage")
    with running_stack(settings_in(folder)) as running:
        flags = Flags(stack=running)
        flags.create("known", SPLIT)
        groups = [{"properties": [], "rollout_percentage": 100}]
        for key, payload in (("text", "null"), ("object", {"a": [1]}), ("number", "1e400")):
            for is_typed in (False, True):
                filters = {"groups": groups, "payloads": {"true": payload}}
                flags.create(f"{key}-{is_typed}", filters={**filters, "typed_payloads": is_typed})
        running.platform.stores.flag_source.refresh()
        yield running


def authorization(server: Stack, key: str) -> str:
    return {
        "public": f"Bearer {server.project.api_token}",
        "secret": f"Bearer {server.secret_key}",
        "personal": f"Bearer {server.installation.personal_api_key}",
    }.get(key, key)


def encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.text)
    if "javascript" not in answer.headers.get("content-type", ""):
        assert not [inside for inside in hostile.INSIDES if inside in answer.text]


@hostile.fuzzed(300)
@given(
    path=st.sampled_from(PATHS),
    places=st.lists(hostile.PLACES | st.just("TOKEN") | st.just("known"), min_size=2, max_size=2),
    method=st.sampled_from(["GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"]),
    query=QUERIES,
    body=hostile.RAW | hostile.OBJECTS.map(hostile.careless) | st.binary(max_size=40),
    encoding=st.sampled_from(sorted(ENCODERS)),
    headers=HEADERS,
    key=st.sampled_from(KEYS),
)
def test_no_request_breaks_a_path_of_sdks(
    server: Stack,
    *,
    path: str,
    places: list[str],
    method: str,
    query: dict[str, str],
    body: bytes,
    encoding: str,
    headers: dict[str, str],
    key: str,
) -> None:
    for place in places:
        token = server.project.api_token
        path = path.replace("ANY", token if place == "TOKEN" else quote(place, safe="%"), 1)
    sent = encoded({"Authorization": authorization(server, key), **headers})
    answer = server.anonymous.request(
        method, path, params=query, content=ENCODERS[encoding](body), headers=sent
    )
    check(answer)


CONTEXTS = st.dictionaries(
    st.sampled_from(["targetingKey", "groups", "$device_id", "plan", "company", "\ud800", ""]),
    hostile.ANYTHING,
    max_size=4,
)


@hostile.fuzzed(200)
@given(
    context=CONTEXTS | hostile.ANYTHING,
    key=st.sampled_from(["", "/known", "/object-True", "/number-True", "/text-False", "/nothing"]),
    has_id=st.booleans(),
)
def test_no_context_breaks_openfeature(
    server: Stack, *, context: object, key: str, has_id: bool
) -> None:
    if has_id and isinstance(context, dict):
        context = {**context, "targetingKey": "ada"}
    answer = server.anonymous.post(
        f"/ofrep/v1/evaluate/flags{key}",
        content=hostile.careless({"context": context}),
        headers={"Authorization": f"Bearer {server.project.api_token}"},
    )
    assert answer.status_code in {200, 400, 404}, answer.text
    if answer.status_code == 200 and key:
        assert answer.json().keys() == {"key", "value", "variant", "reason", "metadata"}


def sender_headers(server: Stack, **more: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {server.project.api_token}",
        "PostHog-Sdk-Info": "posthog-python/7.91.1",
        "PostHog-Attempt": "1",
        "PostHog-Request-Id": str(uuid4()),
        "PostHog-Request-Timestamp": "2026-11-21T09:24:15Z",
        **more,
    }


FIELDS = ("event", "uuid", "distinct_id", "timestamp", "options", "properties", "session_id")
OPTIONS = st.dictionaries(
    st.sampled_from(["cookieless_mode", "disable_skew_correction", "process_person_profile"]),
    hostile.SCALARS,
    max_size=2,
)
STRANGE_EVENTS = st.dictionaries(
    st.sampled_from(FIELDS), hostile.ANYTHING | OPTIONS, max_size=4
).map(lambda odd: {"event": "visit", "uuid": str(uuid4()), "distinct_id": "ada", **odd})


@hostile.fuzzed(150)
@given(
    batch=st.lists(STRANGE_EVENTS, min_size=1, max_size=3),
    encoding=st.sampled_from(sorted(ENCODERS)),
)
def test_every_strange_event_is_judged_and_exactly_what_is_kept_is_stored(
    server: Stack, *, batch: list[dict[str, Any]], encoding: str
) -> None:
    before = count(server)
    answer = server.anonymous.post(
        V1,
        content=ENCODERS[encoding](hostile.careless({"batch": batch})),
        headers=sender_headers(server, **({"Content-Encoding": encoding} if encoding else {})),
    )
    assert answer.status_code in {200, 400}, answer.text
    kept = 0
    if answer.status_code == 200:
        results = answer.json()["results"]
        assert set(results) == {event["uuid"] for event in batch}
        kept = sum(each["result"] in {"ok", "warning"} for each in results.values())
        assert all(each.keys() <= {"result", "details"} for each in results.values())
    assert count(server) - before == kept


@hostile.fuzzed(150)
@given(
    encoding=st.sampled_from(sorted(ENCODERS)),
    claimed=st.sampled_from(sorted(ENCODERS)),
    place=st.floats(0, 1),
    piece=st.binary(min_size=1, max_size=4),
)
def test_a_damaged_encoding_is_refused_or_harmless(
    server: Stack, *, encoding: str, claimed: str, place: float, piece: bytes
) -> None:
    event = {"event": "visit", "uuid": str(uuid4()), "distinct_id": "ada", "properties": {}}
    body = ENCODERS[encoding](json.dumps({"batch": [event]}).encode())
    at = int(place * len(body))
    answer = server.anonymous.post(
        V1,
        content=body[:at] + piece + body[at + len(piece) :],
        headers=sender_headers(server, **({"Content-Encoding": claimed} if claimed else {})),
    )
    assert answer.status_code in {200, 400, 413}, answer.text


def count(server: Stack) -> int:
    selection = EventSelection(project_id=server.project.id, limit=100_000)
    return len(server.platform.stores.events.find_events(selection))


@pytest.mark.parametrize("encoding", [name for name in ENCODERS if name])
@pytest.mark.parametrize("filling", [b" ", b"[", b'{"batch":['])
def test_a_bomb_is_refused_by_what_it_would_become(
    server: Stack, encoding: str, filling: bytes
) -> None:
    bomb = ENCODERS[encoding](filling * (40_000_000 // len(filling)))
    started_at = perf_counter()
    answer = server.anonymous.post(
        V1, content=bomb, headers=sender_headers(server, **{"Content-Encoding": encoding})
    )
    assert answer.status_code == 413
    assert perf_counter() - started_at < 5


PATTERNS = (
    r"^(a+)+$",
    r"^(a|aa)+$",
    r"^(a*)*b$",
    r"(.*a){25}b",
    r"^(?=(a+)+$)a",
    r"^(?!(a|a)*$)b",
    r"(a?){60}a{60}",
    r"((a{1,100}){1,100}){1,100}b",
    "(" * 500 + "a" + ")" * 500,
    r"(?:a(?:b|c)*)*\1$",
)


def test_no_pattern_of_a_flag_stalls_the_server(server: Stack) -> None:
    """Patterns and texts that take a careless matcher longer than the age of the universe."""
    flags = Flags(stack=server)
    kept = []
    for number, pattern in enumerate(PATTERNS):
        for operator in ("regex", "not_regex"):
            rule = {"key": "p", "type": "person", "operator": operator, "value": pattern}
            groups = [{"properties": [rule], "rollout_percentage": 100}]
            answer = flags.try_create(key=f"{operator}-{number}", filters={"groups": groups})
            assert answer.status_code in {201, 400}, answer.text
            kept += [f"{operator}-{number}"] if answer.status_code == 201 else []
    assert len(kept) >= len(PATTERNS)
    body = {
        "token": server.project.api_token,
        "distinct_id": "ada",
        "person_properties": {"p": "a" * 20_000 + "!"},
        "flag_keys_to_evaluate": kept,
    }
    started_at = perf_counter()
    answer = server.anonymous.post("/flags/?v=2", json=body)
    taken = perf_counter() - started_at
    assert answer.status_code == 200
    assert answer.json()["flags"].keys() == set(kept)
    assert taken < 5


@pytest.mark.parametrize(
    "name",
    ["../manifest.json", "%2e%2e%2fmanifest.json", "manifest.json", "LICENSE", "array.js.gz", "."],
)
def test_only_scripts_are_served_from_the_folder_of_scripts(server: Stack, name: str) -> None:
    for path in (f"/static/{name}", f"/static/1.449.2/{name}"):
        answer = server.anonymous.get(path)
        assert answer.status_code == 404, (path, answer.status_code)
