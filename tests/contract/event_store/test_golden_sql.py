"""The SQL that each engine is sent, kept as files and reviewed as differences.

`SPLITPLOT_UPDATE_SQL=1 pytest tests/contract/event_store/test_golden_sql.py` renews them.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import pytest

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.clickhouse_dialect import ClickHouseDialect
from splitplot.adapters.event_store.compile.counts import performers_query
from splitplot.adapters.event_store.compile.dialect import Dialect
from splitplot.adapters.event_store.compile.plans import query_of
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.adapters.event_store.duckdb_dialect import DuckDBDialect
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MultipleVariants,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SessionMeanPlan,
    SessionValue,
    SplitMeanPlan,
    SummaryPlan,
    TallyPlan,
    Touches,
    UnitProperty,
    ValueMath,
    Winsorization,
)
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.ports.event_store import PerformersPlan

FOLDER = Path(__file__).parents[2] / "cases" / "sql"
IS_UPDATING = os.environ.get("SPLITPLOT_UPDATE_SQL") == "1"
DIALECTS: Mapping[str, Dialect] = {
    "duckdb": DuckDBDialect({"amount": 3}),
    "clickhouse": ClickHouseDialect(),
}

EXPOSURE = ExposurePlan(
    project_id=ProjectId(7),
    start=datetime(2025, 3, 1, tzinfo=UTC),
    end=datetime(2025, 3, 15, 10, 30, 0, 250, tzinfo=UTC),
    flag_key="checkout",
    source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
    variants=("control", "test"),
)
CUSTOM = replace(
    EXPOSURE,
    source=EventSource(
        event="page",
        filters=(PropertyFilter(key="path", value=["/pay", "/buy"], kind=FilterKind.EVENT),),
    ),
    multiple_variants=MultipleVariants.FIRST_SEEN,
    group_type_index=0,
)
FILTERED = replace(
    EXPOSURE,
    unit_filters=(
        PropertyFilter(
            key="email",
            value="@example.org",
            operator=Operator.NOT_ICONTAINS,
            kind=FilterKind.PERSON,
        ),
        PropertyFilter(
            key="$app_version", value="2.0", operator=Operator.SEMVER_GTE, kind=FilterKind.EVENT
        ),
    ),
)
ACTIVATED = replace(
    EXPOSURE,
    activation=EventSource(event="opened"),
    exposed_by=datetime(2025, 3, 12, tzinfo=UTC),
)
BY_PLAN = replace(EXPOSURE, breakdown=Breakdown(properties=(UnitProperty(key="plan"),)))
REVENUE = MeanPlan(
    source=EventSource(event="purchase"),
    math=ValueMath.SUM,
    value_property="amount",
    window=timedelta(hours=72),
)
RETENTION = RetentionPlan(
    start=EventSource(event="signup"),
    completion=EventSource(event="back"),
    clock=RetentionClock.DAYS,
    earliest=timedelta(days=1),
    latest=timedelta(days=7),
)
STEPS = (EventSource(event="viewed"), EventSource(event="paid"))
ANY_STEPS = (EventSource(event=None), EventSource(event="paid"))

EXCLUDED = replace(
    EXPOSURE,
    unit_filters=(
        PropertyFilter(key="role", value="staff", kind=FilterKind.PERSON, negation=True),
    ),
)
AN_ACTION = EventSource(
    event=None,
    alternatives=(
        EventSource(
            event="purchase",
            filters=(PropertyFilter(key="plan", value="pro", kind=FilterKind.EVENT),),
        ),
        EventSource(
            event="$pageview",
            filters=(
                PropertyFilter(
                    key="$current_url",
                    value=r"/pay\-now",
                    operator=Operator.REGEX,
                    kind=FilterKind.EVENT,
                ),
            ),
        ),
    ),
)
BY_TOUCH = replace(
    EXPOSURE,
    breakdown=Breakdown(
        properties=(UnitProperty(key="$os"),),
        touches=Touches(
            sources=STEPS, takes_last=True, window=REVENUE.window, after_end=timedelta(hours=72)
        ),
    ),
)

PLANS: Mapping[str, SummaryPlan | ExposurePlan | TallyPlan | PerformersPlan] = {
    "exposures": EXPOSURE,
    "exposures_custom_of_groups": CUSTOM,
    "exposures_activated_and_matured": ACTIVATED,
    "mean_sum_in_window": SummaryPlan(exposure=EXPOSURE, metric=REVENUE),
    "mean_of_a_property_without_column": SummaryPlan(
        exposure=EXPOSURE, metric=replace(REVENUE, math=ValueMath.MAX, value_property="$load")
    ),
    "mean_winsorized": SummaryPlan(
        exposure=EXPOSURE,
        metric=replace(
            REVENUE, winsorization=Winsorization(lower=0.01, upper=0.99, ignore_zeros=True)
        ),
    ),
    "mean_threshold_of_sessions_first_seen_by_group": SummaryPlan(
        exposure=CUSTOM,
        metric=MeanPlan(
            source=EventSource(event=None), math=ValueMath.UNIQUE_SESSION, threshold=2.0
        ),
    ),
    "mean_of_merged_persons_without_test_accounts": SummaryPlan(
        exposure=FILTERED, metric=MeanPlan(source=EventSource(event="purchase"))
    ),
    "mean_with_a_covariate": SummaryPlan(
        exposure=EXPOSURE, metric=replace(REVENUE, lookback=timedelta(days=14))
    ),
    "mean_winsorized_by_value": SummaryPlan(
        exposure=BY_PLAN,
        metric=replace(REVENUE, winsorization=Winsorization(upper=0.99, ignore_zeros=True)),
    ),
    "mean_first_seen_of_merged_persons_by_their_properties": SummaryPlan(
        exposure=replace(
            ACTIVATED,
            multiple_variants=MultipleVariants.FIRST_SEEN,
            breakdown=Breakdown(
                properties=(
                    UnitProperty(key="$os"),
                    UnitProperty(key="country", is_of_person=True),
                )
            ),
        ),
        metric=MeanPlan(source=EventSource(event="purchase")),
    ),
    "mean_of_an_action_without_excluded_persons": SummaryPlan(
        exposure=EXCLUDED, metric=MeanPlan(source=AN_ACTION)
    ),
    "mean_of_sessions": SummaryPlan(
        exposure=EXPOSURE,
        metric=SessionMeanPlan(
            source=EventSource(event="purchase"),
            value=SessionValue.DURATION,
            math=ValueMath.AVG,
            window=REVENUE.window,
        ),
    ),
    "mean_split_by_a_property_of_its_events": SummaryPlan(
        exposure=EXPOSURE,
        metric=SplitMeanPlan(
            source=EventSource(event="purchase"),
            property=UnitProperty(key="item"),
            math=REVENUE.math,
            value_property="amount",
            window=REVENUE.window,
        ),
    ),
    "funnel_ordered_by_the_last_steps_value": SummaryPlan(
        exposure=BY_TOUCH, metric=FunnelPlan(steps=STEPS, window=timedelta(days=1))
    ),
    "funnel_ordered_with_a_covariate_by_value": SummaryPlan(
        exposure=BY_PLAN,
        metric=FunnelPlan(steps=STEPS, window=timedelta(days=1), lookback=timedelta(days=14)),
    ),
    "funnel_ordered": SummaryPlan(
        exposure=EXPOSURE, metric=FunnelPlan(steps=STEPS, window=timedelta(days=1))
    ),
    "funnel_ordered_with_overlapping_steps": SummaryPlan(
        exposure=EXPOSURE, metric=FunnelPlan(steps=ANY_STEPS, window=timedelta(days=1))
    ),
    "funnel_unordered": SummaryPlan(
        exposure=EXPOSURE,
        metric=FunnelPlan(steps=STEPS, window=timedelta(days=1), order=FunnelOrder.UNORDERED),
    ),
    "ratio_in_window": SummaryPlan(
        exposure=EXPOSURE,
        metric=RatioPlan(
            numerator=REVENUE,
            denominator=MeanPlan(source=EventSource(event="visit"), window=REVENUE.window),
        ),
    ),
    "ratio_of_one_event_winsorized": SummaryPlan(
        exposure=EXPOSURE,
        metric=RatioPlan(
            numerator=replace(REVENUE, winsorization=Winsorization(upper=0.99)),
            denominator=replace(REVENUE, math=ValueMath.TOTAL, value_property=None),
        ),
    ),
    "retention_in_days_of_new_york": SummaryPlan(exposure=EXPOSURE, metric=RETENTION),
    "retention_of_one_event_from_the_last_start": SummaryPlan(
        exposure=EXPOSURE,
        metric=replace(
            RETENTION,
            completion=EventSource(event="signup"),
            clock=RetentionClock.ELAPSED,
            takes_last_start=True,
            window=timedelta(days=3),
            started_by=datetime(2025, 3, 12, tzinfo=UTC),
        ),
    ),
    "retention_of_all_exposed_in_hours": SummaryPlan(
        exposure=EXPOSURE,
        metric=replace(RETENTION, start=None, clock=RetentionClock.HOURS, counts_all_exposed=True),
    ),
    "tally_of_exposures": TallyPlan(carriers=EXPOSURE),
    "tally_of_values_by_group": TallyPlan(carriers=CUSTOM, value_property="amount"),
    "performers": PerformersPlan(
        project_id=EXPOSURE.project_id, source=EventSource(event="purchase"), as_of=EXPOSURE.end
    ),
    "performers_who_arrived_lately_and_were_merged": PerformersPlan(
        project_id=EXPOSURE.project_id,
        source=CUSTOM.source,
        since=EXPOSURE.start,
        until=EXPOSURE.end,
        after=1_741_000_000_000_000,
        as_of=EXPOSURE.end,
    ),
}


@pytest.mark.parametrize("engine", DIALECTS)
@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_sent_as_the_reviewed_sql(engine: str, name: str) -> None:
    plan = PLANS[name]
    scope = Scope(
        dialect=DIALECTS[engine],
        project_id=EXPOSURE.project_id,
        has_mappings="merged" in name,
        as_of=EXPOSURE.end,
        # Where clocks are set forward on 9 March.
        zone=ZoneInfo("America/New_York") if "new_york" in name else UTC,
        read_texts=lambda _query: ["1.9.1", "2.0.0", "2.1"],
        most_texts=10,
    )
    if isinstance(plan, PerformersPlan):
        query = performers_query(plan, scope)
    else:
        query = query_of(plan, scope)
    sql = f"{ibis.to_sql(query, dialect=engine)}\n"

    path = FOLDER / engine / f"{name}.sql"
    if IS_UPDATING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == sql


def test_every_reviewed_file_belongs_to_a_plan() -> None:
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.sql")}

    assert files == {f"{engine}/{name}.sql" for engine in DIALECTS for name in PLANS}
