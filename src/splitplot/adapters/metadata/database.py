"""The metadata database as the port promises it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from splitplot.adapters.metadata.beside.simulations import SqlSimulations
from splitplot.adapters.metadata.beside.warehouse_tables import SqlWarehouseTables
from splitplot.adapters.metadata.driver_errors import locked, unreachable
from splitplot.adapters.metadata.engine import (
    Engines,
    is_in_memory,
    make_engines,
    take_turn,
    url_of,
)
from splitplot.adapters.metadata.repositories.access_rules import SqlAccessRules
from splitplot.adapters.metadata.repositories.accounts import SqlAccounts
from splitplot.adapters.metadata.repositories.actions import SqlActions
from splitplot.adapters.metadata.repositories.activity import SqlActivity
from splitplot.adapters.metadata.repositories.approvals import SqlApprovals
from splitplot.adapters.metadata.repositories.cohorts import SqlCohorts
from splitplot.adapters.metadata.repositories.experiments import SqlExperiments
from splitplot.adapters.metadata.repositories.flags import SqlFlags
from splitplot.adapters.metadata.repositories.holdouts import SqlHoldouts
from splitplot.adapters.metadata.repositories.members import SqlMembers
from splitplot.adapters.metadata.repositories.people import SqlPeople
from splitplot.adapters.metadata.repositories.saved_metrics import SqlSavedMetrics
from splitplot.adapters.metadata.repositories.sessions import SqlSessions
from splitplot.adapters.metadata.repositories.share_links import SqlShareLinks
from splitplot.adapters.metadata.repositories.timeseries import SqlTimeseries
from splitplot.adapters.metadata.schema import require_current, upgrade
from splitplot.ports.repositories import Repositories

_LOCK_TIMEOUT = timedelta(seconds=5)


def open_metadata(url: str, *, lock_timeout: timedelta = _LOCK_TIMEOUT) -> "SqlMetadata":
    """The metadata database at `sqlite:///path` or `postgresql://…`.

    Nothing is connected yet, and the schema is not touched (`schema.migrate` does that).
    `sqlite://` is a new, migrated database in memory, gone when it is closed.

    Args:
        url: SQLAlchemy's form; the driver is ours to choose.
        lock_timeout: How long a caller waits for other writers, or for a connection.

    Raises:
        InvalidInput: The URL cannot be read, or names another kind of database.
    """
    address = url_of(url)
    engines = make_engines(address, lock_timeout=lock_timeout)
    if is_in_memory(address):
        upgrade(engines)
    return SqlMetadata(engines, lock_timeout=lock_timeout)


class SqlMetadata:
    """Implements `ports.repositories.Metadata`.

    Blocks are not nested: a `transaction` inside another would wait for itself.
    """

    def __init__(self, engines: Engines, *, lock_timeout: timedelta) -> None:
        self._engines = engines
        self._lock_timeout = lock_timeout
        dialect, address = engines.writing.dialect, engines.writing.url
        # Threads of one process queue here. SQLite would let them poll its file, the
        # unlucky one for long; PostgreSQL has a queue of its own.
        self._turn = Lock() if dialect.name == "sqlite" else None
        # A database in memory is one connection: readers cannot stand beside a writer.
        self._view = self._turn if is_in_memory(address) else None

    @contextmanager
    def transaction(self) -> Iterator[Repositories]:
        with self._held(self._turn), _begun(self._engines.writing) as connection:
            take_turn(connection, lock_timeout=self._lock_timeout)
            yield _repositories(connection)

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        with self._held(self._view), _begun(self._engines.reading) as connection:
            yield _repositories(connection)

    def check(self) -> None:
        with self._held(self._view), _begun(self._engines.reading) as connection:
            require_current(connection)

    def close(self) -> None:
        self._engines.dispose()

    def _held(self, lock: "Lock | None") -> AbstractContextManager[None]:
        return nullcontext() if lock is None else _acquired(lock, self._lock_timeout)


@contextmanager
def _acquired(lock: Lock, timeout: timedelta) -> Iterator[None]:
    if not lock.acquire(timeout=timeout.total_seconds()):
        raise locked()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction, which the end of the block commits."""
    try:
        connection = engine.connect()
    except PoolTimeout as error:
        raise unreachable() from error
    with connection, connection.begin():
        yield connection


def _repositories(connection: Connection) -> Repositories:
    return Repositories(
        accounts=SqlAccounts(connection),
        flags=SqlFlags(connection),
        experiments=SqlExperiments(connection),
        people=SqlPeople(connection),
        timeseries=SqlTimeseries(connection),
        cohorts=SqlCohorts(connection),
        members=SqlMembers(connection),
        sessions=SqlSessions(connection),
        access_rules=SqlAccessRules(connection),
        activity=SqlActivity(connection),
        approvals=SqlApprovals(connection),
        holdouts=SqlHoldouts(connection),
        saved_metrics=SqlSavedMetrics(connection),
        share_links=SqlShareLinks(connection),
        actions=SqlActions(connection),
        warehouse_tables=SqlWarehouseTables(connection),
        simulations=SqlSimulations(connection),
    )
