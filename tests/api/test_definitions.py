"""Flag definitions for SDKs that evaluate by themselves, and who may have them."""

from dataclasses import replace
from itertools import product

import httpx
import pytest

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import Unavailable
from splitplot.services.definitions import Request
from tests.api.management import Flags, refusal
from tests.api.stack import Stack

PATHS = ("/flags/definitions", "/api/feature_flag/local_evaluation")
ORIGIN = {"Origin": "https://shop.example"}


def ask(stack: Stack, key: str | None = None, **headers: str) -> httpx.Response:
    """Asks with the project's secret key unless another one is given."""
    token = stack.project.api_token
    bearer = {"Authorization": f"Bearer {stack.secret_key if key is None else key}"}
    return stack.anonymous.get(
        f"/flags/definitions?token={token}&send_cohorts", headers=bearer | headers
    )


def keys(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [flag["key"] for flag in answer.json()["flags"]]


def other_project(stack: Stack) -> Project:
    """A second project of the same organization, served too."""
    with stack.platform.stores.metadata.transaction() as repositories:
        other = replace(stack.project, id=ProjectId(0), uuid=stack.user.uuid, api_token="phc_other")
        added = repositories.accounts.add_project(other, secret_hash="0" * 64)
    stack.platform.stores.flag_source.refresh()
    return added


def test_both_kinds_of_secret_open_the_definitions(stack: Stack, flags: Flags) -> None:
    flags.create("on")
    query = f"token={stack.project.api_token}&send_cohorts&unknown=1"
    keys_and_paths = product((stack.secret_key, stack.installation.personal_api_key), PATHS)
    for (key, path), slash in product(keys_and_paths, ("", "/")):
        answer = stack.anonymous.get(
            f"{path}{slash}?{query}", headers={"Authorization": f"Bearer {key}"}
        )
        assert keys(answer) == ["on"]
        assert answer.headers["cache-control"] == "private, must-revalidate"
        assert answer.headers["content-type"] == "application/json"


def test_the_project_may_be_left_to_the_secret(stack: Stack, flags: Flags) -> None:
    flags.create("on")
    for key in (stack.secret_key, stack.installation.personal_api_key):
        headers = {"Authorization": f"Bearer {key}"}
        assert keys(stack.anonymous.get("/flags/definitions", headers=headers)) == ["on"]


def test_a_flag_is_told_of_with_its_dependencies_and_its_payloads(
    stack: Stack, flags: Flags
) -> None:
    base = flags.create("base", active=False)
    needs = {"type": "flag", "key": str(base["id"]), "operator": "flag_evaluates_to"}
    filters = {
        "groups": [{"properties": [needs | {"value": True}], "rollout_percentage": 100}],
        "payloads": {"true": '{"a": 1}'},
    }
    flags.create("top", filters=filters, evaluation_contexts=["shop"])
    answer = ask(stack).json()
    base_definition, top = answer["flags"]
    assert (base_definition["active"], top["active"]) == (False, True)
    (condition,) = top["filters"]["groups"][0]["properties"]
    assert (condition["key"], condition["dependency_chain"]) == ("base", ["base"])
    assert top["filters"]["payloads"] == {"true": '{"a": 1}'}
    assert (top["team_id"], top["evaluation_contexts"]) == (stack.project.id, ["shop"])
    assert answer["group_type_mapping"] == {}
    assert answer["cohorts"] == {}


def test_who_has_the_definitions_is_told_so_until_they_change(stack: Stack, flags: Flags) -> None:
    flag = flags.create("on")
    tag = ask(stack).headers["etag"]
    assert tag.startswith('W/"')
    for known in (tag, tag.removeprefix("W/"), tag[3:-1], f'"other", {tag}', "*"):
        answer = ask(stack, **{"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b""), known
        assert answer.headers["etag"] == tag
    assert ask(stack, **{"If-None-Match": '"other"'}).status_code == 200
    flags.patch(flag, active=False)
    changed = ask(stack, **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_a_new_group_type_changes_the_tag(stack: Stack) -> None:
    tag = ask(stack).headers["etag"]
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.people.add_group_type(stack.project.id, "company")
    stack.platform.stores.flag_source.refresh()
    answer = ask(stack, **{"If-None-Match": tag})
    assert answer.json()["group_type_mapping"] == {"0": "company"}


def test_nobody_without_a_key_gets_in(stack: Stack) -> None:
    answer = stack.anonymous.get(f"/flags/definitions?token={stack.project.api_token}")
    code, _, attr = refusal(answer, status=401)
    assert (code, attr) == ("not_authenticated", None)
    assert answer.json()["type"] == "authentication_error"
    assert "etag" not in answer.headers


def test_an_unknown_key_is_refused_and_the_public_token_too(stack: Stack) -> None:
    for key in ("phx_unknown", "phs_unknown", stack.project.api_token, "ü"):
        headers = {b"Authorization": f"Bearer {key}".encode()}
        answer = stack.anonymous.get("/flags/definitions", headers=headers)
        assert refusal(answer, status=401)[0] == "authentication_failed", key


def test_a_key_of_another_project_is_refused(stack: Stack) -> None:
    other = other_project(stack)
    narrowed = stack.key(projects=(stack.project.id,))
    for key in (stack.secret_key, narrowed):
        headers = {"Authorization": f"Bearer {key}"}
        for token in (other.api_token, "phc_nobodys"):
            answer = stack.anonymous.get(f"/flags/definitions?token={token}", headers=headers)
            assert refusal(answer, status=401)[0] == "authentication_failed"
    wide = {"Authorization": f"Bearer {stack.key()}"}
    path = f"/flags/definitions?token={other.api_token}"
    assert keys(stack.anonymous.get(path, headers=wide)) == []


def test_a_personal_key_needs_the_scope(stack: Stack) -> None:
    refused = ask(stack, stack.key(scopes=("experiment:write",)))
    assert refusal(refused, status=403)[0] == "permission_denied"
    for scope in ("feature_flag:read", "feature_flag:write", "*"):
        assert ask(stack, stack.key(scopes=(scope,))).status_code == 200


def test_a_key_that_was_let_in_is_not_looked_up_again_and_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(stack)
    monkeypatch.setattr(stack.platform.definitions, "get", _fail)
    assert ask(stack).status_code == 200


def test_a_key_that_was_taken_away_opens_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stack.key()
    assert ask(stack, key).status_code == 200
    forget(stack)
    monkeypatch.setattr(stack.platform.accounts, "find_by_personal_key", lambda _: None)
    assert ask(stack, key).status_code == 401
    monkeypatch.undo()
    monkeypatch.setattr(stack.platform.stores.metadata, "reading", _no_database)
    assert ask(stack, key).status_code == 503


def test_a_known_key_stays_good_while_the_database_is_away(
    stack: Stack, flags: Flags, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags.create("on")
    assert keys(ask(stack)) == ["on"]
    forget(stack)
    monkeypatch.setattr(stack.platform.stores.metadata, "reading", _no_database)
    assert keys(ask(stack)) == ["on"]
    stranger = ask(stack, "phx_never_seen_before")
    assert refusal(stranger, status=503)[0] == "unavailable"
    assert "retry-after" in stranger.headers


def test_before_the_flags_were_read_there_is_no_answer(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack.platform.stores.flag_source, "find_project", lambda _: None)
    assert refusal(ask(stack), status=503)[0] == "unavailable"
    assert refusal(ask(stack, "phx_unknown"), status=401)[0] == "authentication_failed"


def test_every_method_is_answered(stack: Stack) -> None:
    for path in PATHS:
        head = stack.anonymous.head(path)
        assert (head.status_code, head.content) == (200, b"")
        options = stack.anonymous.options(path)
        assert (options.status_code, options.content) == (204, b"")
        refused = [stack.anonymous.request(method, path) for method in ("POST", "PUT", "DELETE")]
        assert {answer.status_code for answer in refused} == {405}
        allowed = {answer.headers["allow"] for answer in [options, *refused]}
        assert allowed == {"GET, OPTIONS, HEAD"}


def test_pages_of_any_origin_may_read_them_with_a_secret(stack: Stack) -> None:
    for path in PATHS:
        answer = stack.anonymous.get(
            path, headers=ORIGIN | {"Authorization": f"Bearer {stack.secret_key}"}
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
        assert "ETag" in answer.headers["access-control-expose-headers"]


def test_who_has_them_is_told_the_same_with_and_without_an_origin(stack: Stack) -> None:
    # Without one it takes a shorter way.
    tag = ask(stack).headers["etag"]
    known = {"If-None-Match": tag, "X-Request-Id": "mine-1"}
    short, long = ask(stack, **known), ask(stack, **known, **ORIGIN)
    assert short.status_code == long.status_code == 304
    assert short.headers["vary"] == long.headers["vary"] == "Origin"
    for name in ("etag", "cache-control", "x-request-id"):
        assert short.headers[name] == long.headers[name]
    assert short.headers["x-request-id"] == "mine-1"
    assert "access-control-allow-origin" not in short.headers
    counted = stack.anonymous.get("/metrics").text
    labels = 'method="GET",route="/flags/definitions/",status="304"'
    assert f"splitplot_http_request_seconds_count{{{labels}}} 2.0" in counted


def test_a_request_does_not_show_its_secret() -> None:
    assert repr(Request("phx_secret", "phc_token")) == "Request(project='phc_token')"


def forget(stack: Stack) -> None:
    """As if a while had passed since the last key was let in."""
    admitted = stack.platform.definitions._admitted
    for request, (project_id, at) in list(admitted.items()):
        admitted[request] = (project_id, at.replace(year=2000))


def _fail(*_: object) -> None:
    raise AssertionError


def _no_database() -> None:
    raise Unavailable("The database is away.")
