"""Experiments that change web pages, as the in-page editor and the browser know them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from secrets import token_hex
from uuid import uuid4

from splitplot.accounts.access import Sight
from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import NotFound, Unauthenticated
from splitplot.experiments.lifecycle.creation import Circumstances, new_experiment
from splitplot.experiments.lifecycle.linked_flag import with_web_variants
from splitplot.experiments.lifecycle.logged import logged_experiment
from splitplot.experiments.lifecycle.parameters import VARIANTS, with_flags_split
from splitplot.experiments.lifecycle.request import ExperimentRequest
from splitplot.experiments.model import Experiment, ExperimentId, ExperimentType
from splitplot.experiments.sharing.web import WebValues, flag_variants, web_flag_key
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.services.flag_records import serve_now
from splitplot.services.writing import EXPERIMENT, Change, Writing


class WebExperimentService:
    """The experiments of the type web. Launching and ending them is `services/experiments.py`.

    Every change is one transaction. When it returns, the flag is served.

    Args:
        metadata: Where they are kept.
        flag_source: What serves the flags.
        clock: The time.
        new_uuid: Answers another uuid each time.
        new_digits: Answers other digits each time, for the keys of flags.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        flag_source: FlagSource,
        clock: Clock,
        new_uuid: Callable[[], str] = lambda: str(uuid4()),
        new_digits: Callable[[], str] = lambda: token_hex(5),
    ) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock
        self._new_uuid = new_uuid
        self._new_digits = new_digits
        # Every page view may ask. What is live changes only with the project's revision.
        self._live: dict[ProjectId, tuple[int, tuple[Experiment, ...]]] = {}

    def page(
        self, project_id: ProjectId, *, limit: int, offset: int, sight: Sight | None = None
    ) -> Page[Experiment]:
        """One page of the project's undeleted web experiments in sight, newest first."""
        with self._metadata.reading() as repositories:
            return repositories.experiments.web_page(
                project_id, limit=limit, offset=offset, sight=sight
            )

    def get(self, project_id: ProjectId, experiment_id: ExperimentId) -> Experiment:
        """An undeleted web experiment.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            return _get(repositories, project_id, experiment_id)

    def live(self, token: str) -> tuple[Experiment, ...]:
        """What a browser may have to show: neither archived nor stopped, newest first.

        Args:
            token: The project's public token.

        Raises:
            Unauthenticated: There is none, or no project has it.
        """
        if not token:
            raise Unauthenticated("No project token was given.", code="missing_api_key")
        snapshot = self._flag_source.find(token)
        if snapshot is None:
            raise Unauthenticated("The project token is not known.", code="invalid_api_key")
        project_id = snapshot.project.id
        revision, live = self._live.get(project_id, (None, ()))
        if revision != snapshot.revision:
            with self._metadata.reading() as repositories:
                live = repositories.experiments.live_web(project_id)
            self._live[project_id] = (snapshot.revision, live)
        return live

    def create(self, project: Project, values: WebValues, *, actor: User | None) -> Experiment:
        """Make a draft on an inactive flag of its own.

        Args:
            project: Where; its settings are the defaults.
            values: Have a name and variants.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: The variants make no flag.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            writing = Writing(repositories, change)
            made = self._made(values, change)
            flag = writing.add_flag(replace(made.flag, creation_context="web_experiments"))
            stored = writing.add_experiment(replace(made, flag=flag))
        serve_now(self._flag_source)
        return stored

    def update(
        self,
        project: Project,
        experiment_id: ExperimentId,
        values: WebValues,
        *,
        actor: User | None,
    ) -> Experiment:
        """Change what is named; new variants are written to the flag too.

        Raises:
            NotFound: The project has no such web experiment.
            InvalidInput: The variants make no flag.
        """
        change = self._change(project, actor)
        cohorts = self._cohorts(project.id)
        with self._metadata.transaction() as repositories:
            writing = Writing(repositories, change)
            before = _get(repositories, project.id, experiment_id)
            after = _changed(before, values, cohorts, now=change.now)
            stored = writing.save_experiment(before, after)
            if after.flag is not before.flag:
                writing.tell_experiments(stored.flag, but=stored)
        serve_now(self._flag_source)
        return stored

    def remove(self, project: Project, experiment_id: ExperimentId, *, actor: User | None) -> None:
        """Forget a web experiment; its flag stays as it is.

        Raises:
            NotFound: The project has no such web experiment.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, experiment_id)
            repositories.experiments.remove(project.id, experiment_id)
            Writing(repositories, change).log(
                scope=EXPERIMENT,
                item_id=before.id,
                name=before.name,
                before=logged_experiment(before),
                after=None,
            )
        serve_now(self._flag_source)

    def _made(self, values: WebValues, change: Change) -> Experiment:
        variants = values["variants"]
        request = ExperimentRequest(
            values={
                "name": values["name"],
                "type": ExperimentType.WEB,
                "parameters": {VARIANTS: flag_variants(variants)},
            },
            flag_key=web_flag_key(values["name"], self._new_digits()),
        )
        around = Circumstances(
            project=change.project,
            author=None if change.actor is None else change.actor.id,
            now=change.now,
            new_uuid=self._new_uuid,
        )
        return replace(
            new_experiment(request, None, around),
            created_at=values.get("created_at", change.now),
            web_variants=variants,
        )

    def _change(self, project: Project, actor: User | None) -> Change:
        return Change(project=project, actor=actor, now=self._clock.now())

    def _cohorts(self, project_id: ProjectId) -> tuple[int, ...]:
        snapshot = self._flag_source.find_project(project_id)
        return () if snapshot is None else tuple(snapshot.cohort_ids)


def _get(
    repositories: Repositories, project_id: ProjectId, experiment_id: ExperimentId
) -> Experiment:
    found = repositories.experiments.find(project_id, experiment_id)
    if found is None or found.deleted or found.type is not ExperimentType.WEB:
        raise NotFound("Not found.")
    return found


def _changed(
    before: Experiment, values: WebValues, cohorts: tuple[int, ...], *, now: datetime
) -> Experiment:
    after = replace(
        before,
        name=values.get("name", before.name),
        created_at=values.get("created_at", before.created_at),
        updated_at=now,
    )
    if "variants" not in values:
        return after
    variants = values["variants"]
    flag = with_web_variants(before.flag, flag_variants(variants), cohorts=cohorts, now=now)
    return replace(
        after,
        flag=flag,
        parameters=with_flags_split(before.parameters, flag.filters),
        web_variants=variants,
    )
