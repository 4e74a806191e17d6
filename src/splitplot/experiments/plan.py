"""What has to be summed for a result: plans that any event store can carry out.

A plan is a value. It says which events expose units to which variant, which events
count for the metric and how, and leaves to the store how to compute it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from splitplot.accounts.model import ProjectId
from splitplot.experiments.sources.formulas import Folded
from splitplot.experiments.sources.warehouse import WarehouseSource
from splitplot.filters.model import PropertyFilter

MULTIPLE = "$multiple"
# No session is longer.
SESSION_LENGTH = timedelta(days=1)
DEFAULT_EXPOSURE_EVENT = "$feature_flag_called"
# The words that clients know for them.
NO_VALUE = "$$_posthog_breakdown_null_$$"
OTHER_VALUES = "$$_posthog_breakdown_other_$$"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """Which events: a name (None: every name) and filters that must all hold.

    Attributes:
        action_id: The events have to be this action. Event stores do not know actions:
            before one is asked, `metrics.actions` puts alternatives in its place.
        alternatives: When set, an event has to belong to one of these too; none of them
            means no event. They have no action and no alternatives of their own.
    """

    event: str | None
    filters: tuple[PropertyFilter, ...] = ()
    action_id: int | None = None
    alternatives: tuple["EventSource", ...] | None = None

    @property
    def every_filter(self) -> tuple[PropertyFilter, ...]:
        """Its own filters, then those of its alternatives."""
        others = (condition for each in self.alternatives or () for condition in each.filters)
        return (*self.filters, *others)


Source: TypeAlias = EventSource | WarehouseSource


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitProperty:
    """A property of the event that exposed a unit, or of the person of today behind it."""

    key: str
    is_of_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """Which of a unit's events tells the values of a breakdown: the first one, or the last.

    It has `first exposure <= t` and, with a window, `t < first exposure + window`; it is read
    from `start <= t < end + after_end`. Of events at one instant the first is the one with
    the lowest event id. `NO_VALUE` stands for all values of a unit that has no such event.

    Attributes:
        sources: An event of any of these; one or more.
    """

    sources: tuple[EventSource, ...]
    takes_last: bool = False
    window: timedelta | None = None
    after_end: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A division of the exposed units by what was so when each was first exposed.

    A unit belongs to the values of its first exposure (or activation), by time and then
    by event id. Where a property is missing, null or empty, `NO_VALUE` stands for it.

    Attributes:
        properties: One or more.
        touches: When set, these events tell the values in place of the first exposure.
        most_values: So many combinations of values keep their name: those with the most
            analysed units, and of equals the first by name. The others are one,
            `OTHER_VALUES` for each property.
    """

    properties: tuple[UnitProperty, ...]
    touches: Touches | None = None
    most_values: int = 25


class MultipleVariants(StrEnum):
    """What becomes of a unit that saw two analysed variants."""

    EXCLUDE = "exclude"
    FIRST_SEEN = "first_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposurePlan:
    """Who is analysed, under which variant, from which moment on.

    Attributes:
        start: First instant at which an exposure counts, inclusive.
        end: Last instant at which an exposure counts, inclusive.
        source: The exposure events. With the default event the variant is the property
            `$feature_flag_response` of events whose `$feature_flag` is `flag_key`;
            with any other it is the property `$feature/<flag_key>`.
        unit_filters: Test-account filters: on exposure and activation events only.
        variants: The analysed variants, in flag order. Others are invisible.
        group_type_index: None when units are persons; else units are the values of
            the event property `$group_<index>`, and events without one belong to nobody.
        activation: A second event at or after the first exposure that takes its place.
        exposed_by: When set, only units first exposed at or before this instant stay
            (units whose conversion window is over).
        known_until: When set, events after this instant are not there yet, of metrics
            neither: what was known at that moment.
        ignores_variants: Every exposure event exposes its unit, whatever variant it carries
            or none, and all units are of the first variant: what was there before an
            experiment.
        timezone: IANA name. Filters read dates without an offset there; their relative
            dates count back from `end`, so that the same plan has the same answer.
        breakdown: When set, sums are made for each of its values; counts of exposures
            and tallies know nothing of it.
    """

    project_id: ProjectId
    start: datetime
    end: datetime
    flag_key: str
    source: EventSource
    variants: tuple[str, ...]
    multiple_variants: MultipleVariants = MultipleVariants.EXCLUDE
    unit_filters: tuple[PropertyFilter, ...] = ()
    group_type_index: int | None = None
    activation: EventSource | None = None
    exposed_by: datetime | None = None
    known_until: datetime | None = None
    ignores_variants: bool = False
    timezone: str = "UTC"
    breakdown: Breakdown | None = None


class ValueMath(StrEnum):
    """How a unit's events become its one number; no events give 0."""

    TOTAL = "total"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    UNIQUE_SESSION = "unique_session"
    DAU = "dau"
    UNIQUE_GROUP = "unique_group"
    HOGQL = "hogql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Winsorization:
    """Clamping of the units' values to order statistics of all variants' pooled units.

    Bounds are shares in [0, 1]; the bound at q is the value at 0-based index
    floor(q * N) of the sorted pool (the last one for q = 1), without interpolation.
    A side that is None is not clamped. `ignore_zeros` leaves zeros out of the pool of
    the upper bound.
    """

    lower: float | None = None
    upper: float | None = None
    ignore_zeros: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanPlan:
    """One number per exposed unit.

    Counts events with `first exposure <= t` and, with a window, `t < first exposure +
    window`; read from `start <= t < end` (`end + window` with a window).

    Attributes:
        value_property: The numeric property for sum, avg, min and max; a value that is
            missing or not a number is 0 for that event.
        group_type_index: Which groups unique_group counts, 0 to 4.
        formula: What hogql computes of the unit's events.
        threshold: When set, a unit's value becomes 1 if it reaches it, else 0.
        lookback: When set, each unit has a covariate: the same number from its events
            with `first exposure - lookback <= t < first exposure`, neither clamped nor
            compared with the threshold.
    """

    source: Source
    math: ValueMath = ValueMath.TOTAL
    value_property: str | None = None
    group_type_index: int | None = None
    formula: Folded | None = None
    window: timedelta | None = None
    winsorization: Winsorization | None = None
    threshold: float | None = None
    lookback: timedelta | None = None


class SessionValue(StrEnum):
    """What a session is worth; the words are the wire's."""

    DURATION = "$session_duration"
    PAGEVIEWS = "$pageview_count"
    AUTOCAPTURES = "$autocapture_count"
    SCREENS = "$screen_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMeanPlan:
    """One number per exposed unit that has sessions, from what these are worth.

    A session is what events with one `$session_id` have in common, whoever's they are, from
    `start - SESSION_LENGTH` until as long after the last event that counts for a mean. It is
    a unit's if the unit's first event of the source in it is one that counts for a mean;
    then it counts once. Units without such a session are not counted.

    Attributes:
        value: Of one session; the duration in seconds, from the first event to the last.
        math: How the sessions' values become the unit's: sum, avg, min or max.
        window: With `winsorization` and `threshold`, as for a mean.
    """

    source: EventSource
    value: SessionValue
    math: ValueMath
    window: timedelta | None = None
    winsorization: Winsorization | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMeanPlan:
    """A mean's sums for each value of a property of the events that count.

    Every value has all exposed units; those without an event that has it are 0 there. Where
    the property is missing, null or empty, `NO_VALUE` stands for it. Without any event that
    counts there is no value, and there are no sums.

    Attributes:
        math: Total or sum.
        value_property: With `window`, as for a mean.
        most_values: So many values keep their name: those that most units have, and of
            equals the first by name. The others are one, `OTHER_VALUES`.
    """

    source: EventSource
    property: UnitProperty
    math: ValueMath = ValueMath.TOTAL
    value_property: str | None = None
    window: timedelta | None = None
    most_values: int = 25

    def mean(self) -> MeanPlan:
        """The mean that is split."""
        return MeanPlan(
            source=self.source,
            math=self.math,
            value_property=self.value_property,
            window=self.window,
        )


class FunnelOrder(StrEnum):
    ORDERED = "ordered"
    UNORDERED = "unordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPlan:
    """Which exposed units reached the last step; the exposure itself is step 0.

    Reads `start <= t <= end + window`. Ordered: every exposure restarts the clock, a
    step counts when the one before was reached strictly earlier in the unit's order
    and `t - entry <= window`. Unordered: all steps at or after the first exposure
    within a sliding span of `<= window`.

    Attributes:
        lookback: When set, each unit has a covariate: 1 if the last step's event occurred
            with `first exposure - lookback <= t < first exposure`, else 0.
    """

    steps: tuple[Source, ...]
    window: timedelta
    order: FunnelOrder = FunnelOrder.ORDERED
    lookback: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioPlan:
    """Two numbers per exposed unit, each made as a mean's; the metric is the ratio of their sums.

    Every exposed unit counts, one whose denominator is 0 too. Both sides have one window,
    no threshold, and each its own winsorization.
    """

    numerator: MeanPlan
    denominator: MeanPlan


class RetentionClock(StrEnum):
    """What the time from a start to a completion is read off.

    Days are those of the project's calendar, 23 or 25 hours long twice a year; hours begin
    with the project's full hours. Elapsed time does not look at any clock's face.
    """

    DAYS = "days"
    HOURS = "hours"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPlan:
    """Which units that started came back.

    A start has `first exposure <= t` and, with a window, `t <= first exposure + window`;
    it is read from `start <= t < end + window`. A completion is another event, not before
    the start, with `earliest <= time since the start <= latest` on the clock; it is read
    from `start <= t < end + window + latest`. Of starts at one instant the first is the one
    with the lowest event id, and the last the one with the highest.

    Attributes:
        start: The start events; None when the exposure itself is the start.
        clock: With days and hours, both instants count as the beginning of theirs.
        earliest: Whole days or hours with these clocks, 0 or more.
        latest: Not below `earliest`.
        takes_last_start: Of a unit's starts the last one counts, else the first.
        started_by: When set, only units whose start lies at or before this instant stay
            (units whose time to come back is over).
        counts_all_exposed: Units that never started count as not retained, else not at all.
    """

    start: EventSource | None
    completion: EventSource
    clock: RetentionClock
    earliest: timedelta
    latest: timedelta
    takes_last_start: bool = False
    window: timedelta | None = None
    started_by: datetime | None = None
    counts_all_exposed: bool = False


MetricPlan = MeanPlan | SessionMeanPlan | SplitMeanPlan | FunnelPlan | RatioPlan | RetentionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPlan:
    exposure: ExposurePlan
    metric: MetricPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSummary:
    """What comes out of a plan for one variant; nothing after it sees a unit.

    Attributes:
        count: Exposed units; for retention, those that started.
        sum: Sum of the units' values, for a ratio of their numerators; for a funnel, units
            that converted, and for retention units that came back.
        sum_squares: Sum of squares; for a funnel and for retention, the same as `sum`.
        step_counts: For a funnel, units that reached at least step i, i = 1 to N.
        denominator_sum: For a ratio, sum of the units' denominators; for retention, where
            each unit's is 1, the same as `count`.
        denominator_sum_squares: Sum of the denominators' squares.
        product_sum: Sum of the products of each unit's numerator and denominator.
        covariate_sum: Sum of the units' covariates; None without one.
        covariate_sum_squares: Sum of their squares.
        covariate_sum_product: Sum of the products of each unit's value and covariate.
        breakdown: To which part of the units the sums belong: one value for each property
            of the plan's breakdown. Empty: they belong to all units.
    """

    variant: str
    count: int
    sum: float
    sum_squares: float
    step_counts: tuple[int, ...] | None = None
    denominator_sum: float | None = None
    denominator_sum_squares: float | None = None
    product_sum: float | None = None
    covariate_sum: float | None = None
    covariate_sum_squares: float | None = None
    covariate_sum_product: float | None = None
    breakdown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureCount:
    """Units of one variant (or `$multiple`) first exposed within one quarter of an hour.

    Attributes:
        quarter: Start of the quarter of an hour, aware UTC. Calendar days of every
            time zone are made of whole quarters, so the reader can form them.
    """

    variant: str
    quarter: datetime
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyPlan:
    """Events counted under the variant that each of them carries, whoever saw what before.

    Attributes:
        carriers: Which events, in which span, and where their variant stands. What becomes
            of units with several variants, activation and maturity mean nothing here.
        value_property: Whose numbers are summed; a missing one is 0. None sums nothing.
    """

    carriers: ExposurePlan
    value_property: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantTally:
    """What was counted under one variant.

    Attributes:
        events: How many events carry it.
        units: How many units these belong to; one may belong to several variants.
        total: Sum of the events' values.
    """

    variant: str
    events: int
    units: int
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachPlan:
    """Which of the exposed units came how far in a funnel, in the order of their names.

    Attributes:
        exposure: Who is exposed; its breakdown means nothing here.
        metric: The funnel.
        variant: Only units of this one; None for all that are analysed.
        at_least: The furthest step of the units, from here on: 0 is the exposure alone.
        at_most: The furthest step of the units, up to here.
        limit: Most units, 1 or more.
        offset: Units left out at the front.
        has_sessions: Whether to list the sessions in which units were exposed or took steps.
    """

    exposure: ExposurePlan
    metric: FunnelPlan
    at_least: int
    at_most: int
    limit: int
    offset: int = 0
    variant: str | None = None
    has_sessions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedUnit:
    """A unit, and how far it came.

    Attributes:
        unit: A person's id, or a group's key.
        step: The furthest; 0 is the exposure.
        sessions: In which it was exposed or took steps, sorted; empty if not asked for.
    """

    unit: str
    variant: str
    step: int
    sessions: tuple[str, ...] = ()
