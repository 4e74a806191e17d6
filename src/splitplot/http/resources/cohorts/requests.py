"""What clients send to make and change cohorts."""

from typing import cast

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, boolean, document, items, or_null, read_fields, text
from splitplot.services.cohorts import MEMBERS_FIELD, CohortValues


def create_request(body: Properties) -> CohortValues:
    """What a POST asks for."""
    return _values(body, required=("name",))


def patch_request(body: Properties) -> CohortValues:
    """What a PATCH asks for."""
    return _values(body)


def _values(body: Properties, required: tuple[str, ...] = ()) -> CohortValues:
    # Every reader answers what `CohortValues` says of the name that it stands under.
    return cast("CohortValues", read_fields(body, _FIELDS, required=required))


def _description(value: JsonValue, field: str) -> str:
    return "" if value is None else text(max_length=1_000, or_blank=True)(value, field)


def _groups(value: JsonValue, field: str) -> tuple[JsonValue, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        message = f'Expected a list of items but got type "{type(value).__name__}".'
        raise InvalidInput(message, code="not_a_list", attr=field)
    return tuple(value)


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(max_length=400)),
    "description": ("description", _description),
    "groups": ("groups", _groups),
    "deleted": ("deleted", boolean),
    "filters": ("filters", or_null(document)),
    "is_static": ("is_static", boolean),
    MEMBERS_FIELD: ("members", items(text())),
}
