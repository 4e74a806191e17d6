"""Experiments of the first years: their metrics, plans and verdicts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.legacy.documents import legacy_document, values_of
from splitplot.experiments.legacy.metrics import (
    LegacyCount,
    LegacyFunnel,
    LegacyMath,
    LegacyMetric,
    LegacyTrend,
    custom_exposure_of,
    entities_of,
    metric_of_filters,
    metric_of_query,
    names_of,
    secondary_of,
    target_of,
)
from splitplot.experiments.legacy.plans import (
    LegacyPlan,
    TrendSums,
    key_of_legacy,
    plan_legacy,
)
from splitplot.experiments.legacy.results import (
    variants_of_funnel,
    variants_of_trend,
    verdict,
    verdict_of_query,
)
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    EventSource,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MultipleVariants,
    SummaryPlan,
    VariantSummary,
    VariantTally,
)
from splitplot.filters.model import FilterKind, Operator, Properties, PropertyFilter
from splitplot.stats.legacy import Conversions, Occurrences, Total
from tests.factories import NOON, PROJECT_ID, a_flag, a_project, an_experiment, flag_filters

LATER = NOON + timedelta(days=2)
PLAN = PropertyFilter(key="plan", value="pro", kind=FilterKind.EVENT)
HOST = PropertyFilter(key="host", value="qa", operator=Operator.IS_NOT, kind=FilterKind.EVENT)
PRO: Properties = {"key": "plan", "value": "pro"}


def events(*names: str) -> list[Properties]:
    return [{"id": name, "order": order} for order, name in enumerate(names)]


def funnel(**members: object) -> LegacyMetric:
    return metric_of_filters({"events": events("viewed", "paid"), **members}, None)  # type: ignore[dict-item]


def trend(**members: object) -> LegacyMetric:
    entity: Properties = {"id": "paid", **members}  # type: ignore[dict-item]
    return metric_of_filters({"insight": "TRENDS", "events": [entity]}, None)


# Reading filters


def test_filters_without_an_insight_are_a_funnel_in_the_order_of_its_steps() -> None:
    filters: Properties = {"events": [{"id": "paid", "order": 2}, {"id": "viewed", "order": 1}]}
    assert metric_of_filters(filters, None) == LegacyFunnel(
        steps=(EventSource(event="viewed"), EventSource(event="paid")),
        window=timedelta(days=14),
    )


def test_a_funnel_has_a_window_an_order_and_a_kind_of_unit() -> None:
    metric = funnel(
        insight="FUNNELS",
        funnel_window_interval=3,
        funnel_window_interval_unit="hour",
        funnel_order_type="unordered",
        aggregation_group_type_index=2,
        filter_test_accounts=True,
        properties=[PRO],
    )
    assert isinstance(metric, LegacyFunnel)
    assert (metric.window, metric.order) == (timedelta(hours=3), FunnelOrder.UNORDERED)
    assert (metric.group_type_index, metric.filters_test_accounts) == (2, True)
    assert [step.filters for step in metric.steps] == [(PLAN,), (PLAN,)]
    older = funnel(funnel_window_days=5)
    assert isinstance(older, LegacyFunnel)
    assert older.window == timedelta(days=5)


@pytest.mark.parametrize(
    ("math", "expected"),
    [
        (None, LegacyMath.EVENTS),
        ("total", LegacyMath.EVENTS),
        ("dau", LegacyMath.UNITS),
        ("weekly_active", LegacyMath.UNITS),
        ("sum", LegacyMath.VALUES),
        ("p90", LegacyMath.VALUES),
    ],
)
def test_a_trend_counts_events_units_or_values(math: str | None, expected: LegacyMath) -> None:
    metric = trend(math=math, math_property="amount")
    assert isinstance(metric, LegacyTrend)
    assert metric.counted.math is expected
    assert (metric.counted.value_property == "amount") is (expected is LegacyMath.VALUES)


def test_an_action_is_counted_by_its_id() -> None:
    entity: Properties = {
        "id": "4",
        "math": "dau",
        "properties": [{"key": "plan", "value": "pro"}],
    }
    metric = metric_of_filters({"insight": "TRENDS", "actions": [entity]}, None)
    assert isinstance(metric, LegacyTrend)
    source = metric.counted.source
    assert (source.event, source.action_id, len(source.filters)) == (None, 4, 1)


def test_groups_are_counted_by_their_type() -> None:
    metric = trend(math="unique_group", math_group_type_index=1)
    assert isinstance(metric, LegacyTrend)
    assert metric.counted.group_type_index == 1


def test_a_trend_may_have_an_exposure_of_its_own() -> None:
    exposing: Properties = {"events": [{"id": "opened", "math": "dau"}, {"id": "other"}]}
    metric = metric_of_filters({"insight": "TRENDS", "events": events("paid")}, exposing)
    assert isinstance(metric, LegacyTrend)
    assert metric.exposure == LegacyCount(source=EventSource(event="opened"), math=LegacyMath.UNITS)


@pytest.mark.parametrize(
    ("properties", "filters"),
    [
        (None, ()),
        ({}, ()),
        ([PRO, "nonsense"], (PLAN,)),
        ({"type": "AND", "values": [PRO, {"type": "AND", "values": [PRO]}]}, (PLAN, PLAN)),
        ({"type": "OR", "values": [PRO]}, (PLAN,)),
    ],
)
def test_properties_stand_in_a_list_or_in_groups(
    properties: object, filters: tuple[PropertyFilter, ...]
) -> None:
    metric = trend(properties=properties)
    assert isinstance(metric, LegacyTrend)
    assert metric.counted.source.filters == filters


def test_an_event_without_a_name_is_every_event() -> None:
    metric = metric_of_filters({"insight": "TRENDS", "events": [{"id": None}]}, None)
    assert isinstance(metric, LegacyTrend)
    assert metric.counted.source.event is None


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"insight": "PATHS", "events": events("a", "b")}, "not_supported"),
        ({"events": []}, "invalid_input"),
        ({"events": events("alone")}, "invalid_input"),
        ({"events": events("a", "b"), "funnel_order_type": "strict"}, "not_supported"),
        ({"events": events("a", "b"), "funnel_window_interval": "long"}, "invalid_input"),
        ({"events": events("a", "b"), "funnel_window_interval": True}, "invalid_input"),
        ({"events": events("a", "b"), "funnel_window_interval": -1}, "invalid_input"),
        ({"events": events("a", "b"), "funnel_window_interval": 1e300}, "invalid_input"),
        ({"events": events("a", "b"), "funnel_window_interval": float("nan")}, "invalid_input"),
        ({"events": events("a", "b"), "funnel_window_interval": 40_000}, "invalid_input"),
        (
            {
                "events": events("a", "b"),
                "funnel_window_interval": 1,
                "funnel_window_interval_unit": "year",
            },
            "invalid_input",
        ),
        ({"events": events("a", "b"), "aggregation_group_type_index": 5}, "invalid_input"),
        ({"events": events("a", "b"), "aggregation_group_type_index": True}, "invalid_input"),
        ({"insight": "TRENDS", "actions": [{"id": "x"}]}, "invalid_input"),
        ({"insight": "TRENDS", "actions": [{"id": True}]}, "invalid_input"),
        ({"insight": "TRENDS", "events": [{"id": 4}]}, "invalid_input"),
        ({"insight": "TRENDS", "events": [{"id": "a", "math": "hogql"}]}, "not_supported"),
        ({"insight": "TRENDS", "events": [{"id": "a", "math": "sum"}]}, "not_supported"),
        (
            {
                "insight": "TRENDS",
                "events": [{"id": "a", "math": "sum", "math_property": "$session_duration"}],
            },
            "not_supported",
        ),
        (
            {
                "insight": "TRENDS",
                "events": [{"id": "a", "properties": {"type": "OR", "values": [PRO, PRO]}}],
            },
            "not_supported",
        ),
        (
            {"insight": "TRENDS", "events": [{"id": "a", "properties": {"plan": "pro"}}]},
            "not_supported",
        ),
        (
            {
                "insight": "TRENDS",
                "events": [{"id": "a", "properties": [{"key": "id", "type": "element"}]}],
            },
            "not_supported",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(filters: Properties, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        metric_of_filters(filters, None)
    assert (refused.value.code, refused.value.attr) == (code, "filters")


# Reading queries


def node(event: str | None, **members: object) -> Properties:
    return {"kind": "EventsNode", "event": event, **members}  # type: ignore[dict-item]


def test_a_trends_query_says_the_same_in_other_words() -> None:
    query: Properties = {
        "kind": "ExperimentTrendsQuery",
        "count_query": {
            "series": [node("paid", math="sum", math_property="amount"), node("other")],
            "properties": {"type": "AND", "values": [PRO]},
            "filterTestAccounts": True,
        },
        "exposure_query": {"series": [node("opened")], "properties": [PRO]},
    }
    assert metric_of_query(query) == LegacyTrend(
        counted=LegacyCount(
            source=EventSource(event="paid", filters=(PLAN,)),
            math=LegacyMath.VALUES,
            value_property="amount",
        ),
        exposure=LegacyCount(source=EventSource(event="opened", filters=(PLAN,))),
        filters_test_accounts=True,
    )


def test_a_funnels_query_says_the_same_in_other_words() -> None:
    query: Properties = {
        "kind": "ExperimentFunnelsQuery",
        "funnels_query": {
            "series": [node("viewed"), node("paid")],
            "funnelsFilter": {
                "funnelWindowInterval": 2,
                "funnelWindowIntervalUnit": "week",
                "funnelOrderType": "unordered",
            },
            "aggregation_group_type_index": 0,
        },
    }
    assert metric_of_query(query) == LegacyFunnel(
        steps=(EventSource(event="viewed"), EventSource(event="paid")),
        window=timedelta(weeks=2),
        order=FunnelOrder.UNORDERED,
        group_type_index=0,
    )
    plain: Properties = {"series": [node("viewed"), node("paid")]}
    metric = metric_of_query({"kind": "ExperimentFunnelsQuery", "funnels_query": plain})
    assert metric == funnel()


@pytest.mark.parametrize(
    ("query", "code", "attr"),
    [
        ({"kind": "ExperimentTrendsQuery"}, "required", "count_query"),
        ({"kind": "ExperimentTrendsQuery", "count_query": {}}, "invalid_input", "count_query"),
        ({"kind": "ExperimentFunnelsQuery"}, "required", "funnels_query"),
        (
            {"kind": "ExperimentFunnelsQuery", "funnels_query": {"series": "x"}},
            "invalid_input",
            "funnels_query",
        ),
        (
            {"kind": "ExperimentTrendsQuery", "count_query": {"series": [{"kind": "ActionsNode"}]}},
            "invalid_input",
            "filters",
        ),
        (
            {"kind": "ExperimentTrendsQuery", "count_query": {"series": [{"kind": "Other"}]}},
            "not_supported",
            "filters",
        ),
        (
            {
                "kind": "ExperimentTrendsQuery",
                "count_query": {"series": [node("a")]},
                "exposure_query": "x",
            },
            "required",
            "exposure_query",
        ),
    ],
)
def test_a_query_that_is_none_is_refused(query: Properties, code: str, attr: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        metric_of_query(query)
    assert (refused.value.code, refused.value.attr) == (code, attr)


# What an experiment asks


def test_the_target_is_what_the_filters_name() -> None:
    filters: Properties = {"events": events("paid")}
    assert target_of(an_experiment(filters=filters)) == filters
    for nothing in ({}, {"insight": "TRENDS"}, {"events": "paid"}):
        with pytest.raises(InvalidInput, match="no target metric"):
            target_of(an_experiment(filters=nothing))


def test_a_secondary_metric_may_be_wrapped() -> None:
    bare: Properties = {"events": events("paid")}
    experiment = an_experiment(secondary_metrics=({"name": "x", "filters": bare}, bare))
    assert secondary_of(experiment, "0") == secondary_of(experiment, "1") == bare


def test_a_custom_exposure_is_an_object_with_something_in_it() -> None:
    custom: Properties = {"events": events("opened")}
    for parameters, found in (
        (None, None),
        ({}, None),
        ({"custom_exposure_filter": {}}, None),
        ({"custom_exposure_filter": "x"}, None),
        ({"custom_exposure_filter": custom}, custom),
    ):
        assert custom_exposure_of(an_experiment(parameters=parameters)) == found


def test_events_are_named_once_and_actions_not_at_all() -> None:
    entities = entities_of(
        {
            "events": [{"id": "a"}, {"id": ""}, {"id": None}, {"id": "a"}, {"id": 3}],
            "actions": [{"id": "b"}],
        }
    )
    assert names_of(entities) == ("a", None)


# Plans


def launched(**changes: object) -> Experiment:
    flag = a_flag(filters=flag_filters("control", "test"))
    return replace(an_experiment(start_date=NOON, flag=flag), **changes)  # type: ignore[arg-type]


def planned(metric: LegacyMetric, **changes: object) -> LegacyPlan:
    project = a_project(
        test_account_filters=(
            {"key": "host", "value": "qa", "operator": "is_not", "type": "event"},
        )
    )
    return plan_legacy(launched(**changes), metric, project=project, as_of=LATER)


WINDOW = ExposurePlan(
    project_id=PROJECT_ID,
    start=NOON,
    end=LATER,
    flag_key="checkout-button",
    source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
    variants=("control", "test"),
    multiple_variants=MultipleVariants.FIRST_SEEN,
    known_until=LATER,
)


def test_the_first_step_of_a_funnel_exposes_and_the_others_convert() -> None:
    plan = planned(funnel(filter_test_accounts=True, aggregation_group_type_index=1))
    assert plan == LegacyPlan(
        sums=SummaryPlan(
            exposure=replace(
                WINDOW, source=EventSource(event="viewed", filters=(HOST,)), group_type_index=1
            ),
            metric=FunnelPlan(
                steps=(EventSource(event="paid", filters=(HOST,)),), window=timedelta(days=14)
            ),
        ),
        is_settled=False,
    )
    sums = planned(funnel()).sums
    assert isinstance(sums, SummaryPlan)
    assert sums.exposure.group_type_index is None


def test_a_trend_counts_its_events_and_the_persons_who_were_served() -> None:
    sums = planned(trend(math="sum", math_property="amount")).sums
    assert isinstance(sums, TrendSums)
    assert sums.counted.carriers == replace(WINDOW, source=EventSource(event="paid"))
    assert (sums.counted.value_property, sums.math) == ("amount", LegacyMath.VALUES)
    assert sums.exposed.carriers == WINDOW
    assert sums.counts_exposing_events is False


def test_an_exposure_of_its_own_is_counted_as_it_says() -> None:
    metric = trend(math="unique_group", math_group_type_index=3)
    assert isinstance(metric, LegacyTrend)
    exposing = LegacyCount(source=EventSource(event="opened"))
    sums = planned(replace(metric, exposure=exposing)).sums
    assert isinstance(sums, TrendSums)
    assert sums.counts_exposing_events is True
    assert sums.counted.carriers.group_type_index == 3
    assert sums.exposed.carriers.source == exposing.source


def test_a_draft_is_not_planned() -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(funnel(), start_date=None)
    assert refused.value.code == "not_launched"


@pytest.mark.parametrize("metric", [funnel(), trend()], ids=["funnel", "trend"])
def test_a_question_is_the_same_whenever_it_is_asked(metric: LegacyMetric) -> None:
    def key(as_of: datetime, **changes: object) -> str:
        plan = plan_legacy(launched(**changes), metric, project=a_project(), as_of=as_of)
        return key_of_legacy(plan)

    assert key(LATER) == key(LATER + timedelta(days=1))
    assert key(LATER) != key(LATER, start_date=datetime(2025, 1, 1, tzinfo=UTC))
    ended = {"end_date": LATER}
    assert key(LATER, **ended) == key(LATER + timedelta(days=9), **ended)
    assert key(LATER, **ended) != key(LATER)


# Verdicts


def test_a_funnels_variants_are_those_that_anybody_entered() -> None:
    summaries = [
        VariantSummary(variant="control", count=10, sum=4.0, sum_squares=4.0, step_counts=(6, 4)),
        VariantSummary(variant="test", count=0, sum=0.0, sum_squares=0.0, step_counts=(0, 0)),
        VariantSummary(variant="bare", count=3, sum=1.0, sum_squares=1.0),
    ]
    control, bare = variants_of_funnel(summaries)
    assert control.measured == Conversions(successes=4, failures=6)
    assert (control.key, control.steps, control.value) == ("control", (10, 6, 4), 0.4)
    assert (bare.key, bare.steps, bare.value) == ("bare", (3,), 0.333)


def tally(variant: str, *, events: int = 0, units: int = 0, total: float = 0) -> VariantTally:
    return VariantTally(variant=variant, events=events, units=units, total=total)


COUNTED = (tally("control", events=5, units=4, total=30.5), tally("test"), tally("other"))
EXPOSED = (tally("control", events=9, units=7), tally("test", events=2, units=1), tally("other"))


@pytest.mark.parametrize(
    ("math", "measured", "value"),
    [
        (LegacyMath.EVENTS, Occurrences(count=5, exposure=7), 5),
        (LegacyMath.UNITS, Occurrences(count=4, exposure=7), 4),
        (LegacyMath.VALUES, Total(total=30.5, exposure=7), 30.5),
    ],
)
def test_a_trends_variants_are_those_with_events_or_exposures(
    math: LegacyMath, measured: object, value: float
) -> None:
    sums = planned(trend()).sums
    assert isinstance(sums, TrendSums)
    control, test = variants_of_trend(replace(sums, math=math), COUNTED, EXPOSED)
    assert (control.key, control.measured, control.value) == ("control", measured, value)
    assert (test.key, test.measured.exposure) == ("test", 1)
    by_events = replace(sums, math=math, counts_exposing_events=True)
    assert variants_of_trend(by_events, COUNTED, EXPOSED)[0].measured.exposure == 9


def summary(variant: str, count: int, converted: int) -> VariantSummary:
    return VariantSummary(
        variant=variant,
        count=count,
        sum=float(converted),
        sum_squares=float(converted),
        step_counts=(converted,),
    )


def test_control_comes_first_in_a_verdict() -> None:
    variants = variants_of_funnel([summary("a", 1000, 120), summary("control", 1000, 100)])
    said = verdict(variants)
    assert [variant.key for variant in said.variants] == ["control", "a"]
    document = legacy_document(funnel(), said)
    assert document["probability"] == pytest.approx({"control": 0.0768, "a": 0.9232}, abs=1e-4)
    assert document["expected_loss"] == said.result.expected_loss
    assert values_of(said) == {"control": 0.1, "a": 0.12}
    assert verdict_of_query(variants) == said
    insight = document["insight"]
    assert isinstance(insight, list)
    steps = insight[0]
    assert isinstance(steps, list)
    assert steps[1] == {
        "action_id": "paid",
        "name": "paid",
        "type": "events",
        "order": 1,
        "count": 100,
        "breakdown": ["control"],
        "breakdown_value": ["control"],
    }


def test_exposure_is_relative_to_control_if_it_has_any() -> None:
    sums = planned(trend()).sums
    assert isinstance(sums, TrendSums)

    def shown(*exposed: VariantTally) -> list[object]:
        variants = variants_of_trend(sums, [tally("control", events=1), tally("test")], exposed)
        document = legacy_document(trend(), verdict(variants))
        assert document["p_value"] == 1
        listed = document["variants"]
        assert isinstance(listed, list)
        return [each["exposure"] for each in listed if isinstance(each, Mapping)]

    assert shown(tally("control", units=4), tally("test", events=2, units=2)) == [1, 0.5]
    assert shown(tally("control"), tally("test", events=2, units=2)) == [None, None]


def test_every_event_has_a_name_in_the_insight() -> None:
    metric = LegacyTrend(counted=LegacyCount(source=EventSource(event=None)))
    sums = planned(metric).sums
    assert isinstance(sums, TrendSums)
    both = [tally("control", events=1), tally("test", events=2)]
    document = legacy_document(metric, verdict(variants_of_trend(sums, both, both)))
    insight = document["insight"]
    assert isinstance(insight, list)
    assert isinstance(insight[1], Mapping)
    assert (insight[1]["label"], insight[1]["count"]) == ("All events - test", 2)


@pytest.mark.parametrize(
    ("keys", "message", "missing"),
    [
        ((), "No control variant data found", (True, True, True)),
        (("test",), "No control variant data found", (False, True, False)),
        (("control",), "Fewer than two variants have data.", (False, False, True)),
    ],
)
def test_a_verdict_needs_a_control_and_something_beside_it(
    keys: tuple[str, ...], message: str, missing: tuple[bool, ...]
) -> None:
    variants = variants_of_funnel([summary(key, 3, 1) for key in keys])
    with pytest.raises(InvalidInput) as refused:
        verdict(variants)
    assert (refused.value.message, refused.value.code) == (message, "no_data")
    with pytest.raises(InvalidInput) as said:
        verdict_of_query(variants)
    names = ("no-results", "no-control-variant", "no-test-variant")
    assert json.loads(said.value.message) == dict(zip(names, missing, strict=True))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (None, "Secondary metric id is required"),
        ("x", "Secondary metric id must be an integer"),
        ("-1", "Invalid metric ID"),
        ("1", "Invalid metric ID"),
        ("9" * 12, "Invalid metric ID"),
    ],
)
def test_a_place_without_a_metric_is_refused(number: str | None, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        secondary_of(an_experiment(secondary_metrics=({"events": []},)), number)
    with pytest.raises(InvalidInput, match="Experiment has no secondary metrics"):
        secondary_of(an_experiment(), number)
