"""Events on the wire: which are asked for, and how they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query

from splitplot.accounts.model import ProjectId
from splitplot.errors import InvalidInput
from splitplot.events.instants import parse_instant
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.paging import PageRequest, page_response
from splitplot.http.wire import instant, person_block
from splitplot.ports.event_store import EventSelection
from splitplot.services.events import SeenEvent


class PersonBlock(ExactBody):
    """A person as they are today."""

    id: str
    uuid: str
    name: str
    distinct_ids: list[str]
    properties: Document
    created_at: Instant
    is_identified: bool


class EventBody(ExactBody):
    """An event as it was captured; `person` is null when its distinct id never was one."""

    id: str
    event: str
    distinct_id: str
    timestamp: Instant
    properties: Document
    person: PersonBlock | None


class EventsBody(ExactBody):
    """A page of events. Nobody counts them."""

    next: str | None
    previous: str | None
    results: list[EventBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """The filters of the list, all of which have to hold; an empty one is none."""

    event: Annotated[str | None, Query(description="Only events of this name.")] = None
    distinct_id: Annotated[
        str | None, Query(description="Only events captured under exactly this id.")
    ] = None
    after: Annotated[
        str | None, Query(description="Only events that happened later than this.")
    ] = None
    before: Annotated[
        str | None, Query(description="Only events that happened earlier than this.")
    ] = None

    def selection(self, project_id: ProjectId, page: PageRequest) -> EventSelection:
        """The page's events, and one more if there is one.

        Raises:
            InvalidInput: `after` or `before` is no instant.
        """
        return EventSelection(
            project_id=project_id,
            limit=page.limit + 1,
            offset=page.offset,
            name=self.event or None,
            distinct_id=self.distinct_id or None,
            after=_instant_of(self.after, "after"),
            before=_instant_of(self.before, "before"),
        )


def events_page(seen: Sequence[SeenEvent], page: PageRequest) -> dict[str, object]:
    """A page without `count`: counting all events would take longer than showing some."""
    shown = [_event(each) for each in seen[: page.limit]]
    body = page_response(shown, count=page.offset + len(seen), page=page)
    return {name: body[name] for name in ("next", "previous", "results")}


def _event(seen: SeenEvent) -> dict[str, object]:
    event = seen.event
    return {
        "id": str(event.uuid),
        "event": event.name,
        "distinct_id": event.distinct_id,
        "timestamp": instant(event.timestamp),
        "properties": event.properties,
        "person": None if seen.person is None else person_block(seen.person),
    }


def _instant_of(text: str | None, name: str) -> datetime | None:
    if not text:
        return None
    moment = parse_instant(text)
    if moment is None:
        raise InvalidInput("The date cannot be read; write it as ISO 8601.", attr=name)
    return moment
