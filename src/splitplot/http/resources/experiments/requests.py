"""What clients send to make, change and list experiments."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Query

from splitplot.accounts.model import UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.criteria import parse_exposure_criteria
from splitplot.experiments.lifecycle.parameters import checked_parameters
from splitplot.experiments.lifecycle.request import ExperimentRequest, Values
from splitplot.experiments.metrics.lists import checked_metrics
from splitplot.experiments.model import Conclusion, ExperimentType, HoldoutId, Status
from splitplot.experiments.sharing.links import LinkRequest, checked_link, no_such_holdout
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import FlagId
from splitplot.http.fields import (
    Fields,
    Reader,
    boolean,
    choice,
    document,
    instant,
    items,
    number_of,
    or_null,
    read_fields,
    text,
    user_ids,
)
from splitplot.http.paging import PageRequest
from splitplot.ports.repositories import ExperimentListing

# Says that metrics may be on known events only; the events are looked up by then.
KnownEvents = Callable[[], frozenset[str]]

_STATUS = {status.value: status for status in Status} | {"complete": Status.STOPPED}
_TYPES = {kind.value: kind for kind in ExperimentType}
_REQUIRED = ("name", "feature_flag_key")
_NUMBER = re.compile(r"-?[0-9]+")
_MAX_ID = 2**31 - 1
_LONGEST_ID = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an experiment came out, as far as somebody said so."""

    conclusion: Conclusion | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """Which variant to serve, to whom, and how the experiment came out."""

    variant_key: str
    to_everyone: bool
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The list's own query parameters."""

    status: Annotated[str | None, Query(description="draft, running, paused, stopped, all.")] = None
    archived: Annotated[str | None, Query(description="`true` for archived ones only.")] = None
    created_by_id: Annotated[
        str | None, Query(description="Ids of users, with commas or as a JSON list.")
    ] = None
    feature_flag_id: Annotated[str | None, Query(description="The flag they are on.")] = None
    type: Annotated[str | None, Query(description="product or web.")] = None
    search: Annotated[str | None, Query(description="A part of the name.")] = None
    event: Annotated[str | None, Query(description="An event that a metric is about.")] = None
    order: Annotated[str | None, Query(description="A field; `-` in front turns it round.")] = None


def create_request(body: Properties, known_events: KnownEvents) -> ExperimentRequest:
    """What a POST asks for."""
    return _request(read_fields(body, _FIELDS, required=_REQUIRED), known_events)


def patch_request(body: Properties, known_events: KnownEvents) -> ExperimentRequest:
    """What a PATCH asks for."""
    return _request(read_fields(body, _FIELDS), known_events)


def put_request(body: Properties, known_events: KnownEvents) -> ExperimentRequest:
    """What a PUT asks for: as a PATCH, but it is not archived unless it says so."""
    return create_request({"archived": False, **body}, known_events)


def ending_request(body: Properties) -> Ending:
    """How an experiment came out; nothing has to be said."""
    read = read_fields(body, _ENDING)
    return Ending(
        conclusion=cast("Conclusion | None", read.get("conclusion")),
        comment=cast("str | None", read.get("conclusion_comment")),
    )


def shipping_request(body: Properties) -> Shipping:
    """Which variant to ship."""
    read = read_fields(body, _SHIPPING, required=("variant_key",))
    return Shipping(
        variant_key=cast("str", read["variant_key"]),
        to_everyone=read.get("release_to_everyone") is not False,
        ending=ending_request(body),
    )


def listing_request(query: ListQuery, page: PageRequest, *, now: datetime) -> ExperimentListing:
    """Which experiments to list."""
    flag_id, authors = query.feature_flag_id, user_ids(query.created_by_id)
    return ExperimentListing(
        now=now,
        limit=page.limit,
        offset=page.offset,
        status=_STATUS.get((query.status or "").lower()),
        archived=(query.archived or "").lower() == "true",
        created_by_ids=None if authors is None else tuple(map(UserId, authors)),
        flag_id=FlagId(number_of(flag_id, "feature_flag_id")) if flag_id else None,
        type=_TYPES.get((query.type or "").lower()),
        search=query.search,
        order=query.order or "-created_at",
    )


def _request(read: dict[str, object], known_events: KnownEvents) -> ExperimentRequest:
    flag_key = read.pop("flag_key", None)
    updates_flag = read.pop("updates_flag", False) is True
    accepts_unknown = read.pop("accepts_unknown", True) is not False
    names_links = "saved_metrics" in read
    links = cast("tuple[LinkRequest, ...] | None", read.pop("saved_metrics", None))
    return ExperimentRequest(
        # Every reader answers what `Values` says of the name that it stands under.
        values=cast("Values", read),
        flag_key=cast("str | None", flag_key),
        updates_flag=updates_flag,
        saved_metrics=links or () if names_links else None,
        known_events=None if accepts_unknown else known_events(),
    )


def _parameters(value: JsonValue, field: str) -> Properties:
    return checked_parameters(document(value, field))


def _exposure_criteria(value: JsonValue, field: str) -> Properties:
    criteria = document(value, field)
    parse_exposure_criteria(criteria)
    return criteria


def _metrics(value: JsonValue, field: str) -> tuple[Properties, ...]:
    return checked_metrics(value, attr=field)


def _holdout_id(value: JsonValue, field: str) -> HoldoutId:
    sent = "" if isinstance(value, bool) else str(value)
    if not isinstance(value, int | str) or _NUMBER.fullmatch(sent) is None:
        message = f"Incorrect type. Expected pk value, received {type(value).__name__}."
        raise InvalidInput(message, code="incorrect_type", attr=field)
    number = int(sent) if len(sent) <= _LONGEST_ID else 0
    if not 0 < number <= _MAX_ID:
        raise no_such_holdout(sent)
    return HoldoutId(number)


def _link(value: JsonValue, _: str) -> LinkRequest:
    return checked_link(value)


_BLANK_TEXT: Reader[str] = text(or_blank=True)
_UUIDS = or_null(items(text()))

# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(max_length=400)),
    "description": ("description", or_null(text(max_length=3000, or_blank=True))),
    "start_date": ("start_date", or_null(instant)),
    "end_date": ("end_date", or_null(instant)),
    "feature_flag_key": ("flag_key", text()),
    "holdout_id": ("holdout_id", or_null(_holdout_id)),
    "parameters": ("parameters", or_null(_parameters)),
    "secondary_metrics": ("secondary_metrics", items(document)),
    "saved_metrics_ids": ("saved_metrics", or_null(items(_link))),
    "filters": ("filters", document),
    "archived": ("archived", boolean),
    "deleted": ("deleted", boolean),
    "type": ("type", or_null(choice(ExperimentType))),
    "exposure_criteria": ("exposure_criteria", or_null(_exposure_criteria)),
    "metrics": ("metrics", _metrics),
    "metrics_secondary": ("metrics_secondary", _metrics),
    "stats_config": ("stats_config", document),
    "scheduling_config": ("scheduling_config", or_null(document)),
    "_create_in_folder": ("folder", or_null(_BLANK_TEXT)),
    "conclusion": ("conclusion", or_null(choice(Conclusion))),
    "conclusion_comment": ("conclusion_comment", or_null(_BLANK_TEXT)),
    "primary_metrics_ordered_uuids": ("primary_metrics_order", _UUIDS),
    "secondary_metrics_ordered_uuids": ("secondary_metrics_order", _UUIDS),
    "exposure_preaggregation_enabled": ("exposure_preaggregation_enabled", boolean),
    "only_count_matured_users": ("only_count_matured_users", boolean),
    "excluded_variants": ("excluded_variants", items(text())),
    "allow_unknown_events": ("accepts_unknown", boolean),
    "update_feature_flag_params": ("updates_flag", boolean),
}
_ENDING: Fields = {name: _FIELDS[name] for name in ("conclusion", "conclusion_comment")}
_SHIPPING: Fields = {
    "variant_key": ("variant_key", text()),
    **_ENDING,
    "release_to_everyone": ("release_to_everyone", boolean),
}
