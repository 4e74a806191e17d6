"""Whether a value satisfies a property filter.

A filter is compiled once into a `CompiledFilter` and asked many times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

from splitplot.filters import dates, semver
from splitplot.filters.model import JsonValue, Operator, Properties, PropertyFilter
from splitplot.filters.numbers import number_of
from splitplot.filters.patterns import search_of
from splitplot.filters.text import folded_text, text_of

# What an operator says of a present value at an instant, its negation left aside. None:
# the value cannot be compared, which satisfies neither an operator nor its negation.
Verdict: TypeAlias = Callable[[JsonValue, datetime], bool | None]


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """A filter, ready to be asked.

    Attributes:
        key: The property to look at.
        verdict: Asked of a present value (null is present).
        wanted: The verdict that satisfies the filter.
        if_missing: The answer when the property is missing.
    """

    key: str
    verdict: Verdict
    wanted: bool
    if_missing: bool

    def holds(self, properties: Properties, *, now: datetime) -> bool:
        """Whether the properties satisfy the filter at `now`, aware."""
        if self.key not in properties:
            return self.if_missing
        try:
            return self.verdict(properties[self.key], now) is self.wanted
        except RecursionError:  # nested more deeply than can be written as text
            return False


def matches(
    property_filter: PropertyFilter,
    properties: Properties,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    matching_version: int = 1,
) -> bool:
    """Whether the properties satisfy the filter; for many questions, compile it once.

    Args:
        property_filter: Its `negation` and `kind` are the caller's business.
        properties: Of whatever the filter is about.
        now: Aware; relative dates count from it.
        zone: Where dates and times without an offset are read.
        matching_version: 1, or 2 where `exact` knows no truthiness.

    Examples:
        >>> pro = PropertyFilter(key="plan", value=["pro", "team"])
        >>> matches(pro, {"plan": "Pro"}, now=datetime(2026, 1, 1, tzinfo=UTC))
        True
    """
    compiled = compile_filter(property_filter, zone=zone, matching_version=matching_version)
    return compiled.holds(properties, now=now)


def compile_filter(
    property_filter: PropertyFilter, *, zone: tzinfo = UTC, matching_version: int = 1
) -> CompiledFilter:
    """Prepare the filter; what cannot be prepared never holds.

    That is the case for an unknown operator, for a missing value (unless the operator
    asks for existence) and for `in`, `not_in` and `flag_evaluates_to`, which are not
    about properties.
    """
    key, operator = property_filter.key, property_filter.operator
    if operator is Operator.IS_SET:
        return CompiledFilter(key, _anything, wanted=True, if_missing=False)
    if operator is Operator.IS_NOT_SET:
        return CompiledFilter(key, _anything, wanted=False, if_missing=True)
    if operator is None or not property_filter.has_value:
        return CompiledFilter(key, _incomparable, wanted=True, if_missing=False)
    try:
        verdict = _verdict(operator, property_filter.value, zone, matching_version)
    except RecursionError:  # nested more deeply than can be written as text
        verdict = None
    is_negative = operator in _POSITIVE_OF
    return CompiledFilter(
        key, verdict or _incomparable, wanted=not is_negative, if_missing=is_negative
    )


def _verdict(
    operator: Operator, value: JsonValue, zone: tzinfo, matching_version: int
) -> Verdict | None:
    operator = _POSITIVE_OF.get(operator, operator)
    if operator is Operator.EXACT:
        return _exact(value, matching_version=matching_version)
    if operator in _DATE_COMPARISONS:
        return _date_comparison(operator, value, zone=zone)
    builder = _BUILDERS.get(operator)
    return None if builder is None else builder(value)


def _anything(_value: JsonValue, _now: datetime) -> bool:
    return True


def _incomparable(_value: JsonValue, _now: datetime) -> None:
    return None


_POSITIVE_OF = {
    Operator.IS_NOT: Operator.EXACT,
    Operator.NOT_ICONTAINS: Operator.ICONTAINS,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.NOT_ICONTAINS_MULTI: Operator.ICONTAINS_MULTI,
    Operator.NOT_REGEX: Operator.REGEX,
    Operator.NOT_BETWEEN: Operator.BETWEEN,
}


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(value)
    return (value,)


# exact


def _exact(expected: JsonValue, *, matching_version: int) -> Verdict:
    is_empty_list = _is_list(expected) and not _items(expected)
    if is_empty_list or (matching_version == 1 and _is_boolean_like(expected)):
        wanted = _is_truthy(expected)
        return lambda value, _now: _is_truthy(value) is wanted
    texts = frozenset(text_of(item).lower() for item in _items(expected))

    def verdict(value: JsonValue, _now: datetime) -> bool:
        text = value if isinstance(value, str) else text_of(value)
        return text.lower() in texts

    return verdict


def _is_boolean_like(value: JsonValue) -> bool:
    if isinstance(value, str):
        return value.lower() in ("true", "false")
    return isinstance(value, bool) or (
        _is_list(value) and all(_is_boolean_like(item) for item in _items(value))
    )


def _is_truthy(value: JsonValue) -> bool:
    """True, its text, or a list of nothing else; so an empty list is truthy."""
    if isinstance(value, str):
        return value.lower() == "true"
    return value is True or (_is_list(value) and all(_is_truthy(item) for item in _items(value)))


# text


def _icontains(expected: JsonValue) -> Verdict:
    part = folded_text(expected)
    return lambda value, _now: part in folded_text(value)


def _starts_with(expected: JsonValue) -> Verdict:
    start = folded_text(expected)
    return lambda value, _now: folded_text(value).startswith(start)


def _ends_with(expected: JsonValue) -> Verdict:
    end = folded_text(expected)
    return lambda value, _now: folded_text(value).endswith(end)


def _icontains_multi(expected: JsonValue) -> Verdict:
    parts = tuple(folded_text(item) for item in _items(expected))

    def verdict(value: JsonValue, _now: datetime) -> bool:
        text = folded_text(value)
        return any(part in text for part in parts)

    return verdict


def _regex(expected: JsonValue) -> Verdict | None:
    search = search_of(text_of(expected))
    return None if search is None else lambda value, _now: search(value)


# numbers


def _comparison(compare: Callable[[float, float], bool]) -> "_Builder":
    def build(expected: JsonValue) -> Verdict | None:
        bound = number_of(expected)
        if bound is None:
            return None

        def verdict(value: JsonValue, _now: datetime) -> bool:
            number = number_of(value)
            return number is not None and compare(number, bound)

        return verdict

    return build


def _between(expected: JsonValue) -> Verdict | None:
    bounds = [number_of(item) for item in _items(expected)]
    if len(bounds) != 2:
        return None
    lower, upper = bounds
    if lower is None or upper is None:
        return None

    def verdict(value: JsonValue, _now: datetime) -> bool | None:
        number = number_of(value)
        return None if number is None else lower <= number <= upper

    return verdict


# dates


_DATE_COMPARISONS: dict[Operator, Callable[[datetime, datetime], bool]] = {
    Operator.IS_DATE_BEFORE: datetime.__lt__,
    Operator.IS_DATE_AFTER: datetime.__gt__,
    Operator.IS_DATE_EXACT: datetime.__eq__,
}


def _date_comparison(operator: Operator, expected: JsonValue, *, zone: tzinfo) -> Verdict | None:
    if not isinstance(expected, str):
        return None
    compare = _DATE_COMPARISONS[operator]
    if dates.is_relative(expected):

        def relative_verdict(value: JsonValue, now: datetime) -> bool:
            instant = dates.instant_of(value, zone=zone)
            bound = dates.relative_instant(expected, now=now)
            return instant is not None and bound is not None and compare(instant, bound)

        return relative_verdict
    bound = dates.absolute_instant(expected, zone=zone)
    if bound is None:
        return None

    def verdict(value: JsonValue, _now: datetime) -> bool:
        instant = dates.instant_of(value, zone=zone)
        return instant is not None and compare(instant, bound)

    return verdict


# semantic versions


def _version_comparison(compare: Callable[[semver.Version, semver.Version], bool]) -> "_Builder":
    def build(expected: JsonValue) -> Verdict | None:
        bound = semver.parse_version(text_of(expected))
        if bound is None:
            return None

        def verdict(value: JsonValue, _now: datetime) -> bool:
            version = semver.parse_version(text_of(value))
            return version is not None and compare(version, bound)

        return verdict

    return build


def _version_range(parse: Callable[[str], semver.VersionRange | None]) -> "_Builder":
    def build(expected: JsonValue) -> Verdict | None:
        versions = parse(text_of(expected))
        if versions is None:
            return None

        def verdict(value: JsonValue, _now: datetime) -> bool:
            version = semver.parse_version(text_of(value))
            return version is not None and versions.holds(version)

        return verdict

    return build


_Builder: TypeAlias = Callable[[JsonValue], Verdict | None]
_BUILDERS: dict[Operator, _Builder] = {
    Operator.ICONTAINS: _icontains,
    Operator.STARTS_WITH: _starts_with,
    Operator.ENDS_WITH: _ends_with,
    Operator.ICONTAINS_MULTI: _icontains_multi,
    Operator.REGEX: _regex,
    Operator.GT: _comparison(float.__gt__),
    Operator.GTE: _comparison(float.__ge__),
    Operator.LT: _comparison(float.__lt__),
    Operator.LTE: _comparison(float.__le__),
    Operator.BETWEEN: _between,
    Operator.SEMVER_EQ: _version_comparison(semver.Version.__eq__),
    Operator.SEMVER_NEQ: _version_comparison(semver.Version.__ne__),
    Operator.SEMVER_GT: _version_comparison(semver.Version.__gt__),
    Operator.SEMVER_GTE: _version_comparison(semver.Version.__ge__),
    Operator.SEMVER_LT: _version_comparison(semver.Version.__lt__),
    Operator.SEMVER_LTE: _version_comparison(semver.Version.__le__),
    Operator.SEMVER_TILDE: _version_range(semver.tilde_range),
    Operator.SEMVER_CARET: _version_range(semver.caret_range),
    Operator.SEMVER_WILDCARD: _version_range(semver.wildcard_range),
}
