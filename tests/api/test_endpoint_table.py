"""Every endpoint of the contract is there, by name, and asks for the scope that it should."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from starlette.routing import Match

from splitplot.http.openapi import description_of
from tests.api.stack import Stack, running_stack, settings_in


class Endpoint(NamedTuple):
    """A row of the contract's table; `scope` names all that is asked for, None nothing."""

    method: str
    path: str
    scope: str | None

    def url(self, stack: Stack) -> str:
        """The address of something that need not be there."""
        path = self.path
        for name in ("uuid", "change_request", "policy", "key"):
            path = path.replace("{" + name + "}", str(UUID(int=1)))
        numbered = ("experiment", "holdout", "saved_metric", "web_experiment", "flag", "cohort")
        for name in (*numbered, "action", "warehouse_table"):
            path = path.replace("{" + name + "}", "1")
        return path if path.startswith("/") else stack.url(path)


ENDPOINTS = [
    Endpoint(*row) for row in json.loads(Path("tests/cases/api/endpoints.json").read_text("utf-8"))
]
SCOPED = [endpoint for endpoint in ENDPOINTS if endpoint.scope is not None]


def name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server for all: nothing here changes it."""
    with running_stack(settings_in(tmp_path_factory.mktemp("stack"))) as running:
        yield running


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name)
def test_the_server_has_the_endpoint(stack: Stack, endpoint: Endpoint) -> None:
    url = endpoint.url(stack)
    scope = {"type": "http", "method": endpoint.method, "path": url, "headers": []}
    assert any(route.matches(scope)[0] is Match.FULL for route in stack.app.routes)
    for path in (url, url.removesuffix("/")):
        bare = stack.anonymous.request(endpoint.method, path)
        assert bare.status_code in (400, 401), "there, but not for nobody"


@pytest.mark.parametrize("endpoint", SCOPED, ids=name)
def test_a_key_without_the_scope_is_refused(stack: Stack, endpoint: Endpoint) -> None:
    key = stack.key(scopes=("person:read",))
    headers = {"Authorization": f"Bearer {key}"}
    answer = stack.anonymous.request(endpoint.method, endpoint.url(stack), headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {
        "type": "authentication_error",
        "code": "permission_denied",
        "detail": f"API key missing required scope '{str(endpoint.scope).split()[0]}'",
        "attr": None,
    }


@pytest.mark.parametrize("endpoint", SCOPED, ids=name)
def test_a_key_with_the_scope_comes_through(stack: Stack, endpoint: Endpoint) -> None:
    assert endpoint.scope is not None
    key = stack.key(scopes=tuple(endpoint.scope.split()))
    headers = {"Authorization": f"Bearer {key}"}
    answer = stack.anonymous.request(endpoint.method, endpoint.url(stack), headers=headers, json={})
    assert answer.status_code not in (401, 403), answer.text
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name)
def test_the_description_names_the_scope(stack: Stack, endpoint: Endpoint) -> None:
    described = described_operation(stack, endpoint)
    scopes = [
        scope for item in described.get("security", []) for held in item.values() for scope in held
    ]
    asked = [] if endpoint.scope is None else endpoint.scope.split()
    # A key for holdouts alone opens holdouts too, and is what their description names.
    assert all(
        scope in scopes or scope.replace("experiment", "experiment_holdout") in scopes
        for scope in asked
    )


def described_operation(stack: Stack, endpoint: Endpoint) -> dict[str, Any]:
    """What the OpenAPI document says of the endpoint, which must be there by its path."""
    paths = description_of(stack.app)["paths"]
    path = (
        endpoint.path
        if endpoint.path.startswith("/")
        else f"/api/projects/{{project_id}}/{endpoint.path}"
    )
    shape = re.sub(r"\{\w+\}", "{}", path)
    found = [known for known in paths if re.sub(r"\{\w+\}", "{}", known) == shape]
    assert found, f"{path} is not described"
    operation: dict[str, Any] = paths[found[0]][endpoint.method.lower()]
    return operation
