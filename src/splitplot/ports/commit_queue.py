"""Where captured events wait for the one writer."""

from collections.abc import Sequence
from typing import Protocol

from splitplot.ports.event_store import ProjectEvent


class CommitQueue(Protocol):
    async def commit(self, events: Sequence[ProjectEvent]) -> None:
        """Return once the events are stored for good, together with others' perhaps.

        All of them or none. When the caller is cancelled they may be stored all the same.

        Raises:
            Overloaded: Too many events are waiting; none of these was taken.
            Unavailable: None of these was stored, but they may be when sent again.
            SplitplotError: Whatever else the writer has against these events.
        """
        ...

    def close(self) -> None:
        """Write what waits, then stop; later commits are refused. Idempotent."""
        ...
