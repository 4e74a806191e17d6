"""Ratio and retention metrics: from documents to plans, and from sums to results."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.documents import metric_document
from splitplot.experiments.judgement import Goal
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import (
    EventSource,
    MeanPlan,
    MetricPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    ValueMath,
    VariantSummary,
    Winsorization,
)
from splitplot.experiments.planning import ResultPlan, key_of, plan_result
from splitplot.experiments.results import (
    FrequentistStatistics,
    MetricKind,
    MetricResult,
    ValidationFailure,
    metric_result,
    stats_summary,
    validation_failures,
)
from splitplot.experiments.stats_config import read_stats_config
from splitplot.filters.model import JsonValue, Properties
from splitplot.stats import RatioSummary
from tests.factories import a_flag, a_project, an_experiment

START = datetime(2025, 3, 1, tzinfo=UTC)
END = datetime(2025, 3, 15, tzinfo=UTC)
NOW = datetime(2025, 3, 10, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)

BUY: Properties = {"kind": "EventsNode", "event": "buy"}
VISIT: Properties = {"kind": "EventsNode", "event": "visit"}
REVENUE: Properties = {**BUY, "math": "sum", "math_property": "amount"}
AN_ACTION: Properties = {"kind": "ActionsNode", "id": 3}
EXPOSURE: Properties = {"kind": "ExperimentExposureNode"}
THREE_DAYS: Properties = {"conversion_window": 3, "conversion_window_unit": "day"}


def ratio_of(numerator: Properties, denominator: Properties, **members: JsonValue) -> Properties:
    sides = {"numerator": numerator, "denominator": denominator}
    return {"kind": "ExperimentMetric", "metric_type": "ratio", **sides, **members}


def retention_of(**members: JsonValue) -> Properties:
    return {
        "kind": "ExperimentMetric",
        "metric_type": "retention",
        "start_event": VISIT,
        "completion_event": BUY,
        "retention_window_start": 1,
        "retention_window_end": 7,
        "retention_window_unit": "day",
        "start_handling": "first_seen",
        **members,
    }


def planned(
    metric: Properties,
    *,
    matured: bool = False,
    end_date: datetime | None = None,
    as_of: datetime = NOW,
    zone: str = "UTC",
) -> ResultPlan:
    experiment: Experiment = an_experiment(
        start_date=START, end_date=end_date, flag=a_flag(), only_count_matured_users=matured
    )
    return plan_result(experiment, metric, project=a_project(timezone=zone), as_of=as_of)


def plan_of(metric: Properties) -> MetricPlan:
    return planned(metric).summary.metric


# Plans


def test_a_ratio_has_two_sides_with_one_window() -> None:
    metric = ratio_of(
        REVENUE,
        VISIT,
        numerator_outlier_handling={"upper_bound_percentile": 0.99, "ignore_zeros": True},
        denominator_outlier_handling={"lower_bound_percentile": 0.01},
        **THREE_DAYS,
    )
    assert plan_of(metric) == RatioPlan(
        numerator=MeanPlan(
            source=EventSource(event="buy"),
            math=ValueMath.SUM,
            value_property="amount",
            window=3 * DAY,
            winsorization=Winsorization(upper=0.99, ignore_zeros=True),
        ),
        denominator=MeanPlan(
            source=EventSource(event="visit"),
            window=3 * DAY,
            winsorization=Winsorization(lower=0.01),
        ),
    )
    assert planned(metric).kind is MetricKind.RATIO


def test_groups_are_counted_by_their_type() -> None:
    groups: Properties = {**BUY, "math": "unique_group", "math_group_type_index": 0}
    plan = plan_of(ratio_of(BUY, groups))
    assert isinstance(plan, RatioPlan)
    assert plan.denominator == MeanPlan(
        source=EventSource(event="buy"), math=ValueMath.UNIQUE_GROUP, group_type_index=0
    )
    left_over = plan_of(ratio_of({**BUY, "math_group_type_index": 0}, groups))
    assert isinstance(left_over, RatioPlan)
    assert left_over.numerator == MeanPlan(source=EventSource(event="buy"))


def test_retention_has_a_start_a_return_and_the_time_between() -> None:
    metric = retention_of(start_handling="last_seen", count_all_exposed=True, **THREE_DAYS)
    assert plan_of(metric) == RetentionPlan(
        start=EventSource(event="visit"),
        completion=EventSource(event="buy"),
        clock=RetentionClock.DAYS,
        earliest=DAY,
        latest=7 * DAY,
        takes_last_start=True,
        window=3 * DAY,
        counts_all_exposed=True,
    )
    assert planned(metric).kind is MetricKind.RETENTION


@pytest.mark.parametrize(
    ("unit", "clock", "latest"),
    [
        ("second", RetentionClock.ELAPSED, timedelta(seconds=7)),
        ("minute", RetentionClock.ELAPSED, timedelta(minutes=7)),
        ("hour", RetentionClock.HOURS, timedelta(hours=7)),
        ("day", RetentionClock.DAYS, 7 * DAY),
        ("week", RetentionClock.ELAPSED, 49 * DAY),
        ("month", RetentionClock.ELAPSED, 210 * DAY),
    ],
)
def test_days_and_hours_are_read_off_the_clock(
    unit: str, clock: RetentionClock, latest: timedelta
) -> None:
    plan = plan_of(retention_of(retention_window_unit=unit))
    assert isinstance(plan, RetentionPlan)
    assert (plan.clock, plan.latest) == (clock, latest)


def test_the_exposure_itself_may_be_the_start() -> None:
    plan = plan_of(retention_of(start_event=EXPOSURE))
    assert isinstance(plan, RetentionPlan)
    assert plan.start is None


@pytest.mark.parametrize(
    "metric",
    [
        ratio_of(VISIT, {**BUY, "math": "sum", "math_property": "$session_duration"}),
    ],
)
def test_what_cannot_be_computed_is_refused(metric: Properties) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(metric)
    assert (refused.value.code, refused.value.attr) == ("not_supported", "metric")


def test_actions_are_sources_of_both_kinds() -> None:
    action = EventSource(event=None, action_id=3)
    ratio, retention = (
        plan_of(ratio_of(AN_ACTION, VISIT)),
        plan_of(retention_of(start_event=AN_ACTION, completion_event=AN_ACTION)),
    )
    assert isinstance(ratio, RatioPlan)
    assert isinstance(retention, RetentionPlan)
    assert ratio.numerator.source == action
    assert (retention.start, retention.completion) == (action, action)


# Matured units


def test_a_matured_unit_of_a_ratio_was_exposed_a_window_ago() -> None:
    plan = planned(ratio_of(BUY, VISIT, **THREE_DAYS), matured=True)
    assert plan.summary.exposure.exposed_by == NOW - 3 * DAY
    assert planned(ratio_of(BUY, VISIT), matured=True).summary.exposure.exposed_by is None


@pytest.mark.parametrize(
    ("unit", "started_by"),
    [("day", NOW - 7 * DAY + timedelta(hours=1)), ("hour", NOW - timedelta(hours=7))],
)
def test_a_matured_unit_started_a_retention_window_ago(unit: str, started_by: datetime) -> None:
    """New York sets its clocks forward on 9 March, so seven days before are an hour less."""
    metric = retention_of(retention_window_unit=unit)
    plan = planned(metric, matured=True, zone="America/New_York").summary
    assert isinstance(plan.metric, RetentionPlan)
    assert plan.metric.started_by == started_by
    assert plan.exposure.exposed_by is None
    assert plan_of(metric) == replace(plan.metric, started_by=None)


def test_of_all_exposed_those_are_matured_who_could_have_started_and_returned() -> None:
    metric = retention_of(count_all_exposed=True, **THREE_DAYS)
    plan = planned(metric, matured=True).summary
    assert isinstance(plan.metric, RetentionPlan)
    assert plan.metric.started_by is None
    assert plan.exposure.exposed_by == NOW - 10 * DAY
    without = planned(retention_of(count_all_exposed=True), matured=True).summary
    assert without.exposure.exposed_by == NOW - 7 * DAY


@pytest.mark.parametrize(
    ("as_of", "is_settled"),
    [(END + 11 * DAY - timedelta(seconds=1), False), (END + 11 * DAY, True)],
)
def test_in_the_end_everybody_is_matured(as_of: datetime, *, is_settled: bool) -> None:
    metric = retention_of(**THREE_DAYS)
    plan = planned(metric, matured=True, end_date=END, as_of=as_of)
    assert isinstance(plan.summary.metric, RetentionPlan)
    assert plan.is_settled is is_settled
    assert (plan.summary.metric.started_by is None) is is_settled
    later = planned(metric, matured=True, end_date=END, as_of=as_of + timedelta(milliseconds=1))
    assert key_of(plan) == key_of(later)


def test_matured_units_have_an_answer_of_their_own() -> None:
    assert key_of(planned(retention_of(), matured=True)) != key_of(planned(retention_of()))


# Results


def ratio(variant: str, count: int, total: float, under: float) -> VariantSummary:
    """As if every other unit had twice the average, and the rest nothing."""
    return VariantSummary(
        variant=variant,
        count=count,
        sum=total,
        sum_squares=2 * total**2 / count,
        denominator_sum=under,
        denominator_sum_squares=2 * under**2 / count,
        product_sum=1.5 * total * under / count,
    )


def result_of(*summaries: VariantSummary, kind: MetricKind) -> MetricResult:
    return metric_result(
        summaries,
        kind=kind,
        goal=Goal.INCREASE,
        config=read_stats_config({"method": "frequentist"}),
        baseline_key="control",
    )


CONTROL, TEST = ratio("control", 400, 900.0, 300.0), ratio("test", 380, 1100.0, 290.0)


def test_a_ratio_is_that_of_the_sums() -> None:
    summary = stats_summary(TEST, MetricKind.RATIO)
    assert summary == RatioSummary(
        count=380,
        sum=1100.0,
        sum_squares=2 * 1100.0**2 / 380,
        denominator_sum=290.0,
        denominator_sum_squares=2 * 290.0**2 / 380,
        product_sum=1.5 * 1100.0 * 290.0 / 380,
    )
    assert summary.value == 1100 / 290


def test_a_ratio_may_have_few_events_but_not_few_units() -> None:
    few = ratio("control", 49, 1.0, 1.0)
    assert validation_failures(few, kind=MetricKind.RATIO, is_baseline=True) == (
        ValidationFailure.NOT_ENOUGH_EXPOSURES,
    )
    nothing = ratio("control", 50, 0.0, 1.0)
    assert validation_failures(nothing, kind=MetricKind.RATIO, is_baseline=True) == (
        ValidationFailure.BASELINE_MEAN_IS_ZERO,
    )


def test_a_ratio_over_nothing_says_so() -> None:
    (variant,) = result_of(CONTROL, ratio("test", 380, 5.0, 0.0), kind=MetricKind.RATIO).variants
    assert variant.validation_failures == ()
    assert variant.statistics is None
    assert variant.failure_reason is not None
    assert variant.failure_reason.code == "zero_denominator"


def test_a_ratios_document_has_the_sums_of_both_sides() -> None:
    result = result_of(CONTROL, TEST, kind=MetricKind.RATIO)
    assert isinstance(result.variants[0].statistics, FrequentistStatistics)
    document = metric_document(ratio_of(BUY, VISIT), result, kind=MetricKind.RATIO, sql="SELECT 1")
    baseline = document["baseline"]
    assert isinstance(baseline, dict)
    assert baseline["denominator_sum"] == 300.0
    assert baseline["denominator_sum_squares"] == 450.0
    assert baseline["numerator_denominator_sum_product"] == 1012.5
    assert baseline["splitplot"] == {"value": 3.0, "steps": None}
