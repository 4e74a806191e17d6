"""An experiment: a question put to randomly assigned units, on a flag."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from splitplot.accounts.model import ProjectId, UserId
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag

ExperimentId = NewType("ExperimentId", int)
HoldoutId = NewType("HoldoutId", int)
SavedMetricId = NewType("SavedMetricId", int)
MetricLinkId = NewType("MetricLinkId", int)


class Status(StrEnum):
    """Where an experiment stands; derived from its dates and its flag, never stored."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    EXPOSURE_FROZEN = "exposure_frozen"
    STOPPED = "stopped"


class Conclusion(StrEnum):
    WON = "won"
    LOST = "lost"
    INCONCLUSIVE = "inconclusive"
    STOPPED_EARLY = "stopped_early"
    INVALID = "invalid"


class ExperimentType(StrEnum):
    PRODUCT = "product"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Units kept out of a set of experiments.

    Attributes:
        id: 0 while the holdout is not stored yet.
        groups: Condition groups as they were sent, at least one; the first one counts.
    """

    id: HoldoutId
    project_id: ProjectId
    name: str
    created_at: datetime
    updated_at: datetime
    groups: tuple[Properties, ...]
    description: str | None = None
    created_by_id: UserId | None = None

    @property
    def variant(self) -> str:
        """What a flag answers to those who are kept out."""
        return f"holdout-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMetric:
    """A metric that experiments share.

    Attributes:
        id: 0 while the metric is not stored yet.
        query: The metric's document; it always has a uuid, which never changes.
        tags: In lower case, each once.
    """

    id: SavedMetricId
    project_id: ProjectId
    name: str
    query: Properties
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    tags: tuple[str, ...] = ()
    created_by_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLink:
    """A saved metric in an experiment.

    Attributes:
        id: 0 while the link is not stored yet.
        metric: As it is now.
        metadata: What the experiment says about the metric; `type` is its role.
    """

    id: MetricLinkId
    metric: SavedMetric
    metadata: Properties
    created_at: datetime

    @property
    def is_primary(self) -> bool:
        """Whether it stands among the primary metrics; every other role is secondary."""
        return self.metadata.get("type") == "primary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment with the flag that serves it, as both are now.

    The documents (`parameters`, `metrics`, `stats_config`, …) are kept as clients sent
    them, unknown keys included; `metrics.py` reads them into typed values.

    Attributes:
        id: 0 while the experiment is not stored yet.
        start_date: None for a draft.
        end_date: None until it is ended.
        exposure_cohort_id: Holds whoever was exposed, as they come.
        frozen_cohort_id: While set, the flag lets in only the persons listed in it.
        primary_metrics_order: Metric uuids in display order; None when never given.
        saved_metrics: Links to the metrics that it shares with others, oldest first.
        web_variants: What each variant does to a page, for experiments of the type web.
    """

    id: ExperimentId
    project_id: ProjectId
    name: str
    flag: Flag
    created_at: datetime
    updated_at: datetime
    description: str | None = ""
    start_date: datetime | None = None
    end_date: datetime | None = None
    holdout_id: HoldoutId | None = None
    exposure_cohort_id: int | None = None
    frozen_cohort_id: int | None = None
    parameters: Properties | None = None
    secondary_metrics: tuple[Properties, ...] = ()
    filters: Properties
    archived: bool = False
    deleted: bool = False
    created_by_id: UserId | None = None
    type: ExperimentType | None = ExperimentType.PRODUCT
    exposure_criteria: Properties | None = None
    metrics: tuple[Properties, ...] = ()
    metrics_secondary: tuple[Properties, ...] = ()
    stats_config: Properties
    scheduling_config: Properties | None = None
    folder: str | None = None
    conclusion: Conclusion | None = None
    conclusion_comment: str | None = None
    primary_metrics_order: tuple[str, ...] | None = None
    secondary_metrics_order: tuple[str, ...] | None = None
    exposure_preaggregation_enabled: bool = True
    only_count_matured_users: bool = False
    excluded_variants: tuple[str, ...] = ()
    saved_metrics: tuple[MetricLink, ...] = ()
    web_variants: Properties | None = None

    @property
    def status(self) -> Status:
        if self.start_date is None:
            return Status.DRAFT
        if self.end_date is not None:
            return Status.STOPPED
        if not self.flag.active:
            return Status.PAUSED
        return Status.RUNNING if self.frozen_cohort_id is None else Status.EXPOSURE_FROZEN
