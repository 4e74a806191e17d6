"""The schema's versions: bringing a database up to date, and asking whether it is."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Lock

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from splitplot.adapters.metadata.engine import (
    Engines,
    is_in_memory,
    make_engines,
    take_turn,
    url_of,
)
from splitplot.errors import Unavailable

_MIGRATIONS = Path(__file__).parent / "migrations"
# Another process may be migrating the same database.
_PATIENCE = timedelta(minutes=1)
# Alembic speaks to migrations through names of a module: one thread at a time.
_ALEMBIC = Lock()


def migrate(url: str) -> None:
    """Bring the database to the newest schema: all of the way, or not at all.

    Does nothing when it is there already, and to a database in memory, which is migrated
    as it is opened. Safe to call from several processes at once.

    Raises:
        Unavailable: The database cannot be reached, or others hold it.
    """
    address = url_of(url)
    if is_in_memory(address):
        return
    # SQLite changes a table by copying it; references must not follow the old one.
    engines = make_engines(address, lock_timeout=_PATIENCE, foreign_keys=False)
    try:
        upgrade(engines)
    finally:
        engines.dispose()


def upgrade(engines: Engines) -> None:
    """As `migrate`, on these connections."""
    script = _script()

    def steps(heads: tuple[str, ...], _context: MigrationContext) -> list[MigrationStep]:
        missing = list(script.iterate_revisions("head", heads or "base"))
        return [
            MigrationStep.upgrade_from_script(script.revision_map, revision)
            for revision in reversed(missing)
        ]

    with (
        _ALEMBIC,
        engines.writing.begin() as connection,
        EnvironmentContext(Config(), script, fn=steps) as environment,
    ):
        take_turn(connection, lock_timeout=_PATIENCE)
        environment.configure(connection=connection, render_as_batch=True)
        environment.run_migrations()


def require_current(connection: Connection) -> None:
    """Raises Unavailable unless the database has the newest schema."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current != _script().get_current_head():
        raise Unavailable("The metadata database's schema is not current; run `splitplot setup`.")


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS)])
