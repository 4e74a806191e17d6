"""What clients send to list change requests and to decide about them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from splitplot.accounts.access import Sight
from splitplot.accounts.model import UserId
from splitplot.experiments.approvals.model import ActionKey, RequestState
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import FlagId
from splitplot.http.approvals.bodies import RESOURCE_TYPE
from splitplot.http.fields import Fields, number_of, read_fields, text
from splitplot.http.paging import PageRequest
from splitplot.ports.approvals import RequestListing

_STATES = {state.value: state for state in RequestState}
_ACTIONS = {key.value: key for key in ActionKey}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The list's own query parameters."""

    state: Annotated[str | None, Query(description="States, with commas.")] = None
    action_key: Annotated[str | None, Query(description="What waits for approval.")] = None
    action_type: Annotated[str | None, Query(description="The same.")] = None
    requester: Annotated[str | None, Query(description="A user's id.")] = None
    resource_type: Annotated[str | None, Query(description="feature_flag.")] = None
    resource_id: Annotated[str | None, Query(description="A flag's id.")] = None


def listing_request(
    query: ListQuery, page: PageRequest, *, sight: Sight | None
) -> RequestListing | None:
    """Which requests to list; None when none can be what is asked for.

    Raises:
        InvalidInput: An id is no number.
    """
    states = tuple(filter(None, (word.strip() for word in (query.state or "").split(","))))
    action = query.action_key or query.action_type
    is_impossible = (
        (query.resource_type or RESOURCE_TYPE) != RESOURCE_TYPE
        or (action is not None and action not in _ACTIONS)
        or not _STATES.keys() >= set(states)
    )
    if is_impossible:
        return None
    requester, flag = query.requester, query.resource_id
    return RequestListing(
        limit=page.limit,
        offset=page.offset,
        states=tuple(_STATES[word] for word in states),
        action_key=None if action is None else _ACTIONS[action],
        requester_id=UserId(number_of(requester, "requester")) if requester else None,
        flag_id=FlagId(number_of(flag, "resource_id")) if flag else None,
        sight=sight,
    )


def reason_in(body: Properties) -> str:
    """Why somebody decides as they do; empty when they do not say."""
    return str(read_fields(body, _FIELDS).get("reason", ""))


def _reason(value: JsonValue, field: str) -> str:
    return "" if value is None else text(or_blank=True, max_length=10_000)(value, field)


_FIELDS: Fields = {"reason": ("reason", _reason)}
