"""What the experiment commands read, and reading it from a running server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from splitplot.cli.api_client import ApiClient
from splitplot.errors import NotFound
from splitplot.filters.model import Properties

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedExperiment:
    """As much of an experiment as the commands show and ask about.

    Attributes:
        start_date: ISO 8601, as on the wire; None for a draft.
        metrics: Primary metrics' documents, then secondary ones'.
    """

    id: int
    name: str
    key: str
    status: str
    start_date: str | None
    end_date: str | None
    metrics: tuple[Properties, ...]
    flag_filters: Properties
    criteria: Properties | None


class ExperimentSource(Protocol):
    """Answers are documents as they go over the wire."""

    def experiments(self) -> Iterator[ListedExperiment]:
        """Every experiment that is not archived, newest first."""
        ...

    def metric(self, experiment: ListedExperiment, metric: Properties) -> Mapping[str, Any]:
        """The answer to an `ExperimentQuery`."""
        ...

    def exposures(self, experiment: ListedExperiment) -> Mapping[str, Any]:
        """The answer to an `ExperimentExposureQuery`."""
        ...


class ServerSource:
    """A running server, asked over HTTP.

    Args:
        client: With a personal key that may read experiments and ask queries.
        project_id: A number, or `@current`.
    """

    def __init__(self, client: ApiClient, *, project_id: str) -> None:
        self._client = client
        self._path = f"/api/projects/{project_id}/"

    def experiments(self) -> Iterator[ListedExperiment]:
        offset, count = 0, 1
        while offset < count:
            page = self._client.get(f"{self._path}experiments/?limit={PAGE}&offset={offset}")
            count = page["count"]
            yield from (_of_document(document) for document in page["results"])
            offset += PAGE

    def metric(self, experiment: ListedExperiment, metric: Properties) -> Mapping[str, Any]:
        return self._ask(
            {"kind": "ExperimentQuery", "experiment_id": experiment.id, "metric": metric}
        )

    def exposures(self, experiment: ListedExperiment) -> Mapping[str, Any]:
        return self._ask(
            {
                "kind": "ExperimentExposureQuery",
                "experiment_id": experiment.id,
                "experiment_name": experiment.name,
                "feature_flag": {"key": experiment.key, "filters": experiment.flag_filters},
                "exposure_criteria": experiment.criteria,
                "start_date": experiment.start_date,
                "end_date": experiment.end_date,
            }
        )

    def _ask(self, query: Mapping[str, object]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._client.post(f"{self._path}query/", {"query": query})
        return answer


def find_experiment(source: ExperimentSource, key_or_id: str) -> ListedExperiment:
    """The newest experiment on this flag, or the one of this number.

    Raises:
        NotFound: There is none.
    """
    for experiment in source.experiments():
        if key_or_id in (experiment.key, str(experiment.id)):
            return experiment
    raise NotFound(f"There is no experiment {key_or_id!r}.")


def _of_document(document: Mapping[str, Any]) -> ListedExperiment:
    links = document["saved_metrics"]
    return ListedExperiment(
        id=document["id"],
        name=document["name"],
        key=document["feature_flag_key"],
        status=document["status"],
        start_date=document["start_date"],
        end_date=document["end_date"],
        metrics=(
            *document["metrics"],
            *(link["query"] for link in links if link["metadata"].get("type") == "primary"),
            *document["metrics_secondary"],
            *(link["query"] for link in links if link["metadata"].get("type") != "primary"),
        ),
        flag_filters=document["feature_flag"]["filters"],
        criteria=document["exposure_criteria"],
    )
