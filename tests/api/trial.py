"""A launched experiment with events, put into the stores of a stack."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from splitplot.experiments.model import Experiment
from splitplot.filters.model import Properties
from splitplot.ports.event_store import AppendBatch, ProjectEvent
from tests.api.stack import Stack
from tests.factories import a_flag, an_event, an_experiment

START = datetime(2025, 3, 1, tzinfo=UTC)
END = datetime(2025, 3, 3, 18, tzinfo=UTC)
EXPOSED_AT = datetime(2025, 3, 2, 12, tzinfo=UTC)

PURCHASES: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": "0b3c",
    "goal": "increase",
    "source": {"kind": "EventsNode", "event": "purchase", "math": "sum", "math_property": "amount"},
}
SIGNUP_TO_PURCHASE: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "funnel",
    "series": [
        {"kind": "EventsNode", "event": "signup"},
        {"kind": "EventsNode", "event": "purchase"},
    ],
}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An experiment on `checkout-button`, and its stack."""

    stack: Stack
    experiment: Experiment

    def expose(
        self, variant: str, count: int, *, signups: int = 0, amounts: tuple[float, ...] = ()
    ) -> None:
        """New units of a variant; the first ones sign up, the first of those buy."""
        shown: Properties = {"$feature_flag": "checkout-button", "$feature_flag_response": variant}
        seen = [("$feature_flag_called", number, 0, shown) for number in range(count)]
        seen += [("signup", number, 1, {}) for number in range(signups)]
        seen += [("purchase", number, 2, {"amount": each}) for number, each in enumerate(amounts)]
        self._store(
            *(
                self._event(name, f"{variant}-{number}", minute, properties)
                for name, number, minute, properties in seen
            )
        )

    def _append(self, name: str, unit: str, minute: int, properties: Properties) -> None:
        self._store(self._event(name, unit, minute, properties))

    def _event(self, name: str, unit: str, minute: int, properties: Properties) -> ProjectEvent:
        project_id = self.stack.project.id
        event = an_event(
            name=name,
            distinct_id=unit,
            timestamp=EXPOSED_AT + timedelta(minutes=minute),
            properties=properties,
            project_id=project_id,
        )
        return ProjectEvent(project_id=project_id, event=event)

    def _store(self, *events: ProjectEvent) -> None:
        self.stack.platform.stores.events.append(AppendBatch(events=events))

    def ask(self, **query: object) -> Any:  # noqa: ANN401 - JSON
        """The answer to a query, of kind `ExperimentQuery` unless it says otherwise."""
        asked = {"kind": "ExperimentQuery", "experiment_id": self.experiment.id, **query}
        response = self.stack.client.post(self.stack.url("query/"), json={"query": asked})
        assert response.status_code == 200, response.text
        return response.json()

    def exposure_query(self, **changes: object) -> dict[str, object]:
        """The question about the experiment's exposures, as clients put it."""
        flag = self.experiment.flag
        return {
            "kind": "ExperimentExposureQuery",
            "experiment_id": self.experiment.id,
            "experiment_name": self.experiment.name,
            "exposure_criteria": {"filterTestAccounts": True},
            "feature_flag": {"key": flag.key, "filters": flag.filters},
            "start_date": START.isoformat(),
            "end_date": END.isoformat(),
            "holdout": None,
            **changes,
        }


def launched(
    stack: Stack,
    *,
    stats_config: Properties | None = None,
    start_date: datetime | None = START,
    end_date: datetime | None = END,
) -> Trial:
    """An experiment in the stack's project."""
    with stack.platform.stores.metadata.transaction() as repositories:
        flag = repositories.flags.add(stack.project.id, a_flag())
        experiment = repositories.experiments.add(
            replace(
                an_experiment(flag=flag, stats_config=stats_config, metrics=(PURCHASES,)),
                project_id=stack.project.id,
                start_date=start_date,
                end_date=end_date,
            )
        )
    return Trial(stack=stack, experiment=experiment)
