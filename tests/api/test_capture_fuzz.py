"""Whatever is sent to capture, the answer is one of the protocol's, and capture goes on."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitplot.ports.event_store import EventSelection
from tests.api.stack import Stack, running_stack, settings_in

ANSWERS = {200, 204, 400, 401, 413}
PATHS = ("/batch/", "/e/", "/i/v0/e", "/capture/", "/track", "/engage/")

odd_texts = st.sampled_from(
    ["", " ", "null", "\0", "\ud800", "😀", "x" * 300, "$set", "0001-01-01T00:00:00Z", "1e999"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | odd_texts
    | st.text(max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    ["visit", "$identify", "$create_alias", "$merge_dangerously", "$groupidentify", "$set"]
)
ids = st.sampled_from(["a", "b", "c"]) | scalars
properties = st.dictionaries(
    st.sampled_from(
        [
            "distinct_id",
            "token",
            "$set",
            "$set_once",
            "$unset",
            "$groups",
            "$group_type",
            "$group_key",
            "$group_set",
            "$anon_distinct_id",
            "alias",
            "$process_person_profile",
            "$feature_flag_response",
        ]
    ),
    anything | ids,
    max_size=5,
)
events = st.fixed_dictionaries(
    {"event": names, "distinct_id": ids},
    optional={
        "properties": properties | anything,
        "timestamp": anything,
        "offset": anything,
        "uuid": st.uuids().map(str) | scalars,
        "$set": anything,
        "$set_once": anything,
    },
)


# They share a stack, and the last one reads what the others stored.
pytestmark = pytest.mark.xdist_group("capture fuzz")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("fuzz")
    with running_stack(
        settings_in(folder, events_url=f"duckdb:///{folder / 'events.duckdb'}")
    ) as running:
        yield running


def _json(value: object) -> bytes:
    """As a careless client writes it: with NaN, infinities and halves of characters."""
    return json.dumps(value).encode()


def is_taken(stack: Stack) -> bool:
    """Whether an ordinary event still goes in and comes out."""
    name = uuid4().hex
    sent = {"api_key": stack.project.api_token, "event": "visit", "distinct_id": name}
    assert stack.anonymous.post("/e/", json=sent).status_code == 200
    selection = EventSelection(project_id=stack.project.id, distinct_id=name)
    return len(stack.platform.stores.events.find_events(selection)) == 1


fuzzed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzzed
@given(
    path=st.sampled_from(PATHS),
    batch=st.lists(events, min_size=1, max_size=4),
    sent_at=anything,
    query=st.dictionaries(st.sampled_from(["_", "compression", "beacon"]), odd_texts),
)
def test_no_event_breaks_capture(
    shared: Stack, *, path: str, batch: list[Any], sent_at: object, query: dict[str, str]
) -> None:
    sent = {"api_key": shared.project.api_token, "batch": batch, "sent_at": sent_at}
    query = {name: text.encode(errors="replace").decode() for name, text in query.items()}
    content = _json(sent)
    answer = shared.anonymous.post(path, content=content, params=query)
    assert answer.status_code in ANSWERS, answer.text
    # Sent again, it fares the same.
    assert shared.anonymous.post(path, content=content, params=query).status_code == (
        answer.status_code
    )
    assert is_taken(shared)


@fuzzed
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=64) | anything.map(_json))
def test_no_body_breaks_capture(shared: Stack, path: str, body: bytes) -> None:
    assert shared.anonymous.post(path, content=body).status_code in ANSWERS


def test_all_that_was_stored_can_be_read_back(shared: Stack) -> None:
    for path in ("events/?limit=10000", "persons/?limit=10000"):
        answer = shared.client.get(shared.url(path))
        assert answer.status_code == 200
        assert answer.json()["results"]
