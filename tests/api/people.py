"""People of a stack: members, their browsers, and their keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import httpx

from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    Organization,
    OrganizationId,
    Project,
    ProjectId,
    User,
    UserId,
)
from tests.api.stack import BASE_URL, Stack

OWNER, OWNERS_PASSWORD = "ada@example.com", "correct"
# Everybody else's.
PASSWORD = "correct horse"


def add_user(
    stack: Stack,
    name: str,
    *,
    level: MembershipLevel | None = MembershipLevel.MEMBER,
    is_active: bool = True,
) -> User:
    """A user called `name@example.com`, with a membership in the stack's organization or none."""
    memberships = (
        ()
        if level is None
        else (Membership(organization_id=stack.project.organization_id, level=level),)
    )
    user = replace(
        stack.user,
        id=UserId(0),
        uuid=uuid4(),
        distinct_id=name,
        email=f"{name}@example.com",
        first_name=name.title(),
        is_active=is_active,
        memberships=memberships,
    )
    password_hash = stack.platform.accounts.hash_of_password(PASSWORD)
    with stack.platform.stores.metadata.transaction() as repositories:
        return repositories.accounts.add_user(user, password_hash=password_hash)


def add_organization(stack: Stack, name: str = "Elsewhere", *, of: User | None = None) -> Project:
    """Another organization with a project, and with one member: `of`, who owns it."""
    home = Organization(
        id=OrganizationId(UUID(int=77)), name=name, created_at=stack.project.created_at
    )
    project = replace(
        stack.project,
        id=ProjectId(0),
        uuid=UUID(int=78),
        api_token="phc_elsewhere",
        name=f"Project of {name}",
        organization_id=home.id,
    )
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.accounts.add_organization(home)
        if of is not None:
            repositories.members.add_member(
                home.id, of.id, level=MembershipLevel.OWNER, joined_at=home.created_at
            )
        return repositories.accounts.add_project(project, secret_hash="elsewhere")


@contextmanager
def browser(stack: Stack, **headers: str) -> Iterator[httpx.Client]:
    """A browser on a page of the server; it keeps cookies."""
    transport = stack.anonymous._transport
    sent = {"Origin": BASE_URL} | headers
    with httpx.Client(transport=transport, base_url=BASE_URL, headers=sent) as client:
        yield client


@contextmanager
def signed_in(
    stack: Stack, email: str = OWNER, password: str = OWNERS_PASSWORD
) -> Iterator[httpx.Client]:
    """A browser in which somebody has signed in."""
    with browser(stack) as client:
        answer = client.post("/api/login/", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        yield client


@contextmanager
def acting_as(stack: Stack, user: User) -> Iterator[httpx.Client]:
    """A client that sends a key of the user, which may do everything."""
    headers = {"Authorization": f"Bearer {stack.key(user=user)}"}
    transport = stack.anonymous._transport
    with httpx.Client(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What an error says, all of it."""

    status: int
    kind: str
    code: str
    detail: str
    attr: str | None = None


def refused(answer: httpx.Response) -> Refusal:
    """The refusal that the answer has to be."""
    body = answer.json()
    assert body.keys() == {"type", "code", "detail", "attr"}, body
    return Refusal(
        status=answer.status_code,
        kind=body["type"],
        code=body["code"],
        detail=body["detail"],
        attr=body["attr"],
    )


def invalid(code: str, detail: str, attr: str | None = None) -> Refusal:
    """A broken rule."""
    return Refusal(status=400, kind="validation_error", code=code, detail=detail, attr=attr)


def forbidden(detail: str, code: str = "permission_denied") -> Refusal:
    """Known, but not allowed."""
    return Refusal(status=403, kind="authentication_error", code=code, detail=detail)


def not_found(detail: str = "Not found.") -> Refusal:
    """No such thing."""
    return Refusal(status=404, kind="invalid_request", code="not_found", detail=detail)


NOBODY = Refusal(
    status=401,
    kind="authentication_error",
    code="not_authenticated",
    detail="Authentication credentials were not provided.",
)
