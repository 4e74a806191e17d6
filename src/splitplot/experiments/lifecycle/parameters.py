"""An experiment's `parameters` document: variants, rollout, and what planning noted down."""

from collections.abc import Mapping

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.validate import GROUP_TYPES, INDEX, check_percentage

VARIANTS = "feature_flag_variants"
CONTROL = "control"
MAX_VARIANTS = 20
TOO_FEW_VARIANTS = (
    "Feature flag must have at least 2 variants (control and at least one test variant)"
)
_FIELD = "parameters"
_SHARE = "rollout_percentage"
# The newer name of the same on the wire.
_SPLIT = "split_percent"


def checked_parameters(document: Properties) -> Properties:
    """The document as it is kept: variants carry their share under one name.

    Raises:
        InvalidInput: Variants, rollout or group type make no sense; for the field
            `parameters`.
    """
    check_percentage(document.get(_SHARE), _SHARE, or_null=True, attr=_FIELD)
    _check_index(document.get(INDEX))
    if not isinstance(document.get("ensure_experience_continuity"), bool | None):
        raise _invalid("ensure_experience_continuity must be a boolean")
    if not isinstance(document.get("feature_flag_payloads"), Mapping | None):
        raise _invalid("feature_flag_payloads must be an object")
    variants = document.get(VARIANTS)
    return {**document, VARIANTS: _checked_variants(variants)} if variants else document


def variants_in(document: Properties | None) -> tuple[Properties, ...]:
    """The variants of a kept document, in order; none when it names none."""
    variants = (document or {}).get(VARIANTS)
    if not isinstance(variants, list | tuple):
        return ()
    return tuple(variant for variant in variants if isinstance(variant, Mapping))


def shown_parameters(document: Properties | None) -> Properties | None:
    """A kept document with the share of each variant under both of its names."""
    variants = variants_in(document)
    if document is None or not variants:
        return document
    return {**document, VARIANTS: [{**item, _SPLIT: item.get(_SHARE)} for item in variants]}


def with_flags_split(document: Properties | None, flag_filters: Properties) -> Properties:
    """The document after its flag was written: it says what the flag does."""
    kept = {key: value for key, value in (document or {}).items() if key != INDEX}
    multivariate = flag_filters.get("multivariate")
    variants = multivariate.get("variants") if isinstance(multivariate, Mapping) else None
    index = flag_filters.get(INDEX)
    by_group = {} if index is None else {INDEX: index}
    return {**kept, VARIANTS: variants or [], **by_group}


def _checked_variants(value: JsonValue) -> list[Properties]:
    if not isinstance(value, list | tuple):
        raise _invalid(f"{VARIANTS} must be a list")
    variants = [_checked_variant(item, at) for at, item in enumerate(value)]
    keys = [variant["key"] for variant in variants]
    if len(variants) > MAX_VARIANTS:
        raise _invalid(f"Feature flag variants must be less than {MAX_VARIANTS + 1}")
    if len(variants) < 2:
        raise _invalid(TOO_FEW_VARIANTS)
    if CONTROL not in keys:
        raise _invalid("Feature flag variants must contain a control variant")
    if len(set(keys)) < len(keys):
        raise _invalid("Feature flag variants must have different keys")
    return variants


def _checked_variant(item: JsonValue, at: int) -> Properties:
    if not isinstance(item, Mapping):
        raise _invalid(f"Feature flag variant at index {at} must be an object")
    key, name = item.get("key"), item.get("name")
    if not isinstance(key, str) or not key:
        raise _invalid(f"Feature flag variant at index {at} must have a 'key' field")
    if not isinstance(name, str | None):
        raise _invalid(f"Feature flag variant at index {at} must have a text for a name")
    share = item.get(_SPLIT)
    if share is None:
        share = item.get(_SHARE)
    if share is None:
        raise _invalid(
            "Each variant must include split_percent (recommended) or rollout_percentage "
            "(deprecated)."
        )
    check_percentage(share, f"{VARIANTS}[{at}].{_SHARE}", attr=_FIELD)
    kept = {word: value for word, value in item.items() if word != _SPLIT}
    return {**kept, _SHARE: share}


def _check_index(value: JsonValue) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < GROUP_TYPES:
        raise _invalid(f"{INDEX} must be a whole number from 0 to {GROUP_TYPES - 1} or null")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, attr=_FIELD)
