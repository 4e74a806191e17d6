"""What may stand in a flag, and the form it is kept in.

Evaluation forgives what was written long ago; what is written now has to make sense.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping

from splitplot.errors import InvalidInput
from splitplot.filters.model import FilterKind, JsonValue, Properties
from splitplot.flags.condition_rules import check_property
from splitplot.flags.model import Flag

MAX_KEY_LENGTH = 400
GROUP_TYPES = 5
INDEX = "aggregation_group_type_index"
_FIELD = "filters"
_KEY = re.compile(r"[A-Za-z0-9_-]+")

_Objects = tuple[Properties, ...]


def check_key(key: str) -> None:
    """Refuse a key that does not fit into code, addresses and headers alike.

    Raises:
        InvalidInput: For the field `key`.
    """
    if len(key) > MAX_KEY_LENGTH:
        message = f"Ensure this field has no more than {MAX_KEY_LENGTH} characters."
        raise InvalidInput(message, code="max_length", attr="key")
    if _KEY.fullmatch(key) is None:
        message = "Only letters, numbers, hyphens (-) & underscores (_) are allowed."
        raise InvalidInput(message, code="invalid_key", attr="key")


def checked_filters(document: Properties, *, cohorts: Collection[int] = ()) -> Properties:
    """A flag's `filters` document as it is kept, if it makes sense.

    Payloads are JSON texts, and every condition says whose id it hashes. Members that are
    not known stay.

    Args:
        document: As sent.
        cohorts: The dynamic cohorts that conditions may ask about.

    Raises:
        InvalidInput: A rule is broken; for the field `filters`.
    """
    groups = _objects(document.get("groups"), "groups")
    if not groups:
        raise _invalid("Feature flags must have at least one condition set (group).")
    variants = _variants(document.get("multivariate"))
    for at, group in enumerate(groups):
        check_percentage(
            group.get("rollout_percentage"), f"groups[{at}].rollout_percentage", or_null=True
        )
    _check_variants(variants)
    flag_level = _index_of(document.get(INDEX))
    groups = tuple({**group, INDEX: _index_of(group.get(INDEX, flag_level))} for group in groups)
    for group in groups:
        _check_group(group, variants, cohorts)
    kept = {**document, "groups": groups, INDEX: _common_index(groups)}
    payloads = document.get("payloads")
    return kept if payloads is None else {**kept, "payloads": _payloads(payloads, variants)}


def check_percentage(
    value: JsonValue, place: str, *, or_null: bool = False, attr: str = _FIELD
) -> None:
    """Refuse what is no number from 0 to 100.

    Args:
        value: What was sent.
        place: Where it stands, for the message.
        or_null: Whether null will do.
        attr: The field that the error is about.

    Raises:
        InvalidInput: It is none.
    """
    if value is None and or_null:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        expected = "a number or null" if or_null else "a number"
        given = "null" if value is None else type(value).__name__
        raise InvalidInput(f"{place} must be {expected}, got {given}", attr=attr)
    if not 0 <= value <= 100:
        raise InvalidInput(f"{place} must be between 0 and 100, got {value}", attr=attr)


def check_bucketing(flag: Flag) -> None:
    """Refuse to keep an experience across login that hangs on the device.

    Raises:
        InvalidInput: The flag wants both.
    """
    if flag.bucketing_identifier == "device_id" and flag.ensure_experience_continuity:
        raise InvalidInput(
            "Cannot enable 'persist across authentication steps' when using device ID bucketing. "
            "These features are incompatible."
        )


def check_not_needed(flag: Flag, others: Iterable[Flag], *, action: str) -> None:
    """Refuse to take away a flag that other flags ask about.

    Args:
        flag: The flag.
        others: The project's undeleted flags; the flag itself does not count.
        action: `disable` or `delete`.

    Raises:
        InvalidInput: Names those that depend on it.
    """
    needing = [
        other
        for other in others
        if other.id != flag.id and other.active and str(flag.id) in _flags_asked_about(other)
    ]
    if needing:
        names = ", ".join(f"{other.key} (ID: {other.id})" for other in needing)
        raise InvalidInput(
            f"Cannot {action} this feature flag because other flags depend on it: {names}. "
            "Please update or disable the dependent flags first."
        )


def _flags_asked_about(flag: Flag) -> set[str]:
    return {
        str(item.get("key"))
        for group in _mappings(flag.filters.get("groups"))
        for item in _mappings(group.get("properties"))
        if item.get("type") == FilterKind.FLAG
    }


def _variants(multivariate: JsonValue) -> _Objects:
    if multivariate is None:
        return ()
    if not isinstance(multivariate, Mapping):
        raise _invalid("multivariate must be an object or null")
    return _objects(multivariate.get("variants"), "multivariate.variants")


def _check_variants(variants: _Objects) -> None:
    total: float = 0
    keys: set[str] = set()
    for at, variant in enumerate(variants):
        key, percentage = variant.get("key"), variant.get("rollout_percentage")
        if not isinstance(key, str) or not key:
            raise _invalid(f"multivariate.variants[{at}].key must be a text")
        if key in keys:
            raise _invalid(f"Invalid variant definitions: Variant key '{key}' is not unique.")
        keys.add(key)
        check_percentage(percentage, f"multivariate.variants[{at}].rollout_percentage")
        total += percentage if isinstance(percentage, int | float) else 0
    if variants and total != 100:
        raise _invalid("Invalid variant definitions: Variant rollout percentages must sum to 100.")


def _check_group(group: Properties, variants: _Objects, cohorts: Collection[int]) -> None:
    override = group.get("variant")
    if override is not None and override not in [variant["key"] for variant in variants]:
        raise _invalid("Filters are not valid (variant override does not exist)")
    for item in _objects(group.get("properties"), "properties"):
        check_property(item, by_group=group[INDEX] is not None, cohorts=cohorts)


def _index_of(value: JsonValue) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < GROUP_TYPES:
        raise _invalid(f"{INDEX} must be a whole number from 0 to {GROUP_TYPES - 1} or null")
    return value


def _common_index(groups: _Objects) -> JsonValue:
    """What all conditions hash by; None for persons, and when they do not agree."""
    first = groups[0][INDEX]
    return first if all(group[INDEX] == first for group in groups) else None


def _payloads(payloads: JsonValue, variants: _Objects) -> Properties:
    if not isinstance(payloads, Mapping):
        raise _invalid("payloads must be an object")
    keys = {variant["key"] for variant in variants}
    if variants and not payloads.keys() <= keys:
        raise _invalid("Payload keys must match a variant key for multivariate flags")
    if not variants and not payloads.keys() <= {"true"}:
        raise _invalid("Payload keys must be 'true' for boolean flags")
    return {key: _payload(value) for key, value in payloads.items() if value is not None}


def _payload(value: JsonValue) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except (ValueError, RecursionError) as error:
        raise _invalid("Payload value is not valid JSON") from error
    return value


def _objects(value: JsonValue, place: str) -> _Objects:
    if value is None:
        return ()
    items = _mappings(value)
    if not isinstance(value, list | tuple) or len(items) != len(value):
        raise _invalid(f"{place} must be a list of objects")
    return items


def _mappings(value: JsonValue) -> _Objects:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, attr=_FIELD)
