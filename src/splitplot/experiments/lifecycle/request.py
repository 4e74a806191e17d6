"""What is asked for when an experiment is made or changed; absent is not null."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from splitplot.experiments.model import Conclusion, ExperimentType, HoldoutId
from splitplot.experiments.sharing.links import LinkRequest
from splitplot.filters.model import Properties


class Values(TypedDict, total=False):
    """The values that were given, by the names of `Experiment`; a missing key stays."""

    name: str
    description: str | None
    start_date: datetime | None
    end_date: datetime | None
    holdout_id: HoldoutId | None
    parameters: Properties | None
    secondary_metrics: tuple[Properties, ...]
    filters: Properties
    archived: bool
    deleted: bool
    type: ExperimentType | None
    exposure_criteria: Properties | None
    metrics: tuple[Properties, ...]
    metrics_secondary: tuple[Properties, ...]
    stats_config: Properties
    scheduling_config: Properties | None
    folder: str | None
    conclusion: Conclusion | None
    conclusion_comment: str | None
    primary_metrics_order: tuple[str, ...] | None
    secondary_metrics_order: tuple[str, ...] | None
    exposure_preaggregation_enabled: bool
    only_count_matured_users: bool
    excluded_variants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRequest:
    """A request whose fields are each well formed.

    Attributes:
        values: What was given of the experiment itself.
        flag_key: None when it was not given.
        updates_flag: Write the flag from the parameters even after the launch.
        saved_metrics: All that the experiment is to have; None when it was not said.
        known_events: Refuse metrics on other events than these; None accepts any.
    """

    values: Values
    flag_key: str | None = None
    updates_flag: bool = False
    saved_metrics: tuple[LinkRequest, ...] | None = None
    known_events: Collection[str] | None = None
