"""What a release condition may ask: the rules for its property filters."""

from collections.abc import Collection, Mapping
from datetime import UTC

from splitplot.errors import InvalidInput
from splitplot.filters.dates import absolute_instant, is_relative
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties
from splitplot.filters.patterns import search_of
from splitplot.filters.wire import parse_filter
from splitplot.people.cohorts import cohort_id_of

_FIELD = "filters"
_OF_PERSONS = frozenset({FilterKind.PERSON, FilterKind.COHORT, FilterKind.FLAG})
_KINDS = frozenset(FilterKind)
# Known elsewhere in the product, but not about a property of a person or group.
_OF_OTHERS = frozenset({"min", "max", "is_cleaned_path_exact"})
_DATES = frozenset({Operator.IS_DATE_BEFORE, Operator.IS_DATE_AFTER, Operator.IS_DATE_EXACT})
_PATTERNS = frozenset({Operator.REGEX, Operator.NOT_REGEX})
_ONE_VALUE = frozenset(
    {
        Operator.ICONTAINS,
        Operator.NOT_ICONTAINS,
        Operator.STARTS_WITH,
        Operator.NOT_STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.GT,
        Operator.GTE,
        Operator.LT,
        Operator.LTE,
        *_PATTERNS,
        *_DATES,
    }
)


def check_property(document: Properties, *, by_group: bool, cohorts: Collection[int]) -> None:
    """Refuse a filter that a release condition cannot have.

    Args:
        document: The filter, as on the wire.
        by_group: Whether the condition lets in groups rather than persons.
        cohorts: The dynamic cohorts that there are.

    Raises:
        InvalidInput: It is about something else, or could never hold.
    """
    kind = document.get("type") or FilterKind.PERSON
    if by_group and kind != FilterKind.GROUP:
        raise _invalid(
            "Filters are not valid (group-aggregated conditions can only use group properties)"
        )
    if not by_group and kind not in _OF_PERSONS:
        raise _invalid(
            "Filters are not valid (person-aggregated conditions can only use person, cohort, "
            "and flag properties)"
        )
    _check_operator(document.get("operator"))
    if kind == FilterKind.COHORT:
        _check_cohort(document.get("value"), cohorts)
    else:
        _check_value(document)


def cohorts_asked_about(filters: Properties) -> frozenset[int]:
    """The cohorts that a flag's conditions ask about."""
    groups = _objects(filters.get("groups"))
    items = (item for group in groups for item in _objects(group.get("properties")))
    numbers = (
        cohort_id_of(item.get("value")) for item in items if item.get("type") == FilterKind.COHORT
    )
    return frozenset(number for number in numbers if number is not None)


def _objects(value: JsonValue) -> tuple[Properties, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def _check_operator(word: JsonValue) -> None:
    if word is None or (isinstance(word, str) and word in list(Operator)):
        return
    if isinstance(word, str) and word in _OF_OTHERS:
        raise _invalid(
            f"Operator '{word}' is not supported in feature flags.", code="unsupported_operator"
        )
    raise _invalid(f"Invalid operator: '{word}'.", code="invalid_operator")


def _check_cohort(value: JsonValue, cohorts: Collection[int]) -> None:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise _invalid(f"Invalid cohort id: {value!r}.", code="invalid_value")
    if number not in cohorts:
        raise _invalid(f"Cohort with id {number} does not exist", code="cohort_does_not_exist")


def _check_value(document: Properties) -> None:
    read = parse_filter(document)
    if read.operator in (Operator.IS_SET, Operator.IS_NOT_SET) or read.operator is None:
        return
    value = read.value
    if not read.has_value or (read.operator in _ONE_VALUE and isinstance(value, list | dict)):
        raise _invalid_value(read.operator, value)
    if read.operator in _PATTERNS and search_of(str(value)) is None:
        raise _invalid_value(read.operator, value)
    if read.operator in _DATES and not _is_date(value):
        raise _invalid(f"Invalid date value: {value}", code="invalid_date")


def _is_date(value: JsonValue) -> bool:
    if not isinstance(value, str):
        return False
    return is_relative(value) or absolute_instant(value, zone=UTC) is not None


def _invalid_value(operator: Operator, value: JsonValue) -> InvalidInput:
    return _invalid(f"Invalid value for operator {operator}: {value}", code="invalid_value")


def _invalid(message: str, *, code: str | None = None) -> InvalidInput:
    return InvalidInput(message, code=code, attr=_FIELD)
