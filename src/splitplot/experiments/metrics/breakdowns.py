"""Breakdowns: by which properties a metric's units are divided, and the sums of the parts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from splitplot.errors import InvalidInput
from splitplot.experiments.plan import OTHER_VALUES, Breakdown, UnitProperty, VariantSummary
from splitplot.filters.model import JsonValue, Properties

_ATTR = "metric__breakdownFilter"
_MOST_VALUES = 25
# Whose property it is, in the wire's words; null is the event.
_IS_OF_PERSON = {"event": False, "person": True}


def read_breakdown(document: Properties) -> Breakdown | None:
    """The breakdown that a metric's document asks for, if it can be computed.

    Args:
        document: A metric that `parse_metric` has read.

    Returns:
        None also when one of its properties is of a kind that is not computed.

    Raises:
        InvalidInput: A breakdown has no property.

    Examples:
        >>> asked = {"breakdownFilter": {"breakdowns": [{"property": "$os", "type": "event"}]}}
        >>> read_breakdown(asked).properties[0].key
        '$os'
    """
    asked = asked_breakdowns(document)
    if not asked or not all(_type_of(each) in _IS_OF_PERSON for each in asked):
        return None
    return Breakdown(
        properties=tuple(
            UnitProperty(key=_key_of(each), is_of_person=_IS_OF_PERSON[_type_of(each)])
            for each in asked
        ),
        most_values=_most_values(document),
    )


def asked_breakdowns(document: Properties) -> tuple[Properties, ...]:
    """The breakdowns of a metric's document; the form with a single one is read too."""
    part = document.get("breakdownFilter")
    if not isinstance(part, Mapping):
        return ()
    several = part.get("breakdowns")
    if isinstance(several, Sequence) and not isinstance(several, str):
        return tuple(each for each in several if isinstance(each, Mapping))
    if part.get("breakdown") is None:
        return ()
    return ({"property": part["breakdown"], "type": part.get("breakdown_type")},)


def parts_of(
    summaries: Sequence[VariantSummary],
) -> dict[tuple[str, ...], tuple[VariantSummary, ...]]:
    """The sums of each value: that with most units first, and what was joined last.

    Args:
        summaries: Of a plan; those that belong to all units are in no part.
    """
    parts: dict[tuple[str, ...], list[VariantSummary]] = defaultdict(list)
    for summary in summaries:
        if summary.breakdown:
            parts[summary.breakdown].append(summary)

    def place(values: tuple[str, ...]) -> tuple[bool, int, tuple[str, ...]]:
        units = sum(summary.count for summary in parts[values])
        return set(values) == {OTHER_VALUES}, -units, values

    return {values: tuple(parts[values]) for values in sorted(parts, key=place)}


def whole_of(summaries: Sequence[VariantSummary]) -> tuple[VariantSummary, ...]:
    """The sums of all values together, for each variant in the order of its first one."""
    wholes: dict[str, VariantSummary] = {}
    for summary in summaries:
        one = replace(summary, breakdown=())
        known = wholes.get(summary.variant)
        wholes[summary.variant] = one if known is None else _together(known, one)
    return tuple(wholes.values())


def _type_of(breakdown: Properties) -> str:
    word = breakdown.get("type")
    return "event" if word is None else str(word)


def _key_of(breakdown: Properties) -> str:
    key: JsonValue = breakdown.get("property")
    if not isinstance(key, str) or not key:
        raise InvalidInput("A breakdown needs the name of a property.", attr=_ATTR)
    return key


def _most_values(document: Properties) -> int:
    part = document["breakdownFilter"]
    limit = part.get("breakdown_limit") if isinstance(part, Mapping) else None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        return _MOST_VALUES
    return min(limit, _MOST_VALUES)


def _together(one: VariantSummary, other: VariantSummary) -> VariantSummary:
    steps = None
    if one.step_counts is not None and other.step_counts is not None:
        pairs = zip(one.step_counts, other.step_counts, strict=True)
        steps = tuple(mine + theirs for mine, theirs in pairs)
    return replace(
        one,
        count=one.count + other.count,
        sum=one.sum + other.sum,
        sum_squares=one.sum_squares + other.sum_squares,
        step_counts=steps,
        denominator_sum=_sum(one.denominator_sum, other.denominator_sum),
        denominator_sum_squares=_sum(one.denominator_sum_squares, other.denominator_sum_squares),
        product_sum=_sum(one.product_sum, other.product_sum),
        covariate_sum=_sum(one.covariate_sum, other.covariate_sum),
        covariate_sum_squares=_sum(one.covariate_sum_squares, other.covariate_sum_squares),
        covariate_sum_product=_sum(one.covariate_sum_product, other.covariate_sum_product),
    )


def _sum(one: float | None, other: float | None) -> float | None:
    # A metric either has such a sum everywhere or nowhere.
    return None if one is None or other is None else one + other
