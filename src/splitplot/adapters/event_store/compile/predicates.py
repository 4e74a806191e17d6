"""Property filters as conditions of a query, with the answers that flags would give."""

import math
from collections.abc import Callable, Sequence

import ibis
import re2
from ibis.expr import types as ir

from splitplot.adapters.event_store.capabilities import NATIVE_OPERATORS
from splitplot.adapters.event_store.compile.dialect import Dialect, Document
from splitplot.filters.model import JsonValue, Operator, PropertyFilter
from splitplot.filters.numbers import number_of
from splitplot.filters.text import ascii_lower, text_of

# Never satisfied by a property: they are about cohorts and other flags.
_FOREIGN = frozenset({Operator.IN, Operator.NOT_IN, Operator.FLAG_EVALUATES_TO})

_POSITIVE_OF = {
    Operator.IS_NOT: Operator.EXACT,
    Operator.NOT_ICONTAINS: Operator.ICONTAINS,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.NOT_ICONTAINS_MULTI: Operator.ICONTAINS_MULTI,
    Operator.NOT_REGEX: Operator.REGEX,
    Operator.NOT_BETWEEN: Operator.BETWEEN,
}
NEVER = ibis.literal(False)  # noqa: FBT003 - the constant itself
_TRUE_TEXT = r'(?:true|"[tT][rR][uU][eE]")'


def is_native(condition: PropertyFilter) -> bool:
    """Whether engines compute the filter themselves, with the answers of flags.

    The other filters look at a value's text and nothing else.
    """
    operator = condition.operator
    if operator in (Operator.REGEX, Operator.NOT_REGEX):
        return not condition.has_value or _is_linear(text_of(condition.value))
    if operator in (Operator.EXACT, Operator.IS_NOT):
        return not _has_sigma(condition.value)
    return operator is None or operator in NATIVE_OPERATORS


def holds(condition: PropertyFilter, document: Document, dialect: Dialect) -> ir.BooleanValue:
    """Whether a JSON document satisfies a native filter: true or false, never null.

    Args:
        condition: Its kind is the caller's business.
        document: Null when there is none; then every property is missing.
        dialect: How the engine reads it.
    """
    operator = condition.operator
    text = dialect.text(document, condition.key)
    if operator is Operator.IS_SET:
        return text.notnull()
    if operator is Operator.IS_NOT_SET:
        return text.isnull()
    if operator is None or operator in _FOREIGN or not condition.has_value:
        return NEVER
    verdict = _verdict(operator, condition, document, dialect)
    if operator in _POSITIVE_OF:
        return text.isnull() | (~verdict).fill_null(NEVER)
    return verdict.fill_null(NEVER)


def _has_sigma(value: JsonValue) -> bool:
    """Whether lower case depends on a letter's place in the word, which engines ignore."""
    return any("σ" in text_of(item).lower().replace("ς", "σ") for item in _items(value))


def _is_linear(pattern: str) -> bool:
    """Whether RE2 can search for the pattern."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError):
        return False
    return True


def _verdict(
    operator: Operator, condition: PropertyFilter, document: Document, dialect: Dialect
) -> ir.BooleanValue:
    """The positive operator's answer for a present value; null where it has none."""
    positive = _POSITIVE_OF.get(operator, operator)
    text = dialect.text(document, condition.key)
    if positive is Operator.EXACT:
        return _exact(condition, document, dialect)
    if positive is Operator.REGEX:
        return dialect.contains(text, text_of(condition.value))
    if positive in _COMPARISONS:
        return _compared(positive, condition.value, dialect.to_number(text))
    if positive is Operator.BETWEEN:
        return _between(condition.value, text, dialect)
    return _textual(positive, condition.value, dialect.ascii_lower(text))


# exact


def _exact(condition: PropertyFilter, document: Document, dialect: Dialect) -> ir.BooleanValue:
    expected = condition.value
    text = dialect.text(document, condition.key)
    if _is_boolean_like(expected):
        is_true = _is_truthy_text(text, dialect.is_array(document, condition.key), dialect)
        return is_true if _is_truthy(expected) else text.notnull() & ~is_true
    texts = sorted({text_of(item).lower() for item in _items(expected)})
    lowered = dialect.lower(text)
    return lowered == texts[0] if len(texts) == 1 else lowered.isin(texts)


def _is_truthy_text(
    text: ir.StringValue, is_array: ir.BooleanValue, dialect: Dialect
) -> ir.BooleanValue:
    """`true` as a boolean or a string, or an array of nothing else, three levels deep."""
    pattern = _TRUE_TEXT
    for _ in range(3):
        pattern = rf"(?:{_TRUE_TEXT}|\[(?:{pattern}(?:,{pattern})*)?\])"
    arrays = is_array.fill_null(NEVER) & dialect.contains(text, f"^{pattern}$")
    return ((dialect.lower(text) == "true") | arrays).fill_null(NEVER)


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(value)
    return (value,)


def _is_boolean_like(value: JsonValue) -> bool:
    if isinstance(value, str):
        return value.lower() in ("true", "false")
    return isinstance(value, bool) or (
        _is_list(value) and all(_is_boolean_like(item) for item in _items(value))
    )


def _is_truthy(value: JsonValue) -> bool:
    if isinstance(value, str):
        return value.lower() == "true"
    return value is True or (_is_list(value) and all(_is_truthy(item) for item in _items(value)))


# text


def _textual(operator: Operator, expected: JsonValue, lowered: ir.StringValue) -> ir.BooleanValue:
    parts = [ascii_lower(text_of(item)) for item in _items(expected)]
    if operator is Operator.ICONTAINS_MULTI:
        return ibis.or_(NEVER, *(lowered.contains(part) for part in parts))
    part = ascii_lower(text_of(expected))
    if operator is Operator.STARTS_WITH:
        return lowered.startswith(part)
    if operator is Operator.ENDS_WITH:
        return lowered.endswith(part)
    return lowered.contains(part)


# numbers


_COMPARISONS: dict[Operator, Callable[[ir.FloatingValue, float], ir.BooleanValue]] = {
    Operator.GT: lambda number, bound: number > bound,
    Operator.GTE: lambda number, bound: number >= bound,
    Operator.LT: lambda number, bound: number < bound,
    Operator.LTE: lambda number, bound: number <= bound,
}


def _compared(operator: Operator, expected: JsonValue, number: ir.FloatingValue) -> ir.BooleanValue:
    bound = number_of(expected)
    if bound is None or math.isnan(bound):
        return NEVER
    return _COMPARISONS[operator](number, bound)


def _between(expected: JsonValue, text: ir.StringValue, dialect: Dialect) -> ir.BooleanValue:
    bounds = [number_of(item) for item in _items(expected)]
    if len(bounds) != 2 or bounds[0] is None or bounds[1] is None:
        return ibis.null("boolean")
    number = dialect.to_number(text)
    is_nan = dialect.ascii_lower(text).isin(["nan", "+nan", "-nan"])
    if any(math.isnan(bound) for bound in bounds if bound is not None):
        return ibis.ifelse(number.notnull() | is_nan, NEVER, ibis.null("boolean"))
    # A property that is not a number is neither inside nor outside, `nan` is outside.
    return ibis.ifelse(is_nan, NEVER, (number >= bounds[0]) & (number <= bounds[1]))
