"""The loop behind the server: jobs are done, and what is due is added."""

from collections.abc import Callable
from threading import Condition, Event, Thread

import structlog

from splitplot.bootstrap import Platform
from splitplot.ports.jobs import Job, Stopped
from splitplot.worker.jobs import work_of
from splitplot.worker.schedule import Schedule

log = structlog.get_logger(__name__)

# A run that is due begins at most so much later.
_ROUND_SECONDS = 20.0
# One step of a job is one query.
_PATIENCE_SECONDS = 20.0


class Worker:
    """Does the platform's jobs in threads of its own, from `start` to `close`.

    Args:
        platform: Started, and closed after this.
        round_seconds: The pause between two looks at what is due.
    """

    def __init__(self, platform: Platform, *, round_seconds: float = _ROUND_SECONDS) -> None:
        self._platform = platform
        self._round_seconds = round_seconds
        self._work = work_of(platform)
        self._schedule = Schedule(platform)
        self._ended = Event()
        self._idle = Condition()
        self._at_work = 0
        self._thread = Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End after the present step of each job. Idempotent.

        A job that is not through stays waiting for the next start.
        """
        self._ended.set()
        self._platform.timeseries.interruption.ask()
        if self._thread.is_alive():
            self._thread.join()
        with self._idle:
            self._idle.wait_for(lambda: self._at_work == 0, timeout=_PATIENCE_SECONDS)
        self._platform.stores.jobs.close()

    def _run(self) -> None:
        if not self._succeeds(lambda: self._platform.stores.jobs.start(self._do)):
            return
        while True:
            try:
                self._schedule.look_after()
            except Exception as error:  # noqa: BLE001 the loop of a job; it must go on
                log.warning("worker.failed", error=type(error).__name__, detail=str(error))
            if self._ended.wait(self._round_seconds):
                return

    def _succeeds(self, begin: Callable[[], None]) -> bool:
        """Try until it works; False when the end comes first."""
        while not self._ended.is_set():
            try:
                begin()
            except Exception as error:  # noqa: BLE001 as above
                log.warning("worker.not_started", error=type(error).__name__, detail=str(error))
                self._ended.wait(self._round_seconds)
            else:
                return True
        return False

    def _do(self, job: Job) -> None:
        with self._idle:
            if self._ended.is_set():
                raise Stopped
            self._at_work += 1
        try:
            self._work(job)
        finally:
            with self._idle:
                self._at_work -= 1
                self._idle.notify_all()
