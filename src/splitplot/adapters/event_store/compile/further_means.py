"""Means that are made otherwise: of sessions, and split by a property of the events."""

from collections.abc import Callable, Mapping
from datetime import datetime

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of, value_of
from splitplot.adapters.event_store.compile.exposed import exposed_units, single_variant
from splitplot.adapters.event_store.compile.means import aggregate, measured, winsorized
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of, rows, unit_of
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import (
    OTHER_VALUES,
    SESSION_LENGTH,
    EventSource,
    ExposurePlan,
    SessionMeanPlan,
    SessionValue,
    SplitMeanPlan,
    ValueMath,
)

_SECOND = 1_000_000  # microseconds
_COUNTED = {
    SessionValue.PAGEVIEWS: "$pageview",
    SessionValue.AUTOCAPTURES: "$autocapture",
    SessionValue.SCREENS: "$screen",
}
_FOLDS: Mapping[ValueMath, Callable[[ir.Column], ir.Value]] = {
    ValueMath.SUM: lambda values: values.sum(),
    ValueMath.AVG: lambda values: values.mean(),
    ValueMath.MIN: lambda values: values.min(),
    ValueMath.MAX: lambda values: values.max(),
}


def session_mean_query(exposure: ExposurePlan, metric: SessionMeanPlan, scope: Scope) -> ir.Table:
    """`variant`, parts, `units`, and the `total` and `squares` of the units' values."""
    exposed = single_variant(exposed_units(exposure, scope)).alias("exposed")
    groups = groups_of(exposed)
    begun = _begun(exposure, metric, scope)
    conditions = [exposed.unit == begun.begun_unit, begun.begun >= exposed.first]
    if metric.window is not None:
        conditions.append(begun.begun < exposed.first + microseconds_of(metric.window))
    own = exposed.inner_join(begun, conditions).select("unit", "begun_session", *groups)
    sessions = _sessions(exposure, metric, scope)
    joined = own.left_join(sessions, own.begun_session == sessions.session_id)
    # A session without any of what is counted is worth nothing.
    joined = joined.mutate(value=ibis.coalesce(joined.worth, ibis.literal(0.0)))
    units = joined.group_by("unit", *groups).agg(value=_FOLDS[metric.math](joined.value))
    if metric.winsorization is not None:
        units = winsorized(units.alias("units"), metric.winsorization)
    if metric.threshold is not None:
        units = units.mutate(value=(units.value >= metric.threshold).cast("float64"))
    valued = units.select("value", valued_unit=units.unit)
    # Units without a session do not count, but their values of a breakdown are there.
    every = exposed.left_join(valued, exposed.unit == valued.valued_unit)
    nothing = ibis.literal(0.0)
    return every.group_by(groups).agg(
        units=every.value.count(),
        total=ibis.coalesce(every.value.sum(), nothing),
        squares=ibis.coalesce((every.value * every.value).sum(), nothing),
    )


def _begun(exposure: ExposurePlan, metric: SessionMeanPlan, scope: Scope) -> ir.Table:
    """When each unit's first event of the source in each session happened."""
    events = rows(
        scope,
        metric.source,
        since=exposure.start,
        until=_until(exposure, metric),
        is_until_included=False,
    )
    named = events.select(
        begun_unit=unit_of(events, exposure),
        begun_session=events.session_id,
        moment=scope.moment(events),
    )
    named = named.filter(named.begun_session.notnull())
    return named.group_by("begun_unit", "begun_session").agg(begun=named.moment.min())


def _sessions(exposure: ExposurePlan, metric: SessionMeanPlan, scope: Scope) -> ir.Table:
    """What each session is worth, by all of its events."""
    events = rows(
        scope,
        EventSource(event=_COUNTED.get(metric.value)),
        since=exposure.start - SESSION_LENGTH,
        until=later(_until(exposure, metric), SESSION_LENGTH),
        is_until_included=False,
    )
    events = events.select("session_id", moment=scope.moment(events))
    events = events.filter(events.session_id.notnull())
    if metric.value is SessionValue.DURATION:
        worth = (events.moment.max() - events.moment.min()).cast("float64") / _SECOND
    else:
        worth = events.count().cast("float64")
    return events.group_by("session_id").agg(worth=worth)


def _until(exposure: ExposurePlan, metric: SessionMeanPlan) -> datetime:
    return exposure.end if metric.window is None else later(exposure.end, metric.window)


def split_mean_query(exposure: ExposurePlan, metric: SplitMeanPlan, scope: Scope) -> ir.Table:
    """`variant`, `part`, `units`, and the `total` and `squares` of the units' values.

    There is a row for each value and each variant that somebody saw.
    """
    exposed = single_variant(exposed_units(exposure, scope)).alias("exposed")
    values = _named(_values_of_units(exposure, metric, scope, exposed), metric.most_values)
    values = values.alias("split_values")
    sums = values.group_by("variant", "part").agg(
        total=values.value.sum(), squares=(values.value * values.value).sum()
    )
    sums = sums.select("total", "squares", of_variant="variant", of_part="part")
    sizes = exposed.group_by("variant").agg(units=exposed.count())
    grid = sizes.cross_join(values.select("part").distinct())
    found = grid.left_join(sums, [grid.variant == sums.of_variant, grid.part == sums.of_part])
    nothing = ibis.literal(0.0)
    return found.select(
        "variant",
        "part",
        "units",
        total=ibis.coalesce(found.total, nothing),
        squares=ibis.coalesce(found.squares, nothing),
    )


def _values_of_units(
    exposure: ExposurePlan, metric: SplitMeanPlan, scope: Scope, exposed: ir.Table
) -> ir.Table:
    """`variant`, `unit`, `part` and `value`, of each unit and each value of its events."""
    mean, window = metric.mean(), metric.window
    until = exposure.end if window is None else later(exposure.end, window)
    events = rows(scope, metric.source, since=exposure.start, until=until, is_until_included=False)
    counted = events.select(
        counted_unit=unit_of(events, exposure),
        moment=scope.moment(events),
        part=value_of(events, metric.property, scope),
        **measured(mean, scope, events),
    )
    conditions = [exposed.unit == counted.counted_unit, counted.moment >= exposed.first]
    if window is not None:
        conditions.append(counted.moment < exposed.first + microseconds_of(window))
    joined = exposed.inner_join(counted, conditions)
    units = joined.group_by("variant", "unit", "part").agg(value=aggregate(mean, joined))
    return units.mutate(value=units.value.cast("float64"))


def _named(units: ir.Table, most_values: int) -> ir.Table:
    """The same, with the values that are too many joined in one."""
    within = ibis.window(group_by="part", preceding=None, following=None)
    sized = units.mutate(size=units.count().over(within))
    # Over a range, not over rows: there, equal ones have no rank in common on ClickHouse.
    by_size = ibis.range_window(
        order_by=[ibis.desc(sized["size"]), sized.part], preceding=None, following=0
    )
    ranked = sized.mutate(rank=ibis.dense_rank().over(by_size))
    named = ranked.mutate(part=ibis.ifelse(ranked["rank"] < most_values, ranked.part, OTHER_VALUES))
    return named.group_by("variant", "unit", "part").agg(value=named.value.sum())
