"""What engines do differently, as one protocol; the rest of a query is the same for all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import ibis
from ibis.expr import types as ir

# A JSON object as the engine stores it.
Document: TypeAlias = ir.Value


class Dialect(Protocol):
    """One engine's way to read the columns of the event tables.

    Attributes:
        name: The engine's name for Ibis.
        event_columns: Columns that only this engine's event table has, with their types.
    """

    @property
    def shares_subqueries(self) -> bool:
        """Whether a subquery is computed once, however often a query mentions it."""
        ...

    @property
    def name(self) -> str: ...

    @property
    def document_type(self) -> str:
        """How properties are stored."""
        ...

    @property
    def event_columns(self) -> Mapping[str, str]: ...

    @property
    def arrivals(self) -> str:
        """The table of events that says when each arrived."""
        ...

    @property
    def arrival_columns(self) -> Mapping[str, str]:
        """What that table has beside the columns of events, with their types."""
        ...

    def arrived_after(self, arrivals: ir.Table, revision: int) -> ir.BooleanValue:
        """Whether an event was not there yet when the project had this revision."""
        ...

    def instant(self, moment: datetime) -> ir.TimestampScalar:
        """A constant, exact to the microsecond."""
        ...

    def microseconds(self, moment: ir.TimestampValue) -> ir.IntegerValue:
        """Microseconds since 1970, negative before."""
        ...

    def text(self, document: Document, key: str) -> ir.StringValue:
        """The text of a JSON object's member; null only when it has none of that name."""
        ...

    def string(self, document: Document, key: str) -> ir.StringValue:
        """The member if it is a string, else null."""
        ...

    def is_array(self, document: Document, key: str) -> ir.BooleanValue:
        """Whether the member is an array; null or false when there is none."""
        ...

    def number(self, events: ir.Table, key: str) -> ir.FloatingValue:
        """What an event's property is worth in a metric (`values.value_of`), or null."""
        ...

    def lower(self, text: ir.StringValue) -> ir.StringValue:
        """Lower case of every alphabet."""
        ...

    def ascii_lower(self, text: ir.StringValue) -> ir.StringValue:
        """A to Z in lower case, every other letter left alone."""
        ...

    def contains(self, text: ir.StringValue, pattern: str) -> ir.BooleanValue:
        """Whether the RE2 pattern occurs in the text; `.` is not a line's end."""
        ...

    def to_number(self, text: ir.StringValue) -> ir.FloatingValue:
        """The double that a decimal text stands for, `inf` included; null if none."""
        ...


def function_of_one(name: str, takes: str, gives: str) -> Callable[[Any], Any]:
    """An engine's own function that Ibis does not know, or knows by another meaning."""

    def declaration(first: object) -> object:
        raise NotImplementedError

    function: Callable[[Any], Any]
    function = ibis.udf.scalar.builtin(declaration, name=name, signature=((takes,), gives))
    return function


def function_of_two(name: str, takes: str, gives: str) -> Callable[[Any, Any], Any]:
    """The same with two arguments of one type."""

    def declaration(first: object, second: object) -> object:
        raise NotImplementedError

    function: Callable[[Any, Any], Any]
    function = ibis.udf.scalar.builtin(declaration, name=name, signature=((takes, takes), gives))
    return function
