"""A flag's `filters` document, read into typed rules.

The reading is forgiving: documents were written by many clients over the years. What
cannot be read lets nobody in, rather than everybody.
"""

from collections.abc import Iterator, Mapping, Sequence

from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.numbers import number_of
from splitplot.filters.wire import parse_filter
from splitplot.flags.model import Condition, Holdout, Rules, VariantShare

_NOBODY = -1.0


def parse_rules(document: Properties) -> Rules:
    """Read conditions, variants, payloads, holdout and early access."""
    flag_level_index = _index_of(document.get("aggregation_group_type_index"))
    supers = [_condition(group, None) for group in _mappings(document.get("super_groups"))]
    payloads = document.get("payloads")
    return Rules(
        conditions=tuple(
            _condition(group, flag_level_index) for group in _mappings(document.get("groups"))
        ),
        variants=_variants(document.get("multivariate")),
        payloads=payloads if isinstance(payloads, Mapping) else {},
        group_type_index=flag_level_index,
        holdout=_holdout(document),
        enrollment=document.get("feature_enrollment") is True,
        super_condition=supers[0] if supers else None,
        early_exit=document.get("early_exit") is True,
    )


def _condition(group: Properties, flag_level_index: int | None) -> Condition:
    own_index = "aggregation_group_type_index"
    variant = group.get("variant")
    return Condition(
        filters=tuple(parse_filter(item) for item in _mappings(group.get("properties"))),
        rollout_share=_share(group.get("rollout_percentage"), if_missing=1.0),
        variant=variant if isinstance(variant, str) else None,
        # An explicit null makes a condition about persons on a flag about groups.
        group_type_index=_index_of(group[own_index]) if own_index in group else flag_level_index,
    )


def _variants(multivariate: JsonValue) -> tuple[VariantShare, ...]:
    if not isinstance(multivariate, Mapping):
        return ()
    return tuple(
        VariantShare(
            key=str(variant.get("key", "")),
            share=_share(variant.get("rollout_percentage"), if_missing=0.0),
        )
        for variant in _mappings(multivariate.get("variants"))
    )


def _holdout(document: Properties) -> Holdout | None:
    holdout = document.get("holdout")
    if isinstance(holdout, Mapping):
        share = _share(holdout.get("exclusion_percentage"), if_missing=0.0)
        return Holdout(variant=f"holdout-{holdout.get('id')}", share=min(max(share, 0.0), 1.0))
    for group in _mappings(document.get("holdout_groups")):
        variant = group.get("variant")
        if isinstance(variant, str) and not group.get("properties"):
            share = _share(group.get("rollout_percentage"), if_missing=1.0)
            return Holdout(variant=variant, share=min(max(share, 0.0), 1.0))
    return None


def _share(percentage: JsonValue, *, if_missing: float) -> float:
    if percentage is None:
        return if_missing
    number = number_of(percentage)
    return _NOBODY if number is None else number / 100


def _index_of(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mappings(value: JsonValue) -> Iterator[Properties]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (item for item in value if isinstance(item, Mapping))
