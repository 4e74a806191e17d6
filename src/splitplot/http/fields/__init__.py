"""Reading what clients send, field by field: of bodies, and of query strings."""

from splitplot.http.fields.body import (
    Fields,
    Reader,
    boolean,
    choice,
    document,
    instant,
    items,
    or_null,
    read_fields,
    text,
    whole,
)
from splitplot.http.fields.query import is_yes, listed, number_of, truth_of, user_ids

__all__ = [
    "Fields",
    "Reader",
    "boolean",
    "choice",
    "document",
    "instant",
    "is_yes",
    "items",
    "listed",
    "number_of",
    "or_null",
    "read_fields",
    "text",
    "truth_of",
    "user_ids",
    "whole",
]
