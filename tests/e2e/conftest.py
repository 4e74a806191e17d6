from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server_process import Server, serving, set_up


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server process of its own on a new installation."""
    keys = set_up(tmp_path, "--email", "ada@example.com", "--password", "correct horse")
    with serving(tmp_path, keys=keys) as running:
        yield running
