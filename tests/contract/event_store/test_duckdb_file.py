"""What only the embedded store promises: one file, one process, no room, no lost event."""

import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store import duckdb_catalog, known_ids
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.adapters.event_store.duckdb_catalog import NUMBER_COLUMNS
from splitplot.errors import Unavailable
from splitplot.events.model import Event
from splitplot.experiments.plan import EventSource, ExposurePlan, MeanPlan, SummaryPlan, ValueMath
from splitplot.filters.model import JsonValue, Properties
from splitplot.ports.event_store import AppendBatch, ProjectEvent

PROJECT = ProjectId(1)
NOON = datetime(2025, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.duckdb"


def batch(first: int, count: int, properties: Properties | None = None) -> AppendBatch:
    return AppendBatch(
        events=tuple(
            ProjectEvent(
                project_id=PROJECT,
                event=Event(
                    uuid=UUID(int=number),
                    name="buy",
                    distinct_id="ann",
                    person_id=UUID(int=1),
                    timestamp=NOON,
                    properties=properties or {},
                ),
            )
            for number in range(first, first + count)
        )
    )


def total(store: DuckDBEventStore, key: str) -> float:
    """The sum of a property over all events, by way of a plan; each unit is its event."""
    plan = SummaryPlan(
        exposure=ExposurePlan(
            project_id=PROJECT,
            start=NOON,
            end=datetime(2025, 3, 3, tzinfo=UTC),
            flag_key="exp",
            source=EventSource(event="buy"),
            variants=("control",),
        ),
        metric=MeanPlan(source=EventSource(event="buy"), math=ValueMath.SUM, value_property=key),
    )
    (summary,) = store.summarize(plan)
    return summary.sum


def exposing(properties: dict[str, JsonValue]) -> Properties:
    return {"$feature/exp": "control", **properties}


def test_a_file_that_another_process_has_open_is_named_in_the_refusal(path: Path) -> None:
    holder = subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()

        with pytest.raises(Unavailable, match=r"events\.duckdb is in use by another process"):
            DuckDBEventStore(path)
    finally:
        holder.communicate(b"\n")


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("nothing that DuckDB wrote" * 1000, encoding="utf-8")

    with pytest.raises(Unavailable, match="cannot be opened"):
        DuckDBEventStore(path)


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    DuckDBEventStore(path).close()
    with duckdb.connect(path) as connection:
        connection.execute("INSERT INTO schema_version VALUES (9999)")

    with pytest.raises(Unavailable, match="newer version"):
        DuckDBEventStore(path)


def test_a_closed_store_says_so(path: Path) -> None:
    store = DuckDBEventStore(path)
    store.close()

    with pytest.raises(Unavailable, match="closed"):
        store.check()
    with pytest.raises(Unavailable, match="closed"):
        store.append(batch(1, 1))


# The limit on file sizes holds for a whole process, so each of these is another one. It
# ends as in a crash: nothing is closed.
FULL_DISK = """
import os, resource, signal, sys
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.errors import Unavailable
from tests.contract.event_store.test_duckdb_file import PROJECT, batch

def ids(rows):
    return [row.event.uuid for row in rows.events]

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = DuckDBEventStore(sys.argv[1])
first_catalog = store._catalog
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
taken = 0
def append(count, text):
    global taken, rows
    rows = batch(taken + 1, count, {"text": text})
    store.append(rows)
    taken += count
"""


def stored_by(script: str, path: Path, limit: int) -> int:
    """How many events the process says it has stored."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", FULL_DISK + textwrap.dedent(script), str(path), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def assert_holds(path: Path, count: int) -> None:
    store = DuckDBEventStore(path)
    asked = [UUID(int=number) for number in range(1, count + 1001)]
    assert store.known_ids(PROJECT, asked) == set(asked[:count])
    store.close()
    with duckdb.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (count,)


def test_a_full_disk_refuses_a_batch_whole_and_takes_it_later(path: Path) -> None:
    count = stored_by(
        """
        try:
            while taken < 100_000:
                append(100, "x" * 100)
            sys.exit("the disk never filled")
        except Unavailable:
            pass
        assert store.known_ids(PROJECT, ids(rows)) == set(), "part of the batch was written"
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        append(100, "x" * 100)
        assert store.known_ids(PROJECT, ids(rows)) == set(ids(rows))
        print(taken, flush=True)
        os._exit(0)
        """,
        path,
        400_000,
    )

    assert_holds(path, count)


def test_a_disk_that_fills_after_the_commit_loses_and_doubles_nothing(path: Path) -> None:
    # Wide enough for the log of 16 MB that makes DuckDB write into the file itself.
    DuckDBEventStore(path).close()
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE ballast AS SELECT uuid() FROM range(1500000)")

    count = stored_by(
        """
        refused = 0
        while store._catalog is first_catalog and taken < 100_000:
            try:
                append(500, os.urandom(1000).hex())
            except Unavailable:
                refused += 1
                assert refused < 3
        assert store._catalog is not first_catalog, "the file was not opened again"
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        append(500, "")
        print(taken, flush=True)
        os._exit(0)
        """,
        path,
        path.stat().st_size + 100_000,
    )

    assert_holds(path, count)


def test_numbers_are_the_same_with_and_without_a_column(path: Path) -> None:
    store = DuckDBEventStore(path)
    names = [f"n{number:02}" for number in range(NUMBER_COLUMNS + 3)]
    values: dict[str, JsonValue] = {name: index + 0.25 for index, name in enumerate(names)}
    texts: dict[str, JsonValue] = {name: f"{index}e0" for index, name in enumerate(names)}
    odd: dict[str, JsonValue] = dict.fromkeys(names, "inf") | {"$screen": True}

    for first, properties in enumerate(({**values, "$screen": 7}, texts, odd), start=1):
        store.append(batch(first, 1, exposing(properties)))

    totals = [total(store, name) for name in names]
    assert totals == [2 * index + 0.25 for index in range(len(names))]
    assert total(store, "$screen") == 7
    assert total(store, "absent") == 0
    store.close()


def test_a_column_of_numbers_keeps_its_property_when_opened_again(path: Path) -> None:
    for first in (1, 2):
        store = DuckDBEventStore(path)
        store.append(batch(first, 1, exposing({"amount": 2.5, f"only_{first}": 1})))
        store.close()

    store = DuckDBEventStore(path)
    assert (total(store, "amount"), total(store, "only_1"), total(store, "only_2")) == (5, 1, 1)
    store.close()


def test_ids_are_known_across_sealed_filters(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (known_ids, duckdb_catalog):
        monkeypatch.setattr(module, "IDS_PER_SEGMENT", 64)
    store = DuckDBEventStore(path)
    for first in range(1, 301, 50):
        store.append(batch(first, 50))
    asked = [UUID(int=number) for number in range(1, 401)]
    stored = set(asked[:300])

    assert store.known_ids(PROJECT, asked) == stored
    sealed = [(segment.first_seq, segment.last_seq) for segment in store._catalog.ids.segments]
    assert sealed[:2] == [(1, 50), (51, 100)]
    store.close()

    for _ in ("with its filters", "with filters of another size"):
        store = DuckDBEventStore(path)
        assert store.known_ids(PROJECT, asked) == stored
        store.close()
        with duckdb.connect(path) as connection:
            connection.execute("UPDATE id_filters SET bits = 'x'::BLOB")
