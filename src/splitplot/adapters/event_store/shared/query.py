"""One query for many metrics of one exposure, and what its rows say about each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of
from splitplot.adapters.event_store.compile.exposed import exposed_units, single_variant
from splitplot.adapters.event_store.compile.funnels import has_disjoint_steps
from splitplot.adapters.event_store.compile.plans import Row
from splitplot.adapters.event_store.compile.retentions import Retention
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.adapters.event_store.shared.metrics import (
    SharedFunnel,
    SharedMean,
    SharedMetric,
    SharedRatio,
    SharedRetention,
)
from splitplot.adapters.event_store.shared.scan import Scan
from splitplot.experiments.plan import (
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    RatioPlan,
    RetentionPlan,
    Source,
    SummaryPlan,
    UnitProperty,
    ValueMath,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedQuery:
    """Several metrics of one exposure.

    Attributes:
        table: For each variant and part `units`, `entries` (of the unit that entered most
            often) and the metrics' sums.
        columns: Of the table.
        width: How many columns come first and say whose sums they are.
        metrics: What reads the sums, in the order in which they were asked for.
    """

    table: ir.Table
    columns: tuple[str, ...]
    width: int
    metrics: tuple[SharedMetric, ...]

    def rows_of(self, metric: SharedMetric, rows: Iterable[Row]) -> list[Row]:
        """The rows that the metric's own query would have."""
        found: list[Row] = []
        for row in rows:
            sums = dict(zip(self.columns, row, strict=True))
            found += ((*row[: self.width], *numbers) for numbers in metric.rows(sums))
        return found

    def most_entries(self, rows: Iterable[Row]) -> int:
        at = self.columns.index("entries")
        return max((int(str(row[at])) for row in rows), default=0)


def is_shareable(plan: SummaryPlan, scope: Scope) -> bool:
    """Whether the sharing knows all that a plan asks for.

    Plans are compared with what is known of them, so that whatever else they come to say
    is answered by a query of its own.
    """
    exposure, metric = plan.exposure, plan.metric
    if not _is_known_breakdown(exposure.breakdown):
        return False
    match metric:
        case MeanPlan():
            return _is_known_mean(metric, exposure, scope)
        case RatioPlan():
            sides = (metric.numerator, metric.denominator)
            is_known = metric == RatioPlan(numerator=sides[0], denominator=sides[1])
            return is_known and all(_is_known_mean(side, exposure, scope) for side in sides)
        case FunnelPlan():
            return _is_known_funnel(metric, exposure, scope)
        case RetentionPlan():
            return _is_known_retention(metric, exposure, scope)
        case _:
            return False


def shared_query(
    exposure: ExposurePlan, metrics: Sequence[MetricPlan], scope: Scope
) -> SharedQuery:
    """The query of metrics that are shareable."""
    scan = Scan(exposure, scope)
    shared = tuple(
        _shared(metric, scan, exposure, scope, name=f"metric_{number}")
        for number, metric in enumerate(metrics)
    )
    has_chains = any(isinstance(metric, SharedFunnel) for metric in shared)
    exposed = exposed_units(exposure, scope, lists_entries=has_chains)
    exposed = single_variant(exposed).alias("exposed")
    units = scan.units(exposed)
    for stage in range(max(metric.stages for metric in shared)):
        columns: dict[str, ir.Value] = {}
        for metric in shared:
            columns.update(metric.columns(units, stage))
        units = units.mutate(**columns)
    clamps = [clamp for metric in shared for clamp in metric.clamps]
    if clamps:
        # All units are needed for each bound, so no more of them than numbers.
        lists = [name for name in units.columns if units[name].type().is_array()]
        units = units.drop(*lists).alias("units")
        units = units.mutate(**{clamp.name: clamp.clamped(units) for clamp in clamps})
    sums: dict[str, ir.Value] = {"units": units.count(), "entries": units.entries.max()}
    for metric in shared:
        sums.update(metric.sums(units))
    groups = groups_of(exposed)
    table = units.group_by(groups).agg(**sums)
    return SharedQuery(table=table, columns=tuple(table.columns), width=len(groups), metrics=shared)


def _shared(
    metric: MetricPlan, scan: Scan, exposure: ExposurePlan, scope: Scope, *, name: str
) -> SharedMetric:
    match metric:
        case MeanPlan():
            return SharedMean(metric, scan)
        case RatioPlan():
            return SharedRatio(metric, scan)
        case FunnelPlan():
            return SharedFunnel(metric, scan, exposure, name)
        case RetentionPlan():
            return SharedRetention(metric, scan, exposure, name, scope=scope)
        case _:
            raise TypeError(f"{type(metric).__name__} cannot be shared")


def _is_known_breakdown(breakdown: Breakdown | None) -> bool:
    """Whether the value of a unit is its first exposure's, the same for every metric."""
    if breakdown is None:
        return True
    properties = tuple(
        UnitProperty(key=each.key, is_of_person=each.is_of_person) for each in breakdown.properties
    )
    return breakdown == Breakdown(properties=properties, most_values=breakdown.most_values)


def _is_known_mean(metric: MeanPlan, exposure: ExposurePlan, scope: Scope) -> bool:
    known = MeanPlan(
        source=metric.source,
        math=metric.math,
        value_property=metric.value_property,
        group_type_index=metric.group_type_index,
        window=metric.window,
        winsorization=metric.winsorization,
        threshold=metric.threshold,
        lookback=metric.lookback,
    )
    # A clamped one needs all units twice.
    can_clamp = scope.dialect.shares_subqueries and exposure.breakdown is None
    return (
        metric == known
        and metric.math is not ValueMath.HOGQL
        and _are_events(metric.source)
        and (metric.winsorization is None or can_clamp)
    )


def _is_known_funnel(metric: FunnelPlan, exposure: ExposurePlan, scope: Scope) -> bool:
    known = FunnelPlan(
        steps=metric.steps, window=metric.window, order=metric.order, lookback=metric.lookback
    )
    return (
        metric == known
        and scope.dialect.shares_subqueries
        and _are_events(*metric.steps)
        and has_disjoint_steps(exposure, metric)
    )


def _is_known_retention(metric: RetentionPlan, exposure: ExposurePlan, scope: Scope) -> bool:
    known = RetentionPlan(
        start=metric.start,
        completion=metric.completion,
        clock=metric.clock,
        earliest=metric.earliest,
        latest=metric.latest,
        takes_last_start=metric.takes_last_start,
        window=metric.window,
        started_by=metric.started_by,
        counts_all_exposed=metric.counts_all_exposed,
    )
    return (
        metric == known
        and scope.dialect.shares_subqueries
        and _are_events(*(each for each in (metric.start, metric.completion) if each is not None))
        and not Retention(exposure, metric, scope).may_be_one_event
    )


def _are_events(*sources: Source) -> bool:
    return all(isinstance(source, EventSource) for source in sources)
