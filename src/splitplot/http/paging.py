"""Lists in pages: `limit` and `offset` in, `count`, `next`, `previous`, `results` out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.datastructures import URL
from starlette.requests import Request

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
# Beyond every list, and within every database's integers.
MAX_OFFSET = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a list is asked for, and how its neighbours are addressed.

    Attributes:
        limit: Most items, 1 to `MAX_LIMIT`.
        offset: Items left out at the front, 0 to `MAX_OFFSET`.
        url: The absolute address of the request.
        query: Every other query parameter, in order.
    """

    limit: int
    offset: int
    url: URL
    query: tuple[tuple[str, str], ...] = ()


async def page_request(
    request: Request,
    limit: Annotated[str | None, Query(description="Most items; 100 unless told.")] = None,
    offset: Annotated[str | None, Query(description="Items to leave out at the front.")] = None,
) -> PageRequest:
    """What the query asks for; a limit or offset that makes no sense is the default one."""
    return PageRequest(
        limit=min(_number(limit, at_least=1) or DEFAULT_LIMIT, MAX_LIMIT),
        offset=min(_number(offset, at_least=0) or 0, MAX_OFFSET),
        url=request.url,
        query=tuple(
            (name, value)
            for name, value in request.query_params.multi_items()
            if name not in ("limit", "offset")
        ),
    )


Paging: TypeAlias = Annotated[PageRequest, Depends(page_request)]


def page_response(
    results: Sequence[Mapping[str, object]], *, count: int, page: PageRequest
) -> dict[str, object]:
    """The page's body.

    Args:
        results: The page's items as they go over the wire.
        count: Items in the whole list.
        page: What was asked for.
    """
    after = page.offset + page.limit
    before = max(0, page.offset - page.limit)
    return {
        "count": count,
        "next": _address(page, after) if after < count else None,
        "previous": _address(page, before) if page.offset > 0 else None,
        "results": results,
    }


def uncounted_response(
    results: Sequence[Mapping[str, object]], *, has_more: bool, page: PageRequest
) -> dict[str, object]:
    """The body of a page of a list that nobody counts.

    Args:
        results: The page's items as they go over the wire.
        has_more: Whether items follow.
        page: What was asked for.
    """
    count = page.offset + page.limit + int(has_more)
    body = page_response(results, count=count, page=page)
    return {name: value for name, value in body.items() if name != "count"}


def _number(text: str | None, *, at_least: int) -> int | None:
    if text is None or not text.isascii() or not text.isdigit():
        return None
    # Longer than any sensible number; reading it would take time by the square of its length.
    number = MAX_OFFSET if len(text) > 10 else int(text)
    return number if number >= at_least else None


def _address(page: PageRequest, offset: int) -> str:
    pairs = [*page.query, ("limit", str(page.limit))]
    if offset:
        pairs.append(("offset", str(offset)))
    return str(page.url.replace(query=urlencode(pairs)))
