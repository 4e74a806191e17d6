"""`/api/projects/:id/experiments/`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends
from starlette.responses import Response

from splitplot.accounts.access import Resource
from splitplot.experiments.lifecycle import actions
from splitplot.experiments.lifecycle.request import ExperimentRequest
from splitplot.experiments.model import ExperimentId
from splitplot.http.approvals import NEEDS_APPROVAL
from splitplot.http.auth import Caller, PlatformOf
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.experiments.callers import PREFIX, Number, Reader, Writer
from splitplot.http.resources.experiments.documentation import (
    CREATE_BODY,
    END_BODY,
    NOT_ALLOWED,
    PATCH_BODY,
    SHIP_BODY,
)
from splitplot.http.resources.experiments.requests import (
    KnownEvents,
    ListQuery,
    create_request,
    ending_request,
    listing_request,
    patch_request,
    put_request,
    shipping_request,
)
from splitplot.http.resources.experiments.schemas import ExperimentBody, experiment_body
from splitplot.services.experiments import Step

router = APIRouter(prefix=PREFIX, tags=["experiments"])


def _known_events(caller: Writer, platform: PlatformOf) -> KnownEvents:
    return partial(platform.stores.events.event_names, caller.project.id)


Events: TypeAlias = Annotated[KnownEvents, Depends(_known_events)]


def _create(body: Body, events: Events) -> ExperimentRequest:
    return create_request(body, events)


def _patch(body: Body, events: Events) -> ExperimentRequest:
    return patch_request(body, events)


def _put(body: Body, events: Events) -> ExperimentRequest:
    return put_request(body, events)


Creation: TypeAlias = Annotated[ExperimentRequest, Depends(_create)]
Patch: TypeAlias = Annotated[ExperimentRequest, Depends(_patch)]
Replacement: TypeAlias = Annotated[ExperimentRequest, Depends(_put)]


@router.get("/", response_model=PageBody[ExperimentBody])
def list_experiments(
    caller: Reader, platform: PlatformOf, page: Paging, query: Annotated[ListQuery, Depends()]
) -> Mapping[str, object]:
    """The project's experiments; newest first unless another order is asked for."""
    listing = listing_request(query, page, now=platform.stores.clock.now())
    listing = replace(listing, sight=caller.sight(Resource.EXPERIMENT))
    found = platform.experiments.page(caller.project.id, listing, event=query.event or None)
    results = [experiment_body(record, caller) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=ExperimentBody, status_code=201, openapi_extra=CREATE_BODY)
def create_experiment(
    caller: Writer, request: Creation, platform: PlatformOf
) -> Mapping[str, object]:
    """Make an experiment, on the flag with this key or on a new one."""
    record = platform.experiments.create(caller.project, request, actor=caller.user)
    return experiment_body(record, caller)


@router.get("/{experiment_id}/", response_model=ExperimentBody)
def read_experiment(
    caller: Reader, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """One experiment, archived or not."""
    record = platform.experiments.get(caller.project.id, ExperimentId(experiment_id))
    return experiment_body(record, caller)


@router.patch(
    "/{experiment_id}/",
    response_model=ExperimentBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=PATCH_BODY,
)
def change_experiment(
    caller: Writer, experiment_id: Number, request: Patch, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; `deleted` puts the experiment away and brings it back."""
    number = ExperimentId(experiment_id)
    record = platform.experiments.update(caller.project, number, request, actor=caller.user)
    return experiment_body(record, caller)


@router.put(
    "/{experiment_id}/",
    response_model=ExperimentBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=CREATE_BODY,
)
def replace_experiment(
    caller: Writer, experiment_id: Number, request: Replacement, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with name and flag key; not archived unless it says so."""
    number = ExperimentId(experiment_id)
    record = platform.experiments.update(caller.project, number, request, actor=caller.user)
    return experiment_body(record, caller)


@router.delete(
    "/{experiment_id}/",
    status_code=405,
    response_class=Response,
    response_description="Always",
    openapi_extra=NOT_ALLOWED,
)
def refuse_to_delete_experiment(_caller: Writer) -> Response:
    """Experiments are not destroyed; PATCH `deleted` instead."""
    return Response(status_code=405, headers={"Allow": "GET, PATCH, PUT"})


def _advance(
    caller: Caller, experiment_id: int, platform: PlatformOf, step: Step
) -> Mapping[str, object]:
    number = ExperimentId(experiment_id)
    record = platform.experiments.advance(caller.project, number, step, actor=caller.user)
    return experiment_body(record, caller)


@router.post("/{experiment_id}/launch/", response_model=ExperimentBody, responses=NEEDS_APPROVAL)
def launch_experiment(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Start a draft now, and switch its flag on."""
    return _advance(caller, experiment_id, platform, actions.launch)


@router.post("/{experiment_id}/pause/", response_model=ExperimentBody, responses=NEEDS_APPROVAL)
def pause_experiment(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Switch the flag of a running experiment off; its dates stay."""
    return _advance(caller, experiment_id, platform, actions.pause)


@router.post("/{experiment_id}/resume/", response_model=ExperimentBody, responses=NEEDS_APPROVAL)
def resume_experiment(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Switch the flag of a paused experiment on again."""
    return _advance(caller, experiment_id, platform, actions.resume)


@router.post("/{experiment_id}/end/", response_model=ExperimentBody, openapi_extra=END_BODY)
def end_experiment(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """End an experiment now; its flag goes on serving."""
    said = ending_request(body)
    step = partial(actions.end, conclusion=said.conclusion, comment=said.comment)
    return _advance(caller, experiment_id, platform, step)


@router.post(
    "/{experiment_id}/ship_variant/",
    response_model=ExperimentBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=SHIP_BODY,
)
def ship_variant(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Serve one variant to everybody, and end the experiment if it has not ended."""
    asked = shipping_request(body)
    step = partial(
        actions.ship_variant,
        variant_key=asked.variant_key,
        conclusion=asked.ending.conclusion,
        comment=asked.ending.comment,
        to_everyone=asked.to_everyone,
    )
    return _advance(caller, experiment_id, platform, step)


@router.post("/{experiment_id}/archive/", response_model=ExperimentBody)
def archive_experiment(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Put a stopped experiment out of sight."""
    return _advance(caller, experiment_id, platform, actions.archive)


@router.post("/{experiment_id}/unarchive/", response_model=ExperimentBody)
def unarchive_experiment(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Bring an archived experiment back."""
    return _advance(caller, experiment_id, platform, actions.unarchive)


@router.post("/{experiment_id}/reset/", response_model=ExperimentBody)
def reset_experiment(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Make a draft of a launched experiment; its flag stays as it is."""
    return _advance(caller, experiment_id, platform, actions.reset)
