"""Roles on the wire."""

from dataclasses import dataclass
from uuid import UUID

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import items, text
from splitplot.http.models import ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, user_block
from splitplot.services.members.roles import RoleRecord

_MAX_NAME = 200


class RoleBody(ExactBody):
    """A role with its members."""

    id: str
    name: str
    created_at: Instant
    created_by: UserBlock | None
    members: list[UserBlock]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequest:
    """What is said of a role; None says nothing."""

    name: str | None
    members: tuple[UUID, ...] | None


def role_body(record: RoleRecord) -> dict[str, JsonValue]:
    """A `RoleBody`."""
    return {
        "id": str(record.role.id),
        "name": record.role.name,
        "created_at": instant(record.role.created_at),
        "created_by": user_block(record.created_by),
        "members": [user_block(user) for user in record.members],
    }


def role_request(body: Properties, *, is_new: bool = False) -> RoleRequest:
    """What a POST or a PATCH asks for."""
    if is_new and "name" not in body:
        raise InvalidInput("This field is required.", code="required", attr="name")
    name = text(max_length=_MAX_NAME)(body["name"], "name") if "name" in body else None
    members = items(_uuid)(body["members"], "members") if "members" in body else None
    return RoleRequest(name=name, members=members)


def _uuid(value: JsonValue, field: str) -> UUID:
    try:
        return UUID(text()(value, field))
    except ValueError as error:
        raise InvalidInput(f'"{value}" is not a valid UUID.', attr=field) from error


def _body(required: tuple[str, ...] = ()) -> dict[str, object]:
    fields = {
        "name": {"type": "string", "minLength": 1, "maxLength": _MAX_NAME},
        "members": {"type": "array", "items": {"type": "string", "format": "uuid"}},
    }
    schema = {"type": "object", "properties": fields, "required": list(required)}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


CREATE_BODY = _body(("name",))
PATCH_BODY = _body()
