from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.management import Experiments, Flags
from tests.api.stack import Stack, running_stack, settings_in


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A server on a SQLite file and events in memory."""
    with running_stack(settings_in(tmp_path)) as running:
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
