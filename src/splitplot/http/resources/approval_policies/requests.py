"""What clients send to make, change and list approval policies."""

from dataclasses import dataclass
from typing import Annotated, TypeVar, cast
from uuid import UUID

from fastapi import Query

from splitplot.accounts.members import RoleId
from splitplot.accounts.model import UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.approvals.model import ActionKey, Approvers
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import (
    Fields,
    boolean,
    choice,
    document,
    items,
    read_fields,
    text,
    whole,
)
from splitplot.http.resources.approval_policies.durations import duration
from splitplot.services.approvals.policies import PolicyValues

T = TypeVar("T")
_REQUIRED = ("action_key", "approver_config")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The list's own query parameters."""

    action_key: Annotated[str | None, Query(description="What the policy is about.")] = None
    enabled: Annotated[str | None, Query(description="true or false.")] = None


def create_request(body: Properties) -> PolicyValues:
    """What a POST or a PUT asks for."""
    return _values(body, required=_REQUIRED)


def patch_request(body: Properties) -> PolicyValues:
    """What a PATCH asks for."""
    return _values(body)


def _values(body: Properties, required: tuple[str, ...] = ()) -> PolicyValues:
    # Every reader answers what `PolicyValues` says of the name that it stands under.
    return cast("PolicyValues", read_fields(body, _FIELDS, required=required))


def _approvers(value: JsonValue, field: str) -> Approvers:
    config = document(value, field)
    quorum = whole(config["quorum"], f"{field}__quorum") if "quorum" in config else 1
    if quorum < 1:
        raise InvalidInput("Must be 1 or more.", attr=f"{field}__quorum")
    return Approvers(
        quorum=quorum,
        users=_distinct(items(_user_id)(config.get("users", []), f"{field}__users")),
        roles=_distinct(items(_role_id)(config.get("roles", []), f"{field}__roles")),
    )


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _user_id(value: JsonValue, field: str) -> UserId:
    return UserId(whole(value, field))


def _role_id(value: JsonValue, field: str) -> RoleId:
    words = text()(value, field)
    try:
        return RoleId(UUID(words))
    except ValueError as error:
        raise InvalidInput(f"Roles do not exist: {words}", attr=field) from error


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "action_key": ("action_key", choice(ActionKey)),
    "conditions": ("conditions", document),
    "approver_config": ("approvers", _approvers),
    "allow_self_approve": ("allow_self_approve", boolean),
    "bypass_org_membership_levels": ("bypass_levels", items(text())),
    "bypass_roles": ("bypass_roles", items(_role_id)),
    "expires_after": ("expires_after", duration),
    "enabled": ("enabled", boolean),
    "organization_wide": ("is_organization_wide", boolean),
}
