"""When a policy wants to be asked: its conditions, held against a flag before and after."""

import operator
from collections.abc import Callable, Iterator, Mapping

from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.numbers import number_of

SHARE = "rollout_percentage"
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_GROUPS = ("groups", "super_groups", "holdout_groups")


def shares_in(filters: Properties) -> dict[str, float]:
    """Every rollout percentage in a flag's document, by where it stands.

    A condition that names none lets everybody in. Variants go by their keys, so that
    their order does not matter.
    """
    found = {
        f"filters.{name}[{at}].{SHARE}": _share(group, if_missing=100)
        for name in _GROUPS
        for at, group in enumerate(_mappings(filters.get(name)))
    }
    multivariate = filters.get("multivariate")
    variants = multivariate.get("variants") if isinstance(multivariate, Mapping) else None
    for variant in _mappings(variants):
        place = f"filters.multivariate.variants[{variant.get('key')}].{SHARE}"
        found[place] = _share(variant, if_missing=0)
    return found


def changed_paths(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[str, ...]:
    """Where the two differ, what is there on one side only included."""
    return tuple(
        path for path in dict.fromkeys((*before, *after)) if before.get(path) != after.get(path)
    )


def is_met(conditions: Properties, before: Properties, after: Properties) -> bool:
    """Whether a change of a flag's document is one that the conditions are about.

    Conditions that cannot be read are met: in doubt somebody is asked.

    Args:
        conditions: Of a policy, as on the wire; none are always met.
        before: The document before.
        after: The document after.
    """
    kind = conditions.get("type")
    if conditions.get("field") != SHARE:
        return True
    old, new = shares_in(before), shares_in(after)
    if kind == "any_change":
        return bool(changed_paths(old, new))
    compare, value = _COMPARE.get(str(conditions.get("operator"))), conditions.get("value")
    if compare is None or isinstance(value, bool) or not isinstance(value, int | float):
        return True
    if kind == "before_after":
        return any(compare(share, value) for share in new.values())
    if kind == "change_amount":
        return any(compare(new[path] - old[path], value) for path in new.keys() & old.keys())
    return True


def _share(group: Properties, *, if_missing: float) -> float:
    percentage = group.get(SHARE)
    number = None if percentage is None else number_of(percentage)
    return if_missing if number is None else number


def _mappings(value: JsonValue) -> Iterator[Properties]:
    if isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, Mapping))
