"""Organizations and members on the wire."""

from splitplot.accounts.members import Member
from splitplot.accounts.model import MembershipLevel, Organization
from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, read_fields, text
from splitplot.http.models import ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, slug_of, user_block

_LEVELS = {level.value: level for level in MembershipLevel}


class OrganizationItem(ExactBody):
    """An organization, and what the caller is in it."""

    id: str
    name: str
    slug: str
    created_at: Instant
    membership_level: int


class MemberBody(ExactBody):
    """A member: 1 is a member, 8 an administrator, 15 an owner."""

    id: str
    user: UserBlock
    level: int
    joined_at: Instant


def organization_body(
    organization: Organization, *, level: MembershipLevel
) -> dict[str, JsonValue]:
    """An `OrganizationItem`."""
    return {
        "id": str(organization.id),
        "name": organization.name,
        "slug": slug_of(organization.name),
        "created_at": instant(organization.created_at),
        "membership_level": level,
    }


def member_body(member: Member) -> dict[str, JsonValue]:
    """A `MemberBody`."""
    return {
        "id": str(member.user.uuid),
        "user": user_block(member.user),
        "level": member.level,
        "joined_at": instant(member.joined_at),
    }


def name_of(body: Properties) -> str | None:
    """The name that a PATCH asks for; None when it asks for none."""
    name = read_fields(body, _FIELDS).get("name")
    return None if name is None else str(name)


def level_of(body: Properties) -> MembershipLevel:
    """The level that a PATCH asks for."""
    read = read_fields(body, {"level": ("level", _level)}, required=("level",))
    return MembershipLevel(int(str(read["level"])))


def _level(value: JsonValue, field: str) -> int:
    given = int(value) if isinstance(value, str) and value in ("1", "8", "15") else value
    if isinstance(given, bool) or not isinstance(given, int) or given not in _LEVELS:
        message = f'"{value}" is not a valid choice.'
        raise InvalidInput(message, code="invalid_choice", attr=field)
    return given


_FIELDS: Fields = {"name": ("name", text(max_length=64))}


def _body(field: str, schema: dict[str, object], *, required: bool) -> dict[str, object]:
    document = {
        "type": "object",
        "properties": {field: schema},
        "required": [field] if required else [],
    }
    return {
        "requestBody": {
            "required": required,
            "content": {"application/json": {"schema": document}},
        }
    }


PATCH_BODY = _body("name", {"type": "string", "minLength": 1, "maxLength": 64}, required=False)
LEVEL_BODY = _body("level", {"enum": list(_LEVELS)}, required=True)
