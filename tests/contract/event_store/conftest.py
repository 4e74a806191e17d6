"""Every event store, one after the other."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from splitplot.adapters.event_store.capabilities import Capabilities
from splitplot.adapters.event_store.clickhouse import ClickHouseEventStore
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.ports.event_store import EventStore


class AnyStore(EventStore, Protocol):
    """An event store that says what it cannot do."""

    @property
    def capabilities(self) -> Capabilities: ...


Opener = Callable[[Path], AnyStore]


def _open_memory(_directory: Path) -> AnyStore:
    return MemoryEventStore()


def _open_duckdb(directory: Path) -> AnyStore:
    return DuckDBEventStore(directory / "events.duckdb")


def _open_clickhouse(directory: Path) -> AnyStore:
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
def store(open_store: Opener, tmp_path: Path) -> Iterator[AnyStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()
