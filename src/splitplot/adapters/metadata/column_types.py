"""Column types that hold the same values on both engines."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TIMESTAMP, TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST_ID = 2**63 - 1
_NO_ID = -1


class Id(TypeDecorator[int]):
    """A whole number from 1.

    A number that no row can have, because it is too large, is looked for as one that no
    row has: whoever asks for it learns that there is none, and no driver gives up.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int]:
        # SQLite hands out the next number for the type named INTEGER alone.
        return Integer() if dialect.name == "sqlite" else BigInteger()

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the base class names it
        return _NO_ID if value is not None and value > _LARGEST_ID else value


class Instant(TypeDecorator[datetime]):
    """An instant, exact to the microsecond; aware UTC in the domain.

    PostgreSQL has a type for it. SQLite has none: microseconds since 1970 keep what text
    or a floating-point day would not, order, and the difference of two instants.
    """

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int] | TypeEngine[datetime]:
        return BigInteger() if dialect.name == "sqlite" else TIMESTAMP(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "an instant needs a time zone"
            raise ValueError(msg)
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: int | datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the base class names it
    ) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + value * _MICROSECOND


def to_json(value: object) -> str:
    """The text of a document; what JSON cannot say (`NaN`) becomes null."""
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError:
        # Numbers beyond 64 bits and halves of surrogate pairs: JSON can say them.
        return json.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
