"""All metrics of an experiment at once: results, families of p-values, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput, SplitplotError, TooCostly
from splitplot.experiments.deciding.decision import Quality, TreatmentDecision, decisions
from splitplot.experiments.deciding.outcomes import Outcome, with_families
from splitplot.experiments.deciding.progress import Progress, progress_of
from splitplot.experiments.deciding.roles import measured_metrics
from splitplot.experiments.exposures import ExposureSummary
from splitplot.experiments.judgement import Reason, level_of
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.planning import exposure_request
from splitplot.experiments.stats_config import Engine, StatsConfig, read_stats_config
from splitplot.ports.clock import Clock
from splitplot.services.answers import Answer, NoAnswer, Refresh
from splitplot.services.experiments import ExperimentService
from splitplot.services.results import MetricReport, ResultService, compared_with

T = TypeVar("T")

SPLIT_MISMATCH = Reason(
    code="sample_ratio",
    message="Units are not split as the flag says, so no verdict is to be relied on.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsOverview:
    """Everything that the metrics of an experiment say.

    Attributes:
        outcomes: One for each metric, primary ones first; p-values are adjusted for their
            families.
        answers: How each result came about, by the metric's key; those without a result
            are missing.
        decisions: One for each treatment; none when nothing could be judged, or our own
            judgement is not asked for.
        doubt: Why no result is to be relied on; None when the units are split as they should.
        progress: How far the experiment has come.
    """

    experiment: Experiment
    config: StatsConfig
    outcomes: tuple[Outcome, ...]
    answers: Mapping[str, Answer[MetricReport]]
    decisions: tuple[TreatmentDecision, ...]
    doubt: Reason | None
    progress: Progress | None
    computed_at: datetime

    @property
    def level(self) -> float:
        """Of every interval, in (0, 1)."""
        return level_of(self.config.settings)


class OverviewService:
    """Answers for all metrics of an experiment. Each result is one that `ResultService` keeps."""

    def __init__(
        self, *, experiments: ExperimentService, results: ResultService, clock: Clock
    ) -> None:
        self._experiments = experiments
        self._results = results
        self._clock = clock

    def read(
        self,
        project: Project,
        experiment_id: ExperimentId,
        *,
        refresh: Refresh = Refresh.REUSE,
        baseline: str | None = None,
    ) -> ResultsOverview:
        """What all metrics say together.

        A metric that cannot be computed has its reason in place of a result.

        Args:
            project: Whose experiment.
            experiment_id: Which.
            refresh: `REUSE` or `FORCE`.
            baseline: The variant that the others are compared with, in place of the
                experiment's own.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It is a draft, or has no such variant.
            Unavailable: A store does not answer.
        """
        experiment = self._experiments.get(project.id, experiment_id).experiment
        if experiment.start_date is None:
            raise InvalidInput("The experiment has not been launched yet.", code="not_launched")
        config = read_stats_config(experiment.stats_config)
        answers: dict[str, Answer[MetricReport]] = {}
        outcomes = []
        metrics = measured_metrics(experiment)
        asked = experiment if baseline is None else compared_with(experiment, baseline)
        found = self._results.results_of(
            project, asked, [metric.document for metric in metrics], refresh=refresh
        )
        for metric, answer in zip(metrics, map(_answer_or_reason, found), strict=True):
            if isinstance(answer, Reason):
                outcomes.append(Outcome(metric=metric, reason=answer))
            else:
                answers[metric.key] = answer
                outcomes.append(Outcome(metric=metric, result=answer.value.result))
        treatments = _treatments(outcomes)
        judged = with_families(outcomes, treatments=len(treatments), correction=config.correction)
        exposures = self._exposures(project, experiment)
        ratio = None if exposures is None else exposures.sample_ratio
        now = self._clock.now()
        return ResultsOverview(
            experiment=experiment,
            config=config,
            outcomes=judged,
            answers=answers,
            decisions=treatment_decisions(exposures, judged, config),
            doubt=SPLIT_MISMATCH if ratio is not None and ratio.is_mismatch else None,
            progress=progress_of(
                experiment, judged, exposed=0 if exposures is None else exposures.total, now=now
            ),
            computed_at=now,
        )

    def _exposures(self, project: Project, experiment: Experiment) -> ExposureSummary | None:
        """None when they cannot be counted: of a flag without variants, say, or of too many."""
        try:
            return _there(self._results.exposures(project, exposure_request(experiment))).value
        except (InvalidInput, TooCostly):
            return None


def treatment_decisions(
    exposures: ExposureSummary | None, outcomes: tuple[Outcome, ...], config: StatsConfig
) -> tuple[TreatmentDecision, ...]:
    """What to do about each treatment; none where our own judgement is not asked for.

    Args:
        exposures: None when they could not be counted: then nothing is decided.
        outcomes: Of every metric, with their families.
        config: Of the experiment.
    """
    treatments = _treatments(outcomes)
    if not treatments or config.engine is Engine.POSTHOG or exposures is None:
        return ()
    return decisions(
        outcomes,
        treatments=treatments,
        settings=config.settings,
        quality=Quality(sample_ratio=exposures.sample_ratio, bias_risk=exposures.bias_risk),
    )


def _treatments(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Keys of the variants compared with the baseline; the same for every result."""
    results = (outcome.result for outcome in outcomes if outcome.result is not None)
    found = next(results, None)
    return () if found is None else tuple(one.summary.variant for one in found.variants)


def _there(answer: Answer[T] | NoAnswer) -> Answer[T]:
    assert not isinstance(answer, NoAnswer)  # noqa: S101 only asking for kept answers has none
    return answer


def _answer_or_reason(
    answer: Answer[MetricReport] | NoAnswer | SplitplotError,
) -> Answer[MetricReport] | Reason:
    if isinstance(answer, SplitplotError):
        return Reason(code=answer.code, message=answer.message)
    return _there(answer)
