"""Answers that are kept."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest

from splitplot.errors import InvalidInput, SplitplotError
from splitplot.services.answers import Answer, AnswerCache, NoAnswer, Question, Refresh

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Work:
    """Something to compute, and how often it was."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def question(
    key: str = "q", *, revision: int = 1, at: datetime = NOON, keeps: timedelta | None = None
) -> Question:
    return Question(key=key, revision=revision, asked_at=at, keeps=keeps)


def ask(
    cache: AnswerCache[int],
    asked: Question,
    work: Callable[[], int],
    refresh: Refresh = Refresh.REUSE,
) -> Answer[int]:
    answer = cache.answer(asked, work, refresh=refresh)
    assert isinstance(answer, Answer)
    return answer


@pytest.fixture
def cache() -> AnswerCache[int]:
    return AnswerCache(capacity=2)


def test_a_new_answer_says_when_it_was_made(cache: AnswerCache[int]) -> None:
    assert ask(cache, question(keeps=MINUTE), Work()) == Answer(
        key="q", value=1, computed_at=NOON, valid_until=NOON + MINUTE, is_cached=False
    )


def test_an_answer_is_used_again_while_nothing_changed(cache: AnswerCache[int]) -> None:
    work = Work()
    first = ask(cache, question(), work)
    again = ask(cache, question(at=NOON + 365 * 24 * 60 * MINUTE), work)
    assert (again.value, again.is_cached, again.computed_at) == (1, True, first.computed_at)


def test_new_data_make_a_new_answer(cache: AnswerCache[int]) -> None:
    work = Work()
    ask(cache, question(), work)
    assert ask(cache, question(revision=2), work).value == 2


def test_an_answer_that_keeps_a_while_is_made_again_after_it(cache: AnswerCache[int]) -> None:
    work = Work()
    ask(cache, question(keeps=MINUTE), work)
    just_before = NOON + MINUTE - timedelta(microseconds=1)
    assert ask(cache, question(keeps=MINUTE, at=just_before), work).is_cached
    assert ask(cache, question(keeps=MINUTE, at=NOON + MINUTE), work).value == 2


def test_a_forced_answer_is_always_new_and_then_kept(cache: AnswerCache[int]) -> None:
    work = Work()
    ask(cache, question(), work)
    assert ask(cache, question(), work, Refresh.FORCE).value == 2
    assert ask(cache, question(), work).value == 2


def test_who_wants_only_a_kept_answer_gets_that_or_none(cache: AnswerCache[int]) -> None:
    work = Work()
    assert cache.answer(question(), work, refresh=Refresh.KEPT_ONLY) == NoAnswer(key="q")
    ask(cache, question(), work)
    assert ask(cache, question(), work, Refresh.KEPT_ONLY).is_cached
    assert work.times == 1


def test_the_answer_that_was_not_used_for_longest_goes_first(cache: AnswerCache[int]) -> None:
    work = Work()
    for key in ("a", "b", "a", "c"):
        ask(cache, question(key), work)
    assert ask(cache, question("a"), work).is_cached
    assert not ask(cache, question("b"), work).is_cached


@pytest.mark.parametrize("refresh", [Refresh.REUSE, Refresh.FORCE])
def test_a_question_asked_by_many_at_once_is_computed_once(refresh: Refresh) -> None:
    cache: AnswerCache[int] = AnswerCache(capacity=2)
    work, started, go_on = Work(), Event(), Event()
    answers: list[Answer[int]] = []

    def slowly() -> int:
        started.set()
        assert go_on.wait(10)
        return work()

    threads = [
        Thread(target=lambda: answers.append(ask(cache, question(), slowly, refresh)))
        for _ in range(8)
    ]
    threads[0].start()
    assert started.wait(10)
    for thread in threads[1:]:
        thread.start()
    # The others are waiting, or will find the answer; neither computes.
    go_on.set()
    for thread in threads:
        thread.join(10)

    values = {answer.value for answer in answers}
    # A forced question that came after the answer was there is a question of its own.
    assert len(answers) == 8
    assert values == {1} if refresh is Refresh.REUSE else max(values) == work.times


def test_different_questions_do_not_wait_for_each_other(cache: AnswerCache[int]) -> None:
    both = Barrier(2, timeout=10)

    def meet() -> int:
        return both.wait()

    threads = [Thread(target=lambda key=key: ask(cache, question(key), meet)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not both.broken


def test_a_failure_is_not_kept_and_the_next_one_tries_again(cache: AnswerCache[int]) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.answer(question(), fail, refresh=Refresh.REUSE)
    assert ask(cache, question(), Work()).value == 1


def doubled(places: Sequence[int]) -> list[int | SplitplotError]:
    return [2 * place for place in places]


def test_of_many_questions_those_without_an_answer_are_computed_together() -> None:
    cache: AnswerCache[int] = AnswerCache(capacity=9)
    computed: list[Sequence[int]] = []

    def work(places: Sequence[int]) -> list[int | SplitplotError]:
        computed.append(list(places))
        return doubled(places)

    ask(cache, question("b"), lambda: 7)
    asked = [question(key) for key in "abc"]

    answers = cache.answer_all(asked, work, refresh=Refresh.REUSE)
    again = cache.answer_all(asked, work, refresh=Refresh.REUSE)
    anew = cache.answer_all(asked, work, refresh=Refresh.FORCE)

    assert [each.value for each in answers if isinstance(each, Answer)] == [0, 7, 4]
    assert [each.is_cached for each in again if isinstance(each, Answer)] == [True] * 3
    assert [each.value for each in anew if isinstance(each, Answer)] == [0, 2, 4]
    assert computed == [[0, 2], [0, 1, 2]]
    assert ask(cache, question("c"), Work()).value == 4


def test_of_many_questions_one_that_fails_spoils_and_keeps_nothing() -> None:
    cache: AnswerCache[int] = AnswerCache(capacity=9)
    refusal = InvalidInput("no such metric")
    asked = [question(key) for key in "ab"]

    first, second = cache.answer_all(asked, lambda _: [refusal, 5], refresh=Refresh.REUSE)

    assert first is refusal
    assert isinstance(second, Answer)
    assert ask(cache, question("a"), Work()).value == 1
    assert ask(cache, question("b"), Work()).value == 5


def test_of_many_questions_only_the_kept_answers_can_be_asked_for() -> None:
    cache: AnswerCache[int] = AnswerCache(capacity=9)
    ask(cache, question("a"), Work())
    asked = [question(key) for key in "ab"]

    for refresh in (Refresh.KEPT_ONLY, Refresh.LAST_KNOWN):
        kept, none = cache.answer_all(asked, doubled, refresh=refresh)
        assert isinstance(kept, Answer)
        assert none == NoAnswer(key="b")


def test_many_questions_in_any_order_at_once_are_computed_once_and_never_wait_in_a_circle() -> None:
    cache: AnswerCache[int] = AnswerCache(capacity=9)
    start = Barrier(4)
    computed: list[int] = []

    def work(places: Sequence[int]) -> list[int | SplitplotError]:
        computed.extend(places)
        return doubled(places)

    def read(keys: str) -> None:
        start.wait()
        cache.answer_all([question(key) for key in keys], work, refresh=Refresh.REUSE)

    threads = [Thread(target=read, args=(keys,)) for keys in ("abc", "cba", "bca", "cab")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert not any(thread.is_alive() for thread in threads)
    assert len(computed) == 3
