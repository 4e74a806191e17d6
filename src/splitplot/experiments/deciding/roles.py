"""What each metric of an experiment is there for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from splitplot.experiments.metrics.breakdowns import with_breakdowns
from splitplot.experiments.model import Experiment, MetricLink
from splitplot.filters.model import JsonValue, Properties

_MARGIN = "guardrail_margin"


class Role(StrEnum):
    """What a metric is there for."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredMetric:
    """A metric of an experiment, its own or one that it shares.

    Attributes:
        key: Its uuid, or its place where it has none; no other metric's.
        document: As it is kept.
        role: A metric with a margin is a guardrail, whichever list it stands in.
        margin: For a guardrail, the largest acceptable loss as a share of the baseline.
    """

    key: str
    name: str | None
    document: Properties
    role: Role
    margin: float | None = None


def measured_metrics(experiment: Experiment) -> tuple[MeasuredMetric, ...]:
    """The metrics of an experiment, primary ones first, its own before those it shares.

    A margin in the metadata of a shared metric comes before the one of its document, and so
    do breakdowns.
    """
    links = experiment.saved_metrics
    return (
        *_listed(experiment.metrics, links, is_primary=True),
        *_listed(experiment.metrics_secondary, links, is_primary=False),
    )


def _listed(
    own: Sequence[Properties], links: Sequence[MetricLink], *, is_primary: bool
) -> Iterator[MeasuredMetric]:
    listed = Role.PRIMARY if is_primary else Role.SECONDARY
    for place, document in enumerate(own):
        yield _measured(document, {}, listed=listed, key=f"{listed.value}-{place}", name=None)
    for link in links:
        if link.is_primary is is_primary:
            yield _measured(
                with_breakdowns(link.metric.query, link.metadata),
                link.metadata,
                listed=listed,
                key=f"shared-{link.id}",
                name=link.metric.name,
            )


def _measured(
    document: Properties, metadata: Properties, *, listed: Role, key: str, name: str | None
) -> MeasuredMetric:
    uuid, own_name = document.get("uuid"), document.get("name")
    margin = _margin(metadata.get(_MARGIN)) or _margin(document.get(_MARGIN))
    return MeasuredMetric(
        key=uuid if isinstance(uuid, str) and uuid else key,
        name=own_name if isinstance(own_name, str) and own_name else name,
        document=document,
        role=listed if margin is None else Role.GUARDRAIL,
        margin=margin,
    )


def _margin(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= 1 else None
