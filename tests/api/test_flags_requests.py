"""What `/flags/` and `/decide/` accept, and the forms in which they answer."""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from tests.api.flag_server import FlagServer, running_flag_server
from tests.unit.flags.flag_cases import condition, make_flag, variants

CONFIG = {
    "hasFeatureFlags": True,
    "supportedCompression": ["gzip", "gzip-js"],
    "autocapture_opt_out": False,
    "elementsChainAsString": True,
    "sessionRecording": False,
    "heatmaps": False,
    "capturePerformance": False,
    "siteApps": [],
    "defaultIdentifiedOnly": True,
}
PRO = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}


@pytest.fixture(scope="module")
def server() -> Iterator[FlagServer]:
    with running_flag_server() as running:
        running.put(
            make_flag("on", condition(), filters={"payloads": {"true": '{"a": 1}'}}),
            make_flag("off", condition(rollout=0)),
            make_flag(
                "exp", condition(variant="test"), filters={"multivariate": variants(test=100)}
            ),
            replace(make_flag("inactive", condition()), active=False),
            make_flag("pro", condition(PRO)),
            replace(make_flag("browser", condition()), evaluation_runtime="client"),
            replace(make_flag("backend", condition()), evaluation_runtime="server"),
            replace(make_flag("shop", condition()), evaluation_contexts=("shop",)),
            make_flag("survey-targeting-x", condition(rollout=0)),
        )
        yield running


def _answer(server: FlagServer, path: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 what JSON can say
    fields = {"distinct_id": "user-1", "flag_keys": ["on", "off", "exp"], **fields}
    response = server.post(path, **fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def test_a_record_has_exactly_the_members_that_sdks_know(server: FlagServer) -> None:
    answer = _answer(server, "/flags/?v=2", flag_keys=["on"])
    flag_id = answer["flags"]["on"]["metadata"]["id"]
    assert UUID(answer.pop("requestId")).version == 4
    assert isinstance(answer.pop("evaluatedAt"), int)
    assert answer == {
        "errorsWhileComputingFlags": False,
        "flags": {
            "on": {
                "key": "on",
                "enabled": True,
                "variant": None,
                "reason": {
                    "code": "condition_match",
                    "condition_index": 0,
                    "description": "Matched condition set 1",
                },
                "metadata": {
                    "id": flag_id,
                    "version": 1,
                    "description": None,
                    "payload": '{"a": 1}',
                    "has_experiment": False,
                },
            }
        },
    }


VALUES = {"on": True, "off": False, "exp": "test"}


@pytest.mark.parametrize(
    ("path", "has_config"),
    [
        ("/flags/?v=2", False),
        ("/flags/?v=4", False),
        ("/flags/?v=2&config=true", True),
        ("/flags/", True),
        ("/flags/?v=&config=", True),
        ("/decide/?v=4", True),
        ("/decide/?v=7", True),
    ],
)
def test_newer_requests_get_records(server: FlagServer, path: str, *, has_config: bool) -> None:
    answer = _answer(server, path)
    records = answer["flags"]
    assert {
        key: record["variant"] or record["enabled"] for key, record in records.items()
    } == VALUES
    assert "featureFlags" not in answer
    config = {key: answer[key] for key in CONFIG if key in answer}
    assert config == (CONFIG if has_config else {})


@pytest.mark.parametrize(
    "path", ["/flags/?v=1", "/flags/?v=x", "/flags/?config=true", "/flags/?v=-2", "/decide/?v=3"]
)
def test_older_requests_get_values_and_payloads(server: FlagServer, path: str) -> None:
    answer = _answer(server, path)
    assert answer["errorsWhileComputingFlags"] is False
    assert answer["featureFlags"] == VALUES
    assert answer["featureFlagPayloads"] == {"on": '{"a": 1}'}
    assert "flags" not in answer


def test_the_second_decide_gets_enabled_flags_only(server: FlagServer) -> None:
    answer = _answer(server, "/decide/?v=2")
    assert answer["featureFlags"] == {"on": True, "exp": "test"}
    assert "featureFlagPayloads" not in answer
    assert "errorsWhileComputingFlags" not in answer
    assert answer.items() >= CONFIG.items()


@pytest.mark.parametrize("path", ["/decide/", "/decide/?v=1", "/decide/?v=x"])
def test_the_first_decide_gets_a_list_of_keys(server: FlagServer, path: str) -> None:
    answer = _answer(server, path)
    assert sorted(answer["featureFlags"]) == ["exp", "on"]
    assert answer.items() >= CONFIG.items()


@pytest.mark.parametrize("path", ["/flags", "/flags?v=2", "/decide?v=3"])
def test_the_last_slash_may_be_missing(server: FlagServer, path: str) -> None:
    assert server.post(path, distinct_id="u").status_code == 200


def _sent(server: FlagServer, **fields: Any) -> bytes:  # noqa: ANN401 what JSON can say
    return json.dumps({"token": server.token, "distinct_id": "u", **fields}).encode()


def test_every_way_of_packing_the_body_is_understood(server: FlagServer) -> None:
    plain = _sent(server)
    in_base64 = base64.b64encode(plain)
    ways: list[tuple[str, bytes, dict[str, str]]] = [
        ("", plain, {"content-type": "application/json; charset=utf-8"}),
        ("", plain, {"content-type": "text/plain"}),
        ("", plain, {}),
        ("", gzip.compress(plain, mtime=0), {"content-type": "text/plain"}),
        ("", gzip.compress(plain, mtime=0), {"content-encoding": "gzip"}),
        ("&compression=gzip-js", plain, {}),
        ("&compression=base64", in_base64, {}),
        (
            "&compression=base64",
            b"data=" + quote(in_base64).encode(),
            {"content-type": "application/x-www-form-urlencoded"},
        ),
        ("", in_base64, {"content-type": "application/x-www-form-urlencoded"}),
    ]
    for query, body, headers in ways:
        response = server.client.post(f"/flags/?v=2{query}", content=body, headers=headers)
        assert response.status_code == 200, (query, headers, response.text)
        assert response.json()["flags"]["on"]["enabled"]


def test_numbers_that_json_lacks_and_broken_utf_8_are_tolerated(server: FlagServer) -> None:
    body = _sent(server, person_properties={"x": float("nan"), "y": float("-inf"), "z": "?"})
    response = server.client.post("/flags/?v=2", content=body.replace(b'"?"', b'"\xff"'))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "image/png"}, b"{}"),
        ({}, b""),
        ({}, b"{nonsense"),
        ({}, b"[1, 2]"),
        ({}, b"7"),
        ({}, b"\x1f\x8bbroken"),
        ({"content-type": "application/x-www-form-urlencoded"}, gzip.compress(b"{}", mtime=0)),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_text(
    server: FlagServer, headers: dict[str, str], body: bytes
) -> None:
    response = server.client.post("/flags/?v=2", content=body, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text


@pytest.mark.parametrize(
    "fields", [{}, {"distinct_id": None}, {"distinct_id": [1]}, {"distinct_id": True}]
)
def test_a_distinct_id_is_needed(server: FlagServer, fields: dict[str, Any]) -> None:
    response = server.post(**fields)
    assert response.status_code == 400
    assert "distinct_id" in response.text


@pytest.mark.parametrize("token", [None, "", "  ", 7, "phc_nobody"])
def test_an_unknown_token_is_refused_in_plain_text(server: FlagServer, token: object) -> None:
    response = server.client.post("/flags/?v=2", json={"token": token, "distinct_id": "u"})
    assert response.status_code == 401
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("name", ["token", "$token", "api_key"])
def test_the_token_has_three_names(server: FlagServer, name: str) -> None:
    body = {name: f" {server.token} ", "distinct_id": "u"}
    assert server.client.post("/flags/?v=2", json=body).status_code == 200


@pytest.mark.parametrize("distinct_id", ["", 42, 123.45])
def test_a_distinct_id_may_be_empty_or_a_number(server: FlagServer, distinct_id: object) -> None:
    assert server.post(distinct_id=distinct_id).status_code == 200


def test_a_number_is_the_id_that_it_is_written_as(server: FlagServer) -> None:
    server.put(make_flag("half", condition(rollout=50)))
    for number in (*range(20), 123.45, -1.5):
        as_number, as_text = (
            server.values(distinct_id, flag_keys=["half"]) for distinct_id in (number, str(number))
        )
        assert as_number == as_text


def test_an_id_counts_by_its_first_200_characters(server: FlagServer) -> None:
    server.put_person("x" * 200, plan="pro")
    assert server.values("x" * 300, flag_keys=["pro"]) == {"pro": True}


def test_the_older_names_of_the_fields_work(server: FlagServer) -> None:
    body = {"$token": server.token, "$distinct_id": "u", "$properties": {"plan": "pro"}}
    response = server.client.post("/flags/?v=2", json={**body, "flag_keys": ["pro"]})
    assert response.json()["flags"]["pro"]["enabled"]


@pytest.mark.parametrize("name", ["flag_keys_to_evaluate", "flag_keys"])
def test_only_the_named_flags_are_evaluated(server: FlagServer, name: str) -> None:
    assert server.values(**{name: ["on", "nothing"]}) == {"on": True}
    assert server.values(**{name: []}) == {}


def test_inactive_flags_are_not_there(server: FlagServer) -> None:
    assert "inactive" not in server.records()


def test_the_runtime_is_taken_from_the_request_or_the_headers(server: FlagServer) -> None:
    body = {"token": server.token, "distinct_id": "u"}
    for headers, fields, seen in [
        ({"user-agent": "Mozilla/5.0"}, {}, {"browser"}),
        ({"user-agent": "posthog-python/7"}, {}, {"backend"}),
        ({"user-agent": "Mozilla/5.0"}, {"evaluation_runtime": "server"}, {"backend"}),
        ({"user-agent": "unheard-of"}, {}, set()),
        ({"user-agent": "unheard-of", "origin": "https://example.com"}, {}, {"browser"}),
    ]:
        response = server.client.post("/flags/?v=2", json={**body, **fields}, headers=headers)
        assert response.json()["flags"].keys() & {"browser", "backend"} == seen


@pytest.mark.parametrize("name", ["evaluation_contexts", "evaluation_environments"])
def test_a_flag_with_contexts_needs_one_of_them(server: FlagServer, name: str) -> None:
    assert "shop" in server.records()
    assert "shop" in server.records(**{name: ["shop", "web"]})
    assert "shop" not in server.records(**{name: ["blog"]})


def test_surveys_ask_for_their_flags_only(server: FlagServer) -> None:
    answer = server.post(
        "/flags/?v=2&only_evaluate_survey_feature_flags=true", distinct_id="u"
    ).json()
    assert answer["flags"].keys() == {"survey-targeting-x"}


def test_a_request_may_ask_for_the_config_alone(server: FlagServer) -> None:
    answer = server.post("/flags/?v=2&config=true", disable_flags=True).json()
    assert answer["flags"] == {}
    assert answer.items() >= CONFIG.items()


def test_a_project_without_flags_tells_browsers_so() -> None:
    with running_flag_server() as empty:
        answer = empty.post("/flags/?v=2&config=true", distinct_id="u").json()
    assert answer["hasFeatureFlags"] is False


def test_the_clients_request_id_comes_back_if_it_is_a_uuid(server: FlagServer) -> None:
    body = {"token": server.token, "distinct_id": "u"}
    given = str(uuid4())
    for sent, expected in ((given, True), ("not-a-uuid", False)):
        headers = {"X-REQUEST-ID": sent}
        answer = server.client.post("/flags/?v=2", json=body, headers=headers).json()
        assert (answer["requestId"] == sent) is expected


@pytest.mark.parametrize("path", ["/flags/", "/decide/"])
def test_other_methods_answer_as_the_protocol_says(server: FlagServer, path: str) -> None:
    greeting = server.client.get(path)
    assert greeting.status_code == 200
    # Nobody knows whose flags are meant, and false would keep a browser from asking.
    assert "hasFeatureFlags" not in greeting.json()
    assert greeting.json()["supportedCompression"] == ["gzip", "gzip-js"]
    head = server.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    options = server.client.options(path)
    assert (options.status_code, options.content) == (204, b"")
    refused = server.client.put(path)
    assert refused.status_code == 405
    allowed = "GET, POST, OPTIONS, HEAD"
    assert (options.headers["allow"], refused.headers["allow"]) == (allowed, allowed)


def test_a_change_of_a_flag_is_served_at_once(server: FlagServer) -> None:
    (flag,) = server.put(make_flag("changing", condition()))
    assert server.values(flag_keys=["changing"]) == {"changing": True}
    with server.metadata.transaction() as repositories:
        repositories.flags.save(server.project.id, replace(flag, filters={"groups": []}))
    server.source.refresh()
    record = server.records(flag_keys=["changing"])["changing"]
    assert (record["enabled"], record["metadata"]["version"]) == (False, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"person_properties": [1]},
        {"person_properties": None, "groups": None, "group_properties": None},
        {"groups": "company", "group_properties": {"company": 7}},
        {"groups": {"company": None, "team": True, "unit": [1], "cell": {}}},
        {"flag_keys": "on", "evaluation_contexts": 7},
        {"flag_keys": [1, None, "on"], "$device_id": 7, "$anon_distinct_id": {}},
        {"person_properties": {"$anon_distinct_id": [], "$device_id": ""}},
    ],
)
def test_fields_of_the_wrong_kind_do_no_harm(server: FlagServer, fields: dict[str, Any]) -> None:
    assert server.records(**fields)["on"]["enabled"]


def test_half_a_surrogate_pair_in_an_id_does_no_harm(server: FlagServer) -> None:
    body = _sent(server).replace(b'"u"', b'"\\ud800"')
    assert server.client.post("/flags/?v=2", content=body).status_code == 200
