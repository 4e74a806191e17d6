"""Before a step: how long an experiment will take, what is missing, what shipping will do."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query

from splitplot.experiments.ahead.flag_diff import Mark
from splitplot.experiments.ahead.outlook import DEFAULT_EFFECT, TRAFFIC_SHARES
from splitplot.experiments.ahead.readiness import CheckCode, State
from splitplot.experiments.documents import finite, reason_document
from splitplot.experiments.lifecycle import actions
from splitplot.experiments.model import ExperimentId, Status
from splitplot.http.auth import PlatformOf
from splitplot.http.bodies import Body
from splitplot.http.models import ExactBody, Instant
from splitplot.http.resources.experiments.callers import PREFIX, Number, Reader, Writer
from splitplot.http.resources.experiments.documentation import SHIP_BODY
from splitplot.http.resources.experiments.requests import shipping_request
from splitplot.http.results.bodies import ReasonBody
from splitplot.http.wire import instant_or_none
from splitplot.services.experiment_plans.launches import StepPreview
from splitplot.services.experiment_plans.outlooks import OutlookRecord

router = APIRouter(prefix=PREFIX, tags=["experiments"])

_MOST_EFFECT = 1000.0
Event: TypeAlias = Annotated[
    str | None,
    Query(
        max_length=400,
        description="Who had it in the last 28 days is whom the experiment is for; any event"
        " unless told.",
    ),
]
Effect: TypeAlias = Annotated[
    float,
    Query(
        gt=0,
        le=_MOST_EFFECT,
        allow_inf_nan=False,
        description="The smallest effect worth finding, in percent of the baseline.",
    ),
]


class OutlookMetric(ExactBody):
    """The metric that is planned for, and what it was in the last 28 days."""

    key: str
    name: str | None
    baseline_value: float | None
    variance: float | None


class OutlookRowBody(ExactBody):
    """Smallest effects that are found after some weeks, in percent, by share of traffic."""

    weeks: int
    detectable_effects: list[float | None]


class OutlookBody(ExactBody):
    """How long an experiment takes; null stands for what cannot be told, `reason` says why.

    `units` had the event in the last 28 days, and `units_per_day` of them came on a day.
    """

    units: int
    units_per_day: float
    rollout_percentage: float
    variants: int
    metric: OutlookMetric | None
    recommended_sample_size: int | None
    recommended_running_time_days: int | None
    traffic_percentages: list[float]
    rows: list[OutlookRowBody]
    reason: ReasonBody | None


class LaunchCheckBody(ExactBody):
    """One check with its evidence; `seen_at` is when what it looks for was there last."""

    code: CheckCode
    state: State
    message: str
    metric: str | None
    seen_at: Instant | None


class LaunchChecksBody(ExactBody):
    """Everything that is looked at before a launch."""

    is_ready: bool
    checks: list[LaunchCheckBody]


class FlagLineBody(ExactBody):
    """A line of what the flag does: one that stays, goes or comes."""

    mark: Mark
    text: str


class ShipPreviewBody(ExactBody):
    """What shipping would change. Nothing has been changed."""

    status_before: Status
    status_after: Status
    flag_changes: bool
    lines: list[FlagLineBody]
    needs_approval: bool


@router.get("/{experiment_id}/outlook/", response_model=OutlookBody)
def read_outlook(
    *,
    caller: Reader,
    experiment_id: Number,
    platform: PlatformOf,
    event: Event = None,
    minimum_detectable_effect: Effect = 100 * DEFAULT_EFFECT,
) -> Mapping[str, object]:
    """How many units come, how many are needed, and which effects can be found by when."""
    record = platform.experiment_plans.outlooks.read(
        caller.project,
        ExperimentId(experiment_id),
        event=event or None,
        effect=minimum_detectable_effect / 100,
    )
    return _outlook_body(record)


@router.get("/{experiment_id}/launch_checks/", response_model=LaunchChecksBody)
def read_launch_checks(
    caller: Reader, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """What should be so before a launch, each with its evidence."""
    number = ExperimentId(experiment_id)
    checks = platform.experiment_plans.launches.checks(caller.project, number, actor=caller.user)
    return {
        "is_ready": all(check.state is not State.FAIL for check in checks),
        "checks": [
            {
                "code": check.code,
                "state": check.state,
                "message": check.message,
                "metric": check.subject,
                "seen_at": instant_or_none(check.seen_at),
            }
            for check in checks
        ],
    }


@router.post(
    "/{experiment_id}/preview_ship_variant/",
    response_model=ShipPreviewBody,
    openapi_extra=SHIP_BODY,
)
def preview_ship_variant(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """What `ship_variant` would do with the same body: the flag's lines before and after."""
    asked = shipping_request(body)
    step = partial(
        actions.ship_variant,
        variant_key=asked.variant_key,
        conclusion=asked.ending.conclusion,
        comment=asked.ending.comment,
        to_everyone=asked.to_everyone,
    )
    number = ExperimentId(experiment_id)
    preview = platform.experiment_plans.launches.preview(
        caller.project, number, step, actor=caller.user
    )
    return _preview_body(preview)


def _outlook_body(record: OutlookRecord) -> Mapping[str, object]:
    found, metric, baseline = record.outlook, record.metric, record.outlook.baseline
    return {
        "units": found.units,
        "units_per_day": found.units_per_day,
        "rollout_percentage": 100 * record.design.rollout,
        "variants": len(record.design.shares),
        "metric": metric
        and {
            "key": metric.key,
            "name": metric.name,
            "baseline_value": None if baseline is None else finite(baseline.value),
            "variance": None if baseline is None else finite(baseline.variance),
        },
        "recommended_sample_size": found.units_needed,
        "recommended_running_time_days": found.days_needed,
        "traffic_percentages": [100 * share for share in TRAFFIC_SHARES],
        "rows": [
            {
                "weeks": row.weeks,
                "detectable_effects": [
                    None if effect is None else finite(100 * effect) for effect in row.effects
                ],
            }
            for row in found.rows
        ],
        "reason": reason_document(found.reason),
    }


def _preview_body(preview: StepPreview) -> Mapping[str, object]:
    return {
        "status_before": preview.before.status,
        "status_after": preview.after.status,
        "flag_changes": any(line.mark is not Mark.SAME for line in preview.lines),
        "lines": [{"mark": line.mark, "text": line.text} for line in preview.lines],
        "needs_approval": preview.needs_approval,
    }
