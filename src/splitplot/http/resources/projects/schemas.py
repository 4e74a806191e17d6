"""Projects on the wire."""

from dataclasses import replace
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from splitplot.accounts.access import AccessLevel
from splitplot.accounts.model import Project
from splitplot.filters.model import FilterKind, JsonValue, Operator
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.wire import instant

CONFIDENCE_LEVELS = (0.90, 0.95, 0.99)

# The wire's names of settings that are called otherwise inside.
_INSIDE = {
    "default_experiment_stats_method": "default_stats_method",
    "default_experiment_confidence_level": "default_confidence_level",
    "default_experiment_cuped_lookback_days": "default_cuped_lookback_days",
}
_OPERATORS = frozenset(operator.value for operator in Operator)
_KINDS = frozenset(kind.value for kind in FilterKind)


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("invalid_choice", "not a timezone")
    return name


def _confidence_level(level: float | None) -> float | None:
    if level is not None and level not in CONFIDENCE_LEVELS:
        raise PydanticCustomError("invalid_choice", "not a level on offer")
    return level


def _filters(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refuse filters that no event could satisfy because they cannot be read."""
    for document in documents:
        if not isinstance(document.get("key"), str) or not document["key"]:
            raise PydanticCustomError("filter", "Each filter needs a key.")
        for name, words in (("operator", _OPERATORS), ("type", _KINDS)):
            word = document.get(name)
            if word is not None and not (isinstance(word, str) and word in words):
                raise PydanticCustomError(
                    "filter", '"{word}" is not a valid {name}.', {"word": str(word), "name": name}
                )
    return documents


def _time_of_day(value: time) -> time:
    if value.tzinfo is not None:
        raise PydanticCustomError("time", "A time of day in UTC, without a time zone.")
    return value.replace(microsecond=0)


class ProjectPatch(BaseModel):
    """The settings that a PATCH names; a field that was not sent changes nothing."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] = (
        "unset"
    )
    timezone: Annotated[str, AfterValidator(_timezone)] = "unset"
    test_account_filters: Annotated[list[dict[str, Any]], AfterValidator(_filters)] = []
    default_experiment_stats_method: Literal["bayesian", "frequentist"] = "bayesian"
    default_experiment_confidence_level: Annotated[
        float | None, AfterValidator(_confidence_level)
    ] = None
    default_experiment_cuped_lookback_days: (
        Annotated[int, Field(strict=True, ge=1, le=30)] | None
    ) = None
    flags_persistence_default: bool = False
    default_only_count_matured_users: bool = False
    experiment_recalculation_time: Annotated[time, AfterValidator(_time_of_day)] = time(2)

    def applied_to(self, project: Project) -> Project:
        """The project with what was sent."""
        sent = self.model_dump(exclude_unset=True)
        changes = {_INSIDE.get(name, name): value for name, value in sent.items()}
        if "test_account_filters" in changes:
            changes["test_account_filters"] = tuple(changes["test_account_filters"])
        return replace(project, **changes)


class NewProject(ProjectPatch):
    """As a PATCH, with a name."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


# The bodies of PATCH and POST, for the API's description; the models themselves read them.
PATCH_BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": ProjectPatch.model_json_schema()}}}
}
CREATE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": NewProject.model_json_schema()}},
    }
}


class ProjectItem(ExactBody):
    """A project in a list."""

    id: int
    uuid: str
    organization: str
    api_token: str
    name: str
    timezone: str
    is_demo: bool
    completed_snippet_onboarding: bool
    ingested_event: bool
    access_control: bool


class ProjectBody(ProjectItem):
    """A project by itself: everything that can be set."""

    created_at: Instant
    test_account_filters: list[Document]
    default_experiment_stats_method: str
    default_experiment_confidence_level: float | None
    default_experiment_cuped_lookback_days: int | None
    flags_persistence_default: bool
    default_only_count_matured_users: bool
    experiment_recalculation_time: str
    user_access_level: AccessLevel


class NewProjectBody(ProjectBody):
    """A project with a new secret key, which is shown this once."""

    secret_api_token: str


def project_item(project: Project, *, has_events: bool) -> dict[str, JsonValue]:
    """A `ProjectItem`."""
    return {
        "id": project.id,
        "uuid": str(project.uuid),
        "organization": str(project.organization_id),
        "api_token": project.api_token,
        "name": project.name,
        "timezone": project.timezone,
        "is_demo": False,
        "completed_snippet_onboarding": has_events,
        "ingested_event": has_events,
        "access_control": False,
    }


def project_body(project: Project, level: AccessLevel, *, has_events: bool) -> dict[str, JsonValue]:
    """A `ProjectBody` for somebody with this level."""
    return {
        **project_item(project, has_events=has_events),
        "created_at": instant(project.created_at),
        "test_account_filters": list(project.test_account_filters),
        "default_experiment_stats_method": project.default_stats_method,
        "default_experiment_confidence_level": project.default_confidence_level,
        "default_experiment_cuped_lookback_days": project.default_cuped_lookback_days,
        "flags_persistence_default": project.flags_persistence_default,
        "default_only_count_matured_users": project.default_only_count_matured_users,
        "experiment_recalculation_time": project.experiment_recalculation_time.isoformat(),
        "user_access_level": level,
    }
