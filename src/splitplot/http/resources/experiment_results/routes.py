"""`/api/projects/:id/experiments/:eid/metrics_results/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query

from splitplot.experiments.model import ExperimentId
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.resources.experiment_results.schemas import MetricsResultsBody, results_body
from splitplot.services.answers import Refresh

router = APIRouter(
    prefix="/api/projects/{project_id}/experiments/{experiment_id}", tags=["experiments"]
)

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Renewal: TypeAlias = Annotated[
    bool, Query(description="Compute every result anew instead of using those that are kept.")
]
Baseline: TypeAlias = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=400,
        description="The variant to compare with, in place of the experiment's own baseline.",
    ),
]


@router.get(
    "/metrics_results/", response_model=MetricsResultsBody, response_model_exclude_unset=True
)
def read_metrics_results(
    caller: Annotated[Caller, Depends(project_access("experiment:read"))],
    experiment_id: Number,
    platform: PlatformOf,
    *,
    refresh: Renewal = False,
    baseline: Baseline = None,
) -> Mapping[str, object]:
    """What all metrics say together: results, adjusted p-values, and whether to ship."""
    overview = platform.experiment_results.overview.read(
        caller.project,
        ExperimentId(experiment_id),
        refresh=Refresh.FORCE if refresh else Refresh.REUSE,
        baseline=baseline,
    )
    return results_body(overview, project=caller.project)
