"""The `posthog` package, unchanged: the page about it as it stands, and what else it can."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from posthog import Posthog

from tests.e2e.clients import (
    EVERYBODY,
    Shop,
    add_flags_of_every_kind,
    program_of,
    run_python,
    running_shop,
    shown_by,
)

pytestmark = pytest.mark.xdist_group("python client")
USERS = [f"someone-{number}" for number in range(60)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("python")) as running:
        yield running


def client(shop: Shop, *, is_local: bool = False, **options: Any) -> Posthog:  # noqa: ANN401 - the client's own
    secret = shop.server.keys["project_secret_key"] if is_local else None
    token = shop.server.keys["project_token"]
    made = Posthog(token, host=shop.server.url, secret_key=secret, **options)
    if is_local:
        made.load_feature_flags()  # type: ignore[no-untyped-call]
    return made


def test_the_program_of_the_page_prints_what_it_shows_and_all_of_it_arrives(shop: Shop) -> None:
    assert run_python(program_of("python.md", "python"), shop.env) == shown_by("python.md")
    arrived = shop.events()
    local = [f"user-{number}" for number in (1, 2, 3, 4)]
    assert Counter((event["event"], event["distinct_id"]) for event in arrived) == {
        **{("$feature_flag_called", user): 1 for user in local},
        ("$feature_flag_called", "user-42"): 2,
        ("purchase", "user-42"): 1,
        ("$set", "user-42"): 1,
        ("signup", "user-42"): 1,
        ("$create_alias", "user-42"): 1,
        ("$groupidentify", group_identifier(arrived)): 1,
        ("invoice paid", "user-42"): 1,
    }
    (purchase,) = [event for event in arrived if event["event"] == "purchase"]
    assert purchase["properties"]["amount"] == 12.5
    assert purchase["properties"]["$feature/checkout"] == "test"
    assert purchase["properties"]["$active_feature_flags"] == ["banner", "beta", "checkout"]
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


def group_identifier(arrived: list[dict[str, Any]]) -> str:
    """The client makes an id up for events about a group."""
    (described,) = [event for event in arrived if event["event"] == "$groupidentify"]
    return str(described["distinct_id"])


def test_the_client_decides_by_itself_what_the_server_decides(shop: Shop) -> None:
    """Every user, every flag: shares, conditions, pins, payloads, groups and dependencies."""
    add_flags_of_every_kind(shop)
    remote, local = client(shop), client(shop, is_local=True)
    seen: dict[str, set[object]] = defaultdict(set)
    try:
        for number, user in enumerate(USERS):
            about: dict[str, Any] = {
                "person_properties": {"plan": ("pro", "free")[number % 2]},
                "groups": {"company": f"company-{number}"},
                "group_properties": {"company": {"seats": number}},
            }
            asked = remote.get_all_flags_and_payloads(user, **about)
            decided = local.get_all_flags_and_payloads(user, only_evaluate_locally=True, **about)
            # The server leaves out what is switched off, the client answers false.
            assert {**(asked["featureFlags"] or {}), "asleep": False} == decided["featureFlags"]
            assert asked["featureFlagPayloads"] == decided["featureFlagPayloads"]
            for key, value in (decided["featureFlags"] or {}).items():
                seen[key].add(value)
    finally:
        remote.shutdown()
        local.shutdown()
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


def test_a_client_that_decides_by_itself_hears_of_changes(shop: Shop) -> None:
    flag = shop.team.post("feature_flags/", {"key": "turning", "filters": {"groups": [EVERYBODY]}})
    local = client(shop, is_local=True)
    try:
        options: dict[str, Any] = {"flag_keys": ["turning"], "only_evaluate_locally": True}
        assert local.evaluate_flags("somebody", **options).is_enabled("turning")
        shop.team.patch(f"feature_flags/{flag['id']}/", {"active": False})
        local.load_feature_flags()  # type: ignore[no-untyped-call]
        assert not local.evaluate_flags("somebody", **options).is_enabled("turning")
        assert local.get_remote_config_payload("banner") == {"text": "Hello", "days": 3}
    finally:
        local.shutdown()
        shop.team.patch(f"feature_flags/{flag['id']}/", {"deleted": True})


@pytest.mark.parametrize("compression", ["none", "gzip", "deflate"])
def test_the_newer_way_to_capture_stores_the_same(shop: Shop, compression: str) -> None:
    failures: list[Exception] = []
    sender = client(
        shop,
        capture_mode="v1",
        capture_compression=compression,
        on_error=lambda error, _: failures.append(error),
    )
    name, user = f"paid by {compression}", f"payer-{compression}"
    ours = sender.capture(name, distinct_id=user, properties={"amount": 3, "$session_id": "s-1"})
    sender.set(distinct_id=user, properties={"plan": "pro"})
    sender.capture("x" * 201, distinct_id=user)
    sender.shutdown()
    (event,) = shop.events(event=name)
    assert (event["id"], event["distinct_id"]) == (ours, user)
    properties = event["properties"]
    assert (properties["amount"], properties["$session_id"]) == (3, "s-1")
    assert (properties["$lib"], properties["$is_server"]) == ("posthog-python", True)
    assert shop.person(user)["properties"] == {"plan": "pro"}
    # What this way does not keep it says, event by event.
    (failure,) = failures
    assert "1 event(s) dropped by the server" in str(failure)


def test_whatever_else_a_backend_sends_arrives(shop: Shop) -> None:
    sender = client(shop, gzip=True)
    zoned = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    sender.capture("zoned", distinct_id=7, timestamp=zoned, properties={"odd": float("nan")})
    sender.set_once(distinct_id="7", properties={"first": 1})
    sender.set_once(distinct_id="7", properties={"first": 2})
    nobody = sender.capture("nobody's")
    generation = sender.capture_ai("$ai_generation", distinct_id="7", properties={"$ai_model": "m"})
    sender.capture_exception(ValueError("broken"), distinct_id="7")
    sender.shutdown()
    (event,) = shop.events(event="zoned")
    assert (event["distinct_id"], event["properties"]["odd"]) == ("7", None)
    assert datetime.fromisoformat(event["timestamp"]) == zoned.astimezone(UTC)
    assert shop.person("7")["properties"] == {"first": 1}
    (event,) = shop.events(event="nobody's")
    assert (event["id"], event["person"]) == (nobody, None)
    assert str(UUID(event["distinct_id"])) == event["distinct_id"]
    (event,) = shop.events(event="$ai_generation")
    assert event["id"] == generation
    (event,) = shop.events(event="$exception")
    assert event["properties"]["$exception_list"][0]["value"] == "broken"
