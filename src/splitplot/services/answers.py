"""Answers that are computed once and used again while nothing has changed."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from splitplot.errors import SplitplotError

T = TypeVar("T")


class Refresh(StrEnum):
    """Whether an answer that is kept will do."""

    REUSE = "reuse"
    FORCE = "force"
    KEPT_ONLY = "kept_only"
    # What is kept, even if it may have changed since: for a glance at many.
    LAST_KNOWN = "last_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, of which state of the data, at which moment.

    Attributes:
        key: Equal for equal questions, whenever they are asked.
        revision: Of the data that the answer depends on.
        asked_at: The moment whose answer is wanted.
        keeps: How long an answer stays right by itself; None when only the data can
            change it.
    """

    key: str
    revision: int
    asked_at: datetime
    keeps: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """A value, the moment it holds for, and whether it was there already.

    Attributes:
        valid_until: When it is computed anew even if no data changed; None for never.
    """

    key: str
    value: T
    computed_at: datetime
    valid_until: datetime | None
    is_cached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Only a kept answer was wanted, and there is none that still holds."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Generic[T]):
    answer: Answer[T]
    revision: int
    number: int


class _Turn:
    """One question's lock, there as long as somebody holds or wants it."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = Lock()


class AnswerCache(Generic[T]):
    """The most recently used answers. Thread-safe; the same question is computed once at a time.

    Args:
        capacity: Answers that are kept, 1 or more.
    """

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._computed = 0

    def answer(
        self, question: Question, compute: Callable[[], T], *, refresh: Refresh
    ) -> Answer[T] | NoAnswer:
        """The kept answer if it will do, else a new one.

        Whoever asks while the same question is being computed waits for that answer; this
        goes for a forced one too, as it is younger than the asking.
        """
        if refresh is Refresh.LAST_KNOWN:
            return self._last(question.key)
        with self._lock:
            newer_than = self._computed if refresh is Refresh.FORCE else 0
        if kept := self._find(question, newer_than=newer_than):
            return kept
        if refresh is Refresh.KEPT_ONLY:
            return NoAnswer(key=question.key)
        turn = self._turn_of(question.key)
        with turn.lock:
            kept = self._find(question, newer_than=newer_than)
            return kept or self._keep(question, compute())

    def answer_all(
        self,
        questions: Sequence[Question],
        compute: Callable[[Sequence[int]], Sequence[T | SplitplotError]],
        *,
        refresh: Refresh,
    ) -> list[Answer[T] | NoAnswer | SplitplotError]:
        """What `answer` says of each question; those without an answer are computed together.

        Args:
            questions: In the order of the answers.
            compute: Takes the places of the questions to be computed; a value for each, or
                why it has none. That is nobody else's answer: it is not kept.
            refresh: Whether kept answers will do.
        """
        if refresh is Refresh.LAST_KNOWN:
            return [self._last(question.key) for question in questions]
        with self._lock:
            newer_than = self._computed if refresh is Refresh.FORCE else 0
        answers: dict[int, Answer[T] | NoAnswer | SplitplotError] = {}

        def look(places: Iterable[int]) -> list[int]:
            """Take what is kept; what remains."""
            found = {at: self._find(questions[at], newer_than=newer_than) for at in places}
            answers.update((at, kept) for at, kept in found.items() if kept is not None)
            return [at for at, kept in found.items() if kept is None]

        missing = look(range(len(questions)))
        if refresh is Refresh.KEPT_ONLY:
            answers.update((at, NoAnswer(key=questions[at].key)) for at in missing)
            missing = []
        with ExitStack() as turns:
            # Everybody takes turns in the order of the keys, so that nobody waits in a circle.
            # The list keeps them from being forgotten meanwhile.
            waited_for = [
                self._turn_of(key) for key in sorted({questions[at].key for at in missing})
            ]
            for turn in waited_for:
                turns.enter_context(turn.lock)
            missing = look(missing)
            values = compute(missing) if missing else ()
            for at, value in zip(missing, values, strict=True):
                if isinstance(value, SplitplotError):
                    answers[at] = value
                else:
                    answers[at] = self._keep(questions[at], value)
        return [answers[at] for at in range(len(questions))]

    def _find(self, question: Question, *, newer_than: int) -> Answer[T] | None:
        with self._lock:
            kept = self._kept.get(question.key)
            if kept is None or kept.revision != question.revision or kept.number <= newer_than:
                return None
            until = kept.answer.valid_until
            if until is not None and question.asked_at >= until:
                return None
            self._kept.move_to_end(question.key)
            return replace(kept.answer, is_cached=True)

    def _last(self, key: str) -> Answer[T] | NoAnswer:
        with self._lock:
            kept = self._kept.get(key)
            return NoAnswer(key=key) if kept is None else replace(kept.answer, is_cached=True)

    def _keep(self, question: Question, value: T) -> Answer[T]:
        answer = Answer(
            key=question.key,
            value=value,
            computed_at=question.asked_at,
            valid_until=None if question.keeps is None else question.asked_at + question.keeps,
            is_cached=False,
        )
        with self._lock:
            self._computed += 1
            self._kept[question.key] = _Kept(
                answer=answer, revision=question.revision, number=self._computed
            )
            self._kept.move_to_end(question.key)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return answer

    def _turn_of(self, key: str) -> _Turn:
        with self._lock:
            return self._turns.setdefault(key, _Turn())
