from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import Conflict, InvalidInput
from splitplot.experiments.lifecycle.flag_records import (
    Edit,
    FlagValues,
    Neighbours,
    changed_flag,
    flag_with,
    made_flag,
)
from splitplot.flags.interchange.secret_payloads import REDACTED
from splitplot.flags.model import Flag, FlagId
from tests.factories import NOON, a_flag, a_project, an_experiment

LATER = NOON + timedelta(days=1)
FILTERS: dict[str, Any] = {"groups": [{"properties": [], "rollout_percentage": 100}]}
ON = a_flag(filters=FILTERS, active=True)
DRAFT = an_experiment(flag=ON)
PAUSED = an_experiment(flag=replace(ON, active=False), start_date=NOON)
STOPPED = an_experiment(flag=ON, start_date=NOON, end_date=LATER)

KNOWN = Neighbours(flags=(ON,))


def edited(flag: Flag, around: Neighbours = KNOWN, **values: Any) -> Flag:  # noqa: ANN401 - as given
    given: FlagValues = {**values}  # type: ignore[typeddict-item] # as given
    return changed_flag(flag, Edit(values=given), around=around, now=LATER)


def test_a_flag_keeps_who_made_it_for_what() -> None:
    assert edited(ON, creation_context="surveys") == replace(ON, updated_at=LATER)


def test_a_key_belongs_to_one_flag() -> None:
    other = replace(ON, id=FlagId(9), key="other")
    assert edited(other, key="free").key == "free"
    assert edited(ON, key=ON.key).key == ON.key
    with pytest.raises(InvalidInput) as refused:
        edited(other, key=ON.key)
    assert (refused.value.code, refused.value.attr) == ("unique", "key")


def test_a_key_that_was_taken_gets_a_number() -> None:
    gone = replace(ON, id=FlagId(9), deleted=True)
    taken = Neighbours(flags=(ON, replace(ON, id=FlagId(8), key=f"{ON.key}-2")))
    assert edited(gone, taken, deleted=False).key == f"{ON.key}-3"


def test_a_flag_is_deleted_once_nothing_runs_on_it() -> None:
    used = Neighbours(flags=(ON,), experiments=(DRAFT, PAUSED, STOPPED))
    with pytest.raises(InvalidInput, match=r'running experiment\(s\): "Checkout button" \(ID: 1\)'):
        edited(ON, used, deleted=True)
    assert edited(ON, replace(used, experiments=(DRAFT, STOPPED)), deleted=True).deleted


def test_a_new_flag_is_as_the_project_wants_it() -> None:
    project = a_project(flags_persistence_default=True)
    values: FlagValues = {"key": "k", "filters": {"groups": [{}]}}
    flag = made_flag(values, project=project, author=None, around=KNOWN, now=NOON)
    assert (flag.ensure_experience_continuity, flag.active) == (True, True)


def test_only_the_same_change_by_two_is_a_conflict() -> None:
    seen: dict[str, Any] = {"name": "old", "active": True}
    now = replace(ON, name="theirs", version=5)

    def by_me(values: FlagValues, version: int | None = 4) -> Flag:
        edit = Edit(values=values, version=version, original=seen)
        return changed_flag(now, edit, around=KNOWN, now=LATER)

    with pytest.raises(Conflict):
        by_me({"name": "mine"})
    assert by_me({"name": "old"}).name == "old"
    assert by_me({"active": False}).active is False
    assert by_me({"key": "k"}).key == "k"
    assert by_me({"name": "mine"}, version=5).name == "mine"
    assert by_me({"name": "mine"}, version=None).name == "mine"


def test_filters_are_kept_in_their_form() -> None:
    assert edited(ON, filters={"multivariate": None}).filters is ON.filters
    assert edited(ON, filters={"groups": [{}]}).filters == {
        "groups": ({"aggregation_group_type_index": None},),
        "aggregation_group_type_index": None,
    }


def test_a_flag_that_others_need_is_not_switched_off() -> None:
    item: dict[str, Any] = {
        "key": str(ON.id),
        "type": "flag",
        "operator": "flag_evaluates_to",
        "value": True,
    }
    needing = replace(ON, id=FlagId(5), key="n", filters={"groups": [{"properties": [item]}]})
    around = Neighbours(flags=(ON, needing))
    for action, values in (("disable", {"active": False}), ("delete", {"deleted": True})):
        with pytest.raises(InvalidInput, match=f"^Cannot {action} this feature flag"):
            edited(ON, around, **values)
    assert edited(replace(ON, active=False), around, active=False).active is False


def test_the_conflict_names_who_was_faster() -> None:
    seen: dict[str, Any] = {"name": "old"}
    edit = Edit(values={"name": "mine"}, version=1, original=seen)
    now = replace(ON, name="theirs", version=2)
    for editor, named in ((None, "another user"), ("bob@example.com", "bob@example.com")):
        around = replace(KNOWN, last_editor=editor)
        with pytest.raises(Conflict, match=f"^The feature flag was updated by {named} since you"):
            changed_flag(now, edit, around=around, now=LATER)


def test_sealed_payloads_are_no_conflict_to_who_saw_a_word_for_them() -> None:
    sealed = replace(
        ON,
        has_encrypted_payloads=True,
        filters={**FILTERS, "payloads": {"true": "gAAAA"}},
        version=2,
    )
    seen: dict[str, Any] = {"filters": {**FILTERS, "payloads": {"true": REDACTED}}}
    edit = Edit(values={"filters": {"groups": [{}]}}, version=1, original=seen)
    assert changed_flag(sealed, edit, around=KNOWN, now=LATER).filters["groups"]


def test_tags_are_kept_in_one_form() -> None:
    assert edited(ON, tags=(" Beta", "alpha", "BETA ", " ")).tags == ("beta", "alpha")
    values: FlagValues = {"key": "k", "filters": {"groups": [{}]}, "tags": ("A",)}
    flag = made_flag(values, project=a_project(), author=None, around=KNOWN, now=NOON)
    assert flag.tags == ("a",)


def test_a_deleted_flag_with_experiments_leaves_its_key_to_others() -> None:
    referenced = replace(KNOWN, is_referenced=True)
    gone = edited(ON, referenced, deleted=True)
    assert gone.key == f"{ON.key}:deleted:{ON.id}"
    assert edited(ON, deleted=True).key == ON.key
    free = Neighbours(flags=(), is_referenced=True)
    assert edited(gone, free, deleted=False).key == ON.key
    taken = Neighbours(flags=(replace(ON, id=FlagId(9)),), is_referenced=True)
    assert edited(gone, taken, deleted=False).key == f"{ON.key}-2"
    assert edited(gone, referenced, deleted=True).key == gone.key


def test_a_change_that_waited_is_made_as_it_was_meant() -> None:
    sealed: dict[str, Any] = {**FILTERS, "payloads": {"true": "gAAAA"}}
    change: dict[str, Any] = {
        "filters": sealed,
        "has_encrypted_payloads": True,
        "tags": ["a", "b"],
        "evaluation_contexts": [],
    }
    after = flag_with(ON, change, around=KNOWN, now=LATER)
    assert (after.filters, after.tags, after.evaluation_contexts) == (sealed, ("a", "b"), ())
    assert after.updated_at == LATER
    assert flag_with(ON, {"name": "n"}, around=KNOWN, now=LATER).filters is ON.filters
    gone = flag_with(
        ON,
        {"deleted": True, "key": "k:deleted:1"},
        around=replace(KNOWN, is_referenced=True),
        now=LATER,
    )
    assert gone.key == f"{ON.key}:deleted:{ON.id}"
    odd: dict[str, Any] = {"filters": {"groups": [{"rollout_percentage": 101}]}}
    with pytest.raises(InvalidInput, match="must be between 0 and 100"):
        flag_with(ON, odd, around=KNOWN, now=LATER)
