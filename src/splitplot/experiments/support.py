"""What results can be computed of. The rest is refused: no number is better than a wrong one."""

from collections.abc import Iterable
from dataclasses import replace

from splitplot.errors import InvalidInput
from splitplot.filters.model import FilterKind, PropertyFilter
from splitplot.people.cohorts import cohort_id_of, wants_membership

# What an event store can look at: the event itself, and the person it belongs to. Cohorts
# become lists of persons before it is asked (`people.cohort_filters`).
_KINDS = (FilterKind.EVENT, FilterKind.PERSON)


def unsupported(what: str, *, attr: str) -> InvalidInput:
    """The refusal of something that the protocol knows and this version does not compute."""
    return InvalidInput(
        f"{what} not supported yet in experiment results.", code="not_supported", attr=attr
    )


def checked_filters(filters: Iterable[PropertyFilter], *, attr: str) -> tuple[PropertyFilter, ...]:
    """The filters, in a form that an event store knows.

    Flags that an event has seen stand among its own properties, as `$feature/<key>`.

    Raises:
        InvalidInput: One compares in a way, or looks at something, that is not supported:
            it would never hold, and so make a number that looks right.
    """
    return tuple(_checked(condition, attr=attr) for condition in filters)


def _checked(condition: PropertyFilter, *, attr: str) -> PropertyFilter:
    if condition.operator is None:
        raise unsupported(f"The type or operator of the filter on {condition.key!r} is", attr=attr)
    if condition.kind is FilterKind.FEATURE:
        return _on_event(condition)
    if condition.kind is FilterKind.COHORT:
        return _on_cohort(condition, attr=attr)
    if condition.kind not in _KINDS:
        raise unsupported(f"Filters of type {condition.kind.value!r} are", attr=attr)
    # Only cohorts can be told to mean the others.
    return replace(condition, negation=False) if condition.negation else condition


def _on_event(condition: PropertyFilter) -> PropertyFilter:
    return PropertyFilter(
        key=condition.key,
        value=condition.value,
        has_value=condition.has_value,
        operator=condition.operator,
        kind=FilterKind.EVENT,
    )


def _on_cohort(condition: PropertyFilter, *, attr: str) -> PropertyFilter:
    if wants_membership(condition.operator) is None or cohort_id_of(condition.value) is None:
        raise InvalidInput(
            "A filter by cohort needs the cohort's id as its value, and operator in or not_in.",
            attr=attr,
        )
    return condition
