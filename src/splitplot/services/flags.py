"""Answering what a project's flags serve to a unit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from uuid import UUID
from zoneinfo import ZoneInfo

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import Conflict, NotFound, Unavailable
from splitplot.filters.model import Properties
from splitplot.flags import (
    EvaluationContext,
    Evaluations,
    Explanation,
    FlagId,
    FlagSet,
    Runtime,
    Scope,
    Selection,
    Stored,
    compile_flags,
)
from splitplot.people.cohorts import Candidate
from splitplot.people.identity import derived_person_id
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSnapshot, FlagSource
from splitplot.ports.repositories import Metadata, PeopleRepository

_NOTHING: Properties = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFlags:
    """A project and its flags as they are at one revision."""

    project: Project
    flags: FlagSet
    revision: int


class FlagService:
    """Evaluates flags from memory; safe to call from several threads.

    The database is asked only for what is stored about a person or a group, and only
    when a flag of the request can depend on it.
    """

    def __init__(self, *, flag_source: FlagSource, metadata: Metadata, clock: Clock) -> None:
        self._source = flag_source
        self._metadata = metadata
        self._clock = clock
        self._compiled: dict[ProjectId, ProjectFlags] = {}
        self._compiling = Lock()

    def find_ready(self, api_token: str) -> ProjectFlags | None:
        """As `find`, but None too when the flags are yet to be compiled. Takes no time."""
        snapshot = self._source.find(api_token)
        return None if snapshot is None else self._known(snapshot)

    def find(self, api_token: str) -> ProjectFlags | None:
        """The flags of the project with this public token. No database is asked.

        Compiling new ones takes milliseconds, during which no request should wait.
        """
        snapshot = self._source.find(api_token)
        if snapshot is None:
            return None
        # Once for all who ask at the same time.
        with self._compiling:
            known = self._known(snapshot)
            if known is None:
                known = self._compiled[snapshot.project.id] = _compile(snapshot)
            return known

    def _known(self, snapshot: FlagSnapshot) -> ProjectFlags | None:
        known = self._compiled.get(snapshot.project.id)
        return known if known is not None and known.revision == snapshot.revision else None

    def now(self) -> datetime:
        """The instant that requests of this moment are evaluated at."""
        return self._clock.now()

    def evaluate(
        self, project: Project, selection: Selection, context: EvaluationContext
    ) -> Evaluations:
        """What the flags serve, after reading what is stored about the unit if need be.

        That blocks on the database, and happens when `selection.depends_on_stored` says
        so. When the database cannot be read, flags that depend on it fail and the others
        are answered.
        """
        if selection.depends_on_stored(context):
            context = replace(context, stored=self._stored(project.id, selection, context))
        return selection.evaluate(context)

    def explain(
        self, project_id: ProjectId, flag_id: FlagId, context: EvaluationContext
    ) -> Explanation:
        """What a flag serves to the unit, and why; an inactive one as if it were active.

        Args:
            project_id: Whose flag.
            flag_id: Which one.
            context: Without an anonymous id, nothing is written.

        Raises:
            NotFound: The project has no such flag, or it is deleted.
            Conflict: The flag depends on itself, so it has no answer.
        """
        snapshot = self._source.find_project(project_id)
        flags = () if snapshot is None else snapshot.flags
        flag = next((flag for flag in flags if flag.id == flag_id), None)
        if snapshot is None or flag is None:
            raise NotFound("Not found.")
        as_active = tuple(replace(one, active=True) if one is flag else one for one in flags)
        runtime = next((one for one in Runtime if one == flag.evaluation_runtime), None)
        compiled = _compile(replace(snapshot, flags=as_active)).flags
        selection = compiled.select(Scope(runtime=runtime, flag_keys=frozenset({flag.key})))
        if selection.depends_on_stored(context):
            context = replace(context, stored=self._stored(project_id, selection, context))
        explanation = selection.explain(flag.key, context)
        if explanation is None:
            raise Conflict("The flag depends on itself through other flags.")
        return explanation

    def _stored(
        self, project_id: ProjectId, selection: Selection, context: EvaluationContext
    ) -> Stored:
        # The anonymous id first, so that what is kept for the distinct id wins.
        ids = [context.anon_distinct_id, context.distinct_id]
        try:
            with self._metadata.reading() as repositories:
                people = repositories.people
                known = people.properties_behind(
                    project_id, [key for key in ids if key is not None]
                )
                # By an event without a profile somebody can be in a cohort who is no person.
                nobody = (derived_person_id(project_id, context.distinct_id), _NOTHING)
                unit, properties = known.get(context.distinct_id, nobody)
                lists = repositories.cohorts.memberships(selection.cohort_lists, [unit])
                owners = [known[key][0] for key in ids if key is not None and key in known]
                groups = _group_properties(people, project_id, selection, context)
                kept = (
                    {owner: people.continuity(project_id, owner) for owner in owners}
                    if selection.continuity_keys
                    else {}
                )
            hash_ids = self._keep(project_id, selection.continuity_keys, context, kept)
        except Unavailable:
            return Stored(is_known=False)
        snapshot = self._source.find_project(project_id)
        candidate = Candidate.of(
            {},
            lists.get(unit, {}),
            static_cohorts=() if snapshot is None else snapshot.static_cohorts,
            now=context.now,
        )
        return Stored(
            properties=properties,
            group_properties=groups,
            hash_ids=hash_ids,
            static_cohorts=candidate.static_cohorts,
            performed=candidate.performed,
        )

    def _keep(
        self,
        project_id: ProjectId,
        flag_keys: frozenset[str],
        context: EvaluationContext,
        kept: Mapping[UUID, Mapping[str, str]],
    ) -> Mapping[str, str]:
        """All kept ids, after keeping the anonymous one for flags that have none yet."""
        anon_id = context.anon_distinct_id
        lacking = {
            owner: flag_keys - known.keys() for owner, known in kept.items() if anon_id is not None
        }
        if anon_id is not None and any(lacking.values()):
            try:
                with self._metadata.transaction() as repositories:
                    people = repositories.people
                    for owner, keys in lacking.items():
                        people.add_continuity(project_id, owner, dict.fromkeys(keys, anon_id))
                    # Read again: another request may have been first.
                    kept = {owner: people.continuity(project_id, owner) for owner in kept}
            except Unavailable:
                # Answered as if it were kept; the next request may keep it.
                kept = {
                    owner: {**dict.fromkeys(lacking[owner], anon_id), **known}
                    for owner, known in kept.items()
                }
        return {key: hash_id for known in kept.values() for key, hash_id in known.items()}


def _compile(snapshot: FlagSnapshot) -> ProjectFlags:
    flags = compile_flags(
        snapshot.flags,
        group_types=snapshot.group_types,
        cohorts={**snapshot.cohorts, **snapshot.behavioural_cohorts},
        zone=ZoneInfo(snapshot.project.timezone),
    )
    return ProjectFlags(project=snapshot.project, flags=flags, revision=snapshot.revision)


def _group_properties(
    people: PeopleRepository,
    project_id: ProjectId,
    selection: Selection,
    context: EvaluationContext,
) -> Mapping[str, Properties]:
    names = {index: selection.group_types[index] for index in selection.stored_groups(context)}
    if not names:
        return {}
    keys = [(index, context.groups[name]) for index, name in names.items()]
    groups = people.find_groups(project_id, keys)
    return {names[index]: group.properties for (index, _), group in groups.items()}
