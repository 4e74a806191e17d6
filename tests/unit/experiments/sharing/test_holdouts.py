from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.accounts.model import UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.linked_flag import with_holdout
from splitplot.experiments.model import HoldoutId
from splitplot.experiments.sharing.holdouts import (
    HoldoutValues,
    changed_holdout,
    checked_groups,
    flag_member,
    is_of_another,
    made_holdout,
    shown_groups,
)
from tests.factories import NOON, PROJECT_ID, a_flag, a_holdout, flag_filters

LATER = NOON + timedelta(days=1)
GROUP: dict[str, Any] = {"properties": [], "rollout_percentage": 10}


def made(values: HoldoutValues) -> Any:  # noqa: ANN401 - compared as a whole
    return made_holdout(values, project_id=PROJECT_ID, author=UserId(7), now=NOON)


def test_a_holdout_is_made_of_what_was_given() -> None:
    assert made({"name": "H", "groups": (GROUP,)}) == a_holdout(
        id=HoldoutId(0), name="H", groups=(GROUP,), created_by_id=UserId(7)
    )
    assert made({"name": "H", "groups": (GROUP,), "description": "d"}).description == "d"


@pytest.mark.parametrize("values", [{"name": "H"}, {"name": "H", "groups": ()}])
def test_a_new_holdout_says_who_is_kept_out(values: HoldoutValues) -> None:
    with pytest.raises(InvalidInput, match="Filters are required to create an holdout group") as no:
        made(values)
    assert no.value.attr == "filters"


def test_what_is_not_named_stays() -> None:
    holdout = a_holdout(description="d")
    changed = changed_holdout(holdout, {"name": "New"}, now=LATER)
    assert changed == replace(holdout, name="New", updated_at=LATER)
    assert changed_holdout(holdout, {"description": None}, now=LATER).description is None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ((), "Filters must not be empty."),
        (({},), "Rollout percentage must be present."),
        (({"rollout_percentage": None},), "Rollout percentage must be present."),
        ((GROUP, {}), "Rollout percentage must be present."),
        (({"rollout_percentage": -0.1},), "Rollout percentage must be between 0 and 100."),
        (({"rollout_percentage": 100.5},), "Rollout percentage must be between 0 and 100."),
        (({"rollout_percentage": "10"},), "Rollout percentage must be between 0 and 100."),
        (({"rollout_percentage": True},), "Rollout percentage must be between 0 and 100."),
    ],
)
def test_groups_say_how_many_are_kept_out(groups: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_groups(groups)
    assert (refused.value.message, refused.value.attr) == (message, "filters")


@pytest.mark.parametrize("share", [0, 0.5, 12.25, 100])
def test_any_share_from_0_to_100_will_do(share: float) -> None:
    assert checked_groups(({"rollout_percentage": share},)) == ({"rollout_percentage": share},)


def test_the_variant_follows_from_the_holdout_whatever_was_sent() -> None:
    groups = checked_groups(({**GROUP, "variant": "holdout", "own": 1}, GROUP))
    shown = shown_groups(a_holdout(id=HoldoutId(3), groups=groups))
    assert shown == [
        {**GROUP, "own": 1, "variant": "holdout-3"},
        {**GROUP, "variant": "holdout-3"},
    ]


def test_a_flag_knows_the_share_of_the_first_group_alone() -> None:
    holdout = a_holdout(id=HoldoutId(3), groups=({"rollout_percentage": 7.5}, GROUP))
    assert flag_member(holdout) == {"id": 3, "exclusion_percentage": 7.5}
    assert flag_member(None) is None


def test_a_flag_keeps_out_whom_its_holdout_says() -> None:
    old = {"holdout_groups": [{**GROUP, "variant": "holdout-1"}]}
    flag = a_flag(filters={**flag_filters("control", "test"), **old})
    held = with_holdout(flag, a_holdout(), now=LATER)
    assert held.filters == {
        **flag_filters("control", "test"),
        "holdout": {"id": 1, "exclusion_percentage": 10},
    }
    assert held.updated_at == LATER
    assert with_holdout(held, a_holdout(name="Other"), now=NOON) is held
    assert with_holdout(held, None, now=NOON).filters["holdout"] is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, False),
        ({"holdout": None}, False),
        ({"holdout": {"id": 1, "exclusion_percentage": 5}}, False),
        ({"holdout": {"id": 2, "exclusion_percentage": 5}}, True),
        ({"holdout_groups": [{**GROUP, "variant": "holdout-1"}]}, False),
        ({"holdout_groups": [{**GROUP, "variant": "holdout-2"}]}, True),
    ],
)
def test_a_flag_may_be_in_the_holdout_of_another_experiment(
    filters: dict[str, Any], *, expected: bool
) -> None:
    assert is_of_another(a_flag(filters=filters), a_holdout()) is expected
