from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import NotFound
from splitplot.filters.model import Properties
from splitplot.people.cohort_records import Member, StoredCohort
from splitplot.people.identity import PeopleChanges, PersonChange, derived_person_id
from splitplot.people.model import Person
from tests.factories import NOON, a_flag, a_person, a_uuid, an_experiment, newcomers

BOUGHT: Properties = {"type": "behavioral", "key": "buy", "value": "performed_event"}


def a_cohort(
    name: str = "Buyers", *, group: Properties | None = None, **fields: object
) -> StoredCohort:
    filters = {"properties": group or {"type": "OR", "values": [BOUGHT]}}
    return replace(StoredCohort(name=name, created_at=NOON, filters=filters), **fields)  # type: ignore[arg-type] # any field


def added(
    metadata: SqlMetadata, project: Project, cohort: StoredCohort | None = None
) -> StoredCohort:
    with metadata.transaction() as repositories:
        return repositories.cohorts.add(project.id, cohort or a_cohort())


def persons(metadata: SqlMetadata, project: Project, *names: str) -> list[UUID]:
    """Stored persons of these distinct ids; answers their ids."""
    people = [a_person(name, project_id=project.id) for name in names]
    with metadata.transaction() as repositories:
        repositories.people.apply(project.id, newcomers(*people))
    return [person.id for person in people]


def revision(metadata: SqlMetadata, project: Project) -> int:
    with metadata.reading() as repositories:
        return repositories.flags.revisions()[project.id]


def test_a_cohort_comes_back_as_it_was_stored(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    cohort = a_cohort(
        description="Who bought",
        created_by_id=user.id,
        is_calculating=True,
        last_calculation=NOON + timedelta(microseconds=1),
        errors_calculating=2,
        count=2**40,
        version=3,
        followed_to=2**50,
    )
    stored = added(metadata, project, cohort)
    assert stored == replace(cohort, id=stored.id)
    with metadata.reading() as repositories:
        assert repositories.cohorts.find(project.id, stored.id) == stored


def test_saving_replaces_all_of_it(metadata: SqlMetadata, project: Project) -> None:
    stored = added(metadata, project)
    changed = replace(
        stored, name="Others", filters={}, is_static=True, deleted=True, count=1, version=2
    )
    with metadata.transaction() as repositories:
        assert repositories.cohorts.save(project.id, changed) == changed
    with metadata.reading() as repositories:
        assert repositories.cohorts.find(project.id, stored.id) == changed
        assert repositories.cohorts.of_project(project.id) == ()
        assert repositories.cohorts.described() == []


def test_a_cohort_belongs_to_its_project(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    stored = added(metadata, project)
    with metadata.transaction() as repositories:
        assert repositories.cohorts.find(other_project.id, stored.id) is None
        assert repositories.cohorts.of_project(other_project.id) == ()
        with pytest.raises(NotFound):
            repositories.cohorts.save(other_project.id, stored)


def test_cohorts_are_listed_newest_first(metadata: SqlMetadata, project: Project) -> None:
    for name, hours in (("a", 0), ("b", 2), ("c", 1), ("d", 1)):
        added(metadata, project, a_cohort(name, created_at=NOON + timedelta(hours=hours)))
    with metadata.reading() as repositories:
        listed = repositories.cohorts.of_project(project.id)
    assert [cohort.name for cohort in listed] == ["b", "d", "c", "a"]


def test_described_cohorts_are_those_of_every_project(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    first = added(metadata, other_project)
    added(metadata, project, a_cohort(is_static=True))
    second = added(metadata, project)
    with metadata.reading() as repositories:
        assert list(repositories.cohorts.described()) == [
            (other_project.id, first),
            (project.id, second),
        ]


def test_adding_and_saving_tell_the_flags(metadata: SqlMetadata, project: Project) -> None:
    before = revision(metadata, project)
    stored = added(metadata, project)
    assert revision(metadata, project) == before + 1
    with metadata.transaction() as repositories:
        repositories.cohorts.save(project.id, stored)
    assert revision(metadata, project) == before + 2


def test_progress_is_kept_without_telling_the_flags(
    metadata: SqlMetadata, project: Project
) -> None:
    stored = added(metadata, project, a_cohort(is_calculating=True))
    before = revision(metadata, project)
    done = replace(
        stored,
        is_calculating=False,
        last_calculation=NOON,
        count=7,
        followed_to=9,
        errors_calculating=1,
    )
    with metadata.transaction() as repositories:
        assert repositories.cohorts.save_progress(replace(done, name="ignored"))
        assert repositories.cohorts.find(project.id, stored.id) == done
    assert revision(metadata, project) == before


@pytest.mark.parametrize("change", [{"version": 2}, {"deleted": True}])
def test_progress_of_what_is_another_cohort_by_now_is_dropped(
    metadata: SqlMetadata, project: Project, change: dict[str, object]
) -> None:
    stored = added(metadata, project)
    with metadata.transaction() as repositories:
        changed = replace(stored, **change)  # type: ignore[arg-type] # any field
        repositories.cohorts.save(project.id, changed)
        assert not repositories.cohorts.save_progress(replace(stored, count=7))
        assert repositories.cohorts.find(project.id, stored.id) == changed


def test_a_cohort_knows_the_experiments_whose_exposed_persons_it_holds(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    stored = added(metadata, project)
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        numbers = [
            repositories.experiments.add(
                an_experiment(
                    flag=flag,
                    project_id=project.id,
                    exposure_cohort_id=stored.id if is_exposed else None,
                    deleted=is_deleted,
                )
            ).id
            for is_exposed, is_deleted in (
                (True, False),
                (False, False),
                (True, True),
                (True, False),
            )
        ]
    with metadata.reading() as repositories:
        exposed = repositories.cohorts.exposed_experiments(project.id)
        assert dict(exposed) == {stored.id: (numbers[0], numbers[3])}
        assert repositories.cohorts.exposed_experiments(other_project.id) == {}


# members


def test_a_list_is_replaced_as_a_whole_and_counted(metadata: SqlMetadata, project: Project) -> None:
    ann, bob = persons(metadata, project, "ann", "bob")
    stored = added(metadata, project, a_cohort(is_static=True))
    with metadata.transaction() as repositories:
        cohorts = repositories.cohorts
        cohorts.set_members(stored.id, [bob, ann, bob, a_uuid("no stored person")])
        assert set(cohorts.member_ids(stored.id, limit=9, offset=0)) == {ann, bob}
        found = cohorts.find(project.id, stored.id)
        assert found is not None
        assert found.count == 2
        cohorts.set_members(stored.id, [bob])
        assert cohorts.member_ids(stored.id, limit=9, offset=0) == (bob,)
        cohorts.set_members(stored.id, [])
        assert cohorts.count_members(stored.id) == 0


def test_of_two_times_the_later_one_is_kept(metadata: SqlMetadata, project: Project) -> None:
    (ann,) = persons(metadata, project, "ann")
    stored = added(metadata, project)
    for hours in (1, 3, 2):
        with metadata.transaction() as repositories:
            member = Member(person_id=ann, last_at=NOON + timedelta(hours=hours))
            repositories.cohorts.add_members(stored.id, [member])
    with metadata.reading() as repositories:
        memberships = repositories.cohorts.memberships([stored.id], [ann])
    assert memberships == {ann: {(stored.id, 0): NOON + timedelta(hours=3)}}


def test_memberships_are_those_of_the_asked_persons_and_cohorts(
    metadata: SqlMetadata, project: Project
) -> None:
    ann, bob, cid = persons(metadata, project, "ann", "bob", "cid")
    one, two, three = (added(metadata, project) for _ in range(3))
    with metadata.transaction() as repositories:
        cohorts = repositories.cohorts
        cohorts.add_members(one.id, [Member(person_id=ann), Member(person_id=bob)])
        cohorts.add_members(two.id, [Member(person_id=ann, behaviour=2, last_at=NOON)])
        cohorts.add_members(three.id, [Member(person_id=ann)])
        cohorts.add_members(one.id, [Member(person_id=cid)])
        found = cohorts.memberships([one.id, two.id], [ann, bob, a_uuid("nobody")])
        assert found == {
            ann: {(one.id, 0): None, (two.id, 2): NOON},
            bob: {(one.id, 0): None},
        }
        assert cohorts.memberships([], [ann]) == {}
        assert cohorts.memberships([one.id], []) == {}


def test_members_can_be_taken_out(metadata: SqlMetadata, project: Project) -> None:
    ann, bob, cid = persons(metadata, project, "ann", "bob", "cid")
    stored, other = added(metadata, project), added(metadata, project)
    with metadata.transaction() as repositories:
        cohorts = repositories.cohorts
        cohorts.set_members(stored.id, [ann, bob, cid])
        cohorts.set_members(other.id, [ann])
        cohorts.remove_members(stored.id, [ann, a_uuid("nobody")])
        assert cohorts.count_members(stored.id) == 2
        cohorts.remove_members(stored.id)
        assert cohorts.count_members(stored.id) == 0
        assert cohorts.count_members(other.id) == 1


def test_members_come_in_pages_by_behaviour_and_time(
    metadata: SqlMetadata, project: Project
) -> None:
    ids = sorted(persons(metadata, project, *(f"visitor-{number}" for number in range(5))))
    stored = added(metadata, project)
    with metadata.transaction() as repositories:
        cohorts = repositories.cohorts
        cohorts.add_members(
            stored.id,
            [
                Member(person_id=person_id, behaviour=1, last_at=NOON + timedelta(hours=hours))
                for hours, person_id in enumerate(ids)
            ],
        )
        assert cohorts.member_ids(stored.id, behaviour=0, limit=9, offset=0) == ()
        assert cohorts.member_ids(stored.id, behaviour=1, limit=2, offset=1) == tuple(ids[1:3])
        since = NOON + timedelta(hours=3)
        assert cohorts.member_ids(stored.id, behaviour=1, since=since, limit=9, offset=0) == tuple(
            ids[3:]
        )
        assert cohorts.count_members(stored.id, behaviour=1, since=since) == 2


def test_a_projects_persons_are_gone_through_by_id(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    ids = sorted(persons(metadata, project, "ann", "bob", "cid"))
    persons(metadata, other_project, "dan")
    with metadata.reading() as repositories:
        cohorts = repositories.cohorts
        first = cohorts.person_ids(project.id, after=None, limit=2)
        assert first == tuple(ids[:2])
        assert cohorts.person_ids(project.id, after=first[-1], limit=2) == (ids[2],)
        assert cohorts.person_ids(project.id, after=ids[2], limit=2) == ()


# merges


def merged(source: Person, target: Person) -> PeopleChanges:
    both = replace(target, distinct_ids=(*target.distinct_ids, *source.distinct_ids))
    change = PersonChange(person=both, new_distinct_ids=source.distinct_ids)
    return PeopleChanges(changed=(change,), merged_away=(source.id,))


def test_who_takes_over_from_a_person_is_in_their_cohorts(
    metadata: SqlMetadata, project: Project
) -> None:
    ann, anon = a_person("ann", project_id=project.id), a_person("anon", project_id=project.id)
    persons(metadata, project, "ann", "anon")
    lists, buyers = added(metadata, project), added(metadata, project)
    with metadata.transaction() as repositories:
        cohorts = repositories.cohorts
        cohorts.set_members(lists.id, [anon.id])
        cohorts.add_members(
            buyers.id,
            [
                Member(person_id=anon.id, last_at=NOON + timedelta(hours=2)),
                Member(person_id=ann.id, last_at=NOON),
                Member(person_id=anon.id, behaviour=1, last_at=NOON),
            ],
        )
        repositories.people.apply(project.id, merged(anon, ann))
        assert cohorts.memberships([lists.id, buyers.id], [ann.id, anon.id]) == {
            ann.id: {
                (lists.id, 0): None,
                (buyers.id, 0): NOON + timedelta(hours=2),
                (buyers.id, 1): NOON,
            }
        }


def test_who_is_somebody_at_last_keeps_what_they_did_as_nobody(
    metadata: SqlMetadata, project: Project
) -> None:
    persons(metadata, project, "ann")
    ghost = derived_person_id(project.id, "ghost")
    stored = added(metadata, project)
    ann = a_person("ann", "ghost", project_id=project.id)
    change = PersonChange(person=ann, new_distinct_ids=("ghost",))
    with metadata.transaction() as repositories:
        cohorts = repositories.cohorts
        cohorts.add_members(stored.id, [Member(person_id=ghost, last_at=NOON)])
        repositories.people.apply(project.id, PeopleChanges(changed=(change,)))
        assert cohorts.memberships([stored.id], [ann.id, ghost]) == {ann.id: {(stored.id, 0): NOON}}


# snapshots


def test_a_flag_snapshot_tells_the_kinds_of_cohorts_apart(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    german: Properties = {"type": "OR", "values": [{"key": "country", "value": "DE"}]}
    bought: Properties = {"type": "OR", "values": [BOUGHT]}
    listed = added(metadata, project, a_cohort(is_static=True, filters={}))
    described = added(metadata, project, a_cohort(group=german))
    behavioural = added(metadata, project, a_cohort(group=bought))
    added(metadata, project, a_cohort(group=german, deleted=True))
    with metadata.reading() as repositories:
        (snapshot,) = repositories.flags.snapshots([project.id])
        (other,) = repositories.flags.snapshots([other_project.id])
    assert snapshot.static_cohorts == {listed.id}
    assert snapshot.cohorts == {described.id: german}
    assert snapshot.behavioural_cohorts == {behavioural.id: bought}
    assert snapshot.cohort_ids == {listed.id, described.id, behavioural.id}
    assert other.cohort_ids == frozenset()
