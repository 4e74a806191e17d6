"""Cohorts of exposed persons: following them, and freezing exposure to them."""

from collections.abc import Mapping

from fastapi import APIRouter

from splitplot.experiments.lifecycle.freezing import unfreeze
from splitplot.experiments.model import ExperimentId
from splitplot.http.auth import PlatformOf
from splitplot.http.models import CohortBody, ExactBody, cohort_body
from splitplot.http.resources.experiments.callers import PREFIX, Number, Writer
from splitplot.http.resources.experiments.schemas import ExperimentBody, experiment_body

router = APIRouter(prefix=PREFIX, tags=["experiments"])


class ExposureCohort(ExactBody):
    """The cohort of everybody whom an experiment exposes."""

    cohort: CohortBody


@router.post(
    "/{experiment_id}/create_exposure_cohort_for_experiment/", response_model=ExposureCohort
)
def create_exposure_cohort(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Make a cohort of everybody whom the experiment exposes, now and later."""
    number = ExperimentId(experiment_id)
    record = platform.actions.exposed.follow(caller.project, number, actor=caller.user)
    return {"cohort": cohort_body(record)}


@router.post("/{experiment_id}/freeze_exposure/", response_model=ExperimentBody)
def freeze_exposure(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Let in nobody but those who have been exposed by now; the experiment goes on."""
    number = ExperimentId(experiment_id)
    record = platform.actions.exposed.freeze(caller.project, number, actor=caller.user)
    return experiment_body(record, caller)


@router.post("/{experiment_id}/unfreeze_exposure/", response_model=ExperimentBody)
def unfreeze_exposure(
    caller: Writer, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """Let in again whomever the flag's conditions let in."""
    number = ExperimentId(experiment_id)
    record = platform.experiments.advance(caller.project, number, unfreeze, actor=caller.user)
    return experiment_body(record, caller)
