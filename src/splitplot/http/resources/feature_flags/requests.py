"""What clients send to make, change and list feature flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, cast

from fastapi import Query

from splitplot.experiments.lifecycle.flag_records import Edit, FlagValues
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.selection import FlagKind, FlagListing
from splitplot.http.fields import (
    Fields,
    boolean,
    choice,
    document,
    is_yes,
    items,
    listed,
    read_fields,
    text,
    truth_of,
    user_ids,
    whole,
)
from splitplot.http.paging import PageRequest

_STALE = "STALE"
_KINDS = {kind.value: kind for kind in FlagKind}


class _Runtime(StrEnum):
    ALL = "all"
    CLIENT = "client"
    SERVER = "server"


class _Bucketing(StrEnum):
    DISTINCT_ID = "distinct_id"
    DEVICE_ID = "device_id"


class _Context(StrEnum):
    FEATURE_FLAGS = "feature_flags"
    EXPERIMENTS = "experiments"
    SURVEYS = "surveys"
    EARLY_ACCESS_FEATURES = "early_access_features"
    WEB_EXPERIMENTS = "web_experiments"
    PRODUCT_TOURS = "product_tours"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The list's own query parameters."""

    search: Annotated[str | None, Query(description="A part of key or name.")] = None
    active: Annotated[str | None, Query(description="true, false or STALE.")] = None
    type: Annotated[
        str | None, Query(description="boolean, multivariant, experiment or remote_config.")
    ] = None
    created_by_id: Annotated[str | None, Query(description="Ids of users, with commas.")] = None
    evaluation_runtime: Annotated[str | None, Query(description="all, client or server.")] = None
    has_evaluation_contexts: Annotated[str | None, Query(description="true or false.")] = None
    tags: Annotated[str | None, Query(description="A JSON list; one of them is enough.")] = None
    archived: Annotated[str | None, Query(description="true finds none.")] = None
    order: Annotated[str | None, Query(description="A field; `-` in front turns it round.")] = None


def create_request(body: Properties) -> FlagValues:
    """What a POST asks for."""
    return _values(body, required=("key",))


def patch_request(body: Properties) -> Edit:
    """What a PATCH asks for."""
    original = body.get("original_flag")
    version = body.get("version")
    return Edit(
        values=_values(body),
        version=None if version is None else whole(version, "version"),
        original=original if isinstance(original, Mapping) else None,
    )


def put_request(body: Properties) -> Edit:
    """What a PUT asks for: as a PATCH, with a key."""
    _values(body, required=("key",))
    return patch_request(body)


def listing_request(query: ListQuery, page: PageRequest) -> FlagListing | None:
    """Which flags to list; None when no flag can be what is asked for."""
    if is_yes(query.archived):
        return None
    contexts = query.has_evaluation_contexts
    return FlagListing(
        limit=page.limit,
        offset=page.offset,
        search=query.search,
        active=truth_of(query.active),
        is_stale=query.active == _STALE,
        kind=_KINDS.get(query.type or ""),
        created_by_ids=user_ids(query.created_by_id),
        runtime=query.evaluation_runtime or None,
        contexts=is_yes(contexts) if contexts else None,
        tags=tuple(str(tag) for tag in listed(query.tags)),
        order=query.order or "-created_at",
    )


def _values(body: Properties, required: tuple[str, ...] = ()) -> FlagValues:
    # Every reader answers what `FlagValues` says of the name that it stands under.
    return cast("FlagValues", read_fields(body, _FIELDS, required=required))


def _or_no(value: JsonValue, field: str) -> bool:
    return value is not None and boolean(value, field)


def _bucketing(value: JsonValue, field: str) -> str:
    return _Bucketing.DISTINCT_ID if value is None else choice(_Bucketing)(value, field)


# In the order in which the first wrong field is reported.
_FIELDS: Fields = {
    "name": ("name", text(or_blank=True)),
    "key": ("key", text(max_length=400)),
    "filters": ("filters", document),
    "deleted": ("deleted", boolean),
    "active": ("active", boolean),
    "ensure_experience_continuity": ("ensure_experience_continuity", _or_no),
    "evaluation_contexts": ("evaluation_contexts", items(text(max_length=200))),
    "evaluation_runtime": ("evaluation_runtime", choice(_Runtime)),
    "bucketing_identifier": ("bucketing_identifier", _bucketing),
    "has_encrypted_payloads": ("has_encrypted_payloads", boolean),
    "creation_context": ("creation_context", choice(_Context)),
    "tags": ("tags", items(text(max_length=200, or_blank=True))),
    "is_remote_configuration": ("is_remote_configuration", _or_no),
}
