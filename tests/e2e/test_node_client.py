"""The `posthog-node` package, unchanged: the page about it as it stands, and what else it can."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.e2e.clients import (
    NODE_FOLDER,
    Shop,
    add_flags_of_every_kind,
    needs_node,
    program_of,
    run_node,
    running_shop,
    shown_by,
)

pytestmark = [needs_node, pytest.mark.xdist_group("node client")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("node")) as running:
        yield running


def script(name: str) -> str:
    return (NODE_FOLDER / name).read_text(encoding="utf-8")


def test_the_program_of_the_page_prints_what_it_shows_and_all_of_it_arrives(shop: Shop) -> None:
    assert run_node(program_of("node.md", "js"), shop.env) == shown_by("node.md")
    arrived = shop.events()
    assert Counter((event["event"], event["distinct_id"]) for event in arrived) == {
        **{("$feature_flag_called", f"user-{number}"): 1 for number in (1, 2, 3, 4)},
        ("$feature_flag_called", "user-42"): 2,
        ("purchase", "user-42"): 1,
        ("$identify", "user-42"): 1,
        ("$create_alias", "user-42"): 1,
        ("$groupidentify", "$company_acme"): 1,
        ("invoice paid", "user-42"): 1,
    }
    (purchase,) = [event for event in arrived if event["event"] == "purchase"]
    assert purchase["properties"]["amount"] == 12.5
    assert purchase["properties"]["$feature/checkout"] == "test"
    (invoice,) = [event for event in arrived if event["event"] == "invoice paid"]
    assert invoice["properties"]["$group_0"] == "acme"
    person = shop.person("visitor-7")
    assert sorted(person["distinct_ids"]) == ["user-42", "visitor-7"]
    assert person["properties"] == {"plan": "pro", "country": "NL"}
    exposures = [event["properties"] for event in arrived if event["event"].startswith("$feature_")]
    assert {(e["$feature_flag"], e["locally_evaluated"]) for e in exposures} == {
        ("checkout", False),
        ("beta", False),
        ("checkout", True),
    }


def test_the_client_decides_by_itself_what_the_server_decides(shop: Shop) -> None:
    add_flags_of_every_kind(shop)
    (line,) = run_node(script("local_and_remote.mjs"), shop.env)
    outcome = json.loads(line)
    assert outcome["isReady"] is True
    assert outcome["payload"] == {"text": "Hello", "days": 3}
    seen: dict[str, set[object]] = defaultdict(set)
    for user in outcome["users"]:
        asked, decided = user["asked"], user["decided"]
        # The server leaves out what is switched off, the client answers false.
        assert {**asked["featureFlags"], "asleep": False} == decided["featureFlags"]
        assert asked["featureFlagPayloads"] == decided["featureFlagPayloads"]
        for key, value in decided["featureFlags"].items():
            seen[key].add(value)
    assert seen == {
        "asleep": {False},
        "banner": {True},
        "beta": {True, False},
        "checkout": {"control", "test"},
        "depends": {True, False},
        "large": {True, False},
        "parts": {"a", "b", "c"},
        "some": {True, False},
    }


@pytest.mark.parametrize("mode", ["v0", "v1"])
def test_whatever_else_a_backend_sends_arrives(shop: Shop, mode: str) -> None:
    user, uuid = f"sender-{mode}", str(uuid4())
    more = {"POSTHOG_CAPTURE_MODE": mode, "SENDER": user, "EVENT_UUID": uuid}
    assert run_node(script("sends.mjs"), shop.env | more) == []
    (event,) = shop.events(event=f"zoned for {user}")
    assert event["id"] == uuid
    assert datetime.fromisoformat(event["timestamp"]) == datetime(2026, 3, 1, 9, tzinfo=UTC)
    properties = event["properties"]
    assert (properties["amount"], properties["$session_id"]) == (3, "s-1")
    assert properties["$lib"] == "posthog-node"
    assert shop.person(user)["properties"] == {"plan": "free", "first": 1}
    assert [e["event"] for e in shop.events(distinct_id=user, event="$ai_generation")]
    (failure,) = shop.events(distinct_id=user, event="$exception")
    assert failure["properties"]["$exception_list"][0]["value"] == "broken"
