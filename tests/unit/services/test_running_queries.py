"""Queries whose answers are fetched later."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from splitplot.errors import InvalidInput, NotFound, Throttled
from splitplot.services.queries.running import RunningQueries, RunningQuery

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANSWER = {"sum": 3}


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


class Held:
    """A query that is computed until it is let go."""

    def __init__(self) -> None:
        self.began, self.let_go = Event(), Event()
        self.computed = 0

    def __call__(self) -> Mapping[str, object]:
        self.computed += 1
        self.began.set()
        assert self.let_go.wait(10)
        return ANSWER


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queries(clock: Clock) -> Iterator[RunningQueries]:
    made = RunningQueries(clock=clock, workers=1, most_waiting=2, most_kept=3)
    yield made
    made.close()


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    yield made
    made.let_go.set()


def ended(queries: RunningQueries, owner: str, query_id: str) -> RunningQuery:
    """The query, as soon as it has ended."""
    give_up_at = time.monotonic() + 10
    while (query := queries.find(owner, query_id)).ended_at is None:
        assert time.monotonic() < give_up_at
        time.sleep(0.001)
    return query


def refuse() -> Mapping[str, object]:
    raise InvalidInput("It is a draft.")


def fail() -> Mapping[str, object]:
    raise ZeroDivisionError("of the inside")


def test_a_query_is_found_while_it_runs_and_when_it_has_ended(
    queries: RunningQueries, held: Held
) -> None:
    started = queries.start("ann", held)
    assert held.began.wait(10)
    running = queries.find("ann", started.id)
    assert (running.picked_up_at, running.ended_at, running.answer) == (NOW, None, None)
    held.let_go.set()
    assert ended(queries, "ann", started.id).answer == ANSWER


@pytest.mark.parametrize(
    ("compute", "error"), [(refuse, "It is a draft."), (fail, "A server error occurred.")]
)
def test_an_error_is_told_and_nothing_of_the_inside(
    queries: RunningQueries, compute: object, error: str
) -> None:
    started = queries.start("ann", compute)  # type: ignore[arg-type]
    query = ended(queries, "ann", started.id)
    assert (query.error, query.answer, query.ended_at) == (error, None, NOW)


def test_the_same_query_is_computed_once_while_it_runs(queries: RunningQueries, held: Held) -> None:
    first, again = (queries.start("ann", held, query_id="same") for _ in range(2))
    assert first.id == again.id == "same"
    held.let_go.set()
    ended(queries, "ann", "same")
    assert held.computed == 1


def test_nobody_finds_or_ends_the_query_of_another(queries: RunningQueries, held: Held) -> None:
    queries.start("ann", held, query_id="hers")
    for look in (queries.find, queries.cancel):
        with pytest.raises(NotFound):
            look("bob", "hers")


def test_beyond_its_capacity_nothing_is_taken(queries: RunningQueries, held: Held) -> None:
    queries.start("ann", held)
    queries.start("ann", held)
    with pytest.raises(Throttled) as refused:
        queries.start("bob", held)
    assert refused.value.code == "query_at_capacity"


def test_a_cancelled_query_that_waits_is_never_computed(
    queries: RunningQueries, held: Held
) -> None:
    queries.start("ann", held)
    assert held.began.wait(10)
    waiting = Held()
    queries.cancel("ann", queries.start("ann", waiting).id)
    held.let_go.set()
    ended(queries, "ann", queries.start("ann", lambda: ANSWER).id)
    assert waiting.computed == 0


def test_answers_are_forgotten_after_a_while(queries: RunningQueries, clock: Clock) -> None:
    query = ended(queries, "ann", queries.start("ann", lambda: ANSWER).id)
    clock.moment = query.expires_at - timedelta(seconds=1)
    assert queries.find("ann", query.id) == query
    clock.moment = query.expires_at
    with pytest.raises(NotFound):
        queries.find("ann", query.id)


def test_of_many_ended_ones_the_oldest_are_forgotten(queries: RunningQueries) -> None:
    ids = [ended(queries, "ann", queries.start("ann", lambda: ANSWER).id).id for _ in range(5)]
    assert queries.find("ann", ids[-1]).answer == ANSWER
    with pytest.raises(NotFound):
        queries.find("ann", ids[0])
