"""What holds for new and for changed experiments alike."""

from collections.abc import Collection
from dataclasses import replace

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.request import Values
from splitplot.experiments.metrics.fingerprint import metric_fingerprint
from splitplot.experiments.metrics.lists import check_actions, check_events
from splitplot.experiments.model import Experiment
from splitplot.experiments.stats_config import Method
from splitplot.filters.model import Properties


def check_dates(values: Values) -> None:
    """Refuse an end that is not after the start, where both are given.

    Raises:
        InvalidInput: It is not.
    """
    start, end = values.get("start_date"), values.get("end_date")
    if start is not None and end is not None and start >= end:
        raise InvalidInput("End date must be after start date")


def check_metrics(
    metrics: tuple[Properties, ...],
    *,
    known_actions: Collection[int],
    known_events: Collection[str] | None,
) -> None:
    """Refuse metrics on actions or events that do not exist.

    Args:
        metrics: Well formed ones.
        known_actions: The ids of those that exist and are not deleted.
        known_events: None accepts any event.

    Raises:
        InvalidInput: Lists what does not exist.
    """
    check_actions(metrics, known=known_actions)
    if known_events is not None:
        check_events(metrics, known=known_events)


def check_stats_config(document: Properties) -> None:
    """Refuse a method that we do not have; the rest of the document is not looked at.

    Raises:
        InvalidInput: Names the methods that there are.
    """
    method = document.get("method")
    if method is not None and method not in list(Method):
        raise InvalidInput(f"Invalid stats method: '{method}'. Must be one of: {', '.join(Method)}")


def with_fingerprints(experiment: Experiment) -> Experiment:
    """The experiment whose metrics are identified as they would be computed now."""

    def identified(metrics: tuple[Properties, ...]) -> tuple[Properties, ...]:
        return tuple(
            {**metric, "fingerprint": metric_fingerprint(metric, experiment)} for metric in metrics
        )

    return replace(
        experiment,
        metrics=identified(experiment.metrics),
        metrics_secondary=identified(experiment.metrics_secondary),
    )
