"""How fast results are computed, against hand-written SQL on a table of typed columns.

Ours is everything that a result asks of the event store: compile the plan, run it, read
the answer. The reference table holds the same ten million events in the columns that the
questions need and nothing else; the answers are compared before anything is timed.
"""

import tempfile
from collections.abc import Callable
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
    SummaryPlan,
    ValueMath,
    VariantSummary,
)
from splitplot.ports.event_store import AppendBatch, ProjectEvent

EVENTS = 10_000_000
PERSONS = 1_000_000
PROJECT = ProjectId(1)
START = datetime(2025, 3, 1, tzinfo=UTC)
END = datetime(2025, 3, 15, tzinfo=UTC)
WINDOW = timedelta(days=3)

# Of ten events one exposes, two are purchases and two look at a product. Every person is
# exposed at most once, so that the short query below asks the same as a funnel does.
GENERATED = f"""
    SELECT
        i AS seq,
        CASE i % 10
            WHEN 0 THEN '$feature_flag_called'
            WHEN 1 THEN 'purchase' WHEN 2 THEN 'purchase'
            WHEN 3 THEN 'product_viewed' WHEN 4 THEN 'product_viewed'
            ELSE '$pageview'
        END AS name,
        CASE i % 10 WHEN 0 THEN i // 10 ELSE hash(i) % {PERSONS} END AS person,
        TIMESTAMP '2025-03-01' + to_microseconds(i * 120000) AS timestamp,
        CASE WHEN i % 10 = 0 THEN 'checkout' END AS flag_key,
        CASE WHEN i % 10 = 0 THEN
            CASE hash(i, 'variant') % 2 WHEN 0 THEN 'control' ELSE 'test' END
        END AS flag_response,
        CASE WHEN i % 10 IN (1, 2) THEN (hash(i, 'amount') % 10000) / 100.0 END AS amount
    FROM range({EVENTS}) AS numbers (i)
"""

EXPOSED = """
    exposed AS (
        SELECT person, min(at) AS first, min(variant) AS variant
        FROM plain
        WHERE name = '$feature_flag_called' AND flag = 'checkout'
            AND variant IN ('control', 'test')
            AND at BETWEEN '2025-03-01' AND '2025-03-15'
        GROUP BY person HAVING min(variant) = max(variant)
    )
"""
MEAN = f"""
    WITH {EXPOSED}, valued AS (
        SELECT e.person, sum(coalesce(p.amount, 0)) AS value
        FROM exposed e JOIN plain p ON p.person = e.person
            AND p.at >= e.first AND p.at < e.first + INTERVAL 3 DAY
        WHERE p.name = 'purchase' AND p.at >= '2025-03-01' AND p.at < '2025-03-18'
        GROUP BY e.person
    )
    SELECT variant, count(*), coalesce(sum(value), 0), coalesce(sum(value * value), 0)
    FROM exposed LEFT JOIN valued USING (person) GROUP BY variant ORDER BY variant
"""
FUNNEL = f"""
    WITH {EXPOSED}, viewed AS (
        SELECT e.person, any_value(e.first) AS first, min(p.at) AS at
        FROM exposed e JOIN plain p ON p.person = e.person
            AND p.at >= e.first AND p.at <= e.first + INTERVAL 3 DAY
        WHERE p.name = 'product_viewed' AND p.at <= '2025-03-18' GROUP BY e.person
    ), bought AS (
        SELECT DISTINCT v.person
        FROM viewed v JOIN plain p ON p.person = v.person
            AND p.at >= v.at AND p.at <= v.first + INTERVAL 3 DAY
        WHERE p.name = 'purchase' AND p.at <= '2025-03-18'
    )
    SELECT variant, count(*), count(v.person), count(b.person)
    FROM exposed e LEFT JOIN viewed v USING (person) LEFT JOIN bought b USING (person)
    GROUP BY variant ORDER BY variant
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
    plans = {
        "mean metric, 10 million events": (revenue, MEAN, _mean_row),
        "funnel of two steps, 10 million events": (
            FunnelPlan(steps=steps, window=WINDOW),
            FUNNEL,
            _funnel_row,
        ),
    }
    return [
        _compare(claim, store, SummaryPlan(exposure=exposure, metric=metric), reference, sql, row)
        for claim, (metric, sql, row) in plans.items()
    ]


def _compare(
    claim: str,
    store: DuckDBEventStore,
    plan: SummaryPlan,
    reference: duckdb.DuckDBPyConnection,
    sql: str,
    row: Callable[[VariantSummary], tuple[object, ...]],
) -> Measurement:
    ours = [row(summary) for summary in store.summarize(plan)]
    theirs = [(name, *map(round, numbers)) for name, *numbers in reference.execute(sql).fetchall()]
    assert ours == theirs, f"{claim}: {ours} is not {theirs}"
    return Measurement(
        claim=claim,
        ours=median_seconds(lambda: store.summarize(plan)),
        reference=median_seconds(lambda: reference.execute(sql).fetchall()),
        unit="s",
        goal="<= 2",
    )


def _mean_row(summary: VariantSummary) -> tuple[object, ...]:
    return summary.variant, summary.count, round(summary.sum), round(summary.sum_squares)


def _funnel_row(summary: VariantSummary) -> tuple[object, ...]:
    return summary.variant, summary.count, *(summary.step_counts or ())


def _reference(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(path)
    connection.execute(
        "CREATE TABLE plain AS SELECT md5(person::VARCHAR)::UUID AS person, name, "
        "timestamp AS at, flag_key AS flag, flag_response AS variant, "
        f"amount::DOUBLE AS amount FROM ({GENERATED})"
    )
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
        properties={"amount": 1},  # the first property that is a number: `number_0`
    )
    store.append(AppendBatch(events=(ProjectEvent(project_id=PROJECT, event=first),)))
    store.close()
    with duckdb.connect(path) as connection:
        connection.execute(
            "INSERT INTO events BY NAME SELECT seq + 2 AS seq, 1 AS project_id, uuid() AS uuid, "
            "name, person::VARCHAR AS distinct_id, md5(person::VARCHAR)::UUID AS person_id, "
            "timestamp, false AS is_personless, flag_key, flag_response, amount AS number_0, "
            '\'{"$lib":"web","plan":"pro","amount":\' || coalesce(amount, 0) || \'}\' '
            f"AS properties FROM ({GENERATED})"
        )
    return DuckDBEventStore(path)


if __name__ == "__main__":
    for measured in run():
        print(f"{measured.claim}: {measured.ratio:.2f} ({measured.ours:.3f} s)")
