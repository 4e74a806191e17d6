"""Saved metrics as they go over the wire."""

from splitplot.accounts.access import Resource
from splitplot.experiments.model import Experiment, SavedMetricId
from splitplot.http.auth import Caller
from splitplot.http.models import (
    Document,
    ExactBody,
    Instant,
    UserBlock,
    using_experiment_body,
)
from splitplot.http.wire import instant, user_block
from splitplot.services.sharing.saved_metrics import SavedMetricRecord


class SavedMetricBody(ExactBody):
    """A metric that experiments share."""

    id: int
    name: str
    description: str | None
    query: Document
    created_by: UserBlock | None
    created_at: Instant
    updated_at: Instant
    tags: list[str]
    experiment_set: list[int]
    user_access_level: str | None


def saved_metric_body(record: SavedMetricRecord, caller: Caller) -> dict[str, object]:
    """A `SavedMetricBody` for whoever asks."""
    metric = record.metric
    level = caller.level_for(Resource.EXPERIMENT_SAVED_METRIC, created_by_id=metric.created_by_id)
    return {
        "id": metric.id,
        "name": metric.name,
        "description": metric.description,
        "query": metric.query,
        "created_by": user_block(record.created_by),
        "created_at": instant(metric.created_at),
        "updated_at": instant(metric.updated_at),
        "tags": metric.tags,
        "experiment_set": list(record.experiment_ids),
        "user_access_level": level,
    }


def user_of_metric_body(experiment: Experiment, metric_id: SavedMetricId) -> dict[str, object]:
    """A `UsingExperimentBody` for an experiment that has the metric."""
    is_primary = any(
        link.is_primary for link in experiment.saved_metrics if link.metric.id == metric_id
    )
    return using_experiment_body(experiment, "primary" if is_primary else "secondary")
