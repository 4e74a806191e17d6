"""Where many experiments stand, from answers that are kept: nothing is computed for it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from splitplot.accounts.access import Sight
from splitplot.accounts.model import Project
from splitplot.errors import SplitplotError
from splitplot.experiments.deciding.outcomes import Outcome, with_families
from splitplot.experiments.deciding.progress import Progress, progress_of, smallest_effect
from splitplot.experiments.deciding.readings import Reading, Word, readings
from splitplot.experiments.deciding.roles import MeasuredMetric, Role, measured_metrics
from splitplot.experiments.exposures import ExposureSummary
from splitplot.experiments.health import (
    Finding,
    Severity,
    find_problems,
    health_facts,
)
from splitplot.experiments.judgement import Reason
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.planning import exposure_request
from splitplot.experiments.stats_config import read_stats_config
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata
from splitplot.services.answers import NoAnswer, Refresh
from splitplot.services.experiment_results.overview import SPLIT_MISMATCH, treatment_decisions
from splitplot.services.results import ResultService

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryReading:
    """What the first primary metric says of its most telling treatment."""

    metric: MeasuredMetric
    reading: Reading
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an experiment stands, as far as somebody has asked lately.

    Attributes:
        primary: None until every metric has a kept result: one less, and the family of
            comparisons would be another one than on the experiment's page.
        guardrails: How many have which verdict, each by its worst treatment.
        findings: What is wrong; checks of exposures are left out when these are not kept.
        days: Since the launch; None for a draft.
        progress: None until exposures are kept.
        ready_to_ship: The treatments that the decision rule says to ship; none until every
            metric has a kept result.
    """

    experiment: Experiment
    primary: PrimaryReading | None
    guardrails: Mapping[Word, int]
    findings: tuple[Finding, ...]
    days: float | None
    progress: Progress | None
    ready_to_ship: tuple[str, ...] = ()


class StandingService:
    """Answers at once for a page of a list."""

    def __init__(self, *, metadata: Metadata, results: ResultService, clock: Clock) -> None:
        self._metadata = metadata
        self._results = results
        self._clock = clock

    def read(
        self, project: Project, ids: Collection[ExperimentId], *, sight: Sight | None
    ) -> tuple[Standing, ...]:
        """Where each of these stands; those that are not there or not in sight are left out.

        Args:
            project: Whose.
            ids: Which, in the order of the answer.
            sight: What the caller sees.
        """
        with self._metadata.reading() as repositories:
            found = repositories.experiments.find_many(project.id, ids, sight=sight)
        return tuple(self._standing(project, found[one]) for one in ids if one in found)

    def _standing(self, project: Project, experiment: Experiment) -> Standing:
        now = self._clock.now()
        exposures = self._exposures(project, experiment)
        outcomes, computed_at = self._outcomes(project, experiment)
        config = read_stats_config(experiment.stats_config)
        doubt = _doubt(exposures)
        read = {
            outcome.metric.key: readings(
                outcome,
                config=config,
                smallest_effect=smallest_effect(experiment),
                doubt=doubt,
            )
            for outcome in outcomes
        }
        start, end = experiment.start_date, experiment.end_date
        return Standing(
            experiment=experiment,
            primary=_primary(outcomes, read, computed_at),
            guardrails=_guardrails(outcomes, read),
            findings=_findings(experiment, exposures, now),
            days=None if start is None else max(0.0, ((end or now) - start) / _DAY),
            progress=None
            if exposures is None
            else progress_of(experiment, outcomes, exposed=exposures.total, now=now),
            ready_to_ship=tuple(
                decision.variant
                for decision in treatment_decisions(exposures, outcomes, config)
                if decision.should_ship
            ),
        )

    def _exposures(self, project: Project, experiment: Experiment) -> ExposureSummary | None:
        try:
            request = exposure_request(experiment)
            answer = self._results.exposures(project, request, refresh=Refresh.LAST_KNOWN)
        except SplitplotError:
            return None
        return None if isinstance(answer, NoAnswer) else answer.value

    def _outcomes(
        self, project: Project, experiment: Experiment
    ) -> tuple[tuple[Outcome, ...], datetime | None]:
        """The outcomes of all metrics and the oldest one's moment; none unless all are kept."""
        found, moments = [], []
        for metric in measured_metrics(experiment) if experiment.start_date else ():
            try:
                answer = self._results.result_of(
                    project, experiment, metric.document, refresh=Refresh.LAST_KNOWN
                )
            except SplitplotError as error:
                reason = Reason(code=error.code, message=error.message)
                found.append(Outcome(metric=metric, reason=reason))
                continue
            if isinstance(answer, NoAnswer):
                return (), None
            moments.append(answer.computed_at)
            found.append(Outcome(metric=metric, result=answer.value.result))
        treatments = max(
            (len(one.result.variants) for one in found if one.result is not None), default=0
        )
        correction = read_stats_config(experiment.stats_config).correction
        judged = with_families(found, treatments=treatments, correction=correction)
        return judged, min(moments, default=None)


def _doubt(exposures: ExposureSummary | None) -> Reason | None:
    if exposures is None or exposures.sample_ratio is None:
        return None
    return SPLIT_MISMATCH if exposures.sample_ratio.is_mismatch else None


def _primary(
    outcomes: tuple[Outcome, ...],
    read: Mapping[str, tuple[Reading, ...]],
    computed_at: datetime | None,
) -> PrimaryReading | None:
    first = next((one for one in outcomes if one.metric.role is Role.PRIMARY), None)
    if first is None or computed_at is None or not read[first.metric.key]:
        return None
    telling = min(read[first.metric.key], key=lambda one: _ORDER.index(one.verdict))
    return PrimaryReading(metric=first.metric, reading=telling, computed_at=computed_at)


def _guardrails(
    outcomes: tuple[Outcome, ...], read: Mapping[str, tuple[Reading, ...]]
) -> Mapping[Word, int]:
    worst = (
        max((one.verdict for one in read[outcome.metric.key]), key=_GUARDED.index)
        for outcome in outcomes
        if outcome.metric.role is Role.GUARDRAIL and read[outcome.metric.key]
    )
    return Counter(worst)


def _findings(
    experiment: Experiment, exposures: ExposureSummary | None, now: datetime
) -> tuple[Finding, ...]:
    facts = health_facts(
        experiment,
        now=now,
        metrics=len(measured_metrics(experiment))
        + len(experiment.secondary_metrics)
        + bool(experiment.filters),
        exposed=None if exposures is None else exposures.total,
        sample_ratio=None if exposures is None else exposures.sample_ratio,
        bias_risk=None if exposures is None else exposures.bias_risk,
    )
    return tuple(sorted(find_problems(facts), key=lambda one: one.severity is Severity.INFO))


# The most telling first.
_ORDER = (
    Word.WORSE,
    Word.BETTER,
    Word.NO_MEANINGFUL_DIFFERENCE,
    Word.NOT_YET,
    Word.WITHHELD,
    Word.SAFE,
    Word.NOT_YET_EXCLUDED,
    Word.BREACHED,
)
# The worst last.
_GUARDED = (
    Word.SAFE,
    Word.NO_MEANINGFUL_DIFFERENCE,
    Word.BETTER,
    Word.WORSE,
    Word.NOT_YET,
    Word.WITHHELD,
    Word.NOT_YET_EXCLUDED,
    Word.BREACHED,
)
