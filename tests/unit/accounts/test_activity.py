from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from splitplot.accounts.activity import (
    FieldChange,
    activity_between,
    changed_to,
    changes_between,
    plain,
    recorded,
)
from splitplot.filters.model import JsonValue

SCOPE = "Experiment"


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Inner:
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Thing:
    id: int
    own_name: str
    inner: Inner


def changed(field: str, action: str, *values: JsonValue) -> FieldChange:
    before, after = values
    return FieldChange(type=SCOPE, action=action, field=field, before=before, after=after)


def test_each_field_that_differs_is_a_change() -> None:
    before = {"name": "A", "end": None, "note": "x", "same": (1, 2)}
    after = {"name": "B", "end": 5, "note": None, "same": [1, 2]}
    assert changes_between(before, after, scope=SCOPE) == (
        changed("name", "changed", "A", "B"),
        changed("end", "created", None, 5),
        changed("note", "deleted", "x", None),
    )


def test_true_is_not_one() -> None:
    assert changes_between({"on": 1}, {"on": True}, scope=SCOPE) == (
        replace(changed("on", "changed", 1, 1), after=True),
    )


def test_of_a_new_thing_only_what_says_something_counts() -> None:
    after: dict[str, Any] = {"name": "A", "text": "", "list": (), "object": {}, "off": False}
    assert changes_between(None, after, scope=SCOPE) == (
        changed("name", "created", None, "A"),
        replace(changed("off", "created", None, None), after=False),
    )


def test_of_a_thing_that_is_gone_likewise() -> None:
    assert changes_between({"name": "A", "text": ""}, None, scope=SCOPE) == (
        changed("name", "deleted", "A", None),
    )


def test_emptied_is_a_change_while_the_thing_is_there() -> None:
    assert changes_between({"text": None}, {"text": ""}, scope=SCOPE) == (
        changed("text", "created", None, ""),
    )


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (None, {}, "created"),
        ({}, None, "deleted"),
        ({"deleted": False}, {"deleted": True}, "deleted"),
        ({"deleted": True}, {"deleted": False}, "restored"),
        ({"deleted": True}, {"deleted": True}, "updated"),
        ({}, {}, "updated"),
    ],
)
def test_a_change_has_a_word(
    before: dict[str, object] | None, after: dict[str, object] | None, word: str
) -> None:
    assert activity_between(before, after) == word


def test_values_are_shown_as_json_says_them() -> None:
    ahead = timezone(timedelta(hours=2))
    thing = Thing(id=1, own_name="n", inner=Inner(at=datetime(2025, 1, 1, 2, tzinfo=ahead)))
    assert plain(thing) == {
        "id": 1,
        "own_name": "n",
        "inner": {"at": "2025-01-01T00:00:00Z"},
    }
    assert plain({1: (Colour.RED, 0.5, True, None, frozenset({"x"}))}) == {
        "1": ["red", 0.5, True, None, ["x"]]
    }
    assert plain(UUID(int=5)) == "00000000-0000-0000-0000-000000000005"
    assert plain(timedelta(seconds=5)) == "0:00:05"


def test_fields_are_recorded_under_their_outer_names() -> None:
    inner = Inner(at=datetime(2025, 1, 1, tzinfo=timezone.utc))  # noqa: UP017 - as above
    thing = Thing(id=1, own_name="n", inner=inner)
    assert recorded(thing, without={"id"}, names={"own_name": "name"}) == {
        "name": "n",
        "inner": inner,
    }


def test_a_change_names_new_values_alone() -> None:
    assert changed_to({"a": 1, "b": [1], "c": 1}, {"a": 2, "b": (1,), "d": None}) == {"a": 2}
