"""Reading experiments from the stores of a server that is not running."""

from collections.abc import Iterator, Mapping
from typing import Any

from splitplot.accounts.model import Project
from splitplot.bootstrap import Platform
from splitplot.cli.experiment_sources import PAGE, ListedExperiment
from splitplot.experiments.model import Experiment
from splitplot.experiments.planning import exposure_request
from splitplot.experiments.sharing.links import measured_metrics
from splitplot.filters.model import Properties
from splitplot.http.resources.query.answers import exposure_body, metric_body
from splitplot.http.resources.query.schemas import ExperimentQuery
from splitplot.http.wire import instant_or_none
from splitplot.ports.repositories import ExperimentListing


class StoreSource:
    """Answers as the server would have given them."""

    def __init__(self, platform: Platform, project: Project) -> None:
        self._platform = platform
        self._project = project

    def experiments(self) -> Iterator[ListedExperiment]:
        now = self._platform.stores.clock.now()
        offset, count = 0, 1
        while offset < count:
            listing = ExperimentListing(now=now, limit=PAGE, offset=offset)
            with self._platform.stores.metadata.reading() as repositories:
                page = repositories.experiments.page(self._project.id, listing)
            count = page.count
            yield from (_of_experiment(experiment) for experiment in page.items)
            offset += PAGE

    def metric(self, experiment: ListedExperiment, metric: Properties) -> Mapping[str, Any]:
        results = self._platform.results
        return metric_body(
            results.metric_result(self._project, experiment.id, metric),
            query=ExperimentQuery(
                kind="ExperimentQuery", experiment_id=experiment.id, metric=dict(metric)
            ),
            project=self._project,
        )

    def exposures(self, experiment: ListedExperiment) -> Mapping[str, Any]:
        results = self._platform.results
        request = exposure_request(results.experiment(self._project.id, experiment.id))
        return exposure_body(results.exposures(self._project, request), project=self._project)


def _of_experiment(experiment: Experiment) -> ListedExperiment:
    return ListedExperiment(
        id=experiment.id,
        name=experiment.name,
        key=experiment.flag.key,
        status=experiment.status,
        start_date=instant_or_none(experiment.start_date),
        end_date=instant_or_none(experiment.end_date),
        metrics=(
            *measured_metrics(experiment, primary=True),
            *measured_metrics(experiment, primary=False),
        ),
        flag_filters=experiment.flag.filters,
        criteria=experiment.exposure_criteria,
    )
