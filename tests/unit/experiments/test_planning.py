"""From an experiment's documents to plans."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.judgement import Goal
from splitplot.experiments.metric_plans import FUNNEL_WINDOW, metric_kind, with_lookback
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import (
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    MultipleVariants,
    SessionMeanPlan,
    SessionValue,
    UnitProperty,
    ValueMath,
    Winsorization,
)
from splitplot.experiments.planning import (
    EARLIEST,
    LATEST,
    ExposureRequest,
    ExposureSummaryPlan,
    ResultPlan,
    exposure_request,
    key_of,
    plan_exposures,
    plan_result,
)
from splitplot.experiments.results import MetricKind
from splitplot.experiments.stats_config import BayesianSettings, FrequentistSettings
from splitplot.filters.model import (
    FilterKind,
    JsonValue,
    Operator,
    Properties,
    PropertyFilter,
)
from splitplot.flags.model import Flag
from tests.factories import (
    PROJECT_ID,
    a_flag,
    a_mean_metric,
    a_project,
    an_experiment,
    flag_filters,
)

START = datetime(2025, 3, 1, tzinfo=UTC)
END = datetime(2025, 3, 15, tzinfo=UTC)
NOW = datetime(2025, 3, 10, 12, 30, tzinfo=UTC)
LATER = datetime(2025, 4, 1, tzinfo=UTC)

BUY: Properties = {"kind": "EventsNode", "event": "buy"}
VISIT: Properties = {"kind": "EventsNode", "event": "visit"}
AN_ACTION: Properties = {"kind": "ActionsNode", "id": 3}


def running(
    *,
    flag: Flag | None = None,
    end_date: datetime | None = None,
    stats_config: Properties | None = None,
    exposure_criteria: Properties | None = None,
    excluded_variants: tuple[str, ...] = (),
    only_count_matured_users: bool = False,
) -> Experiment:
    return an_experiment(
        start_date=START,
        flag=flag,
        end_date=end_date,
        stats_config=stats_config,
        exposure_criteria=exposure_criteria,
        excluded_variants=excluded_variants,
        only_count_matured_users=only_count_matured_users,
    )


def planned(
    experiment: Experiment | None = None,
    metric: Properties | None = None,
    *,
    filters: tuple[Properties, ...] = (),
    timezone_name: str = "UTC",
    as_of: datetime = NOW,
) -> ResultPlan:
    return plan_result(
        experiment or running(),
        metric or a_mean_metric(),
        project=a_project(test_account_filters=filters, timezone=timezone_name),
        as_of=as_of,
    )


def exposure_of(
    experiment: Experiment,
    metric: Properties | None = None,
    *,
    filters: tuple[Properties, ...] = (),
    as_of: datetime = NOW,
) -> ExposurePlan:
    return planned(experiment, metric, filters=filters, as_of=as_of).summary.exposure


def metric_of(**members: JsonValue) -> Properties:
    return {"kind": "ExperimentMetric", **members}


def mean_of(source: Properties, **members: JsonValue) -> Properties:
    return metric_of(metric_type="mean", source={**BUY, **source}, **members)


def funnel_of(*series: Properties, **members: JsonValue) -> Properties:
    return metric_of(metric_type="funnel", series=list(series), **members)


def plan_of(metric: Properties) -> MetricPlan:
    return planned(metric=metric).summary.metric


def counted(
    request: ExposureRequest, *, as_of: datetime = NOW, tz: str = "UTC"
) -> ExposureSummaryPlan:
    return plan_exposures(request, project=a_project(timezone=tz), as_of=as_of)


# The whole


def test_a_plan_says_all_that_a_result_needs() -> None:
    assert planned() == ResultPlan(
        summary=planned().summary,
        kind=MetricKind.MEAN,
        goal=Goal.INCREASE,
        config=planned().config,
        baseline_key="control",
        is_settled=False,
        limitations=(),
    )
    assert planned().summary.metric == MeanPlan(source=EventSource(event="purchase"))
    assert planned().summary.exposure == ExposurePlan(
        project_id=PROJECT_ID,
        start=START,
        end=NOW,
        known_until=NOW,
        flag_key="checkout-button",
        source=EventSource(event="$feature_flag_called"),
        variants=("control", "test"),
    )


def test_a_draft_has_no_results() -> None:
    with pytest.raises(InvalidInput, match="not been launched") as refused:
        planned(an_experiment())
    assert refused.value.code == "not_launched"


@pytest.mark.parametrize(
    ("end_date", "as_of", "end"),
    [
        (None, NOW, NOW),
        (END, NOW, NOW),
        (END, LATER, END),
        (END, END, END),
    ],
)
def test_the_window_ends_with_the_experiment_or_now(
    end_date: datetime | None, as_of: datetime, end: datetime
) -> None:
    exposure = exposure_of(running(end_date=end_date), as_of=as_of)
    assert (exposure.start, exposure.end) == (START, end)


@pytest.mark.parametrize(
    ("end_date", "as_of", "known_until"),
    [(None, NOW, NOW), (END, NOW, NOW), (END, END, None), (END, LATER, None)],
)
def test_before_the_end_nothing_later_is_known(
    end_date: datetime | None, as_of: datetime, known_until: datetime | None
) -> None:
    assert exposure_of(running(end_date=end_date), as_of=as_of).known_until == known_until


@pytest.mark.parametrize(
    ("end_date", "as_of", "is_settled"), [(None, LATER, False), (END, NOW, False), (END, END, True)]
)
def test_a_plan_is_settled_once_the_experiment_is_over(
    end_date: datetime | None,
    as_of: datetime,
    is_settled: bool,  # noqa: FBT001 - a case
) -> None:
    assert planned(running(end_date=end_date), as_of=as_of).is_settled is is_settled


@pytest.mark.parametrize(
    ("start", "planned_start"),
    [
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), EARLIEST),
        (datetime(9999, 12, 31, tzinfo=timezone(-timedelta(hours=12))), LATEST),
    ],
)
def test_a_start_that_no_event_can_have_leaves_room_for_time_zones(
    start: datetime, planned_start: datetime
) -> None:
    assert exposure_of(replace(running(), start_date=start)).start == planned_start


def test_the_goal_and_the_method_are_taken_over() -> None:
    plan = planned(
        running(stats_config={"method": "frequentist", "frequentist": {"alpha": 0.1}}),
        mean_of({}, goal="decrease"),
    )
    assert plan.goal is Goal.DECREASE
    assert plan.config.settings == FrequentistSettings(alpha=0.1)
    assert planned().config.settings == BayesianSettings()


# Variants


def test_excluded_variants_are_not_analysed() -> None:
    flag = a_flag(filters=flag_filters("control", "a", "b"))
    assert exposure_of(running(flag=flag, excluded_variants=("a",))).variants == ("control", "b")


@pytest.mark.parametrize(
    ("variants", "config", "baseline"),
    [
        (("control", "test"), {}, "control"),
        (("test", "control"), {}, "control"),
        (("a", "b"), {}, "a"),
        (("control", "test"), {"baseline_variant_key": "test"}, "test"),
    ],
)
def test_the_baseline_is_the_one_named_else_control_else_the_first(
    variants: tuple[str, ...], config: Properties, baseline: str
) -> None:
    flag = a_flag(filters=flag_filters(*variants))
    assert planned(running(flag=flag, stats_config=config)).baseline_key == baseline


@pytest.mark.parametrize(
    "experiment",
    [
        running(excluded_variants=("control",)),
        running(stats_config={"baseline_variant_key": "nobody"}),
    ],
)
def test_a_baseline_that_is_not_analysed_is_an_error(experiment: Experiment) -> None:
    with pytest.raises(InvalidInput, match="baseline") as refused:
        planned(experiment)
    assert refused.value.code == "no_control_variant"


@pytest.mark.parametrize("variants", [[], [{"rollout_percentage": 100}], None])
def test_a_flag_without_variants_is_an_error(variants: list[Properties] | None) -> None:
    flag = a_flag(filters={"groups": [], "multivariate": {"variants": variants}})
    with pytest.raises(InvalidInput, match="no variants") as refused:
        planned(running(flag=flag))
    assert refused.value.code == "no_variants"


# Units


def test_units_are_persons_unless_the_flag_is_about_groups() -> None:
    filters = {**flag_filters("control", "test"), "aggregation_group_type_index": 2}
    assert exposure_of(running()).group_type_index is None
    assert exposure_of(running(flag=a_flag(filters=filters))).group_type_index == 2


@pytest.mark.parametrize("index", [-1, 5])
def test_a_group_type_that_cannot_be_is_an_error(index: int) -> None:
    filters = {**flag_filters("control", "test"), "aggregation_group_type_index": index}
    with pytest.raises(InvalidInput, match="group type"):
        planned(running(flag=a_flag(filters=filters)))


# Exposure


@pytest.mark.parametrize("criteria", [None, {}, {"exposure_config": None}])
def test_the_default_exposure_is_the_flag_being_called(criteria: Properties | None) -> None:
    exposure = exposure_of(running(exposure_criteria=criteria))
    assert exposure.source == EventSource(event="$feature_flag_called")


@pytest.mark.parametrize("event", ["page", "$feature_flag_called"])
def test_a_custom_exposure_is_an_event_with_filters(event: str) -> None:
    config: Properties = {
        "kind": "ExperimentEventExposureConfig",
        "event": event,
        "properties": [{"key": "path", "value": "/pay", "operator": "exact"}],
    }
    exposure = exposure_of(running(exposure_criteria={"exposure_config": config}))
    assert exposure.source == EventSource(
        event=event,
        filters=(PropertyFilter(key="path", value="/pay", kind=FilterKind.EVENT),),
    )


def test_the_exposure_that_other_servers_write_beside_each_call_is_the_call() -> None:
    """Whoever brings such an experiment along has units, and each once."""

    def exposed_by(event: str) -> EventSource:
        filters = [{"key": "plan", "value": "pro"}]
        config: Properties = {"event": event, "properties": filters}
        return exposure_of(running(exposure_criteria={"exposure_config": config})).source

    assert exposed_by("$experiment_exposure") == exposed_by("$feature_flag_called")
    assert exposed_by("$experiment_exposure").event == "$feature_flag_called"
    assert exposed_by("$pageview").event == "$pageview"


def test_an_activation_follows_the_default_exposure() -> None:
    criteria = {"activation_config": {"event": "open", "properties": []}}
    exposure = exposure_of(running(exposure_criteria=criteria))
    assert exposure.activation == EventSource(event="open")


def test_an_activation_beside_a_custom_exposure_is_ignored() -> None:
    criteria = {
        "exposure_config": {"event": "page", "properties": []},
        "activation_config": {"event": "open", "properties": []},
    }
    assert exposure_of(running(exposure_criteria=criteria)).activation is None


@pytest.mark.parametrize(
    ("word", "handling"),
    [
        (None, MultipleVariants.EXCLUDE),
        ("exclude", MultipleVariants.EXCLUDE),
        ("first_seen", MultipleVariants.FIRST_SEEN),
    ],
)
def test_units_with_several_variants_are_handled_as_asked(
    word: str | None, handling: MultipleVariants
) -> None:
    criteria = {"multiple_variant_handling": word}
    assert exposure_of(running(exposure_criteria=criteria)).multiple_variants is handling


INTERNAL: Properties = {
    "key": "email",
    "operator": "not_icontains",
    "value": "@shop.example",
    "type": "person",
}
TESTER: Properties = {"key": "is_test", "operator": "is_not_set"}


@pytest.mark.parametrize("criteria", [None, {}, {"filterTestAccounts": True}])
def test_internal_users_are_left_out_unless_told_otherwise(criteria: Properties | None) -> None:
    exposure = exposure_of(running(exposure_criteria=criteria), filters=(INTERNAL, TESTER))
    assert exposure.unit_filters == (
        PropertyFilter(key="email", operator=Operator.NOT_ICONTAINS, value="@shop.example"),
        PropertyFilter(
            key="is_test", operator=Operator.IS_NOT_SET, has_value=False, kind=FilterKind.EVENT
        ),
    )


def test_internal_users_stay_when_asked_for() -> None:
    experiment = running(exposure_criteria={"filterTestAccounts": False})
    assert exposure_of(experiment, filters=(INTERNAL,)).unit_filters == ()


def test_dates_in_filters_are_read_in_the_projects_time_zone() -> None:
    assert planned(timezone_name="Asia/Tokyo").summary.exposure.timezone == "Asia/Tokyo"


@pytest.mark.parametrize(
    "criteria",
    [
        {"filterTestAccounts": "yes"},
        {"exposure_config": {"event": 7, "properties": []}},
        {"multiple_variant_handling": "last"},
    ],
)
def test_criteria_that_cannot_be_read_are_an_error(criteria: Properties) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(running(exposure_criteria=criteria))
    assert refused.value.attr == "exposure_criteria"


# Matured units


@pytest.mark.parametrize("metric", [mean_of({}), funnel_of(BUY)])
def test_only_matured_units_were_exposed_a_window_ago(metric: Properties) -> None:
    windowed = {**metric, "conversion_window": 72, "conversion_window_unit": "hour"}
    experiment = running(only_count_matured_users=True)
    assert exposure_of(experiment, windowed).exposed_by == NOW - timedelta(hours=72)
    assert exposure_of(experiment, metric).exposed_by is None
    assert exposure_of(running(), windowed).exposed_by is None


def test_a_plan_for_matured_units_is_settled_a_window_after_the_end() -> None:
    metric = mean_of({}, conversion_window=1, conversion_window_unit="day")
    experiment = running(end_date=END, only_count_matured_users=True)
    day = timedelta(days=1)
    before = planned(experiment, metric, as_of=END + day - timedelta(seconds=1))
    after = planned(experiment, metric, as_of=END + day)
    assert (before.is_settled, after.is_settled) == (False, True)


# Metrics


@pytest.mark.parametrize("math", ["sum", "avg", "min", "max"])
def test_a_number_is_made_of_a_property(math: str) -> None:
    assert plan_of(mean_of({"math": math, "math_property": "amount"})) == MeanPlan(
        source=EventSource(event="buy"), math=ValueMath(math), value_property="amount"
    )


@pytest.mark.parametrize("math", ["total", "unique_session", "dau"])
def test_a_count_needs_no_property(math: str) -> None:
    assert plan_of(mean_of({"math": math, "math_property": "left over"})) == MeanPlan(
        source=EventSource(event="buy"), math=ValueMath(math)
    )


@pytest.mark.parametrize("event", [None, ""])
def test_a_source_without_a_name_is_every_event(event: str | None) -> None:
    plan = plan_of(mean_of({"event": event}))
    assert plan == MeanPlan(source=EventSource(event=None))


def test_a_mean_keeps_its_filters_window_and_outlier_handling() -> None:
    metric = mean_of(
        {"properties": [{"key": "plan", "value": ["pro"], "operator": "exact", "type": "event"}]},
        conversion_window=2,
        conversion_window_unit="week",
        upper_bound_percentile=0.99,
        ignore_zeros=True,
    )
    assert plan_of(metric) == MeanPlan(
        source=EventSource(
            event="buy",
            filters=(PropertyFilter(key="plan", value=["pro"], kind=FilterKind.EVENT),),
        ),
        window=timedelta(days=14),
        winsorization=Winsorization(upper=0.99, ignore_zeros=True),
    )


def test_the_filters_that_a_product_fixes_hold_as_well() -> None:
    fixed = {"key": "b", "value": "2", "operator": "exact"}
    own = {"key": "a", "value": "1", "operator": "exact"}
    plan = plan_of(mean_of({"properties": [own], "fixedProperties": [fixed]}))
    assert isinstance(plan, MeanPlan)
    assert [condition.key for condition in plan.source.filters] == ["a", "b"]


def test_a_threshold_is_kept() -> None:
    plan = plan_of(mean_of({"math": "sum", "math_property": "amount"}, threshold=50))
    assert isinstance(plan, MeanPlan)
    assert plan.threshold == 50


def test_a_flag_seen_by_an_event_is_a_property_of_the_event() -> None:
    feature = {"key": "$feature/other", "value": "on", "operator": "exact", "type": "feature"}
    plan = plan_of(mean_of({"properties": [feature]}))
    assert isinstance(plan, MeanPlan)
    assert plan.source.filters == (
        PropertyFilter(key="$feature/other", value="on", kind=FilterKind.EVENT),
    )


def test_a_funnel_has_its_steps_and_three_years() -> None:
    assert plan_of(funnel_of(VISIT, BUY)) == FunnelPlan(
        steps=(EventSource(event="visit"), EventSource(event="buy")), window=FUNNEL_WINDOW
    )
    assert planned(metric=funnel_of(BUY)).kind is MetricKind.FUNNEL


def test_a_funnel_keeps_its_order_and_window() -> None:
    metric = funnel_of(
        BUY, funnel_order_type="unordered", conversion_window=1, conversion_window_unit="month"
    )
    assert plan_of(metric) == FunnelPlan(
        steps=(EventSource(event="buy"),), window=timedelta(days=30), order=FunnelOrder.UNORDERED
    )


def test_an_action_is_a_source_with_filters_of_its_own() -> None:
    ours = PropertyFilter(key="plan", value="pro", kind=FilterKind.EVENT)
    action = {**AN_ACTION, "properties": [{"key": "plan", "value": "pro"}]}
    source = EventSource(event=None, filters=(ours,), action_id=3)
    mean = plan_of(metric_of(metric_type="mean", source=action))
    funnel = plan_of(funnel_of(VISIT, action))
    assert isinstance(mean, MeanPlan)
    assert isinstance(funnel, FunnelPlan)
    assert (mean.source, funnel.steps[1]) == (source, source)


def test_an_action_exposes_and_activates() -> None:
    action = EventSource(event=None, action_id=3)
    exposed = exposure_of(running(exposure_criteria={"exposure_config": AN_ACTION}))
    activated = exposure_of(running(exposure_criteria={"activation_config": AN_ACTION}))
    assert exposed.source == action
    assert activated.activation == action


def test_a_session_property_is_a_mean_of_sessions() -> None:
    source: Properties = {"math": "avg", "math_property": "$session_duration"}
    expected = SessionMeanPlan(
        source=EventSource(event="buy"), value=SessionValue.DURATION, math=ValueMath.AVG
    )
    assert plan_of(mean_of(source)) == expected
    # It has no covariate.
    assert with_lookback(expected, timedelta(days=3)) == expected
    assert metric_kind(expected) is MetricKind.MEAN
    of_sessions = {**source, "math": "sum", "math_property_type": "session_properties"}
    pageviews = mean_of({**of_sessions, "math_property": "$pageview_count"}, threshold=3)
    assert plan_of(pageviews) == replace(
        expected, value=SessionValue.PAGEVIEWS, math=ValueMath.SUM, threshold=3.0
    )


def test_a_split_metric_is_summed_up_twice() -> None:
    plan = planned(metric=mean_of({}, value_breakdown_property="item"))
    assert plan.split is not None
    assert plan.parts == replace(plan.summary, metric=plan.split)
    assert planned(metric=mean_of({})).parts is None
    assert key_of(plan) != key_of(planned(metric=mean_of({})))


# What is not computed yet is refused


def on(kind: str) -> Properties:
    return {"key": "id", "value": 7, "operator": "exact", "type": kind}


@pytest.mark.parametrize(
    "metric",
    [
        mean_of({"math": "avg", "math_property": "x", "math_property_type": "session_properties"}),
        mean_of({"math": "avg", "math_property": "x", "math_property_type": "person_properties"}),
        mean_of({"properties": [on("session")]}),
        mean_of({"properties": [{"key": "x", "value": 1, "operator": "max"}]}),
        mean_of({"properties": [on("data_warehouse")]}),
        funnel_of(VISIT, BUY, funnel_order_type="strict"),
    ],
)
def test_a_metric_that_cannot_be_computed_is_refused(metric: Properties) -> None:
    with pytest.raises(InvalidInput, match="not supported yet in experiment results") as refused:
        planned(metric=metric)
    assert (refused.value.code, refused.value.attr) == ("not_supported", "metric")


@pytest.mark.parametrize(
    "criteria",
    [
        {"exposure_config": {"event": "page", "properties": [on("session")]}},
    ],
)
def test_an_exposure_that_cannot_be_computed_is_refused(criteria: Properties) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(running(exposure_criteria=criteria))
    assert (refused.value.code, refused.value.attr) == ("not_supported", "exposure_criteria")


def test_excluded_persons_are_kept_out_by_what_they_are() -> None:
    staff: Properties = {"key": "role", "value": "staff"}
    among: Properties = {"key": "id", "type": "cohort", "value": 5, "operator": "in"}
    asked = running(exposure_criteria={"exclusions": [staff, among]})
    assert exposure_of(asked).unit_filters == (
        PropertyFilter(key="role", value="staff", kind=FilterKind.PERSON, negation=True),
        PropertyFilter(
            key="id", value=5, operator=Operator.IN, kind=FilterKind.COHORT, negation=True
        ),
    )
    assert planned(running(exposure_criteria={"exclusions": []})) == planned()


@pytest.mark.parametrize(
    ("exclusion", "flag"),
    [
        ({"key": "plan", "type": "event", "value": "pro"}, None),
        ({"key": "plan", "operator": "max", "value": "pro"}, None),
        (
            {"key": "plan", "value": "pro"},
            a_flag(filters={**flag_filters("control", "test"), "aggregation_group_type_index": 0}),
        ),
    ],
)
def test_exclusions_of_other_units_are_refused(exclusion: Properties, flag: Flag | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(running(exposure_criteria={"exclusions": [exclusion]}, flag=flag))
    assert refused.value.code == "not_supported"
    assert refused.value.attr == "exposure_criteria__exclusions"


def test_only_cohorts_can_be_told_to_mean_the_others() -> None:
    conditions: tuple[Properties, ...] = (
        {"key": "plan", "value": "pro", "negation": True},
        {"key": "id", "type": "cohort", "value": 5, "operator": "in", "negation": True},
    )
    plan = plan_of(mean_of({"properties": conditions}))
    assert isinstance(plan, MeanPlan)
    assert isinstance(plan.source, EventSource)
    assert [each.negation for each in plan.source.filters] == [False, True]


def test_internal_users_that_cannot_be_told_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(filters=(on("session"),))
    assert (refused.value.code, refused.value.attr) == ("not_supported", "test_account_filters")


@pytest.mark.parametrize(
    ("metric", "code"),
    [
        (
            mean_of(
                {},
                breakdownFilter={
                    "breakdowns": [{"property": "0", "type": "group"}, {"property": "a"}]
                },
            ),
            "breakdowns_not_supported",
        ),
    ],
)
def test_a_result_without_a_part_that_was_asked_for_says_so(metric: Properties, code: str) -> None:
    plan = planned(running(), metric)
    assert [limitation.code for limitation in plan.limitations] == [code]
    assert plan.summary.exposure.breakdown is None


@pytest.mark.parametrize(
    "asked", [{"breakdowns": []}, {"breakdowns": None}, {}, None, {"breakdown_limit": 3}]
)
def test_a_result_that_lacks_nothing_says_nothing(asked: JsonValue) -> None:
    plan = planned(running(), mean_of({}, breakdownFilter=asked))
    assert (plan.limitations, plan.summary.exposure.breakdown) == ((), None)


# Breakdowns and covariates


@pytest.mark.parametrize(
    ("asked", "properties"),
    [
        ({"breakdowns": [{"property": "$os"}]}, (UnitProperty(key="$os"),)),
        (
            {
                "breakdowns": [
                    {"property": "plan", "type": "person"},
                    {"property": "$os", "type": "event"},
                    {"property": "size", "type": None},
                ]
            },
            (
                UnitProperty(key="plan", is_of_person=True),
                UnitProperty(key="$os"),
                UnitProperty(key="size"),
            ),
        ),
        (
            {"breakdown": "plan", "breakdown_type": "person"},
            (UnitProperty(key="plan", is_of_person=True),),
        ),
        ({"breakdown": "$os"}, (UnitProperty(key="$os"),)),
    ],
)
def test_units_are_divided_by_the_properties_asked_for(
    asked: JsonValue, properties: tuple[UnitProperty, ...]
) -> None:
    plan = planned(running(), mean_of({}, breakdownFilter=asked))
    assert plan.summary.exposure.breakdown == Breakdown(properties=properties)
    assert plan.limitations == ()


@pytest.mark.parametrize(
    ("limit", "most"), [(3, 3), (25, 25), (26, 25), (0, 25), (-1, 25), (True, 25), ("7", 25)]
)
def test_at_most_so_many_values_keep_their_name(limit: JsonValue, most: int) -> None:
    asked: Properties = {"breakdowns": [{"property": "$os"}], "breakdown_limit": limit}
    breakdown = planned(running(), mean_of({}, breakdownFilter=asked)).summary.exposure.breakdown
    assert breakdown is not None
    assert breakdown.most_values == most


@pytest.mark.parametrize("key", [None, "", 7, ["$os"]])
def test_a_breakdown_without_a_property_is_refused(key: JsonValue) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(running(), mean_of({}, breakdownFilter={"breakdowns": [{"property": key}]}))
    assert refused.value.attr == "metric__breakdownFilter"


ADJUSTED: Properties = {"cuped": {"enabled": True, "lookback_days": 7}}


def test_the_metric_before_exposure_is_the_covariate() -> None:
    experiment = running(stats_config=ADJUSTED)
    mean = planned(experiment, mean_of({})).summary.metric
    funnel = planned(experiment, funnel_of(VISIT, BUY)).summary.metric
    assert isinstance(mean, MeanPlan)
    assert isinstance(funnel, FunnelPlan)
    assert mean.lookback == funnel.lookback == timedelta(days=7)


def test_a_threshold_or_any_order_has_no_covariate_and_says_nothing() -> None:
    experiment = running(stats_config=ADJUSTED)
    for metric in (mean_of({}, threshold=3), funnel_of(VISIT, funnel_order_type="unordered")):
        with_it, without = planned(experiment, metric), planned(running(), metric)
        assert with_it.summary == without.summary
        assert with_it.limitations == ()


# Exposures by day


def test_exposures_are_planned_from_the_question_alone() -> None:
    request = ExposureRequest(
        flag_key="checkout-v2",
        flag_filters=flag_filters("control", "test"),
        criteria={"multiple_variant_handling": "first_seen"},
        start=START,
        end=END,
        excluded=("test",),
    )
    plan = counted(request, tz="Asia/Tokyo")
    assert plan.exposure is not None
    assert (plan.exposure.flag_key, plan.exposure.variants) == ("checkout-v2", ("control",))
    assert (plan.exposure.start, plan.exposure.end) == (START, NOW)
    assert plan.timezone.key == "Asia/Tokyo"
    assert [(share.key, share.share) for share in plan.shares] == [("control", 0.5), ("test", 0.5)]
    assert plan.excluded == ("test",)
    assert plan.handling is MultipleVariants.FIRST_SEEN
    assert not plan.is_settled


def test_a_drafts_exposures_have_no_window() -> None:
    plan = counted(exposure_request(an_experiment()))
    assert plan.exposure is None
    assert plan.is_settled


def test_exposures_without_variants_are_an_error() -> None:
    request = replace(exposure_request(running()), flag_filters={})
    with pytest.raises(InvalidInput, match="no variants"):
        counted(request)


def test_an_experiments_question_is_its_own_window_and_criteria() -> None:
    experiment = running(
        end_date=END, exposure_criteria={"filterTestAccounts": False}, excluded_variants=("test",)
    )
    assert exposure_request(experiment) == ExposureRequest(
        flag_key="checkout-button",
        flag_filters=experiment.flag.filters,
        criteria={"filterTestAccounts": False},
        start=START,
        end=END,
        excluded=("test",),
    )


# Keys of answers


WINDOWED = mean_of({}, conversion_window=1, conversion_window_unit="day")


@pytest.mark.parametrize(
    "experiment", [running(), running(end_date=END), running(only_count_matured_users=True)]
)
def test_asking_later_does_not_change_the_key_of_a_running_experiment(
    experiment: Experiment,
) -> None:
    keys = {
        key_of(planned(experiment, WINDOWED, as_of=NOW + timedelta(minutes=minutes)))
        for minutes in range(3)
    }
    assert len(keys) == 1


def test_asking_later_does_not_change_the_key_of_exposures() -> None:
    request = exposure_request(running())
    assert key_of(counted(request)) == key_of(counted(request, as_of=LATER))
    assert key_of(counted(replace(request, start=None))) != key_of(counted(request))


def test_the_end_of_an_experiment_changes_the_key() -> None:
    ended = planned(running(end_date=END), as_of=LATER)
    assert key_of(ended) != key_of(planned(running(end_date=NOW), as_of=LATER))
    assert key_of(ended) != key_of(planned(as_of=LATER))


@pytest.mark.parametrize(
    ("experiment", "metric"),
    [
        (running(stats_config={"method": "frequentist"}), None),
        (running(stats_config={"bayesian": {"ci_level": 0.9}}), None),
        (running(excluded_variants=("other",), flag=a_flag(key="other")), None),
        (running(exposure_criteria={"multiple_variant_handling": "first_seen"}), None),
        (replace(running(), start_date=START + timedelta(seconds=1)), None),
        (running(), mean_of({})),
        (running(), {**a_mean_metric(), "goal": "decrease"}),
    ],
)
def test_whatever_changes_the_answer_changes_the_key(
    experiment: Experiment, metric: Properties | None
) -> None:
    assert key_of(planned(experiment, metric)) != key_of(planned())


def test_a_name_does_not_change_the_key() -> None:
    assert key_of(planned(metric={**a_mean_metric(), "name": "Orders"})) == key_of(planned())
