"""What only the shared store promises: one row for an event, whoever inserts it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.errors import InvalidInput, Unavailable
from splitplot.events.model import Event
from splitplot.experiments.plan import EventSource, ExposurePlan, MeanPlan, SummaryPlan
from splitplot.ports.event_store import AppendBatch, EventSelection, ProjectEvent

pytest.importorskip("chdb", reason="chdb-core is not installed")

from splitplot.adapters.event_store.clickhouse import ClickHouseEventStore

PROJECT = ProjectId(1)
NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)
EVENT = Event(
    uuid=UUID(int=1),
    name="buy",
    distinct_id="ann",
    person_id=UUID(int=7),
    timestamp=NOON,
    properties={"$feature/exp": "control"},
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"chdb://{tmp_path / 'clickhouse'}"


@pytest.fixture
def store(url: str) -> Iterator[ClickHouseEventStore]:
    opened = ClickHouseEventStore(url)
    yield opened
    opened.close()


def batch(*events: Event) -> AppendBatch:
    rows = (ProjectEvent(project_id=PROJECT, event=event) for event in events)
    return AppendBatch(events=tuple(rows))


def test_an_event_that_two_servers_insert_at_once_counts_once(store: ClickHouseEventStore) -> None:
    # The second server saw another arrival time, so its clock correction differs: enough
    # to put the row into another month's partition.
    twin = replace(EVENT, timestamp=NOON + timedelta(days=1))
    for event in (EVENT, twin):
        store.append(batch(event))
    plan = SummaryPlan(
        exposure=ExposurePlan(
            project_id=PROJECT,
            start=NOON - timedelta(days=1),
            end=NOON + timedelta(days=2),
            flag_key="exp",
            source=EventSource(event="buy"),
            variants=("control",),
        ),
        metric=MeanPlan(source=EventSource(event="buy")),
    )

    (summary,) = store.summarize(plan)

    assert (summary.count, summary.sum) == (1, 1)
    assert len(store.find_events(EventSelection(project_id=PROJECT))) == 1
    assert store.known_ids(PROJECT, [EVENT.uuid]) == {EVENT.uuid}


def test_a_batch_may_hold_events_of_very_many_months(store: ClickHouseEventStore) -> None:
    events = [
        replace(EVENT, uuid=UUID(int=number), timestamp=NOON - timedelta(days=31 * number))
        for number in range(1, 131)
    ]

    store.append(batch(*events))

    assert len(store.find_events(EventSelection(project_id=PROJECT, limit=1000))) == len(events)


def test_servers_may_start_together(url: str) -> None:
    first, second = ClickHouseEventStore(url), ClickHouseEventStore(url)
    first.append(batch(EVENT))

    assert second.event_names(PROJECT) == {"buy"}

    first.close()
    second.close()


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="ClickHouse cannot be used"):
        ClickHouseEventStore("clickhouse://nobody:secret@127.0.0.1:1/events")


def test_a_database_has_a_plain_name() -> None:
    with pytest.raises(InvalidInput, match="no name for a database"):
        ClickHouseEventStore("clickhouse://127.0.0.1:1/a`b")
