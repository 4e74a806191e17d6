"""What `ports.repositories.Metadata` promises about its blocks."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import psycopg
import pytest
from sqlalchemy import event

from splitplot.accounts.model import Project, ProjectId
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.adapters.metadata.schema import migrate
from splitplot.errors import Conflict, InvalidInput, Unavailable
from splitplot.flags.model import FlagId
from tests.factories import a_flag, a_person, a_project, an_organization, newcomers


def test_a_block_that_raises_leaves_nothing_behind(metadata: SqlMetadata, project: Project) -> None:
    def fails() -> None:
        with metadata.transaction() as repositories:
            repositories.flags.add(project.id, a_flag(key="gone"))
            repositories.people.apply(project.id, newcomers(a_person("gone")))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with metadata.reading() as repositories:
        assert repositories.flags.find_by_key(project.id, "gone") is None
        assert repositories.people.find(project.id, ["gone"]) == {}


def test_what_a_block_wrote_is_there_for_others_once_it_ends(
    metadata: SqlMetadata, impatient: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        with impatient.reading() as elsewhere:
            assert elsewhere.flags.find(project.id, flag.id) is None
    with impatient.reading() as elsewhere:
        assert elsewhere.flags.find(project.id, flag.id) == flag


def test_a_reading_block_keeps_its_view_while_others_write(
    metadata: SqlMetadata, impatient: SqlMetadata, project: Project
) -> None:
    with metadata.reading() as repositories:
        before = repositories.flags.revisions()
        with impatient.transaction() as elsewhere:
            elsewhere.flags.add(project.id, a_flag())
        assert repositories.flags.find_by_key(project.id, a_flag().key) is None
        assert repositories.flags.revisions() == before


def test_writers_on_many_threads_and_connections_lose_no_update(
    url: str, metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
    databases = [metadata, open_metadata(url)]

    def save_ten_times(database: SqlMetadata) -> None:
        for _ in range(10):
            with database.transaction() as repositories:
                stored = repositories.flags.find(project.id, flag.id)
                assert stored is not None
                repositories.flags.save(project.id, stored)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(save_ten_times, databases * 2))
    databases[1].close()
    with metadata.reading() as repositories:
        stored = repositories.flags.find(project.id, flag.id)
        assert stored is not None
        assert stored.version == flag.version + 40


def test_a_writer_that_waits_reads_what_the_one_before_has_written(
    metadata: SqlMetadata, url: str, project: Project
) -> None:
    entered, seen = Signal(), list[FlagId]()
    other = open_metadata(url)

    def write_after() -> None:
        entered.set()
        with other.transaction() as repositories:
            found = repositories.flags.find_by_key(project.id, a_flag().key)
            seen.append(FlagId(0) if found is None else found.id)

    with metadata.transaction() as repositories:
        thread = Thread(target=write_after)
        thread.start()
        entered.wait()
        flag = repositories.flags.add(project.id, a_flag())
    thread.join()
    other.close()
    assert seen == [flag.id]


def test_a_database_locked_by_another_process_is_unavailable_until_it_is_free(
    metadata: SqlMetadata, impatient: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        repositories.flags.add(project.id, a_flag(key="first"))
        with pytest.raises(Unavailable, match="locked"), impatient.transaction():
            pass
    with impatient.transaction() as elsewhere:
        elsewhere.flags.add(project.id, a_flag(key="second"))
    with metadata.reading() as repositories:
        assert repositories.flags.find_by_key(project.id, "first") is not None
        assert repositories.flags.find_by_key(project.id, "second") is not None


def test_a_thread_that_waits_too_long_for_its_turn_learns_that_it_is_locked(
    impatient: SqlMetadata,
) -> None:
    def write() -> None:
        with impatient.transaction():
            pass

    with impatient.transaction(), ThreadPoolExecutor(1) as threads:
        waited = threads.submit(write)
        with pytest.raises(Unavailable, match="locked"):
            waited.result()
    write()


def test_readers_do_not_wait_for_a_writer(metadata: SqlMetadata, impatient: SqlMetadata) -> None:
    with metadata.transaction(), impatient.reading() as elsewhere:
        assert not elsewhere.accounts.has_users()


def test_many_threads_read_at_once(metadata: SqlMetadata, project: Project) -> None:
    def read(_: int) -> Project | None:
        with metadata.reading() as repositories:
            return repositories.accounts.find_project(project.id)

    with ThreadPoolExecutor(40) as threads:
        assert set(threads.map(read, range(200))) == {project}


def test_who_finds_every_connection_taken_learns_that_it_is_unavailable(
    impatient: SqlMetadata,
) -> None:
    with ExitStack() as blocks:

        def take_all() -> None:
            for _ in range(100):
                blocks.enter_context(impatient.reading())

        with pytest.raises(Unavailable):
            take_all()
    impatient.check()


def test_a_reference_to_nothing_is_a_conflict(metadata: SqlMetadata, project: Project) -> None:
    flag = a_flag(created_by_id=4711)
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.flags.add(project.id, flag)


def test_text_that_is_no_unicode_is_invalid_input(metadata: SqlMetadata, project: Project) -> None:
    with pytest.raises(InvalidInput), metadata.transaction() as repositories:
        repositories.flags.add(project.id, a_flag(key="half a pair: \ud83d"))


def test_an_id_beyond_every_row_is_looked_for_in_vain(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.reading() as repositories:
        assert repositories.accounts.find_project(ProjectId(10**30)) is None
        assert repositories.flags.find(project.id, FlagId(2**63)) is None


def test_the_database_works_again_after_it_was_closed(
    metadata: SqlMetadata, project: Project
) -> None:
    metadata.close()
    metadata.close()
    with metadata.reading() as repositories:
        assert repositories.accounts.projects() == (project,)


def test_a_folder_that_is_not_there_makes_sqlite_unavailable(tmp_path: Path) -> None:
    database = open_metadata(f"sqlite:///{tmp_path / 'nowhere' / 'metadata.sqlite3'}")
    with pytest.raises(Unavailable):
        database.check()
    database.close()


def test_a_file_of_another_kind_makes_sqlite_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "metadata.sqlite3"
    path.write_text("This is a letter, not a database. " * 100)
    with pytest.raises(Unavailable):
        migrate(f"sqlite:///{path}")


def test_a_full_disk_makes_sqlite_unavailable_until_there_is_room(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'metadata.sqlite3'}"
    migrate(url)
    database = open_metadata(url)
    limits = iter([1, 100_000])

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {next(limits)}")

    event.listen(database._engines.writing, "connect", limit)

    def write() -> None:
        with database.transaction() as repositories:
            repositories.accounts.add_organization(an_organization(name="long name " * 10_000))

    with pytest.raises(Unavailable, match="full"):
        write()
    database.close()
    write()
    database.close()


def test_a_database_in_memory_serves_many_threads() -> None:
    database = open_metadata("sqlite://")

    def add(number: int) -> Project:
        with database.transaction() as repositories:
            return repositories.accounts.add_project(
                a_project(api_token=f"phc_{number}"), secret_hash=f"hash {number}"
            )

    def count(_: int) -> int:
        with database.reading() as repositories:
            return len(repositories.accounts.projects())

    with database.transaction() as repositories:
        repositories.accounts.add_organization(an_organization())
    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(add, range(40)))
        list(threads.map(count, range(40)))
    assert {project.id for project in added} == set(range(1, 41))
    database.close()


def test_a_server_that_refuses_makes_postgresql_unavailable() -> None:
    database = open_metadata("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        database.check()
    database.close()


def test_a_lost_connection_ends_its_block_and_no_other(migrated_postgres: str) -> None:
    database = open_metadata(migrated_postgres)

    def hang_up() -> None:
        with psycopg.connect(migrated_postgres, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def write() -> None:
        with database.transaction() as repositories:
            hang_up()
            repositories.accounts.has_users()

    database.check()
    with pytest.raises(Unavailable):
        write()
    hang_up()
    database.check()
    database.close()
