"""Registered tables: one of a name in a project, and replaced in place."""

from dataclasses import replace
from datetime import timedelta

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.experiments.sources.warehouse import ColumnType, StoredTable, TableColumn
from splitplot.ports.beside.warehouse import TableContents, WarehouseTable
from tests.factories import NOON

COLUMNS = (
    TableColumn(name='a "b"', type=ColumnType.TEXT, stored_as="c0"),
    TableColumn(name="at", type=ColumnType.TIME, stored_as="c1"),
)


def contents(place: str, rows: int = 3_000_000_000) -> TableContents:
    return TableContents(stored=StoredTable(place=place, columns=COLUMNS), rows=rows)


def a_table(project: Project, *, name: str = "orders", place: str = "one") -> WarehouseTable:
    return WarehouseTable(
        id=0,
        project_id=project.id,
        name=name,
        origin="csv",
        contents=contents(place),
        created_by_id=None,
        created_at=NOON,
        loaded_at=NOON,
    )


def test_a_table_comes_back(metadata: SqlMetadata, project: Project, user: User) -> None:
    table = replace(a_table(project), created_by_id=user.id)
    with metadata.transaction() as repositories:
        saved = repositories.warehouse_tables.save(table)
    assert saved == replace(table, id=saved.id)
    with metadata.reading() as repositories:
        tables = repositories.warehouse_tables
        assert tables.find(project.id, saved.id) == saved
        assert tables.find_by_name(project.id, "orders") == saved
        assert tables.find_by_name(project.id, "Orders") is None


def test_another_of_the_same_name_takes_its_place(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    later = NOON + timedelta(hours=1)
    with metadata.transaction() as repositories:
        first = repositories.warehouse_tables.save(replace(a_table(project), created_by_id=user.id))
        second = repositories.warehouse_tables.save(
            replace(
                a_table(project),
                origin="parquet",
                contents=contents("two", 7),
                created_at=later,
                loaded_at=later,
            )
        )
        listed = repositories.warehouse_tables.of_project(project.id)
    changed = replace(first, origin="parquet", contents=contents("two", 7), loaded_at=later)
    assert (second, listed) == (changed, (changed,))


def test_projects_do_not_see_each_others_tables(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        tables = repositories.warehouse_tables
        own = [tables.save(a_table(project, name=name, place=name)) for name in ("b", "B")]
        other = tables.save(a_table(other_project, name="b", place="x"))
    with metadata.transaction() as repositories:
        tables = repositories.warehouse_tables
        assert [each.name for each in tables.of_project(project.id)] == ["B", "b"]
        assert tables.find(other_project.id, own[0].id) is None
        tables.remove(other_project.id, own[0].id)
        tables.remove(project.id, own[1].id)
        assert tables.of_project(project.id) == (own[0],)
        assert tables.places() == {"b", other.contents.stored.place}
