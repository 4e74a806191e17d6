"""Every event store, one after the other."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from splitplot.adapters.event_store.clickhouse import ClickHouseEventStore
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.ports.event_store import EventStore

Opener = Callable[[Path], EventStore]


def _open_memory(_directory: Path) -> EventStore:
    return MemoryEventStore()


def _open_duckdb(directory: Path) -> EventStore:
    return DuckDBEventStore(directory / "events.duckdb")


def _open_clickhouse(directory: Path) -> EventStore:
    """The real engine, embedded, by the client that servers are reached with."""
    pytest.importorskip("chdb", reason="chdb-core is not installed")
    return ClickHouseEventStore(f"chdb://{directory / 'clickhouse'}")


OPENERS: dict[str, Opener] = {
    "memory": _open_memory,
    "duckdb": _open_duckdb,
    "clickhouse": _open_clickhouse,
}


@pytest.fixture(params=OPENERS)
def open_store(request: pytest.FixtureRequest) -> Opener:
    return OPENERS[request.param]


@pytest.fixture
def store(open_store: Opener, tmp_path: Path) -> Iterator[EventStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()
