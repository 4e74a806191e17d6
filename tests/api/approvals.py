"""Asking for approvals and giving them, in few words."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from splitplot.accounts.members import Role, RoleId
from splitplot.accounts.model import MembershipLevel, User
from tests.api.management import Json, made
from tests.api.people import acting_as, add_user
from tests.api.stack import Stack
from tests.factories import NOON, a_uuid

ENABLE, DISABLE, UPDATE = (f"feature_flag.{word}" for word in ("enable", "disable", "update"))


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member with a client of their own."""

    stack: Stack
    user: User
    client: httpx.Client

    def decide(self, request: Json | str, word: str, **body: object) -> httpx.Response:
        number = request if isinstance(request, str) else request["id"]
        return self.client.post(self.stack.url(f"change_requests/{number}/{word}/"), json=body)

    def approve(self, request: Json | str) -> Json:
        return made(self.decide(request, "approve"))

    def get(self, request: Json | str) -> Json:
        number = request if isinstance(request, str) else request["id"]
        return made(self.client.get(self.stack.url(f"change_requests/{number}/")))


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """The owner Ada, who asks, and the members Grace and Hedy, who approve."""

    stack: Stack
    ada: Person
    grace: Person
    hedy: Person
    _clients: ExitStack = field(repr=False)

    def try_policy(self, action: str, **body: object) -> httpx.Response:
        config: Json = {"quorum": 1, "users": [self.grace.user.id, self.hedy.user.id], "roles": []}
        sent = {"action_key": action, "approver_config": config} | body
        return self.ada.client.post(self.stack.url("approval_policies/"), json=sent)

    def policy(self, action: str, **body: object) -> Json:
        return made(self.try_policy(action, **body), status=201)

    def member(self, name: str, level: MembershipLevel = MembershipLevel.MEMBER) -> Person:
        """Somebody else."""
        user = add_user(self.stack, name, level=level)
        client = self._clients.enter_context(acting_as(self.stack, user))
        return Person(stack=self.stack, user=user, client=client)

    def role(self, name: str, *members: Person) -> RoleId:
        """A role with these members."""
        role = Role(
            id=RoleId(a_uuid(name)),
            organization_id=self.stack.project.organization_id,
            name=name,
            created_at=NOON,
            member_ids=tuple(member.user.id for member in members),
        )
        with self.stack.platform.stores.metadata.transaction() as repositories:
            return repositories.members.save_role(role).id

    def requests(self, **query: object) -> list[Json]:
        answer = self.ada.client.get(self.stack.url("change_requests/"), params=_texts(query))
        found: list[Json] = made(answer)["results"]
        return found


@contextmanager
def approvals_on(stack: Stack) -> Iterator[Approvals]:
    """Three people on a stack."""
    with ExitStack() as clients:

        def person(name: str) -> Person:
            user = add_user(stack, name)
            client = clients.enter_context(acting_as(stack, user))
            return Person(stack=stack, user=user, client=client)

        ada = Person(stack=stack, user=stack.user, client=stack.client)
        yield Approvals(
            stack=stack, ada=ada, grace=person("grace"), hedy=person("hedy"), _clients=clients
        )


def held(answer: httpx.Response, code: str = "approval_required") -> Json:
    """The body of a change that waits, whose shape must be exact."""
    assert answer.status_code == 409, answer.text
    body: Json = answer.json()
    assert body.keys() == {
        "code",
        "status",
        "detail",
        "message",
        "resource_type",
        "resource_id",
        "change_request_id",
        "change_request",
        "required_approvers",
    }
    assert (body["code"], body["status"]) == (code, "approval_required")
    assert body["detail"] == body["message"]
    return body


def _texts(query: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items()}
