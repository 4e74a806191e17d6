"""Making and changing cohorts, and asking who is in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict
from uuid import UUID

from splitplot.accounts.model import Project, ProjectId, User, UserId
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.condition_rules import check_property, cohorts_asked_about
from splitplot.people.behaviour import values_of
from splitplot.people.cohort_records import StoredCohort, group_of
from splitplot.people.cohort_rules import (
    check_references,
    checked_filters,
    filters_of_groups,
    referred_cohorts,
)
from splitplot.people.model import Person
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.services.cohorts.members import Members
from splitplot.services.flag_records import serve_now
from splitplot.services.writing import Change, Writing

SCOPE = "Cohort"
MEMBERS_FIELD = "_create_static_person_ids"


class CohortValues(TypedDict, total=False):
    """The values that were given, by the names of `StoredCohort`; a missing key stays.

    `groups` is the older form of `filters`; `members` are persons' ids or distinct ids.
    """

    name: str
    description: str
    filters: Properties | None
    groups: Sequence[JsonValue]
    is_static: bool
    deleted: bool
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRecord:
    """A cohort, who made it, and the experiments whose exposed persons it holds."""

    cohort: StoredCohort
    created_by: User | None
    experiment_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One page of a cohort's persons, and whether there is another one behind it."""

    persons: tuple[Person, ...]
    has_more: bool


class CohortService:
    """The cohorts of each project.

    Every change is one transaction. When a change returns, flags ask the cohort as it is
    now; who is in it by what they did is found out a moment later.
    """

    def __init__(self, *, metadata: Metadata, flag_source: FlagSource, clock: Clock) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock

    def page(
        self, project_id: ProjectId, *, search: str | None, limit: int, offset: int
    ) -> Page[CohortRecord]:
        """Undeleted cohorts, newest first; `search` is a part of the name."""
        part = (search or "").lower()
        with self._metadata.reading() as repositories:
            cohorts = repositories.cohorts.of_project(project_id)
            found = [cohort for cohort in cohorts if part in cohort.name.lower()]
            shown = found[offset : offset + limit]
            return Page(items=_records(repositories, project_id, shown), count=len(found))

    def get(self, project_id: ProjectId, cohort_id: int) -> CohortRecord:
        """A cohort; deleted ones too.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            cohort = _get(repositories, project_id, cohort_id)
            return _record(repositories, project_id, cohort)

    def persons(self, project: Project, cohort_id: int, *, limit: int, offset: int) -> PersonPage:
        """Stored persons who are in the cohort, in the order of their ids.

        Raises:
            NotFound: The project has none with this id.
        """
        now = self._clock.now()
        with self._metadata.reading() as repositories:
            cohort = _get(repositories, project.id, cohort_id)
            members = Members(repositories, project, cohort, now=now)
            found = members.page(limit=limit + 1, offset=offset)
        return PersonPage(persons=found[:limit], has_more=len(found) > limit)

    def create(self, project: Project, values: CohortValues, *, actor: User | None) -> CohortRecord:
        """Make a cohort.

        Args:
            project: Where.
            values: Have a name, and filters unless the cohort is static.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: The first rule that is broken.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.transaction() as repositories:
            made = _made(repositories, change, values)
            stored = repositories.cohorts.add(project.id, made)
            if stored.is_static:
                stored = _with_list(repositories, change, stored, values.get("members", ()))
            _log(repositories, change, None, stored)
            record = _record(repositories, project.id, stored)
        serve_now(self._flag_source)
        return record

    def update(
        self, project: Project, cohort_id: int, values: CohortValues, *, actor: User | None
    ) -> CohortRecord:
        """Change what is named. A deleted cohort is no longer an experiment's.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The first rule that is broken; then nothing has changed.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, cohort_id)
            after = _changed(repositories, project, before, values)
            if after.deleted and not before.deleted:
                _check_not_needed(repositories, project.id, before)
                _leave_experiments(repositories, change, before)
            if after.version != before.version:
                repositories.cohorts.remove_members(before.id)
            stored = repositories.cohorts.save(project.id, after)
            if "members" in values:
                stored = _with_list(repositories, change, stored, values["members"])
            _log(repositories, change, before, stored)
            record = _record(repositories, project.id, stored)
        serve_now(self._flag_source)
        return record


def _get(repositories: Repositories, project_id: ProjectId, cohort_id: int) -> StoredCohort:
    cohort = repositories.cohorts.find(project_id, cohort_id)
    if cohort is None:
        raise NotFound("Not found.")
    return cohort


def _made(repositories: Repositories, change: Change, values: CohortValues) -> StoredCohort:
    made = StoredCohort(
        name=values["name"],
        description=values.get("description", ""),
        created_at=change.now,
        created_by_id=None if change.actor is None else change.actor.id,
        is_static=values.get("is_static", False),
    )
    if made.is_static:
        _refuse_filters(values)
        return replace(made, last_calculation=change.now)
    if "members" in values:
        message = "Only a static cohort lists persons."
        raise InvalidInput(message, attr=MEMBERS_FIELD)
    document = _document(values)
    if document is None:
        raise InvalidInput("This field is required.", code="required", attr="filters")
    filters = _checked(repositories, change.project.id, made.id, document)
    return replace(made, filters=filters, is_calculating=True)


def _changed(
    repositories: Repositories, project: Project, before: StoredCohort, values: CohortValues
) -> StoredCohort:
    if values.get("is_static", before.is_static) is not before.is_static:
        message = "A cohort cannot change between static and dynamic."
        raise InvalidInput(message, attr="is_static")
    if "members" in values and not before.is_static:
        raise InvalidInput("Only a static cohort lists persons.", attr=MEMBERS_FIELD)
    after = replace(
        before,
        name=values.get("name", before.name),
        description=values.get("description", before.description),
        deleted=values.get("deleted", before.deleted),
    )
    if before.is_static:
        _refuse_filters(values)
        return after
    document = _document(values)
    if document is None or document == before.filters:
        return after
    return replace(
        after,
        filters=_checked(repositories, project.id, before.id, document),
        version=before.version + 1,
        is_calculating=True,
        followed_to=None,
        count=None,
    )


def _document(values: CohortValues) -> Properties | None:
    filters, groups = values.get("filters"), values.get("groups")
    if filters is None and groups:
        return filters_of_groups(groups)
    return filters


def _refuse_filters(values: CohortValues) -> None:
    group = (_document(values) or {}).get("properties")
    if isinstance(group, Mapping) and values_of(group):
        message = "A static cohort lists its persons; it has no filters."
        raise InvalidInput(message, attr="filters")


def _checked(
    repositories: Repositories, project_id: ProjectId, cohort_id: int, document: Properties
) -> Properties:
    others: dict[int, Properties | None] = {
        other.id: None if other.is_static else other.group
        for other in repositories.cohorts.of_project(project_id)
        if other.id != cohort_id
    }
    known = {*others, cohort_id}
    filters = checked_filters(
        document, check_property=partial(check_property, by_group=False, cohorts=known)
    )
    check_references(cohort_id, group_of(filters), others)
    return filters


def _check_not_needed(
    repositories: Repositories, project_id: ProjectId, cohort: StoredCohort
) -> None:
    """Refuse to delete what active flags, or other cohorts, ask about."""
    snapshots = repositories.flags.snapshots((project_id,))
    flags = [
        flag.key
        for snapshot in snapshots
        for flag in snapshot.flags
        if flag.active and cohort.id in cohorts_asked_about(flag.filters)
    ]
    if flags:
        raise InvalidInput(
            f"This cohort is used in {len(flags)} active feature flag(s): {', '.join(flags)}. "
            "Please remove the cohort from these feature flags before deleting it.",
            attr="deleted",
        )
    cohorts = [
        other.name
        for other in repositories.cohorts.of_project(project_id)
        if cohort.id in referred_cohorts(other.group)
    ]
    if cohorts:
        raise InvalidInput(
            f"This cohort is used in {len(cohorts)} other cohort(s): {', '.join(cohorts)}. "
            "Please remove it from these before deleting it.",
            attr="deleted",
        )


def _leave_experiments(repositories: Repositories, change: Change, cohort: StoredCohort) -> None:
    exposed = repositories.cohorts.exposed_experiments(change.project.id)
    writing = Writing(repositories, change)
    for number in exposed.get(cohort.id, ()):
        experiment = repositories.experiments.find(change.project.id, ExperimentId(number))
        if experiment is not None:
            writing.save_experiment(experiment, replace(experiment, exposure_cohort_id=None))


def _with_list(
    repositories: Repositories, change: Change, cohort: StoredCohort, members: Iterable[str]
) -> StoredCohort:
    """The static cohort, once these are its persons."""
    listed = _person_ids(repositories, change.project.id, tuple(members))
    repositories.cohorts.set_members(cohort.id, listed)
    stored = _get(repositories, change.project.id, cohort.id)
    repositories.cohorts.save_progress(replace(stored, last_calculation=change.now))
    return _get(repositories, change.project.id, cohort.id)


def _person_ids(
    repositories: Repositories, project_id: ProjectId, given: Sequence[str]
) -> tuple[UUID, ...]:
    """The persons that are named by their ids or by a distinct id.

    Raises:
        InvalidInput: One of them does not exist.
    """
    numbers = {text: number for text in given if (number := _uuid_of(text)) is not None}
    by_id = repositories.people.find_by_ids(project_id, numbers.values())
    by_name = repositories.people.find(project_id, given)
    found: list[UUID] = []
    for at, text in enumerate(given):
        person = by_name.get(text) or by_id.get(numbers.get(text, _NOBODY))
        if person is None:
            raise InvalidInput(
                f'Person "{text}" does not exist.',
                code="does_not_exist",
                attr=f"{MEMBERS_FIELD}__{at}",
            )
        found.append(person.id)
    return tuple(found)


_NOBODY = UUID(int=0)


def _uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _log(
    repositories: Repositories, change: Change, before: StoredCohort | None, after: StoredCohort
) -> None:
    Writing(repositories, change).log(
        scope=SCOPE,
        item_id=after.id,
        name=after.name,
        before=None if before is None else _logged(before),
        after=_logged(after),
    )


def _logged(cohort: StoredCohort) -> Mapping[str, object]:
    return {
        "name": cohort.name,
        "description": cohort.description,
        "filters": cohort.filters,
        "is_static": cohort.is_static,
        "deleted": cohort.deleted,
    }


def _record(
    repositories: Repositories, project_id: ProjectId, cohort: StoredCohort
) -> CohortRecord:
    return _records(repositories, project_id, (cohort,))[0]


def _records(
    repositories: Repositories, project_id: ProjectId, cohorts: Sequence[StoredCohort]
) -> tuple[CohortRecord, ...]:
    authors = {UserId(each.created_by_id) for each in cohorts if each.created_by_id is not None}
    users = repositories.accounts.users(authors)
    exposed = repositories.cohorts.exposed_experiments(project_id)
    return tuple(
        CohortRecord(
            cohort=each,
            created_by=(
                None if each.created_by_id is None else users.get(UserId(each.created_by_id))
            ),
            experiment_ids=exposed.get(each.id, ()),
        )
        for each in cohorts
    )
