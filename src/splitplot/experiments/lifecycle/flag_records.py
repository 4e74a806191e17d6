"""A flag that is made or changed by itself, with its experiments in mind."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TypedDict

from splitplot.accounts.model import Project, UserId
from splitplot.errors import Conflict, InvalidInput
from splitplot.experiments.lifecycle.linked_flag import is_same_json
from splitplot.experiments.model import Experiment, Status
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.validate import (
    check_bucketing,
    check_key,
    check_not_needed,
    checked_filters,
)

_IN_USE = frozenset({Status.RUNNING, Status.PAUSED})


class FlagValues(TypedDict, total=False):
    """The values that were given, by the names of `Flag`; a missing key stays."""

    key: str
    name: str
    filters: Properties
    active: bool
    deleted: bool
    ensure_experience_continuity: bool
    evaluation_runtime: str
    bucketing_identifier: str
    evaluation_contexts: tuple[str, ...]
    creation_context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What a flag has to get on with.

    Attributes:
        flags: The project's undeleted flags.
        cohorts: The dynamic cohorts that conditions may ask about.
        experiments: Undeleted ones on the flag.
    """

    flags: tuple[Flag, ...]
    cohorts: Collection[int] = ()
    experiments: tuple[Experiment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change that somebody made to a flag as they had seen it.

    Attributes:
        values: The change.
        version: Of the flag as they had seen it; None when they did not say.
        original: The flag as they had seen it, as on the wire; None likewise.
    """

    values: FlagValues
    version: int | None = None
    original: Properties | None = None


def made_flag(
    values: FlagValues,
    *,
    project: Project,
    author: UserId | None,
    around: Neighbours,
    now: datetime,
) -> Flag:
    """A new flag.

    Args:
        values: `key` is among them.
        project: Says what new flags are like.
        author: None when nobody in particular makes it.
        around: Its `experiments` do not matter.
        now: When.

    Raises:
        InvalidInput: The first rule that is broken.
    """
    check_key(values["key"])
    _check_free(values["key"], None, around.flags)
    bare = Flag(
        id=FlagId(0),
        key=values["key"],
        name="",
        filters={},
        active=True,
        created_at=now,
        updated_at=now,
        ensure_experience_continuity=project.flags_persistence_default,
        created_by_id=author,
    )
    flag = replace(bare, **values)
    flag = replace(flag, filters=checked_filters(flag.filters, cohorts=around.cohorts))
    check_bucketing(flag)
    return flag


def changed_flag(flag: Flag, edit: Edit, *, around: Neighbours, now: datetime) -> Flag:
    """The flag after an edit.

    Raises:
        InvalidInput: The first rule that is broken.
        Conflict: Somebody else has changed the same since the editor saw the flag.
    """
    _check_seen(flag, edit)
    values = edit.values.copy()
    values.pop("creation_context", None)
    if "filters" in values and "groups" not in values["filters"]:
        del values["filters"]
    if values.get("key", flag.key) != flag.key:
        check_key(values["key"])
        _check_free(values["key"], flag, around.flags)
    if "filters" in values:
        values["filters"] = checked_filters(values["filters"], cohorts=around.cohorts)
    changed = replace(flag, updated_at=now, **values)
    check_bucketing(changed)
    if changed.deleted and not flag.deleted:
        _check_not_running(around.experiments)
        check_not_needed(flag, around.flags, action="delete")
    elif flag.active and not changed.active:
        check_not_needed(flag, around.flags, action="disable")
    if flag.deleted and not changed.deleted:
        return replace(changed, key=_free_key(changed.key, around.flags))
    return changed


def _check_free(key: str, flag: Flag | None, flags: tuple[Flag, ...]) -> None:
    if any(other.key == key and (flag is None or other.id != flag.id) for other in flags):
        message = "There is already a feature flag with this key."
        raise InvalidInput(message, code="unique", attr="key")


def _free_key(key: str, flags: tuple[Flag, ...]) -> str:
    """The key, with a number behind it if somebody has taken it in the meantime."""
    taken = {flag.key for flag in flags}
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free


def _check_not_running(experiments: tuple[Experiment, ...]) -> None:
    running = [experiment for experiment in experiments if experiment.status in _IN_USE]
    if running:
        names = ", ".join(f'"{experiment.name}" (ID: {experiment.id})' for experiment in running)
        raise InvalidInput(
            f"Cannot delete a feature flag that is linked to running experiment(s): {names}. "
            "Please stop the experiment(s) before deleting the flag."
        )


def _check_seen(flag: Flag, edit: Edit) -> None:
    original = edit.original
    if original is None or edit.version is None or edit.version == flag.version:
        return
    stored = asdict(flag)
    for key, value in edit.values.items():
        if key not in original:
            continue
        seen = original[key]
        if not is_same_json(seen, value) and not is_same_json(seen, stored[key]):
            raise Conflict(
                "The feature flag was updated by another user since you started editing it. "
                "Please refresh and try again."
            )
