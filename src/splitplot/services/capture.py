"""Taking in events: what can be used is stored before the sender hears of it."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import orjson

from splitplot.accounts.model import ProjectId
from splitplot.errors import Overloaded, Unauthenticated
from splitplot.events.envelope import check_sizes, read_envelope, well_formed_token
from splitplot.events.model import DropReason, Event
from splitplot.events.normalize import Circumstances, normalize
from splitplot.events.verdicts import Judged, Sender, Verdict, judge, read_batch
from splitplot.filters.model import JsonValue
from splitplot.ports.clock import Clock
from splitplot.ports.commit_queue import CommitQueue
from splitplot.ports.event_store import ProjectEvent
from splitplot.ports.flag_source import FlagSource

# More would keep the event loop from other requests for milliseconds.
_MAX_EVENTS_IN_LOOP = 500

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of a request: how many events are stored, how many dropped and why."""

    accepted: int
    dropped: Mapping[DropReason, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What a request brings, before it is stored."""

    rows: Sequence[ProjectEvent]
    receipt: Receipt


class CaptureService:
    def __init__(self, *, queue: CommitQueue, flag_source: FlagSource, clock: Clock) -> None:
        self._queue = queue
        self._flag_source = flag_source
        self._clock = clock

    async def take(
        self, payload: JsonValue, *, query: Mapping[str, str], is_engage: bool = False
    ) -> Receipt:
        """Take the events of one request, all of them or none.

        Returns once they are stored: they survive a crash of this process. Sending them
        again changes nothing, events are known by their uuid.

        Args:
            payload: The decoded body.
            query: The request's query parameters.
            is_engage: Whether an object without `event` is an `$identify`.

        Raises:
            InvalidInput: There are no events, or one of them is none.
            TooLarge: One of them is too large to keep.
            Unauthenticated: The token is missing, malformed or no project's.
            Overloaded: Too much is waiting to be written; nothing was taken.
            Unavailable: Nothing could be stored now.
        """
        taken = await _off_loop_if_many(
            payload, self._read, payload, query=query, is_engage=is_engage
        )
        await self._commit(taken.rows)
        return taken.receipt

    async def take_each(
        self, payload: JsonValue, *, token: str, sender: Sender
    ) -> Mapping[str, Verdict]:
        """Take those of a request's events that can be taken.

        Returns once these are stored, as `take` does.

        Args:
            payload: The decoded body.
            token: The project's public token.
            sender: Who sent them.

        Returns:
            What became of each event, by its uuid as it was written.

        Raises:
            InvalidInput: There are no events, or something that cannot be told apart.
            Unauthenticated: The token is missing, malformed or no project's.
            Unavailable: Nothing could be stored now.
        """
        project_id = self._project_id(well_formed_token(token))
        judged, rows = await _off_loop_if_many(
            payload, self._judge, payload, project_id=project_id, sender=sender
        )
        try:
            await self._commit(rows)
        except Overloaded:
            return judged.put_off()
        return judged.verdicts

    def _read(self, payload: JsonValue, *, query: Mapping[str, str], is_engage: bool) -> _Taken:
        envelope = read_envelope(payload, query=query, is_engage=is_engage)
        project_id = self._project_id(envelope.token)
        check_sizes(envelope.events, size_of=_json_size)
        normalized = normalize(envelope, self._circumstances(project_id))
        receipt = Receipt(
            accepted=len(normalized.events),
            dropped=Counter(drop.reason for drop in normalized.drops),
        )
        return _Taken(rows=_rows(project_id, normalized.events), receipt=receipt)

    def _judge(
        self, payload: JsonValue, *, project_id: ProjectId, sender: Sender
    ) -> tuple[Judged, Sequence[ProjectEvent]]:
        batch, circumstances = read_batch(payload), self._circumstances(project_id)
        judged = judge(batch, sender, circumstances, size_of=_json_size)
        return judged, _rows(project_id, judged.events)

    def _project_id(self, token: str) -> ProjectId:
        snapshot = self._flag_source.find(token)
        if snapshot is None:
            raise Unauthenticated("The project token is unknown.", code="invalid_api_key")
        return snapshot.project.id

    def _circumstances(self, project_id: ProjectId) -> Circumstances:
        return Circumstances(
            project_id=project_id, now=self._clock.now(), random_bytes=secrets.token_bytes
        )

    async def _commit(self, rows: Sequence[ProjectEvent]) -> None:
        if rows:
            await self._queue.commit(rows)


async def _off_loop_if_many(
    payload: JsonValue,
    work: Callable[_Arguments, _Result],
    *args: _Arguments.args,
    **kwargs: _Arguments.kwargs,
) -> _Result:
    events = payload.get("batch") if isinstance(payload, Mapping) else payload
    if isinstance(events, list) and len(events) > _MAX_EVENTS_IN_LOOP:
        return await asyncio.to_thread(work, *args, **kwargs)
    return work(*args, **kwargs)


def _rows(project_id: ProjectId, events: Sequence[Event]) -> Sequence[ProjectEvent]:
    return [ProjectEvent(project_id=project_id, event=event) for event in events]


def _json_size(value: JsonValue) -> int:
    return len(orjson.dumps(value))
