"""One writer thread that commits what many requests have queued up, together."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeAlias

import structlog

from splitplot.errors import Overloaded, SplitplotError, Unavailable
from splitplot.ports.event_store import ProjectEvent

log = structlog.get_logger(__name__)

Batch: TypeAlias = Sequence[ProjectEvent]
Commit: TypeAlias = Callable[[Sequence[Batch]], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Waiting:
    """A request's events, and where its request waits."""

    events: Batch
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class GroupCommit:
    """Implements `ports.commit_queue.CommitQueue`.

    While one group is being written the next one gathers, so the cost of a durable
    commit is shared by however many requests came meanwhile.

    Args:
        commit: Stores batches as one: all of them, or none when it raises. Called by one
            thread at a time.
        max_waiting: Events beyond which `commit` refuses; a single request that
            is larger is taken when nothing waits.
        max_group: Events after which a group is closed.
    """

    def __init__(
        self, commit: Commit, *, max_waiting: int = 50_000, max_group: int = 10_000
    ) -> None:
        self._commit = commit
        self._max_waiting = max_waiting
        self._max_group = max_group
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiting_events = 0
        self._is_closed = False
        self._writer = threading.Thread(target=self._write, name="event-writer", daemon=True)
        self._writer.start()

    @property
    def waiting_events(self) -> int:
        """Events that were taken and are not written yet."""
        return self._waiting_events

    async def commit(self, events: Batch) -> None:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(events=events, loop=loop, done=loop.create_future())
        self._enqueue(waiting)
        await waiting.done

    def close(self) -> None:
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                # Behind everything that was taken, so the writer ends with nothing left.
                self._queue.put(None)
        self._writer.join()

    def _enqueue(self, waiting: _Waiting) -> None:
        size = len(waiting.events)
        with self._lock:
            if self._is_closed:
                raise Unavailable("The server is shutting down.")
            if self._waiting_events and self._waiting_events + size > self._max_waiting:
                raise Overloaded("Too many events are waiting to be written.")
            self._waiting_events += size
            self._queue.put(waiting)

    def _write(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            if group:
                self._settle(group)

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """What has queued up, and whether more may follow."""
        group: list[_Waiting] = []
        size = 0
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            size += len(waiting.events)
            if size >= self._max_group:
                return group, True
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _settle(self, group: Sequence[_Waiting]) -> None:
        failure = self._failure_of(group)
        failures = [failure] * len(group)
        # When the store is at fault, trying again for each would only keep them waiting.
        if failure is not None and not isinstance(failure, Unavailable) and len(group) > 1:
            failures = [self._failure_of([waiting]) for waiting in group]
        with self._lock:
            self._waiting_events -= sum(len(waiting.events) for waiting in group)
        outcomes: dict[asyncio.AbstractEventLoop, list[_Outcome]] = defaultdict(list)
        for waiting, outcome in zip(group, failures, strict=True):
            outcomes[waiting.loop].append((waiting.done, outcome))
        for loop, of_loop in outcomes.items():
            _tell(loop, of_loop)

    def _failure_of(self, group: Sequence[_Waiting]) -> Exception | None:
        try:
            self._commit([waiting.events for waiting in group])
        except SplitplotError as error:
            log.warning("events.refused", requests=len(group), error=error.message)
            return error
        except Exception as error:
            # The flush: the writer has to outlive any batch.
            log.exception("events.failed", requests=len(group))
            return error
        return None


_Outcome: TypeAlias = tuple[asyncio.Future[None], Exception | None]


def _tell(loop: asyncio.AbstractEventLoop, outcomes: Sequence[_Outcome]) -> None:
    try:
        loop.call_soon_threadsafe(_complete, outcomes)
    except RuntimeError:
        # The loop is closed, and with it went whoever waited.
        log.warning("events.unheard", requests=len(outcomes))


def _complete(outcomes: Sequence[_Outcome]) -> None:
    for done, failure in outcomes:
        if done.done():
            continue  # cancelled: nobody waits any more
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)
