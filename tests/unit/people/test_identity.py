from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.filters.model import Properties
from splitplot.people.identity import (
    Link,
    PeopleChanges,
    PersonAct,
    PersonChange,
    derived_person_id,
    fold_people,
    is_legal_id,
    mentioned_ids,
)
from splitplot.people.model import Person
from tests.factories import NOON, a_person

PROJECT = 1
LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)
NOTHING = PeopleChanges()


def seen(distinct_id: str) -> PersonAct:
    return PersonAct(distinct_id=distinct_id, at=NOON)


def named(own: str, other: str, *, is_dangerous: bool = False) -> PersonAct:
    link = Link(other_id=other, is_dangerous=is_dangerous)
    return PersonAct(distinct_id=own, at=NOON, link=link)


def by_id(*persons: Person) -> dict[str, Person]:
    return {name: person for person in persons for name in person.distinct_ids}


def after(people: Mapping[str, Person], changes: PeopleChanges) -> dict[str, Person]:
    """Who every distinct id is once the changes are written, as a repository would."""
    written = dict(people)
    for change in changes.changed:
        moved = {name for name, person in written.items() if person.id == change.person.id}
        written.update(dict.fromkeys(moved | set(change.new_distinct_ids), change.person))
    assert not {person.id for person in written.values()} & set(changes.merged_away)
    return written


def folded(people: Mapping[str, Person], *acts: PersonAct) -> dict[str, Person]:
    return after(people, fold_people(PROJECT, people, acts))


def test_the_first_act_of_an_id_makes_a_person() -> None:
    person = Person(
        id=derived_person_id(PROJECT, "visitor"),
        distinct_ids=("visitor",),
        properties={},
        created_at=NOON,
        is_identified=False,
    )
    change = PersonChange(person=person, new_distinct_ids=("visitor",))
    acts = [seen("visitor"), replace(seen("visitor"), at=LATER)]
    assert fold_people(PROJECT, {}, acts) == PeopleChanges(changed=(change,))


def test_an_act_of_a_known_id_that_says_nothing_new_changes_nothing() -> None:
    assert fold_people(PROJECT, by_id(a_person("visitor")), [seen("visitor")]) == NOTHING


def test_set_overwrites_set_once_fills_and_unset_removes() -> None:
    known = a_person("visitor", properties={"plan": "free", "source": None, "old": 1})
    act = replace(
        seen("visitor"),
        set_once={"plan": "once", "source": "ad", "first": 1, "both": "once", "gone": 1},
        set={"plan": "pro", "both": "set"},
        unset=("old", "gone", "missing"),
    )
    properties = {"plan": "pro", "source": None, "first": 1, "both": "set"}
    changed = replace(known, properties=properties)
    change = PersonChange(person=changed, new_distinct_ids=())
    assert fold_people(PROJECT, by_id(known), [act]) == PeopleChanges(changed=(change,))


def test_two_unknown_ids_become_one_identified_person() -> None:
    act = replace(named("user", "anon"), set={"plan": "pro"})
    person = a_person("user", "anon", properties={"plan": "pro"}, is_identified=True)
    change = PersonChange(person=person, new_distinct_ids=("user", "anon"))
    assert fold_people(PROJECT, {}, [act]) == PeopleChanges(changed=(change,))


@pytest.mark.parametrize("is_identified", [False, True])
def test_an_unknown_id_is_attached_to_the_known_one_whichever_it_is(
    is_identified: bool,  # noqa: FBT001
) -> None:
    known = a_person("known", is_identified=is_identified)
    grown = a_person("known", "new", is_identified=True)
    change = PersonChange(person=grown, new_distinct_ids=("new",))
    for act in (named("known", "new"), named("new", "known")):
        assert fold_people(PROJECT, by_id(known), [act]) == PeopleChanges(changed=(change,))


def test_the_other_person_is_merged_into_the_own_one_which_wins() -> None:
    own = a_person("user", properties={"plan": "pro", "a": 1}, created_at=NOON)
    other = a_person("anon", "device", properties={"plan": "free", "b": 2}, created_at=EARLIER)
    act = replace(named("user", "anon"), set_once={"b": 0, "c": 3}, unset=("a",))
    merged = Person(
        id=own.id,
        distinct_ids=("user", "anon", "device"),
        properties={"plan": "pro", "b": 2, "c": 3},
        created_at=EARLIER,
        is_identified=True,
    )
    change = PersonChange(person=merged, new_distinct_ids=("anon", "device"))
    expected = PeopleChanges(changed=(change,), merged_away=(other.id,))
    assert fold_people(PROJECT, by_id(own, other), [act]) == expected


def test_an_identified_person_is_not_merged_away_but_the_event_counts() -> None:
    own, other = a_person("user"), a_person("victim", is_identified=True)
    act = replace(named("user", "victim"), set={"plan": "pro"})
    changed = replace(own, properties={"plan": "pro"}, is_identified=True)
    change = PersonChange(person=changed, new_distinct_ids=())
    people = by_id(own, other)
    assert fold_people(PROJECT, people, [act]) == PeopleChanges(changed=(change,))


def test_a_dangerous_merge_is_never_blocked() -> None:
    people = by_id(a_person("user"), a_person("victim", is_identified=True))
    merged = folded(people, named("user", "victim", is_dangerous=True))
    assert merged["victim"] == a_person("user", "victim", is_identified=True)


def test_the_target_of_a_merge_may_be_identified() -> None:
    people = by_id(a_person("user", is_identified=True), a_person("anon"))
    assert folded(people, named("user", "anon"))["anon"].id == people["user"].id


def test_linking_an_id_to_itself_is_no_link() -> None:
    assert folded({}, named("user", "user")) == by_id(a_person("user"))


def test_linking_what_is_one_person_already_only_identifies() -> None:
    people = by_id(a_person("user", "anon"))
    assert folded(people, named("anon", "user")) == by_id(
        a_person("user", "anon", is_identified=True)
    )


@pytest.mark.parametrize(("own", "other"), [("user", "undefined"), ("undefined", "user")])
def test_an_illegal_id_is_not_merged_and_the_event_still_counts(own: str, other: str) -> None:
    act = replace(named(own, other), set={"plan": "pro"})
    assert folded({}, act) == by_id(a_person(own, properties={"plan": "pro"}))


@pytest.mark.parametrize(
    "distinct_id",
    [
        "",
        " ",
        "\t\n",
        "anonymous",
        "Guest",
        "DISTINCTID",
        "distinct_id",
        "id",
        "ID",
        "not_authenticated",
        "Email",
        "Undefined",
        "TRUE",
        "false",
        "[object Object]",
        "NaN",
        "None",
        "none",
        "null",
        "0",
        '"null"',
        "'guest'",
        "' '",
        '""',
    ],
)
def test_what_mistakes_leave_behind_is_illegal(distinct_id: str) -> None:
    assert not is_legal_id(distinct_id)


@pytest.mark.parametrize(
    "distinct_id", ["user-1", "nan", "NULL", "NONE", "00", "guests", '"null', "'", "' a '", "42"]
)
def test_ordinary_ids_are_legal(distinct_id: str) -> None:
    assert is_legal_id(distinct_id)


def test_every_id_that_matters_is_mentioned() -> None:
    acts = iter([seen("a"), named("b", "c")])
    assert mentioned_ids(acts) == {"a", "b", "c"}


def test_a_person_made_and_merged_away_at_once_was_never_there() -> None:
    changes = fold_people(PROJECT, {}, [seen("anon"), named("user", "x"), named("user", "anon")])
    person = a_person("user", "x", "anon", is_identified=True)
    change = PersonChange(person=person, new_distinct_ids=("user", "x", "anon"))
    assert changes == PeopleChanges(changed=(change,))


def test_derived_ids_differ_by_project_and_distinct_id() -> None:
    made = {derived_person_id(p, name) for p in (1, 2) for name in ("a", "b", "\ud800")}
    assert len(made) == 6
    assert {uuid.version for uuid in made} == {8}


def test_derived_ids_are_the_same_for_ever() -> None:
    # Stored events carry them: this figure may not change.
    expected = UUID("e9e341b3-8d14-8f48-8bf2-7a1e0a9048cf")
    assert derived_person_id(1, "a") == expected


names = st.sampled_from(["a", "b", "c", "d", "e", "id"])
properties: st.SearchStrategy[Properties] = st.dictionaries(
    st.sampled_from("xyz"), st.integers(0, 3), max_size=2
)
links = st.builds(Link, other_id=names, is_dangerous=st.booleans())
acts = st.builds(
    PersonAct,
    distinct_id=names,
    at=st.sampled_from([EARLIER, NOON, LATER]),
    link=st.none() | links,
    set=properties,
    set_once=properties,
    unset=st.lists(st.sampled_from("xyz"), max_size=1).map(tuple),
)
populations = st.lists(acts, max_size=8).map(lambda before: folded({}, *before))


def partition(people: Mapping[str, Person]) -> set[frozenset[str]]:
    return {
        frozenset(name for name, person in people.items() if person.id == id_)
        for id_ in {person.id for person in people.values()}
    }


@given(people=populations, more=st.lists(acts, max_size=8))
def test_every_id_is_one_person_named_for_its_first_id(
    people: Mapping[str, Person], more: list[PersonAct]
) -> None:
    for name, person in folded(people, *more).items():
        assert name in person.distinct_ids
        assert len(set(person.distinct_ids)) == len(person.distinct_ids)
        assert person.id == derived_person_id(PROJECT, person.distinct_ids[0])


@given(people=populations, more=st.lists(acts, max_size=8))
def test_nobody_who_acted_or_was_known_is_lost(
    people: Mapping[str, Person], more: list[PersonAct]
) -> None:
    assert folded(people, *more).keys() >= {*people, *(act.distinct_id for act in more)}


@given(people=populations, more=st.lists(acts, max_size=8), cut=st.integers(0, 8))
def test_it_does_not_matter_how_acts_are_batched(
    people: Mapping[str, Person], more: list[PersonAct], cut: int
) -> None:
    in_two = folded(folded(people, *more[:cut]), *more[cut:])
    assert folded(people, *more) == in_two


@given(people=populations, act=acts)
def test_an_act_that_is_sent_again_changes_nothing(
    people: Mapping[str, Person], act: PersonAct
) -> None:
    once = folded(people, act)
    assert fold_people(PROJECT, once, [act]) == NOTHING


@given(people=populations, more=st.lists(acts, max_size=8))
def test_a_batch_that_is_sent_again_leaves_who_is_whom(
    people: Mapping[str, Person], more: list[PersonAct]
) -> None:
    once = folded(people, *more)
    assert partition(folded(once, *more)) == partition(once)


def _components(pairs: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    found: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in found if group & set(pair)]
        found = [group for group in found if group not in touched]
        found.append(set(pair).union(*touched))
    return {frozenset(group) for group in found}


@given(
    pairs=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=8),
    data=st.data(),
)
def test_unblocked_merges_end_the_same_in_any_order_of_arrival(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    merges = [named(own, other, is_dangerous=True) for own, other in pairs]
    sightings = [seen(name) for pair in pairs for name in pair]
    arrived = data.draw(st.permutations(merges + sightings))
    assert partition(folded({}, *arrived)) == _components(pairs)


@given(people=populations, more=st.lists(acts, max_size=8))
def test_what_moved_is_told_once_and_only_the_stored_are_merged_away(
    people: Mapping[str, Person], more: list[PersonAct]
) -> None:
    changes = fold_people(PROJECT, people, more)
    moved = [name for change in changes.changed for name in change.new_distinct_ids]
    assert len(moved) == len(set(moved))
    gone = set(changes.merged_away)
    assert gone <= {person.id for person in people.values()}
    assert {name for name, person in people.items() if person.id in gone} <= set(moved)
    for change in changes.changed:
        assert set(change.new_distinct_ids) <= set(change.person.distinct_ids)
