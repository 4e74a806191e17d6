"""OFREP: flags for OpenFeature clients, one at a time and all at once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from splitplot.errors import Unavailable
from splitplot.flags.model import FlagId
from splitplot.people.identity import PeopleChanges, PersonChange, derived_person_id
from splitplot.people.model import Person
from tests.api.management import SPLIT, Flags, Json
from tests.api.stack import Stack, running_stack, settings_in
from tests.factories import NOON

ADA = {"targetingKey": "ada"}
PRO = {"key": "plan", "value": "pro", "operator": "exact", "type": "person"}
PATH = "/ofrep/v1/evaluate/flags"


@pytest.fixture(scope="module")
def stack_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A server without flags, for tests that change nothing."""
    with running_stack(settings_in(tmp_path_factory.mktemp("ofrep"))) as running:
        yield running


def rule(*filters: Json, rollout: float = 100, **extra: object) -> Json:
    return {"groups": [{"properties": list(filters), "rollout_percentage": rollout, **extra}]}


def ask(
    stack: Stack,
    key: str = "",
    context: Json | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Asks with the project's public token, of one flag or of all."""
    bearer = {"Authorization": f"Bearer {stack.project.api_token}"}
    body = {"context": ADA if context is None else context}
    return stack.anonymous.post(f"{PATH}/{key}", json=body, headers=bearer | dict(headers or {}))


def answer(stack: Stack, key: str, context: Json | None = None) -> tuple[Any, str, str]:
    """Value, variant and reason of one flag."""
    response = ask(stack, key, context)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["key"] == key
    assert body.keys() == {"key", "value", "variant", "reason", "metadata"}
    assert all(isinstance(value, str | int | bool) for value in body["metadata"].values())
    return body["value"], body["variant"], body["reason"]


def store_person(stack: Stack, distinct_id: str, **properties: str) -> None:
    person = Person(
        id=derived_person_id(stack.project.id, distinct_id),
        distinct_ids=(distinct_id,),
        properties=properties,
        created_at=NOON,
        is_identified=True,
    )
    change = PersonChange(person=person, new_distinct_ids=(distinct_id,))
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.people.apply(stack.project.id, PeopleChanges(changed=(change,)))


def test_each_kind_of_answer_has_its_value_variant_and_reason(stack: Stack, flags: Flags) -> None:
    split = {"multivariate": {"variants": SPLIT}}
    flags.create("everybody")
    flags.create("nobody", filters=rule(rollout=0))
    flags.create("some", filters=rule(rollout=99.999))
    flags.create("pro", filters=rule(PRO))
    flags.create("inactive", active=False)
    flags.create("pinned", filters=rule(variant="test") | split)
    typed = {"typed_payloads": True, "payloads": {"true": "1.0"}}
    flags.create("typed", filters=rule() | typed)
    assert answer(stack, "everybody") == (True, "on", "STATIC")
    assert answer(stack, "nobody") == (False, "off", "UNKNOWN")
    assert answer(stack, "some") == (True, "on", "SPLIT")
    assert answer(stack, "pro", ADA | {"plan": "pro"}) == (True, "on", "TARGETING_MATCH")
    assert answer(stack, "pro", ADA | {"plan": "free"}) == (False, "off", "UNKNOWN")
    assert answer(stack, "inactive") == (False, "off", "DISABLED")
    assert answer(stack, "pinned") == ("test", "test", "TARGETING_MATCH")
    assert answer(stack, "typed") == (1.0, "on", "STATIC")
    assert b'"value":1.0' in ask(stack, "typed").content


def test_the_same_unit_gets_what_the_other_protocol_says(stack: Stack, flags: Flags) -> None:
    flags.create("exp", SPLIT)
    for unit in ("ada", "grace", "emmy", "42"):
        body = {"token": stack.project.api_token, "distinct_id": unit}
        record = stack.anonymous.post("/flags/?v=2", json=body).json()["flags"]["exp"]
        key = 42 if unit == "42" else unit
        variant = record["variant"]
        assert answer(stack, "exp", {"targetingKey": key}) == (variant, variant, "SPLIT")


def test_all_flags_come_as_a_list_with_a_tag(stack: Stack, flags: Flags) -> None:
    flags.create("b")
    flags.create("a", active=False)
    flags.create("pro", filters=rule(PRO))
    whole = ask(stack)
    assert [(flag["key"], flag["value"]) for flag in whole.json()["flags"]] == [
        ("a", False),
        ("b", True),
        ("pro", False),
    ]
    for known in (whole.headers["etag"], whole.headers["etag"].removeprefix("W/")):
        same = ask(stack, headers={"If-None-Match": known})
        assert (same.status_code, same.content) == (304, b"")
    # Another unit's answers, what is stored about this one, and new flags change the tag.
    tag = {"If-None-Match": whole.headers["etag"]}
    assert ask(stack, context=ADA | {"plan": "pro"}, headers=tag).status_code == 200
    store_person(stack, "ada", plan="pro")
    changed = ask(stack, headers=tag)
    assert changed.json()["flags"][2]["value"] is True
    flags.create("c")
    assert ask(stack, headers={"If-None-Match": changed.headers["etag"]}).status_code == 200


def test_a_group_and_a_device_can_be_told_of(stack: Stack, flags: Flags) -> None:
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.people.add_group_type(stack.project.id, "company")
    stack.platform.stores.flag_source.refresh()
    acme = {"key": "$group_key", "value": "acme", "type": "group", "group_type_index": 0}
    by_group = rule(acme | {"operator": "exact"}) | {"aggregation_group_type_index": 0}
    flags.create("group", filters=by_group)
    flags.create("device", filters=rule(rollout=99.999), bucketing_identifier="device_id")
    for groups, value in (({"company": "acme"}, True), ({"company": "other"}, False)):
        assert answer(stack, "group", ADA | {"groups": groups})[0] is value
    assert answer(stack, "device")[0] is False
    assert answer(stack, "device", ADA | {"$device_id": "d"})[0] is True


def test_every_kind_of_key_opens_a_project(stack: Stack, flags: Flags) -> None:
    flags.create("on")
    flags.create("backend", evaluation_runtime="server")
    secrets = (stack.secret_key, stack.installation.personal_api_key)
    for key in (stack.project.api_token, *secrets):
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
            body = {"context": ADA}
            found = stack.anonymous.post(f"{PATH}/", json=body, headers=headers).json()["flags"]
            expected = ["backend", "on"] if key in secrets else ["on"]
            assert [flag["key"] for flag in found] == expected


def test_flags_for_another_runtime_are_not_there(stack: Stack, flags: Flags) -> None:
    flags.create("backend", evaluation_runtime="server")
    flags.create("page", evaluation_runtime="client")
    for agent, seen in (("python-requests/2", "backend"), ("Mozilla/5.0", "page")):
        headers = {"User-Agent": agent}
        assert [flag["key"] for flag in ask(stack, headers=headers).json()["flags"]] == [seen]
        other = "page" if seen == "backend" else "backend"
        assert ask(stack, other, headers=headers).status_code == 404


def test_who_has_no_key_or_a_wrong_one_is_told_in_the_protocols_words(stack: Stack) -> None:
    body = {"context": ADA}
    refused = {
        401: [{}, {"X-API-Key": "phs_unknown"}, {"Authorization": "Bearer phc_unknown"}],
        403: [{"X-API-Key": stack.key(scopes=("person:read",))}],
    }
    for status, all_headers in refused.items():
        for headers in all_headers:
            for path in (PATH, f"{PATH}/on"):
                response = stack.anonymous.post(path, json=body, headers=headers)
                assert response.status_code == status
                assert response.json().keys() == {"errorDetails"}


def test_an_unknown_flag_is_not_found(stack: Stack) -> None:
    for sent, key in (("nothing", "nothing"), ("a%20b%2Fc", "a b/c"), ("nothing/", "nothing")):
        response = ask(stack, sent)
        assert response.status_code == 404
        assert response.json() == {
            "key": key,
            "errorCode": "FLAG_NOT_FOUND",
            "errorDetails": "There is no such flag.",
        }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "PARSE_ERROR"),
        (b"{", "PARSE_ERROR"),
        (b"[]", "INVALID_CONTEXT"),
        (b"null", "INVALID_CONTEXT"),
        (b'{"context":[]}', "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":[]}}', "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":true}}', "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":"a","groups":[]}}', "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":"a","groups":{"company":{}}}}', "INVALID_CONTEXT"),
        (b"{}", "TARGETING_KEY_MISSING"),
        (b'{"context":{}}', "TARGETING_KEY_MISSING"),
        (b'{"context":{"targetingKey":""}}', "TARGETING_KEY_MISSING"),
        (b'{"context":{"targetingKey":null}}', "TARGETING_KEY_MISSING"),
    ],
)
def test_a_context_that_cannot_be_used_is_refused(
    stack_of_module: Stack, body: bytes, code: str
) -> None:
    headers = {"X-API-Key": stack_of_module.project.api_token}
    for path, named in ((PATH, {}), (f"{PATH}/on", {"key": "on"})):
        response = stack_of_module.anonymous.post(path, content=body, headers=headers)
        assert response.status_code == 400
        problem = response.json()
        assert problem.pop("errorDetails")
        assert problem == {"errorCode": code, **named}


def test_flags_in_a_cycle_fail_and_the_others_are_answered(stack: Stack, flags: Flags) -> None:
    flags.create("on")
    one, other = flags.create("one"), flags.create("other")
    for flag, needed in ((one, other), (other, one)):
        needs = {"type": "flag", "key": str(needed["id"]), "operator": "flag_evaluates_to"}
        with stack.platform.stores.metadata.transaction() as repositories:
            stored = repositories.flags.find(stack.project.id, FlagId(flag["id"]))
            assert stored is not None
            filters = rule(needs | {"value": True})
            repositories.flags.save(stack.project.id, replace(stored, filters=filters))
    stack.platform.stores.flag_source.refresh()
    single = ask(stack, "one")
    failure = {"errorCode": "GENERAL", "errorDetails": "The flag depends on itself."}
    assert (single.status_code, single.json()) == (400, {"key": "one", **failure})
    entries = {flag["key"]: flag for flag in ask(stack).json()["flags"]}
    assert entries["one"] == {"key": "one", **failure}
    assert entries["on"]["value"] is True


def test_what_cannot_be_read_now_fails_flag_by_flag(
    stack: Stack, flags: Flags, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags.create("on")
    flags.create("pro", filters=rule(PRO))

    def away() -> None:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(stack.platform.flags._metadata, "reading", away)
    on, pro = ask(stack).json()["flags"]
    assert on["value"] is True
    assert pro["errorCode"] == "GENERAL"
    single = ask(stack, "pro")
    assert (single.status_code, single.json()["errorCode"]) == (400, "GENERAL")


def test_a_body_that_is_too_large_is_refused(stack_of_module: Stack) -> None:
    headers = {"X-API-Key": stack_of_module.project.api_token}
    body = b'{"context":{"a":"%b"}}' % (b"a" * 21_000_000)
    response = stack_of_module.anonymous.post(PATH, content=body, headers=headers)
    assert response.status_code == 413
    assert response.json().keys() == {"errorDetails"}


def test_pages_of_any_origin_may_ask(stack_of_module: Stack) -> None:
    origin = {"Origin": "https://shop.example"}
    asked_before = origin | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    for path in (PATH, f"{PATH}/on"):
        preflight = stack_of_module.anonymous.options(path, headers=asked_before)
        assert preflight.status_code == 204
        allowed = preflight.headers["access-control-allow-headers"]
        assert allowed == "authorization,content-type"
    answered = ask(stack_of_module, headers=origin)
    assert answered.headers["access-control-allow-origin"] == origin["Origin"]
    assert "ETag" in answered.headers["access-control-expose-headers"]
    assert json.loads(answered.content) == {"flags": []}


def test_every_method_is_answered(stack_of_module: Stack) -> None:
    for path in (PATH, f"{PATH}/on"):
        assert stack_of_module.anonymous.options(path).status_code == 204
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            refused = stack_of_module.anonymous.request(method, path)
            assert (refused.status_code, refused.headers["allow"]) == (405, "POST, OPTIONS")
