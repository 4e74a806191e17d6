"""Breakdowns: by which properties a metric's units are divided, and the sums of the parts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from splitplot.errors import InvalidInput
from splitplot.experiments.plan import (
    OTHER_VALUES,
    Breakdown,
    EventSource,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    RatioPlan,
    SessionMeanPlan,
    Source,
    SplitMeanPlan,
    Touches,
    UnitProperty,
    VariantSummary,
)
from splitplot.experiments.support import unsupported
from splitplot.filters.model import JsonValue, Properties

_ATTR = "metric__breakdownFilter"
_MOST_VALUES = 25
# Whose property it is, in the wire's words; null is the event.
_IS_OF_PERSON = {"event": False, "person": True}
_ATTRIBUTION = "metric__breakdownAttributionType"
_MICROSECOND = timedelta(microseconds=1)


class _Attribution(StrEnum):
    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    STEP = "step"


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
        most_values=most_values(document),
    )


def with_touches(
    breakdown: Breakdown | None, document: Properties, metric: MetricPlan
) -> Breakdown | None:
    """The breakdown, told by the metric's own events if its document asks for that.

    Args:
        breakdown: Of the document, if it has any.
        document: The metric's; `breakdownAttributionType` says which events tell.
        metric: Its plan.

    Raises:
        InvalidInput: There is no such attribution, or no such step.
    """
    asked = document.get("breakdownAttributionType")
    if breakdown is None or asked is None:
        return breakdown
    if not isinstance(asked, str) or asked not in list(_Attribution):
        raise unsupported(f"The attribution {asked!r} of breakdowns is", attr=_ATTRIBUTION)
    sources = _sources_of(metric)
    if asked == _Attribution.STEP:
        sources = (_step(metric, document.get("breakdownAttributionValue")),)
    named = tuple(source for source in sources if isinstance(source, EventSource))
    if len(named) < len(sources):
        what = "Attribution of breakdowns to data warehouse rows is"
        raise unsupported(what, attr=_ATTRIBUTION)
    window, after_end = _reach(metric)
    touches = Touches(
        sources=tuple(one for at, one in enumerate(named) if one not in named[:at]),
        takes_last=asked == _Attribution.LAST_TOUCH,
        window=window,
        after_end=after_end,
    )
    return replace(breakdown, touches=touches)


def _sources_of(metric: MetricPlan) -> tuple[Source, ...]:
    match metric:
        case MeanPlan() | SessionMeanPlan() | SplitMeanPlan():
            return (metric.source,)
        case FunnelPlan():
            return metric.steps
        case RatioPlan():
            return (metric.numerator.source, metric.denominator.source)
        case _:
            start = () if metric.start is None else (metric.start,)
            return (*start, metric.completion)


def _step(metric: MetricPlan, number: JsonValue) -> Source:
    steps = metric.steps if isinstance(metric, FunnelPlan) else ()
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(steps):
        message = "Attribution to a step needs a funnel and the number of one of its steps, from 0."
        raise InvalidInput(message, attr="metric__breakdownAttributionValue")
    return steps[number]


def _reach(metric: MetricPlan) -> tuple[timedelta | None, timedelta]:
    """The window in which a unit's events tell, and how long after the end they are read."""
    match metric:
        case MeanPlan() | SessionMeanPlan() | SplitMeanPlan():
            return metric.window, metric.window or timedelta()
        case RatioPlan():
            window = metric.numerator.window
            return window, window or timedelta()
        case FunnelPlan():
            # Every exposure restarts the clock, and the window's end is part of it.
            return None, metric.window + _MICROSECOND
        case _:
            return None, (metric.window or timedelta()) + metric.latest


def with_breakdowns(document: Properties, metadata: Properties) -> Properties:
    """A shared metric with the breakdowns that one of its experiments asks for.

    Args:
        document: The metric's.
        metadata: Of its link to the experiment; without breakdowns those of the metric stay.

    Examples:
        >>> shown = with_breakdowns({}, {"breakdowns": [{"property": "$os"}]})
        >>> shown["breakdownFilter"]
        {'breakdowns': [{'property': '$os'}]}
    """
    asked, own = metadata.get("breakdowns"), document.get("breakdownFilter")
    if not isinstance(asked, list | tuple) or not asked:
        return document
    kept = own if isinstance(own, Mapping) else {}
    return {**document, "breakdownFilter": {**kept, "breakdowns": asked}}


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
    # Where there are sums of all units, those of values may be about more than each once.
    own = tuple(summary for summary in summaries if not summary.breakdown)
    wholes: dict[str, VariantSummary] = {}
    for summary in own or summaries:
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


def most_values(document: Properties) -> int:
    """How many values of a metric's breakdown keep their name."""
    part = document.get("breakdownFilter")
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
