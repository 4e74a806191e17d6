"""Jobs in a database, done by DBOS: what waits or is broken off survives the process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from splitplot.errors import Unavailable
from splitplot.ports.jobs import FailedJob, Job, JobState, Work

if TYPE_CHECKING:
    from dbos import DBOSClient, Serializer

log = structlog.get_logger(__name__)

_APPLICATION = "splitplot"
_SCHEMA = "splitplot_jobs"
_QUEUE = "jobs"
_WORKFLOW = "job"
# The same whatever release runs: a job that an older one took is done by the newer one.
_VERSION = "1"
# Beside a server that answers requests on few cores, more would be in its way.
_AT_ONCE = 2
_POLLING_SECONDS = 1.0
_SCHEDULE_POLLING_SECONDS = 3600.0
_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 1.0
# A job that was broken off so often breaks the process.
_RECOVERIES = 20
_FAILURES = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")
_PAGE = 1000


class DurableJobs:
    """Implements `ports.jobs.Jobs`.

    One object of a process at a time does jobs (the library keeps one of its own per
    process); any number may add them. The library is loaded with the first use, which
    keeps it out of a server's way to being ready.

    Args:
        url: `sqlite:///FILE`, which must not be the metadata's file: its writers would
            wait for ours. Or `postgresql://…`, where a schema of its own is used.
        first_pause_seconds: Before a failed attempt is repeated; it doubles each time.
    """

    def __init__(self, url: str, *, first_pause_seconds: float = _FIRST_PAUSE_SECONDS) -> None:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
        driver = "sqlite" if address.get_backend_name() == "sqlite" else "postgresql+psycopg"
        self._url = address.set(drivername=driver).render_as_string(hide_password=False)
        self._first_pause_seconds = first_pause_seconds
        self._lock = Lock()
        self._opened: DBOSClient | None = None
        self._is_working = False

    def add(self, job: Job) -> None:
        with _reachable():
            self._client().enqueue(
                {
                    "queue_name": _QUEUE,
                    "workflow_name": _WORKFLOW,
                    "workflow_id": job.key,
                    "app_version": _VERSION,
                },
                job.key,
                job.name,
                job.arguments,
            )

    def state(self, key: str) -> JobState | None:
        with _reachable():
            found = self._client().list_workflows(
                workflow_ids=[key], load_input=False, load_output=False
            )
        if not found:
            return None
        match found[0].status:
            case "SUCCESS":
                return JobState.DONE
            case status:
                return JobState.FAILED if status in _FAILURES else JobState.WAITING

    def failed(self, *, limit: int = 100) -> tuple[FailedJob, ...]:
        with _reachable():
            found = self._client().list_workflows(
                name=_WORKFLOW, status=list(_FAILURES), limit=limit, sort_desc=True
            )
        return tuple(
            FailedJob(job=_job_of(one.input), error=str(one.error or one.status)) for one in found
        )

    def start(self, work: Work) -> None:
        from dbos import DBOS, error  # noqa: PLC0415 see the class

        _speak_as_we_do()
        # The library fills in what is missing here from its own defaults.
        DBOS(
            config={
                "name": _APPLICATION,
                "system_database_url": self._url,
                "dbos_system_schema": _SCHEMA,
                "application_version": _VERSION,
                "serializer": _serializer(),
                "enable_otlp": False,
                "log_level": "WARNING",
                "sys_db_pool_size": 4,
                "scheduler_polling_interval_sec": _SCHEDULE_POLLING_SECONDS,
                "use_listen_notify": False,
            }
        )
        attempt = DBOS.step(
            name="attempt",
            retries_allowed=True,
            max_attempts=_ATTEMPTS,
            interval_seconds=self._first_pause_seconds,
        )(lambda key, name, arguments: work(Job(key=key, name=name, arguments=arguments)))

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_RECOVERIES)
        def run(key: str, name: str, arguments: dict[str, Any]) -> None:
            try:
                attempt(key, name, arguments)
            except error.DBOSMaxStepRetriesExceeded as failure:
                # What is kept of a failure is its text: that of the last attempt says why.
                raise RuntimeError(str(failure.errors[-1])) from failure

        try:
            with _reachable():
                DBOS.launch()
                DBOS.register_queue(
                    _QUEUE,
                    worker_concurrency=_AT_ONCE,
                    polling_interval_sec=_POLLING_SECONDS,
                    on_conflict="always_update",
                )
        except BaseException:
            # What is half begun would pass for begun the next time.
            DBOS.destroy(destroy_registry=True)
            raise
        self._is_working = True

    def forget(self, *, before: datetime) -> None:
        with _reachable():
            client = self._client()
            while ended := client.list_workflows(
                status=["SUCCESS", *_FAILURES],
                completed_before=before.isoformat(),
                limit=_PAGE,
                load_input=False,
                load_output=False,
            ):
                client.delete_workflows([one.workflow_id for one in ended])

    def close(self) -> None:
        if self._is_working:
            from dbos import DBOS  # noqa: PLC0415 see the class

            self._is_working = False
            DBOS.destroy(destroy_registry=True)
        with self._lock:
            if self._opened is not None:
                self._opened.destroy()
                self._opened = None

    def _client(self) -> "DBOSClient":
        """The connection by which jobs are added and looked at; the schema is made first."""
        from dbos import DBOS, DBOSClient  # noqa: PLC0415 see the class

        with self._lock:
            if self._opened is None:
                _speak_as_we_do()
                DBOS.migrate(self._url, schema=_SCHEMA)
                self._opened = DBOSClient(
                    system_database_url=self._url,
                    dbos_system_schema=_SCHEMA,
                    serializer=_serializer(),
                    application_name=_APPLICATION,
                    system_database_pool_size=2,
                    retry_connection_errors=False,
                )
            return self._opened


class _OurLog(logging.Handler):
    """Passes on what the library has to say to the log that everything else is in."""

    def emit(self, record: logging.LogRecord) -> None:
        log.warning("jobs.library", detail=record.getMessage())


def _speak_as_we_do() -> None:
    """The library writes to the console by itself unless it finds a handler."""
    theirs = logging.getLogger("dbos")
    if not theirs.handlers:
        theirs.addHandler(_OurLog(level=logging.WARNING))
        theirs.propagate = False


def _serializer() -> "Serializer":
    from dbos import DBOSPortableJSONSerializer  # noqa: PLC0415 see the class

    # JSON: what is read from the database must not be able to run.
    return DBOSPortableJSONSerializer()


def _job_of(given: Any) -> Job:  # noqa: ANN401 - the library's type
    key, name, arguments = given["args"]
    return Job(key=key, name=name, arguments=arguments)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise Unavailable("The database of jobs cannot be reached.") from error
