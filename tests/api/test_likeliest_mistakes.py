"""What servers of this protocol get wrong most often, one test for each, over HTTP."""

import gzip
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from splitplot.errors import Unavailable
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import FlagId
from splitplot.ports.event_store import EventSelection
from tests.api.management import Experiments, Flags
from tests.api.stack import Stack, running_stack, settings_in
from tests.unit.flags.flag_cases import load_cases, make_flag

ORIGIN = "https://shop.example"
CAPTURE = ("/batch/", "/e/", "/i/v0/e/", "/i/v0/ai/batch/", "/capture/", "/track/", "/engage/")
EVERYBODY: Properties = {"properties": [], "rollout_percentage": 100}

# They share a server.
pytestmark = pytest.mark.xdist_group("likeliest mistakes")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server for all of them; each uses ids and flags of its own."""
    with running_stack(settings_in(tmp_path_factory.mktemp("mistakes"))) as running:
        yield running


def put_flag(stack: Stack, filters: Properties, **more: Any) -> str:  # noqa: ANN401 - a flag's fields
    """A stored flag, also one that the management API would refuse; answers its key."""
    flag = replace(make_flag(filters=filters), id=FlagId(0), **{"key": uuid4().hex, **more})
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.flags.add(stack.project.id, flag)
    stack.platform.stores.flag_source.refresh()
    return flag.key


def when(*properties: Properties, rollout: float = 100, **more: JsonValue) -> Properties:
    """Filters of one condition."""
    return {"groups": [{"properties": list(properties), "rollout_percentage": rollout}], **more}


def variants(**shares: float) -> Properties:
    return {
        "variants": [{"key": key, "rollout_percentage": share} for key, share in shares.items()]
    }


def records(stack: Stack, distinct_id: str, *keys: str, **fields: object) -> dict[str, Any]:
    body = {"token": stack.project.api_token, "distinct_id": distinct_id, **fields}
    answer = stack.anonymous.post("/flags/?v=2", json={**body, "flag_keys_to_evaluate": keys})
    assert answer.status_code == 200, answer.text
    flags: dict[str, Any] = answer.json()["flags"]
    return flags


def value(stack: Stack, distinct_id: str, key: str, **fields: object) -> object:
    record = records(stack, distinct_id, key, **fields)[key]
    return record["variant"] or record["enabled"]


def post(stack: Stack, path: str, body: object) -> httpx.Response:
    return stack.anonymous.post(path, json=body)


def capture(stack: Stack, name: str, distinct_id: str, **properties: object) -> None:
    sent = {"event": name, "distinct_id": distinct_id, "properties": properties}
    body = {"api_key": stack.project.api_token, "batch": [sent]}
    assert post(stack, "/batch/", body).status_code == 200


def stored(stack: Stack, distinct_id: str) -> list[Any]:
    selection = EventSelection(project_id=stack.project.id, distinct_id=distinct_id)
    return list(stack.platform.stores.events.find_events(selection))


def person(stack: Stack, distinct_id: str) -> dict[str, Any]:
    answer = stack.client.get(stack.url("persons/"), params={"distinct_id": distinct_id})
    (found,) = answer.json()["results"]
    return dict(found)


def definitions(stack: Stack, **headers: str) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {stack.secret_key}"}
    query = f"token={stack.project.api_token}&send_cohorts"
    return stack.anonymous.get(f"/flags/definitions?{query}", headers=bearer | headers)


def an_id() -> str:
    return uuid4().hex


def point(prefix: str, distinct_id: str, salt: str = "") -> float:
    """The hash by its definition, without any code of ours."""
    digest = hashlib.sha1(f"{prefix}{distinct_id}{salt}".encode(), usedforsecurity=False)
    return int(digest.hexdigest()[:15], 16) / 0xFFFFFFFFFFFFFFF


def share_of(bound: float) -> float | None:
    """The percentage whose hundredth is exactly this bound, if there is one."""
    near = (bound * 100, math.nextafter(bound * 100, 0), math.nextafter(bound * 100, 100))
    return next((share for share in near if share / 100 == bound), None)


def on_the_edge(key: str, salt: str = "") -> tuple[str, float, float]:
    """A unit, the share that ends exactly where it lies, and the next smaller share."""
    for number in range(1000):
        at = point(f"{key}.", f"unit-{number}", salt)
        shares = (share_of(at), share_of(math.nextafter(at, 0)))
        if shares[0] is not None and shares[1] is not None:
            return f"unit-{number}", shares[0], shares[1]
    raise AssertionError(key)


@pytest.mark.parametrize("path", CAPTURE)
def test_mistake_01_capture_answers_anything_but_200_with_json(stack: Stack, path: str) -> None:
    event = {"event": "visit", "distinct_id": an_id(), "api_key": stack.project.api_token}
    for body in (event, {"api_key": stack.project.api_token, "batch": [event]}):
        answer = post(stack, path, body)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {"status": "Ok"}


def test_mistake_02_gzip_is_known_by_a_header_and_not_by_its_first_bytes(stack: Stack) -> None:
    sender = an_id()
    event = {"event": "visit", "distinct_id": sender, "api_key": stack.project.api_token}
    plain = json.dumps(event).encode()
    for content, headers in (
        (gzip.compress(plain), {"content-type": "text/plain"}),
        (gzip.compress(plain), {"content-encoding": "gzip"}),
        (plain, {"content-encoding": "gzip"}),
    ):
        assert stack.anonymous.post("/e/", content=content, headers=headers).status_code == 200
    assert len(stored(stack, sender)) == 3
    asked = json.dumps({"token": stack.project.api_token, "distinct_id": sender}).encode()
    answer = stack.anonymous.post(
        "/flags/?v=2", content=gzip.compress(asked), headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 200


def test_mistake_03_the_browsers_path_takes_arrays_alone(stack: Stack) -> None:
    sender, token = an_id(), stack.project.api_token
    event = {"event": "visit", "properties": {"distinct_id": sender, "token": token}}
    for body in ({"api_key": token, "batch": [event]}, [event], event):
        assert post(stack, "/e/", body).status_code == 200
    assert len(stored(stack, sender)) == 3


def test_mistake_04_browser_events_are_searched_for_an_id_at_the_top(stack: Stack) -> None:
    sender = an_id()
    properties = {"distinct_id": sender, "token": stack.project.api_token, "$lib": "web"}
    assert post(stack, "/e/", [{"event": "$pageview", "properties": properties}]).status_code == 200
    (event,) = stored(stack, sender)
    assert event.properties == properties


@pytest.mark.parametrize("sdk", ["python", "node"])
def test_mistake_05_aliases_are_merged_in_the_wrong_direction(stack: Stack, sdk: str) -> None:
    """Python sends the older id on top, Node the newer: the named one is merged into it."""
    older, newer = an_id(), an_id()
    for each in (older, newer):
        capture(stack, "visit", each, **{"$set": {"id": each}})
    own, other = (older, newer) if sdk == "python" else (newer, older)
    target = person(stack, own)["id"]
    capture(stack, "$create_alias", own, alias=other)
    merged = person(stack, other)
    assert (merged["id"], merged["properties"]) == (target, {"id": own})


def test_mistake_06_holdouts_hash_with_a_dot(stack: Stack) -> None:
    for share, column in ((10, "held_out_at_10"), (50, "held_out_at_50")):
        holdout = {"id": 42, "exclusion_percentage": share}
        key = put_flag(stack, when(holdout=holdout, multivariate=variants(control=50, test=50)))
        for row in load_cases("holdout_vectors")["rows"]:
            if column in row:
                served = value(stack, row["distinct_id"], key)
                assert (served == "holdout-42") == row[column], row


def test_mistake_07_the_ends_of_shares_are_on_the_wrong_side(stack: Stack) -> None:
    for number in range(5):
        for place in ("rollout at", "rollout under", "variant at", "variant over"):
            key = f"{place} {number}"
            salt = "variant" if place.startswith("variant") else ""
            who, at, under = on_the_edge(key, salt)
            filters, expected = {
                "rollout at": (when(rollout=at), True),
                "rollout under": (when(rollout=under), False),
                "variant at": (when(multivariate=variants(a=at, b=100 - at)), "b"),
                "variant over": (when(multivariate=variants(a=under, b=0, c=100)), "c"),
            }[place]
            put_flag(stack, filters, key=key)
            assert value(stack, who, key) == expected, place


def test_mistake_08_weights_below_a_hundred_switch_off_or_pick_the_last(stack: Stack) -> None:
    key = put_flag(stack, when(multivariate=variants(only=1), payloads={"true": "1"}))
    served = [records(stack, f"unit-{number}", key)[key] for number in range(50)]
    assert all(record["enabled"] for record in served)
    without = [record for record in served if record["variant"] is None]
    assert len(without) > 40
    assert {record["metadata"]["payload"] for record in without} == {"1"}


@pytest.mark.parametrize(
    ("operator", "filter_value"),
    [
        ("is_not", "pro"),
        ("not_icontains", "pro"),
        ("not_regex", "^pro$"),
        ("is_not_set", "is_not_set"),
    ],
)
def test_mistake_09_a_missing_property_fails_negative_conditions(
    stack: Stack, operator: str, filter_value: str
) -> None:
    condition = {"key": "plan", "type": "person", "operator": operator, "value": filter_value}
    key = put_flag(stack, when(condition))
    assert value(stack, an_id(), key) is True
    assert value(stack, an_id(), key, person_properties={"plan": "pro"}) is False


def test_mistake_10_null_counts_as_missing(stack: Stack) -> None:
    condition = {"key": "referrer", "type": "person", "value": "is_set"}
    there = put_flag(stack, when({**condition, "operator": "is_set"}))
    absent = put_flag(stack, when({**condition, "operator": "is_not_set"}))
    sent = {"person_properties": {"referrer": None}}
    assert (value(stack, "a", there, **sent), value(stack, "a", absent, **sent)) == (True, False)
    assert (value(stack, "a", there), value(stack, "a", absent)) == (False, True)
    stored_null = an_id()
    capture(stack, "visit", stored_null, **{"$set": {"referrer": None}})
    assert value(stack, stored_null, there) is True


def test_mistake_11_exact_false_and_exact_nothing_are_compared_as_text(stack: Stack) -> None:
    def matches(filter_value: JsonValue, own: object) -> bool:
        condition: Properties = {"key": "p", "type": "person", "value": filter_value}
        key = put_flag(stack, when({**condition, "operator": "exact"}))
        return value(stack, "a", key, person_properties={"p": own}) is True

    assert [matches("false", own) for own in (False, "no", 0, None, True)] == [True] * 4 + [False]
    assert [matches([], own) for own in (True, "true", "us", False)] == [True, True, False, False]


def test_mistake_12_flags_of_devices_fall_back_to_the_distinct_id(stack: Stack) -> None:
    split = when(multivariate=variants(control=50, test=50))
    key = put_flag(stack, split, bucketing_identifier="device_id")
    without = records(stack, "user", key)[key]
    assert (without["enabled"], without["variant"]) == (False, None)
    assert without["reason"]["code"] == "out_of_rollout_bound"
    served = {value(stack, f"user-{n}", key, **{"$device_id": "device"}) for n in range(20)}
    assert len(served) == 1
    assert served < {"control", "test"}


def test_mistake_13_inactive_flags_are_evaluated_or_left_out_of_definitions(stack: Stack) -> None:
    key = put_flag(stack, when(), active=False)
    assert records(stack, "a", key) == {}
    (flag,) = [flag for flag in definitions(stack).json()["flags"] if flag["key"] == key]
    assert flag["active"] is False


def test_mistake_14_trouble_is_told_with_a_status_that_makes_sdks_forget_their_flags(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put_flag(stack, when())

    def away() -> None:
        raise Unavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(stack.platform.stores.metadata, "reading", away)
        assert value(stack, "a", key) is True
        unknown = stack.anonymous.get(
            "/flags/definitions", headers={"Authorization": "Bearer phx_not_seen_yet"}
        )
        # Whoever cannot be looked up is not turned away for ever.
        assert unknown.status_code == 503
        assert definitions(stack).status_code in {200, 503}
    assert definitions(stack).status_code == 200


def test_mistake_15_the_tag_of_definitions_misses_cohorts_and_groups(stack: Stack) -> None:
    cohorts = stack.url("cohorts/")
    leaf = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}
    filters = {"properties": {"type": "OR", "values": [leaf]}}
    cohort = stack.client.post(cohorts, json={"name": "Payers", "filters": filters}).json()
    member = {"key": "id", "type": "cohort", "operator": "in", "value": cohort["id"]}
    Flags(stack=stack).create("of-a-cohort", filters=when(member))
    tags = [definitions(stack).headers["etag"]]
    filters["properties"]["values"] = [{**leaf, "value": "team"}]
    changed = stack.client.patch(f"{cohorts}{cohort['id']}/", json={"filters": filters})
    assert changed.status_code == 200, changed.text
    tags.append(definitions(stack).headers["etag"])
    capture(stack, "$groupidentify", "a", **{"$group_type": "company", "$group_key": "acme"})
    stack.platform.stores.flag_source.refresh()
    tags.append(definitions(stack).headers["etag"])
    assert len(set(tags)) == 3
    assert definitions(stack, **{"If-None-Match": tags[2]}).status_code == 304
    assert definitions(stack, **{"If-None-Match": tags[0]}).status_code == 200


def test_mistake_16_browsers_are_told_of_no_flags_while_there_are_some(stack: Stack) -> None:
    put_flag(stack, when())
    path = f"/array/{stack.project.api_token}/config"
    assert stack.anonymous.get(path).json()["hasFeatureFlags"] is True
    assert '"hasFeatureFlags":true' in stack.anonymous.get(f"{path}.js").text


@pytest.mark.parametrize(
    "path", ["/array/TOKEN/config.js", "/array/TOKEN/config", "/static/array.js", "/e/", "/flags/"]
)
def test_mistake_17_pages_of_other_origins_are_kept_out(stack: Stack, path: str) -> None:
    answer = stack.anonymous.get(
        path.replace("TOKEN", stack.project.api_token), headers={"Origin": ORIGIN}
    )
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"


def test_mistake_18_calls_of_a_flag_are_counted_as_exposures(stack: Stack) -> None:
    experiment = Experiments(stack=stack).launched()
    for who, variant in (("a", "control"), ("a", "control"), ("a", "control"), ("b", "test")):
        properties = {
            "$feature_flag": experiment["feature_flag_key"],
            "$feature_flag_response": variant,
        }
        capture(stack, "$feature_flag_called", f"exposed {who}", **properties)
    names = ("feature_flag", "start_date", "exposure_criteria")
    query = {
        "kind": "ExperimentExposureQuery",
        "experiment_id": experiment["id"],
        "experiment_name": experiment["name"],
        **{name: experiment[name] for name in names},
    }
    asked = {"query": query, "refresh": "force_blocking"}
    answer = stack.client.post(stack.url("query/"), json=asked)
    assert answer.json()["total_exposures"] == {"control": 1, "test": 1}


@pytest.mark.parametrize("hours", [5, -5])
def test_mistake_19_skew_is_added_or_ignored(stack: Stack, hours: int) -> None:
    sender, now = an_id(), datetime.now(UTC)
    theirs = now + timedelta(hours=hours)
    event = {
        "event": "visit",
        "distinct_id": sender,
        "timestamp": (theirs - timedelta(minutes=10)).isoformat(),
    }
    body = {"api_key": stack.project.api_token, "batch": [event], "sent_at": theirs.isoformat()}
    assert post(stack, "/batch/", body).status_code == 200
    (found,) = stored(stack, sender)
    assert abs(found.timestamp - (now - timedelta(minutes=10))) < timedelta(seconds=30)


def test_mistake_20_blocked_merges_lose_changes_and_set_once_overwrites(stack: Stack) -> None:
    victim, device, user = an_id(), an_id(), an_id()
    capture(stack, "$identify", victim, **{"$anon_distinct_id": device})
    capture(stack, "visit", user, **{"$set_once": {"first": 1}})
    changes = {"$set": {"plan": "pro"}, "$set_once": {"first": 2}}
    capture(stack, "$identify", user, **{"$anon_distinct_id": victim}, **changes)
    found = person(stack, user)
    assert found["distinct_ids"] == [user]
    assert found["properties"] == {"first": 1, "plan": "pro"}
    assert person(stack, victim)["properties"] == {}


def test_mistake_21_identifying_decides_what_a_flag_keeps(stack: Stack) -> None:
    key = put_flag(
        stack, when(multivariate=variants(control=50, test=50)), ensure_experience_continuity=True
    )
    anonymous, user, other = an_id(), an_id(), an_id()
    capture(stack, "visit", anonymous)
    capture(stack, "$identify", user, **{"$anon_distinct_id": anonymous})

    def kept() -> dict[str, str]:
        with stack.platform.stores.metadata.reading() as repositories:
            (found,) = repositories.people.find(stack.project.id, [user]).values()
            return dict(repositories.people.continuity(stack.project.id, found.id))

    assert kept() == {}
    before = value(stack, anonymous, key)
    assert value(stack, user, key, **{"$anon_distinct_id": anonymous}) == before
    assert kept() == {key: anonymous}
    value(stack, user, key, **{"$anon_distinct_id": other})
    assert kept() == {key: anonymous}


def test_mistake_22_openfeature_is_answered_without_a_variant(stack: Stack) -> None:
    keys = [
        put_flag(stack, when()),
        put_flag(stack, when(rollout=0)),
        put_flag(stack, when(), active=False),
        put_flag(stack, when(multivariate=variants(control=50, test=50))),
        put_flag(stack, when(multivariate=variants(only=0))),
    ]
    bearer = {"Authorization": f"Bearer {stack.project.api_token}"}
    for key in keys:
        answer = stack.anonymous.post(
            f"/ofrep/v1/evaluate/flags/{key}",
            json={"context": {"targetingKey": "ada"}},
            headers=bearer,
        )
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.json()["variant"], str)
        assert answer.json()["variant"]
