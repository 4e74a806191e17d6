"""What an engine can compute, as data; what it cannot is refused by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from splitplot.errors import InvalidInput
from splitplot.experiments.plan import (
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    ReachPlan,
    RetentionPlan,
    SessionMeanPlan,
    Source,
    SplitMeanPlan,
    SummaryPlan,
    TallyPlan,
)
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.ports.event_store import PerformersPlan

AnyPlan: TypeAlias = SummaryPlan | ExposurePlan | TallyPlan | ReachPlan | PerformersPlan

# What engines compute by themselves. Of the others (dates, versions, patterns with
# look-around, capital sigma) they list the texts that are stored, and filters decide.
NATIVE_OPERATORS = frozenset(
    {
        Operator.EXACT,
        Operator.IS_NOT,
        Operator.IS_SET,
        Operator.IS_NOT_SET,
        Operator.ICONTAINS,
        Operator.NOT_ICONTAINS,
        Operator.STARTS_WITH,
        Operator.NOT_STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.ICONTAINS_MULTI,
        Operator.NOT_ICONTAINS_MULTI,
        Operator.REGEX,
        Operator.NOT_REGEX,
        Operator.GT,
        Operator.GTE,
        Operator.LT,
        Operator.LTE,
        Operator.BETWEEN,
        Operator.NOT_BETWEEN,
        Operator.IN,
        Operator.NOT_IN,
        Operator.FLAG_EVALUATES_TO,
    }
)
# An event store knows events and the persons mirrored to it, nothing else.
FILTER_KINDS = frozenset({FilterKind.EVENT, FilterKind.PERSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine does, and where it stops.

    Attributes:
        engine: Its name, for messages and for the files of expected SQL.
        is_durable: What was appended is there after the process has ended.
        is_atomic: An append that fails leaves nothing behind. Elsewhere it may leave
            rows that are true by themselves, and sending the batch again completes it.
        has_sql: `explain` gives SQL that the engine runs.
        most_texts: A filter whose operator is not native is refused when the property
            has more different texts among the events in question; None: never.
        earliest_year: Instants before it are stored as its first one.
        latest_year: Instants after it are stored as its last one.
    """

    engine: str
    is_durable: bool = True
    is_atomic: bool = True
    has_sql: bool = True
    most_texts: int | None = 10_000
    earliest_year: int = 1
    latest_year: int = 9999


MEMORY = Capabilities(engine="memory", is_durable=False, has_sql=False, most_texts=None)
DUCKDB = Capabilities(engine="duckdb")
CLICKHOUSE = Capabilities(
    engine="clickhouse", is_atomic=False, earliest_year=1900, latest_year=2299
)


def exposure_of(plan: SummaryPlan | ExposurePlan | TallyPlan | ReachPlan) -> ExposurePlan:
    """The part of a plan that says which events carry which variant."""
    match plan:
        case SummaryPlan() | ReachPlan():
            return plan.exposure
        case ExposurePlan():
            return plan
        case TallyPlan():
            return plan.carriers


def require_known_filters(plan: AnyPlan) -> None:
    """Raises InvalidInput when a filter is about something that no event store holds."""
    for condition in conditions_of(plan):
        if condition.kind not in FILTER_KINDS and not is_list_of_persons(condition):
            raise InvalidInput(
                f"filters of type '{condition.kind}' cannot be used on events",
                code="unsupported_filter",
                attr="properties",
            )


def is_list_of_persons(condition: PropertyFilter) -> bool:
    """Whether the filter names the persons themselves, as ids in its value."""
    return condition.kind is FilterKind.COHORT and isinstance(condition.value, tuple)


def persons_of(condition: PropertyFilter) -> list[str]:
    """The ids in such a filter."""
    value = condition.value
    return [str(each) for each in value] if isinstance(value, tuple) else []


def conditions_of(plan: AnyPlan) -> Iterator[PropertyFilter]:
    """Every filter in the plan."""
    if isinstance(plan, PerformersPlan):
        yield from plan.source.every_filter
        return
    exposure = exposure_of(plan)
    yield from exposure.unit_filters
    for source in _sources(plan, exposure):
        yield from source.every_filter


def _sources(
    plan: SummaryPlan | ExposurePlan | TallyPlan | ReachPlan, exposure: ExposurePlan
) -> Iterator[Source]:
    yield exposure.source
    if exposure.activation is not None:
        yield exposure.activation
    if exposure.breakdown is not None and exposure.breakdown.touches is not None:
        yield from exposure.breakdown.touches.sources
    if isinstance(plan, SummaryPlan | ReachPlan):
        match plan.metric:
            case MeanPlan() | SessionMeanPlan() | SplitMeanPlan():
                yield plan.metric.source
            case FunnelPlan():
                yield from plan.metric.steps
            case RatioPlan():
                yield plan.metric.numerator.source
                yield plan.metric.denominator.source
            case RetentionPlan():
                if plan.metric.start is not None:
                    yield plan.metric.start
                yield plan.metric.completion
