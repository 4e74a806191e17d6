"""What a metric reads before any experiment has it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.ahead.preview import (
    PREVIEWED,
    Bin,
    PreviewPlan,
    edges_of,
    preview,
    preview_plan,
    reach_plans,
)
from splitplot.experiments.plan import MeanPlan, VariantSummary
from splitplot.filters.model import JsonValue, Properties
from tests.factories import a_project

NOW = datetime(2025, 3, 10, 12, 30, tzinfo=UTC)
BUY: Properties = {"kind": "EventsNode", "event": "buy"}
AMOUNT: Properties = {**BUY, "math": "sum", "math_property": "amount"}


def a_metric(metric_type: str = "mean", **members: JsonValue) -> Properties:
    return {"kind": "ExperimentMetric", "metric_type": metric_type, **members}


def plan_of(metric: Properties, *, event: str | None = None) -> PreviewPlan:
    return preview_plan(metric, event=event, project=a_project(), now=NOW)


def sums(count: int, total: float, squares: float = 0.0) -> VariantSummary:
    return VariantSummary(variant="everybody", count=count, sum=total, sum_squares=squares)


def test_everybody_of_the_last_weeks_is_asked_about() -> None:
    plan = plan_of(a_metric(source=BUY), event="visit")
    exposure = plan.summary.exposure
    assert (exposure.start, exposure.end) == (NOW - PREVIEWED, NOW)
    assert exposure.ignores_variants
    assert exposure.source.event == "visit"
    assert timedelta(days=28) == PREVIEWED


def test_what_is_no_metric_is_refused() -> None:
    with pytest.raises(InvalidInput):
        plan_of(a_metric("median", source=BUY))


def test_capping_does_not_hide_how_values_are_distributed() -> None:
    plan = plan_of(a_metric(source=AMOUNT, upper_bound_percentile=0.9))
    assert plan.above_zero is not None
    (reach,) = reach_plans(plan, [5.0])
    assert isinstance(reach.metric, MeanPlan)
    assert (reach.metric.threshold, reach.metric.winsorization) == (5.0, None)


def test_only_a_number_per_unit_has_a_distribution() -> None:
    funnel = plan_of(a_metric("funnel", series=[BUY]))
    assert funnel.above_zero is None
    assert reach_plans(funnel, [1.0]) == ()
    assert plan_of(a_metric(source=BUY, threshold=2)).above_zero is None


@pytest.mark.parametrize(
    ("source", "total", "units", "expected"),
    [
        (AMOUNT, 400.0, 10, (5, 10, 20, 50, 100, 200)),
        (AMOUNT, 4.0, 10, (0.05, 0.1, 0.2, 0.5, 1, 2)),
        (BUY, 20.0, 10, (1, 2, 5, 10)),
        (BUY, 0.0, 0, ()),
        (AMOUNT, -5.0, 3, ()),
        (AMOUNT, 1e300, 3, ()),
        (AMOUNT, float("inf"), 3, ()),
        (AMOUNT, 1e-300, 3, ()),
    ],
)
def test_values_are_divided_at_round_numbers(
    source: Properties, total: float, units: int, expected: tuple[float, ...]
) -> None:
    plan = plan_of(a_metric(source=source))
    assert edges_of(plan, sums(100, total), units) == pytest.approx(expected)


def test_a_mean_has_value_zeros_and_bins() -> None:
    plan = plan_of(a_metric(source=AMOUNT))
    found = preview(
        plan,
        sums(10, 30.0, 250.0),
        above_zero=4,
        edges=(5.0, 10.0),
        reached=(3, 1),
    )
    assert (found.units, found.value, found.zero_share) == (10, 3.0, 0.6)
    assert found.deviation == pytest.approx((160 / 9) ** 0.5)
    assert found.bins == (
        Bin(start=None, end=0.0, units=6),
        Bin(start=0.0, end=5.0, units=1),
        Bin(start=5.0, end=10.0, units=2),
        Bin(start=10.0, end=None, units=1),
    )
    assert found.reason is None


def test_nobody_is_between_nothing_and_one_event() -> None:
    plan = plan_of(a_metric(source=BUY))
    found = preview(plan, sums(10, 9.0), above_zero=6, edges=(1.0, 2.0), reached=(6, 3))
    assert [(one.start, one.units) for one in found.bins] == [(None, 4), (1.0, 3), (2.0, 3)]


def test_all_zero_is_a_value_without_bins() -> None:
    found = preview(plan_of(a_metric(source=BUY)), sums(10, 0.0), above_zero=0)
    assert (found.value, found.zero_share, found.bins) == (0, 1, ())


def test_a_funnel_tells_its_steps() -> None:
    plan = plan_of(a_metric("funnel", series=[BUY, BUY]))
    found = preview(plan, replace(sums(10, 2, 2), step_counts=(5, 2)), above_zero=None)
    assert (found.value, found.zero_share, found.step_counts) == (0.2, 0.8, (5, 2))


def test_a_ratio_may_have_nothing_to_divide_by() -> None:
    plan = plan_of(a_metric("ratio", numerator=AMOUNT, denominator=BUY))
    nothing = replace(sums(10, 5), denominator_sum=0, denominator_sum_squares=0, product_sum=0)
    found = preview(plan, nothing, above_zero=None)
    assert found.value is None
    assert found.reason is not None
    some = replace(sums(10, 5), denominator_sum=10, denominator_sum_squares=20, product_sum=3)
    found = preview(plan, some, above_zero=None)
    assert (found.value, found.zero_share) == (0.5, None)


def test_without_units_there_is_a_reason() -> None:
    found = preview(plan_of(a_metric(source=BUY)), sums(0, 0), above_zero=0)
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "no_units"
