"""What is kept of every unit gives the sums that its events give, whatever happens since."""

import resource
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.clickhouse import ClickHouseEventStore
from splitplot.adapters.event_store.duckdb import DuckDBEventStore
from splitplot.adapters.event_store.duckdb_append import Written, remember
from splitplot.adapters.event_store.duckdb_catalog import Catalog
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.adapters.event_store.precomputed import units as kept_units
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    MultipleVariants,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SummaryPlan,
    UnitProperty,
    ValueMath,
    VariantSummary,
    Winsorization,
)
from splitplot.filters.model import FilterKind, Operator, Properties, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)
from splitplot.ports.precomputed import Precomputed
from tests.strategies import NOON, event_sets, in_project, summary_plans

# The same doubles added up in another order.
NEAR = 1e-9

_projects = count(1)


class Stores:
    """A store that keeps units, and the reference that computes from events each time."""

    def __init__(self, path: Path, *, query_seconds: float | None = None) -> None:
        self.duckdb = DuckDBEventStore(path, query_seconds=query_seconds)
        self.memory = MemoryEventStore()

    def append(self, batch: AppendBatch) -> None:
        self.duckdb.append(batch)
        self.memory.append(batch)

    def summarize(self, plan: SummaryPlan) -> Precomputed | None:
        return self.duckdb.precomputed.summarize(plan)

    def close(self) -> None:
        self.duckdb.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Stores]:
    opened = Stores(tmp_path / "events.duckdb")
    yield opened
    opened.close()


# What is asked in the scenarios below.

PERSON = PropertyFilter(
    key="email", value="@qa.", operator=Operator.NOT_ICONTAINS, kind=FilterKind.PERSON
)
PRO = PropertyFilter(key="plan", value="pro", kind=FilterKind.EVENT)
VIEW, PAY = EventSource(event="view"), EventSource(event="pay")
REVENUE = MeanPlan(source=PAY, math=ValueMath.SUM, value_property="amount")
EXPOSURE = ExposurePlan(
    project_id=ProjectId(1),
    start=NOON,
    end=NOON,
    flag_key="exp",
    source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
    variants=("control", "test"),
)
DAY = timedelta(days=1)
RETENTION = RetentionPlan(
    start=VIEW,
    completion=PAY,
    clock=RetentionClock.HOURS,
    earliest=timedelta(hours=1),
    latest=timedelta(hours=4),
)

METRICS: dict[str, MetricPlan] = {
    **{
        f"mean of {math}": MeanPlan(
            source=PAY, math=math, value_property="amount", group_type_index=0
        )
        for math in ValueMath
        if math is not ValueMath.HOGQL
    },
    "mean within a window": replace(REVENUE, window=timedelta(hours=5)),
    "mean of filtered events": replace(REVENUE, source=replace(PAY, filters=(PRO,))),
    "mean of some persons' events": replace(REVENUE, source=replace(PAY, filters=(PERSON,))),
    "mean above a threshold": replace(REVENUE, threshold=20.0),
    "mean with a covariate": replace(REVENUE, lookback=timedelta(hours=3)),
    "clamped mean": replace(REVENUE, winsorization=Winsorization(lower=0.2, upper=0.7)),
    "mean of every event": MeanPlan(source=EventSource(event=None)),
    "mean of several events": MeanPlan(
        source=EventSource(event=None, alternatives=(VIEW, replace(PAY, filters=(PRO,))))
    ),
    "ordered funnel": FunnelPlan(steps=(VIEW, PAY), window=timedelta(hours=6)),
    "ordered funnel of one event": FunnelPlan(steps=(PAY, PAY), window=timedelta(hours=6)),
    "ordered funnel with a covariate": FunnelPlan(
        steps=(VIEW, PAY), window=DAY, lookback=timedelta(hours=3)
    ),
    "unordered funnel": FunnelPlan(
        steps=(PAY, VIEW), window=timedelta(hours=6), order=FunnelOrder.UNORDERED
    ),
    "ratio": RatioPlan(
        numerator=replace(REVENUE, window=DAY), denominator=MeanPlan(source=PAY, window=DAY)
    ),
    "retention by the hour": RETENTION,
    "retention by the day": RetentionPlan(
        start=VIEW,
        completion=VIEW,
        clock=RetentionClock.DAYS,
        earliest=timedelta(0),
        latest=DAY,
        takes_last_start=True,
        window=timedelta(hours=6),
    ),
    "retention since the exposure": RetentionPlan(
        start=None,
        completion=PAY,
        clock=RetentionClock.ELAPSED,
        earliest=timedelta(0),
        latest=timedelta(hours=5),
        counts_all_exposed=True,
    ),
}
EXPOSURES: dict[str, ExposurePlan] = {
    "persons": EXPOSURE,
    "first variant": replace(EXPOSURE, multiple_variants=MultipleVariants.FIRST_SEEN),
    "internal users left out": replace(EXPOSURE, unit_filters=(PERSON,)),
    "groups": replace(EXPOSURE, group_type_index=0),
    "groups without internal users": replace(EXPOSURE, group_type_index=0, unit_filters=(PERSON,)),
    "activated": replace(EXPOSURE, activation=EventSource(event="open")),
    "another event": replace(EXPOSURE, source=EventSource(event="open")),
    "any event": replace(EXPOSURE, source=EventSource(event=None)),
    "parts": replace(
        EXPOSURE,
        breakdown=Breakdown(
            properties=(UnitProperty(key="plan"), UnitProperty(key="email", is_of_person=True)),
            most_values=2,
        ),
    ),
    "matured": replace(EXPOSURE, exposed_by=NOON + timedelta(hours=2)),
}


def _event(name: str, who: str, hours: float, **properties: object) -> Event:
    number = next(_numbers)
    return Event(
        uuid=UUID(int=(number * 2654435761 % 2**32) << 64 | number),
        name=name,
        distinct_id=who,
        person_id=derived_person_id(ProjectId(1), who),
        timestamp=NOON + timedelta(hours=hours),
        properties={"$group_0": f"group of {who}", "$session_id": who, **properties},  # type: ignore[dict-item]
    )


_numbers = count(1)


def _seen(who: str, variant: str, hours: float, **more: object) -> Event:
    flag = {"$feature_flag": "exp", "$feature_flag_response": variant}
    return _event(DEFAULT_EXPOSURE_EVENT, who, hours, **flag, **more)


def _batch(*events: Event, merged: Sequence[tuple[str, str]] = (), **emails: str) -> AppendBatch:
    """Events, then who becomes whom, and who has which e-mail address from now on."""
    revision = next(_numbers)
    who = {name: derived_person_id(ProjectId(1), name) for name in _PEOPLE}
    described: dict[str, Properties] = {name: {"email": text} for name, text in emails.items()}
    return AppendBatch(
        events=tuple(ProjectEvent(project_id=ProjectId(1), event=each) for each in events),
        mappings=tuple(
            PersonIdMapping(
                project_id=ProjectId(1),
                source_id=who[source],
                person_id=who[person],
                revision=revision,
            )
            for source, person in merged
        ),
        person_properties=tuple(
            PersonProperties(
                project_id=ProjectId(1), person_id=who[name], properties=each, revision=revision
            )
            for name, each in described.items()
        ),
    )


_PEOPLE = ("ann", "bob", "cyd", "dan", "eve", "fay")
# What happens, and the hour at which the experiment is looked at.
_STORY: list[tuple[AppendBatch, float]] = [
    (
        _batch(
            _seen("ann", "control", 1, plan="pro"),
            _seen("bob", "test", 1, plan="free"),
            _event("open", "ann", 1.5, **{"$feature/exp": "control"}),
            _event("view", "ann", 2),
            _event("pay", "ann", 3, amount=30, plan="pro"),
            _event("pay", "bob", 0.5, amount=7),
            # It is not over yet when they look.
            _event("pay", "bob", 4.5, amount=11),
            _event("view", "cyd", 2.5),
            ann="a@x.example",
        ),
        4,
    ),
    (
        # New: an exposure, and what was on its way for long.
        _batch(
            _seen("cyd", "test", 4.5, plan="pro"),
            _event("open", "bob", 2, **{"$feature/exp": "test"}),
            _event("open", "cyd", 4.6, **{"$feature/exp": "test"}),
            _event("pay", "cyd", 5, amount=100),
            _event("view", "bob", 1.2),
            _event("pay", "ann", 2.5, amount=5),
        ),
        5,
    ),
    # Nothing but time.
    (_batch(), 7),
    # An exposure that is earlier than the one that was known, and one to the other variant.
    (_batch(_seen("cyd", "test", 2, plan="free"), _seen("bob", "control", 6)), 8),
    # Persons become others: a new one, and one who saw both variants.
    (_batch(_event("pay", "dan", 6.5, amount=3), merged=[("dan", "ann")]), 9),
    (_batch(_seen("fay", "control", 8), merged=[("eve", "fay"), ("cyd", "fay")]), 9),
    # They are described otherwise.
    (_batch(ann="a@qa.example", cyd="c@qa.example", fay="f@x.example"), 10),
    (_batch(_event("view", "fay", 9.5), _event("pay", "eve", 9.8, amount=1)), 11),
    (_batch(_seen("dan", "test", 10), ann="a@x.example"), 26),
]


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_is_brought_up_to_date(store: Stores, metric: MetricPlan) -> None:
    _follow(store, SummaryPlan(exposure=EXPOSURE, metric=metric))


def test_experiments_that_are_over_are_brought_up_to_date(store: Stores) -> None:
    for metric in ("mean within a window", "ordered funnel", "retention by the hour"):
        plan = SummaryPlan(exposure=EXPOSURE, metric=METRICS[metric])
        _follow(store, plan, is_running=False)


@pytest.mark.parametrize("exposure", EXPOSURES.values(), ids=EXPOSURES)
def test_every_exposure_is_brought_up_to_date(store: Stores, exposure: ExposurePlan) -> None:
    _follow(store, SummaryPlan(exposure=exposure, metric=METRICS["mean within a window"]))


def _follow(store: Stores, plan: SummaryPlan, *, is_running: bool = True) -> None:
    """Tell the story, and look at the sums after each turn of it."""
    project_id = ProjectId(next(_projects))
    answers: set[str] = set()
    for batch, hour in _STORY:
        store.append(in_project(batch, project_id))
        asked = _at(plan, project_id, hour if is_running else 7, is_running=is_running)
        if not answers:
            assert store.summarize(asked) is None
        answers.add(repr(_compared(store, asked)))
    assert len(answers) > 1


def _at(
    plan: SummaryPlan, project_id: ProjectId, hour: float, *, is_running: bool = True
) -> SummaryPlan:
    end = NOON + timedelta(hours=hour)
    exposure = replace(
        plan.exposure, project_id=project_id, end=end, known_until=end if is_running else None
    )
    return replace(plan, exposure=exposure)


def _compared(store: Stores, plan: SummaryPlan) -> list[VariantSummary]:
    """What is kept says the same as the events."""
    kept = store.summarize(plan)
    assert kept is not None
    expected = _by_value(store.memory.summarize(plan))
    assert [_near(summary) for summary in _by_value(kept.summaries)] == [
        astuple(summary) for summary in expected
    ]
    return expected


def _by_value(summaries: Sequence[VariantSummary]) -> list[VariantSummary]:
    return sorted(summaries, key=lambda summary: summary.breakdown)


def _near(summary: VariantSummary) -> tuple[object, ...]:
    return tuple(
        pytest.approx(value, rel=NEAR, abs=NEAR) if isinstance(value, float) else value
        for value in astuple(summary)
    )


def _examples(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


_streams = st.lists(st.tuples(event_sets(), st.integers(0, 30)), min_size=2, max_size=4)


@_examples(6)
@given(stream=_streams, plan=summary_plans(), is_running=st.booleans())
def test_any_stream_of_events_leaves_what_direct_computation_gives(
    store: Stores,
    stream: list[tuple[AppendBatch, int]],
    plan: SummaryPlan,
    is_running: bool,  # noqa: FBT001
) -> None:
    _check_stream(store, stream, plan, is_running=is_running)


@pytest.mark.slow
@_examples(300)
@given(stream=_streams, plan=summary_plans(), is_running=st.booleans())
def test_any_stream_of_events_leaves_the_same_for_many_more_examples(
    store: Stores,
    stream: list[tuple[AppendBatch, int]],
    plan: SummaryPlan,
    is_running: bool,  # noqa: FBT001
) -> None:
    _check_stream(store, stream, plan, is_running=is_running)


def _check_stream(
    store: Stores,
    stream: list[tuple[AppendBatch, int]],
    plan: SummaryPlan,
    *,
    is_running: bool,
) -> None:
    project_id = ProjectId(next(_projects))
    assume("HOGQL" not in repr(plan.metric) and "started_by=datetime" not in repr(plan.metric))
    hours = sorted(hour for _, hour in stream)
    for turn, ((batch, _), hour) in enumerate(zip(stream, hours, strict=True), start=1):
        store.append(_numbered(in_project(batch, project_id), turn))
        asked = _at(plan, project_id, hour if is_running else 24, is_running=is_running)
        if turn == 1:
            store.summarize(asked)
        if asked.exposure.start <= asked.exposure.end:
            _compared(store, asked)


def _numbered(batch: AppendBatch, turn: int) -> AppendBatch:
    """The batch with ids and revisions that no earlier one has."""
    return AppendBatch(
        events=tuple(
            replace(row, event=replace(row.event, uuid=UUID(int=row.event.uuid.int + (turn << 40))))
            for row in batch.events
        ),
        mappings=tuple(replace(row, revision=row.revision + 10 * turn) for row in batch.mappings),
        person_properties=tuple(
            replace(row, revision=row.revision + 10 * turn) for row in batch.person_properties
        ),
    )


def test_steps_without_an_order_count_however_long_after_the_exposure_they_come(
    store: Stores,
) -> None:
    plan = SummaryPlan(exposure=EXPOSURE, metric=METRICS["unordered funnel"])
    _begin(store, plan, _batch(_seen("ann", "control", 1)))

    for name, hour in (("view", 40.0), ("pay", 41.0)):
        store.append(_batch(_event(name, "ann", hour)))
        control = _compared(store, _at(plan, ProjectId(1), 60))[0]

    assert control.step_counts == (1, 0)


def test_a_property_that_becomes_a_number_later_is_read_as_before(store: Stores) -> None:
    """It has a column of its own from then on, which what was compiled knows nothing of."""
    plan = SummaryPlan(exposure=EXPOSURE, metric=replace(REVENUE, value_property="price"))
    _begin(store, plan, _batch(_seen("ann", "control", 1), _event("pay", "ann", 2, price="none")))

    for hour, price in enumerate((4, "2.5", "n/a", True), start=3):
        store.append(_batch(_event("pay", "ann", hour, price=price)))
        control = _compared(store, _at(plan, ProjectId(1), 60))[0]

    assert control.sum == 6.5


def test_persons_may_become_others_again_and_again(store: Stores) -> None:
    plan = SummaryPlan(exposure=EXPOSURE, metric=METRICS["mean within a window"])
    _begin(
        store,
        plan,
        _batch(
            *(_seen(who, "control", 1) for who in ("ann", "bob", "cyd")),
            *(_event("pay", who, 2, amount=10) for who in ("ann", "bob", "cyd", "dan")),
        ),
    )

    for merged in (
        [("ann", "bob")],
        # Whoever ann is, becomes cyd, and cyd becomes somebody who was never seen.
        [("ann", "cyd"), ("bob", "cyd")],
        [("ann", "eve"), ("bob", "eve"), ("cyd", "eve")],
        [("dan", "eve")],
        # And apart again.
        [("bob", "bob")],
    ):
        store.append(_batch(merged=merged))
        control = _compared(store, _at(plan, ProjectId(1), 60))[0]

    assert (control.count, control.sum) == (2, 40)


def test_an_activation_that_arrives_late_opens_the_window_anew(store: Stores) -> None:
    plan = SummaryPlan(
        exposure=replace(EXPOSURES["activated"], breakdown=EXPOSURES["parts"].breakdown),
        metric=replace(REVENUE, window=timedelta(hours=1), lookback=timedelta(hours=1)),
    )
    paid = [_event("pay", "ann", hour, amount=hour) for hour in (1.5, 2.5, 3.5, 4.5)]
    _begin(store, plan, _batch(_seen("ann", "control", 1), *paid, ann="a@x.example"))

    seen = []
    for hour in (4, 3, 2, 0.5):
        store.append(_batch(_event("open", "ann", hour, plan=f"of {hour}")))
        (only,) = {
            (summary.sum, summary.covariate_sum)
            for summary in _compared(store, _at(plan, ProjectId(1), 60))
            if summary.variant == "control" and summary.count
        }
        seen.append(only)

    assert seen == [(4.5, 3.5), (3.5, 2.5), (2.5, 1.5), (2.5, 1.5)]


def _begin(store: Stores, plan: SummaryPlan, batch: AppendBatch) -> None:
    """Have something kept from the start."""
    store.append(batch)
    store.summarize(_at(plan, ProjectId(1), 3))
    _compared(store, _at(plan, ProjectId(1), 3))


# What is not kept, and when it is given up.

DIRECT = {
    "dates that count back from the end": SummaryPlan(
        exposure=EXPOSURE,
        metric=replace(
            REVENUE,
            source=replace(
                PAY,
                filters=(
                    PropertyFilter(
                        key="at",
                        value="-7d",
                        operator=Operator.IS_DATE_AFTER,
                        kind=FilterKind.EVENT,
                    ),
                ),
            ),
        ),
    ),
    "cohorts": SummaryPlan(
        exposure=replace(
            EXPOSURE,
            unit_filters=(
                PropertyFilter(
                    key="id",
                    value=(str(UUID(int=1)),),
                    operator=Operator.IN,
                    kind=FilterKind.COHORT,
                ),
            ),
        ),
        metric=REVENUE,
    ),
    "retention of the matured": SummaryPlan(
        exposure=EXPOSURE,
        metric=replace(RETENTION, started_by=NOON),
    ),
    "the past": SummaryPlan(exposure=replace(EXPOSURE, known_until=NOON + DAY), metric=REVENUE),
    "what has not begun": SummaryPlan(exposure=replace(EXPOSURE, start=NOON + DAY), metric=REVENUE),
    "the end of the calendar": SummaryPlan(
        exposure=replace(EXPOSURE, end=datetime(8999, 1, 1, tzinfo=UTC)), metric=REVENUE
    ),
}


@pytest.mark.parametrize("plan", DIRECT.values(), ids=DIRECT)
def test_what_cannot_be_brought_up_to_date_is_not_kept(store: Stores, plan: SummaryPlan) -> None:
    assert [store.summarize(plan) for _ in range(3)] == [None] * 3


PLAN = SummaryPlan(exposure=replace(EXPOSURE, end=NOON + DAY), metric=REVENUE)


def _keep(store: Stores, plan: SummaryPlan = PLAN) -> None:
    store.summarize(plan)
    _compared(store, plan)


def test_a_moment_that_is_past_is_not_answered_from_what_is_kept_of_a_later_one(
    store: Stores,
) -> None:
    store.append(_STORY[0][0])
    _keep(store, _at(PLAN, ProjectId(1), 5))

    assert store.summarize(_at(PLAN, ProjectId(1), 4)) is None
    _compared(store, _at(PLAN, ProjectId(1), 6))


def test_edits_are_other_questions(store: Stores) -> None:
    store.append(_STORY[0][0])
    _keep(store)

    for edited in (
        replace(PLAN, metric=replace(REVENUE, window=DAY)),
        replace(PLAN, exposure=replace(PLAN.exposure, end=NOON + timedelta(hours=2))),
        replace(PLAN, exposure=replace(PLAN.exposure, start=NOON + timedelta(hours=2))),
        replace(PLAN, exposure=replace(PLAN.exposure, variants=("test",))),
    ):
        assert store.summarize(edited) is None
        _compared(store, edited)
    # How values are clamped is decided when they are added up.
    _compared(store, replace(PLAN, metric=replace(REVENUE, winsorization=Winsorization(upper=0.5))))


def test_what_fails_halfway_is_given_up_and_made_anew(
    store: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(_STORY[0][0])
    _keep(store)
    store.append(_STORY[1][0])

    def broken(*_: object) -> None:
        raise duckdb.IOException("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(kept_units, "_bring_up_to_date", broken)
        assert store.summarize(PLAN) is None
    _compared(store, PLAN)


def test_what_takes_too_long_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Stores(tmp_path / "events.duckdb", query_seconds=0.5)
    tried = []

    def endless(cursor: duckdb.DuckDBPyConnection, *_: object) -> None:
        tried.append(cursor)
        cursor.execute("SELECT count(*) FROM range(1000000000), range(1000000) AS other").fetchall()

    monkeypatch.setattr(kept_units, "_build", endless)

    assert [store.summarize(PLAN) for _ in range(4)] == [None] * 4
    assert len(tried) <= 1
    store.close()


def test_without_memory_for_it_nothing_is_kept(
    store: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*_: object) -> None:
        raise duckdb.OutOfMemoryException("failed to allocate data")

    monkeypatch.setattr(kept_units, "_build", greedy)

    assert [store.summarize(PLAN) for _ in range(3)] == [None] * 3


def test_a_full_disk_costs_only_what_is_kept(store: Stores) -> None:
    store.append(_batch(*(_event("pay", f"number {n}", 2, amount=n) for n in range(5000))))
    store.append(_STORY[0][0])
    store.duckdb._file.check()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        store.summarize(PLAN)
        assert store.summarize(PLAN) is None
        assert store.duckdb.summarize(PLAN) == store.memory.summarize(PLAN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    store.append(_STORY[1][0])
    assert store.summarize(PLAN) is None or _compared(store, PLAN)
    _compared(store, PLAN)


def test_what_was_not_used_for_the_longest_time_makes_room(
    store: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_units, "MOST_STATES", 2)
    store.append(_STORY[0][0])
    plans = [replace(PLAN, metric=replace(REVENUE, window=hours * DAY)) for hours in (1, 2, 3)]

    for plan in plans:
        _keep(store, plan)

    monkeypatch.setattr(kept_units, "_build", None)
    assert store.summarize(plans[1]) is not None
    assert store.summarize(plans[2]) is not None
    with pytest.raises(TypeError):
        store.summarize(plans[0])


def test_no_more_is_kept_than_a_share_of_the_events(
    store: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(_STORY[0][0])
    monkeypatch.setattr(kept_units, "MOST_ROWS_PER_EVENT", 1)
    plans = [replace(PLAN, metric=replace(REVENUE, window=hours * DAY)) for hours in (1, 2, 3)]

    for plan in plans:
        _keep(store, plan)

    monkeypatch.setattr(kept_units, "_build", None)
    with pytest.raises(TypeError):
        store.summarize(plans[0])


def test_nothing_is_left_when_the_store_is_closed_or_opened(tmp_path: Path) -> None:
    # Names that would have to be quoted in SQL.
    path = tmp_path / "our 'events', new.duckdb"
    stale = path.with_name(f"{path.name}.precomputed")
    for suffix in ("", ".wal", ".wal.checkpoint", ".wal.recovery"):
        left = stale.with_name(f"{stale.name}{suffix}")
        left.write_bytes(b"left behind by a process that was killed")

    store = Stores(path)
    store.append(_STORY[0][0])
    _keep(store)
    assert stale.exists()
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]

    again = Stores(path)
    again.memory = store.memory
    assert again.summarize(PLAN) is None
    _compared(again, PLAN)
    again.close()


def test_events_are_stored_while_kept_state_is_made(
    store: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(_STORY[0][0])
    store.summarize(PLAN)
    build = kept_units._build

    def build_and_append(*parts: object) -> None:
        build(*parts)  # type: ignore[arg-type]
        writer = threading.Thread(target=store.append, args=(_STORY[1][0],))
        writer.start()
        writer.join(timeout=20)
        assert not writer.is_alive()

    monkeypatch.setattr(kept_units, "_build", build_and_append)
    before = store.memory.summarize(PLAN)
    kept = store.summarize(PLAN)

    # What came in between is seen the next time.
    assert kept is not None
    assert kept.summaries == before
    assert _compared(store, PLAN) != list(before)


def test_whoever_asks_while_others_append_is_told_of_some_moment_in_between(
    store: Stores,
) -> None:
    """Each batch brings a unit with one event of its own and one of somebody it became."""
    plans = [
        replace(PLAN, metric=MeanPlan(source=PAY, window=window)) for window in (None, 5 * DAY)
    ]
    stored, is_over, wrong = [0], threading.Event(), list[object]()
    told: dict[int, int] = dict.fromkeys(range(len(plans)), 0)

    def ask(number: int) -> None:
        while not is_over.is_set():
            before = stored[0]
            try:
                kept = store.summarize(plans[number % len(plans)])
            except Exception as error:  # noqa: BLE001
                wrong.append(error)
                continue
            # A batch is committed before anybody hears of it.
            after = stored[0] + 1
            if kept is not None:
                units, total = kept.summaries[0].count, kept.summaries[0].sum
                told[number % len(plans)] += 1
                if not before <= units <= after or total != 2 * units:
                    wrong.append((before, units, total, after))

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for asker in askers:
        asker.start()
    try:
        while stored[0] < 15 or (min(told.values()) < 3 and not wrong):
            store.append(_unit_of_two(stored[0]))
            stored[0] += 1
    finally:
        is_over.set()
        for asker in askers:
            asker.join()

    assert wrong == []
    for plan in plans:
        _compared(store, plan)


def _unit_of_two(number: int) -> AppendBatch:
    name, former = f"number {number}", f"former {number}"
    mapping = PersonIdMapping(
        project_id=ProjectId(1),
        source_id=derived_person_id(ProjectId(1), former),
        person_id=derived_person_id(ProjectId(1), name),
        revision=next(_numbers),
    )
    events = _batch(_seen(name, "control", 1), _event("pay", name, 2), _event("pay", former, 2))
    return replace(events, mappings=(mapping,))


@pytest.mark.parametrize("is_kept", [False, True], ids=["direct", "kept"])
def test_what_is_committed_is_seen_whole_before_the_store_remembers_it(
    store: Stores,
    monkeypatch: pytest.MonkeyPatch,
    is_kept: bool,  # noqa: FBT001
) -> None:
    store.append(_batch(_seen("ann", "control", 1)))
    _keep(store)
    told: list[Sequence[VariantSummary]] = []

    def ask_and_remember(catalog: Catalog, written: Written) -> None:
        kept = store.summarize(PLAN) if is_kept else None
        told.append(kept.summaries if kept else store.duckdb.summarize(PLAN))
        remember(catalog, written)

    monkeypatch.setattr("splitplot.adapters.event_store.duckdb.remember", ask_and_remember)
    # The first merge of the project.
    store.append(_batch(_event("pay", "bob", 2, amount=3), merged=[("bob", "ann")]))

    assert told == [store.memory.summarize(PLAN)]
    assert told[0][0].sum == 3


def test_without_a_place_for_it_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "events.duckdb.precomputed").mkdir()

    store = Stores(tmp_path / "events.duckdb")

    assert [store.summarize(PLAN) for _ in range(2)] == [None, None]
    store.close()


def test_other_stores_keep_nothing() -> None:
    assert MemoryEventStore.precomputed is None
    assert ClickHouseEventStore.precomputed is None
