"""Saved metrics in an experiment: which ones, in which role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from splitplot.errors import InvalidInput
from splitplot.experiments.model import (
    Experiment,
    Holdout,
    MetricLink,
    MetricLinkId,
    SavedMetric,
    SavedMetricId,
)
from splitplot.filters.model import JsonValue, Properties

_FIELD = "saved_metrics_ids"
_ABSENT = "Saved metric does not exist or does not belong to this project"
_MAX_ID = 2**31 - 1

Documents = tuple[Properties, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """A saved metric that an experiment is to have, and what is said about it there."""

    metric_id: SavedMetricId
    metadata: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a request refers to of all that the project's experiments share.

    Attributes:
        holdout: The one that the experiment is in afterwards; None for none, and when it
            does not exist.
        saved_metrics: Those of the asked for that exist.
        actions: Those that its metrics name, exist, and are not deleted.
    """

    holdout: Holdout | None = None
    saved_metrics: Mapping[SavedMetricId, SavedMetric] = field(default_factory=dict)
    actions: frozenset[int] = frozenset()


def checked_link(value: JsonValue) -> LinkRequest:
    """An item of `saved_metrics_ids`; without a role it is primary.

    Raises:
        InvalidInput: It is no such item.
    """
    if not isinstance(value, Mapping):
        raise _invalid("Saved metric must be an object")
    if "id" not in value:
        raise _invalid("Saved metric must have an id")
    metadata, number = value.get("metadata"), value["id"]
    if not isinstance(metadata, Mapping | None):
        raise _invalid("Metadata must be an object")
    if metadata is not None and "type" not in metadata:
        raise _invalid("Metadata must have a type key")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _MAX_ID:
        raise _invalid(_ABSENT)
    role: Properties = {"type": "primary"}
    return LinkRequest(metric_id=SavedMetricId(number), metadata=metadata or role)


def linked(
    requests: tuple[LinkRequest, ...],
    metrics: Mapping[SavedMetricId, SavedMetric],
    *,
    before: tuple[MetricLink, ...] = (),
    now: datetime,
) -> tuple[MetricLink, ...]:
    """The links that are asked for, in that order.

    Args:
        requests: They replace all links that there are.
        metrics: Those that exist in the project.
        before: The links that there are; if the same are asked for, they stay.
        now: When.

    Raises:
        InvalidInput: A metric does not exist, or is asked for twice.
    """
    wanted = [request.metric_id for request in requests]
    if len(set(wanted)) < len(wanted) or not metrics.keys() >= set(wanted):
        raise _invalid(_ABSENT)
    stored = tuple(LinkRequest(metric_id=one.metric.id, metadata=one.metadata) for one in before)
    if stored == requests:
        return before
    return tuple(
        MetricLink(
            id=MetricLinkId(0),
            metric=metrics[request.metric_id],
            metadata=request.metadata,
            created_at=now,
        )
        for request in requests
    )


def saved_queries(experiment: Experiment, *, primary: bool) -> Documents:
    """The documents of the experiment's saved metrics in one of the two roles."""
    return tuple(
        link.metric.query for link in experiment.saved_metrics if link.is_primary is primary
    )


def measured_metrics(experiment: Experiment, *, primary: bool) -> Documents:
    """All metrics of the experiment in one of the two roles: its own, then the saved ones."""
    own = experiment.metrics if primary else experiment.metrics_secondary
    return (*own, *saved_queries(experiment, primary=primary))


def check_holdout(values: Mapping[str, object], shared: Shared) -> None:
    """Refuse a holdout that does not exist.

    Args:
        values: What was given of the experiment.
        shared: What there is of what was asked for.

    Raises:
        InvalidInput: It does not exist in the project.
    """
    number = values.get("holdout_id")
    if number is not None and shared.holdout is None:
        raise no_such_holdout(number)


def no_such_holdout(number: object) -> InvalidInput:
    """The refusal of a holdout that does not exist."""
    message = f'Invalid pk "{number}" - object does not exist.'
    return InvalidInput(message, code="does_not_exist", attr="holdout_id")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, attr=_FIELD)
