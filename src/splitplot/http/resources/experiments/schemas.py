"""Experiments as they go over the wire."""

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, Field

from splitplot.accounts.access import Resource
from splitplot.experiments.lifecycle.activity import Activity
from splitplot.experiments.lifecycle.parameters import shown_parameters
from splitplot.experiments.metrics.fingerprint import metric_fingerprint
from splitplot.experiments.metrics.legacy import with_dates
from splitplot.experiments.metrics.mentions import with_action_names
from splitplot.experiments.model import Experiment, MetricLink
from splitplot.filters.model import Properties
from splitplot.flags.interchange.secret_payloads import shown_filters
from splitplot.flags.model import Flag
from splitplot.http.auth import Caller
from splitplot.http.models import (
    Document,
    ExactBody,
    FeatureFlagBody,
    HoldoutBody,
    Instant,
    UserBlock,
    holdout_body,
)
from splitplot.http.wire import instant, instant_or_none, user_block
from splitplot.services.experiments import ExperimentRecord


class LinkedFlagBody(ExactBody):
    """The flag of an experiment, as it is after the request."""

    id: int
    team_id: int
    name: str
    key: str
    filters: Document
    deleted: bool
    active: bool
    ensure_experience_continuity: bool
    has_encrypted_payloads: bool
    version: int
    evaluation_runtime: str
    bucketing_identifier: str | None
    evaluation_contexts: list[str]


class MetricLinkBody(ExactBody):
    """A saved metric in an experiment; name and query are the metric's as it is now."""

    id: int
    experiment: int
    saved_metric: int
    metadata: Document
    created_at: Instant
    query: Document
    name: str


class MetricLinkChoice(ExactBody):
    """The same as it is asked for."""

    id: int
    metadata: Document


class ExperimentBody(ExactBody):
    """An experiment with its flag."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    id: int
    name: str
    description: str | None
    start_date: Instant | None
    end_date: Instant | None
    feature_flag_key: str
    feature_flag: LinkedFlagBody
    holdout: HoldoutBody | None
    holdout_id: int | None
    exposure_cohort: int | None
    parameters: Document | None
    secondary_metrics: list[Document]
    saved_metrics: list[MetricLinkBody]
    saved_metrics_ids: list[MetricLinkChoice]
    filters: Document
    archived: bool
    deleted: bool
    created_by: UserBlock | None
    created_at: Instant
    updated_at: Instant
    type: Literal["web", "product"] | None
    exposure_criteria: Document | None
    metrics: list[Document]
    metrics_secondary: list[Document]
    stats_config: Document
    scheduling_config: Document | None
    create_in_folder: str | None = Field(alias="_create_in_folder")
    conclusion: Literal["won", "lost", "inconclusive", "stopped_early", "invalid"] | None
    conclusion_comment: str | None
    primary_metrics_ordered_uuids: list[str] | None
    secondary_metrics_ordered_uuids: list[str] | None
    exposure_preaggregation_enabled: bool
    status: Literal["draft", "running", "paused", "stopped", "exposure_frozen"]
    user_access_level: str | None
    only_count_matured_users: bool
    excluded_variants: list[str]


class PageError(ExactBody):
    """What a page of eligible flags answers to a limit or offset that is no number."""

    error: str


class EligibleFlags(ExactBody):
    """Flags that an experiment can stand on."""

    results: list[FeatureFlagBody]
    count: int


class ActivityBody(ExactBody):
    """How much was launched and ended lately."""

    launched_last_30d: int
    launched_previous_30d: int
    percent_change: float
    active_experiments: int
    completed_last_30d: int


def activity_body(activity: Activity) -> dict[str, object]:
    """An `ActivityBody`."""
    return {
        "launched_last_30d": activity.launched,
        "launched_previous_30d": activity.launched_before,
        "percent_change": activity.percent_change,
        "active_experiments": activity.active,
        "completed_last_30d": activity.completed,
    }


def experiment_body(record: ExperimentRecord, caller: Caller) -> dict[str, object]:
    """An `ExperimentBody` for whoever asks."""
    experiment = record.experiment
    level = caller.level_for(
        Resource.EXPERIMENT, experiment.id, created_by_id=experiment.created_by_id
    )
    return {
        **_question(experiment),
        "holdout": None if record.holdout is None else holdout_body(record.holdout),
        "holdout_id": experiment.holdout_id,
        "created_by": user_block(record.created_by),
        **_analysis(experiment, record.action_names),
        "status": experiment.status,
        "user_access_level": level,
    }


def _question(experiment: Experiment) -> dict[str, object]:
    return {
        "id": experiment.id,
        "name": experiment.name,
        "description": experiment.description,
        "start_date": instant_or_none(experiment.start_date),
        "end_date": instant_or_none(experiment.end_date),
        "feature_flag_key": experiment.flag.key,
        "feature_flag": _linked_flag(experiment.flag, team_id=experiment.project_id),
        "exposure_cohort": experiment.exposure_cohort_id,
        "parameters": shown_parameters(experiment.parameters),
        "archived": experiment.archived,
        "deleted": experiment.deleted,
        "created_at": instant(experiment.created_at),
        "updated_at": instant(experiment.updated_at),
        "type": experiment.type,
        "_create_in_folder": experiment.folder,
        "conclusion": experiment.conclusion,
        "conclusion_comment": experiment.conclusion_comment,
    }


def _analysis(experiment: Experiment, action_names: Mapping[int, str]) -> dict[str, object]:
    def shown(metric: Properties) -> Properties:
        return with_action_names(with_dates(metric, experiment), action_names)

    return {
        "secondary_metrics": experiment.secondary_metrics,
        "saved_metrics": [
            _link(link, experiment, shown=shown(link.metric.query))
            for link in experiment.saved_metrics
        ],
        "saved_metrics_ids": [
            {"id": link.metric.id, "metadata": link.metadata} for link in experiment.saved_metrics
        ],
        "filters": experiment.filters,
        "exposure_criteria": experiment.exposure_criteria,
        "metrics": [shown(metric) for metric in experiment.metrics],
        "metrics_secondary": [shown(metric) for metric in experiment.metrics_secondary],
        "stats_config": experiment.stats_config,
        "scheduling_config": experiment.scheduling_config,
        "primary_metrics_ordered_uuids": experiment.primary_metrics_order,
        "secondary_metrics_ordered_uuids": experiment.secondary_metrics_order,
        "exposure_preaggregation_enabled": experiment.exposure_preaggregation_enabled,
        "only_count_matured_users": experiment.only_count_matured_users,
        "excluded_variants": experiment.excluded_variants,
    }


def _link(link: MetricLink, experiment: Experiment, *, shown: Properties) -> dict[str, object]:
    return {
        "id": link.id,
        "experiment": experiment.id,
        "saved_metric": link.metric.id,
        "metadata": link.metadata,
        "created_at": instant(link.created_at),
        "query": {
            **shown,
            "fingerprint": metric_fingerprint(link.metric.query, experiment),
        },
        "name": link.metric.name,
    }


def _linked_flag(flag: Flag, *, team_id: int) -> dict[str, object]:
    return {
        "id": flag.id,
        "team_id": team_id,
        "name": flag.name,
        "key": flag.key,
        "filters": shown_filters(flag),
        "deleted": flag.deleted,
        "active": flag.active,
        "ensure_experience_continuity": flag.ensure_experience_continuity,
        "has_encrypted_payloads": flag.has_encrypted_payloads,
        "version": flag.version,
        "evaluation_runtime": flag.evaluation_runtime,
        "bucketing_identifier": flag.bucketing_identifier,
        "evaluation_contexts": list(flag.evaluation_contexts),
    }
