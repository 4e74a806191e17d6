"""Reading events and persons back over the management API."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.api.stack import BASE_URL, Stack

LISTS = ("events/", "persons/")


def capture(stack: Stack, *events: Mapping[str, Any]) -> None:
    sent = {"api_key": stack.project.api_token, "batch": events}
    assert stack.anonymous.post("/batch/", json=sent).status_code == 200


def results(stack: Stack, path: str) -> list[dict[str, Any]]:
    response = stack.client.get(stack.url(path))
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def an_event(number: int, **fields: object) -> dict[str, Any]:
    return {
        "event": "visit",
        "distinct_id": "user",
        "timestamp": f"2025-03-0{number}T12:00:00Z",
        **fields,
    }


def names(found: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in found]


def test_an_event_is_shown_whole_with_its_person(stack: Stack) -> None:
    uuid = str(uuid4())
    properties = {"amount": 12.5, "nested": {"a": [None, True]}, "$set": {"email": "a@b.example"}}
    event = an_event(1, uuid=uuid, timestamp="2025-03-01T12:00:00.5Z", properties=properties)
    capture(stack, event)
    (found,) = results(stack, "events/")
    (person,) = results(stack, "persons/")
    assert found == {
        "id": uuid,
        "event": "visit",
        "distinct_id": "user",
        "timestamp": "2025-03-01T12:00:00.500000Z",
        "properties": properties,
        "person": person,
    }
    assert person == {
        "id": person["uuid"],
        "uuid": person["uuid"],
        "name": "a@b.example",
        "distinct_ids": ["user"],
        "properties": {"email": "a@b.example"},
        "created_at": "2025-03-01T12:00:00.500000Z",
        "is_identified": False,
    }


def test_events_come_newest_first_in_pages_that_address_each_other(stack: Stack) -> None:
    capture(stack, *[an_event(n, event=f"e{n}") for n in (3, 1, 5, 2, 4)])
    response = stack.client.get(stack.url("events/?limit=2&distinct_id=user")).json()
    assert set(response) == {"next", "previous", "results"}
    assert names(response["results"]) == ["e5", "e4"]
    assert response["previous"] is None
    base = BASE_URL + stack.url("events/")
    assert response["next"] == f"{base}?distinct_id=user&limit=2&offset=2"
    second = stack.client.get(response["next"]).json()
    assert names(second["results"]) == ["e3", "e2"]
    third = stack.client.get(second["next"]).json()
    assert (names(third["results"]), third["next"]) == (["e1"], None)
    assert stack.client.get(third["previous"]).json()["results"] == second["results"]


def test_events_are_chosen_by_name_distinct_id_and_time(stack: Stack) -> None:
    capture(
        stack,
        an_event(1, event="a"),
        an_event(2, event="b", distinct_id="anon"),
        an_event(3, event="a", distinct_id="anon"),
        an_event(4, event="$identify", properties={"$anon_distinct_id": "anon"}),
    )
    assert names(results(stack, "events/?event=a")) == ["a", "a"]
    # Exactly those captured under the id, though both ids are one person.
    assert names(results(stack, "events/?distinct_id=anon")) == ["a", "b"]
    after, before = "after=2025-03-01T12:00:00Z", "before=2025-03-04T12:00"
    assert names(results(stack, f"events/?{after}&{before}")) == ["a", "b"]
    assert names(results(stack, f"events/?event=a&{after}")) == ["a"]
    assert results(stack, "events/?event=missing") == []
    assert len(results(stack, "events/?event=&distinct_id=&after=&before=")) == 4


@pytest.mark.parametrize("field", ["after", "before"])
def test_a_date_that_cannot_be_read_is_refused(stack: Stack, field: str) -> None:
    response = stack.client.get(stack.url(f"events/?{field}=soon"))
    assert response.status_code == 400
    assert response.json() == {
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "The date cannot be read; write it as ISO 8601.",
        "attr": field,
    }


def test_persons_are_found_by_distinct_id_and_by_part_of_a_name(stack: Stack) -> None:
    capture(
        stack,
        an_event(1, distinct_id="u1", properties={"$set": {"name": "Ada", "email": "x@y.example"}}),
        an_event(2, distinct_id="u2", properties={"$set": {"name": "Grace"}}),
        an_event(3, distinct_id="u3"),
    )
    response = stack.client.get(stack.url("persons/?limit=1")).json()
    assert response["count"] == 3
    assert [p["name"] for p in response["results"]] == ["u3"]
    assert response["next"] is not None
    assert [p["name"] for p in results(stack, "persons/")] == ["u3", "Grace", "x@y.example"]
    assert [p["name"] for p in results(stack, "persons/?distinct_id=u2")] == ["Grace"]
    assert [p["name"] for p in results(stack, "persons/?search=GRA")] == ["Grace"]
    assert [p["name"] for p in results(stack, "persons/?search=Y.EX")] == ["x@y.example"]
    assert results(stack, "persons/?distinct_id=nobody") == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("scope", ["query:read", "person:read", "person:write", "*"])
def test_either_scope_opens_both_lists(stack: Stack, path: str, scope: str) -> None:
    headers = {"Authorization": f"Bearer {stack.key(scopes=(scope,))}"}
    assert stack.anonymous.get(stack.url(path), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "scope"), [("events/", "query:read"), ("persons/", "person:read")]
)
def test_other_scopes_and_strangers_do_not(stack: Stack, path: str, scope: str) -> None:
    headers = {"Authorization": f"Bearer {stack.key(scopes=('experiment:write',))}"}
    refused = stack.anonymous.get(stack.url(path), headers=headers)
    assert refused.status_code == 403
    assert refused.json()["detail"] == f"API key missing required scope '{scope}'"
    assert stack.anonymous.get(stack.url(path)).status_code == 401
    secret = {"Authorization": f"Bearer {stack.secret_key}"}
    assert stack.anonymous.get(stack.url(path), headers=secret).status_code == 403


def test_a_key_narrowed_to_another_project_opens_neither(stack: Stack) -> None:
    key = stack.key(projects=(type(stack.project.id)(stack.project.id + 1),))
    for path in LISTS:
        headers = {"Authorization": f"Bearer {key}"}
        assert stack.anonymous.get(stack.url(path), headers=headers).status_code == 403


def test_the_environments_path_and_the_current_project_work_too(stack: Stack) -> None:
    capture(stack, an_event(1))
    for project in (f"environments/{stack.project.id}", "projects/@current"):
        assert len(stack.client.get(f"/api/{project}/events").json()["results"]) == 1


def test_events_on_duckdb_read_back_as_they_were_sent(duckdb_stack: Stack) -> None:
    properties = {"amount": 12.5, "nested": {"b": [None, True], "a": 2**53}, "text": "é🎉\\u0000"}
    capture(duckdb_stack, an_event(1, properties=properties))
    (found,) = results(duckdb_stack, "events/")
    assert found["properties"] == properties
    assert found["timestamp"] == "2025-03-01T12:00:00Z"
