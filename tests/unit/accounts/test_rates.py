import pytest

from splitplot.accounts.rates import Bucket, Buckets, Rate, refilled, taken, too_many

RATE = Rate(per_second=2, burst=3)


def test_a_bucket_fills_up_to_its_burst_and_no_further() -> None:
    empty = Bucket(tokens=0, at=10)
    assert refilled(empty, RATE, now=11) == Bucket(tokens=2, at=11)
    assert refilled(empty, RATE, now=100) == Bucket(tokens=3, at=100)


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    assert refilled(Bucket(tokens=2, at=10), RATE, now=5) == Bucket(tokens=2, at=5)


def test_who_comes_too_soon_learns_how_long_to_wait() -> None:
    bucket, wait = taken(Bucket(tokens=1, at=0), RATE, now=0)
    assert (bucket.tokens, wait) == (0, 0)
    bucket, wait = taken(bucket, RATE, now=0.25)
    assert (bucket.tokens, wait) == (0.5, 0.25)
    bucket, wait = taken(bucket, RATE, now=0.5)
    assert (bucket.tokens, wait) == (0, 0)


@pytest.mark.parametrize(
    ("seconds", "words", "whole"),
    [(0.01, "1 second", 1), (1, "1 second", 1), (1.2, "2 seconds", 2), (60, "60 seconds", 60)],
)
def test_a_refusal_names_whole_seconds(seconds: float, words: str, whole: int) -> None:
    refusal = too_many(seconds)
    assert refusal.message == f"Request was throttled. Expected available in {words}."
    assert (refusal.code, refusal.retry_after) == ("throttled", whole)


def test_every_name_has_a_bucket_of_its_own() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1))
    assert [buckets.take(name, now=0) for name in ("a", "b", "a", "b")] == [0, 0, 1, 1]
    assert buckets.take("a", now=1) == 0


def test_what_is_given_back_can_be_taken_again() -> None:
    buckets = Buckets(Rate(per_second=0.1, burst=2))
    for _ in range(5):
        assert buckets.take("a", now=0) == 0
        buckets.give_back("a")
    buckets.give_back("a")
    buckets.give_back("stranger")
    assert [buckets.take("a", now=0) for _ in range(3)] == [0, 0, 10]


def test_a_bucket_says_when_it_is_nearly_empty() -> None:
    buckets = Buckets(Rate(per_second=1, burst=10))
    nearly = []
    for _ in range(10):
        buckets.take("a", now=0)
        nearly.append(buckets.is_nearly_empty("a"))
    assert nearly == [False] * 8 + [True] * 2
    assert not buckets.is_nearly_empty("b")


def test_full_buckets_are_forgotten_when_there_are_too_many() -> None:
    buckets = Buckets(Rate(per_second=1, burst=2), most=3)
    for name, now in (("old", 0), ("new", 9), ("new", 9), ("newer", 9)):
        buckets.take(name, now=now)
    assert buckets.take("newest", now=9) == 0
    assert buckets.take("new", now=9) == 1, "what was taken lately is remembered"


def test_the_oldest_half_is_forgotten_when_none_is_full() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1), most=4)
    for name in "abcd":
        buckets.take(name, now=0)
    assert buckets.take("d", now=0) == 1
    assert buckets.take("e", now=0) == 0
    assert buckets.take("a", now=0) == 0, "the oldest was forgotten"
    assert buckets.take("d", now=0) == 1
