"""Response bodies that several resources share."""

from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from splitplot.accounts.access import AccessLevel, Resource
from splitplot.experiments.model import Experiment, Status
from splitplot.experiments.sharing.holdouts import shown_groups
from splitplot.flags.interchange.secret_payloads import shown_filters
from splitplot.http.auth import Caller
from splitplot.http.wire import instant, instant_or_none, user_block
from splitplot.services.cohorts import CohortRecord
from splitplot.services.flag_records import FlagRecord
from splitplot.services.sharing.holdouts import HoldoutRecord

T = TypeVar("T")

# An instant in UTC, written as `http.wire.instant` does.
Instant: TypeAlias = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
# What clients may fill as they like.
Document: TypeAlias = dict[str, object]
_RUNNING = frozenset({Status.RUNNING, Status.PAUSED, Status.EXPOSURE_FROZEN})


class ExactBody(BaseModel):
    """A response body: nothing is missing, nothing is there that is not declared."""

    model_config = ConfigDict(extra="forbid")


class PageBody(ExactBody, Generic[T]):
    """One page of a list."""

    count: int
    next: str | None
    previous: str | None
    results: list[T]


class UserBlock(ExactBody):
    """Who made or changed an object."""

    id: int
    uuid: str
    distinct_id: str
    first_name: str
    last_name: str
    email: str
    is_email_verified: bool | None
    hedgehog_config: Document | None
    role_at_organization: str | None


class LinkedExperiment(ExactBody):
    """An experiment on a flag."""

    id: int
    name: str
    is_running: bool


class FeatureFlagBody(ExactBody):
    """A feature flag. Members that belong to other products are always empty."""

    id: int
    name: str
    key: str
    filters: Document
    deleted: bool
    active: bool
    archived: bool
    created_by: UserBlock | None
    created_at: Instant
    updated_at: Instant
    version: int
    last_modified_by: UserBlock | None
    ensure_experience_continuity: bool
    experiment_set: list[int]
    experiment_set_metadata: list[LinkedExperiment]
    surveys: list[Document]
    features: list[Document]
    rollback_conditions: list[Document] | None
    performed_rollback: bool
    can_edit: bool
    tags: list[str]
    evaluation_contexts: list[str]
    usage_dashboard: int | None
    analytics_dashboards: list[int]
    has_enriched_analytics: bool
    user_access_level: str | None
    is_remote_configuration: bool
    has_encrypted_payloads: bool
    status: str
    evaluation_runtime: str
    bucketing_identifier: str
    last_called_at: Instant | None
    is_used_in_replay_settings: bool


class HoldoutBody(ExactBody):
    """Units kept out of a set of experiments."""

    id: int
    name: str
    description: str | None
    filters: list[Document]
    created_by: UserBlock | None
    created_at: Instant
    updated_at: Instant


def holdout_body(record: HoldoutRecord) -> dict[str, object]:
    """A `HoldoutBody`."""
    holdout = record.holdout
    return {
        "id": holdout.id,
        "name": holdout.name,
        "description": holdout.description,
        "filters": shown_groups(holdout),
        "created_by": user_block(record.created_by),
        "created_at": instant(holdout.created_at),
        "updated_at": instant(holdout.updated_at),
    }


def feature_flag_body(record: FlagRecord, caller: Caller) -> dict[str, object]:
    """A `FeatureFlagBody` for whoever asks."""
    flag = record.flag
    level = caller.level_for(Resource.FEATURE_FLAG, flag.id, created_by_id=flag.created_by_id)
    return {
        "id": flag.id,
        "name": flag.name,
        "key": flag.key,
        "filters": shown_filters(flag),
        "deleted": flag.deleted,
        "active": flag.active,
        "archived": False,
        "created_by": user_block(record.created_by),
        "created_at": instant(flag.created_at),
        "updated_at": instant(flag.updated_at),
        "version": flag.version,
        "last_modified_by": user_block(record.last_modified_by),
        "ensure_experience_continuity": flag.ensure_experience_continuity,
        "experiment_set": [experiment.id for experiment in record.experiments],
        "experiment_set_metadata": [
            {"id": one.id, "name": one.name, "is_running": one.status in _RUNNING}
            for one in record.experiments
        ],
        "surveys": [],
        "features": [],
        "rollback_conditions": None,
        "performed_rollback": False,
        "can_edit": level.includes(AccessLevel.EDITOR),
        "tags": list(flag.tags),
        "evaluation_contexts": list(flag.evaluation_contexts),
        "usage_dashboard": None,
        "analytics_dashboards": [],
        "has_enriched_analytics": False,
        "user_access_level": level,
        "is_remote_configuration": flag.is_remote_configuration,
        "has_encrypted_payloads": flag.has_encrypted_payloads,
        "status": record.status,
        "evaluation_runtime": flag.evaluation_runtime,
        "bucketing_identifier": flag.bucketing_identifier,
        "last_called_at": None,
        "is_used_in_replay_settings": False,
    }


class ListedHoldoutBody(HoldoutBody):
    """A holdout, and the experiments in it."""

    experiment_set: list[int]


def listed_holdout_body(record: HoldoutRecord) -> dict[str, object]:
    """A `ListedHoldoutBody`."""
    return {**holdout_body(record), "experiment_set": list(record.experiment_ids)}


class UsingExperimentBody(ExactBody):
    """An experiment that has something, when it ran, and for a metric in which role."""

    id: int
    name: str
    status: str
    archived: bool
    start_date: Instant | None
    end_date: Instant | None
    role: Literal["primary", "secondary"] | None


def using_experiment_body(experiment: Experiment, role: str | None = None) -> dict[str, object]:
    """A `UsingExperimentBody`."""
    return {
        "id": experiment.id,
        "name": experiment.name,
        "status": experiment.status,
        "archived": experiment.archived,
        "start_date": instant_or_none(experiment.start_date),
        "end_date": instant_or_none(experiment.end_date),
        "role": role,
    }


class CohortBody(ExactBody):
    """A cohort; `groups` is the older form of `filters`, and always empty."""

    id: int
    name: str
    description: str
    groups: list[Document]
    deleted: bool
    filters: Document
    is_static: bool
    is_calculating: bool
    created_by: UserBlock | None
    created_at: Instant
    last_calculation: Instant | None
    errors_calculating: int
    count: int | None
    experiment_set: list[int]


def cohort_body(record: CohortRecord) -> dict[str, object]:
    """A `CohortBody`."""
    cohort = record.cohort
    return {
        "id": cohort.id,
        "name": cohort.name,
        "description": cohort.description,
        "groups": [],
        "deleted": cohort.deleted,
        "filters": cohort.filters,
        "is_static": cohort.is_static,
        "is_calculating": cohort.is_calculating,
        "created_by": user_block(record.created_by),
        "created_at": instant(cohort.created_at),
        "last_calculation": instant_or_none(cohort.last_calculation),
        "errors_calculating": cohort.errors_calculating,
        "count": cohort.count,
        "experiment_set": list(record.experiment_ids),
    }
