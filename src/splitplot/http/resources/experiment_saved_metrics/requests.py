"""What clients send to make and change saved metrics."""

from collections.abc import Collection
from typing import cast

from splitplot.experiments.sharing.saved_metrics import (
    SavedMetricValues,
    checked_query,
    normal_tags,
)
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, document, items, or_null, read_fields, text

_LONGEST = 400
_LONGEST_TAG = 255
_REQUIRED = ("name", "query")


def create_request(body: Properties) -> SavedMetricValues:
    """What a POST or a PUT asks for."""
    return _values(body, required=_REQUIRED)


def patch_request(body: Properties) -> SavedMetricValues:
    """What a PATCH asks for."""
    return _values(body)


def _values(body: Properties, required: Collection[str] = ()) -> SavedMetricValues:
    # Every reader answers what `SavedMetricValues` says of the name that it stands under.
    return cast("SavedMetricValues", read_fields(body, _FIELDS, required=required))


def _query(value: JsonValue, field: str) -> Properties:
    return checked_query(document(value, field))


def _tags(value: JsonValue, field: str) -> tuple[str, ...]:
    return normal_tags(items(text(max_length=_LONGEST_TAG, or_blank=True))(value, field))


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(max_length=_LONGEST)),
    "description": ("description", or_null(text(max_length=_LONGEST, or_blank=True))),
    "query": ("query", _query),
    "tags": ("tags", _tags),
}
