"""Holdouts: who is kept out of a set of experiments."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from splitplot.accounts.model import ProjectId, UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.model import Holdout, HoldoutId
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Flag
from splitplot.flags.wire import parse_rules

_FIELD = "filters"
_SHARE = "rollout_percentage"
# Which variant a group stands for follows from the holdout, whatever was sent.
_VARIANT = "variant"

Groups = tuple[Properties, ...]


class HoldoutValues(TypedDict, total=False):
    """The values that were given, by the names of `Holdout`; a missing key stays."""

    name: str
    description: str | None
    groups: Groups


def checked_groups(groups: Groups) -> Groups:
    """The condition groups as they are kept.

    Raises:
        InvalidInput: There is none, or one does not say how many are kept out; for the
            field `filters`.
    """
    if not groups:
        raise InvalidInput("Filters must not be empty.", attr=_FIELD)
    for group in groups:
        _check_share(group.get(_SHARE))
    return tuple(
        {key: value for key, value in group.items() if key != _VARIANT} for group in groups
    )


def made_holdout(
    values: HoldoutValues, *, project_id: ProjectId, author: UserId | None, now: datetime
) -> Holdout:
    """A new holdout, not stored yet.

    Args:
        values: Checked ones; `name` is among them.
        project_id: Where.
        author: None when nobody in particular makes it.
        now: When.

    Raises:
        InvalidInput: Nobody is said to be kept out.
    """
    groups = values.get("groups", ())
    if not groups:
        raise InvalidInput("Filters are required to create an holdout group", attr=_FIELD)
    return Holdout(
        id=HoldoutId(0),
        project_id=project_id,
        name=values["name"],
        description=values.get("description"),
        groups=groups,
        created_at=now,
        updated_at=now,
        created_by_id=author,
    )


def changed_holdout(holdout: Holdout, values: HoldoutValues, *, now: datetime) -> Holdout:
    """The holdout with these values, which are checked ones."""
    return replace(holdout, updated_at=now, **values)


def shown_groups(holdout: Holdout) -> list[Properties]:
    """The condition groups, each with the variant that a flag answers."""
    return [{**group, _VARIANT: holdout.variant} for group in holdout.groups]


def flag_member(holdout: Holdout | None) -> Properties | None:
    """What stands in the flags of the holdout's experiments."""
    if holdout is None:
        return None
    return {"id": holdout.id, "exclusion_percentage": holdout.groups[0].get(_SHARE)}


def is_of_another(flag: Flag, holdout: Holdout) -> bool:
    """Whether the flag keeps units out for another holdout than this one."""
    kept_out = parse_rules(flag.filters).holdout
    return kept_out is not None and kept_out.variant != holdout.variant


def _check_share(value: JsonValue) -> None:
    if value is None:
        raise InvalidInput("Rollout percentage must be present.", attr=_FIELD)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise InvalidInput("Rollout percentage must be between 0 and 100.", attr=_FIELD)
