"""What has to be counted for the result of an old experiment."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.legacy.metrics import (
    LegacyCount,
    LegacyFunnel,
    LegacyMath,
    LegacyMetric,
    LegacyTrend,
)
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    EventSource,
    ExposurePlan,
    FunnelPlan,
    MultipleVariants,
    SummaryPlan,
    TallyPlan,
)
from splitplot.experiments.planning import exposure_request, plan_exposures
from splitplot.experiments.support import checked_filters
from splitplot.filters.model import FilterKind, PropertyFilter
from splitplot.filters.wire import parse_filter


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendSums:
    """What to count, for as many units as the exposures tell.

    Attributes:
        math: What of the counted events matters.
        counts_exposing_events: Exposures are events, not units.
    """

    counted: TallyPlan
    exposed: TallyPlan
    math: LegacyMath
    counts_exposing_events: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyPlan:
    """The sums of one metric.

    Attributes:
        sums: For a funnel, its first step exposes and the others convert.
        is_settled: Asking later gives the same plan: only the data can change the answer.
    """

    sums: TrendSums | SummaryPlan
    is_settled: bool


def plan_legacy(
    experiment: Experiment, metric: LegacyMetric, *, project: Project, as_of: datetime
) -> LegacyPlan:
    """Plan one metric of an experiment.

    The variant is read from each event itself, wherever the event is not the flag's own;
    events after the experiment's end are not seen.

    Args:
        experiment: Launched; with the flag as it is now.
        metric: One of its old metrics.
        project: Whose internal users may be left out.
        as_of: The moment whose result is asked for, aware.

    Raises:
        InvalidInput: The experiment is a draft, or its flag has no variants.
    """
    request = replace(exposure_request(experiment), criteria={"filterTestAccounts": False})
    planned = plan_exposures(request, project=project, as_of=as_of)
    if planned.exposure is None:
        raise InvalidInput("The experiment has not been launched yet.", code="not_launched")
    window = replace(
        planned.exposure,
        multiple_variants=MultipleVariants.FIRST_SEEN,
        known_until=planned.exposure.end,
    )
    kept = _kept_out(project) if metric.filters_test_accounts else ()
    if isinstance(metric, LegacyFunnel):
        return LegacyPlan(sums=_funnel(metric, window, kept), is_settled=planned.is_settled)
    return LegacyPlan(sums=_trend(metric, window, kept), is_settled=planned.is_settled)


def key_of_legacy(plan: LegacyPlan) -> str:
    """Identifies all that an answer depends on beside the data and the moment of asking.

    Returns:
        64 hexadecimal digits; opaque.
    """
    sums = plan.sums
    if isinstance(sums, SummaryPlan):
        timeless: object = replace(sums, exposure=_timeless(sums.exposure, plan))
    else:
        timeless = replace(
            sums,
            counted=replace(sums.counted, carriers=_timeless(sums.counted.carriers, plan)),
            exposed=replace(sums.exposed, carriers=_timeless(sums.exposed.carriers, plan)),
        )
    return hashlib.sha256(repr(timeless).encode("utf-8", "surrogatepass")).hexdigest()


def _timeless(exposure: ExposurePlan, plan: LegacyPlan) -> ExposurePlan:
    if plan.is_settled:
        return exposure
    return replace(exposure, end=exposure.start, known_until=None)


def _trend(
    metric: LegacyTrend, window: ExposurePlan, kept: tuple[PropertyFilter, ...]
) -> TrendSums:
    exposure = metric.exposure or LegacyCount(
        source=EventSource(event=DEFAULT_EXPOSURE_EVENT), math=LegacyMath.UNITS
    )
    return TrendSums(
        counted=_tally(metric.counted, window, kept),
        exposed=_tally(exposure, window, kept),
        math=metric.counted.math,
        counts_exposing_events=exposure.math is not LegacyMath.UNITS,
    )


def _tally(count: LegacyCount, window: ExposurePlan, kept: tuple[PropertyFilter, ...]) -> TallyPlan:
    index = count.group_type_index
    carriers = replace(
        window,
        source=_also(count.source, kept),
        group_type_index=window.group_type_index if index is None else index,
    )
    return TallyPlan(carriers=carriers, value_property=count.value_property)


def _funnel(
    metric: LegacyFunnel, window: ExposurePlan, kept: tuple[PropertyFilter, ...]
) -> SummaryPlan:
    first, *others = (_also(step, kept) for step in metric.steps)
    index = metric.group_type_index
    return SummaryPlan(
        exposure=replace(
            window,
            source=first,
            group_type_index=window.group_type_index if index is None else index,
        ),
        metric=FunnelPlan(steps=tuple(others), window=metric.window, order=metric.order),
    )


def _also(source: EventSource, filters: tuple[PropertyFilter, ...]) -> EventSource:
    return replace(source, filters=(*source.filters, *filters))


def _kept_out(project: Project) -> tuple[PropertyFilter, ...]:
    """What marks internal users out; in those days on every event."""
    filters = (
        parse_filter(document, default_kind=FilterKind.EVENT)
        for document in project.test_account_filters
    )
    return checked_filters(filters, attr="test_account_filters")
