"""Access rules on the wire."""

from collections.abc import Mapping
from uuid import UUID

from splitplot.accounts.access import AccessLevel, AccessRule, Resource
from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import choice, number_of, or_null, text, whole
from splitplot.http.models import ExactBody
from splitplot.services.members.access_rules import ProjectRules, RuleRequest


class RuleBody(ExactBody):
    """A rule: for a member (uuid of the user), a role (uuid), or with neither for everybody."""

    resource: Resource
    resource_id: int | None
    access_level: AccessLevel
    organization_member: str | None
    role: str | None


class AccessControlsBody(ExactBody):
    """The rules, and what the caller may do with them."""

    access_controls: list[RuleBody]
    available_resources: list[Resource]
    available_access_levels: list[AccessLevel]
    default_access_level: AccessLevel
    user_access_level: AccessLevel
    user_can_edit_access_levels: bool


def rules_body(found: ProjectRules, *, level: AccessLevel) -> dict[str, object]:
    """An `AccessControlsBody` for somebody with this level in the project."""
    return {
        "access_controls": [_rule(rule, found) for rule in found.rules],
        "available_resources": list(Resource),
        "available_access_levels": list(AccessLevel),
        "default_access_level": AccessLevel.EDITOR,
        "user_access_level": level,
        "user_can_edit_access_levels": level is AccessLevel.MANAGER,
    }


def rule_request(body: Properties) -> RuleRequest:
    """What a PUT asks for."""
    for name in ("resource", "access_level"):
        if name not in body:
            raise InvalidInput("This field is required.", code="required", attr=name)
    asked = RuleRequest(
        resource=choice(Resource)(body["resource"], "resource"),
        object_id=or_null(whole)(body.get("resource_id"), "resource_id"),
        level=or_null(choice(AccessLevel))(body["access_level"], "access_level"),
        member=or_null(_uuid)(body.get("organization_member"), "organization_member"),
        role=or_null(_uuid)(body.get("role"), "role"),
    )
    if asked.member is not None and asked.role is not None:
        raise InvalidInput("A rule is for a member or for a role, not for both.", attr="role")
    return asked


def which_of(query: Mapping[str, str]) -> tuple[Resource | None, int | None]:
    """Which rules a list is asked for."""
    resource, number = query.get("resource"), query.get("resource_id")
    return (
        choice(Resource)(resource, "resource") if resource else None,
        number_of(number, "resource_id") if number else None,
    )


def _rule(rule: AccessRule, found: ProjectRules) -> dict[str, JsonValue]:
    user = None if rule.user_id is None else found.users.get(rule.user_id)
    return {
        "resource": rule.resource,
        "resource_id": rule.object_id,
        "access_level": rule.level,
        "organization_member": None if user is None else str(user.uuid),
        "role": None if rule.role_id is None else str(rule.role_id),
    }


def _uuid(value: JsonValue, field: str) -> UUID:
    try:
        return UUID(text()(value, field))
    except ValueError as error:
        raise InvalidInput(f'"{value}" is not a valid UUID.', attr=field) from error


_FIELDS: dict[str, object] = {
    "resource": {"enum": list(Resource)},
    "resource_id": {"type": ["integer", "null"]},
    "access_level": {"enum": [*AccessLevel, None]},
    "organization_member": {"type": ["string", "null"], "format": "uuid"},
    "role": {"type": ["string", "null"], "format": "uuid"},
}
_SCHEMA = {
    "type": "object",
    "properties": _FIELDS,
    "required": ["resource", "access_level"],
}
PUT_BODY: dict[str, object] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}
}
