"""Which plans are kept by unit, and what of a plan a unit's numbers depend on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from splitplot.adapters.event_store.compile.breakdowns import has_persons
from splitplot.adapters.event_store.compile.predicates import is_native
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    RetentionPlan,
    SummaryPlan,
    UnitProperty,
    ValueMath,
    Winsorization,
)
from splitplot.filters.model import FilterKind, PropertyFilter

KeptMetric: TypeAlias = MeanPlan | FunnelPlan | RatioPlan | RetentionPlan

# Every field that was thought about. A plan that uses another one is not kept, so that
# nothing new is kept by accident.
_KNOWN: dict[type, str] = {
    SummaryPlan: "exposure metric",
    ExposurePlan: (
        "project_id start end flag_key source variants multiple_variants unit_filters "
        "group_type_index activation exposed_by known_until timezone breakdown"
    ),
    EventSource: "event filters alternatives",
    Breakdown: "properties most_values",
    UnitProperty: "key is_of_person",
    Winsorization: "lower upper ignore_zeros",
    MeanPlan: (
        "source math value_property group_type_index window winsorization threshold lookback"
    ),
    FunnelPlan: "steps window order lookback",
    RatioPlan: "numerator denominator",
    RetentionPlan: (
        "start completion clock earliest latest takes_last_start window counts_all_exposed"
    ),
    PropertyFilter: "key value has_value operator kind negation",
}
_MATHS = frozenset(
    {
        ValueMath.TOTAL,
        ValueMath.SUM,
        ValueMath.AVG,
        ValueMath.MIN,
        ValueMath.MAX,
        ValueMath.UNIQUE_SESSION,
        ValueMath.DAU,
        ValueMath.UNIQUE_GROUP,
    }
)
_LAST_YEAR = 8900


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """What is kept of a plan, the same however late in a year it is asked for.

    Attributes:
        exposure: Without what is decided when sums are made: who is matured, which parts
            keep their name. Its end is the `horizon`.
        metric: Without how values are clamped, which is decided then too.
        asked: The metric as it was asked for.
        end: The plan's own, unless it moves.
        is_moving: The end is the moment of asking, and no later event is there yet.
        horizon: An instant after every end that the compiled queries are used for.
        entry_names: Of events that may let a unit enter; None: every event.
        names: Of all events that are looked at; None: every event.
        reads_persons: Persons matter beyond being the units.
    """

    exposure: ExposurePlan
    metric: KeptMetric
    asked: KeptMetric
    end: datetime | None
    is_moving: bool
    horizon: datetime
    entry_names: frozenset[str] | None
    names: frozenset[str] | None
    reads_persons: bool

    @property
    def key(self) -> str:
        text = repr((self.end, self.exposure, self.metric))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def flag_key(self) -> str | None:
        """When set, the flag that every event of the default exposure has to be of."""
        source = self.exposure.source
        others = _names(_sources((self.exposure.activation, self.metric)))
        if source.event != DEFAULT_EXPOSURE_EVENT or others is None:
            return None
        return None if source.event in others else self.exposure.flag_key

    @property
    def by_unit(self) -> SummaryPlan:
        return SummaryPlan(exposure=self.exposure, metric=self.metric)


def kept_plan(plan: SummaryPlan) -> KeptPlan | None:
    """How the plan is kept; None when it is not, as it cannot be brought up to date."""
    exposure, metric = plan.exposure, plan.metric
    is_moving = exposure.known_until is not None
    if is_moving and exposure.known_until != exposure.end:
        return None
    if exposure.start > exposure.end or exposure.end.year > _LAST_YEAR:
        return None
    if not isinstance(metric, KeptMetric) or not all(map(_is_known, _parts(plan))):
        return None
    horizon = datetime(exposure.end.year + 2, 1, 1, tzinfo=UTC)
    return KeptPlan(
        exposure=replace(
            exposure,
            end=horizon,
            exposed_by=None,
            known_until=None,
            breakdown=exposure.breakdown and replace(exposure.breakdown, most_values=1),
        ),
        metric=_unclamped(metric),
        asked=metric,
        end=None if is_moving else exposure.end,
        is_moving=is_moving,
        horizon=horizon,
        entry_names=_names(_sources((exposure.source, exposure.activation))),
        names=_names(_sources(plan)),
        reads_persons=_reads_persons(plan),
    )


def _unclamped(metric: KeptMetric) -> KeptMetric:
    match metric:
        case MeanPlan():
            return replace(metric, winsorization=None, threshold=None)
        case RatioPlan():
            over, under = (
                replace(side, winsorization=None) for side in (metric.numerator, metric.denominator)
            )
            return replace(metric, numerator=over, denominator=under)
        case _:
            return metric


def _is_known(part: object) -> bool:
    known = _KNOWN.get(type(part), "").split()
    if any(getattr(part, f.name) != f.default for f in fields(part) if f.name not in known):  # type: ignore[arg-type]
        return False
    if isinstance(part, MeanPlan):
        return part.math in _MATHS
    if isinstance(part, PropertyFilter):
        # Others look at dates that count back from the end, or at lists that change.
        return part.kind in (FilterKind.EVENT, FilterKind.PERSON) and is_native(part)
    return True


def _parts(plan: object) -> Iterator[object]:
    """The plan and every part of it that has fields."""
    if isinstance(plan, tuple):
        for each in plan:
            yield from _parts(each)
    elif is_dataclass(plan):
        yield plan
        for each in fields(plan):
            yield from _parts(getattr(plan, each.name))


def _sources(plan: object) -> Iterator[EventSource]:
    return (each for each in _parts(plan) if isinstance(each, EventSource))


def _names(sources: Iterator[EventSource] | list[EventSource]) -> frozenset[str] | None:
    names: set[str] = set()
    for source in sources:
        if source.event is not None:
            names.add(source.event)
        elif source.alternatives is None:
            return None
        # The alternatives are among the sources themselves.
    return frozenset(names)


def _reads_persons(plan: SummaryPlan) -> bool:
    return has_persons(plan.exposure.breakdown) or any(
        (isinstance(each, PropertyFilter) and each.kind is FilterKind.PERSON)
        or (isinstance(each, MeanPlan) and each.math is ValueMath.DAU)
        for each in _parts(plan)
    )
