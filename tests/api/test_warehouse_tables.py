"""Tables beside the events: loaded over HTTP, replaced, refused, and counted by metrics."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import httpx
import pytest

from splitplot.filters.model import Properties
from tests.api.stack import Stack, running_stack, settings_in
from tests.api.trial import launched

CSV = "customer,at,amount\nann,2025-03-02T12:00:00Z,10\nbob,2025-03-02T12:00:00Z,\n"
TABLES = "warehouse_tables/"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    settings = settings_in(folder, events_url=f"duckdb:///{folder / 'events.duckdb'}")
    limits = settings.limits.model_copy(update={"warehouse_file_bytes": 100_000})
    with running_stack(settings.model_copy(update={"limits": limits})) as running:
        yield running


def load(
    stack: Stack,
    name: str,
    content: bytes | str | Iterable[bytes] = CSV,
    kind: str = "text/csv",
    *,
    key: str | None = None,
) -> httpx.Response:
    headers = {"Content-Type": kind}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return stack.client.post(
        stack.url(TABLES), params={"name": name}, content=content, headers=headers
    )


def test_a_file_becomes_a_table(stack: Stack) -> None:
    made = load(stack, "orders")
    assert made.status_code == 201
    table = made.json()
    assert (table["name"], table["format"], table["row_count"]) == ("orders", "csv", 2)
    assert table["columns"] == [
        {"name": "customer", "type": "text"},
        {"name": "at", "type": "time"},
        {"name": "amount", "type": "integer"},
    ]
    assert stack.client.get(stack.url(f"{TABLES}{table['id']}/")).json() == table
    assert table in stack.client.get(stack.url(TABLES)).json()["results"]
    assert stack.client.delete(stack.url(f"{TABLES}{table['id']}/")).status_code == 204
    assert stack.client.get(stack.url(f"{TABLES}{table['id']}/")).status_code == 404


def test_parquet_is_read(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS a, 0.5::DECIMAL(4,2) AS b) TO '{path}'")
    made = load(stack, "packed", path.read_bytes(), "application/vnd.apache.parquet")
    assert [each["type"] for each in made.json()["columns"]] == ["integer", "number"]


def test_a_name_is_loaded_again_in_one_step(stack: Stack) -> None:
    first = load(stack, "again").json()
    refused = load(stack, "again", "a,b\n1\n2,3,4\n")
    assert (refused.status_code, refused.json()["code"]) == (400, "unreadable_file")
    assert stack.client.get(stack.url(f"{TABLES}{first['id']}/")).json() == first
    second = load(stack, "again", "a\n1\n").json()
    assert (second["id"], second["row_count"]) == (first["id"], 1)
    places = stack.platform.stores.events.tables.table_places()
    with stack.platform.stores.metadata.reading() as repositories:
        assert places == repositories.warehouse_tables.places()


@pytest.mark.parametrize(
    ("loaded", "status", "code"),
    [
        (("x; DROP TABLE events", CSV, "text/csv"), 400, "invalid_input"),
        (("", CSV, "text/csv"), 400, "invalid_input"),
        (("a" * 201, CSV, "text/csv"), 400, "invalid_input"),
        (("json", "{}", "application/json"), 415, "unsupported_media_type"),
        (("large", "a\n" + "1\n" * 60_000, "text/csv"), 413, "too_large"),
        (("broken", b"PAR1", "application/vnd.apache.parquet"), 400, "unreadable_file"),
        (("typed", "a\n12:30:01\n", "text/csv"), 400, "unsupported_column"),
    ],
    ids=["hostile", "nameless", "long", "json", "large", "parquet", "type"],
)
def test_what_cannot_be_loaded_is_refused(
    stack: Stack, loaded: tuple[str, bytes | str, str], status: int, code: str
) -> None:
    answer = load(stack, *loaded)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_body_that_does_not_say_its_length_is_bounded_too(stack: Stack) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(200):
            yield b"1\n" * 1000

    assert load(stack, "endless", pieces()).status_code == 413


def test_only_clickhouse_has_tables_of_its_own(stack: Stack) -> None:
    body = {"name": "theirs", "existing_table": "orders"}
    answer = stack.client.post(stack.url(f"{TABLES}existing/"), json=body)
    assert (answer.status_code, answer.json()["attr"]) == (400, "existing_table")


def test_a_key_for_reading_does_not_load(stack: Stack) -> None:
    key = stack.key(scopes=("warehouse_table:read",))
    assert load(stack, "no", key=key).status_code == 403
    headers = {"Authorization": f"Bearer {key}"}
    assert stack.client.get(stack.url(TABLES), headers=headers).status_code == 200
    assert stack.anonymous.post(stack.url(TABLES), params={"name": "no"}).status_code == 401


# Metrics


ORDERS: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "source": {
        "kind": "ExperimentDataWarehouseNode",
        "table_name": "sales",
        "timestamp_field": "at",
        "events_join_key": "distinct_id",
        "data_warehouse_join_key": "customer",
        "math": "hogql",
        "math_hogql": "sum(amount * 2)",
    },
}


def test_a_metric_counts_the_rows_of_today(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 60)
    trial.expose("test", 60)
    query = {"kind": "ExperimentQuery", "experiment_id": trial.experiment.id, "metric": ORDERS}
    missing = stack.client.post(stack.url("query/"), json={"query": query})
    assert (missing.status_code, missing.json()["code"]) == (400, "table_does_not_exist")

    rows = "".join(f"test-{number},2025-03-03T00:00:00Z,{number}\n" for number in range(10))
    load(stack, "sales", f"customer,at,amount\n{rows}")
    answer = trial.ask(metric=ORDERS)
    (test,) = answer["variant_results"]
    assert (answer["baseline"]["sum"], test["number_of_samples"], test["sum"]) == (0, 60, 90)

    load(stack, "sales", "customer,at,amount\ncontrol-3,2025-03-03T00:00:00Z,4\n")
    answer = trial.ask(metric=ORDERS)
    (test,) = answer["variant_results"]
    assert (answer["baseline"]["sum"], test["sum"]) == (8, 0)

    load(stack, "sales", "customer,at\ncontrol-3,yesterday\n")
    wrong = stack.client.post(stack.url("query/"), json={"query": query})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "column_is_no_time")


def test_a_formula_that_cannot_be_read_says_where(stack: Stack) -> None:
    source = {"kind": "EventsNode", "event": "buy", "math": "hogql", "math_hogql": "sum(a)"}
    metric = {"kind": "ExperimentMetric", "metric_type": "mean", "source": source}
    answer = stack.client.post(
        stack.url("experiments/"),
        json={
            "name": "Formula",
            "feature_flag_key": "formula",
            "metrics": [metric],
            "allow_unknown_events": True,
        },
    )
    assert answer.status_code == 400
    assert "'a' is not known at character 5" in answer.json()["detail"]
