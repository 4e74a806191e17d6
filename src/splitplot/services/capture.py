"""Taking in events: what can be used is stored before the sender hears of it."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from splitplot.errors import Unauthenticated
from splitplot.events.envelope import Envelope, check_sizes, read_envelope
from splitplot.events.model import DropReason
from splitplot.events.normalize import Circumstances, Normalized, normalize
from splitplot.filters.model import JsonValue
from splitplot.ports.clock import Clock
from splitplot.ports.commit_queue import CommitQueue
from splitplot.ports.event_store import ProjectEvent
from splitplot.ports.flag_source import FlagSource

# More would keep the event loop from other requests for milliseconds.
_MAX_EVENTS_IN_LOOP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of a request: how many events are stored, how many dropped and why."""

    accepted: int
    dropped: Mapping[DropReason, int]


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
        envelope = read_envelope(payload, query=query, is_engage=is_engage)
        snapshot = self._flag_source.find(envelope.token)
        if snapshot is None:
            raise Unauthenticated("The project token is unknown.", code="invalid_api_key")
        project_id = snapshot.project.id
        normalized = await self._normalized(envelope, project_id)
        if normalized.events:
            await self._queue.commit(
                [ProjectEvent(project_id=project_id, event=event) for event in normalized.events]
            )
        return Receipt(
            accepted=len(normalized.events),
            dropped=Counter(drop.reason for drop in normalized.drops),
        )

    async def _normalized(self, envelope: Envelope, project_id: int) -> Normalized:
        circumstances = Circumstances(
            project_id=project_id, now=self._clock.now(), random_bytes=secrets.token_bytes
        )
        if len(envelope.events) <= _MAX_EVENTS_IN_LOOP:
            return _checked(envelope, circumstances)
        return await asyncio.to_thread(_checked, envelope, circumstances)


def _checked(envelope: Envelope, circumstances: Circumstances) -> Normalized:
    check_sizes(envelope.events, size_of=_json_size)
    return normalize(envelope, circumstances)


def _json_size(value: JsonValue) -> int:
    return len(orjson.dumps(value))
