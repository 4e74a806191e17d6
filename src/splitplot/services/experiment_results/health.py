"""What is wrong with an experiment, as it is now."""

from dataclasses import dataclass
from datetime import datetime

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.deciding.roles import measured_metrics
from splitplot.experiments.exposures import ExposureSummary
from splitplot.experiments.health import Finding, find_problems, health_facts
from splitplot.experiments.judgement import Reason
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.planning import exposure_request
from splitplot.ports.clock import Clock
from splitplot.services.answers import NoAnswer
from splitplot.services.experiments import ExperimentService
from splitplot.services.results import ResultService


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentHealth:
    """The findings, and the exposures that some of them rest on.

    Attributes:
        exposures: None when they cannot be counted.
        reason: Why they cannot.
    """

    experiment: Experiment
    findings: tuple[Finding, ...]
    exposures: ExposureSummary | None
    reason: Reason | None
    checked_at: datetime


class HealthService:
    """Checks experiments, drafts and ended ones too."""

    def __init__(
        self, *, experiments: ExperimentService, results: ResultService, clock: Clock
    ) -> None:
        self._experiments = experiments
        self._results = results
        self._clock = clock

    def check(self, project: Project, experiment_id: ExperimentId) -> ExperimentHealth:
        """Every finding about an experiment.

        Raises:
            NotFound: The project has no such experiment.
            Unavailable: A store does not answer.
        """
        experiment = self._experiments.get(project.id, experiment_id).experiment
        exposures, reason = self._exposures(project, experiment)
        now = self._clock.now()
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
        return ExperimentHealth(
            experiment=experiment,
            findings=find_problems(facts),
            exposures=exposures,
            reason=reason,
            checked_at=now,
        )

    def _exposures(
        self, project: Project, experiment: Experiment
    ) -> tuple[ExposureSummary | None, Reason | None]:
        """The exposures, or why they cannot be counted: of a flag without variants, say."""
        try:
            answer = self._results.exposures(project, exposure_request(experiment))
        except InvalidInput as error:
            return None, Reason(code=error.code, message=error.message)
        assert not isinstance(answer, NoAnswer)  # noqa: S101 only asking for kept ones has none
        return answer.value, None
