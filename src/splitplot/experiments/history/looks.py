"""What several looks at one metric say together: a day's result is one of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from splitplot.experiments.history.series import DailyResult
from splitplot.filters.model import JsonValue, Properties

# Behind a break: days before these are no news.
_NEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A variant that was not significant, and on this day is.

    Attributes:
        as_of: The moment whose result it is.
        variant: Its part of the day's document.
    """

    day: date
    as_of: datetime
    variant: Properties


def with_smallest_p_values(documents: Sequence[Properties | None]) -> list[Properties | None]:
    """The days' documents, each with the smallest always-valid p-value until then.

    It stands beside each variant's own as `smallest_p_value`. That one is valid as well,
    and never grows: who has stopped at a look need not take it back.

    Args:
        documents: By day, oldest first; None for a day without a result.
    """
    smallest: dict[str, float] = {}
    return [None if each is None else _with_smallest(each, smallest) for each in documents]


def turns_to_significant(known: Iterable[DailyResult]) -> tuple[Turn, ...]:
    """The variants that became significant on one of the newest days, oldest first.

    Args:
        known: A metric's days, in any order; those without a result say nothing.
    """
    days = sorted(
        (result for result in known if result.document is not None),
        key=lambda result: result.query_to,
    )
    return tuple(
        Turn(day=after.day, as_of=after.query_to, variant=variant)
        for before, after in pairwise(days[-_NEWEST - 1 :])
        for key, variant in _variants(after.document).items()
        if _is_significant(variant) and not _is_significant(_variants(before.document).get(key))
    )


def _with_smallest(document: Properties, smallest: dict[str, float]) -> Properties:
    variants = [
        _variant_with_smallest(variant, smallest) for variant in _items(document, "variant_results")
    ]
    return {**document, "variant_results": variants}


def _variant_with_smallest(variant: JsonValue, smallest: dict[str, float]) -> JsonValue:
    if not isinstance(variant, Mapping):
        return variant
    own = variant.get("splitplot")
    look = own.get("always_valid") if isinstance(own, Mapping) else None
    if not isinstance(own, Mapping) or not isinstance(look, Mapping):
        return variant
    key, p_value = str(variant.get("key")), look.get("p_value")
    if isinstance(p_value, int | float):
        smallest[key] = min(smallest.get(key, 1.0), p_value)
    look = {**look, "smallest_p_value": smallest.get(key)}
    return {**variant, "splitplot": {**own, "always_valid": look}}


def _variants(document: Properties | None) -> dict[str, Properties]:
    return {
        str(variant.get("key")): variant
        for variant in _items(document or {}, "variant_results")
        if isinstance(variant, Mapping)
    }


def _is_significant(variant: Properties | None) -> bool:
    return variant is not None and variant.get("significant") is True


def _items(document: Properties, member: str) -> Sequence[JsonValue]:
    value = document.get(member)
    return value if isinstance(value, list | tuple) else ()
