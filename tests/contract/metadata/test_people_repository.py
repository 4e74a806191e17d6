from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from splitplot.accounts.model import Project
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.errors import Conflict
from splitplot.people.identity import PeopleChanges, PersonChange
from splitplot.people.model import Person
from tests.factories import NOON, a_group, a_person, a_uuid, newcomers

ODD_INSTANT = datetime(2025, 3, 30, 0, 59, 59, 999_999, tzinfo=UTC)


def apply(metadata: SqlMetadata, project: Project, changes: PeopleChanges) -> int:
    with metadata.transaction() as repositories:
        return repositories.people.apply(project.id, changes)


def test_every_field_of_a_person_comes_back(metadata: SqlMetadata, project: Project) -> None:
    person = a_person(
        "Zoë 🧍",
        "",
        "a'b",
        properties={
            "email": "zoë@example.com\0",
            "name": "\ud83d",
            "nested": {"b": [1, None], "a": True},
            "big": 2**80,
        },
        created_at=ODD_INSTANT,
        is_identified=True,
    )
    apply(metadata, project, newcomers(person))
    with metadata.reading() as repositories:
        assert repositories.people.find(project.id, ["a'b", "nobody", "Zoë 🧍"]) == {
            "a'b": person,
            "Zoë 🧍": person,
        }
        assert repositories.people.find_by_ids(project.id, [person.id, a_uuid("no")]) == {
            person.id: person
        }


def test_people_of_another_project_are_not_found(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    here, there = a_person("same"), a_person("same", project_id=other_project.id)
    apply(metadata, project, newcomers(here))
    apply(metadata, other_project, newcomers(there))
    with metadata.reading() as repositories:
        assert repositories.people.find(project.id, ["same"]) == {"same": here}
        assert repositories.people.find(other_project.id, ["same"]) == {"same": there}
        assert repositories.people.find_by_ids(other_project.id, [here.id]) == {}


def test_nobody_is_found_where_nobody_is_asked_for(metadata: SqlMetadata, project: Project) -> None:
    with metadata.reading() as repositories:
        assert repositories.people.find(project.id, []) == {}
        assert repositories.people.find_by_ids(project.id, []) == {}


def test_a_changed_person_keeps_the_ids_that_it_had(
    metadata: SqlMetadata, project: Project
) -> None:
    person = a_person("first", "second")
    apply(metadata, project, newcomers(person))
    changed = replace(
        person,
        distinct_ids=("first", "second", "a third"),
        properties={"plan": "pro"},
        created_at=NOON - timedelta(days=1),
        is_identified=True,
    )
    change = PersonChange(person=changed, new_distinct_ids=("a third",))
    apply(metadata, project, PeopleChanges(changed=(change,)))
    with metadata.reading() as repositories:
        assert repositories.people.find(project.id, ["second"]) == {"second": changed}


def test_a_merge_moves_all_ids_and_removes_the_source(
    metadata: SqlMetadata, project: Project
) -> None:
    source, target = a_person("anonymous", "tablet"), a_person("ada")
    apply(metadata, project, newcomers(source, target))
    merged = replace(target, distinct_ids=("ada", "anonymous", "tablet"), is_identified=True)
    change = PersonChange(person=merged, new_distinct_ids=("anonymous", "tablet"))
    apply(metadata, project, PeopleChanges(changed=(change,), merged_away=(source.id,)))
    with metadata.reading() as repositories:
        people = repositories.people
        assert people.find(project.id, merged.distinct_ids) == dict.fromkeys(
            merged.distinct_ids, merged
        )
        assert people.find_by_ids(project.id, [source.id]) == {}


def test_a_person_that_was_never_stored_may_be_merged_away(
    metadata: SqlMetadata, project: Project
) -> None:
    source, merged = a_person("fleeting"), a_person("ada", "fleeting")
    change = PersonChange(person=merged, new_distinct_ids=merged.distinct_ids)
    apply(metadata, project, PeopleChanges(changed=(change,), merged_away=(source.id,)))
    with metadata.reading() as repositories:
        assert repositories.people.find(project.id, ["fleeting"]) == {"fleeting": merged}


def test_a_merge_keeps_the_targets_continuity_and_adds_what_it_lacks(
    metadata: SqlMetadata, project: Project
) -> None:
    early, late, target = a_person("early"), a_person("late"), a_person("ada")
    apply(metadata, project, newcomers(early, late, target))
    with metadata.transaction() as repositories:
        people = repositories.people
        people.add_continuity(project.id, early.id, {"both": "early", "sources": "early"})
        people.add_continuity(project.id, late.id, {"sources": "late", "one": "late"})
        people.add_continuity(project.id, target.id, {"both": "ada"})
    merged = replace(target, distinct_ids=("ada", "early", "late"))
    change = PersonChange(person=merged, new_distinct_ids=("early", "late"))
    apply(metadata, project, PeopleChanges(changed=(change,), merged_away=(early.id, late.id)))
    with metadata.reading() as repositories:
        people = repositories.people
        assert people.continuity(project.id, target.id) == {
            "both": "ada",
            "sources": "early",
            "one": "late",
        }
        assert people.continuity(project.id, early.id) == {}


def test_the_first_continuity_row_of_a_flag_stays(metadata: SqlMetadata, project: Project) -> None:
    person = a_person("ada")
    apply(metadata, project, newcomers(person))
    with metadata.transaction() as repositories:
        people = repositories.people
        assert people.continuity(project.id, person.id) == {}
        people.add_continuity(project.id, person.id, {})
        people.add_continuity(project.id, person.id, {"a": "first"})
        people.add_continuity(project.id, person.id, {"a": "second", "b": "second"})
        assert people.continuity(project.id, person.id) == {"a": "first", "b": "second"}


def test_nothing_is_remembered_of_a_person_that_is_not_there(
    metadata: SqlMetadata, project: Project
) -> None:
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.people.add_continuity(project.id, a_uuid("nobody"), {"flag": "id"})


def test_revisions_rise_over_all_projects_even_when_people_go(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    person, other = a_person("ada"), a_person("bob")
    revisions = [
        apply(metadata, project, newcomers(person)),
        apply(metadata, other_project, newcomers(other)),
        apply(metadata, project, PeopleChanges()),
    ]
    merged = replace(person, distinct_ids=("ada", "eve"))
    change = PersonChange(person=merged, new_distinct_ids=("eve",))
    revisions.append(apply(metadata, project, PeopleChanges(changed=(change,))))
    assert revisions == sorted(set(revisions))
    assert revisions[0] > 0


def test_revisions_of_writers_at_once_are_all_different(
    url: str, metadata: SqlMetadata, project: Project
) -> None:
    databases = [metadata, open_metadata(url)]

    def add(number: int) -> int:
        return apply(databases[number % 2], project, newcomers(a_person(f"visitor {number}")))

    with ThreadPoolExecutor(4) as threads:
        revisions = list(threads.map(add, range(24)))
    databases[1].close()
    assert len(set(revisions)) == 24
    with metadata.reading() as repositories:
        changed = repositories.people.changed_since(0)
    assert [revision for _, _, revision in changed] == sorted(revisions)


def test_who_changed_since_a_revision_comes_oldest_change_first(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    ada, bob = a_person("ada", "ada@home"), a_person("bob")
    first = apply(metadata, project, newcomers(ada))
    second = apply(metadata, other_project, newcomers(bob))
    changed = replace(ada, properties={"plan": "pro"})
    change = PersonChange(person=changed, new_distinct_ids=())
    third = apply(metadata, project, PeopleChanges(changed=(change,)))
    with metadata.reading() as repositories:
        changed_since = repositories.people.changed_since
        expected = [(other_project.id, bob, second), (project.id, changed, third)]
        assert list(changed_since(0)) == expected
        assert list(changed_since(first)) == expected
        assert list(changed_since(second)) == expected[1:]
        assert list(changed_since(third)) == []


def test_more_people_than_one_statement_takes_are_written_and_found(
    metadata: SqlMetadata, project: Project
) -> None:
    crowd = [a_person(f"visitor {number}", f"again {number}") for number in range(6_000)]
    apply(metadata, project, newcomers(*crowd))
    with metadata.reading() as repositories:
        found = repositories.people.find(project.id, [p.distinct_ids[1] for p in crowd])
        page = repositories.people.page(
            project.id, distinct_id=None, search=None, limit=6_000, offset=0
        )
    assert found == {person.distinct_ids[1]: person for person in crowd}
    assert page.count == 6_000
    assert {person.id: person for person in page.items} == {p.id: p for p in crowd}


@pytest.fixture
def crowd(metadata: SqlMetadata, project: Project) -> list[Person]:
    """Newest first."""
    people = [
        a_person("id-1", "ADA@Example.com", created_at=NOON + timedelta(hours=3)),
        a_person("id-2", properties={"email": "Éva_%@example.com", "name": "Éva"}),
        a_person("id-3", properties={"name": "Ada B\\yron", "city": "London", "email": 3}),
    ]
    people[1:] = sorted(people[1:], key=lambda person: person.id, reverse=True)
    apply(metadata, project, newcomers(*people))
    return people


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("ada", {"id-1", "id-3"}),
        ("ÉVA", {"id-2"}),
        ("_%", {"id-2"}),
        ("b\\Y", {"id-3"}),
        ("ID-", {"id-1", "id-2", "id-3"}),
        ("london", set()),
        (None, {"id-1", "id-2", "id-3"}),
    ],
)
def test_a_search_finds_people_by_id_address_and_name(
    *,
    metadata: SqlMetadata,
    project: Project,
    crowd: list[Person],
    search: str | None,
    expected: set[str],
) -> None:
    with metadata.reading() as repositories:
        page = repositories.people.page(
            project.id, distinct_id=None, search=search, limit=10, offset=0
        )
    found = [person for person in crowd if person.distinct_ids[0] in expected]
    assert list(page.items) == found
    assert page.count == len(found)


def test_a_page_can_be_of_one_distinct_id(
    metadata: SqlMetadata, project: Project, crowd: list[Person]
) -> None:
    with metadata.reading() as repositories:

        def of(distinct_id: str) -> tuple[Person, ...]:
            return repositories.people.page(
                project.id, distinct_id=distinct_id, search=None, limit=10, offset=0
            ).items

        assert of("ADA@Example.com") == (crowd[0],)
        assert of("ada@example.com") == ()


def test_pages_of_people_put_together_are_everybody(
    metadata: SqlMetadata, project: Project, other_project: Project, crowd: list[Person]
) -> None:
    apply(metadata, other_project, newcomers(a_person("elsewhere")))
    with metadata.reading() as repositories:
        pages = [
            repositories.people.page(
                project.id, distinct_id=None, search=None, limit=2, offset=offset
            )
            for offset in (0, 2, 4)
        ]
    assert [person for page in pages for person in page.items] == crowd
    assert [page.count for page in pages] == [3, 3, 3]


def test_what_is_known_behind_ids_takes_one_query_however_many_ids_there_are(
    metadata: SqlMetadata,
    project: Project,
    other_project: Project,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    many = a_person(*(f"a{number}" for number in range(50)), properties={"plan": "pro"})
    one = a_person("b")
    apply(metadata, project, newcomers(many, one))
    apply(metadata, other_project, newcomers(a_person("a1", "a7", id=a_uuid("elsewhere"))))
    with metadata.reading() as repositories, statements() as sent:
        found = repositories.people.properties_behind(project.id, ["a1", "a7", "b", "nobody"])
    of_many = (many.id, {"plan": "pro"})
    assert found == {"a1": of_many, "a7": of_many, "b": (one.id, one.properties)}
    assert len([statement for statement in sent if "SELECT" in statement]) == 1


@pytest.mark.usefixtures("crowd")
def test_a_page_of_people_takes_three_queries_however_many_they_are(
    metadata: SqlMetadata,
    project: Project,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    with metadata.reading() as repositories, statements() as sent:
        repositories.people.page(project.id, distinct_id=None, search="id", limit=10, offset=0)
    assert len([statement for statement in sent if "SELECT" in statement]) == 3


def test_group_types_are_numbered_as_they_come_and_there_are_five(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    types = ("company", "playlist", "Company", "workspace", "é")
    with metadata.transaction() as repositories:
        people = repositories.people
        assert people.group_types(project.id) == ()
        assert [people.add_group_type(project.id, name) for name in types] == [0, 1, 2, 3, 4]
        assert people.add_group_type(project.id, "sixth") is None
        assert people.add_group_type(project.id, "workspace") == 3
        assert people.add_group_type(other_project.id, "workspace") == 0
        assert people.group_types(project.id) == types


def test_a_group_is_saved_by_type_and_key(metadata: SqlMetadata, project: Project) -> None:
    first = a_group(properties={"plan": "free", "seats": None}, created_at=ODD_INSTANT)
    twin = a_group(type_index=1)
    second = replace(first, properties={"plan": "pro"}, created_at=NOON)
    with metadata.transaction() as repositories:
        people = repositories.people
        people.save_group(project.id, first)
        people.save_group(project.id, twin)
        assert people.find_groups(project.id, [(0, "acme")]) == {(0, "acme"): first}
        people.save_group(project.id, second)
    with metadata.reading() as repositories:
        found = repositories.people.find_groups(
            project.id, [(0, "acme"), (1, "acme"), (0, "nobody"), (1, "nobody")]
        )
        nobody = repositories.people.find_groups(project.id, [])
    assert found == {(0, "acme"): second, (1, "acme"): twin}
    assert nobody == {}


def test_ids_of_people_may_be_any_uuid(metadata: SqlMetadata, project: Project) -> None:
    ends = [a_person(str(number), id=UUID(int=number)) for number in (0, 2**128 - 1)]
    apply(metadata, project, newcomers(*ends))
    with metadata.reading() as repositories:
        found = repositories.people.find_by_ids(project.id, [person.id for person in ends])
    assert found == {person.id: person for person in ends}
