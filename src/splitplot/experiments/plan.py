"""What has to be summed for a result: plans that any event store can carry out.

A plan is a value. It says which events expose units to which variant, which events
count for the metric and how, and leaves to the store how to compute it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from splitplot.accounts.model import ProjectId
from splitplot.filters.model import PropertyFilter

MULTIPLE = "$multiple"
DEFAULT_EXPOSURE_EVENT = "$feature_flag_called"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """Which events: a name (None: every name) and filters that must all hold."""

    event: str | None
    filters: tuple[PropertyFilter, ...] = ()


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
        timezone: IANA name. Filters read dates without an offset there; their relative
            dates count back from `end`, so that the same plan has the same answer.
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
    timezone: str = "UTC"


class ValueMath(StrEnum):
    """How a unit's events become its one number; no events give 0."""

    TOTAL = "total"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    UNIQUE_SESSION = "unique_session"
    DAU = "dau"


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
        threshold: When set, a unit's value becomes 1 if it reaches it, else 0.
    """

    source: EventSource
    math: ValueMath = ValueMath.TOTAL
    value_property: str | None = None
    window: timedelta | None = None
    winsorization: Winsorization | None = None
    threshold: float | None = None


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
    """

    steps: tuple[EventSource, ...]
    window: timedelta
    order: FunnelOrder = FunnelOrder.ORDERED


MetricPlan = MeanPlan | FunnelPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPlan:
    exposure: ExposurePlan
    metric: MetricPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSummary:
    """What comes out of a plan for one variant; nothing after it sees a unit.

    Attributes:
        count: Exposed units.
        sum: Sum of the units' values; for a funnel, units that converted.
        sum_squares: Sum of squares; for a funnel, the same as `sum`.
        step_counts: For a funnel, units that reached at least step i, i = 1 to N.
    """

    variant: str
    count: int
    sum: float
    sum_squares: float
    step_counts: tuple[int, ...] | None = None


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
