"""From an experiment and a metric to plans that an event store can carry out."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.criteria import (
    ExposureAction,
    ExposureConfig,
    ExposureCriteria,
    parse_exposure_criteria,
)
from splitplot.experiments.judgement import Goal
from splitplot.experiments.metric_plans import (
    Limitation,
    metric_kind,
    metric_limitations,
    metric_plan,
    only_matured,
    split_plan,
    time_to_mature,
    with_lookback,
)
from splitplot.experiments.metrics import parse_metric
from splitplot.experiments.metrics.breakdowns import read_breakdown, with_touches
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    EventSource,
    ExposurePlan,
    MultipleVariants,
    RetentionPlan,
    SplitMeanPlan,
    SummaryPlan,
)
from splitplot.experiments.results import MetricKind
from splitplot.experiments.stats_config import StatsConfig, read_stats_config
from splitplot.experiments.support import checked_filters, unsupported
from splitplot.filters.model import FilterKind, Properties, PropertyFilter
from splitplot.filters.wire import parse_filter
from splitplot.flags.model import VariantShare
from splitplot.flags.wire import parse_rules

# No event is older: capture puts what claims to be at the start of the epoch.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Far enough from the calendar's end for every window and time zone.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
GROUP_TYPES = 5

_CRITERIA = "exposure_criteria"
_OF_PERSONS = (FilterKind.PERSON, FilterKind.COHORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRequest:
    """Whose exposures are asked for, in the terms of the wire.

    Attributes:
        experiment_id: The experiment whose excluded variants are left out; None when the
            question stands for itself.
        flag_filters: The flag's `filters` document.
        criteria: An `exposure_criteria` document.
        start: First instant that counts; None for a draft.
        end: Last instant that counts; None for now.
        holdout: What the flag answers to units kept out, when they are to be counted
            beside the others; they are never part of a result.
    """

    flag_key: str
    flag_filters: Properties
    criteria: Properties
    start: datetime | None
    end: datetime | None
    excluded: tuple[str, ...] = ()
    experiment_id: int | None = None
    holdout: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPlan:
    """What to sum up for a metric, and how to judge the sums.

    Attributes:
        is_settled: Asking later gives the same plan: only the data can change the answer.
        limitations: What was asked for and will not be in the result.
        split: The metric once more, for each value of a property of its events.
    """

    summary: SummaryPlan
    kind: MetricKind
    goal: Goal
    config: StatsConfig
    baseline_key: str
    is_settled: bool
    limitations: tuple[Limitation, ...]
    split: SplitMeanPlan | None = None

    @property
    def parts(self) -> SummaryPlan | None:
        """What to sum up for the values that the metric is split by, if it is."""
        return None if self.split is None else replace(self.summary, metric=self.split)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureSummaryPlan:
    """What to count for an experiment's exposures, and how to lay it out.

    Attributes:
        exposure: None for a draft: it has no window.
        shares: All variants of the flag, in flag order.
        holdout: See `ExposureRequest`.
        is_settled: See `ResultPlan`.
    """

    exposure: ExposurePlan | None
    timezone: ZoneInfo
    shares: tuple[VariantShare, ...]
    excluded: tuple[str, ...]
    handling: MultipleVariants
    is_settled: bool
    holdout: str | None = None

    @property
    def held_out(self) -> ExposurePlan | None:
        """The same for units kept out; None when they are not counted.

        Apart from the others, for who leaves a holdout has not seen several variants.
        """
        if self.exposure is None or self.holdout is None:
            return None
        return replace(self.exposure, variants=(self.holdout,))


def exposure_request(experiment: Experiment) -> ExposureRequest:
    """The question about a stored experiment's exposures."""
    return ExposureRequest(
        flag_key=experiment.flag.key,
        flag_filters=experiment.flag.filters,
        criteria=experiment.exposure_criteria or {},
        start=experiment.start_date,
        end=experiment.end_date,
        excluded=experiment.excluded_variants,
    )


def plan_result(
    experiment: Experiment, metric: Properties, *, project: Project, as_of: datetime
) -> ResultPlan:
    """Plan one metric of an experiment.

    Args:
        experiment: Launched; with the flag as it is now.
        metric: The metric's document.
        project: Whose internal users are left out, and in whose time zone days are days.
        as_of: The moment whose result is asked for, aware.

    Raises:
        InvalidInput: The experiment is a draft, its baseline is not analysed, or criteria
            or metric are unreadable or not supported yet.
    """
    request = exposure_request(experiment)
    window = _window(request, as_of)
    if window is None:
        raise InvalidInput("The experiment has not been launched yet.", code="not_launched")
    parsed = parse_metric(metric)
    config = read_stats_config(experiment.stats_config)
    measured = with_lookback(metric_plan(parsed), config.lookback)
    counts_matured = experiment.only_count_matured_users
    is_settled = _is_settled(
        request, as_of, matures_after=time_to_mature(parsed) if counts_matured else None
    )
    exposure = _exposure_plan(request, window=window, project=project)
    exposure = replace(exposure, breakdown=with_touches(read_breakdown(metric), metric, measured))
    summary = SummaryPlan(exposure=exposure, metric=measured)
    # In the end everybody is matured.
    if counts_matured and not is_settled:
        summary = only_matured(summary, parsed, as_of=as_of, zone=ZoneInfo(project.timezone))
    return ResultPlan(
        summary=summary,
        kind=metric_kind(measured),
        goal=parsed.goal,
        config=config,
        baseline_key=_baseline(config, request),
        is_settled=is_settled,
        limitations=metric_limitations(metric),
        split=split_plan(metric, measured),
    )


def plan_exposures(
    request: ExposureRequest, *, project: Project, as_of: datetime
) -> ExposureSummaryPlan:
    """Plan the exposures by day.

    Raises:
        InvalidInput: The flag has no variants, or the criteria are unreadable or not
            supported yet.
    """
    window = _window(request, as_of)
    criteria = parse_exposure_criteria(request.criteria)
    return ExposureSummaryPlan(
        exposure=window and _exposure_plan(request, window=window, project=project),
        timezone=ZoneInfo(project.timezone),
        shares=_variant_shares(request),
        excluded=request.excluded,
        handling=criteria.multiple_variants,
        is_settled=window is None or _is_settled(request, as_of, matures_after=None),
        holdout=request.holdout,
    )


def key_of(plan: ResultPlan | ExposureSummaryPlan) -> str:
    """Identifies all that an answer depends on beside the data and the moment of asking.

    Plans that differ only because one was made later have the same key.

    Returns:
        64 hexadecimal digits; opaque.
    """
    if isinstance(plan, ResultPlan):
        exposure = _timeless(plan.summary.exposure, is_settled=plan.is_settled)
        metric = plan.summary.metric
        if isinstance(metric, RetentionPlan) and metric.started_by is not None:
            metric = replace(metric, started_by=exposure.start)
        timeless: object = replace(plan, summary=SummaryPlan(exposure=exposure, metric=metric))
    else:
        counted = plan.exposure and _timeless(plan.exposure, is_settled=plan.is_settled)
        timeless = replace(plan, exposure=counted)
    return hashlib.sha256(repr(timeless).encode("utf-8", "surrogatepass")).hexdigest()


def _timeless(exposure: ExposurePlan, *, is_settled: bool) -> ExposurePlan:
    if is_settled:
        return exposure
    # Any moment will do, as long as it is always the same.
    return replace(
        exposure,
        end=exposure.start,
        exposed_by=exposure.exposed_by and exposure.start,
        known_until=exposure.known_until and exposure.start,
    )


def _window(request: ExposureRequest, as_of: datetime) -> tuple[datetime, datetime] | None:
    """First and last instant at which an exposure counts; None for a draft."""
    if request.start is None:
        return None
    end = as_of if request.end is None else min(as_of, request.end)
    return _within_calendar(request.start), _within_calendar(end)


def _within_calendar(moment: datetime) -> datetime:
    return min(max(moment, EARLIEST), LATEST)


def _is_settled(
    request: ExposureRequest, as_of: datetime, *, matures_after: timedelta | None
) -> bool:
    """Whether the window's end is behind us, and everybody in it is matured."""
    if request.end is None:
        return False
    return as_of - (matures_after or timedelta()) >= request.end


def _exposure_plan(
    request: ExposureRequest, *, window: tuple[datetime, datetime], project: Project
) -> ExposurePlan:
    criteria = parse_exposure_criteria(request.criteria)
    source = _exposure_source(criteria)
    group = _group_type_index(request.flag_filters)
    start, end = window
    is_over = request.end is not None and end >= _within_calendar(request.end)
    return ExposurePlan(
        project_id=project.id,
        start=start,
        end=end,
        # What came after the end of an experiment still counts, within windows.
        known_until=None if is_over else end,
        flag_key=request.flag_key,
        source=source,
        variants=_analysed(request),
        multiple_variants=criteria.multiple_variants,
        unit_filters=(*_unit_filters(criteria, project), *_exclusions(criteria, group)),
        group_type_index=group,
        activation=_activation(criteria, source),
        timezone=project.timezone,
    )


def _variant_shares(request: ExposureRequest) -> tuple[VariantShare, ...]:
    """The flag's variants in flag order. An answer without a name is no variant."""
    shares = tuple(share for share in parse_rules(request.flag_filters).variants if share.key)
    if not shares:
        raise InvalidInput("The experiment's flag has no variants.", code="no_variants")
    return shares


def _analysed(request: ExposureRequest) -> tuple[str, ...]:
    return tuple(
        share.key for share in _variant_shares(request) if share.key not in request.excluded
    )


def _baseline(config: StatsConfig, request: ExposureRequest) -> str:
    baseline = config.baseline_of([share.key for share in _variant_shares(request)])
    if baseline not in _analysed(request):
        raise InvalidInput(
            f"The baseline variant {baseline!r} is not among the analysed variants.",
            code="no_control_variant",
        )
    return baseline


def _exposure_source(criteria: ExposureCriteria) -> EventSource:
    if criteria.exposure is None:
        return EventSource(event=DEFAULT_EXPOSURE_EVENT)
    return _configured(criteria.exposure)


def _activation(criteria: ExposureCriteria, source: EventSource) -> EventSource | None:
    """The activation event; there is none beside a custom exposure."""
    if criteria.activation is None or source.event != DEFAULT_EXPOSURE_EVENT:
        return None
    return _configured(criteria.activation)


def _configured(config: ExposureConfig) -> EventSource:
    filters = checked_filters(config.filters, attr=_CRITERIA)
    if isinstance(config, ExposureAction):
        return EventSource(event=None, filters=filters, action_id=config.action_id)
    return EventSource(event=config.event, filters=filters)


def _unit_filters(criteria: ExposureCriteria, project: Project) -> tuple[PropertyFilter, ...]:
    """What marks internal users out; looked at on exposure and activation events."""
    if not criteria.filters_test_accounts:
        return ()
    filters = (
        parse_filter(document, default_kind=FilterKind.EVENT)
        for document in project.test_account_filters
    )
    return checked_filters(filters, attr="test_account_filters")


def _exclusions(
    criteria: ExposureCriteria, group_type_index: int | None
) -> tuple[PropertyFilter, ...]:
    """What keeps excluded persons out, as they are today."""
    attr = f"{_CRITERIA}__exclusions"
    if criteria.exclusions and group_type_index is not None:
        raise unsupported("Exclusions of persons from experiments on groups are", attr=attr)
    for condition in criteria.exclusions:
        if condition.kind not in _OF_PERSONS:
            raise unsupported(f"Exclusions by {condition.kind.value!r} are", attr=attr)
    checked = checked_filters(criteria.exclusions, attr=attr)
    return tuple(replace(condition, negation=not condition.negation) for condition in checked)


def _group_type_index(flag_filters: Properties) -> int | None:
    index = flag_filters.get("aggregation_group_type_index")
    if index is None:
        return None
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < GROUP_TYPES:
        raise InvalidInput(f"There is no group type {index!r}.", attr="feature_flag__filters")
    return index
