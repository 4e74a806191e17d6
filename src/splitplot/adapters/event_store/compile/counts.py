"""Counts without a metric: tallies by the variant that events carry, and who performed one."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.exposed import exposure_events
from splitplot.adapters.event_store.compile.sources import Scope, arrived, person_of, unit_of
from splitplot.experiments.plan import TallyPlan
from splitplot.ports.event_store import Performer, PerformersPlan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tally_query(plan: TallyPlan, scope: Scope) -> ir.Table:
    """`variant`, `events`, `units`, and `total` if values are summed.

    Variants that nothing carries have no row.
    """
    carriers = plan.carriers
    events, variant = exposure_events(carriers, scope)
    columns = {"variant": variant, "unit": unit_of(events, carriers)}
    if plan.value_property is not None:
        number = scope.dialect.number(events, plan.value_property)
        columns["value"] = ibis.coalesce(number, ibis.literal(0.0))
    carried = events.select(**columns)
    is_analysed = carried.variant.isin(list(carriers.variants))
    carried = carried.filter(is_analysed, carried.unit.notnull())
    sums = {"events": carried.count()}
    if plan.value_property is not None:
        sums["total"] = carried.value.sum()
    # Units are counted as rows: counting distinct values is a guess on some engines.
    of_units = carried.group_by("variant", "unit").agg(**sums)
    sums = {"events": of_units.events.sum().cast("int64"), "units": of_units.count()}
    if plan.value_property is not None:
        sums["total"] = of_units.total.sum()
    return of_units.group_by("variant").agg(**sums)


def performers_query(plan: PerformersPlan, scope: Scope) -> ir.Table:
    """`person` and `last_at`, in microseconds since 1970."""
    events = arrived(scope, plan)
    named = events.select(person=person_of(events), moment=scope.moment(events))
    return named.group_by("person").agg(last_at=named.moment.max())


def performers_of(rows: Iterable[Sequence[object]]) -> tuple[Performer, ...]:
    """What the rows of `performers_query` say."""
    return tuple(_performer(person, last_at) for person, last_at in rows)


def _performer(person: object, last_at: object) -> Performer:
    if not (isinstance(person, UUID) and isinstance(last_at, int)):
        raise TypeError(f"expected a person and an instant, got {person!r} and {last_at!r}")
    return Performer(person_id=person, last_at=_EPOCH + timedelta(microseconds=last_at))
