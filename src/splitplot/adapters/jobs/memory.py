"""Jobs of this process alone: done when they are asked to be done, gone with it."""

from datetime import datetime
from threading import Lock

from splitplot.ports.jobs import FailedJob, Job, JobState, Work

ATTEMPTS = 3


class JobsInMemory:
    """Implements `ports.jobs.Jobs`, for tests and for stores that are in memory too."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, Job] = {}
        self._done: set[str] = set()
        self._failed: dict[str, FailedJob] = {}
        self._work: Work | None = None

    def add(self, job: Job) -> None:
        with self._lock:
            if job.key in self._done or job.key in self._failed:
                return
            self._waiting.setdefault(job.key, job)

    def state(self, key: str) -> JobState | None:
        with self._lock:
            if key in self._waiting:
                return JobState.WAITING
            if key in self._failed:
                return JobState.FAILED
            return JobState.DONE if key in self._done else None

    def failed(self, *, limit: int = 100) -> tuple[FailedJob, ...]:
        with self._lock:
            return tuple(reversed(self._failed.values()))[:limit]

    def start(self, work: Work) -> None:
        """Remember what does the jobs; `run_waiting` does them."""
        self._work = work

    def run_waiting(self) -> int:
        """Do every job that waits, and those that they add; how many that were."""
        count = 0
        while (job := self._next()) is not None and self._work is not None:
            self._run(job, self._work)
            count += 1
        return count

    def forget(self, *, before: datetime) -> None:
        """Nothing in memory gets old."""

    def close(self) -> None:
        self._work = None

    def _next(self) -> Job | None:
        with self._lock:
            return next(iter(self._waiting.values()), None)

    def _run(self, job: Job, work: Work) -> None:
        error = ""
        for _ in range(ATTEMPTS):
            try:
                work(job)
            except Exception as failure:  # noqa: BLE001 the outer loop of a job
                error = str(failure)
                continue
            with self._lock:
                self._done.add(job.key)
                del self._waiting[job.key]
            return
        with self._lock:
            self._failed[job.key] = FailedJob(job=job, error=error)
            del self._waiting[job.key]
