"""How fast results are computed, against hand-written SQL on a table of typed columns.

Ours is everything that a result asks of the event store: compile the plan, run it, read
the answer. The reference table holds the same ten million events in the columns that the
questions need and nothing else; the answers are compared before anything is timed.
"""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb

from benchmarks.measuring import Measurement, median_seconds
from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    EventSource,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SummaryPlan,
    ValueMath,
    VariantSummary,
)
from splitplot.ports.event_store import AppendBatch, ProjectEvent

PROJECT = ProjectId(1)
START = datetime(2025, 3, 1, tzinfo=UTC)
END = datetime(2025, 3, 15, tzinfo=UTC)
WINDOW = timedelta(days=3)

# Of ten million events of a million persons, one in ten exposes, two are purchases and two
# look at a product. Every person is exposed once, so that the short query below asks the
# same as a funnel does.
GENERATE = """
    CREATE TEMP VIEW generated AS SELECT
        i AS seq,
        CASE i % 10
            WHEN 0 THEN '$feature_flag_called'
            WHEN 1 THEN 'purchase' WHEN 2 THEN 'purchase'
            WHEN 3 THEN 'product_viewed' WHEN 4 THEN 'product_viewed'
            ELSE '$pageview'
        END AS name,
        CASE i % 10 WHEN 0 THEN i // 10 ELSE hash(i) % 1000000 END AS person,
        TIMESTAMP '2025-03-01' + to_microseconds(i * 120000) AS moment,
        CASE WHEN i % 10 = 0 THEN 'checkout' END AS flag,
        CASE WHEN i % 10 = 0 THEN
            CASE hash(i, 'variant') % 2 WHEN 0 THEN 'control' ELSE 'test' END
        END AS variant,
        CASE WHEN i % 10 IN (1, 2) THEN (hash(i, 'amount') % 10000) / 100.0 END AS amount
    FROM range(10000000) AS numbers (i)
"""
FILL_REFERENCE = """
    CREATE TABLE plain AS SELECT
        md5(person::VARCHAR)::UUID AS person, name, moment, flag, variant,
        amount::DOUBLE AS amount
    FROM generated
"""
# The first property that is a number has its values in the column `number_0`.
FILL_STORE = """
    INSERT INTO events BY NAME SELECT
        seq + 2 AS seq, 1 AS project_id, uuid() AS uuid, name, person::VARCHAR AS distinct_id,
        md5(person::VARCHAR)::UUID AS person_id, moment AS timestamp, false AS is_personless,
        flag AS flag_key, variant AS flag_response, amount AS number_0,
        '{"$lib":"web","amount":' || coalesce(amount, 0) || ',"plan":"pro"}' AS properties
    FROM generated
"""

MEAN = """
    WITH exposed AS (
        SELECT person, min(moment) AS first, min(variant) AS variant
        FROM plain
        WHERE name = '$feature_flag_called' AND flag = 'checkout'
            AND variant IN ('control', 'test')
            AND moment BETWEEN '2025-03-01' AND '2025-03-15'
        GROUP BY person HAVING min(variant) = max(variant)
    ), valued AS (
        SELECT e.person, sum(coalesce(p.amount, 0)) AS value
        FROM exposed e JOIN plain p ON p.person = e.person
            AND p.moment >= e.first AND p.moment < e.first + INTERVAL 3 DAY
        WHERE p.name = 'purchase' AND p.moment >= '2025-03-01' AND p.moment < '2025-03-18'
        GROUP BY e.person
    )
    SELECT variant, count(*), coalesce(sum(value), 0), coalesce(sum(value * value), 0)
    FROM exposed LEFT JOIN valued USING (person) GROUP BY variant ORDER BY variant
"""
FUNNEL = """
    WITH exposed AS (
        SELECT person, min(moment) AS first, min(variant) AS variant
        FROM plain
        WHERE name = '$feature_flag_called' AND flag = 'checkout'
            AND variant IN ('control', 'test')
            AND moment BETWEEN '2025-03-01' AND '2025-03-15'
        GROUP BY person HAVING min(variant) = max(variant)
    ), viewed AS (
        SELECT e.person, any_value(e.first) AS first, min(p.moment) AS moment
        FROM exposed e JOIN plain p ON p.person = e.person
            AND p.moment >= e.first AND p.moment <= e.first + INTERVAL 3 DAY
        WHERE p.name = 'product_viewed' AND p.moment <= '2025-03-18' GROUP BY e.person
    ), bought AS (
        SELECT DISTINCT v.person
        FROM viewed v JOIN plain p ON p.person = v.person
            AND p.moment >= v.moment AND p.moment <= v.first + INTERVAL 3 DAY
        WHERE p.name = 'purchase' AND p.moment <= '2025-03-18'
    )
    SELECT variant, count(*), count(v.person), count(b.person)
    FROM exposed e LEFT JOIN viewed v USING (person) LEFT JOIN bought b USING (person)
    GROUP BY variant ORDER BY variant
"""
RATIO = """
    WITH exposed AS (
        SELECT person, min(moment) AS first, min(variant) AS variant
        FROM plain
        WHERE name = '$feature_flag_called' AND flag = 'checkout'
            AND variant IN ('control', 'test')
            AND moment BETWEEN '2025-03-01' AND '2025-03-15'
        GROUP BY person HAVING min(variant) = max(variant)
    ), valued AS (
        SELECT e.person, sum(coalesce(p.amount, 0)) FILTER (p.name = 'purchase') AS revenue,
            count(*) FILTER (p.name = 'product_viewed') AS views
        FROM exposed e JOIN plain p ON p.person = e.person
            AND p.moment >= e.first AND p.moment < e.first + INTERVAL 3 DAY
        WHERE p.name IN ('purchase', 'product_viewed')
            AND p.moment >= '2025-03-01' AND p.moment < '2025-03-18'
        GROUP BY e.person
    ), sides AS (
        SELECT variant, coalesce(revenue, 0) AS m, coalesce(views, 0) AS d
        FROM exposed LEFT JOIN valued USING (person)
    )
    SELECT variant, count(*), sum(m), sum(m * m), sum(d), sum(d * d), sum(m * d)
    FROM sides GROUP BY variant ORDER BY variant
"""
RETENTION = """
    WITH exposed AS (
        SELECT person, min(moment) AS first, min(variant) AS variant
        FROM plain
        WHERE name = '$feature_flag_called' AND flag = 'checkout'
            AND variant IN ('control', 'test')
            AND moment BETWEEN '2025-03-01' AND '2025-03-15'
        GROUP BY person HAVING min(variant) = max(variant)
    ), started AS (
        SELECT e.person, any_value(e.variant) AS variant, min(p.moment) AS moment
        FROM exposed e JOIN plain p ON p.person = e.person AND p.moment >= e.first
        WHERE p.name = 'product_viewed' AND p.moment >= '2025-03-01' AND p.moment < '2025-03-15'
        GROUP BY e.person
    ), returned AS (
        SELECT DISTINCT s.person
        FROM started s JOIN plain p ON p.person = s.person AND p.moment >= s.moment
            AND date_diff('day', s.moment, p.moment) BETWEEN 1 AND 3
        WHERE p.name = 'purchase' AND p.moment >= '2025-03-01' AND p.moment < '2025-03-18'
    )
    SELECT variant, count(*), count(r.person)
    FROM started LEFT JOIN returned r USING (person) GROUP BY variant ORDER BY variant
"""


def run() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        reference = _reference(path / "plain.duckdb")
        store = _filled_store(path / "events.duckdb")
        try:
            return _measure(store, reference)
        finally:
            store.close()
            reference.close()


def _measure(store: DuckDBEventStore, reference: duckdb.DuckDBPyConnection) -> list[Measurement]:
    exposure = ExposurePlan(
        project_id=PROJECT,
        start=START,
        end=END,
        flag_key="checkout",
        source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
        variants=("control", "test"),
    )
    revenue = MeanPlan(
        source=EventSource(event="purchase"),
        math=ValueMath.SUM,
        value_property="amount",
        window=WINDOW,
    )
    steps = (EventSource(event="product_viewed"), EventSource(event="purchase"))
    funnel = FunnelPlan(steps=steps, window=WINDOW)
    views = MeanPlan(source=steps[0], window=WINDOW)
    ratio = RatioPlan(numerator=revenue, denominator=views)
    retention = RetentionPlan(
        start=steps[0],
        completion=steps[1],
        clock=RetentionClock.DAYS,
        earliest=timedelta(days=1),
        latest=timedelta(days=3),
    )
    questions = (
        _Question("mean metric", SummaryPlan(exposure=exposure, metric=revenue), MEAN),
        _Question("funnel of two steps", SummaryPlan(exposure=exposure, metric=funnel), FUNNEL),
        _Question("ratio metric", SummaryPlan(exposure=exposure, metric=ratio), RATIO),
        _Question("retention", SummaryPlan(exposure=exposure, metric=retention), RETENTION),
    )
    return [_compare(question, store, reference) for question in questions]


def _compare(
    question: "_Question", store: DuckDBEventStore, reference: duckdb.DuckDBPyConnection
) -> Measurement:
    ours = [_numbers(summary) for summary in store.summarize(question.plan)]
    theirs = reference.execute(question.sql).fetchall()
    assert ours == [(name, *map(round, numbers)) for name, *numbers in theirs], (ours, theirs)
    return Measurement(
        claim=f"{question.name}, 10 million events, against hand-written SQL",
        ours=median_seconds(lambda: store.summarize(question.plan)),
        reference=median_seconds(lambda: reference.execute(question.sql).fetchall()),
        unit="s",
        goal="<= 2",
    )


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    plan: SummaryPlan
    sql: str


def _numbers(summary: VariantSummary) -> tuple[object, ...]:
    if summary.step_counts is not None:
        return summary.variant, summary.count, *summary.step_counts
    if summary.denominator_sum is not None and summary.denominator_sum != summary.count:
        under = summary.denominator_sum, summary.denominator_sum_squares, summary.product_sum
        sums = summary.sum, summary.sum_squares, *under
        return summary.variant, summary.count, *(round(number or 0) for number in sums)
    if summary.denominator_sum is not None:
        return summary.variant, summary.count, round(summary.sum)
    return summary.variant, summary.count, round(summary.sum), round(summary.sum_squares)


def _reference(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(path)
    connection.execute(GENERATE)
    connection.execute(FILL_REFERENCE)
    return connection


def _filled_store(path: Path) -> DuckDBEventStore:
    """A store of the product's own schema, filled from inside its file."""
    store = DuckDBEventStore(path)
    first = Event(
        uuid=UUID(int=1),
        name="first",
        distinct_id="ann",
        person_id=UUID(int=1),
        timestamp=START,
        properties={"amount": 1},
    )
    store.append(AppendBatch(events=(ProjectEvent(project_id=PROJECT, event=first),)))
    store.close()
    with duckdb.connect(path) as connection:
        connection.execute(GENERATE)
        connection.execute(FILL_STORE)
    return DuckDBEventStore(path)


if __name__ == "__main__":
    for measured in run():
        print(f"{measured.claim}: {measured.ratio:.2f} ({measured.ours:.3f} s)")
