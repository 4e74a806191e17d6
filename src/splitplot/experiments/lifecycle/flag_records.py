"""A flag that is made or changed by itself, with its experiments in mind."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TypedDict, cast

from splitplot.accounts.model import Project, UserId
from splitplot.errors import Conflict, InvalidInput
from splitplot.experiments.lifecycle.linked_flag import is_same_json
from splitplot.experiments.model import Experiment, Status
from splitplot.filters.model import Properties
from splitplot.flags.interchange.secret_payloads import shown_filters
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.validate import (
    check_bucketing,
    check_key,
    check_not_needed,
    checked_filters,
)

_IN_USE = frozenset({Status.RUNNING, Status.PAUSED, Status.EXPOSURE_FROZEN})


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
    has_encrypted_payloads: bool
    creation_context: str
    tags: tuple[str, ...]
    is_remote_configuration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What a flag has to get on with.

    Attributes:
        flags: The project's undeleted flags.
        cohorts: The dynamic cohorts that conditions may ask about.
        experiments: Undeleted ones on the flag.
        is_referenced: Some experiment stands on the flag, maybe a deleted one.
        last_editor: The e-mail address of who wrote the flag last, if that is known.
    """

    flags: tuple[Flag, ...]
    cohorts: Collection[int] = ()
    experiments: tuple[Experiment, ...] = ()
    is_referenced: bool = False
    last_editor: str | None = None


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
    flag = replace(bare, **with_normal_tags(values))
    flag = replace(flag, filters=checked_filters(flag.filters, cohorts=around.cohorts))
    check_bucketing(flag)
    return flag


def changed_flag(flag: Flag, edit: Edit, *, around: Neighbours, now: datetime) -> Flag:
    """The flag after an edit.

    Raises:
        InvalidInput: The first rule that is broken.
        Conflict: Somebody else has changed the same since the editor saw the flag.
    """
    _check_seen(flag, edit, last_editor=around.last_editor or "another user")
    values = with_normal_tags(edit.values)
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
        return _buried(changed) if around.is_referenced else changed
    if flag.active and not changed.active:
        check_not_needed(flag, around.flags, action="disable")
    if flag.deleted and not changed.deleted:
        key = changed.key.removesuffix(_tombstone(flag))
        return replace(changed, key=_free_key(key, around.flags))
    return changed


def flag_with(flag: Flag, change: Properties, *, around: Neighbours, now: datetime) -> Flag:
    """The flag after a change that was checked, and put into its form, some time ago.

    Args:
        flag: As it was then.
        change: The changed fields, by the names of `Flag`.
        around: As it is now.
        now: When.

    Raises:
        InvalidInput: What is around the flag does not allow it any more.
    """
    fields: dict[str, object] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in change.items()
    }
    if "deleted" in fields:
        # Deleting and restoring find a key of their own.
        fields.pop("key", None)
    wanted = replace(flag, **fields)  # type: ignore[arg-type] # the names of `Flag`
    if "filters" in fields:
        # Payloads that are sealed cannot be read, and need not be.
        fields["filters"] = shown_filters(wanted)
    values = cast("FlagValues", fields)
    changed = changed_flag(flag, Edit(values=values), around=around, now=now)
    return replace(changed, filters=wanted.filters) if "filters" in fields else changed


def with_normal_tags(values: FlagValues) -> FlagValues:
    """The same values; tags are kept in one form, so that they are found again."""
    normal = values.copy()
    if "tags" in normal:
        words = (tag.strip().lower() for tag in normal["tags"])
        normal["tags"] = tuple(dict.fromkeys(word for word in words if word))
    return normal


def _tombstone(flag: Flag) -> str:
    return f":deleted:{flag.id}"


def _buried(flag: Flag) -> Flag:
    """The flag under a key that nobody else can have."""
    return replace(flag, key=f"{flag.key}{_tombstone(flag)}")


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


def _check_seen(flag: Flag, edit: Edit, *, last_editor: str) -> None:
    original = edit.original
    if original is None or edit.version is None or edit.version == flag.version:
        return
    stored = {**asdict(flag), "filters": shown_filters(flag)}
    for key, value in edit.values.items():
        if key not in original:
            continue
        seen = original[key]
        if not is_same_json(seen, value) and not is_same_json(seen, stored[key]):
            raise Conflict(
                f"The feature flag was updated by {last_editor} since you started editing it. "
                "Please refresh and try again."
            )
