"""Metrics of the kinds that can be read but no longer be made."""

from collections.abc import Mapping
from datetime import UTC, datetime

from splitplot.experiments.metrics.lists import is_legacy
from splitplot.experiments.model import Experiment
from splitplot.filters.model import Properties

_QUERIES = ("count_query", "funnels_query")


def with_dates(metric: Properties, experiment: Experiment) -> Properties:
    """The metric; an old one asks about the time in which the experiment runs.

    Args:
        metric: Of any kind.
        experiment: Whose dates.
    """
    if not is_legacy(metric):
        return metric
    dates: Properties = {
        "date_from": _text(experiment.start_date),
        "date_to": _text(experiment.end_date),
        "explicitDate": True,
    }
    asked = {
        key: {**query, "dateRange": dates}
        for key in _QUERIES
        if isinstance(query := metric.get(key), Mapping)
    }
    return {**metric, **asked}


def _text(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
