"""Plans carried out in plain Python: the semantics that every engine is held to."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

from splitplot.adapters.event_store.capabilities import is_list_of_persons, persons_of
from splitplot.adapters.event_store.values import (
    later,
    name_of,
    string_of,
    valid_text,
    value_of,
)
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    MULTIPLE,
    NO_VALUE,
    EventSource,
    ExposureCount,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MultipleVariants,
    TallyPlan,
    UnitProperty,
    ValueMath,
    VariantSummary,
    VariantTally,
    Winsorization,
)
from splitplot.filters.match import compile_filter
from splitplot.filters.model import FilterKind, Operator, Properties, PropertyFilter
from splitplot.filters.text import text_of
from splitplot.ports.event_store import Performer, PerformersPlan

QUARTER = timedelta(minutes=15)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The events of one project, and who is who now.

    Attributes:
        person_ids: Person of today by derived id; ids that are absent are their own.
        person_properties: By person of today.
        as_of: What relative dates in filters count back from.
        zone: Where dates without an offset are read.
    """

    events: Sequence[Event]
    person_ids: Mapping[UUID, UUID]
    person_properties: Mapping[UUID, Properties]
    as_of: datetime
    zone: tzinfo

    def person_of(self, event: Event) -> UUID:
        return self.person_ids.get(event.person_id, event.person_id)

    def unit_of(self, event: Event, plan: ExposurePlan) -> str | None:
        if plan.group_type_index is None:
            return str(self.person_of(event))
        return name_of(event.properties, f"$group_{plan.group_type_index}")

    def value_of(self, event: Event, unit_property: UnitProperty) -> str:
        """What a breakdown knows of the property at an event."""
        kind = FilterKind.PERSON if unit_property.is_of_person else FilterKind.EVENT
        value = self._properties(event, kind).get(unit_property.key)
        return NO_VALUE if value is None or value == "" else valid_text(text_of(value))

    def of(self, source: EventSource, *, also: Iterable[PropertyFilter] = ()) -> Iterable[Event]:
        """The events of a source for which `also` holds too."""
        conditions = [self._question(condition) for condition in (*source.filters, *also)]
        for event in self.events:
            if source.event in (None, event.name) and all(holds(event) for holds in conditions):
                yield event

    def _question(self, condition: PropertyFilter) -> Callable[[Event], bool]:
        if is_list_of_persons(condition):
            named = frozenset(persons_of(condition))
            is_wanted = condition.operator is not Operator.NOT_IN
            return lambda event: (str(self.person_of(event)) in named) is is_wanted
        compiled, kind = compile_filter(condition, zone=self.zone), condition.kind
        return lambda event: compiled.holds(self._properties(event, kind), now=self.as_of)

    def _properties(self, event: Event, kind: FilterKind) -> Properties:
        if kind is FilterKind.PERSON:
            return self.person_properties.get(self.person_of(event), {})
        return event.properties


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedUnit:
    """A unit of the experiment.

    Attributes:
        variant: An analysed variant, or `$multiple`.
        entries: When it was exposed (or activated), ascending; the first one counts
            for means, each one restarts an ordered funnel.
        values: At the first entry, those of the plan's breakdown.
    """

    unit: str
    variant: str
    entries: tuple[datetime, ...]
    values: tuple[str, ...] = ()

    @property
    def first(self) -> datetime:
        return self.entries[0]


def exposed_units(recorded: Recorded, plan: ExposurePlan) -> list[ExposedUnit]:
    """Every unit that counts, those of `$multiple` included."""
    exposures: dict[str, list[Event]] = defaultdict(list)
    for event in exposure_events(recorded, plan):
        unit = recorded.unit_of(event, plan)
        if unit is not None:
            exposures[unit].append(event)
    units = []
    for unit, events in exposures.items():
        events.sort(key=_order)
        variant = _variant_of([served_variant(event, plan) for event in events], plan)
        units.append(_exposed_unit(recorded, plan, events, unit=unit, variant=variant))
    if plan.activation is not None:
        units = _activated(recorded, plan, units)
    if plan.exposed_by is not None:
        limit = plan.exposed_by
        units = [unit for unit in units if unit.first <= limit]
    return units


def _order(event: Event) -> tuple[datetime, UUID]:
    return event.timestamp, event.uuid


def _exposed_unit(
    recorded: Recorded, plan: ExposurePlan, events: Sequence[Event], *, unit: str, variant: str
) -> ExposedUnit:
    """The unit that enters with these events."""
    properties = () if plan.breakdown is None else plan.breakdown.properties
    return ExposedUnit(
        unit=unit,
        variant=variant,
        entries=tuple(event.timestamp for event in events),
        values=tuple(recorded.value_of(events[0], each) for each in properties),
    )


def exposure_events(recorded: Recorded, plan: ExposurePlan) -> Iterable[Event]:
    """The events that expose a unit to an analysed variant."""
    for event in recorded.of(plan.source, also=plan.unit_filters):
        in_window = plan.start <= event.timestamp <= plan.end
        if in_window and served_variant(event, plan) in plan.variants:
            yield event


def activation_events(recorded: Recorded, plan: ExposurePlan) -> Iterable[Event]:
    if plan.activation is None:
        return
    for event in recorded.of(plan.activation, also=plan.unit_filters):
        if plan.start <= event.timestamp <= plan.end:
            yield event


def entry_events(recorded: Recorded, plan: ExposurePlan) -> Iterable[Event]:
    """The events by which units enter: exposures, or activations if the plan has them."""
    if plan.activation is None:
        return exposure_events(recorded, plan)
    return activation_events(recorded, plan)


def performers(recorded: Recorded, plan: PerformersPlan) -> tuple[Performer, ...]:
    """Each person who performed the event, with the last time."""
    last: dict[UUID, datetime] = {}
    for event in recorded.of(plan.source):
        is_late_enough = plan.since is None or event.timestamp >= plan.since
        if is_late_enough and (plan.until is None or event.timestamp <= plan.until):
            person_id = recorded.person_of(event)
            last[person_id] = max(last.get(person_id, event.timestamp), event.timestamp)
    return tuple(Performer(person_id=key, last_at=at) for key, at in last.items())


def count_exposures(recorded: Recorded, plan: ExposurePlan) -> tuple[ExposureCount, ...]:
    counts: dict[tuple[str, datetime], int] = defaultdict(int)
    for unit in exposed_units(recorded, plan):
        counts[unit.variant, quarter_of(unit.first)] += 1
    order = {variant: place for place, variant in enumerate((*plan.variants, MULTIPLE))}
    return tuple(
        ExposureCount(variant=variant, quarter=quarter, units=units)
        for (variant, quarter), units in sorted(
            counts.items(), key=lambda item: (order[item[0][0]], item[0][1])
        )
    )


def quarter_of(moment: datetime) -> datetime:
    """Start of the quarter of an hour that the instant falls in."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % QUARTER


def tally(recorded: Recorded, plan: TallyPlan) -> tuple[VariantTally, ...]:
    carriers = plan.carriers
    carried: dict[str | None, list[tuple[str, float]]] = defaultdict(list)
    for event in exposure_events(recorded, carriers):
        unit = recorded.unit_of(event, carriers)
        if unit is not None:
            value = value_of(event.properties.get(plan.value_property or ""))
            carried[served_variant(event, carriers)].append((unit, value or 0.0))
    return tuple(
        VariantTally(
            variant=variant,
            events=len(carried[variant]),
            units=len({unit for unit, _ in carried[variant]}),
            total=math.fsum(value for _, value in carried[variant]),
        )
        for variant in carriers.variants
    )


def served_variant(event: Event, plan: ExposurePlan) -> str | None:
    if plan.source.event != DEFAULT_EXPOSURE_EVENT:
        return string_of(event.properties, f"$feature/{plan.flag_key}")
    if string_of(event.properties, "$feature_flag") != plan.flag_key:
        return None
    return string_of(event.properties, "$feature_flag_response")


def _variant_of(variants: Sequence[str | None], plan: ExposurePlan) -> str:
    """The unit's variant, from those that it saw in order."""
    exclude = plan.multiple_variants is MultipleVariants.EXCLUDE
    if exclude and len(set(variants)) > 1:
        return MULTIPLE
    return str(variants[0])


def _activated(
    recorded: Recorded, plan: ExposurePlan, units: list[ExposedUnit]
) -> list[ExposedUnit]:
    activations: dict[str | None, list[Event]] = defaultdict(list)
    for event in sorted(activation_events(recorded, plan), key=_order):
        activations[recorded.unit_of(event, plan)].append(event)
    after = (
        (unit, [event for event in activations[unit.unit] if event.timestamp >= unit.first])
        for unit in units
    )
    return [
        _exposed_unit(recorded, plan, events, unit=unit.unit, variant=unit.variant)
        for unit, events in after
        if events
    ]


# Means


def mean_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: MeanPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    values = unit_values(recorded, exposure, metric, units)
    if metric.winsorization is not None:
        values = winsorized(values, metric.winsorization)
    if metric.threshold is not None:
        limit = metric.threshold
        values = {unit: 1.0 if value >= limit else 0.0 for unit, value in values.items()}
    of_variant: dict[str, list[float]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        of_variant[unit.variant].append(values[unit.unit])
    summaries = tuple(
        VariantSummary(
            variant=variant,
            count=len(members),
            sum=math.fsum(members),
            sum_squares=math.fsum(value * value for value in members),
        )
        for variant, members in of_variant.items()
    )
    if metric.lookback is None:
        return summaries
    past = past_events(recorded, exposure, metric.source, units, lookback=metric.lookback)
    covariates = {unit: _value(recorded, metric, events) for unit, events in past.items()}
    return with_covariates(summaries, units, values, covariates)


def unit_values(
    recorded: Recorded, exposure: ExposurePlan, metric: MeanPlan, units: list[ExposedUnit]
) -> dict[str, float]:
    """The number of each unit, as it is before winsorization."""
    window = metric.window
    until = exposure.end if window is None else later(exposure.end, window)
    first = {unit.unit: unit.first for unit in units}
    counted: dict[str, list[Event]] = {unit.unit: [] for unit in units}
    for event in recorded.of(metric.source):
        unit = recorded.unit_of(event, exposure)
        if unit not in first or not exposure.start <= event.timestamp < until:
            continue
        since = event.timestamp - first[unit]
        if since >= timedelta(0) and (window is None or since < window):
            counted[unit].append(event)
    return {unit: _value(recorded, metric, events) for unit, events in counted.items()}


def _value(recorded: Recorded, metric: MeanPlan, events: list[Event]) -> float:
    """The one number of a unit; 0 for a unit without events."""
    match metric.math:
        case ValueMath.TOTAL:
            return float(len(events))
        case ValueMath.UNIQUE_SESSION:
            sessions = {name_of(event.properties, "$session_id") for event in events}
            return float(len(sessions - {None}))
        case ValueMath.DAU:
            return float(len({recorded.person_of(event) for event in events} - {NOBODY}))
        case ValueMath.UNIQUE_GROUP:
            group = f"$group_{metric.group_type_index}"
            return float(len({name_of(event.properties, group) for event in events} - {None}))
    key = metric.value_property or ""
    numbers = [value_of(event.properties.get(key)) or 0.0 for event in events]
    if not numbers:
        return 0.0
    fold: dict[ValueMath, Callable[[list[float]], float]] = {
        ValueMath.SUM: math.fsum,
        ValueMath.AVG: lambda values: math.fsum(values) / len(values),
        ValueMath.MIN: min,
        ValueMath.MAX: max,
    }
    return fold[metric.math](numbers)


def winsorized(values: dict[str, float], rule: Winsorization) -> dict[str, float]:
    """The values of all variants' units, clamped to the bounds of their one pool."""
    pool = sorted(values.values())
    upper_pool = [value for value in pool if value != 0] if rule.ignore_zeros else pool
    lower = _order_statistic(pool, rule.lower, unset=-math.inf)
    upper = _order_statistic(upper_pool, rule.upper, unset=math.inf)
    return {unit: min(max(lower, value), upper) for unit, value in values.items()}


def _order_statistic(pool: Sequence[float], share: float | None, *, unset: float) -> float:
    if share is None or not pool:
        return unset
    return pool[min(math.floor(share * len(pool)), len(pool) - 1)]


# Covariates


def past_events(
    recorded: Recorded,
    exposure: ExposurePlan,
    source: EventSource,
    units: list[ExposedUnit],
    *,
    lookback: timedelta,
) -> dict[str, list[Event]]:
    """For each unit, the source's events within the lookback before its first exposure."""
    first = {unit.unit: unit.first for unit in units}
    past: dict[str, list[Event]] = {unit.unit: [] for unit in units}
    for event in recorded.of(source):
        unit = recorded.unit_of(event, exposure)
        if unit in first and timedelta(0) < first[unit] - event.timestamp <= lookback:
            past[unit].append(event)
    return past


def with_covariates(
    summaries: Iterable[VariantSummary],
    units: Iterable[ExposedUnit],
    values: Mapping[str, float],
    covariates: Mapping[str, float],
) -> tuple[VariantSummary, ...]:
    """The summaries of these values with the sums of the units' covariates."""
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for unit in units:
        pairs[unit.variant].append((values[unit.unit], covariates[unit.unit]))
    return tuple(
        replace(
            summary,
            covariate_sum=math.fsum(x for _, x in pairs[summary.variant]),
            covariate_sum_squares=math.fsum(x * x for _, x in pairs[summary.variant]),
            covariate_sum_product=math.fsum(y * x for y, x in pairs[summary.variant]),
        )
        for summary in summaries
    )


# Funnels


@dataclass(frozen=True, slots=True)
class _Mark:
    """One event of a unit in a funnel: when, and which steps it serves, ascending."""

    moment: datetime
    steps: tuple[int, ...]

    def order(self) -> tuple[datetime, int, int]:
        """The order in which events are tried.

        At the same instant the event that serves the lower step comes first, so that
        exposure, view and payment in one millisecond convert; then the one that serves
        fewer higher steps.
        """
        return self.moment, self.steps[0], sum(1 << step for step in self.steps)


def funnel_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: FunnelPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    marks = _marks(recorded, exposure, metric, units)
    furthest = _ordered_reach if metric.order is FunnelOrder.ORDERED else _unordered_reach
    steps = {unit.unit: furthest(marks[unit.unit], metric) for unit in units}
    reached: dict[str, list[int]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        reached[unit.variant].append(steps[unit.unit])
    last = len(metric.steps)
    summaries = tuple(
        _funnel_summary(variant, members, last) for variant, members in reached.items()
    )
    if metric.lookback is None:
        return summaries
    past = past_events(recorded, exposure, metric.steps[-1], units, lookback=metric.lookback)
    converted = {unit: float(step == last) for unit, step in steps.items()}
    did_before = {unit: float(bool(events)) for unit, events in past.items()}
    return with_covariates(summaries, units, converted, did_before)


def _funnel_summary(variant: str, reached: Sequence[int], last: int) -> VariantSummary:
    counts = tuple(sum(step >= number for step in reached) for number in range(1, last + 1))
    return VariantSummary(
        variant=variant,
        count=len(reached),
        sum=float(counts[-1]),
        sum_squares=float(counts[-1]),
        step_counts=counts,
    )


def _marks(
    recorded: Recorded, exposure: ExposurePlan, metric: FunnelPlan, units: list[ExposedUnit]
) -> dict[str, list[_Mark]]:
    """For each unit, its events with the steps they serve; exposures serve step 0."""
    first = {unit.unit: unit.first for unit in units}
    served: dict[str, dict[tuple[datetime, UUID], list[int]]]
    served = {unit.unit: defaultdict(list) for unit in units}
    until = later(exposure.end, metric.window)
    sources = [entry_events(recorded, exposure), *(recorded.of(step) for step in metric.steps)]
    for number, events in enumerate(sources):
        for event in events:
            unit = recorded.unit_of(event, exposure)
            if unit in first and first[unit] <= event.timestamp <= until:
                served[unit][event.timestamp, event.uuid].append(number)
    return {
        unit: sorted(
            (_Mark(moment, tuple(steps)) for (moment, _), steps in events.items()),
            key=_Mark.order,
        )
        for unit, events in served.items()
    }


def _ordered_reach(marks: list[_Mark], metric: FunnelPlan) -> int:
    """The furthest step of a chain in which each event fills at most one step."""
    entries: list[datetime | None] = [None] * (len(metric.steps) + 1)
    for mark in marks:
        # From the highest step down, so that no event follows itself.
        for step in reversed(mark.steps):
            if step == 0:
                entries[0] = mark.moment
                continue
            entry = entries[step - 1]
            if entry is not None and mark.moment - entry <= metric.window:
                entries[step] = entry
    return max(step for step, entry in enumerate(entries) if entry is not None)


def _unordered_reach(marks: list[_Mark], metric: FunnelPlan) -> int:
    """The most different steps within one span of the window, the exposure not counted."""
    most = 1
    for last in marks:
        together = {
            step
            for mark in marks
            if timedelta(0) <= last.moment - mark.moment <= metric.window
            for step in mark.steps
        }
        most = max(most, len(together))
    return most - 1
