"""Who changed what: the entries of a project's activity log, from the states around a change."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from splitplot.accounts.model import ProjectId, UserId
from splitplot.filters.model import JsonValue, Properties

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CREATED, UPDATED, DELETED, RESTORED = "created", "updated", "deleted", "restored"
_MARK = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field before and after.

    Attributes:
        type: The kind of thing that has the field, as in `ActivityEntry.scope`.
        action: `created` when it had no value before, `deleted` when it has none after,
            otherwise `changed`.
    """

    type: str
    action: str
    field: str
    before: JsonValue = None
    after: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry:
    """One change of one thing.

    Attributes:
        user_id: Who made it; None when nobody in particular did, or the user is gone.
        activity: `created`, `updated`, `deleted`, `restored`, or a word of the scope's own.
        scope: The kind of thing: `Experiment`, `FeatureFlag`, …
        item_id: The thing's id, as text.
        name: What the thing was called after the change.
        detail_type: Tells apart what shares a scope: `holdout`, `shared_metric`.
    """

    id: UUID
    project_id: ProjectId
    user_id: UserId | None
    activity: str
    scope: str
    item_id: str
    name: str
    detail_type: str | None = None
    changes: tuple[FieldChange, ...] = ()
    created_at: datetime


def changes_between(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None, *, scope: str
) -> tuple[FieldChange, ...]:
    """What differs between two states of a thing, field by field.

    Args:
        before: None when there was no such thing; then only fields that say something
            count.
        after: None when there is none any more; likewise.
        scope: The kind of thing.
    """
    old, new = plain_fields(before), plain_fields(after)
    whole = before is None or after is None
    return tuple(
        FieldChange(
            type=scope,
            action=_action(old.get(name), new.get(name)),
            field=name,
            before=old.get(name),
            after=new.get(name),
        )
        for name in dict.fromkeys((*old, *new))
        if not _is_same(old.get(name), new.get(name))
        and not (whole and _is_empty(old.get(name)) and _is_empty(new.get(name)))
    )


def activity_between(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> str:
    """The word for a change; a thing that is only marked as deleted counts as deleted."""
    if before is None:
        return CREATED
    if after is None:
        return DELETED
    was, is_now = bool(before.get(_MARK)), bool(after.get(_MARK))
    if was is is_now:
        return UPDATED
    return DELETED if is_now else RESTORED


def recorded(
    thing: "DataclassInstance",
    *,
    without: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """The fields of a thing as its states are compared.

    Args:
        thing: A dataclass's instance.
        without: Fields that are no content: ids, instants of writing.
        names: What some fields are called outside.
    """
    outside = names or {}
    return {
        outside.get(field.name, field.name): getattr(thing, field.name)
        for field in fields(thing)
        if field.name not in without
    }


def plain_fields(values: Mapping[str, object] | None) -> dict[str, JsonValue]:
    """The same values, as JSON can say them."""
    return {name: plain(value) for name, value in (values or {}).items()}


def plain(value: object) -> JsonValue:
    """A value of the domain as JSON says it; instants are UTC, with `Z`."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(recorded(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | frozenset | set) and not isinstance(value, str):
        return [plain(item) for item in value]
    return _plain_scalar(value)


def changed_to(before: Properties, after: Properties) -> dict[str, JsonValue]:
    """The fields of `after` that differ from `before`, with their new values."""
    return {
        name: plain(value)
        for name, value in after.items()
        if not _is_same(plain(before.get(name)), plain(value))
    }


def _plain_scalar(value: object) -> JsonValue:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _action(before: JsonValue, after: JsonValue) -> str:
    if before is None:
        return CREATED
    return DELETED if after is None else "changed"


def _is_same(one: JsonValue, other: JsonValue) -> bool:
    # As texts: to Python, 1 and true are the same.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_empty(value: JsonValue) -> bool:
    return value is None or value in ("", [], {})
