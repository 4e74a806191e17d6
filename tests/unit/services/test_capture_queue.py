import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest

from splitplot.adapters.group_commit import Batch, GroupCommit
from splitplot.errors import InvalidInput, Overloaded, Unavailable
from splitplot.ports.event_store import ProjectEvent
from tests.factories import PROJECT_ID, an_event


def rows(*names: str) -> list[ProjectEvent]:
    return [ProjectEvent(project_id=PROJECT_ID, event=an_event(name=name)) for name in names]


def names_of(group: Sequence[Batch]) -> list[list[str]]:
    return [[row.event.name for row in batch] for batch in group]


class Writer:
    """What a queue calls: remembers groups, waits at the gate, fails when told to."""

    def __init__(self) -> None:
        self.groups: list[list[list[str]]] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.gate.set()
        self.failures: dict[str, Exception] = {}

    def __call__(self, group: Sequence[Batch]) -> None:
        self.entered.set()
        assert self.gate.wait(timeout=10)
        self.groups.append(names_of(group))
        for batch in group:
            for row in batch:
                if row.event.name in self.failures:
                    raise self.failures[row.event.name]


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def queue(writer: Writer) -> Iterator[GroupCommit]:
    made = GroupCommit(writer, max_waiting=10, max_group=6)
    yield made
    writer.gate.set()
    made.close()


async def behind_the_gate(
    queue: GroupCommit, writer: Writer, *batches: list[ProjectEvent]
) -> list[asyncio.Task[None]]:
    """Tasks that wait: the first one's events with the writer, the others' in the queue."""
    writer.gate.clear()
    tasks = []
    for batch in batches:
        tasks.append(asyncio.create_task(queue.commit(batch)))
        await asyncio.to_thread(writer.entered.wait, 10)
    return tasks


async def outcome(waiting: Awaitable[None]) -> BaseException | None:
    return (await asyncio.gather(waiting, return_exceptions=True))[0]


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(test(), timeout=20)

    asyncio.run(limited())


def test_a_commit_returns_once_its_events_are_written(queue: GroupCommit, writer: Writer) -> None:
    async def test() -> None:
        (task,) = await behind_the_gate(queue, writer, rows("a"))
        assert not task.done()
        writer.gate.set()
        await task

    run(test)
    assert writer.groups == [[["a"]]]


def test_what_queues_up_meanwhile_is_written_together_in_order(
    queue: GroupCommit, writer: Writer
) -> None:
    async def test() -> None:
        batches = [rows("a"), rows("b", "c"), rows("d"), rows("e", "f", "g"), rows("h")]
        tasks = await behind_the_gate(queue, writer, *batches)
        writer.gate.set()
        await asyncio.gather(*tasks)

    run(test)
    # The group is closed once it holds six events.
    assert writer.groups == [[["a"]], [["b", "c"], ["d"], ["e", "f", "g"]], [["h"]]]


def test_a_full_queue_refuses_and_takes_again_once_it_is_written(
    queue: GroupCommit, writer: Writer
) -> None:
    async def test() -> None:
        tasks = await behind_the_gate(queue, writer, rows(*"abcde"), rows(*"fghij"))
        with pytest.raises(Overloaded):
            await queue.commit(rows("k"))
        writer.gate.set()
        await asyncio.gather(*tasks)
        await queue.commit(rows("l"))

    run(test)
    assert [name for group in writer.groups for batch in group for name in batch] == [
        *"abcdefghijl"
    ]


def test_a_request_that_is_larger_than_the_queue_is_taken_when_nothing_waits(
    queue: GroupCommit, writer: Writer
) -> None:
    run(lambda: queue.commit(rows(*["x"] * 11)))
    assert len(writer.groups[0][0]) == 11


def test_one_poisonous_batch_does_not_fail_the_others(queue: GroupCommit, writer: Writer) -> None:
    writer.failures["poison"] = InvalidInput("no engine keeps this")

    async def test() -> None:
        batches = [rows("a"), rows("b"), rows("poison"), rows("c")]
        tasks = await behind_the_gate(queue, writer, *batches)
        writer.gate.set()
        outcomes = [await outcome(task) for task in tasks]
        assert outcomes == [None, None, writer.failures["poison"], None]

    run(test)
    assert writer.groups[1:] == [[["b"], ["poison"], ["c"]], [["b"]], [["poison"]], [["c"]]]


@pytest.mark.parametrize("failure", [RuntimeError("nobody foresaw this"), KeyError("x")])
def test_the_writer_outlives_what_nobody_foresaw(
    queue: GroupCommit, writer: Writer, failure: Exception
) -> None:
    writer.failures["poison"] = failure

    async def test() -> None:
        with pytest.raises(type(failure)):
            await queue.commit(rows("poison"))
        await queue.commit(rows("a"))

    run(test)


def test_a_store_at_fault_is_not_asked_again_for_each_request(
    queue: GroupCommit, writer: Writer
) -> None:
    writer.failures["b"] = Unavailable("The disk is full.")

    async def test() -> None:
        tasks = await behind_the_gate(queue, writer, rows("a"), rows("b"), rows("c"))
        writer.gate.set()
        outcomes = [await outcome(task) for task in tasks]
        assert outcomes == [None, writer.failures["b"], writer.failures["b"]]

    run(test)
    assert writer.groups == [[["a"]], [["b"], ["c"]]]


def test_closing_writes_what_waits_and_refuses_what_comes_later(
    queue: GroupCommit, writer: Writer
) -> None:
    async def test() -> None:
        tasks = await behind_the_gate(queue, writer, rows("a"), rows("b"))
        assert queue.waiting_events == 2
        closing = asyncio.create_task(asyncio.to_thread(queue.close))
        writer.gate.set()
        await asyncio.gather(closing, *tasks)
        with pytest.raises(Unavailable):
            await queue.commit(rows("c"))

    run(test)
    assert writer.groups == [[["a"]], [["b"]]]


def test_closing_twice_is_closing_once(queue: GroupCommit) -> None:
    queue.close()
    queue.close()


def test_a_waiter_that_gave_up_does_not_disturb_the_others(
    queue: GroupCommit, writer: Writer
) -> None:
    async def test() -> None:
        tasks = await behind_the_gate(queue, writer, rows("a"), rows("b"), rows("c"))
        tasks[1].cancel()
        assert isinstance(await outcome(tasks[1]), asyncio.CancelledError)
        writer.gate.set()
        await asyncio.gather(tasks[0], tasks[2])

    run(test)
    assert writer.groups[1] == [["b"], ["c"]]


def test_a_loop_that_is_gone_does_not_stop_the_writer(queue: GroupCommit, writer: Writer) -> None:
    async def leave() -> None:
        await behind_the_gate(queue, writer, rows("a"))

    run(leave)
    writer.gate.set()
    run(lambda: queue.commit(rows("b")))
    assert writer.groups == [[["a"]], [["b"]]]


def test_requests_of_several_loops_share_a_group(queue: GroupCommit, writer: Writer) -> None:
    async def test() -> None:
        tasks = await behind_the_gate(queue, writer, rows("a"), rows("b"))
        is_waiting = threading.Event()
        elsewhere = asyncio.to_thread(asyncio.run, _commit(queue, rows("c"), is_waiting))
        waiting = asyncio.create_task(elsewhere)
        await asyncio.to_thread(is_waiting.wait, 10)
        writer.gate.set()
        await asyncio.gather(waiting, *tasks)

    run(test)
    assert sorted(writer.groups[1]) == [["b"], ["c"]]


async def _commit(
    queue: GroupCommit, batch: list[ProjectEvent], is_waiting: threading.Event
) -> None:
    task = asyncio.create_task(queue.commit(batch))
    await asyncio.sleep(0)
    is_waiting.set()
    await task
