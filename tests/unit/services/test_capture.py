import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.errors import InvalidInput, Overloaded, SplitplotError, TooLarge, Unauthenticated
from splitplot.events.model import DropReason
from splitplot.filters.model import JsonValue
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import ProjectEvent
from splitplot.ports.flag_source import FlagSnapshot
from splitplot.services.capture import CaptureService, Receipt
from tests.factories import a_project

NOW = datetime(2026, 11, 21, 9, 24, 15, tzinfo=UTC)
PROJECT = replace(a_project(api_token="phc_1"), id=ProjectId(7))
EVENT: dict[str, Any] = {"event": "purchase", "distinct_id": "visitor"}


@dataclass
class Stage:
    """A capture service whose queue is a list, for one project."""

    committed: list[list[ProjectEvent]] = field(default_factory=list)
    failure: SplitplotError | None = None

    def now(self) -> datetime:
        return NOW

    async def commit(self, events: Sequence[ProjectEvent]) -> None:
        if self.failure is not None:
            raise self.failure
        self.committed.append(list(events))

    def close(self) -> None: ...

    def find(self, api_token: str) -> FlagSnapshot | None:
        snapshot = FlagSnapshot(project=PROJECT, flags=(), cohorts={}, revision=1)
        return snapshot if api_token == PROJECT.api_token else None

    def find_project(self, project_id: ProjectId) -> FlagSnapshot | None:
        raise NotImplementedError(project_id)

    def refresh(self) -> None: ...

    def take(
        self,
        payload: JsonValue,
        *,
        query: Mapping[str, str] | None = None,
        is_engage: bool = False,
    ) -> Receipt:
        service = CaptureService(queue=self, flag_source=self, clock=self)
        return asyncio.run(service.take(payload, query=query or {}, is_engage=is_engage))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def batch(*events: Mapping[str, JsonValue], of: str = "phc_1") -> JsonValue:
    return {"api_key": of, "batch": list(events)}


def test_a_request_is_committed_as_one_batch_of_its_project(stage: Stage) -> None:
    receipt = stage.take(batch(EVENT, {**EVENT, "event": "refund"}))
    assert receipt == Receipt(accepted=2, dropped={})
    (committed,) = stage.committed
    assert [row.event.name for row in committed] == ["purchase", "refund"]
    assert {row.project_id for row in committed} == {7}
    assert committed[0].event.person_id == derived_person_id(7, "visitor")
    assert committed[0].event.timestamp == NOW


def test_what_is_dropped_is_counted_by_reason(stage: Stage) -> None:
    quiet = {**EVENT, "event": "$performance_event"}
    personless = {**EVENT, "event": "$identify", "properties": {"$process_person_profile": False}}
    receipt = stage.take(batch(quiet, EVENT, personless, quiet))
    dropped = {DropReason.PERFORMANCE_EVENT: 2, DropReason.PERSONLESS_IDENTITY: 1}
    assert receipt == Receipt(accepted=1, dropped=dropped)


def test_when_nothing_is_left_nothing_is_committed(stage: Stage) -> None:
    receipt = stage.take(batch({**EVENT, "event": "$performance_event"}))
    assert receipt.accepted == 0
    assert stage.committed == []


def test_a_token_of_no_project_is_refused(stage: Stage) -> None:
    with pytest.raises(Unauthenticated, match="unknown"):
        stage.take(batch(EVENT, of="phc_2"))


def test_one_bad_event_keeps_the_whole_request_out(stage: Stage) -> None:
    with pytest.raises(InvalidInput):
        stage.take(batch(EVENT, {"event": "purchase"}))
    assert stage.committed == []


def test_an_event_may_be_as_large_as_a_megabyte(stage: Stage) -> None:
    large = {**EVENT, "properties": {"text": "x" * 1_000_000}}
    assert stage.take(batch(large, large)).accepted == 2
    with pytest.raises(TooLarge):
        stage.take(batch(EVENT, {**EVENT, "properties": {"text": "x" * 1_100_000}}))
    assert len(stage.committed) == 1


def test_a_large_request_is_taken_like_any_other(stage: Stage) -> None:
    receipt = stage.take(batch(*[EVENT] * 2000))
    assert receipt.accepted == len(stage.committed[0]) == 2000
    assert len({row.event.uuid for row in stage.committed[0]}) == 2000


def test_engage_identifies_and_the_query_sets_the_clock(stage: Stage) -> None:
    sent_ms = int(NOW.timestamp() * 1000) + 60_000
    payload = {"$distinct_id": "v", "token": "phc_1", "timestamp": "2026-11-21T09:25:00Z"}
    stage.take(payload, query={"_": str(sent_ms)}, is_engage=True)
    event = stage.committed[0][0].event
    assert event.name == "$identify"
    assert event.timestamp == NOW.replace(second=0)


def test_what_the_queue_refuses_is_refused(stage: Stage) -> None:
    stage.failure = Overloaded("full")
    with pytest.raises(Overloaded):
        stage.take(batch(EVENT))
