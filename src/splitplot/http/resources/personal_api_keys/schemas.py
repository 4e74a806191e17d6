"""Personal API keys on the wire."""

from typing import cast
from uuid import UUID

from splitplot.accounts.access import EVERYTHING
from splitplot.accounts.model import OrganizationId, PersonalApiKey, ProjectId
from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, items, or_null, read_fields, text, whole
from splitplot.http.models import ExactBody, Instant
from splitplot.http.wire import instant, instant_or_none
from splitplot.services.accounts import NewKey
from splitplot.services.members.keys import KeyValues

_MAX_LABEL = 40


class PersonalApiKeyBody(ExactBody):
    """A key; its value only in the answer to the request that has made it."""

    id: str
    label: str
    value: str | None
    mask_value: str
    created_at: Instant
    last_used_at: Instant | None
    user_id: int
    scopes: list[str]
    scoped_teams: list[int]
    scoped_organizations: list[str]


def key_body(key: PersonalApiKey, *, value: str | None = None) -> dict[str, object]:
    """A `PersonalApiKeyBody`."""
    return {
        "id": key.id,
        "label": key.label,
        "value": value,
        "mask_value": key.mask,
        "created_at": instant(key.created_at),
        "last_used_at": instant_or_none(key.last_used_at),
        "user_id": key.user_id,
        "scopes": list(key.scopes) or [EVERYTHING],
        "scoped_teams": list(key.scoped_projects),
        "scoped_organizations": [str(number) for number in key.scoped_organizations],
    }


def new_key(body: Properties) -> NewKey:
    """What a POST asks for."""
    return NewKey(**_values(body, required=("label", "scopes")))


def changes_of(body: Properties) -> KeyValues:
    """What a PATCH asks for."""
    return _values(body)


def _values(body: Properties, required: tuple[str, ...] = ()) -> KeyValues:
    # Every reader answers what `KeyValues` says of the name that it stands under.
    return cast("KeyValues", read_fields(body, _FIELDS, required=required))


def _projects(value: JsonValue, field: str) -> tuple[ProjectId, ...]:
    return tuple(ProjectId(number) for number in or_null(items(whole))(value, field) or ())


def _organizations(value: JsonValue, field: str) -> tuple[OrganizationId, ...]:
    return or_null(items(_organization))(value, field) or ()


def _organization(value: JsonValue, field: str) -> OrganizationId:
    try:
        return OrganizationId(UUID(text()(value, field)))
    except ValueError as error:
        raise InvalidInput("Invalid organization UUID", attr="scoped_organizations") from error


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "label": ("label", text(max_length=_MAX_LABEL)),
    "scopes": ("scopes", items(text(max_length=100))),
    "scoped_teams": ("scoped_projects", _projects),
    "scoped_organizations": ("scoped_organizations", _organizations),
}


def _body(required: tuple[str, ...] = ()) -> dict[str, object]:
    fields = {
        "label": {"type": "string", "minLength": 1, "maxLength": _MAX_LABEL},
        "scopes": {"type": "array", "items": {"type": "string"}},
        "scoped_teams": {"type": ["array", "null"], "items": {"type": "integer"}},
        "scoped_organizations": {
            "type": ["array", "null"],
            "items": {"type": "string", "format": "uuid"},
        },
    }
    schema = {"type": "object", "properties": fields, "required": list(required)}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


CREATE_BODY = _body(("label", "scopes"))
PATCH_BODY = _body()
