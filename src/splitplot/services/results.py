"""From an experiment to an answer: what a metric did, and who was exposed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import InvalidInput
from splitplot.experiments.exposures import ExposureSummary, exposure_summary
from splitplot.experiments.metric_plans import Limitation
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.planning import (
    ExposureRequest,
    ExposureSummaryPlan,
    ResultPlan,
    key_of,
    plan_exposures,
    plan_result,
)
from splitplot.experiments.results import MetricKind, MetricResult, metric_result
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.answers import Answer, AnswerCache, NoAnswer, Question, Refresh
from splitplot.services.cohorts import with_cohorts

# An experiment that is under way has a later end every moment. Within this time its answer
# is used again, unless an event arrived.
FRESH_FOR = timedelta(seconds=30)
KEPT_ANSWERS = 1000
# What fits every database's integers.
_MAX_ID = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricReport:
    """A metric's result and how it came about.

    Attributes:
        sql: What the event store ran; for people to read.
        limitations: What was asked for and is not in the result.
    """

    result: MetricResult
    kind: MetricKind
    sql: str
    limitations: tuple[Limitation, ...]


class ResultService:
    """Answers questions about experiments. An answer is kept while nothing has changed.

    "Nothing" is the project's events and persons, the plan and the statistics settings;
    and for an experiment that is under way, `FRESH_FOR` has not passed.
    """

    def __init__(self, *, metadata: Metadata, store: EventStore, clock: Clock) -> None:
        self._metadata = metadata
        self._store = store
        self._clock = clock
        self._reports: AnswerCache[MetricReport] = AnswerCache(capacity=KEPT_ANSWERS)
        self._exposures: AnswerCache[ExposureSummary] = AnswerCache(capacity=KEPT_ANSWERS)

    def metric_result(
        self,
        project: Project,
        experiment_id: int,
        metric: Properties,
        *,
        refresh: Refresh = Refresh.REUSE,
    ) -> Answer[MetricReport] | NoAnswer:
        """What one metric says about every treatment of the experiment.

        Args:
            project: Whose experiment.
            experiment_id: A number that may be no experiment's.
            metric: The metric's document; it need not be one of the experiment's own.
            refresh: Whether a kept answer will do.

        Raises:
            InvalidInput: There is no such experiment, it is a draft, or the metric asks
                for what cannot be computed.
            Unavailable: A store does not answer.
        """
        experiment = self.experiment(project.id, experiment_id)
        now = self._clock.now()
        plan = plan_result(experiment, metric, project=project, as_of=now)
        plan = with_cohorts(self._metadata, project, plan, now=now)
        question = Question(
            key=key_of(plan),
            revision=self._store.revision(project.id),
            asked_at=now,
            keeps=None if plan.is_settled else FRESH_FOR,
        )
        return self._reports.answer(question, lambda: self._report(plan), refresh=refresh)

    def result_as_of(
        self, project: Project, experiment: Experiment, metric: Properties, as_of: datetime
    ) -> Answer[MetricReport]:
        """What the metric said, or would have said, at a moment: nothing later counts.

        Not kept: whoever asks for the past keeps the answer.

        Args:
            project: Whose experiment.
            experiment: With its flag and settings, which are those of today.
            metric: The metric's document.
            as_of: Aware, not in the future.

        Raises:
            InvalidInput: The experiment is a draft, or the metric asks for what cannot be
                computed.
            Unavailable: The event store does not answer.
        """
        plan = plan_result(experiment, metric, project=project, as_of=as_of)
        plan = with_cohorts(self._metadata, project, plan, now=as_of)
        return Answer(
            key=key_of(plan),
            value=self._report(plan),
            computed_at=self._clock.now(),
            valid_until=None,
            is_cached=False,
        )

    def exposures(
        self, project: Project, request: ExposureRequest, *, refresh: Refresh = Refresh.REUSE
    ) -> Answer[ExposureSummary] | NoAnswer:
        """Who was exposed to which variant, day by day, and whether the split holds.

        Raises:
            InvalidInput: The flag has no variants, or the criteria ask for what cannot be
                computed.
            Unavailable: The event store does not answer.
        """
        if request.experiment_id is not None:
            experiment = self.experiment(project.id, request.experiment_id)
            request = replace(request, excluded=experiment.excluded_variants)
        now = self._clock.now()
        plan = plan_exposures(request, project=project, as_of=now)
        plan = with_cohorts(self._metadata, project, plan, now=now)
        question = Question(
            key=key_of(plan),
            revision=self._store.revision(project.id),
            asked_at=now,
            keeps=None if plan.is_settled else FRESH_FOR,
        )
        return self._exposures.answer(question, lambda: self._count(plan), refresh=refresh)

    def experiment(self, project_id: ProjectId, experiment_id: int) -> Experiment:
        """The experiment of this id, unless it is deleted.

        Raises:
            InvalidInput: There is none.
        """
        with self._metadata.reading() as repositories:
            experiment = (
                repositories.experiments.find(project_id, ExperimentId(experiment_id))
                if 0 < experiment_id <= _MAX_ID
                else None
            )
        if experiment is None or experiment.deleted:
            raise InvalidInput(f"Experiment with id {experiment_id} not found")
        return experiment

    def _report(self, plan: ResultPlan) -> MetricReport:
        return MetricReport(
            result=metric_result(
                self._store.summarize(plan.summary),
                kind=plan.kind,
                goal=plan.goal,
                config=plan.config,
                baseline_key=plan.baseline_key,
            ),
            kind=plan.kind,
            sql=self._store.explain(plan.summary),
            limitations=plan.limitations,
        )

    def _count(self, plan: ExposureSummaryPlan) -> ExposureSummary:
        exposure = plan.exposure
        plans = [one for one in (exposure, plan.held_out) if one is not None]
        return exposure_summary(
            [count for one in plans for count in self._store.count_exposures(one)],
            window=None if exposure is None else (exposure.start, exposure.end),
            timezone=plan.timezone,
            shares=plan.shares,
            excluded=plan.excluded,
            handling=plan.handling,
            holdout=plan.holdout,
        )
