"""The identity of an event: the sender's UUID, or one made here."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from splitplot.errors import InvalidInput
from splitplot.events.instants import EPOCH
from splitplot.filters.model import JsonValue

_HEX = "[0-9a-fA-F]"
_UUID = re.compile(
    rf"(?:urn:uuid:)?\{{?{_HEX}{{8}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{12}}\}}?"
)


def parse_uuid(value: JsonValue) -> UUID | None:
    """The UUID that a sender gave, or None when there is none.

    Raises:
        InvalidInput: There is something else in its place.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise InvalidInput("An event's uuid is malformed.", code="invalid_uuid", attr="uuid")
    return UUID(value)


def uuid7(now: datetime, random_bytes: Callable[[int], bytes]) -> UUID:
    """A version 7 UUID (RFC 9562): milliseconds since the epoch, then 74 random bits.

    Args:
        now: Aware; from the epoch on.
        random_bytes: Answers as many unpredictable bytes as it is asked for.
    """
    since_epoch = now - EPOCH
    milliseconds = (since_epoch.days * 86_400 + since_epoch.seconds) * 1000
    milliseconds += since_epoch.microseconds // 1000
    random = int.from_bytes(random_bytes(10), "big")
    high, low = random >> 68, random & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0x2 << 62 | low)
