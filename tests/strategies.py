"""What Hypothesis may invent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from splitplot.accounts.model import ProjectId
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MultipleVariants,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SessionMeanPlan,
    SessionValue,
    SplitMeanPlan,
    SummaryPlan,
    Touches,
    UnitProperty,
    ValueMath,
    Winsorization,
)
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)

# Few ids, few instants and few names, so that ties, merges and second exposures are
# common instead of never.
NOON = datetime(2025, 3, 2, 12, tzinfo=UTC)
FLAG = "exp"
DISTINCT_IDS = ("ann", "bob", "cyd", "dan", "eve")
EVENT_NAMES = (DEFAULT_EXPOSURE_EVENT, "view", "pay", "open")
VARIANTS = ("control", "test", "third", "holdout-1")
PROJECT = ProjectId(1)

instants = st.one_of(
    st.integers(-3, 30).map(lambda hours: NOON + timedelta(hours=hours)),
    st.integers(-3, 3).map(lambda microseconds: NOON + timedelta(microseconds=microseconds)),
)
amounts: st.SearchStrategy[JsonValue] = st.one_of(
    st.integers(-5, 120),
    st.sampled_from([0.1, 2.5, -1.25, "4.5", "1e2", "n/a", "", " 7", "inf", None, True, [1]]),
)


@st.composite
def event_properties(draw: st.DrawFn, *, name: str) -> Properties:
    properties: dict[str, JsonValue] = {}
    if name == DEFAULT_EXPOSURE_EVENT:
        properties["$feature_flag"] = draw(st.sampled_from([FLAG, FLAG, FLAG, "other", True]))
        properties["$feature_flag_response"] = draw(st.sampled_from([*VARIANTS, True, None]))
    optional: dict[str, st.SearchStrategy[JsonValue]] = {
        "amount": amounts,
        f"$feature/{FLAG}": st.sampled_from([*VARIANTS, False]),
        "$session_id": st.sampled_from(["s1", "s2", "", 7, None]),
        "$group_0": st.sampled_from(["acme", "bolt", "", None, 3]),
        "plan": st.sampled_from(["pro", "Pro", "free", None, True, ["pro"]]),
    }
    for key, values in optional.items():
        if draw(st.booleans()):
            properties[key] = draw(values)
    return properties


@st.composite
def events(draw: st.DrawFn, *, number: int) -> Event:
    name = draw(st.sampled_from(EVENT_NAMES))
    distinct_id = draw(st.sampled_from(DISTINCT_IDS))
    # Ids that do not rise with time: nothing may rely on them, ties are broken by them.
    uuid = UUID(int=(number * 2654435761 % 2**32) << 64 | number)
    return Event(
        uuid=uuid,
        name=name,
        distinct_id=distinct_id,
        person_id=derived_person_id(PROJECT, distinct_id),
        timestamp=draw(instants),
        properties=draw(event_properties(name=name)),
        is_personless=draw(st.booleans()),
    )


@st.composite
def event_sets(draw: st.DrawFn) -> AppendBatch:
    """Up to thirty events of five distinct ids, some of whom were merged."""
    count = draw(st.integers(0, 30))
    merges = draw(
        st.dictionaries(st.sampled_from(DISTINCT_IDS), st.sampled_from(DISTINCT_IDS), max_size=2)
    )
    described = draw(
        st.dictionaries(
            st.sampled_from(DISTINCT_IDS),
            st.dictionaries(st.just("email"), st.sampled_from(["a@qa.example", "b@x.example"])),
            max_size=3,
        )
    )
    return AppendBatch(
        events=tuple(
            ProjectEvent(project_id=PROJECT, event=draw(events(number=number)))
            for number in range(count)
        ),
        mappings=tuple(
            PersonIdMapping(
                project_id=PROJECT,
                source_id=derived_person_id(PROJECT, source),
                person_id=derived_person_id(PROJECT, person),
                revision=revision,
            )
            for revision, (source, person) in enumerate(merges.items(), start=1)
        ),
        person_properties=tuple(
            PersonProperties(
                project_id=PROJECT,
                person_id=derived_person_id(PROJECT, distinct_id),
                properties=properties,
                revision=revision,
            )
            for revision, (distinct_id, properties) in enumerate(described.items(), start=1)
        ),
    )


def in_project(batch: AppendBatch, project_id: ProjectId) -> AppendBatch:
    """The same rows in another project."""
    return AppendBatch(
        events=tuple(replace(row, project_id=project_id) for row in batch.events),
        mappings=tuple(replace(row, project_id=project_id) for row in batch.mappings),
        person_properties=tuple(
            replace(row, project_id=project_id) for row in batch.person_properties
        ),
    )


event_filters = st.sampled_from(
    [
        PropertyFilter(key="plan", value=["pro"], kind=FilterKind.EVENT),
        PropertyFilter(key="plan", value="pro", operator=Operator.IS_NOT, kind=FilterKind.EVENT),
        PropertyFilter(key="amount", value=3, operator=Operator.GT, kind=FilterKind.EVENT),
        PropertyFilter(
            key="email", value="@qa.", operator=Operator.NOT_ICONTAINS, kind=FilterKind.PERSON
        ),
    ]
)


@st.composite
def sources(draw: st.DrawFn, *, is_exposure: bool = False) -> EventSource:
    names: list[str | None] = [*EVENT_NAMES, None]
    if is_exposure:
        names = [
            DEFAULT_EXPOSURE_EVENT,
            DEFAULT_EXPOSURE_EVENT,
            DEFAULT_EXPOSURE_EVENT,
            "open",
            None,
        ]
    one = st.builds(
        EventSource,
        event=st.sampled_from(names),
        filters=st.lists(event_filters, max_size=1).map(tuple),
    )
    source = draw(one)
    if draw(st.integers(0, 4)) > 0:
        return source
    # An action.
    steps = draw(st.lists(one, max_size=3))
    return replace(source, event=None, alternatives=tuple(steps))


breakdowns = st.builds(
    Breakdown,
    properties=st.lists(
        st.sampled_from(
            [
                UnitProperty(key="plan"),
                UnitProperty(key="amount"),
                UnitProperty(key="email", is_of_person=True),
            ]
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    most_values=st.integers(1, 3),
)
lookbacks = st.sampled_from([timedelta(microseconds=2), timedelta(hours=2), timedelta(days=1)])


@st.composite
def exposure_plans(draw: st.DrawFn, *, project_id: ProjectId = PROJECT) -> ExposurePlan:
    return ExposurePlan(
        project_id=project_id,
        start=draw(st.sampled_from([NOON - timedelta(hours=1), NOON])),
        end=draw(st.sampled_from([NOON + timedelta(hours=24), NOON + timedelta(hours=3)])),
        flag_key=FLAG,
        source=draw(sources(is_exposure=True)),
        variants=draw(
            st.sampled_from([("control", "test"), ("test", "control", "third"), ("control",)])
        ),
        multiple_variants=draw(st.sampled_from(MultipleVariants)),
        unit_filters=tuple(
            replace(each, negation=draw(st.booleans()))
            for each in draw(st.lists(event_filters, max_size=1))
        ),
        group_type_index=draw(st.sampled_from([None, None, 0])),
        activation=draw(st.one_of(st.none(), st.none(), sources())),
        exposed_by=draw(st.sampled_from([None, None, NOON + timedelta(hours=2)])),
        breakdown=draw(st.one_of(st.none(), st.none(), breakdowns)),
        timezone=draw(st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"])),
    )


windows = st.sampled_from([timedelta(microseconds=2), timedelta(hours=1), timedelta(days=1)])


@st.composite
def mean_plans(draw: st.DrawFn) -> MeanPlan:
    shares = st.sampled_from([0.0, 0.1, 0.29, 0.5, 0.9, 1.0])
    winsorization = st.builds(
        Winsorization,
        lower=st.none() | shares,
        upper=st.none() | shares,
        ignore_zeros=st.booleans(),
    )
    return MeanPlan(
        source=draw(sources()),
        # Formulas have tests of their own.
        math=draw(st.sampled_from([each for each in ValueMath if each is not ValueMath.HOGQL])),
        group_type_index=0,
        value_property=draw(st.sampled_from(["amount", "amount", "$amount", "absent"])),
        window=draw(st.none() | windows),
        winsorization=draw(st.none() | winsorization),
        threshold=draw(st.sampled_from([None, None, 1.0, 50.0])),
        lookback=draw(st.one_of(st.none(), st.none(), lookbacks)),
    )


@st.composite
def session_plans(draw: st.DrawFn) -> SessionMeanPlan:
    mean = draw(mean_plans())
    return SessionMeanPlan(
        source=draw(sources()),
        value=draw(st.sampled_from([SessionValue.DURATION, SessionValue.PAGEVIEWS])),
        math=draw(st.sampled_from([ValueMath.SUM, ValueMath.AVG, ValueMath.MIN, ValueMath.MAX])),
        window=mean.window,
        winsorization=mean.winsorization,
        threshold=mean.threshold,
    )


@st.composite
def split_plans(draw: st.DrawFn) -> SplitMeanPlan:
    return SplitMeanPlan(
        source=draw(sources()),
        property=UnitProperty(key=draw(st.sampled_from(["plan", "amount"]))),
        math=draw(st.sampled_from([ValueMath.TOTAL, ValueMath.SUM])),
        value_property="amount",
        window=draw(st.none() | windows),
        most_values=draw(st.integers(1, 3)),
    )


@st.composite
def touched_plans(draw: st.DrawFn) -> SummaryPlan:
    """Plans whose breakdown is told by other events than the exposure."""
    touches = Touches(
        sources=tuple(draw(st.lists(sources(), min_size=1, max_size=2))),
        takes_last=draw(st.booleans()),
        window=draw(st.none() | windows),
        after_end=draw(st.sampled_from([timedelta(), timedelta(hours=1)])),
    )
    return SummaryPlan(
        exposure=replace(
            draw(exposure_plans()), breakdown=replace(draw(breakdowns), touches=touches)
        ),
        metric=draw(st.one_of(mean_plans(), funnel_plans())),
    )


@st.composite
def funnel_plans(draw: st.DrawFn) -> FunnelPlan:
    by_name = st.lists(st.sampled_from(EVENT_NAMES), min_size=1, max_size=3, unique=True)
    distinct = by_name.map(lambda names: [EventSource(event=name) for name in names])
    return FunnelPlan(
        steps=tuple(draw(st.lists(sources(), min_size=1, max_size=4) | distinct)),
        window=draw(windows),
        order=draw(st.sampled_from(FunnelOrder)),
        lookback=draw(st.one_of(st.none(), st.none(), lookbacks)),
    )


@st.composite
def ratio_plans(draw: st.DrawFn) -> RatioPlan:
    window = draw(st.none() | windows)
    sides = draw(mean_plans()), draw(mean_plans())
    over, under = (replace(each, window=window, threshold=None, lookback=None) for each in sides)
    # Two numbers of the same events are what people ask for most.
    if draw(st.booleans()):
        under = replace(under, source=over.source)
    return RatioPlan(numerator=over, denominator=under)


_UNITS = {
    RetentionClock.DAYS: timedelta(days=1),
    RetentionClock.HOURS: timedelta(hours=1),
    RetentionClock.ELAPSED: timedelta(microseconds=1),
}


@st.composite
def retention_plans(draw: st.DrawFn) -> RetentionPlan:
    clock = draw(st.sampled_from(RetentionClock))
    earliest = draw(st.integers(0, 2))
    start = draw(st.one_of(st.none(), sources(), sources()))
    completion = draw(sources())
    if start is not None and draw(st.booleans()):
        completion = replace(completion, event=start.event)
    return RetentionPlan(
        start=start,
        completion=completion,
        clock=clock,
        earliest=earliest * _UNITS[clock],
        latest=(earliest + draw(st.integers(0, 20))) * _UNITS[clock],
        takes_last_start=start is not None and draw(st.booleans()),
        window=None if start is None else draw(st.none() | windows),
        started_by=draw(st.sampled_from([None, None, NOON + timedelta(hours=3)])),
        counts_all_exposed=draw(st.booleans()),
    )


@st.composite
def summary_plans(draw: st.DrawFn) -> SummaryPlan:
    return SummaryPlan(
        exposure=draw(exposure_plans()),
        metric=draw(st.one_of(mean_plans(), funnel_plans(), ratio_plans(), retention_plans())),
    )
