"""What events say about groups: companies, workspaces and the like."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from splitplot.filters.model import JsonValue, Properties
from splitplot.people.model import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAct:
    """What one event says about a group.

    Attributes:
        type_index: Of the group's type.
        key: Which group of that type.
        at: When the event happened; a group that it makes was created then.
        set: Properties, written over what is there.
    """

    type_index: int
    key: str
    at: datetime
    set: Properties


def fold_groups(
    groups: Mapping[tuple[int, str], Group], acts: Iterable[GroupAct]
) -> tuple[Group, ...]:
    """The groups that these acts make or change, the last write of a property winning.

    Args:
        groups: Every named group that is there, by type index and key.
        acts: In the order they arrived.
    """
    properties: dict[tuple[int, str], dict[str, JsonValue]] = {}
    created_at: dict[tuple[int, str], datetime] = {}
    for act in acts:
        name = (act.type_index, act.key)
        stored = groups.get(name)
        known = stored.properties if stored is not None else {}
        properties.setdefault(name, dict(known)).update(act.set)
        created_at.setdefault(name, stored.created_at if stored is not None else act.at)
    folded = (
        Group(type_index=name[0], key=name[1], properties=current, created_at=created_at[name])
        for name, current in properties.items()
    )
    return tuple(group for group in folded if group != groups.get((group.type_index, group.key)))
