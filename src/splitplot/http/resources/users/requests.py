"""What users ask to change about themselves."""

from enum import StrEnum
from typing import cast
from uuid import UUID

from splitplot.accounts.model import OrganizationId, ProjectId
from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, choice, or_null, read_fields, text, whole
from splitplot.services.members.profiles import ProfileValues

_MAX_NAME = 150
_MAX_EMAIL = 254


class _WorkRole(StrEnum):
    """What somebody does in their company; it gives no rights."""

    ENGINEERING = "engineering"
    DATA = "data"
    PRODUCT = "product"
    FOUNDER = "founder"
    LEADERSHIP = "leadership"
    MARKETING = "marketing"
    SALES = "sales"
    OTHER = "other"
    UNSAID = ""


def profile_changes(body: Properties) -> ProfileValues:
    """What a PATCH asks for."""
    # Every reader answers what `ProfileValues` says of the name that it stands under.
    return cast("ProfileValues", read_fields(body, _FIELDS))


def _role(value: JsonValue, field: str) -> str | None:
    found = or_null(choice(_WorkRole))(value, field)
    return None if found is None else found.value


def _password(value: JsonValue, field: str) -> str:
    # White space around it is part of a password.
    text()(value, field)
    return str(value)


def _organization(value: JsonValue, field: str) -> OrganizationId:
    try:
        return OrganizationId(UUID(text()(value, field)))
    except ValueError as error:
        raise InvalidInput(f'"{value}" is not a valid UUID.', attr=field) from error


def _project(value: JsonValue, field: str) -> ProjectId:
    return ProjectId(whole(value, field))


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "first_name": ("first_name", text(max_length=_MAX_NAME, or_blank=True)),
    "last_name": ("last_name", text(max_length=_MAX_NAME, or_blank=True)),
    "email": ("email", text(max_length=_MAX_EMAIL)),
    "role_at_organization": ("role_at_organization", _role),
    "current_password": ("current_password", _password),
    "password": ("password", _password),
    "set_current_organization": ("organization_id", _organization),
    "set_current_team": ("project_id", _project),
}
_DOCUMENTED: dict[str, object] = {
    "first_name": {"type": "string", "maxLength": _MAX_NAME},
    "last_name": {"type": "string", "maxLength": _MAX_NAME},
    "email": {"type": "string", "maxLength": _MAX_EMAIL},
    "role_at_organization": {"enum": [*_WorkRole, None]},
    "current_password": {"type": "string", "description": "With a new password or e-mail."},
    "password": {"type": "string", "minLength": 8},
    "set_current_organization": {"type": "string", "format": "uuid"},
    "set_current_team": {"type": "integer"},
}
PATCH_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "properties": _DOCUMENTED}}},
    }
}
