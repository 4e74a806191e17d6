import re
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.database import open_metadata
from splitplot.adapters.metadata.engine import url_of
from splitplot.adapters.metadata.schema import migrate
from splitplot.errors import InvalidInput, Unavailable


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, tables.metadata))


def test_the_migrated_schema_is_the_one_that_the_tables_describe(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(url_of(empty_url))
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


def test_the_migrated_schema_has_the_same_ddl_as_the_tables(tmp_path: Path) -> None:
    migrated, made = f"sqlite:///{tmp_path / 'a'}", f"sqlite:///{tmp_path / 'b'}"
    migrate(migrated)
    engines = [create_engine(migrated), create_engine(made)]
    tables.metadata.create_all(engines[1])
    query = text(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'"
        " AND name NOT LIKE 'sqlite_auto%' ORDER BY name"
    )
    ddl = []
    for engine in engines:
        with engine.connect() as connection:
            rows = connection.execute(query).all()
        ddl.append(
            # A table that was changed has quotes around its name and other line ends.
            {
                name: sorted(filter(None, map(str.strip, re.split(r"[,\n]", sql.replace('"', "")))))
                for name, sql in rows
            }
        )
        engine.dispose()
    assert ddl[0] == ddl[1]


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    migrate(empty_url)
    migrate(empty_url)
    database = open_metadata(empty_url)
    database.check()
    database.close()


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        list(processes.map(migrate, [empty_url, empty_url]))
    database = open_metadata(empty_url)
    database.check()
    database.close()


def test_two_threads_may_open_databases_in_memory_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        for database in threads.map(open_metadata, ["sqlite://"] * 8):
            database.check()
            database.close()


def test_a_database_without_the_schema_does_not_pass_the_check(empty_url: str) -> None:
    database = open_metadata(empty_url)
    with pytest.raises(Unavailable, match="schema is not current"):
        database.check()
    database.close()


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    engine = create_engine(url_of(empty_url))
    with engine.begin() as connection:
        # Stands where one of the last tables of the first schema should go.
        connection.execute(text("CREATE TABLE groups (id INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        migrate(empty_url)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["groups"]
        connection.execute(text("DROP TABLE groups"))
    engine.dispose()
    migrate(empty_url)


def test_a_database_in_memory_has_the_schema_from_the_start() -> None:
    migrate("sqlite://")
    database = open_metadata("sqlite://")
    database.check()
    database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/splitplot", "not a url", ""])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_metadata(url)
