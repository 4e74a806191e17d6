"""Results as clients of the first years ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from splitplot.experiments.legacy.documents import legacy_document, values_of
from splitplot.experiments.model import ExperimentId
from splitplot.http.auth import PlatformOf
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.resources.experiments.callers import PREFIX, Number, Reader
from splitplot.http.wire import instant
from splitplot.services.actions.legacy_results import LegacyReport

router = APIRouter(prefix=PREFIX, tags=["experiments"])

Refresh = Annotated[str | None, Query(description="Any value counts anew.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondaryQuery:
    """Which secondary metric is asked for."""

    id: Annotated[str | None, Query(description="Its place in `secondary_metrics`, from 0.")] = None
    refresh: Refresh = None


class FunnelVariant(ExactBody):
    """Units of a variant that came through, and that did not."""

    key: str
    success_count: int
    failure_count: int


class TrendVariant(ExactBody):
    """What happened under a variant, and how many units were exposed to it."""

    key: str
    count: float
    exposure: float | None
    absolute_exposure: int


class LegacyVerdict(ExactBody):
    """What the engine of those years says. `expected_loss` is for funnels, `p_value` for trends."""

    insight: list[Document] | list[list[Document]]
    variants: list[FunnelVariant] | list[TrendVariant]
    probability: dict[str, float]
    significant: bool
    significance_code: Literal[
        "significant", "not_enough_exposure", "low_win_probability", "high_loss"
    ]
    expected_loss: float = 1.0
    p_value: float = 1.0
    credible_intervals: dict[str, tuple[float, float]]
    filters: Document


class LegacySecondaryVerdict(LegacyVerdict):
    """The same, and each variant's conversion rate or count."""

    result: dict[str, float]


class ResultsBody(ExactBody):
    """A verdict on the main metric."""

    result: LegacyVerdict
    last_refresh: Instant
    is_cached: bool


class SecondaryResultsBody(ExactBody):
    """A verdict on a secondary metric."""

    result: LegacySecondaryVerdict
    last_refresh: Instant
    is_cached: bool


@router.get(
    "/{experiment_id}/results/", response_model=ResultsBody, response_model_exclude_unset=True
)
def read_results(
    caller: Reader, experiment_id: Number, platform: PlatformOf, refresh: Refresh = None
) -> Mapping[str, object]:
    """The verdict on the metric that the experiment's `filters` stand for."""
    number = ExperimentId(experiment_id)
    report = platform.actions.legacy_results.target(caller.project, number, is_forced=bool(refresh))
    return _body(report, _verdict(report))


@router.get(
    "/{experiment_id}/secondary_results/",
    response_model=SecondaryResultsBody,
    response_model_exclude_unset=True,
)
def read_secondary_results(
    caller: Reader,
    experiment_id: Number,
    platform: PlatformOf,
    query: Annotated[SecondaryQuery, Depends()],
) -> Mapping[str, object]:
    """The verdict on one of the experiment's `secondary_metrics`."""
    number = ExperimentId(experiment_id)
    report = platform.actions.legacy_results.secondary(
        caller.project, number, query.id, is_forced=bool(query.refresh)
    )
    return _body(report, {"result": values_of(report.verdict), **_verdict(report)})


def _verdict(report: LegacyReport) -> dict[str, object]:
    return {**legacy_document(report.metric, report.verdict), "filters": report.filters}


def _body(report: LegacyReport, result: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "result": result,
        "last_refresh": instant(report.answer.computed_at),
        "is_cached": report.answer.is_cached,
    }
