"""How ClickHouse reads the event tables."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.dialect import function_of_one, function_of_two

# What `filters.numbers` reads, `nan` apart.
_NUMERIC = r"(?i)^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)$"
_ARRIVAL_COLUMNS = MappingProxyType({"inserted_at": "timestamp('UTC', 6)"})
# An insert takes its time before it can be seen: one that began later may be seen sooner.
_OVERTAKING = timedelta(minutes=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = MappingProxyType({"numbers": "map<string, float64>"})

_match = function_of_two("match", "string", "boolean")
_json_string = function_of_one("JSONExtractString", "string", "string")
_lower = function_of_one("lowerUTF8", "string", "string")
# `lower` of ClickHouse is what others call the lower case of ASCII.
_ascii_lower = function_of_one("lower", "string", "string")
_to_number = function_of_one("toFloat64OrNull", "string", "float64")
_microseconds = function_of_one("toUnixTimestamp64Micro", "timestamp", "int64")


class ClickHouseDialect:
    """Documents are maps from a property to its value as JSON."""

    @property
    def shares_subqueries(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return "clickhouse"

    @property
    def event_columns(self) -> Mapping[str, str]:
        return _COLUMNS

    @property
    def document_type(self) -> str:
        return "map<string, string>"

    @property
    def arrivals(self) -> str:
        # An event that two writers inserted at once may be there twice; that does no harm.
        return "stored_events"

    @property
    def arrival_columns(self) -> Mapping[str, str]:
        return _ARRIVAL_COLUMNS

    def arrived_after(self, arrivals: ir.Table, revision: int) -> ir.BooleanValue:
        moment = _EPOCH + timedelta(microseconds=revision) - _OVERTAKING
        return arrivals.inserted_at > self.instant(max(moment, _EPOCH))

    def instant(self, moment: datetime) -> ir.TimestampScalar:
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
        return ibis.literal(text).cast("timestamp('UTC', 6)")

    def microseconds(self, moment: ir.TimestampValue) -> ir.IntegerValue:
        return _microseconds(moment)

    def text(self, document: ir.MapValue, key: str) -> ir.StringValue:
        json = _member(document, key)
        return ibis.ifelse(json.startswith('"'), _json_string(json), json)

    def string(self, document: ir.MapValue, key: str) -> ir.StringValue:
        json = _member(document, key)
        return ibis.ifelse(json.startswith('"'), _json_string(json), None)

    def is_array(self, document: ir.MapValue, key: str) -> ir.BooleanValue:
        return _member(document, key).startswith("[")

    def number(self, events: ir.Table, key: str) -> ir.FloatingValue:
        return ibis.ifelse(events.numbers.contains(key), events.numbers[key], None)

    def lower(self, text: ir.StringValue) -> ir.StringValue:
        return _lower(text)

    def ascii_lower(self, text: ir.StringValue) -> ir.StringValue:
        return _ascii_lower(text)

    def contains(self, text: ir.StringValue, pattern: str) -> ir.BooleanValue:
        # Elsewhere `.` is no line's end unless the pattern says so.
        return _match(text, f"(?-s){pattern}")

    def to_number(self, text: ir.StringValue) -> ir.FloatingValue:
        return ibis.ifelse(_match(text, _NUMERIC), _to_number(text), None)


def _member(document: ir.MapValue, key: str) -> ir.StringValue:
    """The member's JSON; null when it has none of that name."""
    return ibis.ifelse(document.contains(key), document[key], None)
