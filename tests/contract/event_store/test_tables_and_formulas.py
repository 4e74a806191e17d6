"""Metrics on rows of tables, and metrics by formulas, on every engine."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from splitplot.adapters.event_store.clickhouse import ClickHouseEventStore
from splitplot.errors import InvalidInput, SplitplotError
from splitplot.experiments.metric_plans import metric_plan, with_lookback
from splitplot.experiments.metrics import parse_metric
from splitplot.experiments.plan import SummaryPlan
from splitplot.experiments.sources.warehouse import StoredTable, WarehouseSource, with_table
from splitplot.filters.parts import with_each
from splitplot.ports.beside.warehouse import ExistingTable, FileKind, TableFile, TableOrigin
from splitplot.ports.event_store import Summed
from tests.contract.event_store.cases import Case, batch_of, exposure_plan, load_cases
from tests.contract.event_store.conftest import AnyStore
from tests.contract.event_store.test_metric_cases import close, wire

CASES = [case for case in load_cases() if case.kind == "table"]
ANY_METRIC = {"metric_type": "mean", "source": {"event": "any"}}
# Of many metrics at once, these are asked for one by one.
TOGETHER = ("W1", "W5", "W7", "F4")
_TYPES = {
    "boolean": "Nullable(Bool)",
    "integer": "Nullable(Int32)",
    "number": "Nullable(Float64)",
    "text": "LowCardinality(Nullable(String))",
    "time": "Nullable(DateTime64(3, 'UTC'))",
}


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_rows_and_formulas_have_the_sums_of_the_contract(
    store: AnyStore, case: Case, tmp_path: Path
) -> None:
    store.append(batch_of(case))
    tables = {
        name: store.tables.add_table(f"warehouse_{name}", origin(store, name, table, tmp_path))
        for name, table in case.tables.items()
    }
    stored = {name: contents.stored for name, contents in tables.items()}
    assert {name: contents.rows for name, contents in tables.items()} == {
        name: len(table["rows"]) for name, table in case.tables.items()
    }

    summaries = store.summarize(planned(case, stored))

    if case.id in TOGETHER:
        (together,) = store.summarize_all([planned(case, stored)])
        assert isinstance(together, Summed)
        assert together.summaries == summaries
    assert [wire(summary) for summary in summaries] == [
        {"key": variant, **{name: close(value) for name, value in sums.items()}}
        for variant, sums in case.expected.items()
    ]


def planned(case: Case, stored: dict[str, StoredTable]) -> SummaryPlan:
    days = case.experiment.get("cuped_lookback_days")
    metric = metric_plan(parse_metric(case.metric))
    metric = with_lookback(metric, None if days is None else timedelta(days=days))
    # Who is exposed does not depend on the metric.
    exposure = exposure_plan(replace(case, metric=ANY_METRIC))
    plan = SummaryPlan(exposure=exposure, metric=metric)
    return with_each(
        plan, WarehouseSource, lambda source: replace(source, stored=with_table(source, stored))
    )


def origin(store: AnyStore, name: str, table: dict[str, Any], folder: Path) -> TableOrigin:
    """The case's table as what the store can take."""
    if isinstance(store, ClickHouseEventStore):
        return existing(store, name, table)
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([table["columns"], *table["rows"]])
    return TableFile(path=path, kind=FileKind.CSV)


def existing(store: ClickHouseEventStore, name: str, table: dict[str, Any]) -> ExistingTable:
    client = store._client
    columns = table["columns"]
    described = ", ".join(f"`{column}` {_TYPES[kind]}" for column, kind in columns.items())
    client.command("CREATE DATABASE IF NOT EXISTS splitplot_warehouse")
    client.command(f"CREATE TABLE splitplot_warehouse.`{name}` ({described}) ENGINE = Memory")
    times = [kind == "time" for kind in columns.values()]
    rows = [
        [
            datetime.fromisoformat(value) if is_time and value else value
            for value, is_time in zip(row, times, strict=True)
        ]
        for row in table["rows"]
    ]
    client.insert(name, rows, database="splitplot_warehouse", column_names=list(columns))
    return ExistingTable(name=name)


# What a store keeps


def file(folder: Path, text: str, *, kind: FileKind = FileKind.CSV) -> TableFile:
    path = folder / "some.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return TableFile(path=path, kind=kind)


def loads_files(store: AnyStore) -> AnyStore:
    if isinstance(store, ClickHouseEventStore):
        pytest.skip("ClickHouse registers its own tables")
    return store


def test_columns_have_types_and_names_that_cannot_do_harm(store: AnyStore, tmp_path: Path) -> None:
    header = 'id,"a ""b""; DROP TABLE events",ok,at,day,share,long'
    line = "1,x,true,2025-03-01T00:00:00+02:00,2025-03-01,0.5,123456789012345678901"
    contents = loads_files(store).tables.add_table(
        "warehouse_1", file(tmp_path, f"{header}\n{line}\n")
    )
    assert [(each.name, each.type) for each in contents.stored.columns] == [
        ("id", "integer"),
        ('a "b"; DROP TABLE events', "text"),
        ("ok", "boolean"),
        ("at", "time"),
        ("day", "time"),
        ("share", "number"),
        ("long", "number"),
    ]
    assert contents.rows == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a,b\n1,2\n3\n4,5,6\n", FileKind.CSV),
        ('a,b\n1,"2\n', FileKind.CSV),
        ("a,b\n1,\udcff\udcfe\n", FileKind.CSV),
        ("a,b\n1,2\n", FileKind.PARQUET),
        ("PAR1" + "x" * 100 + "PAR1", FileKind.PARQUET),
        ("a,b\n1,12:30:00\n", FileKind.CSV),
        (",".join(f"c{number}" for number in range(501)) + "\n", FileKind.CSV),
    ],
    ids=["ragged", "quote", "encoding", "no_parquet", "broken_parquet", "time_of_day", "wide"],
)
def test_a_file_that_cannot_be_read_says_so_and_leaves_nothing(
    store: AnyStore, tmp_path: Path, text: str, kind: FileKind
) -> None:
    tables = loads_files(store).tables
    with pytest.raises(InvalidInput) as refused:
        tables.add_table("warehouse_1", file(tmp_path, text, kind=kind))
    assert (refused.value.attr, str(tmp_path) in refused.value.message) == ("file", False)
    assert tables.table_places() == frozenset()
    store.check()


def test_a_table_is_forgotten(store: AnyStore, tmp_path: Path) -> None:
    tables = loads_files(store).tables
    tables.add_table("warehouse_1", file(tmp_path, "a\n1\n"))
    assert tables.table_places() == {"warehouse_1"}
    tables.drop_table("warehouse_1")
    tables.drop_table("warehouse_1")
    assert tables.table_places() == frozenset()


def test_what_a_store_cannot_register_it_refuses(store: AnyStore, tmp_path: Path) -> None:
    wrong: TableOrigin = ExistingTable(name="events")
    if isinstance(store, ClickHouseEventStore):
        with pytest.raises(InvalidInput, match="no table 'events'"):
            store.tables.add_table("warehouse_1", wrong)
        wrong = file(tmp_path, "a\n1\n")
    with pytest.raises(SplitplotError):
        store.tables.add_table("warehouse_1", wrong)
    assert store.tables.table_places() == frozenset()
