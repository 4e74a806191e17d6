"""Connections to SQLite and PostgreSQL, and whose turn it is to write."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from splitplot.adapters.metadata.column_types import to_json
from splitplot.adapters.metadata.driver_errors import translated
from splitplot.adapters.metadata.statements import UNICODE_LOWER
from splitplot.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class _SqliteUse:
    begin: str
    cache_kibibytes: int


# New persons land all over the indexes: with too small a cache each costs a page read.
_WRITING = _SqliteUse(begin="BEGIN IMMEDIATE", cache_kibibytes=64 * 1024)
_READING = _SqliteUse(begin="BEGIN DEFERRED", cache_kibibytes=4 * 1024)

# Web requests run on some forty threads. SQLite connections are open files and cheap;
# PostgreSQL's are processes, so a thread may wait its turn for one.
_SQLITE_READERS = {"pool_size": 16, "max_overflow": 48}
_POSTGRES_POOL = {"pool_size": 8, "max_overflow": 16}
_CONNECT_SECONDS = 5

# Any number, the same in every process that writes to the database.
_TURN = 7_305_437_217_002_164_993


def url_of(address: str) -> URL:
    """The database's address, with the driver that we speak.

    Raises:
        InvalidInput: It is no address, or one of another database than ours.
    """
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise InvalidInput("The metadata database's URL cannot be read.") from error
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
    raise InvalidInput("The metadata database is SQLite or PostgreSQL.")


def is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Where connections come from.

    Attributes:
        writing: For transactions that start with `take_turn`.
        reading: For transactions with one view of the database from start to end.
    """

    writing: Engine
    reading: Engine

    def dispose(self) -> None:
        self.writing.dispose()
        self.reading.dispose()


def make_engines(url: URL, *, lock_timeout: timedelta, foreign_keys: bool = True) -> Engines:
    """Connections whose errors are splitplot's.

    Args:
        url: As from `url_of`.
        lock_timeout: How long to wait for another's lock, or for a free connection.
        foreign_keys: Whether SQLite holds references; PostgreSQL always does.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engines(url, lock_timeout=lock_timeout, foreign_keys=foreign_keys)
    engine = _engine(
        url,
        connect_args={"connect_timeout": _CONNECT_SECONDS},
        pool_pre_ping=True,
        pool_timeout=lock_timeout.total_seconds(),
        **_POSTGRES_POOL,
    )
    return Engines(
        # What is read after the wait for one's turn has to be what the writer before has
        # left. A view of the whole transaction would date from before the wait.
        writing=engine.execution_options(isolation_level="READ COMMITTED"),
        reading=engine.execution_options(isolation_level="REPEATABLE READ"),
    )


def take_turn(connection: Connection, *, lock_timeout: timedelta) -> None:
    """Wait until no other writer of the database is inside a transaction.

    SQLite has done so at the transaction's start.

    Raises:
        Unavailable: The turn did not come in time.
    """
    if connection.dialect.name == "sqlite":
        return
    milliseconds = max(1, lock_timeout // timedelta(milliseconds=1))
    connection.execute(
        text("SELECT set_config('lock_timeout', :limit, true), pg_advisory_xact_lock(:turn)"),
        {"limit": str(milliseconds), "turn": _TURN},
    )


def _engine(url: URL, **options: Any) -> Engine:  # noqa: ANN401 - passed on to SQLAlchemy
    engine = create_engine(url, json_serializer=to_json, json_deserializer=json.loads, **options)
    event.listen(engine, "handle_error", translated, retval=True)
    return engine


def _sqlite_engines(url: URL, *, lock_timeout: timedelta, foreign_keys: bool) -> Engines:
    seconds = lock_timeout.total_seconds()
    options: dict[str, Any] = {"connect_args": {"timeout": seconds, "check_same_thread": False}}
    if is_in_memory(url):
        only = _engine(url, poolclass=StaticPool, **options)
        _prepare_sqlite(only, _WRITING, foreign_keys=foreign_keys)
        return Engines(writing=only, reading=only)
    options |= {"poolclass": QueuePool, "pool_timeout": seconds}
    # Writers take turns anyway: one connection for all of them keeps a large cache warm.
    writing = _engine(url, pool_size=1, max_overflow=0, **options)
    reading = _engine(url, **options, **_SQLITE_READERS)
    _prepare_sqlite(writing, _WRITING, foreign_keys=foreign_keys)
    _prepare_sqlite(reading, _READING, foreign_keys=foreign_keys)
    return Engines(writing=writing, reading=reading)


def _prepare_sqlite(engine: Engine, use: _SqliteUse, *, foreign_keys: bool) -> None:
    def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Transactions are begun below, not by the driver's guess.
        connection.isolation_level = None
        connection.create_function(UNICODE_LOWER, 1, _unicode_lower, deterministic=True)
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # A commit survives a power cut, not only the end of this process.
        cursor.execute("PRAGMA synchronous = FULL")
        # In pages, about 32 MB: small batches of new persons share the way into the file.
        cursor.execute("PRAGMA wal_autocheckpoint = 8000")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.execute(f"PRAGMA cache_size = -{use.cache_kibibytes}")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(use.begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)


def _unicode_lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value
