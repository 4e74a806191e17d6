"""Where a unit falls on [0, 1], and which part of a split that is.

A point is the first 60 bits of a SHA-1 digest over 2^60 - 1, as a double. Comparing such
a point with a share is the same as comparing the digest with the smallest digest beyond
the share, which is known before any unit is. So evaluation compares bytes: it is faster
than making the number, and exact, because the boundary is found with the very division
that the protocol prescribes.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha1
from itertools import accumulate

ROLLOUT_SALT = b""
VARIANT_SALT = b"variant"
HOLDOUT_PREFIX = b"holdout-"

_LARGEST = 0xFFFFFFFFFFFFFFF
_SPARE_BITS = 160 - 60
# Longer than any digest and so greater than each of them.
_ABOVE_ALL = b"\xff" * 21
# The empty id is not hashed: its point is 0.
_ZERO = bytes(20)


def rollout_prefix(flag_key: str) -> bytes:
    """What is hashed in front of a unit's id for the flag's rollout and variants."""
    return encode_id(f"{flag_key}.")


def encode_id(text: str) -> bytes:
    """The bytes that are hashed for an id: UTF-8, nothing trimmed or folded."""
    return text.encode("utf-8", "surrogatepass")


def digest_of(prefix: bytes, unit_id: bytes, salt: bytes = ROLLOUT_SALT) -> bytes:
    """The digest whose first 60 bits are the unit's point; all zero for an empty id."""
    if not unit_id:
        return _ZERO
    return sha1(prefix + unit_id + salt, usedforsecurity=False).digest()


def point_of(prefix: bytes, unit_id: bytes, salt: bytes = ROLLOUT_SALT) -> float:
    """Where the unit falls on [0, 1], both ends included; 0 for an empty id.

    Examples:
        >>> round(point_of(rollout_prefix("beta-feature"), b"user-1"), 10)
        0.7264912549
    """
    digest = digest_of(prefix, unit_id, salt)
    return (int.from_bytes(digest[:8], "big") >> 4) / _LARGEST


@lru_cache(maxsize=4096)
def rollout_cut(share: float) -> bytes:
    """The smallest digest that is out: `digest < cut` means a point of at most `share`."""
    return _cut(lambda point: point <= share)


def variant_cuts(shares: Iterable[float]) -> tuple[bytes, ...]:
    """The ends of the variants in digest order, from their shares in stored order.

    The variant of a digest is the first one whose running total of shares lies above its
    point; `variant_index` finds it.
    """
    # A share below zero makes a total fall; nobody is left for such a variant.
    return tuple(accumulate(map(_variant_cut, accumulate(shares)), max))


@lru_cache(maxsize=4096)
def _variant_cut(total: float) -> bytes:
    return _cut(lambda point: point < total)


def variant_index(cuts: Sequence[bytes], digest: bytes) -> int:
    """Which variant the digest falls into; `len(cuts)` when the shares end below it."""
    return bisect_right(cuts, digest)


def _cut(is_below: Callable[[float], bool]) -> bytes:
    """The smallest digest whose point is not below, by bisection over all 2^60 points."""
    low, high = 0, _LARGEST + 1
    while low < high:
        middle = (low + high) // 2
        if is_below(middle / _LARGEST):
            low = middle + 1
        else:
            high = middle
    if low > _LARGEST:
        return _ABOVE_ALL
    return (low << _SPARE_BITS).to_bytes(20, "big")
