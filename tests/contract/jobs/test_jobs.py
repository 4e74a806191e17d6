"""Jobs are done once they are added, on every keeper of jobs."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from splitplot.adapters.jobs.durable import DurableJobs
from splitplot.adapters.jobs.memory import JobsInMemory
from splitplot.errors import Unavailable
from splitplot.ports.jobs import Job, Jobs, JobState, Stopped, Work
from tests.databases import postgres_database, require_postgres

Opener = Callable[[], Jobs]
SECONDS = 30.0


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def open_jobs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opener]:
    """Opens the same keeper of jobs again; what is in memory is one object."""
    match request.param:
        case "memory":
            one = JobsInMemory()
            yield lambda: one
        case "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'jobs.db'}"
            yield lambda: DurableJobs(url, first_pause_seconds=0.01)
        case _:
            with postgres_database(require_postgres()) as url:
                yield lambda: DurableJobs(url, first_pause_seconds=0.01)


@pytest.fixture
def jobs(open_jobs: Opener) -> Iterator[Jobs]:
    opened = open_jobs()
    yield opened
    opened.close()


def a_job(key: str, name: str = "count", **arguments: str) -> Job:
    return Job(key=key, name=name, arguments=dict(arguments))


def do(jobs: Jobs, work: Work) -> None:
    jobs.start(work)
    if isinstance(jobs, JobsInMemory):
        jobs.run_waiting()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_job_is_done_once_whoever_adds_it_again(jobs: Jobs) -> None:
    done: list[Job] = []
    job = a_job("once", experiment="7")
    assert jobs.state("once") is None
    jobs.add(job)
    jobs.add(job)
    assert jobs.state("once") is JobState.WAITING
    do(jobs, done.append)
    wait_for(lambda: jobs.state("once") is JobState.DONE)
    jobs.add(job)
    assert jobs.state("once") is JobState.DONE
    assert done == [job]


def test_work_that_fails_is_tried_again(jobs: Jobs) -> None:
    tries: list[Job] = []

    def fail_once(job: Job) -> None:
        tries.append(job)
        if len(tries) == 1:
            raise Unavailable("not now")

    jobs.add(a_job("twice"))
    do(jobs, fail_once)
    wait_for(lambda: jobs.state("twice") is JobState.DONE)
    assert len(tries) == 2


def test_work_that_always_fails_is_given_up_and_listed(jobs: Jobs) -> None:
    def fail(_: Job) -> None:
        raise ValueError("never")

    job = a_job("never", name="fail")
    jobs.add(job)
    do(jobs, fail)
    wait_for(lambda: jobs.state("never") is JobState.FAILED)
    (failure,) = jobs.failed()
    assert (failure.job, failure.error) == (job, "never")
    jobs.add(job)
    assert jobs.state("never") is JobState.FAILED


def test_work_that_is_stopped_is_done_by_the_next_one(open_jobs: Opener) -> None:
    stopped = Event()

    def stop(_: Job) -> None:
        stopped.set()
        raise Stopped

    first = open_jobs()
    first.add(a_job("later"))
    if isinstance(first, JobsInMemory):
        with pytest.raises(Stopped):
            do(first, stop)
    else:
        do(first, stop)
        assert stopped.wait(SECONDS)
    first.close()
    first.close()
    second = open_jobs()
    assert second.state("later") is JobState.WAITING
    do(second, lambda _: None)
    wait_for(lambda: second.state("later") is JobState.DONE)
    second.close()


def test_jobs_that_ended_are_forgotten_and_those_that_wait_are_not(open_jobs: Opener) -> None:
    jobs = open_jobs()
    jobs.add(a_job("old"))
    do(jobs, lambda _: None)
    wait_for(lambda: jobs.state("old") is JobState.DONE)
    jobs.close()
    jobs = open_jobs()
    jobs.add(a_job("waiting"))
    now = datetime.now(UTC)
    jobs.forget(before=now - timedelta(days=30))
    assert jobs.state("old") is JobState.DONE
    jobs.forget(before=now + timedelta(minutes=1))
    # What is in memory goes with the process.
    assert jobs.state("old") is (JobState.DONE if isinstance(jobs, JobsInMemory) else None)
    assert jobs.state("waiting") is JobState.WAITING
    jobs.close()


def test_jobs_that_cannot_be_kept_are_not_promised(tmp_path: Path) -> None:
    jobs = DurableJobs(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'jobs.db'}")
    for _ in range(2):
        with pytest.raises(Unavailable, match="database of jobs"):
            jobs.add(a_job("lost"))
        with pytest.raises(Unavailable, match="database of jobs"):
            jobs.start(lambda _: None)
    jobs.close()
