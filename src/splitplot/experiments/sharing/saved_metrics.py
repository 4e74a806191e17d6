"""Metrics that are kept by themselves, so that experiments can share them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from splitplot.accounts.model import ProjectId, UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.metrics.lists import check_actions, is_legacy, with_uuids
from splitplot.experiments.metrics.parse import parse_metric
from splitplot.experiments.model import SavedMetric, SavedMetricId
from splitplot.filters.model import Properties

NAME_TAKEN = "A shared metric with this name already exists."
_FIELD = "query"
_TYPES = frozenset({"mean", "funnel", "ratio", "retention"})


class SavedMetricValues(TypedDict, total=False):
    """The values that were given, by the names of `SavedMetric`; a missing key stays."""

    name: str
    description: str | None
    query: Properties
    tags: tuple[str, ...]


def checked_query(document: Properties) -> Properties:
    """The metric's document, if it is one.

    Raises:
        InvalidInput: It is no metric; for the field `query`.
    """
    if not document:
        raise _invalid("Query is required to create a saved metric")
    kind, metric_type = document.get("kind"), document.get("metric_type")
    if is_legacy(document):
        raise _invalid(
            f"Legacy metric kind '{kind}' is no longer supported for new saved metrics. "
            "Use 'ExperimentMetric' instead."
        )
    if kind != "ExperimentMetric":
        raise _invalid("Metric query kind must be 'ExperimentMetric'")
    if not metric_type:
        raise _invalid("ExperimentMetric requires a metric_type")
    if not isinstance(metric_type, str) or metric_type not in _TYPES:
        raise _invalid(
            "ExperimentMetric metric_type must be 'mean', 'funnel', 'ratio', or 'retention'"
        )
    try:
        parse_metric(document)
    except InvalidInput as error:
        raise _invalid(error.message) from error
    return document


def check_query_actions(document: Properties, *, known: Collection[int]) -> None:
    """Refuse a metric on actions that do not exist.

    Args:
        document: A checked metric.
        known: The ids of those that exist and are not deleted.

    Raises:
        InvalidInput: Lists the others; for the field `query`.
    """
    try:
        check_actions((document,), known=known)
    except InvalidInput as error:
        raise _invalid(error.message) from error


def normal_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags in one form, each once, in the order in which they were given."""
    words = (tag.strip().lower() for tag in tags)
    return tuple(dict.fromkeys(word for word in words if word))


def made_saved_metric(
    values: SavedMetricValues,
    *,
    project_id: ProjectId,
    author: UserId | None,
    new_uuid: Callable[[], str],
    now: datetime,
) -> SavedMetric:
    """A new saved metric, not stored yet.

    Args:
        values: Checked ones; `name` and `query` are among them.
        project_id: Where.
        author: None when nobody in particular makes it.
        new_uuid: Answers another uuid each time.
        now: When.
    """
    (query,) = with_uuids((values["query"],), new_uuid)
    return SavedMetric(
        id=SavedMetricId(0),
        project_id=project_id,
        name=values["name"],
        description=values.get("description"),
        query=query,
        tags=values.get("tags", ()),
        created_at=now,
        updated_at=now,
        created_by_id=author,
    )


def changed_saved_metric(
    metric: SavedMetric, values: SavedMetricValues, *, now: datetime
) -> SavedMetric:
    """The metric with these values, which are checked ones; it stays known by its uuid.

    Raises:
        InvalidInput: The query has another uuid.
    """
    values = values.copy()
    if "query" in values:
        uuid = values["query"].get("uuid") or metric.query["uuid"]
        if uuid != metric.query["uuid"]:
            raise _invalid("Saved metric UUID cannot be changed")
        values["query"] = {**values["query"], "uuid": uuid}
    return replace(metric, updated_at=now, **values)


def check_name(holder: SavedMetric | None, changed: SavedMetric | None) -> None:
    """Refuse a name that another metric of the project has; case does not matter.

    Args:
        holder: Who has the name, if anybody does.
        changed: Who wants it; None for a new metric.

    Raises:
        InvalidInput: It is taken.
    """
    if holder is not None and (changed is None or holder.id != changed.id):
        raise InvalidInput(NAME_TAKEN, code="unique", attr="name")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, attr=_FIELD)
