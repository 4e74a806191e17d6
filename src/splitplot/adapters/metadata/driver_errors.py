"""What the errors of the two drivers mean to the rest of splitplot."""

import sqlite3
from collections.abc import Callable
from types import UnionType

import psycopg
from sqlalchemy import ExceptionContext

from splitplot.errors import Conflict, InvalidInput, SplitplotError, Unavailable

_OUR_MISTAKES = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_UNFIT = {sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}


def translated(context: ExceptionContext) -> BaseException | None:
    """For SQLAlchemy's `handle_error`: the error to raise in place of the driver's."""
    meaning = meaning_of(context.original_exception)
    return unreachable() if meaning is None and context.is_disconnect else meaning


def meaning_of(error: BaseException) -> SplitplotError | None:
    """The error of splitplot's that this is; None for a mistake in our own SQL."""
    if isinstance(error, sqlite3.Error):
        return _meaning_of_sqlite(error)
    if isinstance(error, UnicodeEncodeError | OverflowError):
        return _unfit()
    return next((make() for kinds, make in _OF_POSTGRES if isinstance(error, kinds)), None)


def unreachable() -> Unavailable:
    return Unavailable("The metadata database cannot be reached or written now.")


def locked() -> Unavailable:
    return Unavailable("The metadata database is locked by another writer.")


def _meaning_of_sqlite(error: sqlite3.Error) -> SplitplotError | None:
    # The driver's own complaints (about a closed connection, say) carry no code.
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    code = None if extended is None else extended & 0xFF
    if code in _OUR_MISTAKES:
        return None
    if code == sqlite3.SQLITE_CONSTRAINT:
        return _conflict()
    if code in _LOCKED:
        return locked()
    if code == sqlite3.SQLITE_FULL:
        return _full()
    return _unfit() if code in _UNFIT else unreachable()


def _conflict() -> Conflict:
    return Conflict("Another write came between, or what this refers to is gone.")


def _full() -> Unavailable:
    return Unavailable("The disk of the metadata database is full.")


def _unfit() -> InvalidInput:
    return InvalidInput("A value cannot be stored: it is too large, or no valid text.")


# The first row that fits decides.
_OF_POSTGRES: tuple[tuple[type[psycopg.Error] | UnionType, Callable[[], SplitplotError]], ...] = (
    (psycopg.IntegrityError, _conflict),
    (psycopg.DataError, _unfit),
    (psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected, locked),
    (psycopg.errors.DiskFull, _full),
    (
        psycopg.OperationalError | psycopg.InterfaceError | psycopg.errors.ReadOnlySqlTransaction,
        unreachable,
    ),
)
