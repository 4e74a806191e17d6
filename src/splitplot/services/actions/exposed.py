"""Cohorts of those whom an experiment exposed: following them, and freezing them."""

from dataclasses import dataclass, replace
from uuid import UUID

from splitplot.accounts.model import Project, User
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.exposed import (
    exposing_events,
    exposure_cohort_filters,
    exposure_cohort_name,
    frozen_cohort_name,
)
from splitplot.experiments.lifecycle.freezing import check_freezable, frozen
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.people.behaviour import behaviours_of
from splitplot.people.cohort_records import StoredCohort
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore, PerformersPlan
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.cohorts import CohortRecord, CohortService
from splitplot.services.event_actions.plans import resolved
from splitplot.services.experiments import ExperimentRecord, ExperimentService
from splitplot.services.flag_records import serve_now
from splitplot.services.writing import Change, Writing

_COHORT = "Cohort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What reads back what was written."""

    experiments: ExperimentService
    cohorts: CohortService


class ExposedService:
    """Makes cohorts of the persons whom an experiment exposed.

    Args:
        metadata: Where experiments and cohorts are kept.
        store: Where it stands who was exposed.
        flag_source: What serves the flags.
        clock: The time.
        readers: Read back what was written.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        store: EventStore,
        flag_source: FlagSource,
        clock: Clock,
        readers: Readers,
    ) -> None:
        self._metadata = metadata
        self._store = store
        self._flag_source = flag_source
        self._clock = clock
        self._readers = readers

    def follow(
        self, project: Project, experiment_id: ExperimentId, *, actor: User | None
    ) -> CohortRecord:
        """Make the cohort of everybody whom the experiment exposes, now and later.

        Its members are found a moment later.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It is no time for it, or the filters of the exposure cannot be
                followed; then nothing was made.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project, experiment_id)
            made = replace(
                _new_cohort(exposure_cohort_name(before), change),
                filters=exposure_cohort_filters(before),
                is_calculating=True,
            )
            behaviours_of(made.group)
            writing = Writing(repositories, change)
            cohort = _add(repositories, writing, change, made)
            followed = replace(before, exposure_cohort_id=cohort.id, updated_at=change.now)
            writing.save_experiment(before, followed)
        serve_now(self._flag_source)
        return self._readers.cohorts.get(project.id, cohort.id)

    def freeze(
        self, project: Project, experiment_id: ExperimentId, *, actor: User | None
    ) -> ExperimentRecord:
        """Go on with those only who have been exposed by now.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It cannot be frozen, or nobody has been exposed; then nothing has
                changed.
            Unavailable: A store does not answer.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.reading() as repositories:
            experiment = _get(repositories, project, experiment_id)
        check_freezable(experiment)
        # Writers of the database take turns: none of them is to wait for this.
        exposed = self._exposed(experiment, change)
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project, experiment_id)
            check_freezable(before)
            made = replace(
                _new_cohort(frozen_cohort_name(before), change),
                is_static=True,
                last_calculation=change.now,
            )
            writing = Writing(repositories, change)
            cohort = _add(repositories, writing, change, made)
            repositories.cohorts.set_members(cohort.id, exposed)
            writing.save_experiment(before, frozen(before, cohort.id, now=change.now))
        serve_now(self._flag_source)
        return self._readers.experiments.get(project.id, experiment_id)

    def _exposed(self, experiment: Experiment, change: Change) -> list[UUID]:
        """The persons whom the experiment has exposed."""
        project, now = change.project, change.now
        plan = PerformersPlan(
            project_id=project.id,
            source=exposing_events(experiment),
            since=experiment.start_date,
            until=now,
            as_of=now,
            timezone=project.timezone,
        )
        plan = resolved(self._metadata, project, plan, now=now)
        found = self._store.performers(plan)
        if not found:
            raise InvalidInput("Exposure cannot be frozen: nobody has been exposed yet.")
        return [each.person_id for each in found]


def _get(repositories: Repositories, project: Project, experiment_id: ExperimentId) -> Experiment:
    experiment = repositories.experiments.find(project.id, experiment_id)
    if experiment is None or experiment.deleted:
        raise NotFound("Not found.")
    return experiment


def _new_cohort(name: str, change: Change) -> StoredCohort:
    author = None if change.actor is None else change.actor.id
    return StoredCohort(name=name, created_at=change.now, created_by_id=author)


def _add(
    repositories: Repositories, writing: Writing, change: Change, cohort: StoredCohort
) -> StoredCohort:
    stored = repositories.cohorts.add(change.project.id, cohort)
    said = {
        "name": stored.name,
        "description": stored.description,
        "filters": stored.filters,
        "is_static": stored.is_static,
        "deleted": stored.deleted,
    }
    writing.log(scope=_COHORT, item_id=stored.id, name=stored.name, before=None, after=said)
    return stored
