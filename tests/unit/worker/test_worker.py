"""The loop behind the server: it begins, goes on, and ends in good order."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from splitplot.bootstrap import Platform, bootstrap
from splitplot.errors import Unavailable
from splitplot.ports.jobs import FailedJob, Job, JobState, Stopped, Work
from splitplot.settings import Settings
from splitplot.worker.jobs import EXPIRE_APPROVALS, work_of
from splitplot.worker.loop import Worker
from splitplot.worker.schedule import KEPT, Schedule

SECONDS = 30.0


class JobsByHand:
    """Keeps what is added, and gives the work to the test."""

    def __init__(self) -> None:
        self.added: list[Job] = []
        self.forgotten: list[datetime] = []
        self.starts = 0
        self.failures = 0
        self.work: Work | None = None
        self.is_closed = False

    def add(self, job: Job) -> None:
        self.added.append(job)

    def state(self, key: str) -> JobState | None:
        raise AssertionError(key)

    def failed(self, *, limit: int = 100) -> tuple[FailedJob, ...]:
        raise AssertionError(limit)

    def start(self, work: Work) -> None:
        self.starts += 1
        if self.starts <= self.failures:
            raise Unavailable("not yet")
        self.work = work

    def forget(self, *, before: datetime) -> None:
        self.forgotten.append(before)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def jobs() -> JobsByHand:
    return JobsByHand()


@pytest.fixture
def platform(tmp_path: Path, jobs: JobsByHand) -> Iterator[Platform]:
    settings = Settings(data_dir=tmp_path, events_url="memory://", database_url="sqlite://")
    with bootstrap(settings) as running:
        object.__setattr__(running.stores, "jobs", jobs)
        yield running


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_jobs_begin_once_their_database_answers(platform: Platform, jobs: JobsByHand) -> None:
    jobs.failures = 2
    worker = Worker(platform, round_seconds=0.01)
    worker.start()
    wait_for(lambda: jobs.work is not None)
    assert jobs.starts == 3
    worker.close()
    assert jobs.is_closed


def test_a_worker_that_never_began_ends_all_the_same(platform: Platform, jobs: JobsByHand) -> None:
    jobs.failures = 10**9
    worker = Worker(platform, round_seconds=60)
    worker.start()
    wait_for(lambda: jobs.starts == 1)
    worker.close()
    Worker(platform).close()
    assert jobs.work is None


def test_a_round_that_fails_is_not_the_last_one(
    platform: Platform, jobs: JobsByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []

    def fail_once(_: Schedule) -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise Unavailable("the database is away")

    monkeypatch.setattr(Schedule, "look_after", fail_once)
    worker = Worker(platform, round_seconds=0.01)
    worker.start()
    wait_for(lambda: len(rounds) > 1)
    worker.close()
    assert jobs.is_closed


def test_the_end_waits_for_the_present_step_and_takes_no_more(
    platform: Platform, jobs: JobsByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = Event(), Event()

    def one_step(_: Job) -> None:
        began.set()
        assert may_end.wait(SECONDS)

    worker = Worker(platform, round_seconds=60)
    monkeypatch.setattr(worker, "_work", one_step)
    worker.start()
    wait_for(lambda: jobs.work is not None)
    assert jobs.work is not None
    job = Job(key="k", name="n", arguments={})
    doing = Thread(target=jobs.work, args=(job,))
    doing.start()
    assert began.wait(SECONDS)
    closing = Thread(target=worker.close)
    closing.start()
    closing.join(0.2)
    assert closing.is_alive()
    assert not jobs.is_closed
    with pytest.raises(Stopped):
        jobs.work(job)
    with pytest.raises(Stopped):
        platform.timeseries.interruption()
    may_end.set()
    doing.join()
    closing.join(SECONDS)
    assert jobs.is_closed


def test_approvals_are_looked_at_once_an_hour(platform: Platform, jobs: JobsByHand) -> None:
    schedule = Schedule(platform)
    schedule.look_after()
    schedule.look_after()
    (job,) = jobs.added
    assert job.name == EXPIRE_APPROVALS
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    assert jobs.forgotten[0] in {hour - KEPT, hour - KEPT - timedelta(hours=1)}
    work_of(platform)(job)


def test_a_job_that_nobody_knows_is_no_success(platform: Platform) -> None:
    with pytest.raises(KeyError):
        work_of(platform)(Job(key="k", name="unheard of", arguments={}))
