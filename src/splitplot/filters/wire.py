"""Property filters as they stand on the wire."""

from collections.abc import Mapping
from typing import TypeVar

from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.filters.text import text_of

T = TypeVar("T")

_KINDS = {kind.value: kind for kind in FilterKind}
_OPERATORS = {operator.value: operator for operator in Operator}


def parse_filter(
    document: Properties, *, default_kind: FilterKind = FilterKind.PERSON
) -> PropertyFilter:
    """Read a filter object; whatever is wrong with it makes it a filter that never holds.

    Unknown members are ignored. A missing (or null) operator is `exact`, a missing type
    is `default_kind`; a null value counts as none.
    """
    kind_word, operator_word = document.get("type"), document.get("operator")
    kind = default_kind if kind_word is None else _find(_KINDS, kind_word)
    operator = Operator.EXACT if operator_word is None else _find(_OPERATORS, operator_word)
    value = document.get("value")
    return PropertyFilter(
        key=text_of(document.get("key", "")),
        value=value,
        has_value=value is not None,
        operator=None if kind is None else operator,
        kind=kind or default_kind,
        negation=document.get("negation") is True,
        group_type_index=_index_of(document.get("group_type_index")),
    )


def _find(words: Mapping[str, T], word: JsonValue) -> T | None:
    return words.get(word) if isinstance(word, str) else None


def _index_of(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
