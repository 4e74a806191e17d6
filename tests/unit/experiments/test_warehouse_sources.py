"""Metrics on rows of tables: read, planned, refused, and resolved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.metric_plans import metric_plan, with_lookback
from splitplot.experiments.metrics import parse_metric
from splitplot.experiments.plan import FunnelPlan, MeanPlan, RatioPlan, ValueMath
from splitplot.experiments.sources.formulas import Fold
from splitplot.experiments.sources.warehouse import (
    ColumnType,
    JoinedBy,
    JoinKey,
    StoredTable,
    TableColumn,
    WarehouseSource,
    names_tables,
    read_join_key,
    with_tables,
)
from splitplot.filters.model import FilterKind, JsonValue, Properties, PropertyFilter

BUY: Properties = {"kind": "EventsNode", "event": "buy"}
TABLE: Properties = {
    "kind": "ExperimentDataWarehouseNode",
    "table_name": "orders",
    "timestamp_field": "at",
    "events_join_key": "properties.customer",
    "data_warehouse_join_key": "customer",
}
SOURCE = WarehouseSource(
    table="orders",
    timestamp_field="at",
    joined_by=JoinKey(kind=JoinedBy.PROPERTY, name="customer"),
    table_join_key="customer",
)
COLUMNS = (
    TableColumn(name="at", type=ColumnType.TIME, stored_as="c0"),
    TableColumn(name="customer", type=ColumnType.TEXT, stored_as="c1"),
)
STORED = StoredTable(place="warehouse_1", columns=COLUMNS)


def metric(kind: str, **members: JsonValue) -> Properties:
    return {"kind": "ExperimentMetric", "metric_type": kind, **members}


def table(**changes: JsonValue) -> Properties:
    return {**TABLE, **changes}


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("distinct_id", JoinKey(kind=JoinedBy.DISTINCT_ID)),
        (" person_id ", JoinKey(kind=JoinedBy.PERSON_ID)),
        ("person.id", JoinKey(kind=JoinedBy.PERSON_ID)),
        ("events.distinct_id", JoinKey(kind=JoinedBy.DISTINCT_ID)),
        ("$group_4", JoinKey(kind=JoinedBy.GROUP, name="4")),
        ("properties.$user_id", JoinKey(kind=JoinedBy.PROPERTY, name="$user_id")),
        ("person.properties.email", JoinKey(kind=JoinedBy.PERSON_PROPERTY, name="email")),
    ],
)
def test_a_join_key_is_read(expression: str, key: JoinKey) -> None:
    assert read_join_key(expression) == key


@pytest.mark.parametrize(
    "expression",
    ["", "order_id", "$group_5", "properties.", "properties.a b", "properties.a)--", "lower(x)"],
)
def test_another_join_key_is_refused(expression: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_join_key(expression)
    assert refused.value.attr == "events_join_key"


@pytest.mark.parametrize(
    ("changes", "math", "value_property"),
    [
        ({}, ValueMath.TOTAL, None),
        ({"math": "total", "math_property": "amount"}, ValueMath.SUM, "amount"),
        ({"math_property": "$session_duration"}, ValueMath.SUM, "$session_duration"),
        ({"math": "avg", "math_property": "amount"}, ValueMath.AVG, "amount"),
    ],
)
def test_rows_are_counted_or_a_property_summed(
    changes: dict[str, JsonValue], math: ValueMath, value_property: str | None
) -> None:
    plan = metric_plan(parse_metric(metric("mean", source=table(**changes))))
    assert plan == MeanPlan(source=SOURCE, math=math, value_property=value_property)


def test_a_formula_of_rows_knows_columns() -> None:
    source = table(math="hogql", math_hogql="max(amount)")
    plan = metric_plan(parse_metric(metric("mean", source=source)))
    assert isinstance(plan, MeanPlan)
    assert plan.formula is not None
    assert plan.formula.fold is Fold.MAX


def test_a_filter_is_on_a_column() -> None:
    on_status: list[JsonValue] = [
        {"key": "status", "operator": "exact", "value": "paid", "type": kind}
        for kind in ("data_warehouse", "event", None)
    ]
    plan = metric_plan(parse_metric(metric("mean", source=table(properties=on_status))))
    assert isinstance(plan, MeanPlan)
    condition = PropertyFilter(key="status", value="paid", kind=FilterKind.EVENT)
    assert plan.source == replace(SOURCE, filters=(condition,) * 3)
    assert plan.source.every_filter == (condition,) * 3


def test_both_sides_of_a_ratio_may_be_rows() -> None:
    plan = metric_plan(parse_metric(metric("ratio", numerator=TABLE, denominator=TABLE)))
    assert plan == RatioPlan(numerator=MeanPlan(source=SOURCE), denominator=MeanPlan(source=SOURCE))


def test_a_funnel_on_rows_has_no_covariate() -> None:
    plan = metric_plan(parse_metric(metric("funnel", series=[BUY, TABLE])))
    assert isinstance(plan, FunnelPlan)
    assert with_lookback(plan, timedelta(days=7)) == plan


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"series": [TABLE] * 4}, "At most 3 data warehouse steps"),
        (
            {"series": [table(table_name=name) for name in ("a", "b", "c")]},
            "At most 2 different data warehouse tables",
        ),
        ({"series": [TABLE, table(events_join_key="distinct_id")]}, "the same events_join_key"),
        ({"series": [table(events_join_key="lower(x)")]}, "is not known: use distinct_id"),
        ({"series": [{"kind": "ExperimentDataWarehouseNode"}]}, "Field required"),
        ({"series": [table(math="dau")]}, "'dau' is not possible on data warehouse rows"),
        ({"series": [table(math="hogql", math_hogql="sum(")]}, "at character 5"),
        ({"series": [table(math="hogql")]}, "'hogql' needs a math_hogql"),
        (
            {"series": [table(properties=[{"key": "a", "type": "person", "value": 1}])]},
            "'person' is not possible on data warehouse rows",
        ),
    ],
)
def test_what_rows_cannot_say_is_refused(members: dict[str, JsonValue], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        parse_metric(metric("funnel", **members))


def test_rows_are_not_retained() -> None:
    retention = metric(
        "retention",
        start_event=TABLE,
        completion_event=BUY,
        retention_window_start=1,
        retention_window_end=2,
        retention_window_unit="day",
        start_handling="first_seen",
    )
    with pytest.raises(InvalidInput, match="not supported") as refused:
        metric_plan(parse_metric(retention))
    assert (refused.value.code, refused.value.attr) == ("not_supported", "metric")


# Where the rows are


def test_a_plan_is_told_where_its_rows_are() -> None:
    plan = MeanPlan(source=SOURCE)
    assert names_tables(plan)
    assert not names_tables(())
    assert with_tables(plan, {"orders": STORED}) == MeanPlan(source=replace(SOURCE, stored=STORED))


@pytest.mark.parametrize(
    ("changes", "code", "attr"),
    [
        ({"table": "Orders"}, "table_does_not_exist", "table_name"),
        ({"timestamp_field": "AT"}, "column_does_not_exist", "timestamp_field"),
        ({"table_join_key": "c1"}, "column_does_not_exist", "data_warehouse_join_key"),
        ({"timestamp_field": "customer"}, "column_is_no_time", "timestamp_field"),
    ],
)
def test_a_table_that_lacks_something_is_refused(
    changes: dict[str, str], code: str, attr: str
) -> None:
    plan = MeanPlan(
        source=WarehouseSource(
            table=changes.get("table", "orders"),
            timestamp_field=changes.get("timestamp_field", "at"),
            joined_by=SOURCE.joined_by,
            table_join_key=changes.get("table_join_key", "customer"),
        )
    )
    with pytest.raises(InvalidInput) as refused:
        with_tables(plan, {"orders": STORED})
    assert (refused.value.code, refused.value.attr) == (code, attr)
