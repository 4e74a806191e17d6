"""Requests drawn from the OpenAPI document itself, by the owner, by a stranger and by nobody.

Every answer is held against the document by the stack's transport.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from splitplot.accounts.model import Membership, MembershipLevel, OrganizationId
from splitplot.http.openapi import description_of
from tests.api.management import SPLIT, Experiments, Flags, mean_metric
from tests.api.stack import Stack, running_stack, settings_in
from tests.factories import a_project, a_user, an_organization

Case: TypeAlias = schemathesis.Case[Any]

HIDDEN = "seen by its own project alone"
STEADILY = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server with something in it, and the keys of its owner and of a stranger."""

    stack: Stack
    owner: dict[str, str]
    stranger: dict[str, str]

    def send(self, case: Case, headers: dict[str, str], *, own: bool) -> httpx.Response:
        """The answer to a drawn request, sent to what is there if it is to be the project's own."""
        sent = case.as_transport_kwargs(base_url="http://splitplot.test")
        url = self._own(case) if own else sent["url"]
        kind = {k: v for k, v in sent["headers"].items() if k.lower() == "content-type"}
        body: dict[str, Any] = {k: sent[k] for k in ("json", "data", "params") if k in sent}
        if isinstance(data := body.pop("data", None), bytes | str):
            body["content"] = data
        return self.stack.anonymous.request(case.method, url, headers={**kind, **headers}, **body)

    def _own(self, case: Case) -> str:
        path = case.operation.path.replace("{project_id}", str(self.stack.project.id))
        return re.sub(r"\{\w+\}", "1", path)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with running_stack(settings_in(tmp_path_factory.mktemp("schema"))) as stack:
        Experiments(stack=stack).launched(name=HIDDEN, metrics=[mean_metric()])
        Flags(stack=stack).create("known", SPLIT, name=HIDDEN)
        yield Target(
            stack=stack,
            owner={"Authorization": f"Bearer {stack.key()}"},
            stranger={"Authorization": f"Bearer {stranger_of(stack)}"},
        )


def stranger_of(stack: Stack) -> str:
    """The key of somebody who owns another organization."""
    home = an_organization(id=OrganizationId(uuid4()))
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.accounts.add_organization(home)
        project = repositories.accounts.add_project(
            a_project(uuid=uuid4(), organization_id=home.id, api_token="phc_elsewhere"),
            secret_hash="elsewhere",
        )
        user = repositories.accounts.add_user(
            a_user(
                uuid=uuid4(),
                email="eve@example.com",
                current_organization_id=home.id,
                current_project_id=project.id,
                memberships=(Membership(organization_id=home.id, level=MembershipLevel.OWNER),),
            ),
            password_hash="none",
        )
    return stack.key(user=user)


def operations(stack: Stack) -> list[Any]:
    schema = schemathesis.openapi.from_dict(description_of(stack.app))
    found = list(schema.get_all_operations())
    assert all(isinstance(one, Ok) for one in found)
    return [one.ok() for one in found if isinstance(one, Ok)]


def test_every_request_that_the_description_allows_is_answered_as_it_says(target: Target) -> None:
    for operation in operations(target.stack):

        @STEADILY
        @given(case=operation.as_strategy(), own=st.booleans())
        def ask(case: Case, *, own: bool) -> None:
            answer = target.send(case, target.owner, own=own)
            assert answer.status_code < 500, answer.text
            # A public token in the query is no key that the owner could send.
            takes_keys = case.operation.definition.raw.get("security")
            assert answer.status_code != 401 or not takes_keys, answer.text

        ask()


def test_a_stranger_and_nobody_see_nothing_of_a_project(target: Target) -> None:
    for operation in operations(target.stack):
        if not operation.definition.raw.get("security"):
            continue

        @settings(STEADILY, max_examples=3)
        @given(case=operation.as_strategy())
        def ask(case: Case) -> None:
            unknown = target.send(case, {}, own=True)
            assert unknown.status_code == 401, unknown.text
            answer = target.send(case, target.stranger, own=True)
            assert answer.status_code < 500, answer.text
            assert HIDDEN not in answer.text
            if "{project_id}" in case.operation.path:
                assert answer.status_code in (403, 404), answer.text

        ask()
