"""The metadata database on both engines."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.adapters.metadata.schema import migrate
from tests.databases import empty, postgres_database, require_postgres
from tests.factories import a_project, a_user, an_organization


@pytest.fixture(scope="session")
def postgres_server() -> str:
    return require_postgres()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    with postgres_database(postgres_server) as url:
        migrate(url)
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without a schema."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'metadata.sqlite3'}"
    else:
        with postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture
def url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A migrated database without rows."""
    if engine_name == "sqlite":
        address = f"sqlite:///{tmp_path / 'metadata.sqlite3'}"
        migrate(address)
        return address
    address = str(request.getfixturevalue("migrated_postgres"))
    empty(address)
    return address


@pytest.fixture
def metadata(url: str) -> Iterator[SqlMetadata]:
    database = open_metadata(url)
    yield database
    database.close()


@pytest.fixture
def impatient(url: str) -> Iterator[SqlMetadata]:
    """The same database as another process has it open, one that hardly waits."""
    database = open_metadata(url, lock_timeout=timedelta(milliseconds=50))
    yield database
    database.close()


@pytest.fixture
def project(metadata: SqlMetadata) -> Project:
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization())
        return repositories.accounts.add_project(a_project(), secret_hash="hash of shop")


@pytest.fixture
def other_project(metadata: SqlMetadata, project: Project) -> Project:
    with metadata.transaction() as repositories:
        return repositories.accounts.add_project(
            a_project(api_token="phc_other", organization_id=project.organization_id),
            secret_hash="hash of other",
        )


@pytest.fixture
def user(metadata: SqlMetadata, project: Project) -> User:
    with metadata.transaction() as repositories:
        return repositories.accounts.add_user(
            a_user(current_project_id=project.id), password_hash="hash of password"
        )


@pytest.fixture
def statements(metadata: SqlMetadata) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collects what is sent to the database."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(*arguments: object) -> None:
            sent.append(str(arguments[2]))

        reading: Engine = metadata._engines.reading
        event.listen(reading, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(reading, "before_cursor_execute", note)

    return collect
