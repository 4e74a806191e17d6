"""`/flags/` in the whole application: behind its middleware, with what other parts store."""

import gzip
import json

from tests.api.stack import Stack
from tests.unit.flags.flag_cases import condition, make_flag

ORIGIN = {"origin": "https://shop.example"}
PRO = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}


def _put(stack: Stack) -> None:
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.flags.add(stack.project.id, make_flag("on", condition()))
        repositories.flags.add(stack.project.id, make_flag("pro", condition(PRO)))
    stack.platform.stores.flag_source.refresh()


def _ask(stack: Stack, distinct_id: str) -> dict[str, bool]:
    body = {"token": stack.project.api_token, "distinct_id": distinct_id}
    answer = stack.anonymous.post("/flags?v=2", json=body)
    assert answer.status_code == 200, answer.text
    return {key: record["enabled"] for key, record in answer.json()["flags"].items()}


def test_pages_of_any_origin_may_ask(stack: Stack) -> None:
    _put(stack)
    body = json.dumps({"token": stack.project.api_token, "distinct_id": "u"}).encode()
    for path in ("/flags/?v=2", "/flags?v=2", "/decide/?v=3"):
        answer = stack.anonymous.post(path, content=gzip.compress(body), headers=ORIGIN)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == ORIGIN["origin"]
        assert answer.headers["access-control-allow-credentials"] == "true"
    asked_before = {**ORIGIN, "access-control-request-method": "POST"}
    assert stack.anonymous.options("/flags/", headers=asked_before).status_code in (200, 204)


def test_a_refusal_may_be_read_by_pages_too(stack: Stack) -> None:
    refused = stack.anonymous.post("/flags/?v=2", json={"distinct_id": "u"}, headers=ORIGIN)
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == ORIGIN["origin"]


def test_other_methods_are_answered_behind_the_middleware(stack: Stack) -> None:
    assert stack.anonymous.get("/flags/").status_code == 200
    assert stack.anonymous.head("/flags/").status_code == 200
    options = stack.anonymous.options("/flags/")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, POST, OPTIONS, HEAD")
    assert stack.anonymous.delete("/flags/").status_code == 405


def test_a_captured_person_property_decides_a_flag(stack: Stack) -> None:
    _put(stack)
    assert _ask(stack, "ada") == {"on": True, "pro": False}
    event = {
        "api_key": stack.project.api_token,
        "event": "$set",
        "distinct_id": "ada",
        "properties": {"$set": {"plan": "pro"}},
    }
    assert stack.anonymous.post("/capture/", json=event).status_code == 200
    assert _ask(stack, "ada") == {"on": True, "pro": True}


def test_requests_for_flags_are_counted_under_their_path(stack: Stack) -> None:
    _put(stack)
    _ask(stack, "ada")
    assert 'route="/flags/"' in stack.anonymous.get("/metrics").text
