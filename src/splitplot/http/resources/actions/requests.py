"""What clients send to make and change actions."""

from collections.abc import Collection
from typing import cast

from splitplot.events.actions import ActionValues, Step, read_steps
from splitplot.experiments.sharing.saved_metrics import normal_tags
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import Fields, boolean, items, read_fields, text

_LONGEST_TAG = 255


def create_request(body: Properties) -> ActionValues:
    """What a POST or a PUT asks for."""
    return _values(body, required=("name",))


def patch_request(body: Properties) -> ActionValues:
    """What a PATCH asks for."""
    return _values(body)


def _values(body: Properties, required: Collection[str] = ()) -> ActionValues:
    # Every reader answers what `ActionValues` says of the name that it stands under.
    return cast("ActionValues", read_fields(body, _FIELDS, required=required))


def _description(value: JsonValue, field: str) -> str:
    return "" if value is None else text(max_length=4_000, or_blank=True)(value, field)


def _slack_message(value: JsonValue, field: str) -> str:
    return "" if value is None else text(max_length=1_200, or_blank=True)(value, field)


def _tags(value: JsonValue, field: str) -> tuple[str, ...]:
    return normal_tags(items(text(max_length=_LONGEST_TAG, or_blank=True))(value, field))


def _steps(value: JsonValue, _field: str) -> tuple[Step, ...]:
    return read_steps(value)


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(max_length=400)),
    "description": ("description", _description),
    "tags": ("tags", _tags),
    "post_to_slack": ("post_to_slack", boolean),
    "slack_message_format": ("slack_message_format", _slack_message),
    "steps": ("steps", _steps),
    "deleted": ("deleted", boolean),
}
