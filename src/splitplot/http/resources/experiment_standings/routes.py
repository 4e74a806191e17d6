"""`/api/projects/:id/experiment_standings/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Query

from splitplot.accounts.access import Resource
from splitplot.experiments.deciding.readings import Word
from splitplot.experiments.documents import effect_document, reason_document
from splitplot.experiments.health import FindingCode, Severity
from splitplot.experiments.model import ExperimentId
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.models import ExactBody, Instant
from splitplot.http.results.bodies import EffectBody, ReasonBody
from splitplot.http.wire import instant
from splitplot.services.experiment_plans.standings import PrimaryReading, Standing

router = APIRouter(prefix="/api/projects/{project_id}/experiment_standings", tags=["experiments"])

_MOST = 200
_MAX_ID = 2**31 - 1
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment:read"))]
Number: TypeAlias = Annotated[int, Query(ge=1, le=_MAX_ID)]
Numbers: TypeAlias = Annotated[
    list[Number], Query(max_length=_MOST, description="Ids of experiments, 200 at the most.")
]


class PrimaryBody(ExactBody):
    """What the first primary metric says of the treatment that it says most about.

    The interval is relative to the baseline where there is such a form.
    """

    metric: str
    name: str | None
    variant: str
    verdict: Word
    relative: EffectBody | None
    absolute: EffectBody | None
    reason: ReasonBody | None
    computed_at: Instant


class GuardrailsBody(ExactBody):
    """How many guardrails are in which state, each by its worst treatment."""

    safe: int
    not_yet_excluded: int
    breached: int


class StandingFinding(ExactBody):
    """Something that is wrong."""

    code: FindingCode
    severity: Severity
    message: str


class StandingBody(ExactBody):
    """Where an experiment stands; null stands for what nobody has asked for lately.

    `share` is of the planned units, `days` are those since the launch, and `ready_to_ship` are
    the treatments that the decision rule says to ship.
    """

    id: int
    primary: PrimaryBody | None
    guardrails: GuardrailsBody
    findings: list[StandingFinding]
    days: float | None
    units: int | None
    planned_units: int | None
    share: float | None
    days_left: int | None
    ready_to_ship: list[str]


class StandingsBody(ExactBody):
    """Where several experiments stand."""

    results: list[StandingBody]


@router.get("/", response_model=StandingsBody)
def list_standings(
    caller: Reader, platform: PlatformOf, experiment_ids: Numbers
) -> Mapping[str, object]:
    """Where experiments stand by the results that are kept; nothing is computed."""
    found = platform.experiment_plans.standings.read(
        caller.project,
        [ExperimentId(one) for one in dict.fromkeys(experiment_ids)],
        sight=caller.sight(Resource.EXPERIMENT),
    )
    return {"results": [_standing(one) for one in found]}


def _standing(standing: Standing) -> Mapping[str, object]:
    progress, guardrails = standing.progress, standing.guardrails
    return {
        "id": standing.experiment.id,
        "primary": standing.primary and _primary(standing.primary),
        "guardrails": {
            "safe": guardrails.get(Word.SAFE, 0),
            "not_yet_excluded": guardrails.get(Word.NOT_YET_EXCLUDED, 0),
            "breached": guardrails.get(Word.BREACHED, 0),
        },
        "findings": [
            {"code": one.code, "severity": one.severity, "message": one.message}
            for one in standing.findings
        ],
        "days": standing.days,
        "units": progress and progress.units,
        "planned_units": progress and progress.planned_units,
        "share": progress and progress.share,
        "days_left": progress and progress.days_left,
        "ready_to_ship": list(standing.ready_to_ship),
    }


def _primary(primary: PrimaryReading) -> Mapping[str, object]:
    reading = primary.reading
    return {
        "metric": primary.metric.key,
        "name": primary.metric.name,
        "variant": reading.variant,
        "verdict": reading.verdict,
        "relative": effect_document(reading.relative),
        "absolute": effect_document(reading.absolute),
        "reason": reason_document(reading.reason),
        "computed_at": instant(primary.computed_at),
    }
