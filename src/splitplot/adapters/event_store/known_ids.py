"""Which event ids are stored: Bloom filters that leave few ids to look for in the table."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TypeAlias
from uuid import UUID

import numpy as np
import numpy.typing as npt

# A filter is sealed when it holds this many ids, and then costs 20 bits for each: of
# ids that it does not hold it suspects about one in 9,000.
IDS_PER_SEGMENT = 1 << 19
_BITS = 20 * IDS_PER_SEGMENT
BYTES_PER_SEGMENT = _BITS // 8
_PROBES = 8

Digests: TypeAlias = npt.NDArray[np.uint64]
Bits: TypeAlias = npt.NDArray[np.uint8]


def digests_of(uuids: Iterable[UUID]) -> Digests:
    """Two 64-bit numbers for each id, its MD5 in halves, as SQL can compute them too.

    A hash that an engine may change from one version to the next would not do: filters
    outlive the process.
    """
    joined = b"".join(
        hashlib.md5(str(uuid).encode(), usedforsecurity=False).digest() for uuid in uuids
    )
    return np.frombuffer(joined, dtype="<u8").reshape(-1, 2)


@dataclass(slots=True)
class Segment:
    """The ids of the events `first_seq` to `last_seq`, both included."""

    first_seq: int
    last_seq: int
    bits: Bits = field(default_factory=lambda: np.zeros(BYTES_PER_SEGMENT, dtype=np.uint8))

    @property
    def size(self) -> int:
        return self.last_seq - self.first_seq + 1

    def add(self, digests: Digests) -> None:
        if len(digests) > IDS_PER_SEGMENT // 64:
            self._add_many(digests)
            return
        places = _places(digests)
        np.bitwise_or.at(self.bits, places >> 3, _masks(places))

    def _add_many(self, digests: Digests) -> None:
        flags = np.unpackbits(self.bits, bitorder="little")
        flags[_places(digests)] = 1
        self.bits = np.packbits(flags, bitorder="little")

    def suspects(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which ids may be here; false is certain."""
        found = (self.bits[places >> 3] & _masks(places)) != 0
        return np.asarray(found.all(axis=1))


@dataclass(slots=True)
class IdIndex:
    """The segments of a whole store; the last one still grows."""

    segments: list[Segment]

    def suspected(self, uuids: Sequence[UUID]) -> list[tuple[Segment, list[UUID]]]:
        """Where each id may be stored; ids that are nowhere are left out."""
        places = _places(digests_of(uuids))
        found = []
        for segment in self.segments:
            hits = segment.suspects(places).tolist()
            if any(hits):
                found.append((segment, list(compress(uuids, hits))))
        return found

    def grow(self, uuids: Sequence[UUID], *, last_seq: int) -> None:
        """Take in ids that were stored; `last_seq` is the last event's number."""
        segment = self.segments[-1]
        segment.add(digests_of(uuids))
        segment.last_seq = last_seq

    def is_full(self, more: int) -> bool:
        """Whether the growing segment must be sealed before it takes `more` ids."""
        return self.segments[-1].size + more > IDS_PER_SEGMENT


def _places(digests: Digests) -> npt.NDArray[np.int64]:
    """The bits of each id, one row per id."""
    steps = np.arange(_PROBES, dtype=np.uint64)
    return ((digests[:, :1] + steps * digests[:, 1:]) % np.uint64(_BITS)).astype(np.int64)


def _masks(places: npt.NDArray[np.int64]) -> Bits:
    return np.left_shift(np.uint8(1), (places & 7).astype(np.uint8))
