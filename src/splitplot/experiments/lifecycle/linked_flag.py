"""The flag of an experiment: made with it, changed with it, shipped from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from splitplot.accounts.model import Project, UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.parameters import CONTROL, TOO_FEW_VARIANTS, VARIANTS
from splitplot.experiments.model import Holdout
from splitplot.experiments.sharing.holdouts import flag_member
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.validate import INDEX, check_key, checked_filters
from splitplot.flags.wire import parse_rules

_SHARE = "rollout_percentage"
_EVEN_SPLIT: tuple[Properties, ...] = (
    {"key": CONTROL, "name": "Control Group", _SHARE: 50},
    {"key": "test", "name": "Test Variant", _SHARE: 50},
)
_SHIPPED = "Added automatically when the experiment was ended to keep only one variant."


def new_flag(
    key: str,
    *,
    experiment_name: str,
    parameters: Properties,
    project: Project,
    is_active: bool,
    author: UserId | None,
    now: datetime,
    holdout: Holdout | None = None,
) -> Flag:
    """The flag that an experiment on an unused key gets.

    Raises:
        InvalidInput: Key or parameters make no flag.
    """
    check_key(key)
    continuity = parameters.get("ensure_experience_continuity")
    return Flag(
        id=FlagId(0),
        key=key,
        name=f"Feature Flag for Experiment {experiment_name}",
        filters=checked_filters(_new_filters(parameters, holdout)),
        active=is_active,
        created_at=now,
        updated_at=now,
        ensure_experience_continuity=(
            continuity if isinstance(continuity, bool) else project.flags_persistence_default
        ),
        created_by_id=author,
        creation_context="experiments",
    )


def check_fit(flag: Flag) -> None:
    """Refuse a flag that no experiment can stand on.

    Raises:
        InvalidInput: It has fewer than two variants, or none that is the control.
    """
    keys = variant_keys(flag)
    if len(keys) < 2:
        raise InvalidInput(TOO_FEW_VARIANTS)
    if CONTROL not in keys:
        raise InvalidInput("Feature flag must have a variant with key 'control'")


def variant_keys(flag: Flag) -> tuple[str, ...]:
    """The flag's variants, in flag order."""
    return tuple(variant.key for variant in parse_rules(flag.filters).variants)


def switched(flag: Flag, *, on: bool, now: datetime) -> Flag:
    """The flag, active or not; the same one if it is already so."""
    return flag if flag.active is on else replace(flag, active=on, updated_at=now)


def with_parameters(
    flag: Flag, parameters: Properties, *, cohorts: Collection[int], now: datetime
) -> Flag:
    """The flag with what the parameters say about it; the rest of it stays.

    Raises:
        InvalidInput: The flag would make no sense.
    """
    filters = _with_variants(flag.filters, parameters)
    groups = _groups(filters)
    if INDEX in parameters:
        # Otherwise the conditions would go on hashing what they hash now.
        index = parameters[INDEX]
        filters = {**filters, INDEX: index}
        groups = tuple({**group, INDEX: index} for group in groups)
    if parameters.get(_SHARE) is not None:
        groups = tuple(
            {**group, _SHARE: parameters[_SHARE]} if at == 0 else group
            for at, group in enumerate(groups)
        )
    return _with_filters(flag, {**filters, "groups": groups}, cohorts=cohorts, now=now)


def with_holdout(flag: Flag, holdout: Holdout | None, *, now: datetime) -> Flag:
    """The flag keeping the holdout's units out, or nobody."""
    # The older way to say it would go on saying what it said.
    filters = {key: value for key, value in flag.filters.items() if key != "holdout_groups"}
    return _if_changed(flag, {**filters, "holdout": flag_member(holdout)}, now=now)


def with_web_variants(
    flag: Flag, variants: Sequence[Properties], *, cohorts: Collection[int], now: datetime
) -> Flag:
    """The flag with its conditions, its holdout and these variants; all else is dropped.

    Raises:
        InvalidInput: The flag would make no sense.
    """
    filters: Properties = {
        "groups": _groups(flag.filters),
        "multivariate": {"variants": variants},
        INDEX: flag.filters.get(INDEX),
        "holdout": flag.filters.get("holdout"),
    }
    return _with_filters(flag, filters, cohorts=cohorts, now=now)


def shipped(flag: Flag, variant_key: str, *, to_everyone: bool, now: datetime) -> Flag:
    """The flag serving one variant only.

    Args:
        flag: The flag.
        variant_key: One of its variants.
        to_everyone: Put a condition in front that lets everybody in, once; and drop all
            but conditions, variants, payloads and group type. Otherwise the variant goes
            to whom the conditions let in now, and everything else stays.
        now: When it is changed.

    Raises:
        InvalidInput: The flag has no such variant.
    """
    if variant_key not in variant_keys(flag):
        raise InvalidInput(f"Variant '{variant_key}' not found on feature flag.")
    variants = tuple(
        {"key": key, **_name_of(variant), _SHARE: 100 if key == variant_key else 0}
        for key, variant in zip(variant_keys(flag), _variants(flag.filters), strict=True)
    )
    multivariate = {"variants": variants}
    if not to_everyone:
        filters: Properties = {**flag.filters, "multivariate": multivariate}
        return _if_changed(flag, filters, now=now)
    groups, index = _groups(flag.filters), flag.filters.get(INDEX)
    if not groups or not _is_automatic(groups[0]):
        groups = ({"properties": [], _SHARE: 100, "description": _SHIPPED, INDEX: index}, *groups)
    return _if_changed(
        flag,
        {
            "groups": groups,
            "payloads": flag.filters.get("payloads") or {},
            "multivariate": multivariate,
            INDEX: index,
        },
        now=now,
    )


def is_same_json(one: object, other: object) -> bool:
    """Whether two values are one on the wire, which knows no difference of tuple and list."""
    return _as_json(one) == _as_json(other)


def _new_filters(parameters: Properties, holdout: Holdout | None) -> Properties:
    share = parameters.get(_SHARE)
    payloads = parameters.get("feature_flag_payloads")
    return {
        "groups": [{"properties": [], _SHARE: 100 if share is None else share}],
        "multivariate": {"variants": parameters.get(VARIANTS) or _EVEN_SPLIT},
        **({} if payloads is None else {"payloads": payloads}),
        INDEX: parameters.get(INDEX),
        "holdout": flag_member(holdout),
    }


def _with_variants(filters: Properties, parameters: Properties) -> Properties:
    variants = parameters.get(VARIANTS)
    if not isinstance(variants, list | tuple) or not variants:
        return filters
    keys = {variant["key"] for variant in variants if isinstance(variant, Mapping)}
    changed = {**filters, "multivariate": {"variants": variants}}
    payloads = filters.get("payloads")
    if isinstance(payloads, Mapping):
        # A payload of a variant that is gone could not be served to anybody.
        changed["payloads"] = {key: value for key, value in payloads.items() if key in keys}
    return changed


def _with_filters(
    flag: Flag, filters: Properties, *, cohorts: Collection[int], now: datetime
) -> Flag:
    return _if_changed(flag, checked_filters(filters, cohorts=cohorts), now=now)


def _if_changed(flag: Flag, filters: Properties, *, now: datetime) -> Flag:
    if is_same_json(filters, flag.filters):
        return flag
    return replace(flag, filters=filters, updated_at=now)


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value


def _variants(filters: Properties) -> tuple[Properties, ...]:
    multivariate = filters.get("multivariate")
    variants = multivariate.get("variants") if isinstance(multivariate, Mapping) else None
    return _mappings(variants)


def _groups(filters: Properties) -> tuple[Properties, ...]:
    return _mappings(filters.get("groups"))


def _mappings(value: object) -> tuple[Properties, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def _name_of(variant: Properties) -> Properties:
    name = variant.get("name")
    return {"name": name} if name else {}


def _is_automatic(group: Properties) -> bool:
    return (
        group.get("description") == _SHIPPED
        and group.get(_SHARE) == 100
        and not group.get("properties")
    )
