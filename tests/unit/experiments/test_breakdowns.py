"""The sums and results of breakdown values."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.documents import metric_document
from splitplot.experiments.judgement import FamilyScope, Goal
from splitplot.experiments.metric_plans import split_plan
from splitplot.experiments.metrics import parse_metric
from splitplot.experiments.metrics.breakdowns import (
    parts_of,
    read_breakdown,
    whole_of,
    with_breakdowns,
    with_touches,
)
from splitplot.experiments.plan import (
    NO_VALUE,
    OTHER_VALUES,
    EventSource,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SplitMeanPlan,
    Touches,
    UnitProperty,
    ValueMath,
    VariantSummary,
)
from splitplot.experiments.results import MetricKind, MetricResult, metric_result
from splitplot.experiments.sources.warehouse import WarehouseSource, read_join_key
from splitplot.experiments.stats_config import FrequentistSettings, StatsConfig
from splitplot.filters.model import JsonValue
from splitplot.stats import Correction


def sums(variant: str, value: str, count: int, *, total: float = 0.0) -> VariantSummary:
    return VariantSummary(
        variant=variant,
        count=count,
        sum=total,
        sum_squares=total * total / count + count if count else 0.0,
        breakdown=(value,),
    )


def pair(
    value: str, control: int, test: int, *, totals: tuple[float, float] = (0, 0)
) -> list[VariantSummary]:
    return [
        sums("control", value, control, total=totals[0]),
        sums("test", value, test, total=totals[1]),
    ]


def result_of(
    summaries: list[VariantSummary], *, config: StatsConfig | None = None
) -> MetricResult:
    return metric_result(
        summaries,
        kind=MetricKind.MEAN,
        goal=Goal.INCREASE,
        config=config or StatsConfig(settings=FrequentistSettings()),
        baseline_key="control",
    )


def test_values_with_more_units_come_first_and_the_joined_ones_last() -> None:
    summaries = [
        *pair(OTHER_VALUES, 90, 90),
        *pair("b", 10, 10),
        *pair("a", 5, 15),
        *pair(NO_VALUE, 30, 0),
    ]
    assert list(parts_of(summaries)) == [(NO_VALUE,), ("a",), ("b",), (OTHER_VALUES,)]


def test_sums_of_all_units_are_no_part() -> None:
    assert parts_of([VariantSummary(variant="control", count=1, sum=0, sum_squares=0)]) == {}


def test_the_whole_is_the_sum_of_its_parts() -> None:
    one = VariantSummary(
        variant="test",
        count=3,
        sum=2.5,
        sum_squares=7.25,
        step_counts=(2, 1),
        denominator_sum=4.0,
        denominator_sum_squares=9.0,
        product_sum=3.5,
        covariate_sum=1.5,
        covariate_sum_squares=2.5,
        covariate_sum_product=0.5,
        breakdown=("a",),
    )
    (whole,) = whole_of([one, replace(one, breakdown=("b",))])
    for field in fields(VariantSummary):
        before, after = getattr(one, field.name), getattr(whole, field.name)
        match before:
            case str():
                assert after == before
            case ("a",):
                assert after == ()
            case (2, 1):
                assert after == (4, 2)
            case _:
                assert after == 2 * before, field.name


def test_sums_that_a_metric_does_not_have_stay_away() -> None:
    (control, test) = whole_of([*pair("a", 1, 2), *pair("b", 10, 20)])
    assert (control.variant, control.count, test.count) == ("control", 11, 22)
    assert (control.step_counts, control.denominator_sum, control.covariate_sum) == (None,) * 3


def test_every_value_is_a_comparison_of_its_own() -> None:
    result = result_of(
        [*pair("big", 500, 500, totals=(900, 1100)), *pair("small", 20, 80, totals=(3, 5))]
    )
    big, small = (part.result for part in result.parts)
    assert result.baseline.summary.count == 520
    assert result.variants[0].summary.sum == 1105
    assert big.variants[0].statistics is not None
    assert big.variants[0].judgement.absolute is not None
    assert big.variants[0].judgement.absolute.value == pytest.approx(0.4)
    assert [failure.value for failure in small.baseline.validation_failures] == [
        "not-enough-exposures"
    ]
    assert small.variants[0].validation_failures == ()
    assert small.variants[0].statistics is None


def test_the_comparisons_of_all_values_are_one_family() -> None:
    summaries = [
        *pair("a", 500, 500, totals=(900, 1100)),
        *pair("b", 400, 400, totals=(700, 720)),
        *pair("c", 20, 20),
    ]
    judgements = [part.result.variants[0].judgement for part in result_of(summaries).parts]
    assert judgements[2].p_value is None
    for judgement in judgements[:2]:
        assert judgement.family is not None
        assert judgement.family.scope is FamilyScope.BREAKDOWN
        assert judgement.family.correction is Correction.BENJAMINI_HOCHBERG
        assert judgement.family.comparisons == 3
    first = judgements[0]
    assert first.p_value is not None
    assert first.adjusted_p_value == pytest.approx(3 * first.p_value)
    alone = result_of(
        summaries, config=StatsConfig(settings=FrequentistSettings(), correction=None)
    )
    assert all(part.result.variants[0].judgement.family is None for part in alone.parts)


def test_without_a_breakdown_there_are_no_parts() -> None:
    control = VariantSummary(variant="control", count=100, sum=50, sum_squares=80)
    assert result_of([control, replace(control, variant="test")]).parts == ()


def test_a_value_is_a_document_like_the_whole_one() -> None:
    result = result_of([*pair("a", 500, 500, totals=(900, 1100)), *pair("b", 1, 2)])
    document: Any = metric_document({}, result, kind=MetricKind.MEAN, sql="")
    first, second = document["breakdown_results"]
    assert first["breakdown_value"] == ["a"]
    assert set(first) == {"breakdown_value", "baseline", "variants"}
    assert set(first["baseline"]) == set(document["baseline"])
    assert set(first["variants"][0]) == set(document["variant_results"][0])
    assert second["baseline"]["validation_failures"] == [
        "not-enough-exposures",
        "baseline-mean-is-zero",
    ]


def test_covariates_are_on_the_wire_where_there_are_some() -> None:
    control = VariantSummary(
        variant="control",
        count=100,
        sum=50,
        sum_squares=80,
        covariate_sum=7,
        covariate_sum_squares=25,
        covariate_sum_product=11,
    )
    result = result_of([control, replace(control, variant="test")])
    document: Any = metric_document({}, result, kind=MetricKind.MEAN, sql="")
    for sums_ in (document["baseline"], document["variant_results"][0]):
        assert [sums_[f"covariate_sum{end}"] for end in ("", "_squares", "_product")] == [7, 25, 11]


@pytest.mark.parametrize("filters", [None, {}, 7, {"breakdowns": []}, {"breakdowns": "$os"}])
def test_a_document_may_ask_for_none(filters: object) -> None:
    assert read_breakdown({"breakdownFilter": filters}) is None  # type: ignore[dict-item]  # any


def test_sums_of_all_units_are_the_whole_whatever_the_parts_are() -> None:
    whole = (replace(sums("control", "a", 9), breakdown=()), replace(sums("test", "a", 8)))
    own = tuple(replace(one, breakdown=()) for one in whole)
    assert whole_of([*own, *pair("a", 9, 8), *pair("b", 9, 8)]) == own


# Attribution, splits, and breakdowns of a link


VIEW, PAY = EventSource(event="view"), EventSource(event="pay")
TABLE = WarehouseSource(
    table="orders",
    timestamp_field="at",
    joined_by=read_join_key("distinct_id"),
    table_join_key="id",
)
BY_PLAN: dict[str, JsonValue] = {"breakdownFilter": {"breakdowns": [{"property": "plan"}]}}
WEEK, DAY = timedelta(days=7), timedelta(days=1)
FUNNEL = FunnelPlan(steps=(VIEW, PAY, VIEW), window=WEEK)
RETENTION = RetentionPlan(
    start=VIEW, completion=PAY, clock=RetentionClock.DAYS, earliest=DAY, latest=WEEK, window=DAY
)


def touches_of(metric: MetricPlan, **members: JsonValue) -> Touches | None:
    document = {**BY_PLAN, **members}
    found = with_touches(read_breakdown(document), document, metric)
    assert found is not None
    return found.touches


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (MeanPlan(source=PAY), Touches(sources=(PAY,))),
        (
            MeanPlan(source=PAY, window=WEEK),
            Touches(sources=(PAY,), window=WEEK, after_end=WEEK),
        ),
        (
            RatioPlan(
                numerator=MeanPlan(source=PAY, window=DAY),
                denominator=MeanPlan(source=VIEW, window=DAY),
            ),
            Touches(sources=(PAY, VIEW), window=DAY, after_end=DAY),
        ),
        (FUNNEL, Touches(sources=(VIEW, PAY), after_end=WEEK + timedelta(microseconds=1))),
        (RETENTION, Touches(sources=(VIEW, PAY), after_end=DAY + WEEK)),
        (
            replace(RETENTION, start=None, window=None),
            Touches(sources=(PAY,), after_end=WEEK),
        ),
    ],
)
def test_a_metrics_own_events_can_tell_the_values(metric: MetricPlan, expected: Touches) -> None:
    assert touches_of(metric) is None
    assert touches_of(metric, breakdownAttributionType="first_touch") == expected
    last = touches_of(metric, breakdownAttributionType="last_touch")
    assert last == replace(expected, takes_last=True)


def test_one_step_of_a_funnel_can_tell_the_values() -> None:
    told = touches_of(FUNNEL, breakdownAttributionType="step", breakdownAttributionValue=1)
    assert told is not None
    assert (told.sources, told.takes_last) == ((PAY,), False)


@pytest.mark.parametrize(
    ("metric", "members", "code"),
    [
        (FUNNEL, {"breakdownAttributionType": "all_events"}, "not_supported"),
        (FUNNEL, {"breakdownAttributionType": 3}, "not_supported"),
        (FUNNEL, {"breakdownAttributionType": "step"}, "invalid_input"),
        (
            FUNNEL,
            {"breakdownAttributionType": "step", "breakdownAttributionValue": 3},
            "invalid_input",
        ),
        (
            FUNNEL,
            {"breakdownAttributionType": "step", "breakdownAttributionValue": True},
            "invalid_input",
        ),
        (
            MeanPlan(source=PAY),
            {"breakdownAttributionType": "step", "breakdownAttributionValue": 0},
            "invalid_input",
        ),
        (
            replace(FUNNEL, steps=(VIEW, TABLE)),
            {"breakdownAttributionType": "first_touch"},
            "not_supported",
        ),
    ],
)
def test_other_events_cannot_tell_the_values(
    metric: MetricPlan, members: dict[str, JsonValue], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        touches_of(metric, **members)
    assert refused.value.code == code


def test_without_a_breakdown_nothing_is_told() -> None:
    document: dict[str, JsonValue] = {"breakdownAttributionType": "nonsense"}
    assert with_touches(None, document, MeanPlan(source=PAY)) is None


def test_a_mean_is_split_by_a_property_of_its_events() -> None:
    document: dict[str, JsonValue] = {"value_breakdown_property": "item"}
    mean = MeanPlan(source=PAY, math=ValueMath.SUM, value_property="amount", window=DAY)
    split = split_plan(document, mean)
    assert split == SplitMeanPlan(
        source=PAY,
        property=UnitProperty(key="item"),
        math=ValueMath.SUM,
        value_property="amount",
        window=DAY,
    )
    assert split is not None
    assert split.mean() == mean
    limited = {**document, "breakdownFilter": {"breakdown_limit": 3}}
    assert split_plan(limited, mean) == replace(split, most_values=3)


@pytest.mark.parametrize(
    ("key", "metric"),
    [
        (None, MeanPlan(source=PAY)),
        ("", MeanPlan(source=PAY)),
        ("item", FUNNEL),
        ("item", MeanPlan(source=TABLE)),
    ],
)
def test_other_metrics_are_not_split(key: JsonValue, metric: MetricPlan) -> None:
    assert split_plan({"value_breakdown_property": key}, metric) is None


@pytest.mark.parametrize(
    ("source", "members"),
    [
        ({"math": "avg", "math_property": "x"}, {}),
        ({"math": "sum", "math_property": "$session_duration"}, {}),
        (
            {"math": "sum", "math_property": "x", "math_property_type": "session_properties"},
            {},
        ),
        ({}, {"upper_bound_percentile": 0.9}),
        ({}, {"threshold": 3}),
        ({}, BY_PLAN),
        (
            {
                "kind": "ExperimentDataWarehouseNode",
                "table_name": "orders",
                "timestamp_field": "at",
                "events_join_key": "distinct_id",
                "data_warehouse_join_key": "id",
            },
            {},
        ),
    ],
)
def test_a_split_stands_alone(source: dict[str, JsonValue], members: dict[str, JsonValue]) -> None:
    document: dict[str, JsonValue] = {
        "kind": "ExperimentMetric",
        "metric_type": "mean",
        "source": {"kind": "EventsNode", **source},
        **members,
    }
    parse_metric(document)
    with pytest.raises(InvalidInput, match="A split by values"):
        parse_metric({**document, "value_breakdown_property": "item"})


def test_a_link_has_breakdowns_of_its_own() -> None:
    own: dict[str, JsonValue] = {
        "breakdownFilter": {"breakdowns": [{"property": "plan"}], "breakdown_limit": 3}
    }
    asked: dict[str, JsonValue] = {"breakdowns": [{"property": "$os", "type": "event"}]}
    shown = with_breakdowns(own, asked)
    assert shown == {
        "breakdownFilter": {
            "breakdowns": [{"property": "$os", "type": "event"}],
            "breakdown_limit": 3,
        }
    }
    silent: tuple[JsonValue, ...] = (None, [], "x")
    for breakdowns in silent:
        assert with_breakdowns(own, {"breakdowns": breakdowns}) is own
