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


class Status(StrEnum):
    """Where an experiment stands; derived from its dates and its flag, never stored."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
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
class Experiment:
    """One experiment with the flag that serves it, as both are now.

    The documents (`parameters`, `metrics`, `stats_config`, …) are kept as clients sent
    them, unknown keys included; `metrics.py` reads them into typed values.

    Attributes:
        id: 0 while the experiment is not stored yet.
        start_date: None for a draft.
        end_date: None until it is ended.
        primary_metrics_order: Metric uuids in display order; None when never given.
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

    @property
    def status(self) -> Status:
        if self.start_date is None:
            return Status.DRAFT
        if self.end_date is not None:
            return Status.STOPPED
        return Status.RUNNING if self.flag.active else Status.PAUSED
