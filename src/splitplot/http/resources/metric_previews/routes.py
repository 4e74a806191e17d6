"""`/api/projects/:id/metric_preview/`."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, cast

from fastapi import APIRouter, Depends

from splitplot.errors import InvalidInput
from splitplot.experiments.ahead.preview import PREVIEWED
from splitplot.filters.model import Properties
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.fields import Fields, document, or_null, read_fields, text
from splitplot.http.models import ExactBody
from splitplot.services.sharing.previews import MetricPreview

router = APIRouter(prefix="/api/projects/{project_id}/metric_preview", tags=["saved metrics"])

Reader: TypeAlias = Annotated[Caller, Depends(project_access("query:read"))]
_FIELDS: Fields = {
    "metric": ("metric", document),
    "event": ("event", or_null(text(max_length=200, or_blank=True))),
}
_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["metric"],
                    "properties": {
                        "metric": {
                            "type": "object",
                            "description": "An ExperimentMetric.",
                            "additionalProperties": True,
                        },
                        "event": {
                            "type": ["string", "null"],
                            "description": "Only units that had this event; null: any event.",
                        },
                    },
                }
            }
        },
    }
}


class BinBody(ExactBody):
    """Units with values from `start`, inclusive, to `end`, exclusive; null is open.

    The first bin holds zero and everything below.
    """

    start: float | None
    end: float | None
    units: int


class PreviewReasonBody(ExactBody):
    """Why there is no value."""

    code: str
    message: str


class MetricPreviewBody(ExactBody):
    """What a metric was in the last days, from each unit's first event on.

    Attributes:
        units: Persons that the value is of; for retention those who started.
        value: The mean, the share or the ratio; null when there is none, see `reason`.
        deviation: Standard deviation of the units' values.
        zero_share: Units at zero or below as a share of all; for funnel and retention
            those who did not do it; null for a ratio.
        step_counts: For a funnel, units that reached each step.
        bins: How the values are distributed; for a metric that is a number per unit.
        sql: What was run for it.
    """

    days: int
    kind: Literal["mean", "funnel", "ratio", "retention"]
    units: int
    value: float | None
    deviation: float | None
    zero_share: float | None
    step_counts: list[int]
    bins: list[BinBody]
    reason: PreviewReasonBody | None
    sql: str


@router.post("/", response_model=MetricPreviewBody, openapi_extra=_BODY)
def preview_metric(caller: Reader, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """What a metric was for everybody who had an event in the last 28 days. Nothing is kept."""
    read = read_fields(body, _FIELDS, required=("metric",))
    metric, event = cast("Properties", read["metric"]), cast("str | None", read.get("event"))
    try:
        found = platform.sharing.previews.read(caller.project, metric, event=event or None)
    except InvalidInput as error:
        raise InvalidInput(error.message, code=error.code, attr="metric") from error
    return _body(found)


def _body(found: MetricPreview) -> dict[str, object]:
    preview = found.preview
    reason = preview.reason
    return {
        "days": PREVIEWED.days,
        "kind": preview.kind,
        "units": preview.units,
        "value": preview.value,
        "deviation": preview.deviation,
        "zero_share": preview.zero_share,
        "step_counts": list(preview.step_counts),
        "bins": [{"start": one.start, "end": one.end, "units": one.units} for one in preview.bins],
        "reason": None if reason is None else {"code": reason.code, "message": reason.message},
        "sql": found.sql,
    }
