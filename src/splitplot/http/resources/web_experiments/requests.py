"""What clients send to make and change web experiments."""

from collections.abc import Collection
from typing import cast

from splitplot.experiments.sharing.web import WebValues, checked_web_variants
from splitplot.filters.model import Properties
from splitplot.http.fields import Fields, instant, read_fields, text

_VARIANTS = "variants"


def create_request(body: Properties) -> WebValues:
    """What a POST or a PUT asks for."""
    return _values({**body, _VARIANTS: body.get(_VARIANTS)}, required=("name",))


def patch_request(body: Properties) -> WebValues:
    """What a PATCH asks for."""
    return _values(body)


def _values(body: Properties, required: Collection[str] = ()) -> WebValues:
    # Every reader answers what `WebValues` says of the name that it stands under.
    values = cast("WebValues", read_fields(body, _FIELDS, required=required))
    if _VARIANTS in body:
        values["variants"] = checked_web_variants(body[_VARIANTS])
    return values


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(max_length=400)),
    "created_at": ("created_at", instant),
}
