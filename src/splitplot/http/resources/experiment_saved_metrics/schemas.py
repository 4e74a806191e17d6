"""Saved metrics as they go over the wire."""

from splitplot.accounts.access import Resource
from splitplot.http.auth import Caller
from splitplot.http.models import Document, ExactBody, Instant, UserBlock
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
        "user_access_level": level,
    }
