"""How DuckDB reads the event tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.dialect import function_of_one, function_of_two

# What `filters.numbers` reads, `nan` apart: DuckDB holds it above every number.
_NUMERIC = r"(?i)[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)"
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"

# Ibis' own access to JSON drops the `$` that most names begin with.
_json_string = function_of_two("json_extract_string", "string", "string")
_json_exists = function_of_two("json_exists", "string", "boolean")
_json_type = function_of_two("json_type", "string", "string")
_regexp_matches = function_of_two("regexp_matches", "string", "boolean")
_regexp_full_match = function_of_two("regexp_full_match", "string", "boolean")
_epoch_us = function_of_one("epoch_us", "timestamp", "int64")
_isfinite = function_of_one("isfinite", "float64", "boolean")


@dataclass(frozen=True, slots=True)
class DuckDBDialect:
    """Reads one project's events.

    DuckDB writes numbers of 1e16 and more, and those below 1e-4, with other digits than
    `filters.text` does. Comparisons by number see no difference; those by text do.

    Attributes:
        number_columns: The numbered column that holds a property's numbers.
    """

    number_columns: Mapping[str, int]

    @property
    def shares_subqueries(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return "duckdb"

    @property
    def document_type(self) -> str:
        return "string"

    @property
    def event_columns(self) -> dict[str, str]:
        return {f"number_{number}": "float64" for number in sorted(self.number_columns.values())}

    @property
    def arrivals(self) -> str:
        return "events"

    @property
    def arrival_columns(self) -> dict[str, str]:
        return {"seq": "int64"}

    def arrived_after(self, arrivals: ir.Table, revision: int) -> ir.BooleanValue:
        return arrivals.seq > revision

    def instant(self, moment: datetime) -> ir.TimestampScalar:
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
        return ibis.literal(text).cast("timestamp(6)")

    def microseconds(self, moment: ir.TimestampValue) -> ir.IntegerValue:
        return _epoch_us(moment)

    def text(self, document: ir.StringValue, key: str) -> ir.StringValue:
        pointer = _pointer(key)
        # Both a missing member and the member null give no string.
        null = ibis.ifelse(_json_exists(document, pointer), "null", None)
        return ibis.coalesce(_json_string(document, pointer), null)

    def string(self, document: ir.StringValue, key: str) -> ir.StringValue:
        pointer = _pointer(key)
        is_string = _json_type(document, pointer) == "VARCHAR"
        return ibis.ifelse(is_string, _json_string(document, pointer), None)

    def is_array(self, document: ir.StringValue, key: str) -> ir.BooleanValue:
        return _json_type(document, _pointer(key)) == "ARRAY"

    def number(self, events: ir.Table, key: str) -> ir.FloatingValue:
        number = self.number_columns.get(key)
        if number is not None:
            return events[f"number_{number}"]
        parsed = self.to_number(self.text(events.properties, key))
        return ibis.ifelse(_isfinite(parsed), parsed, None)

    def lower(self, text: ir.StringValue) -> ir.StringValue:
        # The one letter whose lower case is two characters, which DuckDB makes one.
        return text.replace("İ", "i̇").lower()

    def ascii_lower(self, text: ir.StringValue) -> ir.StringValue:
        return text.translate(_UPPER, _LOWER)

    def contains(self, text: ir.StringValue, pattern: str) -> ir.BooleanValue:
        return _regexp_matches(text, pattern)

    def to_number(self, text: ir.StringValue) -> ir.FloatingValue:
        is_number = _regexp_full_match(text, _NUMERIC)
        return ibis.ifelse(is_number, text.try_cast("float64"), None)


def _pointer(key: str) -> str:
    """The JSON pointer (RFC 6901) of an object's member."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
