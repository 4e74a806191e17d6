from collections.abc import Iterator
from pathlib import Path

import pytest

from splitplot.adapters.metadata.schema import migrate
from tests.api.management import Experiments, Flags
from tests.api.stack import Stack, running_stack, settings_in
from tests.databases import empty, postgres_database, require_postgres


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `both_databases` run on SQLite and PostgreSQL, all others on SQLite."""
    if "database" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        metafunc.parametrize("database", ["sqlite", "postgres"] if both else ["sqlite"])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_database(require_postgres()) as url:
        migrate(url)
        yield url


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest) -> str | None:
    """Where the metadata is kept; None for a file in the data directory."""
    if database == "sqlite":
        return None
    url = str(request.getfixturevalue("postgres_url"))
    empty(url)
    return url


@pytest.fixture
def stack(tmp_path: Path, database_url: str | None) -> Iterator[Stack]:
    """A server on a metadata database and events in memory."""
    with running_stack(settings_in(tmp_path, database_url=database_url)) as running:
        yield running


@pytest.fixture
def duckdb_stack(tmp_path: Path) -> Iterator[Stack]:
    """A server on a SQLite file and a DuckDB file, as `splitplot serve` starts it."""
    events = f"duckdb:///{tmp_path / 'events.duckdb'}"
    with running_stack(settings_in(tmp_path, events_url=events)) as running:
        yield running


@pytest.fixture
def experiments(stack: Stack) -> Experiments:
    """The experiments of the stack's project."""
    return Experiments(stack=stack)


@pytest.fixture
def flags(stack: Stack) -> Flags:
    """The feature flags of the stack's project."""
    return Flags(stack=stack)
