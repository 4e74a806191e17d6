"""`/api/projects/:id/cohorts/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from splitplot.errors import MethodNotAllowed
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.errors import ErrorBody, error_response
from splitplot.http.models import CohortBody, PageBody, cohort_body
from splitplot.http.paging import Paging, page_response, uncounted_response
from splitplot.http.resources.cohorts.documentation import CREATE_BODY, NOT_ALLOWED, PATCH_BODY
from splitplot.http.resources.cohorts.requests import create_request, patch_request
from splitplot.http.wire import person_block

router = APIRouter(prefix="/api/projects/{project_id}/cohorts", tags=["cohorts"])

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("cohort:read"))]
ReaderOfPersons: TypeAlias = Annotated[
    Caller, Depends(project_access("cohort:read", "person:read"))
]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("cohort:write"))]


@router.get("/", response_model=PageBody[CohortBody])
def list_cohorts(
    caller: Reader,
    platform: PlatformOf,
    page: Paging,
    search: Annotated[str | None, Query(description="A part of the name.")] = None,
) -> Mapping[str, object]:
    """The project's undeleted cohorts, newest first."""
    found = platform.cohorts.page(
        caller.project.id, search=search, limit=page.limit, offset=page.offset
    )
    results = [cohort_body(record) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=CohortBody, status_code=201, openapi_extra=CREATE_BODY)
def create_cohort(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a cohort; who is in it is found out in the background."""
    values = create_request(body)
    return cohort_body(platform.cohorts.create(caller.project, values, actor=caller.user))


@router.get("/{cohort_id}/", response_model=CohortBody)
def read_cohort(caller: Reader, cohort_id: Number, platform: PlatformOf) -> Mapping[str, object]:
    """One cohort, deleted or not."""
    return cohort_body(platform.cohorts.get(caller.project.id, cohort_id))


@router.patch("/{cohort_id}/", response_model=CohortBody, openapi_extra=PATCH_BODY)
def change_cohort(
    caller: Writer, cohort_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; `deleted` puts the cohort away and brings it back."""
    values = patch_request(body)
    record = platform.cohorts.update(caller.project, cohort_id, values, actor=caller.user)
    return cohort_body(record)


@router.delete(
    "/{cohort_id}/",
    status_code=405,
    response_model=ErrorBody,
    response_description="Always",
    openapi_extra=NOT_ALLOWED,
)
def refuse_to_delete_cohort(_caller: Writer) -> Response:
    """Cohorts are not destroyed; PATCH `deleted` instead."""
    refused = error_response(MethodNotAllowed('Method "DELETE" not allowed.'))
    refused.headers["Allow"] = "GET, PATCH"
    return refused


@router.get("/{cohort_id}/persons/")
def list_persons_of_cohort(
    caller: ReaderOfPersons, cohort_id: Number, platform: PlatformOf, page: Paging
) -> Mapping[str, object]:
    """The persons who are in the cohort, without their count."""
    found = platform.cohorts.persons(
        caller.project, cohort_id, limit=page.limit, offset=page.offset
    )
    results = [person_block(person) for person in found.persons]
    return uncounted_response(results, has_more=found.has_more, page=page)
