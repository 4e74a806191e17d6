"""Queries whose answers are fetched later, while they are computed in the background."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeAlias
from uuid import uuid4

import structlog

from splitplot.errors import NotFound, SplitplotError, Throttled
from splitplot.ports.clock import Clock

log = structlog.get_logger(__name__)

# What clients know it by.
AT_CAPACITY = "query_at_capacity"
_KEPT_FOR = timedelta(minutes=20)

Document: TypeAlias = Mapping[str, object]
# Whose query it is; nobody else finds it.
Owner: TypeAlias = Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningQuery:
    """A query that was asked, and what has become of it.

    Attributes:
        id: Chosen by whoever asked, or made up; unique among its owner's.
        picked_up_at: When its turn came; None while it waits.
        ended_at: When there was an answer or an error; None before.
        answer: Its answer.
        error: Why there is none.
        expires_at: When it is forgotten.
    """

    id: str
    asked_at: datetime
    expires_at: datetime
    picked_up_at: datetime | None = None
    ended_at: datetime | None = None
    answer: Document | None = None
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class _Entry:
    query: RunningQuery
    future: Future[None] | None = field(default=None)


class RunningQueries:
    """Computes queries one after the other, and keeps their answers for a while.

    Nothing is stored: a query that is lost with its process is asked again. Thread-safe.

    Args:
        clock: Tells the time.
        workers: Queries computed at the same time, 1 or more.
        most_waiting: Queries that wait or run at the same time, 1 or more.
        most_kept: Queries that are remembered, ended ones included.
    """

    def __init__(
        self, *, clock: Clock, workers: int = 2, most_waiting: int = 32, most_kept: int = 500
    ) -> None:
        self._clock = clock
        self._most_waiting = most_waiting
        self._most_kept = most_kept
        self._lock = Lock()
        self._entries: OrderedDict[tuple[Owner, str], _Entry] = OrderedDict()
        self._workers = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="query")

    def start(
        self, owner: Owner, compute: Callable[[], Document], *, query_id: str | None = None
    ) -> RunningQuery:
        """Have a query computed. One of this id that has not ended yet is answered as it is.

        Raises:
            Throttled: Too many are waiting; this one was not taken.
        """
        now = self._clock.now()
        key = (owner, query_id or str(uuid4()))
        with self._lock:
            self._forget(now)
            known = self._entries.get(key)
            if known is not None and known.query.ended_at is None:
                return known.query
            if self._count_waiting() >= self._most_waiting:
                raise Throttled("Too many queries are waiting already.", code=AT_CAPACITY)
            query = RunningQuery(id=key[1], asked_at=now, expires_at=now + _KEPT_FOR)
            entry = _Entry(query=query)
            self._entries[key] = entry
            self._entries.move_to_end(key)
            entry.future = self._workers.submit(self._run, entry, compute)
        return query

    def find(self, owner: Owner, query_id: str) -> RunningQuery:
        """What has become of a query.

        Raises:
            NotFound: The owner asked none of this id lately.
        """
        with self._lock:
            self._forget(self._clock.now())
            entry = self._entries.get((owner, query_id))
            if entry is None:
                raise NotFound(f"No query with id {query_id} was asked lately.")
            return entry.query

    def cancel(self, owner: Owner, query_id: str) -> None:
        """Forget a query; one whose turn has not come is never computed.

        Raises:
            NotFound: The owner asked none of this id lately.
        """
        self.find(owner, query_id)
        with self._lock:
            entry = self._entries.pop((owner, query_id), None)
            if entry is not None and entry.future is not None:
                entry.future.cancel()

    def close(self) -> None:
        """Drops what waits, and ends after what is being computed. Idempotent."""
        self._workers.shutdown(cancel_futures=True)

    def _run(self, entry: _Entry, compute: Callable[[], Document]) -> None:
        query = replace(entry.query, picked_up_at=self._clock.now())
        self._put(entry, query)
        try:
            query = replace(query, answer=compute())
        except SplitplotError as refusal:
            query = replace(query, error=refusal.message)
        except Exception:
            log.exception("query.failed")
            query = replace(query, error="A server error occurred.")
        self._put(entry, replace(query, ended_at=self._clock.now()))

    def _put(self, entry: _Entry, query: RunningQuery) -> None:
        with self._lock:
            entry.query = query

    def _count_waiting(self) -> int:
        return sum(entry.query.ended_at is None for entry in self._entries.values())

    def _forget(self, now: datetime) -> None:
        """Drop what has expired, and of the ended ones the oldest beyond what is kept."""
        ended = [key for key, entry in self._entries.items() if entry.query.ended_at is not None]
        surplus = len(self._entries) - self._most_kept
        for place, key in enumerate(ended):
            if place < surplus or self._entries[key].query.expires_at <= now:
                del self._entries[key]
