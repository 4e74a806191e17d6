"""How fast results are computed, against hand-written SQL on a table of typed columns.

Ours is everything that a result asks of the event store: compile the plan, run it, read
the answer. The reference table holds the same ten or fifty million events in the columns
that the questions need and nothing else; the answers are compared before anything is timed.
A page of many metrics is measured against one of them.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import duckdb

from benchmarks.measuring import Measurement, alternating, median_seconds
from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.errors import InvalidInput
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
    Winsorization,
)
from splitplot.ports.event_store import AppendBatch, ProjectEvent

PROJECT = ProjectId(1)
START = datetime(2025, 3, 1, tzinfo=UTC)
END = datetime(2025, 3, 15, tzinfo=UTC)
WINDOW = timedelta(days=3)

# A million persons are exposed, once each, so that the short query below asks the same as
# a funnel does. Of all other events one in ten is a purchase and two look at a product.
EXPOSED = 1_000_000
GENERATE = """
    CREATE TEMP VIEW generated AS SELECT
        i AS seq,
        CASE
            WHEN i % {every} = 0 THEN '$feature_flag_called'
            WHEN kind < 10 THEN 'purchase'
            WHEN kind < 30 THEN 'product_viewed'
            WHEN kind < 36 THEN 'add_to_cart'
            WHEN kind < 40 THEN 'checkout_started'
            WHEN kind < 45 THEN 'search'
            WHEN kind < 46 THEN 'signup'
            WHEN kind < 47 THEN 'invited'
            WHEN kind < 48 THEN 'support_opened'
            WHEN kind < 49 THEN 'app_opened'
            ELSE '$pageview'
        END AS name,
        CASE i % {every} WHEN 0 THEN i // {every} ELSE hash(i) % {persons} END AS person,
        (hash(person)::UHUGEINT * 18446744073709551557)::UUID AS person_id,
        TIMESTAMP '2025-03-01' + to_microseconds(i * {microseconds}) AS moment,
        CASE WHEN i % {every} = 0 THEN 'checkout' END AS flag,
        CASE WHEN i % {every} = 0 THEN
            CASE hash(i, 'variant') % 2 WHEN 0 THEN 'control' ELSE 'test' END
        END AS variant,
        CASE WHEN i % {every} <> 0 AND kind < 10 THEN
            (hash(i, 'amount') % 10000) / 100.0
        END AS amount
    FROM (SELECT i, hash(i, 'kind') % 100 AS kind FROM range({events}) AS numbers (i))
"""
FILL_REFERENCE = """
    CREATE TABLE plain AS SELECT
        person_id AS person, name, timestamp AS moment, flag_key AS flag,
        flag_response AS variant, number_0 AS amount
    FROM store.events
"""
# The first property that is a number has its values in the column `number_0`.
FILL_STORE = """
    INSERT INTO events BY NAME SELECT
        seq + 2 AS seq, 1 AS project_id, uuid() AS uuid, name, person::VARCHAR AS distinct_id,
        person_id, moment AS timestamp, false AS is_personless,
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
    return [measured for millions in (10, 50) for measured in _run(millions)]


def _run(millions: int) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        _fill_store(path / "events.duckdb", events=millions * 1_000_000)
        reference = _reference(path / "plain.duckdb", events=path / "events.duckdb")
        store = DuckDBEventStore(path / "events.duckdb")
        try:
            compared = [
                _compare(question, store, reference, millions=millions) for question in QUESTIONS
            ]
            return [*compared, *_page(store, millions=millions)]
        finally:
            store.close()
            reference.close()


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    plan: SummaryPlan
    sql: str


EXPOSURE = ExposurePlan(
    project_id=PROJECT,
    start=START,
    end=END,
    flag_key="checkout",
    source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
    variants=("control", "test"),
)


def _total(name: str, *, at_least: float | None = None) -> MeanPlan:
    return MeanPlan(source=EventSource(event=name), window=WINDOW, threshold=at_least)


def _funnel(*names: str) -> FunnelPlan:
    return FunnelPlan(steps=tuple(EventSource(event=name) for name in names), window=WINDOW)


def _retention(start: str | None, completion: str, *, days: tuple[int, int]) -> RetentionPlan:
    return RetentionPlan(
        start=None if start is None else EventSource(event=start),
        completion=EventSource(event=completion),
        clock=RetentionClock.DAYS,
        earliest=timedelta(days=days[0]),
        latest=timedelta(days=days[1]),
    )


REVENUE = MeanPlan(
    source=EventSource(event="purchase"),
    math=ValueMath.SUM,
    value_property="amount",
    window=WINDOW,
)
PURCHASES, VIEWS = _total("purchase"), _total("product_viewed")
FUNNEL_OF_TWO = _funnel("product_viewed", "purchase")
RETURNS = _retention("product_viewed", "purchase", days=(1, 3))
REVENUE_PER_VIEW = RatioPlan(numerator=REVENUE, denominator=VIEWS)
QUESTIONS = tuple(
    _Question(name, SummaryPlan(exposure=EXPOSURE, metric=metric), sql)
    for name, metric, sql in (
        ("mean metric", REVENUE, MEAN),
        ("funnel of two steps", FUNNEL_OF_TWO, FUNNEL),
        ("ratio metric", REVENUE_PER_VIEW, RATIO),
        ("retention", RETURNS, RETENTION),
    )
)
# What an experiment of a shop might look at: twenty metrics of nine kinds of events.
PAGE = tuple(
    SummaryPlan(exposure=EXPOSURE, metric=metric)
    for metric in (
        REVENUE,
        replace(REVENUE, math=ValueMath.AVG),
        replace(REVENUE, winsorization=Winsorization(upper=0.99)),
        PURCHASES,
        VIEWS,
        _total("search"),
        _total("support_opened"),
        _total("add_to_cart"),
        _total("purchase", at_least=1),
        _total("product_viewed", at_least=3),
        _total("signup", at_least=1),
        _total("invited", at_least=1),
        FUNNEL_OF_TWO,
        _funnel("checkout_started", "purchase"),
        _funnel("product_viewed", "add_to_cart", "purchase"),
        _funnel("search", "product_viewed", "add_to_cart", "purchase"),
        REVENUE_PER_VIEW,
        RatioPlan(numerator=REVENUE, denominator=PURCHASES),
        _retention(None, "app_opened", days=(1, 7)),
        RETURNS,
    )
)


def _page(store: DuckDBEventStore, *, millions: int) -> list[Measurement]:
    together = store.summarize_all(PAGE)
    for plan, summed in zip(PAGE, together, strict=True):
        assert not isinstance(summed, InvalidInput)
        alone = [_numbers(summary) for summary in store.summarize(plan)]
        assert [_numbers(summary) for summary in summed.summaries] == alone, plan.metric
    page, one = alternating(
        partial(_seconds, lambda: store.summarize_all(PAGE)),
        partial(_seconds, lambda: store.summarize(PAGE[0])),
        repeats=_repeats(millions),
    )
    claim = f"a page of {len(PAGE)} metrics, {millions} million events"
    measured = [
        Measurement(
            claim=f"{claim}, against one mean", ours=page, reference=one, unit="s", goal="<= 3"
        )
    ]
    if millions > 10:
        measured.append(
            Measurement(
                claim=f"{claim}, against two seconds", ours=page, reference=2, unit="s", goal="<= 1"
            )
        )
    return measured


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _compare(
    question: _Question,
    store: DuckDBEventStore,
    reference: duckdb.DuckDBPyConnection,
    *,
    millions: int,
) -> Measurement:
    ours = [_numbers(summary) for summary in store.summarize(question.plan)]
    theirs = reference.execute(question.sql).fetchall()
    assert ours == [(name, *map(round, numbers)) for name, *numbers in theirs], (ours, theirs)
    return Measurement(
        claim=f"{question.name}, {millions} million events, against hand-written SQL",
        ours=median_seconds(lambda: store.summarize(question.plan), repeats=_repeats(millions)),
        reference=median_seconds(
            lambda: reference.execute(question.sql).fetchall(), repeats=_repeats(millions)
        ),
        unit="s",
        goal="<= 2",
    )


def _repeats(millions: int) -> int:
    """Fewer of what takes long."""
    return 3 if millions > 10 else 5


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


def _reference(path: Path, *, events: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(path)
    connection.execute(f"ATTACH '{events}' AS store (READ_ONLY)")
    connection.execute(FILL_REFERENCE)
    connection.execute("DETACH store")
    return connection


def _fill_store(path: Path, *, events: int) -> None:
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
    every = events // EXPOSED
    span = timedelta(days=13, hours=21, minutes=20)
    with duckdb.connect(path) as connection:
        connection.execute(
            GENERATE.format(
                events=events,
                every=every,
                # Ten events of each person.
                persons=events // 10,
                microseconds=span // timedelta(microseconds=1) // events,
            )
        )
        connection.execute(FILL_STORE)


if __name__ == "__main__":
    for measured in run():
        print(f"{measured.claim}: {measured.ratio:.2f} ({measured.ours:.3f} s)")
