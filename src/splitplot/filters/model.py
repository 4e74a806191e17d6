"""A property filter: one key, one operator, one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

# Free-form data as it came over the wire: what JSON can say, and nothing else.
JsonValue: TypeAlias = (
    bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)
Properties: TypeAlias = Mapping[str, JsonValue]


class FilterKind(StrEnum):
    """Whose property is looked at."""

    EVENT = "event"
    PERSON = "person"
    GROUP = "group"
    COHORT = "cohort"
    FLAG = "flag"
    SESSION = "session"
    ELEMENT = "element"
    FEATURE = "feature"
    HOGQL = "hogql"


class Operator(StrEnum):
    """How a property is compared with the filter's value."""

    EXACT = "exact"
    IS_NOT = "is_not"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    ICONTAINS = "icontains"
    NOT_ICONTAINS = "not_icontains"
    STARTS_WITH = "starts_with"
    NOT_STARTS_WITH = "not_starts_with"
    ENDS_WITH = "ends_with"
    NOT_ENDS_WITH = "not_ends_with"
    ICONTAINS_MULTI = "icontains_multi"
    NOT_ICONTAINS_MULTI = "not_icontains_multi"
    REGEX = "regex"
    NOT_REGEX = "not_regex"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    IS_DATE_BEFORE = "is_date_before"
    IS_DATE_AFTER = "is_date_after"
    IS_DATE_EXACT = "is_date_exact"
    SEMVER_EQ = "semver_eq"
    SEMVER_NEQ = "semver_neq"
    SEMVER_GT = "semver_gt"
    SEMVER_GTE = "semver_gte"
    SEMVER_LT = "semver_lt"
    SEMVER_LTE = "semver_lte"
    SEMVER_TILDE = "semver_tilde"
    SEMVER_CARET = "semver_caret"
    SEMVER_WILDCARD = "semver_wildcard"
    IN = "in"
    NOT_IN = "not_in"
    FLAG_EVALUATES_TO = "flag_evaluates_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFilter:
    """One comparison of one property.

    Attributes:
        key: The property's name; for cohorts `id`; for flags the other flag's id as text.
        value: What to compare with. Meaningless for the two existence operators.
        has_value: False when the wire carried no value at all: such a filter never
            matches, unless it asks for existence.
        operator: None when the wire named an operator that we do not know: such a
            filter never matches.
        kind: Whose property.
        negation: Turns the answer round: in leaves of cohorts, and in plans.
        group_type_index: Which group type, 0 to 4, for kind `group`.
    """

    key: str
    value: JsonValue = None
    has_value: bool = True
    operator: Operator | None = Operator.EXACT
    kind: FilterKind = FilterKind.PERSON
    negation: bool = False
    group_type_index: int | None = None
