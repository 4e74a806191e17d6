"""The metric kinds, and the events they look at."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from splitplot.experiments.judgement import Goal
from splitplot.experiments.plan import Winsorization
from splitplot.filters.model import PropertyFilter


class Math(StrEnum):
    """How a unit's events become one number; the words are the wire's."""

    TOTAL = "total"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    UNIQUE_SESSION = "unique_session"
    DAU = "dau"
    UNIQUE_GROUP = "unique_group"
    HOGQL = "hogql"


class TimeUnit(StrEnum):
    """What windows are counted in; a month is 30 days."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        """One of it."""
        return _LENGTHS[self]


_LENGTHS = {
    TimeUnit.SECOND: timedelta(seconds=1),
    TimeUnit.MINUTE: timedelta(minutes=1),
    TimeUnit.HOUR: timedelta(hours=1),
    TimeUnit.DAY: timedelta(days=1),
    TimeUnit.WEEK: timedelta(weeks=1),
    TimeUnit.MONTH: timedelta(days=30),
}


class StepOrder(StrEnum):
    """How the steps of a funnel have to follow each other."""

    ORDERED = "ordered"
    UNORDERED = "unordered"
    STRICT = "strict"


class StartHandling(StrEnum):
    """Which of a unit's start events counts for retention."""

    FIRST_SEEN = "first_seen"
    LAST_SEEN = "last_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is taken from a unit's events.

    Attributes:
        math: How they become one number.
        value_property: For sum, avg, min and max the numeric property; else maybe None.
        property_type: Whose property that is, in the wire's words
            (`event_properties`, `session_properties`, …); None means the event's.
        expression: For hogql only.
        group_type_index: For unique_group only, 0 to 4.
    """

    math: Math = Math.TOTAL
    value_property: str | None = None
    property_type: str | None = None
    expression: str | None = None
    group_type_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsNode:
    """Events of one name, or of every name when `event` is None; all filters must hold."""

    event: str | None
    filters: tuple[PropertyFilter, ...] = ()
    measure: Measure = Measure()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsNode:
    """Events that are the action; all filters must hold."""

    action_id: int
    filters: tuple[PropertyFilter, ...] = ()
    measure: Measure = Measure()


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseNode:
    """Rows of a table beside the events.

    Attributes:
        table: The table's name.
        timestamp_field: The column that says when.
        events_join_key: What the exposure event is joined by.
        table_join_key: The column that it has to equal.
    """

    table: str
    timestamp_field: str
    events_join_key: str
    table_join_key: str
    filters: tuple[PropertyFilter, ...] = ()
    measure: Measure = Measure()


Node = EventsNode | ActionsNode | WarehouseNode


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureNode:
    """The unit's first exposure itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AnyMetric:
    """What every metric has.

    Attributes:
        uuid: None while it has not been given one.
        name: What people call it; None when nobody has named it.
        goal: Which way it should move.
        conversion_window: From the exposure on; None for the whole experiment.
        guardrail_margin: For a guardrail, the largest loss that is acceptable as a share
            of the baseline's value, in (0, 1]; None for every other metric.
    """

    uuid: str | None = None
    name: str | None = None
    goal: Goal = Goal.INCREASE
    conversion_window: timedelta | None = None
    guardrail_margin: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanMetric(_AnyMetric):
    """One number per exposed unit.

    Attributes:
        source: Which events make the number.
        winsorization: None when values are taken as they are.
        threshold: When set, above 0: the number becomes 1 if it reaches it, else 0.
    """

    source: Node
    winsorization: Winsorization | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelMetric(_AnyMetric):
    """Whether an exposed unit got to the last step; the exposure comes before the first.

    Attributes:
        steps: At least one.
    """

    steps: tuple[Node, ...]
    order: StepOrder = StepOrder.ORDERED


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioMetric(_AnyMetric):
    """The sum of one number over the sum of another, both per exposed unit."""

    numerator: Node
    denominator: Node
    numerator_winsorization: Winsorization | None = None
    denominator_winsorization: Winsorization | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionMetric(_AnyMetric):
    """Whether a unit that started came back.

    Attributes:
        start: What a unit starts with. With the exposure there is no conversion window,
            and no last one.
        window_start: First unit of time after the start in which coming back counts.
        window_end: Last one, not before the first.
        window_unit: What the two are counted in.
        counts_all_exposed: Exposed units that never started count as not having come back;
            else they do not count.
    """

    start: Node | ExposureNode
    completion: Node
    window_start: int
    window_end: int
    window_unit: TimeUnit
    start_handling: StartHandling
    counts_all_exposed: bool = False


Metric = MeanMetric | FunnelMetric | RatioMetric | RetentionMetric
