"""From an experiment to an answer: what a metric did, and who was exposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import InvalidInput, SplitplotError, TooCostly, Unavailable
from splitplot.experiments.exposures import ExposureSummary, exposure_summary
from splitplot.experiments.metric_plans import Limitation
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.plan import SummaryPlan, VariantSummary
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
from splitplot.ports.event_store import EventStore, Summed
from splitplot.ports.precomputed import Precomputed
from splitplot.ports.repositories import Metadata
from splitplot.services.answers import Answer, AnswerCache, NoAnswer, Question, Refresh
from splitplot.services.event_actions.plans import resolved

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
        is_precomputed: It was made from what the event store keeps for such questions.
    """

    result: MetricResult
    kind: MetricKind
    sql: str
    limitations: tuple[Limitation, ...]
    is_precomputed: bool = False


def compared_with(experiment: Experiment, baseline: str) -> Experiment:
    """The experiment with another baseline than its own."""
    config = {**experiment.stats_config, "baseline_variant_key": baseline}
    return replace(experiment, stats_config=config)


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
        baseline: str | None = None,
        recomputes: bool = False,
    ) -> Answer[MetricReport] | NoAnswer:
        """What one metric says about every treatment of the experiment.

        Args:
            project: Whose experiment.
            experiment_id: A number that may be no experiment's.
            metric: The metric's document; it need not be one of the experiment's own.
            refresh: Whether a kept answer will do.
            baseline: Compared with, in place of the experiment's own.
            recomputes: From raw events, whatever the experiment says.

        Raises:
            InvalidInput: There is no such experiment, it is a draft, or the metric asks
                for what cannot be computed.
            Unavailable: A store does not answer.
        """
        experiment = self.experiment(project.id, experiment_id)
        if baseline is not None:
            experiment = compared_with(experiment, baseline)
        return self.result_of(project, experiment, metric, refresh=refresh, recomputes=recomputes)

    def result_of(
        self,
        project: Project,
        experiment: Experiment,
        metric: Properties,
        *,
        refresh: Refresh = Refresh.REUSE,
        recomputes: bool = False,
    ) -> Answer[MetricReport] | NoAnswer:
        """As `metric_result`, for an experiment that has been read."""
        (answer,) = self.results_of(
            project, experiment, [metric], refresh=refresh, recomputes=recomputes
        )
        if isinstance(answer, SplitplotError):
            raise answer
        return answer

    def results_of(
        self,
        project: Project,
        experiment: Experiment,
        metrics: Sequence[Properties],
        *,
        refresh: Refresh = Refresh.REUSE,
        recomputes: bool = False,
    ) -> list[Answer[MetricReport] | NoAnswer | SplitplotError]:
        """As `result_of` for each metric, with its error in place of an answer that it lacks.

        What is not known is asked of the event store all at once.

        Raises:
            Unavailable: A store does not answer.
        """
        now = self._clock.now()
        precomputes = experiment.exposure_preaggregation_enabled and not recomputes
        revision = self._store.revision(project.id)
        planned = [self._planned(project, experiment, metric, now) for metric in metrics]
        plans = [plan for plan in planned if isinstance(plan, ResultPlan)]
        questions = [
            Question(
                # Who wants raw events read gets no answer that was made otherwise.
                key=key_of(plan) if precomputes else f"{key_of(plan)}-direct",
                revision=revision,
                asked_at=now,
                keeps=None if plan.is_settled else FRESH_FOR,
            )
            for plan in plans
        ]
        answers = iter(
            self._reports.answer_all(
                questions,
                lambda places: self._reports_of(
                    [plans[at] for at in places], precomputes=precomputes
                ),
                refresh=refresh,
            )
        )
        return [next(answers) if isinstance(plan, ResultPlan) else plan for plan in planned]

    def _planned(
        self, project: Project, experiment: Experiment, metric: Properties, now: datetime
    ) -> ResultPlan | SplitplotError:
        try:
            plan = plan_result(experiment, metric, project=project, as_of=now)
            return resolved(self._metadata, project, plan, now=now)
        except Unavailable:
            raise
        except SplitplotError as error:
            return error

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
        plan = resolved(self._metadata, project, plan, now=as_of)
        (report,) = self._reports_of([plan], precomputes=False)
        if isinstance(report, SplitplotError):
            raise report
        return Answer(
            key=key_of(plan),
            value=report,
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
        plan = resolved(self._metadata, project, plan, now=now)
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

    def _reports_of(
        self, plans: Sequence[ResultPlan], *, precomputes: bool
    ) -> list[MetricReport | SplitplotError]:
        """Each plan's report, or why it has none; all that has to be summed at once."""
        reports: dict[int, MetricReport | SplitplotError] = {}
        begins = True
        for at, plan in enumerate(plans) if precomputes else ():
            kept = self._precomputed(plan, begins=begins)
            # To make state takes long: a page of many metrics waits for one of them at a time.
            begins = begins and not (isinstance(kept, Precomputed) and kept.is_new)
            if kept is not None:
                reports[at] = _precomputed_report(plan, kept)
        missing = [at for at in range(len(plans)) if at not in reports]
        parts = [at for at in missing if plans[at].parts is not None]
        summed = self._summed(
            [plans[at].summary for at in missing]
            + [part for at in parts if (part := plans[at].parts) is not None]
        )
        of_parts = dict(zip(parts, summed[len(missing) :], strict=True))
        for at, sums in zip(missing, summed, strict=False):
            reports[at] = _report_or_error(plans[at], sums, of_parts.get(at))
        return [reports[at] for at in range(len(plans))]

    def _summed(self, plans: Sequence[SummaryPlan]) -> Sequence[Summed | SplitplotError]:
        try:
            return self._store.summarize_all(plans)
        except TooCostly as error:
            # They were asked together, and stopped together.
            return [error] * len(plans)

    def _precomputed(
        self, plan: ResultPlan, *, begins: bool
    ) -> Precomputed | SplitplotError | None:
        """From what the store keeps, if it keeps anything for the plan."""
        keeper = self._store.precomputed
        if keeper is None or plan.parts is not None:
            return None
        try:
            return keeper.summarize(plan.summary, begins=begins)
        except (InvalidInput, TooCostly) as error:
            return error

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


def _precomputed_report(
    plan: ResultPlan, kept: Precomputed | SplitplotError
) -> MetricReport | SplitplotError:
    if isinstance(kept, SplitplotError):
        return kept
    try:
        report = _report_of(plan, kept.summaries, sql=kept.sql)
    except SplitplotError as error:
        return error
    return replace(report, is_precomputed=True)


def _report_or_error(
    plan: ResultPlan, sums: Summed | SplitplotError, of_parts: Summed | SplitplotError | None
) -> MetricReport | SplitplotError:
    """The sums of the metric, and behind them those of the values that it is split by."""
    if isinstance(sums, SplitplotError):
        return sums
    if isinstance(of_parts, SplitplotError):
        return of_parts
    summaries = sums.summaries if of_parts is None else (*sums.summaries, *of_parts.summaries)
    try:
        return _report_of(plan, summaries, sql=sums.sql)
    except SplitplotError as error:
        return error


def _report_of(
    plan: ResultPlan, summaries: tuple[VariantSummary, ...], *, sql: str
) -> MetricReport:
    return MetricReport(
        result=metric_result(
            summaries,
            kind=plan.kind,
            goal=plan.goal,
            config=plan.config,
            baseline_key=plan.baseline_key,
        ),
        kind=plan.kind,
        sql=sql,
        limitations=plan.limitations,
    )
