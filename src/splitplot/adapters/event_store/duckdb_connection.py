"""One DuckDB file: opened, brought up to date, written, read, and reopened when it broke."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from importlib.resources import files
from pathlib import Path

import duckdb

from splitplot.errors import TooCostly, Unavailable

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Nothing is fetched from anywhere: all that is used is built in.
    "autoinstall_known_extensions": "false",
    # Results are sums; nobody relies on the order of rows without saying so.
    "preserve_insertion_order": "false",
}
_MIGRATIONS = "splitplot.adapters.event_store.migrations"
_BETWEEN_INTERRUPTS = 0.1  # seconds
_CAUSES_OUTSIDE = (duckdb.IOException, duckdb.ConnectionException)


class DuckDBFile:
    """A file that only this process has open; safe to use from several threads.

    Args:
        path: Made when there is none, with its directory.
        on_open: Called with a fresh connection, before anything else uses it, each time
            that the file is opened.
    """

    def __init__(self, path: Path, on_open: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        self._path = path
        self._on_open = on_open
        self._lock = threading.RLock()
        self._turn_to_write = threading.Lock()
        # Only the source of cursors: it runs nothing itself.
        self._root: duckdb.DuckDBPyConnection | None = None
        self._is_closed = False

    @contextmanager
    def reading(self, *, seconds: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own, on the last committed state.

        Args:
            seconds: Longest that the block may read; None: as long as it takes.

        Raises:
            Unavailable: The file cannot be read now.
            TooCostly: It was stopped, or there is not enough memory.
        """
        cursor = self._cursor()
        is_over = threading.Event()
        if seconds is not None:
            guard = partial(_stop_after, seconds, cursor, is_over)
            threading.Thread(target=guard, name="query-limit", daemon=True).start()
        try:
            yield cursor
        except duckdb.InterruptException as error:
            raise TooCostly.of_time(seconds or 0) from error
        except duckdb.OutOfMemoryException as error:
            cursor.close()
            self._discard_if_broken()
            raise TooCostly.of_memory() from error
        except duckdb.Error as error:
            cursor.close()
            is_outside = isinstance(error, _CAUSES_OUTSIDE) or _was_replaced(error)
            if self._discard_if_broken() or is_outside:
                raise Unavailable(f"events cannot be read: {_reason(error)}") from error
            raise
        finally:
            is_over.set()
            cursor.close()

    @contextmanager
    def writing(self, *, beside_others: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction: on disk at the end of the block, undone when it raises.

        Args:
            beside_others: For what takes long and touches no table that others write: they
                do not wait for it.

        Raises:
            Unavailable: Nothing was written.
        """
        with nullcontext() if beside_others else self._turn_to_write:
            cursor = self._cursor()
            try:
                cursor.execute("BEGIN")
                yield cursor
                cursor.execute("COMMIT")
            except duckdb.Error as error:
                _roll_back(cursor)
                self._discard_if_broken()
                raise Unavailable(f"events cannot be written: {_reason(error)}") from error
            except BaseException:
                _roll_back(cursor)
                raise
            finally:
                cursor.close()

    def check(self) -> None:
        with self.reading() as cursor:
            cursor.execute("SELECT 1").fetchone()

    def close(self) -> None:
        with self._turn_to_write, self._lock:
            self._is_closed = True
            root, self._root = self._root, None
            if root is not None:
                root.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._is_closed:
                raise Unavailable("the event store is closed")
            if self._root is None:
                self._root = self._open()
            return self._root.cursor()

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(self._path, config=_CONFIG)
        except (duckdb.Error, OSError) as error:
            raise Unavailable(self._why_closed(error)) from error
        try:
            _migrate(connection)
            self._on_open(connection)
        except duckdb.Error as error:
            connection.close()
            raise Unavailable(f"{self._path} cannot be opened: {_reason(error)}") from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _why_closed(self, error: Exception) -> str:
        if "lock" in str(error):
            return f"{self._path} is in use by another process, and DuckDB lets in only one"
        return f"{self._path} cannot be opened: {_reason(error)}"

    def _discard_if_broken(self) -> bool:
        """Whether a fatal error has stopped the database; the next use opens it again."""
        with self._lock:
            if self._root is None:
                return True
            try:
                with self._root.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except duckdb.Error:
                with suppress(duckdb.Error):
                    self._root.close()
                self._root = None
                return True
            return False


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    # A failed commit has ended the transaction already.
    with suppress(duckdb.Error):
        cursor.execute("ROLLBACK")
    cursor.close()


def _stop_after(
    seconds: float, cursor: duckdb.DuckDBPyConnection, is_over: threading.Event
) -> None:
    if is_over.wait(seconds):
        return
    # Again and again: between two statements an interrupt is lost. It may end just now.
    with suppress(duckdb.Error):
        while not is_over.is_set():
            cursor.interrupt()
            is_over.wait(_BETWEEN_INTERRUPTS)


def _was_replaced(error: Exception) -> bool:
    """Whether a table that the project may replace at any time was, just now."""
    return isinstance(error, duckdb.CatalogException) and "warehouse_" in str(error)


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply every migration that the file does not have yet, each in a transaction."""
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    current = (row[0] if row else None) or 0
    migrations = {_version(name): text for name, text in _read_migrations().items()}
    if current > max(migrations):
        raise Unavailable("the event store was written by a newer version of splitplot")
    for version in sorted(version for version in migrations if version > current):
        connection.execute("BEGIN")
        connection.execute(migrations[version])
        connection.execute("INSERT INTO schema_version VALUES (?)", [version])
        connection.execute("COMMIT")


def _read_migrations() -> dict[str, str]:
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in files(_MIGRATIONS).iterdir()
        if entry.name.startswith("duckdb_")
    }


def _version(name: str) -> int:
    return int(name.split("_")[1])
