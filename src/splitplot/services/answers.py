"""Answers that are computed once and used again while nothing has changed."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Refresh(StrEnum):
    """Whether an answer that is kept will do."""

    REUSE = "reuse"
    FORCE = "force"
    KEPT_ONLY = "kept_only"


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
