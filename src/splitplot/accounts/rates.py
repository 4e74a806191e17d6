"""How often somebody may do something: token buckets."""

from dataclasses import dataclass
from math import ceil
from threading import Lock

from splitplot.errors import Throttled

# More would be a memory that strangers can fill.
MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many a second in the long run, and so many at once after a rest."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """How often what may be asked; None is without limit.

    Attributes:
        management: The management API, by key, session or address.
        flags_by_address: Flag evaluation, by the address that asks.
        flags_by_token: Flag evaluation, by the project's public token.
        capture_by_address: Requests with events, by the address that sends them.
    """

    management: Rate | None = None
    flags_by_address: Rate | None = None
    flags_by_token: Rate | None = None
    capture_by_address: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What is left at an instant, in seconds of any clock that goes forward."""

    tokens: float
    at: float


def refilled(bucket: Bucket, rate: Rate, *, now: float) -> Bucket:
    """The bucket as it is by now."""
    # A clock that was set back does not take away what is there.
    gained = max(0.0, now - bucket.at) * rate.per_second
    return Bucket(tokens=min(float(rate.burst), bucket.tokens + gained), at=now)


def taken(bucket: Bucket, rate: Rate, *, now: float) -> tuple[Bucket, float]:
    """The bucket with one token less, or the seconds until there is one to take."""
    full = refilled(bucket, rate, now=now)
    if full.tokens >= 1:
        return Bucket(tokens=full.tokens - 1, at=now), 0.0
    return full, (1 - full.tokens) / rate.per_second


def too_many(seconds: float) -> Throttled:
    """The refusal of what came too soon by so many seconds."""
    wait = max(1, ceil(seconds))
    unit = "second" if wait == 1 else "seconds"
    return Throttled(
        f"Request was throttled. Expected available in {wait} {unit}.", retry_after=wait
    )


class Buckets:
    """A bucket for each of many names. Thread-safe.

    Args:
        rate: The same for all.
        most: How many are remembered; beyond it those that are full are forgotten, which
            changes nothing, and if there are none then the oldest half.
    """

    def __init__(self, rate: Rate, *, most: int = MOST_BUCKETS) -> None:
        self.rate = rate
        self._most = most
        self._buckets: dict[str, Bucket] = {}
        self._lock = Lock()

    def take(self, name: str, *, now: float) -> float:
        """The seconds to wait; 0 when a token was taken."""
        with self._lock:
            if len(self._buckets) >= self._most and name not in self._buckets:
                self._forget(now)
            known = self._buckets.get(name) or Bucket(tokens=self.rate.burst, at=now)
            self._buckets[name], wait = taken(known, self.rate, now=now)
            return wait

    def give_back(self, name: str) -> None:
        """Undo a `take`."""
        with self._lock:
            known = self._buckets.get(name)
            if known is not None:
                tokens = min(float(self.rate.burst), known.tokens + 1)
                self._buckets[name] = Bucket(tokens=tokens, at=known.at)

    def is_nearly_empty(self, name: str) -> bool:
        """Whether four fifths of the burst were used when it was last asked for."""
        known = self._buckets.get(name)
        return known is not None and known.tokens < self.rate.burst / 5

    def _forget(self, now: float) -> None:
        kept = {
            name: bucket
            for name, bucket in self._buckets.items()
            if refilled(bucket, self.rate, now=now).tokens < self.rate.burst
        }
        if len(kept) >= self._most:
            kept = dict(list(kept.items())[len(kept) // 2 :])
        self._buckets = kept
