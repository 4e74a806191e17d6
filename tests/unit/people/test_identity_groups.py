from datetime import timedelta

from splitplot.people.groups import GroupAct, fold_groups
from tests.factories import NOON, a_group

LATER = NOON + timedelta(hours=1)


def test_the_last_write_of_a_property_wins() -> None:
    acts = [
        GroupAct(type_index=0, key="acme", at=NOON, set={"size": 1, "plan": "pro"}),
        GroupAct(type_index=0, key="acme", at=LATER, set={"size": 2}),
    ]
    expected = a_group(properties={"size": 2, "plan": "pro"}, created_at=NOON)
    assert fold_groups({}, acts) == (expected,)


def test_a_known_group_keeps_what_is_not_written() -> None:
    known = a_group(properties={"size": 1, "plan": "pro"})
    acts = [GroupAct(type_index=0, key="acme", at=LATER, set={"size": 3})]
    changed = a_group(properties={"size": 3, "plan": "pro"}, created_at=NOON)
    assert fold_groups({(0, "acme"): known}, acts) == (changed,)


def test_writing_what_stands_changes_nothing() -> None:
    known = a_group(properties={"size": 1})
    acts = [GroupAct(type_index=0, key="acme", at=LATER, set={"size": 1})]
    assert fold_groups({(0, "acme"): known}, acts) == ()


def test_the_same_key_of_two_types_is_two_groups() -> None:
    acts = [GroupAct(type_index=i, key="acme", at=NOON, set={}) for i in (0, 1)]
    assert fold_groups({}, acts) == (a_group(type_index=0), a_group(type_index=1))
