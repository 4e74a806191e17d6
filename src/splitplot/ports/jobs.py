"""Work that outlives the request and the process it was asked for in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from splitplot.filters.model import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work by name.

    Attributes:
        key: Two jobs of one key are one job: the second is not done.
        name: Says what is done; see `worker.jobs`.
        arguments: Small, as JSON.
    """

    key: str
    name: str
    arguments: dict[str, JsonValue]


class JobState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedJob:
    """A job that was given up."""

    job: Job
    error: str


# Does a job; it may be called twice for the same one, also after it has ended well.
Work: TypeAlias = Callable[[Job], None]


class Stopped(BaseException):
    """Raised by work that ends early because the process does; the job stays waiting.

    No `Exception`: whoever handles errors must not take it for one.
    """


class Jobs(Protocol):
    """Jobs that wait to be done. Thread-safe."""

    def add(self, job: Job) -> None:
        """Keep the job until it is done or given up; nothing changes if its key is known.

        Raises:
            Unavailable: It may be unknown: nobody has promised to do it.
        """
        ...

    def state(self, key: str) -> JobState | None:
        """Where the job of this key stands; None when there is none, or none any more."""
        ...

    def failed(self, *, limit: int = 100) -> tuple[FailedJob, ...]:
        """The jobs given up last, newest first."""
        ...

    def start(self, work: Work) -> None:
        """Do the jobs that wait, those that a crash broke off first, until `close`.

        A job whose work raises is tried again a few times, with growing pauses, and then
        given up. Returns once jobs are being done.
        """
        ...

    def forget(self, *, before: datetime) -> None:
        """Let go of jobs that ended before this instant; their keys are new again."""
        ...

    def close(self) -> None:
        """Do no more jobs. Idempotent."""
        ...
