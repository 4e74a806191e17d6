"""Bodies that were valid once: whatever became of them, capture and flags go on."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.ports.event_store import EventSelection
from tests.api import hostile
from tests.api.management import SPLIT, Flags
from tests.api.stack import Stack, running_stack, settings_in

CAPTURE_PATHS = ("/batch/", "/e/", "/capture/")
FLAG_PATHS = ("/flags/?v=2", "/decide/?v=3")
MOST_LEVELS = 238


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("barrage")
    events_url = f"duckdb:///{folder / 'events.duckdb'}"
    with running_stack(settings_in(folder, events_url=events_url)) as running:
        Flags(stack=running).create("known", SPLIT)
        running.platform.stores.flag_source.refresh()
        yield running


def count(server: Stack) -> int:
    selection = EventSelection(project_id=server.project.id, limit=100_000)
    return len(server.platform.stores.events.find_events(selection))


def event(name: str, **properties: object) -> dict[str, object]:
    return {"event": name, "distinct_id": "ada", "properties": properties}


def batch(server: Stack, *events: object) -> bytes:
    return json.dumps({"api_key": server.project.api_token, "batch": events}).encode()


def asked(server: Stack) -> bytes:
    return json.dumps({"token": server.project.api_token, "distinct_id": "ada"}).encode()


def plain(body: bytes) -> bytes:
    return body


def form(body: bytes) -> bytes:
    return b"data=" + quote_plus(base64.b64encode(body)).encode()


def doubly(body: bytes) -> bytes:
    return gzip.compress(base64.b64encode(gzip.compress(body, mtime=0)), mtime=0)


WRAPPINGS: list[Callable[[bytes], bytes]] = [
    plain,
    lambda body: gzip.compress(body, mtime=0),
    base64.b64encode,
    form,
    doubly,
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "flip", "insert", "repeat", "append"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=4) | st.sampled_from([b"\x1f\x8b", b"\0", b'"', b"{", b"="]),
    ),
    max_size=3,
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "compression": st.sampled_from(["gzip", "gzip-js", "base64", "lz64", "lz-string", "zip"]),
        "_": st.sampled_from(["1", "9" * 400, "nan", "-1e999"]),
        "ver": st.just("1"),
    },
)


def edited(body: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, piece in edits:
        at = int(place * len(body))
        if kind == "cut":
            body = body[:at]
        elif kind == "flip":
            body = body[:at] + piece + body[at + len(piece) :]
        elif kind == "insert":
            body = body[:at] + piece + body[at:]
        elif kind == "repeat":
            body += body[at:]
        else:
            body += piece
    return body


def post(server: Stack, path: str, content: bytes, **parameters: str) -> httpx.Response:
    params = httpx.URL(path).params.merge(parameters)
    return server.anonymous.post(path, content=content, params=params)


def check(answer: httpx.Response) -> None:
    assert answer.status_code in {200, 400, 401, 413}, answer.text
    assert not [inside for inside in hostile.INSIDES if inside in answer.text]


@hostile.fuzzed(400)
@given(
    path=st.sampled_from(CAPTURE_PATHS),
    wrap=st.sampled_from(WRAPPINGS),
    edits=EDITS,
    parameters=PARAMETERS,
)
def test_a_damaged_body_is_stored_as_a_whole_or_not_at_all(
    server: Stack,
    *,
    path: str,
    wrap: Callable[[bytes], bytes],
    edits: list[tuple[str, float, bytes]],
    parameters: dict[str, str],
) -> None:
    body = edited(wrap(batch(server, *(event("visit", n=n) for n in range(3)))), edits)
    before = count(server)
    answer = post(server, path, body, **parameters)
    check(answer)
    stored = count(server) - before
    # What was repeated or cut may be another valid request, but a refused one leaves nothing.
    assert stored > 0 if answer.status_code == 200 else stored == 0


@hostile.fuzzed(300)
@given(
    path=st.sampled_from(FLAG_PATHS),
    wrap=st.sampled_from(WRAPPINGS),
    edits=EDITS,
    parameters=PARAMETERS,
)
def test_no_damaged_body_breaks_the_flags(
    server: Stack,
    *,
    path: str,
    wrap: Callable[[bytes], bytes],
    edits: list[tuple[str, float, bytes]],
    parameters: dict[str, str],
) -> None:
    check(post(server, path, edited(wrap(asked(server)), edits), **parameters))


@cache
def bombs() -> dict[str, bytes]:
    zeros = gzip.compress(b" " * 30_000_000, mtime=0)
    return {
        "gzip": zeros,
        "gzip in gzip": gzip.compress(gzip.compress(zeros, mtime=0), mtime=0),
        "many members": gzip.compress(b" " * 3_000_000, mtime=0) * 10,
        "brackets": b"[" * 2_000_000,
        "escapes": b'"' + b"\\ud800" * 300_000,
        "digits": b"9" * 2_000_000,
        "percent": b"%25" * 1_000_000,
        "empty members": gzip.compress(b"", mtime=0) * 50_000,
    }


@pytest.mark.parametrize("path", [*CAPTURE_PATHS, *FLAG_PATHS])
@pytest.mark.parametrize("name", bombs())
def test_a_bomb_is_refused_and_leaves_nothing(server: Stack, path: str, name: str) -> None:
    before = count(server)
    answer = post(server, path, bombs()[name])
    assert answer.status_code in {400, 413}, answer.text
    assert count(server) == before


BAD_EVENTS: list[object] = [
    None,
    [],
    {},
    {"event": "", "distinct_id": "ada"},
    {"event": "visit"},
    {"event": "visit", "distinct_id": "ada", "properties": []},
    {"event": "visit", "distinct_id": "ada", "uuid": "no uuid"},
    {"event": "visit", "distinct_id": "ada", "properties": {"long": "x" * 1024 * 1024}},
]


@pytest.mark.parametrize("bad", BAD_EVENTS)
def test_one_bad_event_spoils_its_whole_request_and_nothing_else(
    server: Stack, bad: object
) -> None:
    before = count(server)
    answer = post(server, "/batch/", batch(server, event("visit"), bad, event("visit")))
    assert answer.status_code in {400, 413}
    assert count(server) == before
    assert post(server, "/batch/", batch(server, event("visit"))).status_code == 200
    assert count(server) == before + 1


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", range(MOST_LEVELS - 4, MOST_LEVELS + 3))
@pytest.mark.parametrize("field", ["properties", "$set", "distinct_id"])
def test_an_event_is_kept_or_refused_at_the_deepest_nesting(
    server: Stack, opening: str, levels: int, field: str
) -> None:
    """What is kept can be read back: in a list, in a page, in an answer."""
    inside = 1 if field == "distinct_id" else 2
    nest = opening * (levels - inside) + "1" + {"[": "]"}.get(opening, "}") * (levels - inside)
    value = nest if field == "distinct_id" else f'{{"deep": {nest}}}'
    other = "" if field == "distinct_id" else f'"distinct_id": "deep-{field}-{levels}", '
    sent = f'{{"token": "{server.project.api_token}", "event": "deep", {other}"{field}": {value}}}'
    before = count(server)
    answer = post(server, "/e/", sent.encode())
    assert answer.status_code == (200 if levels <= MOST_LEVELS else 400), answer.text
    assert count(server) - before == (levels <= MOST_LEVELS)
    for path in ("events/", "persons/"):
        assert server.client.get(server.url(path)).status_code == 200
