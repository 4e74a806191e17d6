"""What clients send to make and change holdouts."""

from collections.abc import Collection
from typing import cast

from splitplot.experiments.sharing.holdouts import Groups, HoldoutValues, checked_groups
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, document, items, or_null, read_fields, text

_LONGEST = 400


def create_request(body: Properties) -> HoldoutValues:
    """What a POST asks for; no groups at all are as good as an empty list of them."""
    given = {name: value for name, value in body.items() if (name, value) != ("filters", [])}
    return _values(given, required=("name",))


def patch_request(body: Properties) -> HoldoutValues:
    """What a PATCH asks for."""
    return _values(body)


def put_request(body: Properties) -> HoldoutValues:
    """What a PUT asks for: as a PATCH, with a name."""
    return _values(body, required=("name",))


def _values(body: Properties, required: Collection[str] = ()) -> HoldoutValues:
    # Every reader answers what `HoldoutValues` says of the name that it stands under.
    return cast("HoldoutValues", read_fields(body, _FIELDS, required=required))


def _groups(value: JsonValue, field: str) -> Groups:
    return checked_groups(items(document)(value, field))


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(max_length=_LONGEST)),
    "description": ("description", or_null(text(max_length=_LONGEST, or_blank=True))),
    "filters": ("groups", _groups),
}
