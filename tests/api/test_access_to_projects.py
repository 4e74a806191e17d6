"""Every situation of the authentication table, as a whole request."""

from dataclasses import dataclass, replace
from time import sleep
from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import Depends
from fastapi.routing import APIRoute

from splitplot.accounts.access import AccessLevel, level_of, refuse_keys, require_level
from splitplot.accounts.model import OrganizationId, ProjectId, UserId
from splitplot.http.auth import Account, Caller, account_access, project_access
from tests.api.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Refusal:
    status: int
    code: str
    detail: str
    kind: str = "authentication_error"


def is_refused(response: httpx.Response, refusal: Refusal) -> None:
    assert response.json() == {
        "type": refusal.kind,
        "code": refusal.code,
        "detail": refusal.detail,
        "attr": None,
    }
    assert response.status_code == refusal.status
    if refusal.status == 401:
        assert response.headers["WWW-Authenticate"] == "Bearer"


def forbidden(detail: str) -> Refusal:
    return Refusal(status=403, code="permission_denied", detail=detail)


def unknown(place: str) -> Refusal:
    return Refusal(
        status=401,
        code="authentication_failed",
        detail=f"Personal API key found in request {place} is invalid.",
    )


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def another_project(stack: Stack, *, organization_id: OrganizationId | None = None) -> ProjectId:
    """A second project; of an organization that nobody belongs to, if one is given."""
    with stack.platform.stores.metadata.transaction() as repositories:
        if organization_id is not None:
            home = repositories.accounts.find_organization(stack.project.organization_id)
            assert home is not None
            repositories.accounts.add_organization(replace(home, id=organization_id))
        project = replace(
            stack.project,
            uuid=UUID(int=5),
            api_token="phc_other",
            name="Other",
            organization_id=organization_id or stack.project.organization_id,
        )
        return repositories.accounts.add_project(project, secret_hash="other").id


def test_without_a_key_nobody_is_let_in(stack: Stack) -> None:
    is_refused(
        stack.anonymous.get(stack.url()),
        Refusal(
            status=401,
            code="not_authenticated",
            detail="Authentication credentials were not provided.",
        ),
    )


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "phx_key"])
def test_a_header_without_a_bearer_holds_no_key(stack: Stack, header: str) -> None:
    response = stack.anonymous.get(stack.url(), headers={"Authorization": header})
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("key", ["phx_unknown", "x", "phx_" + "é" * 5000])
def test_an_unknown_key_in_the_header_is_refused(stack: Stack, key: str) -> None:
    response = stack.anonymous.get(
        stack.url(), headers={b"Authorization": b"Bearer " + key.encode()}
    )
    is_refused(response, unknown("Authorization header"))


def test_an_unknown_key_in_the_body_is_refused(stack: Stack) -> None:
    response = stack.anonymous.patch(stack.url(), json={"personal_api_key": "phx_unknown"})
    is_refused(response, unknown("body"))


def test_an_unknown_key_in_the_query_is_refused(stack: Stack) -> None:
    response = stack.anonymous.get(stack.url(), params={"personal_api_key": "phx_unknown"})
    is_refused(response, unknown("query string"))


def test_a_key_of_an_inactive_user_is_refused(stack: Stack) -> None:
    with stack.platform.stores.metadata.transaction() as repositories:
        gone = repositories.accounts.add_user(
            replace(
                stack.user,
                id=UserId(0),
                uuid=UUID(int=9),
                distinct_id="gone",
                email="gone@example.com",
                is_active=False,
            ),
            password_hash="",
        )
    response = stack.anonymous.get(stack.url(), headers=bearer(stack.key(user=gone)))
    is_refused(response, unknown("Authorization header"))


def test_a_key_is_taken_from_header_body_or_query(stack: Stack) -> None:
    key = stack.key()
    answers = [
        stack.anonymous.patch(stack.url(), headers=bearer(key), json={}),
        stack.anonymous.patch(stack.url(), headers={"Authorization": f"bearer  {key} "}, json={}),
        stack.anonymous.patch(stack.url(), json={"personal_api_key": key}),
        stack.anonymous.patch(stack.url(), data={"personal_api_key": key}),
        stack.anonymous.patch(stack.url(), params={"personal_api_key": key}, json={}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5


def test_the_first_key_found_is_the_only_one_tried(stack: Stack) -> None:
    good, bad = stack.key(), "phx_unknown"
    in_body_and_query = stack.anonymous.patch(
        stack.url(), json={"personal_api_key": bad}, params={"personal_api_key": good}
    )
    in_header_and_body = stack.anonymous.patch(
        stack.url(), headers=bearer(bad), json={"personal_api_key": good}
    )
    is_refused(in_body_and_query, unknown("body"))
    is_refused(in_header_and_body, unknown("Authorization header"))


def test_a_body_that_cannot_be_read_holds_no_key_and_is_refused_for_itself(stack: Stack) -> None:
    key = stack.key()
    unreadable = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    without_key = stack.anonymous.patch(stack.url(), content=b"{")
    with_key = stack.anonymous.patch(stack.url(), params={"personal_api_key": key}, content=b"{")
    assert unreadable
    assert (without_key.status_code, without_key.json()["code"]) == (401, "not_authenticated")
    assert (with_key.status_code, with_key.json()["code"]) == (400, "parse_error")


def test_a_key_without_the_scope_is_refused(stack: Stack) -> None:
    key = stack.key(scopes=("project:read", "experiment:write"))
    assert stack.anonymous.get(stack.url(), headers=bearer(key)).status_code == 200
    is_refused(
        stack.anonymous.patch(stack.url(), headers=bearer(key), json={}),
        forbidden("API key missing required scope 'project:write'"),
    )


@pytest.mark.parametrize("scopes", [(), ("*",), ("project:write",)])
def test_no_scopes_every_scope_and_writing_include_reading(
    stack: Stack, scopes: tuple[str, ...]
) -> None:
    response = stack.anonymous.get(stack.url(), headers=bearer(stack.key(scopes=scopes)))
    assert response.status_code == 200


def test_what_is_not_open_to_keys_is_refused(stack: Stack) -> None:
    def for_people_only(
        account: Annotated[Account, Depends(account_access("user:read"))],
    ) -> None:
        refuse_keys(account.principal)

    stack.app.router.routes.append(APIRoute("/api/people_only/", for_people_only))

    is_refused(
        stack.client.get("/api/people_only/"),
        forbidden("This action does not support personal API key access"),
    )


def test_a_level_that_is_too_low_is_refused(stack: Stack) -> None:
    def for_nobody(
        caller: Annotated[Caller, Depends(project_access("project:read"))],
    ) -> None:
        assert level_of(caller.principal, caller.project) is AccessLevel.MANAGER
        require_level(AccessLevel.VIEWER, AccessLevel.EDITOR)

    stack.app.router.routes.append(APIRoute("/api/projects/{project_id}/locked/", for_nobody))

    is_refused(
        stack.client.get(stack.url("locked/")),
        forbidden("You do not have editor access to this resource."),
    )


def test_a_key_for_other_projects_is_refused(stack: Stack) -> None:
    key = stack.key(projects=(another_project(stack),))
    is_refused(
        stack.anonymous.get(stack.url(), headers=bearer(key)),
        forbidden(f"API key does not have access to the requested project: ID {stack.project.id}."),
    )


def test_a_key_for_other_organizations_is_refused(stack: Stack) -> None:
    elsewhere = OrganizationId(UUID(int=77))
    another_project(stack, organization_id=elsewhere)
    key = stack.key(organizations=(elsewhere,))
    is_refused(
        stack.anonymous.get(stack.url(), headers=bearer(key)),
        forbidden(
            "API key does not have access to the requested organization: "
            f"ID {stack.project.organization_id}."
        ),
    )


def test_a_key_for_projects_does_not_open_what_belongs_to_no_project(stack: Stack) -> None:
    key = stack.key(projects=(stack.project.id,))
    is_refused(
        stack.anonymous.get("/api/projects/", headers=bearer(key)),
        forbidden("API keys with scoped projects are only supported on project-based endpoints."),
    )


def test_who_is_no_member_is_refused(stack: Stack) -> None:
    theirs = another_project(stack, organization_id=OrganizationId(UUID(int=77)))
    is_refused(
        stack.client.get(f"/api/projects/{theirs}/"),
        forbidden("You don't have access to the project."),
    )


@pytest.mark.parametrize(
    "project_id", ["999", "0", "-1", "x", "1.0", "%C2%B2", "9" * 10, "9" * 400, "@other", "1%00"]
)
def test_a_project_that_does_not_exist_is_not_found(stack: Stack, project_id: str) -> None:
    is_refused(
        stack.client.get(f"/api/projects/{project_id}/"),
        Refusal(status=404, code="not_found", detail="Project not found.", kind="invalid_request"),
    )


def test_the_secret_of_a_project_does_not_manage_it(stack: Stack) -> None:
    is_refused(
        stack.anonymous.get(stack.url(), headers=bearer(stack.secret_key)),
        forbidden("This action does not support project secret API key access"),
    )


def test_an_unknown_project_secret_is_refused(stack: Stack) -> None:
    is_refused(
        stack.anonymous.get(stack.url(), headers=bearer("phs_unknown")),
        Refusal(
            status=401,
            code="authentication_failed",
            detail="Project secret API key found in request Authorization header is invalid.",
        ),
    )


def test_the_current_project_is_the_users_own(stack: Stack) -> None:
    assert stack.client.get("/api/projects/@current/").json()["id"] == stack.project.id


@pytest.mark.parametrize(
    "path", ["/api/projects/1", "/api/projects/1/", "/api/environments/1", "/api/environments/1/"]
)
def test_a_project_has_many_addresses_and_no_redirect(stack: Stack, path: str) -> None:
    assert stack.client.get(path, follow_redirects=False).status_code == 200


def test_the_use_of_a_key_is_noted_at_most_hourly(stack: Stack) -> None:
    key = stack.key()

    def last_use() -> object:
        principal = stack.platform.accounts.find_by_personal_key(key)
        assert principal is not None
        assert principal.key is not None
        return principal.key.last_used_at

    assert last_use() is None
    for _ in range(200):
        # It is written beside the request, which does not wait for it.
        first = last_use()
        if first is not None:
            break
        sleep(0.02)
    assert first is not None
    assert last_use() == first
