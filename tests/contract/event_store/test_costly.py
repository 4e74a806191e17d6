"""Questions that take too much are stopped, and the store goes on."""

from pathlib import Path

import pytest

from splitplot.adapters.event_store.clickhouse import ClickHouseEventStore
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.errors import TooCostly

# Both engines would count for hours.
_ENDLESS = {
    "duckdb": "SELECT count(*) FROM range(10000000000000) a WHERE sin(a.range) > 2",
    "clickhouse": "SELECT count() FROM numbers(10000000000000) WHERE sin(number) > 2",
}


@pytest.fixture(params=["duckdb", "clickhouse"])
def hurried(
    request: pytest.FixtureRequest, tmp_path: Path
) -> DuckDBEventStore | ClickHouseEventStore:
    if request.param == "duckdb":
        return DuckDBEventStore(tmp_path / "events.duckdb", query_seconds=0.2)
    return ClickHouseEventStore(f"chdb://{tmp_path / 'clickhouse'}", query_seconds=1)


def test_what_takes_too_long_is_stopped(
    hurried: DuckDBEventStore | ClickHouseEventStore,
) -> None:
    with pytest.raises(TooCostly) as stopped:
        hurried._rows(_ENDLESS[hurried.capabilities.engine])
    assert stopped.value.code == "query_resource_limit_exceeded"
    hurried.check()
    hurried.close()


def test_what_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    store = DuckDBEventStore(tmp_path / "events.duckdb")
    store._rows("SET GLOBAL memory_limit = '20MB'")
    store._rows("SET GLOBAL max_temp_directory_size = '0B'")
    with pytest.raises(TooCostly) as stopped:
        store._rows("SELECT list(a.range::VARCHAR) FROM range(20000000) a")
    assert stopped.value.code == "memory_limit_exceeded"
    store.check()
    store.close()
