"""What clients send to choose the flag of a new experiment."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from splitplot.errors import InvalidInput
from splitplot.flags.selection import FlagListing
from splitplot.http.fields import is_yes, truth_of, user_ids

_DEFAULT, _MOST, _FARTHEST = 20, 100, 2**31 - 1
_ORDERS = frozenset({"created_at", "key", "name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagQuery:
    """The query parameters."""

    limit: Annotated[str | None, Query(description="20 unless told; 100 at the most.")] = None
    offset: Annotated[str | None, Query(description="Flags to leave out at the front.")] = None
    search: Annotated[str | None, Query(description="A part of key or name.")] = None
    active: Annotated[str | None, Query(description="true or false.")] = None
    created_by_id: Annotated[str | None, Query(description="Ids of users.")] = None
    evaluation_runtime: Annotated[str | None, Query(description="all, client or server.")] = None
    has_evaluation_contexts: Annotated[str | None, Query(description="true or false.")] = None
    order: Annotated[str | None, Query(description="created_at, key or name; maybe `-`.")] = None


def choice_request(query: FlagQuery) -> FlagListing | None:
    """Which flags to offer; None when limit or offset is no number.

    Raises:
        InvalidInput: There is no such order, or an author is no number.
    """
    limit, offset = _number(query.limit, _DEFAULT), _number(query.offset, 0)
    if limit is None or offset is None:
        return None
    order = query.order or "-created_at"
    if order.removeprefix("-") not in _ORDERS:
        raise InvalidInput(f"Invalid order field: '{order}'")
    contexts = query.has_evaluation_contexts
    return FlagListing(
        limit=min(limit, _MOST) if limit > 0 else _DEFAULT,
        offset=min(max(offset, 0), _FARTHEST),
        search=query.search,
        active=truth_of(query.active),
        created_by_ids=user_ids(query.created_by_id),
        runtime=query.evaluation_runtime or None,
        contexts=is_yes(contexts) if contexts else None,
        fits_experiments=True,
        order=order,
    )


def _number(sent: str | None, default: int) -> int | None:
    if not sent:
        return default
    digits = sent.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        return None
    number = int(digits[:12])
    return -number if sent.startswith("-") else number
