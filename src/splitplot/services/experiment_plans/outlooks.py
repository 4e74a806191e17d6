"""How long a draft will take, read off what its metric did lately."""

from dataclasses import dataclass

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.ahead.outlook import (
    Design,
    Outlook,
    design_of,
    history_plan,
    outlook,
    units_per_day,
)
from splitplot.experiments.deciding.roles import MeasuredMetric, Role, measured_metrics
from splitplot.experiments.judgement import Reason
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.planning import ResultPlan
from splitplot.experiments.results import stats_summary
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.event_actions.plans import resolved
from splitplot.services.experiments import ExperimentService
from splitplot.stats import Summary

# Everybody who did anything; counted where there is no metric to count for.
_ANYTHING: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "source": {"kind": "EventsNode", "event": None, "math": "total"},
}
_NO_METRIC = Reason(code="no_metric", message="Without a metric there is no size to plan.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRecord:
    """The outlook, and what it is about.

    Attributes:
        metric: The first primary metric; None while there is none.
    """

    outlook: Outlook
    design: Design
    metric: MeasuredMetric | None


class OutlookService:
    """Reads four weeks of history for a draft, or for a running experiment."""

    def __init__(
        self,
        *,
        experiments: ExperimentService,
        metadata: Metadata,
        store: EventStore,
        clock: Clock,
    ) -> None:
        self._experiments = experiments
        self._metadata = metadata
        self._store = store
        self._clock = clock

    def read(
        self, project: Project, experiment_id: ExperimentId, *, event: str | None, effect: float
    ) -> OutlookRecord:
        """What to expect of the experiment as it is now.

        Args:
            project: Whose.
            experiment_id: Which.
            event: Makes somebody one of those whom the experiment is for; None: any.
            effect: Smallest effect worth finding, as a share of the baseline, above 0.

        Raises:
            NotFound: The project has no such experiment.
            Unavailable: The event store does not answer.
        """
        experiment = self._experiments.get(project.id, experiment_id).experiment
        metrics = measured_metrics(experiment)
        metric = next((one for one in metrics if one.role is Role.PRIMARY), None)
        design = design_of(experiment)
        units, per_day = self._population(project, experiment, event)
        found = outlook(
            design,
            units=units,
            per_day=per_day,
            summary=self._past(project, experiment, metric, event),
            effect=effect,
        )
        return OutlookRecord(outlook=found, design=design, metric=metric)

    def _population(
        self, project: Project, experiment: Experiment, event: str | None
    ) -> tuple[int, float]:
        try:
            plan = self._plan(project, experiment, _ANYTHING, event)
        except InvalidInput:
            return 0, 0.0
        counts = self._store.count_exposures(plan.summary.exposure)
        return units_per_day(counts, now=self._clock.now())

    def _past(
        self,
        project: Project,
        experiment: Experiment,
        metric: MeasuredMetric | None,
        event: str | None,
    ) -> Summary | Reason:
        if metric is None:
            return _NO_METRIC
        try:
            plan = self._plan(project, experiment, metric.document, event)
            return stats_summary(self._store.summarize(plan.summary)[0], plan.kind)
        except InvalidInput as refused:
            return Reason(code=refused.code, message=refused.message)

    def _plan(
        self, project: Project, experiment: Experiment, metric: Properties, event: str | None
    ) -> ResultPlan:
        now = self._clock.now()
        plan = history_plan(experiment, metric, event=event, project=project, now=now)
        return resolved(self._metadata, project, plan, now=now)
