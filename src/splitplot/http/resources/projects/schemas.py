"""Projects on the wire."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from splitplot.accounts.access import AccessLevel, level_of
from splitplot.accounts.model import Principal, Project
from splitplot.filters.model import JsonValue
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.wire import instant

CONFIDENCE_LEVELS = (0.90, 0.95, 0.99)

# The wire's names of settings that are called otherwise inside.
_INSIDE = {
    "default_experiment_stats_method": "default_stats_method",
    "default_experiment_confidence_level": "default_confidence_level",
}


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("invalid_choice", "not a timezone")
    return name


def _confidence_level(level: float | None) -> float | None:
    if level is not None and level not in CONFIDENCE_LEVELS:
        raise PydanticCustomError("invalid_choice", "not a level on offer")
    return level


class ProjectPatch(BaseModel):
    """The settings that a PATCH names; a field that was not sent changes nothing."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] = (
        "unset"
    )
    timezone: Annotated[str, AfterValidator(_timezone)] = "unset"
    test_account_filters: list[dict[str, Any]] = []
    default_experiment_stats_method: Literal["bayesian", "frequentist"] = "bayesian"
    default_experiment_confidence_level: Annotated[
        float | None, AfterValidator(_confidence_level)
    ] = None
    flags_persistence_default: bool = False

    def applied_to(self, project: Project) -> Project:
        """The project with what was sent."""
        sent = self.model_dump(exclude_unset=True)
        changes = {_INSIDE.get(name, name): value for name, value in sent.items()}
        if "test_account_filters" in changes:
            changes["test_account_filters"] = tuple(changes["test_account_filters"])
        return replace(project, **changes)


# The body of a PATCH, for the API's description; it is read by `ProjectPatch` itself.
PATCH_BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": ProjectPatch.model_json_schema()}}}
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
    flags_persistence_default: bool
    user_access_level: AccessLevel


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


def project_body(
    project: Project, principal: Principal, *, has_events: bool
) -> dict[str, JsonValue]:
    """A `ProjectBody` for whoever asks."""
    return {
        **project_item(project, has_events=has_events),
        "created_at": instant(project.created_at),
        "test_account_filters": list(project.test_account_filters),
        "default_experiment_stats_method": project.default_stats_method,
        "default_experiment_confidence_level": project.default_confidence_level,
        "flags_persistence_default": project.flags_persistence_default,
        "user_access_level": level_of(principal, project),
    }
