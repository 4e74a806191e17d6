"""Results of experiments of the first years, from the events of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.legacy.metrics import (
    LegacyMetric,
    custom_exposure_of,
    metric_of_filters,
    metric_of_query,
    secondary_of,
    target_of,
)
from splitplot.experiments.legacy.plans import LegacyPlan, key_of_legacy, plan_legacy
from splitplot.experiments.legacy.results import (
    LegacyVariant,
    LegacyVerdict,
    variants_of_funnel,
    variants_of_trend,
    verdict,
    verdict_of_query,
)
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.plan import SummaryPlan
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventSelection, EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.answers import Answer, AnswerCache, NoAnswer, Question, Refresh
from splitplot.services.event_actions.plans import resolved

KEPT_FOR = timedelta(hours=1)
KEPT_ANSWERS = 200
LATELY = timedelta(days=7)
_FEATURE = "$feature/"
# What fits every database's integers.
_MAX_ID = 2**31 - 1

Counts = tuple[LegacyVariant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyReport:
    """A verdict, the metric that it is about, and the filters that the metric was kept as."""

    verdict: LegacyVerdict
    metric: LegacyMetric
    filters: Properties
    answer: Answer[Counts]


class LegacyResultService:
    """Answers the questions of old clients. Counts are kept for an hour, or until an event."""

    def __init__(self, *, metadata: Metadata, store: EventStore, clock: Clock) -> None:
        self._metadata = metadata
        self._store = store
        self._clock = clock
        self._counts: AnswerCache[Counts] = AnswerCache(capacity=KEPT_ANSWERS)

    def target(
        self, project: Project, experiment_id: ExperimentId, *, is_forced: bool
    ) -> LegacyReport:
        """What the experiment's filters say.

        Args:
            project: Whose experiment.
            experiment_id: Which.
            is_forced: Count anew, even if counts are kept.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It has no filters, is a draft, or has too little data.
            Unavailable: A store does not answer.
        """
        experiment = self._get(project, experiment_id)
        return self._report(project, experiment, target_of(experiment), is_forced=is_forced)

    def secondary(
        self,
        project: Project,
        experiment_id: ExperimentId,
        number: str | None,
        *,
        is_forced: bool,
    ) -> LegacyReport:
        """What one of the experiment's secondary metrics says.

        Args:
            project: Whose experiment.
            experiment_id: Which.
            number: The metric's place in their list, as it was sent.
            is_forced: Count anew, even if counts are kept.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: There is no such metric, or as for the target.
            Unavailable: A store does not answer.
        """
        experiment = self._get(project, experiment_id)
        filters = secondary_of(experiment, number)
        return self._report(project, experiment, filters, is_forced=is_forced)

    def query(
        self, project: Project, experiment_id: int, query: Properties, *, refresh: Refresh
    ) -> LegacyReport | NoAnswer:
        """What a query of one of the two old kinds says.

        Raises:
            InvalidInput: There is no such experiment, or as for the target; what data are
                missing is said as JSON.
            Unavailable: A store does not answer.
        """
        experiment = self._find(project, experiment_id)
        if experiment is None:
            raise InvalidInput(f"Experiment with id {experiment_id} not found")
        metric = metric_of_query(query)
        answer = self._answer(project, experiment, metric, refresh=refresh)
        if isinstance(answer, NoAnswer):
            return answer
        said = verdict_of_query(answer.value)
        return LegacyReport(verdict=said, metric=metric, filters=query, answer=answer)

    def has_flag_in_events(
        self, project: Project, names: Sequence[str | None], *, samples: int
    ) -> bool:
        """Whether one of the latest events says what a flag has served.

        Args:
            project: Whose events of the last seven days.
            names: Of events; None stands for every name.
            samples: How many events of each name are looked at, the latest ones.

        Raises:
            Unavailable: The event store does not answer.
        """
        since = self._clock.now() - LATELY
        return any(
            key.startswith(_FEATURE)
            for name in names
            for event in self._store.find_events(
                EventSelection(project_id=project.id, limit=samples, name=name, after=since)
            )
            for key in event.properties
        )

    def _report(
        self, project: Project, experiment: Experiment, filters: Properties, *, is_forced: bool
    ) -> LegacyReport:
        metric = metric_of_filters(filters, custom_exposure_of(experiment))
        refresh = Refresh.FORCE if is_forced else Refresh.REUSE
        answer = self._answer(project, experiment, metric, refresh=refresh)
        assert isinstance(answer, Answer)  # noqa: S101 only who wants a kept one gets none
        said = verdict(answer.value)
        return LegacyReport(verdict=said, metric=metric, filters=filters, answer=answer)

    def _answer(
        self, project: Project, experiment: Experiment, metric: LegacyMetric, *, refresh: Refresh
    ) -> Answer[Counts] | NoAnswer:
        now = self._clock.now()
        plan = plan_legacy(experiment, metric, project=project, as_of=now)
        plan = resolved(self._metadata, project, plan, now=now)
        question = Question(
            key=key_of_legacy(plan),
            revision=self._store.revision(project.id),
            asked_at=now,
            keeps=KEPT_FOR,
        )
        return self._counts.answer(question, lambda: self._count(plan), refresh=refresh)

    def _count(self, plan: LegacyPlan) -> Counts:
        sums = plan.sums
        if isinstance(sums, SummaryPlan):
            return variants_of_funnel(self._store.summarize(sums))
        counted, exposed = self._store.tally(sums.counted), self._store.tally(sums.exposed)
        return variants_of_trend(sums, counted, exposed)

    def _get(self, project: Project, experiment_id: ExperimentId) -> Experiment:
        experiment = self._find(project, experiment_id)
        if experiment is None:
            raise NotFound("Not found.")
        return experiment

    def _find(self, project: Project, experiment_id: int) -> Experiment | None:
        if not 0 < experiment_id <= _MAX_ID:
            return None
        with self._metadata.reading() as repositories:
            found = repositories.experiments.find(project.id, ExperimentId(experiment_id))
        return None if found is None or found.deleted else found
